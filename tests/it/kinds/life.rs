//! What is archived, in the trash, or a draft; and what comes back.

use confluence_sim::{Account, Site};

use crate::support::installation::{Installation, outsider, visible, world};
use crate::support::watched::Watched;

const DOMAIN: &str = "acme.atlassian.net";

async fn installed() -> (Watched, Account, Site, Installation) {
    let (atlassian, alice) = world().await;
    let site = atlassian.site(DOMAIN);
    site.member(&alice);
    let home = Installation::new(&atlassian, &[DOMAIN]).connected(DOMAIN).await;
    (atlassian, alice, site, home)
}

/// Versions kept of the page beside the newest.
fn earlier(home: &Installation, page: &confluence_sim::Page) -> i64 {
    outsider(&home.database())
        .query_row(
            "SELECT count(*) FROM version WHERE page_id = ?",
            [page.id()],
            |row| row.get(0),
        )
        .unwrap()
}

#[tokio::test]
async fn an_archived_page_is_mirrored_as_archived_and_comes_back_with_its_history() {
    let (_atlassian, alice, site, home) = installed().await;
    let pages = site.space("ENG").pages(["Runbook", "On call"]);
    home.done(&["sync"]).await;
    site.edit(&pages[0], "<p>the second version</p>");
    home.done(&["sync"]).await;

    site.archive(&pages[0]);
    home.done(&["sync", "--sweep"]).await;
    assert_eq!(home.mirrored(), visible(&site, &alice));
    assert!(home.mirrored().iter().any(|page| page.status == "archived"));
    let found = home.done(&["search", "is:archived", "second"]).await;
    assert!(found.contains("Runbook"), "{found}");

    site.restore(&pages[0]);
    home.done(&["sync", "--sweep"]).await;
    assert_eq!(home.mirrored(), visible(&site, &alice));
    assert_eq!(earlier(&home, &pages[0]), 1);
}

#[tokio::test]
async fn a_page_from_the_trash_comes_back_with_its_history() {
    let (_atlassian, alice, site, home) = installed().await;
    let pages = site.space("ENG").pages(["Runbook", "On call"]);
    home.done(&["sync"]).await;
    site.edit(&pages[0], "<p>the second version</p>");
    home.done(&["sync"]).await;

    site.trash(&pages[0]);
    home.done(&["sync", "--sweep"]).await;
    assert_eq!(home.mirrored(), visible(&site, &alice));
    assert_eq!(earlier(&home, &pages[0]), 1, "a tombstone keeps its history");

    site.restore(&pages[0]);
    home.done(&["sync", "--sweep"]).await;
    assert_eq!(home.mirrored(), visible(&site, &alice));
    assert_eq!(earlier(&home, &pages[0]), 1);
}

/// A first copy lists it without its body; by the time that is fetched again, it is put away.
#[tokio::test]
async fn a_page_archived_after_it_was_listed_and_before_it_was_fetched_is_archived() {
    let (atlassian, alice, site, home) = installed().await;
    let pages = site.space("ENG").pages(["Runbook", "On call", "Glossary"]);
    for page in &pages[..2] {
        atlassian.faults().null_bodies(page);
    }
    home.done(&["sync"]).await;
    assert_eq!(home.mirrored().len(), 1);

    site.archive(&pages[0]);
    site.trash(&pages[1]);
    atlassian.faults().clear();
    home.done(&["sync"]).await;

    assert_eq!(home.mirrored(), visible(&site, &alice));
    let page = home
        .mirrored()
        .into_iter()
        .find(|page| page.title == "Runbook")
        .unwrap();
    assert_eq!(page.status, "archived");
}

#[tokio::test]
async fn a_draft_is_not_mirrored_before_it_is_published() {
    let (_atlassian, alice, site, home) = installed().await;
    let space = site.space("ENG");
    space.page("Runbook");
    let draft = space.draft("Half a thought");

    home.done(&["sync"]).await;
    home.done(&["sync", "--sweep"]).await;
    let kept: i64 = outsider(&home.database())
        .query_row("SELECT count(*) FROM page", [], |row| row.get(0))
        .unwrap();
    assert_eq!(kept, 1, "not even as a tombstone");

    site.publish(&draft);
    home.done(&["sync"]).await;
    assert_eq!(home.mirrored(), visible(&site, &alice));
    assert_eq!(home.mirrored().len(), 2);
}
