//! Nothing is buried without evidence.

use millpond::model::{Outcome, SyncMode};

use super::{HOUR, Stage};

const SWEEP: SyncMode = SyncMode::Sweep;
const PAGES: &str = "GET /wiki/api/v2/pages";

/// A mirrored site with `count` pages in one space and two in another.
async fn copied(count: u64) -> Stage {
    let stage = Stage::new().await;
    stage
        .world
        .site
        .space("ENG")
        .pages_generated(count, |n| (format!("Page {n}"), format!("<p>{n}</p>")));
    stage.world.site.space("HR").pages(["Holidays", "Salaries"]);
    stage.run(SyncMode::Delta).await;
    assert!(stage.equals_the_site());
    stage
}

/// Sweeps three times, hours apart.
async fn sweeps(stage: &Stage) {
    for _ in 0..3 {
        stage.world.wait(HOUR * 2);
        stage.run(SWEEP).await;
    }
}

#[tokio::test]
async fn a_site_that_shows_no_page_any_more_buries_nothing() {
    let stage = copied(5).await;
    let pages = stage.living();
    for page in &pages {
        stage.world.site.hide(&page.id, &stage.world.alice);
    }

    sweeps(&stage).await;

    assert_eq!(stage.living(), pages);
    assert_eq!(
        stage.findings(),
        ["deletion guard: ENG pages", "deletion guard: HR pages"]
    );
    let fetched = stage.listings_with_bodies();
    for page in &pages {
        stage.world.site.show(&page.id, &stage.world.alice);
    }
    stage.run(SWEEP).await;
    assert!(stage.equals_the_site());
    assert_eq!(stage.findings(), Vec::<String>::new());
    assert_eq!(stage.listings_with_bodies(), fetched, "nothing had changed");
}

#[tokio::test]
async fn a_page_that_the_site_cannot_deliver_is_passed_named_and_not_buried() {
    let stage = copied(40).await;
    let gone = stage.world.site.space("ENG").page("Gone");
    stage.run(SyncMode::Delta).await;
    let pages = stage.living();
    let broken = &pages[20];
    stage.world.atlassian.faults().undeliverable(&broken.id);
    stage.world.site.purge(&gone);
    let new = stage.world.site.space("ENG").page("New");

    sweeps(&stage).await;

    let kept = stage.living();
    assert!(pages.iter().all(|page| kept.contains(page)), "{kept:?}");
    assert!(kept.iter().any(|page| page.id == new.id()));
    let beside = format!("undecodable: pages between {} and {}", pages[19].id, pages[21].id);
    assert_eq!(stage.findings(), [format!("undecodable: {}", broken.id), beside]);

    stage.world.atlassian.faults().clear();
    sweeps(&stage).await;
    assert!(stage.equals_the_site());
    assert_eq!(stage.findings(), Vec::<String>::new());
}

#[tokio::test]
async fn a_site_that_answers_500_to_everything_fails_the_run_soon_and_buries_nothing() {
    let stage = copied(40).await;
    let pages = stage.living();
    let before = stage.world.statuses().len();
    stage.world.atlassian.faults().break_down(&stage.world.site, 500);

    let summary = stage.run(SWEEP).await;

    assert_eq!(summary.outcome, Outcome::Failed);
    assert!(stage.world.statuses().len() - before < 40);
    assert_eq!((stage.living(), stage.findings()), (pages, Vec::new()));
}

#[tokio::test]
async fn a_site_that_turned_403_buries_nothing() {
    let stage = copied(5).await;
    let pages = stage.living();
    stage.world.site.expel(&stage.world.alice);
    sweeps(&stage).await;
    assert_eq!(stage.living(), pages);
}

#[tokio::test]
async fn a_space_that_vanished_buries_nothing_until_a_person_says_so() {
    let stage = copied(5).await;
    let pages = stage.living();
    let eng = stage.world.site.space("ENG");
    eng.hide_from(&stage.world.alice);

    sweeps(&stage).await;
    assert_eq!(stage.living(), pages);
    assert_eq!(
        stage.findings(),
        ["deletion guard: ENG pages", "space hidden: ENG"]
    );

    let fetched = stage.listings_with_bodies();
    eng.show_to(&stage.world.alice);
    stage.run(SWEEP).await;
    assert!(stage.equals_the_site());
    assert_eq!(stage.listings_with_bodies(), fetched, "nothing had changed");

    eng.delete();
    sweeps(&stage).await;
    assert_eq!(stage.living(), pages, "deleted and hidden look the same");
    stage.accept_deletions().await;
    assert!(stage.equals_the_site());
    let told = stage.ask("SELECT DISTINCT gone_reason FROM page WHERE gone_at IS NOT NULL");
    assert_eq!(told, ["gone or hidden"]);
}

