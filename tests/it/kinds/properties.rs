//! What apps keep with pages, and who may read them: both asked for page by page, where the configuration says so.

use confluence_sim::{Account, Site};

use super::ALL_SCOPES;
use crate::support::installation::{Installation, outsider, world};
use crate::support::watched::Watched;

const DOMAIN: &str = "acme.atlassian.net";
const OF_A_PAGE: &str = "GET /wiki/api/v2/pages/{id}/properties";
const READERS: &str = "GET /wiki/rest/api/content/{id}/restriction/byOperation/{operation}";

async fn stage(more: &str) -> (Watched, Account, Site, Installation) {
    let (atlassian, alice) = world().await;
    let site = atlassian.site(DOMAIN);
    site.member(&alice);
    let home = Installation::new(&atlassian, &[DOMAIN]);
    home.register(&atlassian, &ALL_SCOPES);
    let more = format!("[sync]\ncontent = [\"pages\", \"blogposts\", \"users\"]\n{more}\n");
    home.configure(&atlassian, &[DOMAIN], &more);
    (atlassian, alice, site, home.connected(DOMAIN).await)
}

/// The columns of what `sql` selects, a row a line.
fn rows(home: &Installation, sql: &str) -> Vec<String> {
    let db = outsider(&home.database());
    let mut statement = db
        .prepare(&format!(
            "SELECT concat_ws(' ', it.a, it.b, it.c) FROM ({sql}) AS it"
        ))
        .unwrap();
    let rows = statement.query_map([], |row| row.get(0)).unwrap();
    rows.map(Result::unwrap).collect()
}

const PROPERTIES: &str = "SELECT page.title AS a, property.key AS b, property.value AS c FROM property
     JOIN page ON page.id = property.page_id ORDER BY 1, 2";
const RESTRICTIONS: &str =
    "SELECT page.title AS a, restriction.kind AS b, restriction.name AS c FROM restriction
     JOIN page ON page.id = restriction.page_id ORDER BY 1, 2, 3";

#[tokio::test]
async fn the_properties_that_are_configured_are_mirrored_and_no_others() {
    let (atlassian, _, site, home) = stage("properties = [\"owner\", \"review\"]").await;
    let space = site.space("ENG");
    let page = space.page("Runbook");
    let post = space.blog_post("We moved");
    site.set_property(&page, "owner", "{\"team\":\"locks\"}");
    site.set_property(&page, "other", "1");
    site.set_property(&post, "review", "\"2026-12-01\"");
    home.done(&["sync"]).await;
    assert_eq!(
        rows(&home, PROPERTIES),
        [
            "Runbook owner {\"team\":\"locks\"}",
            "We moved review \"2026-12-01\""
        ]
    );
    assert_eq!(atlassian.log().count(OF_A_PAGE), 1, "one request for each page");

    // That bumps no version: a delta does not see it, and costs nothing.
    site.set_property(&page, "owner", "\"harbour\"");
    site.drop_property(&post, "review");
    home.done(&["sync"]).await;
    assert_eq!(atlassian.log().count(OF_A_PAGE), 1);
    home.done(&["sync", "--sweep"]).await;
    assert_eq!(rows(&home, PROPERTIES), ["Runbook owner \"harbour\""]);

    // An edit has the page asked again at once.
    site.set_property(&page, "review", "[1,2]");
    site.edit(&page, "<p>edited</p>");
    home.done(&["sync"]).await;
    assert_eq!(
        rows(&home, PROPERTIES),
        ["Runbook owner \"harbour\"", "Runbook review [1,2]"]
    );
}

#[tokio::test]
async fn who_may_read_is_mirrored_where_it_is_asked_for() {
    let (atlassian, alice, site, home) = stage("restrictions = true").await;
    let bob = atlassian.account("Bob Ray");
    let pages = site.space("HR").pages(["Holidays", "Salaries"]);
    let groups: Vec<String> = (0..120).map(|n| format!("group {n:03}")).collect();
    let groups: Vec<&str> = groups.iter().map(String::as_str).collect();
    site.restrict_to(&pages[1], &[&alice, &bob], &groups);
    home.done(&["sync"]).await;
    let found = rows(&home, RESTRICTIONS);
    assert_eq!(found.len(), 122);
    assert_eq!(found[0], "Salaries group group 000");
    assert_eq!(
        found[120..],
        ["Salaries user Alice Moreau", "Salaries user Bob Ray"]
    );
    // More than a hundred groups are two answers.
    assert_eq!(atlassian.log().count(READERS), 3);

    site.restrict_to(&pages[1], &[&alice], &[]);
    site.restrict_to(&pages[0], &[], &["payroll"]);
    home.done(&["sync", "--sweep"]).await;
    assert_eq!(
        rows(&home, RESTRICTIONS),
        ["Holidays group payroll", "Salaries user Alice Moreau"]
    );
}

#[tokio::test]
async fn nobody_is_asked_for_either_unless_the_configuration_says_so() {
    let (atlassian, _, site, home) = stage("").await;
    site.space("ENG").page("Runbook");
    home.done(&["sync"]).await;
    home.done(&["sync", "--sweep"]).await;
    assert_eq!(
        atlassian.log().count(OF_A_PAGE) + atlassian.log().count(READERS),
        0
    );
}

/// A page may be gone, hidden, or hang under something in the trash: nobody tells which, and no run ends by it.
#[tokio::test]
async fn what_the_site_does_not_tell_of_a_page_is_left_as_it_is() {
    let (atlassian, alice, site, home) = stage("restrictions = true").await;
    let pages = site.space("HR").pages(["Holidays", "Salaries", "Travel"]);
    for page in &pages {
        site.restrict_to(page, &[&alice], &[]);
    }
    home.done(&["sync"]).await;
    let before = rows(&home, RESTRICTIONS);
    assert_eq!(before.len(), 3);

    for page in &pages {
        site.restrict_to(page, &[], &["payroll"]);
    }
    atlassian.faults().at(READERS).server_error_next(100, 404);
    home.done(&["sync", "--sweep"]).await;
    assert_eq!(rows(&home, RESTRICTIONS), before);
    atlassian.faults().clear();
    home.done(&["sync", "--sweep"]).await;
    assert_eq!(rows(&home, RESTRICTIONS)[0], "Holidays group payroll");
}
