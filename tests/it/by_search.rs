//! A grant with classic scopes opens the search of version 1 and nothing else: what is mirrored through it, and what
//! that misses.

use std::time::Duration;

use confluence_sim::{Account, Site};
use millpond::mirror::{Guard, Mirror, Options, Scope};
use millpond::model::{CloudId, ContentKind, SyncMode};
use millpond::store::{self, Store};
use tokio_util::sync::CancellationToken;

use crate::client::search::searching;
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

/// The titles that are mirrored, and what the open findings are about.
async fn held(store: &Store, cloud_id: &CloudId) -> (Vec<String>, Vec<String>) {
    let findings = store.open_findings(cloud_id).await.unwrap().into_iter();
    let tree = store.reader().tree(None).unwrap().into_iter();
    let mut titles: Vec<_> = tree.map(|node| node.title).collect();
    titles.sort();
    (titles, findings.map(|finding| finding.subject).collect())
}

#[tokio::test]
async fn a_body_that_the_search_cannot_deliver_is_a_finding_and_the_rest_is_mirrored() {
    let (world, client) = searching().await;
    let pages = world.site.space("ENG").pages(["Runbook", "On call", "Glossary"]);
    let dir = tempfile::tempdir().unwrap();
    let options = store::Options {
        dir: dir.path().to_owned(),
    };
    let store = Store::open(options).await.unwrap();
    let home = millpond::model::Site {
        cloud_id: CloudId::new(world.site.cloud_id()),
        domain: DOMAIN.parse().unwrap(),
        name: "Acme".to_owned(),
    };
    let options = Options {
        scope: Scope::default(),
        kinds: vec![ContentKind::Page],
        annexes: Vec::new(),
        files: None,
        stubs: false,
        labels: false,
        properties: Vec::new(),
        restrictions: false,
        users: true,
        guard: Guard {
            max_fraction: 1.0,
            min_items: 0,
            confirm_after: Duration::ZERO,
            is_lifted: true,
        },
    };
    let clock = world.clock.clone();
    let mirror = Mirror::new(client, store.clone(), home.clone(), options, clock);
    let delta = async || {
        let stop = CancellationToken::new();
        mirror.run(SyncMode::Delta, &stop, &|_| ()).await.unwrap();
        held(&store, &home.cloud_id).await
    };

    world.atlassian.faults().unsearchable_body(&pages[1]);
    let (titles, findings) = delta().await;
    assert_eq!(titles, ["Glossary", "Runbook"]);
    assert!(findings.contains(&pages[1].id()), "{findings:?}");

    world.atlassian.faults().clear();
    let (titles, findings) = delta().await;
    assert_eq!(titles, ["Glossary", "On call", "Runbook"]);
    assert!(!findings.contains(&pages[1].id()), "{findings:?}");
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
