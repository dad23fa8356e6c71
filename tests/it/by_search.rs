//! A grant with classic scopes opens the search of version 1 and nothing else: what is mirrored through it, and what
//! that misses.

use confluence_sim::{Account, Site};

use crate::support::installation::{CLIENT_ID, CLIENT_SECRET, Installation, SCOPES, visible, world};
use crate::support::watched::Watched;

const DOMAIN: &str = "acme.atlassian.net";
const SEARCH: &str = "GET /wiki/rest/api/content/search";

/// An installation whose app has classic scopes only, connected; and the site that it sees.
async fn classic() -> (Watched, Account, Site, Installation) {
    let (atlassian, alice) = world().await;
    let site = atlassian.site(DOMAIN);
    site.member(&alice);
    let home = Installation::new(&atlassian, &[DOMAIN]);
    let scopes = [
        "offline_access",
        "read:me",
        "search:confluence",
        "read:confluence-user",
    ];
    atlassian.app(CLIENT_ID, CLIENT_SECRET, home.callback(), &scopes);
    home.configure(
        &atlassian,
        &[DOMAIN],
        "[sync]\ndeletion_guard = { confirm_after = \"1ms\" }\n",
    );
    (atlassian, alice, site, home)
}

async fn connect(home: &Installation) {
    let connected = home.consent(&["--json", "connect", "--classic", DOMAIN]).await;
    let said = String::from_utf8_lossy(&connected.stderr);
    assert!(connected.status.success(), "{said}");
}

#[tokio::test]
async fn a_classic_grant_mirrors_through_the_search_and_says_what_that_misses() {
    let (atlassian, alice, site, home) = classic().await;
    let space = site.space("ENG");
    let pages = space.pages_generated(120, |n| (format!("Page {n}"), format!("<p>quokka {n}</p>")));
    space.page("Child").under(&pages[3]).by(&alice);
    site.archive(&pages[7]);
    let old = site.space("OLD");
    old.page("Kept");
    old.archive();
    connect(&home).await;

    home.done(&["sync"]).await;
    assert_eq!(home.mirrored(), visible(&site, &alice));
    assert!(
        home.done(&["show", "ENG:Child", "--meta"])
            .await
            .contains("Alice Moreau")
    );
    let log = atlassian.log();
    let listings: Vec<_> = log.to(SEARCH).map(|request| request.status).collect();
    assert!(
        listings.len() > 2 && listings.iter().all(|status| *status == 200),
        "{listings:?}"
    );
    let status = home.done(&["status"]).await;
    assert!(status.contains("found by search"), "{status}");
    let doctor = String::from_utf8(home.millpond(&["doctor"]).await.stdout).unwrap();
    assert!(
        doctor.contains("read:space:confluence read:page:confluence"),
        "{doctor}"
    );

    site.edit(&pages[0], "<p>wombat</p>");
    space.page("New");
    home.done(&["sync"]).await;
    assert_eq!(home.mirrored(), visible(&site, &alice));

    // The day the app has granular scopes, the next consent ends it.
    atlassian.app(CLIENT_ID, CLIENT_SECRET, home.callback(), &SCOPES);
    let home = home.connected(DOMAIN).await;
    home.done(&["sync", "--sweep"]).await;
    let status = home.done(&["status"]).await;
    assert!(!status.contains("found by search"), "{status}");
    assert_eq!(home.mirrored(), visible(&site, &alice));
}

#[tokio::test]
async fn what_a_search_does_not_find_is_buried_only_when_a_person_says_so() {
    let (_atlassian, alice, site, home) = classic().await;
    let pages = site.space("ENG").pages(["Runbook", "On call", "Glossary"]);
    connect(&home).await;
    home.done(&["sync"]).await;

    site.trash(&pages[1]);
    for _ in 0..3 {
        home.done(&["sync", "--sweep"]).await;
    }
    assert_eq!(home.mirrored().len(), 3);
    let status = home.done(&["status"]).await;
    assert!(status.contains("not found by the search"), "{status}");

    home.done(&["sync", "--sweep", "--accept-deletions"]).await;
    assert_eq!(home.mirrored(), visible(&site, &alice));
}

#[tokio::test]
async fn a_body_that_the_search_cannot_deliver_is_a_finding_and_the_rest_is_mirrored() {
    let (atlassian, alice, site, home) = classic().await;
    let pages = site.space("ENG").pages(["Runbook", "On call", "Glossary"]);
    connect(&home).await;
    atlassian.faults().unsearchable_body(&pages[1]);

    home.done(&["sync"]).await;
    let titles: Vec<_> = home.mirrored().into_iter().map(|page| page.title).collect();
    assert_eq!(titles, ["Runbook", "Glossary"]);
    let status = home.done(&["status"]).await;
    assert!(status.contains(&pages[1].id()), "{status}");

    atlassian.faults().clear();
    home.done(&["sync"]).await;
    assert_eq!(home.mirrored(), visible(&site, &alice));
    let status = home.done(&["status"]).await;
    assert!(!status.contains(&pages[1].id()), "{status}");
}

#[tokio::test]
async fn what_the_index_learns_late_comes_with_a_later_run() {
    let (atlassian, alice, site, home) = classic().await;
    let (space, now) = (site.space("ENG"), atlassian.clock().now());
    space
        .page("Runbook")
        .created_at(now - chrono::TimeDelta::hours(3));
    space
        .page("Late")
        .created_at(now - chrono::TimeDelta::minutes(20));
    connect(&home).await;
    atlassian.faults().index_lags(30 * 60);
    home.done(&["sync"]).await;
    assert_eq!(home.mirrored().len(), 1);

    atlassian.faults().index_lags(0);
    home.done(&["sync"]).await;
    assert_eq!(home.mirrored(), visible(&site, &alice));
}
