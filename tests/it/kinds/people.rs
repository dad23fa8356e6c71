//! The names of people.

use crate::support::installation::{Installation, world};

const DOMAIN: &str = "acme.atlassian.net";

#[tokio::test]
async fn a_person_who_takes_another_name_is_called_so_after_the_next_sweep() {
    let (atlassian, alice) = world().await;
    let bob = atlassian.account("Bob Ray");
    let site = atlassian.site(DOMAIN);
    site.member(&alice);
    let mention = format!("<ac:link><ri:user ri:account-id=\"{}\"/></ac:link>", bob.id());
    let page = site
        .space("ENG")
        .page("Runbook")
        .by(&alice)
        .body(format!("<p>Ask {mention}.</p>"));
    site.comment(&alice, &page, &format!("<p>Thanks, {mention}</p>"));
    let home = Installation::new(&atlassian, &[DOMAIN]);
    let content = "[sync]\ncontent = [\"pages\", \"comments\", \"users\"]\n";
    home.configure(&atlassian, &[DOMAIN], content);
    let home = home.connected(DOMAIN).await;
    home.done(&["sync"]).await;
    home.done(&["sync", "--sweep"]).await;
    let shown = home.done(&["show", "ENG:Runbook", "--comments"]).await;
    assert_eq!(
        shown.matches("Bob Ray").count(),
        2,
        "mentioned, and wrote nothing: {shown}"
    );
    let asked = || atlassian.log().count("POST /wiki/api/v2/users-bulk");
    let before = asked();

    atlassian.rename_account(&alice, "Alice Noether");
    atlassian.rename_account(&bob, "Robert Ray");
    home.done(&["sync"]).await;
    assert_eq!(asked(), before, "a delta does not ask for names that are known");
    home.done(&["sync", "--sweep"]).await;
    assert_eq!(asked(), before + 1, "all in one request");

    let meta = home.done(&["show", "ENG:Runbook", "--meta"]).await;
    assert!(meta.contains("Alice Noether"), "{meta}");
    let shown = home.done(&["show", "ENG:Runbook", "--comments"]).await;
    assert_eq!(shown.matches("Robert Ray").count(), 2, "{shown}");
    assert!(!shown.contains("Bob Ray"), "{shown}");
    for (query, hits) in [("robert", true), ("bob", false), ("author:noether", true)] {
        let found = home.done(&["--json", "search", query]).await;
        assert_eq!(found.contains("Runbook"), hits, "{query}: {found}");
    }
    home.done(&["check"]).await;
}
