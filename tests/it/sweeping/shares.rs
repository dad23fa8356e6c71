//! Sweeping and copying take a share of the hour, and what is left undone is taken up again.

use std::collections::BTreeMap;
use std::time::Duration;

use millpond::model::{ContentKind, Outcome, SyncMode};

use super::{HOUR, Stage};

const PAGES: &str = "GET /wiki/api/v2/pages";

fn grow(stage: &Stage, space: &str, pages: u64) {
    let space = stage.world.site.space(space);
    space.pages_generated(pages, |n| (format!("Page {n}"), "<p>A page.</p>".to_owned()));
}

fn is_unfinished(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::Unfinished { .. })
}

/// Runs until nothing is left undone, waiting for the next hour each time. Returns how many runs that took.
async fn runs_to_the_end(stage: &Stage) -> u64 {
    for run in 1..20 {
        let summary = stage.run(SyncMode::Delta).await;
        match summary.outcome {
            Outcome::Unfinished { until } => stage.world.wait(until.since(stage.world.clock.now())),
            Outcome::Complete => return run,
            other => panic!("{other:?}: {:?}", summary.error),
        }
    }
    panic!("it never comes to its end");
}

#[tokio::test]
async fn a_sweep_leaves_a_quarter_of_the_hour_to_deltas_and_the_next_one_goes_on_with_it() {
    let stage = Stage::with_budget(2_000).await;
    for space in ["A", "B", "C", "D"] {
        grow(&stage, space, 500);
    }
    // Else what is as old as the watermark is new to the next delta.
    stage.world.wait(HOUR);
    runs_to_the_end(&stage).await;
    stage.world.wait(HOUR);
    let sweeps = || stage.listings_without_bodies(PAGES);
    let before = sweeps();

    let summary = stage.run(SyncMode::Sweep).await;
    assert!(is_unfinished(summary.outcome), "{summary:?}");
    let points = summary.counts.points;
    assert!((1_500..1_760).contains(&points), "{points} of 2,000 points");

    let page = stage.world.site.space("A").page("News");
    let delta = stage.run(SyncMode::Delta).await;
    assert!(
        is_unfinished(delta.outcome) && delta.counts.added == 1,
        "{delta:?}"
    );
    stage.world.site.trash(&page);

    stage.world.wait(HOUR);
    assert_eq!(stage.run(SyncMode::Delta).await.outcome, Outcome::Complete);
    let rounds = stage.ask("SELECT is_open || ' ' || (completed_at > began_at) FROM sweeps");
    assert_eq!(rounds, ["0 1"]);
    assert_eq!(
        sweeps() - before,
        8,
        "2,000 items are eight pages, each asked for once"
    );
    let complete =
        stage.ask("SELECT DISTINCT listed || '/' || mirrored FROM completeness WHERE space_key > 'A'");
    assert_eq!(complete, ["500/500"]);
}

/// Copies a site of so many pages by an app that may spend so many points in an hour.
async fn copy_a_big_site(pages: u64, quota: u64) {
    let stage = Stage::with_quota(quota).await;
    grow(&stage, "ENG", pages);

    let hours = runs_to_the_end(&stage).await;

    assert!(stage.equals_the_site());
    let floor = (pages + pages.div_ceil(250)).div_ceil(quota);
    assert!(hours <= floor + 1, "{hours} hours, where {floor} are the fewest");
    let log = stage.world.atlassian.log();
    let mut spent: BTreeMap<String, u64> = BTreeMap::new();
    let of_the_site = log
        .requests()
        .iter()
        .filter(|request| request.route.starts_with("/wiki/"));
    for request in of_the_site {
        assert_eq!(request.status, 200, "{request:?}");
        *spent.entry(request.at.format("%H").to_string()).or_default() += request.points;
    }
    assert!(spent.values().all(|points| *points <= quota), "{spent:?}");
    eprintln!("{pages} pages: {hours} hours of {quota} points, {floor} are the fewest; {spent:?}");
}

#[tokio::test]
async fn a_big_copy_takes_the_fewest_hours_and_one_more_and_sends_nothing_into_a_closed_window() {
    copy_a_big_site(10_000, 3_250).await;
}

/// `cargo test --test it 200_000 -- --ignored --nocapture`
#[tokio::test]
#[ignore = "takes minutes; a twentieth of it runs always"]
async fn a_copy_of_200_000_pages_takes_the_fewest_hours_and_one_more() {
    copy_a_big_site(200_000, 65_000).await;
}

#[tokio::test]
async fn a_wish_to_wait_for_hours_ends_the_run_and_outlasts_a_restart() {
    let stage = Stage::new().await;
    stage.world.site.space("ENG").pages(["Runbook"]);
    stage.run(SyncMode::Delta).await;
    stage.world.atlassian.faults().rate_limit_next_for(1, 3 * 3_600);
    let is_deferred = |outcome| matches!(outcome, Outcome::Deferred { .. });
    assert!(is_deferred(stage.run(SyncMode::Delta).await.outcome));
    let asked = stage.world.statuses().len();

    for _ in 0..2 {
        stage.world.wait(HOUR);
        assert!(is_deferred(stage.run(SyncMode::Sweep).await.outcome));
    }
    assert_eq!(
        stage.world.statuses().len(),
        asked,
        "not one request in three hours"
    );

    stage.world.wait(HOUR + Duration::from_secs(1));
    assert_eq!(stage.run(SyncMode::Delta).await.outcome, Outcome::Complete);
}

#[tokio::test]
async fn an_unchanged_site_costs_two_requests_a_kind_at_most_however_many_spaces_it_has() {
    let mut stage = Stage::new().await;
    stage.kinds = vec![ContentKind::Page, ContentKind::BlogPost];
    for n in 0..230 {
        let space = stage.world.site.space(&format!("S{n}"));
        _ = (space.page("Home"), space.blog_post("News"));
    }
    stage.run(SyncMode::Delta).await;
    stage.world.wait(HOUR);
    stage.run(SyncMode::Delta).await;
    let asked = || {
        let log = stage.world.atlassian.log();
        [PAGES, "GET /wiki/api/v2/blogposts"].map(|route| log.count(route))
    };
    let before = asked();

    stage.world.wait(HOUR);
    assert_eq!(stage.run(SyncMode::Delta).await.outcome, Outcome::Complete);

    let after = asked();
    assert!(
        (0..2).all(|kind| after[kind] - before[kind] <= 2),
        "{before:?} {after:?}"
    );
}