#[tokio::test]
async fn a_space_in_the_trash_is_gone_by_the_sites_own_word_and_comes_back() {
    let stage = copied(5).await;
    let pages = stage.living();
    let eng = stage.world.site.space("ENG");

    eng.trash();
    stage.run(SWEEP).await;
    assert_eq!(stage.living().len(), 2);
    let told = stage.ask("SELECT DISTINCT gone_reason FROM page WHERE gone_at IS NOT NULL");
    assert_eq!(told, ["space trashed"]);
    assert_eq!(
        stage.ask("SELECT status FROM space WHERE key = 'ENG'"),
        ["trashed"]
    );

    eng.restore();
    stage.run(SWEEP).await;
    assert_eq!(stage.living(), pages);
}

#[tokio::test]
async fn content_that_a_rule_hides_from_apps_is_not_buried_even_if_a_person_says_so() {
    let stage = copied(40).await;
    let pages = stage.living();
    stage.world.site.space("ENG").block_apps(true);

    sweeps(&stage).await;
    stage.accept_deletions().await;

    assert_eq!(stage.living(), pages);
    assert_eq!(stage.findings(), ["content blocked: ENG pages"]);
    stage.world.site.space("ENG").block_apps(false);
    stage.run(SWEEP).await;
    assert!(stage.equals_the_site());
    assert_eq!(stage.findings(), Vec::<String>::new());
}

#[tokio::test]
async fn a_listing_that_ends_early_in_silence_buries_nothing() {
    let stage = copied(600).await;
    let pages = stage.living();
    for _ in 0..2 {
        stage.world.wait(HOUR * 2);
        stage.world.atlassian.faults().at(PAGES).end_listing_early(1);
        stage.run(SWEEP).await;
    }
    assert_eq!(stage.living(), pages, "each was asked for by its id");
    let marked = stage.ask("SELECT content_id FROM contents WHERE missing_since IS NOT NULL");
    assert_eq!(marked, Vec::<String>::new());
}

#[tokio::test]
async fn a_listing_that_breaks_off_buries_nothing() {
    let stage = copied(600).await;
    let pages = stage.living();
    let faults = stage.world.atlassian.faults().at(PAGES);
    stage.world.wait(HOUR);
    faults.repeat_cursor(1);
    assert_eq!(stage.run(SWEEP).await.outcome, Outcome::Failed);
    faults.clear();

    stage.world.wait(HOUR);
    faults.server_error_next(1_000, 502);
    assert_eq!(stage.run(SWEEP).await.outcome, Outcome::Partial);
    assert_eq!(
        stage.findings(),
        ["refused: pages"],
        "nothing of them can be listed"
    );
    faults.clear();
    assert_eq!(stage.living(), pages);
}

#[tokio::test]
async fn a_page_that_is_gone_without_a_word_is_buried_at_the_second_sight_with_when_and_why() {
    let stage = copied(5).await;
    let gone = stage.living().remove(0);
    stage.world.site.hide(&gone.id, &stage.world.alice);

    stage.run(SWEEP).await;
    assert!(stage.living().contains(&gone), "once is not enough");
    stage.world.wait(HOUR * 2);
    stage.run(SWEEP).await;

    assert!(!stage.living().contains(&gone));
    let told = stage.ask("SELECT id || ' ' || gone_reason FROM page WHERE gone_at LIKE '2026-03-01T11:3%'");
    assert_eq!(told, [format!("{} gone or hidden", gone.id)]);
    stage.world.site.show(&gone.id, &stage.world.alice);
    stage.run(SWEEP).await;
    assert!(stage.equals_the_site());
}

#[tokio::test]
async fn access_removed_for_an_hour_and_given_back_buries_nothing_and_fetches_nothing_again() {
    let stage = copied(60).await;
    let pages = stage.living();
    let half: Vec<_> = pages.iter().step_by(2).collect();
    for page in &half {
        stage.world.site.hide(&page.id, &stage.world.alice);
    }
    stage.run(SWEEP).await;
    stage.world.wait(HOUR * 5 / 6);
    stage.run(SWEEP).await;
    let fetched = stage.listings_with_bodies();
    stage.world.wait(HOUR / 6);
    for page in &half {
        stage.world.site.show(&page.id, &stage.world.alice);
    }
    stage.run(SWEEP).await;

    assert_eq!(stage.living(), pages);
    assert_eq!(stage.findings(), Vec::<String>::new());
    assert_eq!(stage.listings_with_bodies(), fetched, "nothing had changed");
}

/// More than is looked into at once: what was held or buried does not depend on where it is cut.
#[tokio::test]
async fn a_vanished_space_of_thousands_of_pages_is_held_as_one_and_buried_as_one() {
    let stage = copied(2_100).await;
    stage.world.site.space("ENG").delete();

    for _ in 0..2 {
        stage.world.wait(HOUR * 2);
        stage.run(SWEEP).await;
    }
    assert_eq!(stage.living().len(), 2_102);
    let said = stage.ask("SELECT detail FROM finding WHERE kind = 'deletion guard' AND closed_at IS NULL");
    assert_eq!(said.len(), 1);
    assert!(
        said[0].starts_with("2100 of 2100 pages of space ENG"),
        "{}",
        said[0]
    );

    stage.accept_deletions().await;
    assert!(stage.equals_the_site());
    assert!(
        stage
            .findings()
            .iter()
            .all(|finding| !finding.starts_with("deletion guard"))
    );
}
