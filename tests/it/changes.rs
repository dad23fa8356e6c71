//! The change feed as its followers read it: line by line, across processes and signals.

use confluence_sim::{Page, Site};
use serde_json::Value;

use crate::daemon::signal;
use crate::support::installation::{Installation, world};
use crate::support::watched::Watched;

const DOMAIN: &str = "acme.atlassian.net";

struct Stage {
    #[expect(dead_code, reason = "it goes down last")]
    atlassian: Watched,
    site: Site,
    pages: Vec<Page>,
    home: Installation,
}

/// Two pages and their mirror.
async fn stage() -> Stage {
    let (atlassian, alice) = world().await;
    let site = atlassian.site(DOMAIN);
    site.member(&alice);
    let pages = site.space("ENG").pages(["Runbook", "On call"]);
    let home = Installation::new(&atlassian, &[DOMAIN]).connected(DOMAIN).await;
    home.done(&["sync"]).await;
    Stage {
        atlassian,
        site,
        pages,
        home,
    }
}

impl Stage {
    async fn since(&self, seq: i64) -> Vec<Value> {
        let printed = self.home.done(&["changes", "--since", &seq.to_string()]).await;
        let lines: Vec<Value> = printed
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        let places: Vec<_> = lines.iter().map(seq_of).collect();
        assert!(places.is_sorted_by(|a, b| a < b), "{places:?}");
        lines
    }
}

fn seq_of(line: &Value) -> i64 {
    line["seq"].as_i64().unwrap()
}

fn last(lines: &[Value]) -> i64 {
    seq_of(lines.last().unwrap())
}

fn words<'a>(lines: &'a [Value], name: &str) -> Vec<&'a str> {
    lines.iter().filter_map(|line| line[name].as_str()).collect()
}

#[tokio::test]
async fn every_change_is_told_once_in_the_order_of_commits_deletions_included() {
    let stage = stage().await;
    let first = stage.since(0).await;
    assert_eq!(words(&first, "title"), ["Runbook", "On call"]);
    assert!(words(&first, "kind").contains(&"space") && words(&first, "kind").contains(&"person"));
    assert_eq!(stage.since(last(&first)).await, Vec::<Value>::new());

    stage.site.edit(&stage.pages[0], "<p>Call the shift.</p>");
    stage.site.trash(&stage.pages[1]);
    stage.home.done(&["sync", "--sweep"]).await;

    let next = stage.since(last(&first)).await;
    assert_eq!(words(&next, "title"), ["Runbook", "On call"]);
    assert_eq!(words(&next, "change"), ["written", "gone"]);
    assert_eq!(next[0]["version"], 2);
    assert!(next[0]["markdown"].as_str().unwrap().contains("Call the shift."));
    assert_eq!(next[1]["gone_reason"], "trashed");
    // Who begins anew is told of each thing once, as it is by now.
    let anew = stage.since(0).await;
    assert_eq!(anew.len(), first.len());
    assert_eq!(words(&anew, "title"), ["Runbook", "On call"]);
}

#[tokio::test]
async fn whoever_follows_sees_what_another_process_commits_and_ends_at_sigint() {
    let stage = stage().await;
    let seq = last(&stage.since(0).await).to_string();
    let mut follower = stage.home.spawn(&["changes", "--follow", "--since", &seq]);

    stage.site.space("ENG").page("Weather");
    stage.home.done(&["sync"]).await;

    let line = follower.prints(|line| line.contains("Weather")).await.unwrap();
    let line: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(
        (&line["kind"], &line["change"]),
        (&"page".into(), &"written".into())
    );
    signal(&follower, "INT").await;
    let ended = follower.ended().await;
    assert!(
        ended.status.success(),
        "{}",
        String::from_utf8_lossy(&ended.stderr)
    );
}

#[tokio::test]
async fn a_follower_whose_reader_went_away_ends_although_nothing_changes() {
    let stage = stage().await;
    let seq = last(&stage.since(0).await).to_string();
    let command = stage.home.command(["changes", "--follow", "--since", &seq]);
    let ended = tokio::task::spawn_blocking(|| command.unread()).await.unwrap();
    assert!(
        ended.status.success(),
        "{}",
        String::from_utf8_lossy(&ended.stderr)
    );
}
