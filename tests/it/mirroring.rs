//! The whole way, with the real program: connect, sync, search, and what the site's changes make of the mirror.

use confluence_sim::Atlassian;
use serde_json::Value;

use crate::support::installation::{Installation, Mirrored, visible, world};

const DOMAIN: &str = "acme.atlassian.net";

fn json_lines(text: &str) -> Vec<Value> {
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn titles(mirrored: &[Mirrored]) -> Vec<&str> {
    let mut titles: Vec<_> = mirrored.iter().map(|page| page.title.as_str()).collect();
    titles.sort_unstable();
    titles
}

#[tokio::test]
async fn a_page_is_found_after_connect_and_sync() {
    let (atlassian, alice) = world().await;
    let site = atlassian.site(DOMAIN);
    site.member(&alice);
    let runbook = site
        .space("ENG")
        .page("Runbook")
        .body("<p>Turn it off and <strong>on</strong> again.</p>");
    site.space("ENG").page("Glossary").under(&runbook);
    let home = Installation::new(&atlassian, &[DOMAIN]).connected(DOMAIN).await;

    home.done(&["sync"]).await;
    assert_eq!(home.mirrored(), visible(&site, &alice));

    let hits = json_lines(&home.done(&["--json", "search", "turn off"]).await);
    assert_eq!(hits.len(), 1);
    assert_eq!(hits[0]["title"], "Runbook");
    let shown = home.done(&["show", "ENG:Runbook", "--raw"]).await;
    assert_eq!(shown, "Turn it off and **on** again.\n");
    let tree = home.done(&["tree", "ENG"]).await;
    assert!(tree.contains("Runbook") && tree.contains("Glossary"), "{tree}");
}

#[tokio::test]
async fn edits_renames_and_new_pages_come_with_the_next_delta() {
    let (atlassian, alice) = world().await;
    let site = atlassian.site(DOMAIN);
    site.member(&alice);
    let space = site.space("ENG");
    let pages = space.pages(["Runbook", "On call", "Glossary"]);
    let home = Installation::new(&atlassian, &[DOMAIN]).connected(DOMAIN).await;
    home.done(&["sync"]).await;

    site.edit(&pages[0], "<p>quokka</p>");
    site.rename(&pages[1], "On duty");
    space.page("New");
    home.done(&["sync"]).await;

    assert_eq!(home.mirrored(), visible(&site, &alice));
    assert_eq!(
        json_lines(&home.done(&["--json", "search", "quokka"]).await).len(),
        1
    );
}

#[tokio::test]
async fn a_trashed_page_is_buried_by_the_next_sweep_and_returns_with_its_history() {
    let (atlassian, alice) = world().await;
    let site = atlassian.site(DOMAIN);
    site.member(&alice);
    let pages = site.space("ENG").pages(["Runbook", "On call", "Glossary"]);
    let home = Installation::new(&atlassian, &[DOMAIN]).connected(DOMAIN).await;
    home.done(&["sync"]).await;

    site.trash(&pages[1]);
    home.done(&["sync", "--sweep"]).await;
    assert_eq!(titles(&home.mirrored()), ["Glossary", "Runbook"]);

    site.restore(&pages[1]);
    home.done(&["sync", "--sweep"]).await;
    assert_eq!(titles(&home.mirrored()), ["Glossary", "On call", "Runbook"]);
    assert_eq!(home.mirrored(), visible(&site, &alice));
}

#[tokio::test]
async fn a_move_that_bumps_no_version_is_found_by_the_sweep() {
    let (atlassian, alice) = world().await;
    let site = atlassian.site(DOMAIN);
    site.member(&alice);
    let pages = site.space("ENG").pages(["Runbook", "On call"]);
    let home = Installation::new(&atlassian, &[DOMAIN]).connected(DOMAIN).await;
    home.done(&["sync"]).await;

    site.move_under(&pages[1], &pages[0]);
    home.done(&["sync", "--sweep"]).await;

    assert_eq!(home.mirrored(), visible(&site, &alice));
}

#[tokio::test]
async fn nothing_is_buried_when_the_account_loses_sight_of_everything() {
    let (atlassian, alice) = world().await;
    let site = atlassian.site(DOMAIN);
    site.member(&alice);
    let space = site.space("ENG");
    space.pages(["Runbook", "On call", "Glossary"]);
    let home = Installation::new(&atlassian, &[DOMAIN]).connected(DOMAIN).await;
    home.configure(
        &atlassian,
        &[DOMAIN],
        "[sync]\ndeletion_guard = { confirm_after = \"1ms\" }\n",
    );
    home.done(&["sync"]).await;

    space.hide_from(&alice);
    for _ in 0..3 {
        home.millpond(&["sync", "--sweep"]).await;
    }
    assert_eq!(titles(&home.mirrored()), ["Glossary", "On call", "Runbook"]);

    space.show_to(&alice);
    home.done(&["sync", "--sweep"]).await;
    assert_eq!(home.mirrored(), visible(&site, &alice));
}

#[tokio::test]
async fn the_guard_holds_a_mass_deletion_until_a_person_accepts_it() {
    let (atlassian, alice) = world().await;
    let site = atlassian.site(DOMAIN);
    site.member(&alice);
    let pages = site
        .space("ENG")
        .pages_generated(60, |n| (format!("Page {n}"), String::new()));
    let home = Installation::new(&atlassian, &[DOMAIN]).connected(DOMAIN).await;
    home.done(&["sync"]).await;

    for page in &pages[..30] {
        site.trash(page);
    }
    home.done(&["sync", "--sweep"]).await;
    assert_eq!(home.mirrored().len(), 60);
    assert!(home.done(&["status"]).await.contains("deletion guard"));

    home.done(&["sync", "--sweep", "--accept-deletions"]).await;
    assert_eq!(home.mirrored(), visible(&site, &alice));
    assert!(!home.done(&["status"]).await.contains("deletion guard"));
}

#[tokio::test]
async fn an_unchanged_site_costs_one_request_per_listing() {
    let (atlassian, alice) = world().await;
    let site = atlassian.site(DOMAIN);
    site.member(&alice);
    site.space("ENG")
        .pages_generated(600, |n| (format!("Page {n}"), String::new()));
    let home = Installation::new(&atlassian, &[DOMAIN]).connected(DOMAIN).await;
    home.done(&["sync"]).await;
    // Pages as old as the watermark are looked at twice, so let the site move on from its last edit.
    let (spaces, pages) = listings(&atlassian);
    home.done(&["sync"]).await;

    let (spaces_after, pages_after) = listings(&atlassian);
    assert_eq!(spaces_after - spaces, 1);
    assert!(
        pages_after - pages <= 4,
        "{} listings of pages",
        pages_after - pages
    );
}

fn listings(atlassian: &Atlassian) -> (usize, usize) {
    let log = atlassian.log();
    (
        log.count("GET /wiki/api/v2/spaces"),
        log.count("GET /wiki/api/v2/pages"),
    )
}

#[tokio::test]
async fn two_sites_behind_one_account_share_one_grant_and_one_refresh() {
    let (atlassian, alice) = world().await;
    let domains = ["acme.atlassian.net", "umbra.atlassian.net"];
    for domain in domains {
        let site = atlassian.site(domain);
        site.member(&alice);
        site.space("ENG").page(&format!("Welcome to {domain}"));
    }
    let home = Installation::new(&atlassian, &domains)
        .connected(domains[0])
        .await;
    atlassian.faults().expire_access_tokens();

    home.done(&["sync"]).await;

    let welcomes = ["Welcome to acme.atlassian.net", "Welcome to umbra.atlassian.net"];
    assert_eq!(titles(&home.mirrored()), welcomes);
    assert_eq!(atlassian.log().refreshes().len(), 1);
    assert_eq!(
        std::fs::read_dir(home.path("state/credentials"))
            .unwrap()
            .filter(is_grant)
            .count(),
        1
    );
}

fn is_grant(entry: &std::io::Result<std::fs::DirEntry>) -> bool {
    entry.as_ref().is_ok_and(|entry| {
        entry
            .path()
            .extension()
            .is_some_and(|extension| extension == "json")
    })
}

#[tokio::test]
async fn a_page_that_does_not_decode_is_a_finding_and_the_rest_is_mirrored() {
    let (atlassian, alice) = world().await;
    let site = atlassian.site(DOMAIN);
    site.member(&alice);
    let pages = site.space("ENG").pages(["Runbook", "On call", "Glossary"]);
    atlassian.faults().odd_item(&pages[1]);
    let home = Installation::new(&atlassian, &[DOMAIN]).connected(DOMAIN).await;

    home.done(&["sync"]).await;
    assert_eq!(titles(&home.mirrored()), ["Glossary", "Runbook"]);

    atlassian.faults().clear();
    home.done(&["sync"]).await;
    assert_eq!(home.mirrored(), visible(&site, &alice));
}

#[tokio::test]
async fn what_a_listing_brought_before_it_failed_is_kept() {
    let (atlassian, alice) = world().await;
    let site = atlassian.site(DOMAIN);
    site.member(&alice);
    site.space("ENG")
        .pages_generated(600, |n| (format!("Page {n}"), String::new()));
    let home = Installation::new(&atlassian, &[DOMAIN]).connected(DOMAIN).await;

    // A listing goes on with a cursor, so its first page comes and its second does not.
    atlassian
        .faults()
        .at("GET /wiki/api/v2/pages")
        .reject_cursors(100);
    assert!(!home.millpond(&["sync"]).await.status.success());
    assert_eq!(home.mirrored().len(), 250);

    atlassian.faults().clear();
    home.done(&["sync"]).await;
    assert_eq!(home.mirrored(), visible(&site, &alice));
}

#[tokio::test]
async fn no_secret_reaches_the_mirror_or_the_log() {
    let (atlassian, alice) = world().await;
    let site = atlassian.site(DOMAIN);
    site.member(&alice);
    site.space("ENG").pages(["Runbook", "On call"]);
    let home = Installation::new(&atlassian, &[DOMAIN]).connected(DOMAIN).await;
    atlassian.faults().expire_access_tokens();

    let output = home.millpond(&["--log", "trace", "sync"]).await;
    assert!(output.status.success());

    let mut written = output.stdout;
    written.extend(output.stderr);
    for name in ["state/mirror.db", "state/mirror.db-wal"] {
        written.extend(std::fs::read(home.path(name)).unwrap_or_default());
    }
    for secret in atlassian.secrets() {
        let found = written
            .windows(secret.len())
            .any(|window| window == secret.as_bytes());
        assert!(!found, "a secret of {} bytes", secret.len());
    }
}
