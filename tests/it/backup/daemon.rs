//! Backups while the daemon copies a site that is edited.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use confluence_sim::{Page, Site};
use rand::RngExt as _;

use crate::daemon::{HASTY, equals_the_site, until};
use crate::support::installation::{Installation, mirrored, outsider, visible, world};

const DOMAIN: &str = "acme.atlassian.net";
/// Between two edits.
const PACE: Duration = Duration::from_millis(5);
/// For what is left to be fetched after the last edit, of tens of thousands.
const PATIENCE: Duration = Duration::from_mins(5);

fn title(number: u64) -> String {
    format!("Page {number}")
}

/// How a page begins in a version.
fn said(title: &str, version: u32) -> String {
    format!("Version {version} of {title}.")
}

fn body(title: &str, version: u32) -> String {
    format!(
        "<p>{}{}</p>",
        said(title, version),
        " The mill goes round.".repeat(100)
    )
}

/// How often each page was saved, as far as that was more than once.
type Saved = Arc<Mutex<HashMap<String, u32>>>;

/// Saves one page after the other, for as long as it is let.
async fn edit(site: Site, pages: Vec<Page>, saved: Saved) {
    let mut pace = tokio::time::interval(PACE);
    loop {
        pace.tick().await;
        let number = rand::rng().random_range(0..pages.len());
        let title = title(number.try_into().unwrap());
        let mut saved = saved.lock().unwrap();
        let version = saved.entry(title.clone()).or_insert(1);
        *version += 1;
        site.edit(&pages[number], body(&title, *version));
    }
}

/// The versions of the pages in a mirror, each of which says what the site said in that version.
fn versions(database: &Path) -> BTreeMap<String, u32> {
    let conn = outsider(database);
    let mut statement = conn.prepare("SELECT title, version, markdown FROM page").unwrap();
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
    let version = |(title, version, markdown): (String, u32, String)| {
        assert!(
            markdown.starts_with(&said(&title, version)),
            "{title}: {markdown:.60}"
        );
        (title, version)
    };
    rows.unwrap().map(|row| version(row.unwrap())).collect()
}

/// Takes backups one after the other. Each is verified and restored, and is a state that the site was seen in: no page
/// is older than in the one before, and none newer than on the site.
async fn back_up_beside_a_backfill(pages: u64, latency: Duration, backups: u32) {
    let (atlassian, alice) = world().await;
    let site = atlassian.site(DOMAIN);
    site.member(&alice);
    let all = site.space("ENG").pages_generated(pages, |number| {
        let title = title(number);
        let body = body(&title, 1);
        (title, body)
    });
    let home = Installation::new(&atlassian, &[DOMAIN]).connected(DOMAIN).await;
    home.configure(&atlassian, &[DOMAIN], HASTY);
    atlassian.faults().slow(latency);
    let _daemon = home.spawn(&["run"]);
    let listings = || atlassian.log().count("GET /wiki/api/v2/pages");
    until("the middle of the copy", || listings() >= 3).await;
    let saved = Saved::default();
    let editing = tokio::spawn(edit(site.clone(), all, Arc::clone(&saved)));

    let dir = home.path("backups").display().to_string();
    let to = home.path("restored");
    let restore = async || {
        home.done(&["backup", &dir, "--keep", "last=1"]).await;
        home.done(&["restore", &dir, &to.display().to_string()]).await;
    };
    let mut before = BTreeMap::new();
    for number in 0..backups {
        restore().await;
        let restored = versions(&to.join("mirror.db"));
        fs::remove_dir_all(&to).unwrap();
        for (title, version) in &before {
            assert!(restored.get(title) >= Some(version), "{title} of backup {number}");
        }
        let saved = saved.lock().unwrap();
        let newest = |title| saved.get(title).copied().unwrap_or(1);
        assert!(restored.iter().all(|(title, version)| *version <= newest(title)));
        let is_in_the_middle = restored.len() < usize::try_from(pages).unwrap();
        assert!(
            number > 0 || is_in_the_middle,
            "the copy had ended before the first backup"
        );
        before = restored;
    }
    editing.abort();
    drop(editing.await);
    atlassian.faults().clear();
    let deadline = Instant::now() + PATIENCE;
    while !equals_the_site(&home, &site, &alice) {
        assert!(Instant::now() < deadline, "the daemon does not catch up");
        tokio::time::sleep(PACE * 20).await;
    }
    restore().await;
    assert_eq!(mirrored(&to.join("mirror.db")), visible(&site, &alice));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn backups_beside_a_daemon_in_its_backfill_are_states_that_the_site_was_seen_in() {
    back_up_beside_a_backfill(2000, Duration::from_millis(200), 4).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes most of a minute: cargo test --test it -- --ignored --nocapture fifty_backups_beside_a_daemon"]
async fn fifty_backups_beside_a_daemon_in_its_backfill_are_states_that_the_site_was_seen_in() {
    back_up_beside_a_backfill(20_000, Duration::from_secs(2), 50).await;
}
