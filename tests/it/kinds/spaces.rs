//! Spaces of every type and in every state.

use crate::support::installation::{Installation, outsider, visible, world};

const DOMAIN: &str = "acme.atlassian.net";

fn spaces(home: &Installation) -> Vec<String> {
    let db = outsider(&home.database());
    let mut statement = db
        .prepare("SELECT concat_ws(' ', key, name, type, status) FROM space ORDER BY key")
        .unwrap();
    let rows = statement.query_map([], |row| row.get(0));
    rows.unwrap().map(Result::unwrap).collect()
}

#[tokio::test]
async fn spaces_are_mirrored_with_their_type_and_status_and_change_them() {
    let (atlassian, alice) = world().await;
    let site = atlassian.site(DOMAIN);
    site.member(&alice);
    let eng = site.space("ENG");
    eng.pages(["Runbook", "On call"]);
    site.space("KB").kind("knowledge_base").page("Answers");
    site.space("OLD").archive().page("Attic");
    site.space("~alice").kind("personal").page("Diary");
    site.space("ODD").kind("type-of-tomorrow");
    let home = Installation::new(&atlassian, &[DOMAIN]).connected(DOMAIN).await;

    home.done(&["sync"]).await;

    assert_eq!(
        spaces(&home),
        [
            "ENG ENG global current",
            "KB KB knowledge_base current",
            "ODD ODD type-of-tomorrow current",
            "OLD OLD global archived",
            "~alice ~alice personal current"
        ]
    );
    assert_eq!(home.mirrored(), visible(&site, &alice));

    eng.rename_key("TECH")
        .named("Technology")
        .kind("collaboration")
        .archive();
    home.done(&["sync"]).await;
    assert_eq!(spaces(&home)[3], "TECH Technology collaboration archived");
    home.done(&["sync", "--sweep"]).await;
    assert_eq!(home.mirrored(), visible(&site, &alice));
    let shown = home.done(&["show", "TECH:Runbook", "--meta"]).await;
    assert!(shown.contains("TECH"), "{shown}");

    eng.restore();
    home.done(&["sync"]).await;
    assert_eq!(spaces(&home)[3], "TECH Technology collaboration current");
    assert_eq!(home.mirrored(), visible(&site, &alice));
}

#[tokio::test]
async fn personal_spaces_are_left_out_where_the_configuration_says_so() {
    let (atlassian, alice) = world().await;
    let site = atlassian.site(DOMAIN);
    site.member(&alice);
    site.space("ENG").page("Runbook");
    site.space("~alice").kind("personal").page("Diary");
    let home = Installation::new(&atlassian, &[DOMAIN]);
    let config = std::fs::read_to_string(home.config()).unwrap();
    std::fs::write(
        home.config(),
        format!("{config}spaces = {{ exclude = [\"~*\"] }}\n"),
    )
    .unwrap();
    let home = home.connected(DOMAIN).await;

    home.done(&["sync"]).await;

    let titles: Vec<_> = home.mirrored().into_iter().map(|page| page.title).collect();
    assert_eq!(titles, ["Runbook"]);
}
