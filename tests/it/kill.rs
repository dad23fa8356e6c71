//! `kill -9` in the middle of the first copy, again and again.

use std::process::ExitStatus;
use std::time::Duration;

use confluence_sim::Atlassian;
use rand::RngExt as _;
use tokio::process::Child;
use tokio::time::{Instant, sleep};

use crate::support::installation::{Installation, visible, world};

const DOMAIN: &str = "acme.atlassian.net";
const PAGES: u64 = 20_000;
/// The most items that a page of a listing holds.
const PAGE_SIZE: usize = 250;

fn listings(atlassian: &Atlassian) -> usize {
    atlassian.log().count("GET /wiki/api/v2/pages")
}

/// Lets the program send some more requests and kills it, unless it ends before.
async fn kill_after(child: &mut Child, atlassian: &Atlassian, requests: usize) -> Option<ExitStatus> {
    let target = listings(atlassian) + requests;
    let deadline = Instant::now() + Duration::from_mins(2);
    while listings(atlassian) < target {
        if let Some(ended) = child.try_wait().unwrap() {
            return Some(ended);
        }
        assert!(Instant::now() < deadline, "the copy does not advance");
        sleep(Duration::from_millis(1)).await;
    }
    child.kill().await.unwrap();
    None
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_backfill_resumes_where_it_stopped() {
    let (atlassian, alice) = world().await;
    let site = atlassian.site(DOMAIN);
    site.member(&alice);
    for (space, share) in [("ENG", PAGES / 2), ("OPS", PAGES / 4), ("HR", PAGES / 4)] {
        site.space(space).pages_generated(share, |n| {
            (format!("Page {n}"), format!("<p>The {n}th page.</p>"))
        });
    }
    let home = Installation::new(&atlassian, &[DOMAIN]).connected(DOMAIN).await;

    let mut kills = 0;
    let ended = loop {
        let mut child = home.spawn(&["sync"]);
        let requests = rand::rng().random_range(1..12);
        match kill_after(&mut child, &atlassian, requests).await {
            Some(ended) => break ended,
            None => kills += 1,
        }
    };

    assert!(ended.success(), "{ended}");
    assert!(kills >= 5, "only {kills} kills");
    assert_eq!(home.mirrored(), visible(&site, &alice));
    // A kill costs the page that was being written, the one being rendered and the one being fetched.
    let needed = usize::try_from(PAGES).unwrap() / PAGE_SIZE;
    let sent = listings(&atlassian);
    println!("{kills} kills: {sent} listings of pages, where an undisturbed copy needs {needed}");
    assert!(
        sent <= needed + 1 + 3 * kills,
        "{sent} requests after {kills} kills"
    );
}
