//! What a mirror of everything costs: requests and points, against the fewest that the site's listings allow.

use std::collections::BTreeMap;
use std::time::Duration;

use confluence_sim::Atlassian;
use serde_json::Value;

use super::ALL_SCOPES;
use crate::support::installation::{Installation, world};

const DOMAIN: &str = "acme.atlassian.net";
/// Every kind, and of attachments all but the bytes.
const SETTINGS: &str = "points_per_hour = 0\n[sync]\n\
    content = [\"pages\", \"blogposts\", \"comments\", \"attachments\", \"labels\", \"users\"]\n\
    [sync.attachments]\ndownload = false\n";
/// The most that one call lists.
const LISTED: u64 = 250;
const LABELS: u64 = 20;

/// How often each route was asked, of the site's requests from the `since`th on.
fn routes(atlassian: &Atlassian, since: usize) -> BTreeMap<String, u64> {
    let mut routes = BTreeMap::new();
    for request in &atlassian.log().requests()[since..] {
        if request.route.starts_with("/wiki/") {
            *routes.entry(request.template()).or_default() += 1;
        }
    }
    routes
}

/// Copies a site of so many pages, each with a label, every second with a comment, every fourth with a file. Then asks
/// for what changed, which is nothing.
async fn copy_everything(pages: u64) {
    let (atlassian, alice) = world().await;
    let site = atlassian.site(DOMAIN);
    site.member(&alice);
    let space = site.space("ENG");
    for nth in 0..pages {
        // People write one after the other.
        atlassian.clock().advance(Duration::from_secs(30));
        let page = space.page(&format!("Page {nth}"));
        site.label(&page, &format!("label-{}", nth % LABELS));
        if nth % 2 == 0 {
            site.comment(&alice, &page, "<p>Thanks</p>");
        }
        if nth % 4 == 0 {
            site.attach(&page, "notes.txt", "text/plain", b"notes");
        }
    }
    let home = Installation::new(&atlassian, &[DOMAIN]);
    home.register(&atlassian, &ALL_SCOPES);
    home.configure(&atlassian, &[DOMAIN], SETTINGS);
    let home = home.connected(DOMAIN).await;

    let before = atlassian.log().requests().len();
    let summary: Value = serde_json::from_str(&home.done(&["--json", "sync"]).await).unwrap();
    let of_copy = routes(&atlassian, before);
    let listed = |objects: u64| objects.div_ceil(LISTED);
    let floor = listed(pages) + listed(pages / 2) + listed(pages / 4) + LABELS * listed(pages / LABELS);
    eprintln!(
        "{pages} pages: {} requests and {} points; one call for 250 objects makes {floor} requests; {of_copy:#?}",
        summary["requests"], summary["points"]
    );
    assert_eq!(
        of_copy.values().sum::<u64>(),
        summary["requests"].as_u64().unwrap()
    );
    assert!(of_copy.values().sum::<u64>() <= floor + 10, "{of_copy:#?}");

    // What is as old as the watermark is looked at once more.
    home.done(&["sync"]).await;
    let before = atlassian.log().requests().len();
    home.done(&["sync"]).await;
    let of_delta = routes(&atlassian, before);
    eprintln!("unchanged: {of_delta:#?}");
    assert!(of_delta.values().all(|asked| *asked <= 2), "{of_delta:#?}");
}

#[tokio::test]
async fn a_copy_of_everything_costs_little_more_than_a_call_for_250_objects_and_no_change_two_calls_a_kind() {
    copy_everything(520).await;
}

/// `cargo test --test it costs -- --ignored --nocapture`
#[tokio::test]
#[ignore = "takes a minute; a small one runs always"]
async fn a_copy_of_20_000_pages_with_everything_costs_little_more_than_a_call_for_250_objects() {
    copy_everything(20_000).await;
}
