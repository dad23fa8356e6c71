//! An hour of the daemon with everything going wrong that can: the site, the network, the disk, the clock, and `kill -9`.
//!
//! `MILLPOND_SOAK=1h cargo test --locked --test it -- soak --ignored --nocapture`
//!
//! A small disk takes root, wrong clocks take libfaketime, and errors of the disk take strace; what is not there is
//! said, and left out.

mod machine;

use std::time::Duration;

use confluence_sim::{Account, Page, Site};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use tokio::time::{Instant, sleep};

use crate::daemon::HASTY;
use crate::support::installation::{Installation, visible, world};
use crate::support::watched::Watched;

use machine::{Machine, Start};

const DOMAIN: &str = "acme.atlassian.net";
const PAGES: u64 = 500;
/// The most that is gone at once: the deletion guard lets that many through.
const MOST_GONE: usize = 10;
/// How long a mirror may take to become equal once nothing goes wrong any more.
const RECOVERY: Duration = Duration::from_mins(5);

/// All that the site has, without regard to points: an hour of runs every second or two would spend those of days.
fn settings() -> String {
    format!(
        "points_per_hour = 0\n{HASTY}content = [\"pages\", \"blogposts\", \"comments\", \"attachments\", \"users\"]\n"
    )
}

/// The site, and everybody who works on it.
struct World {
    atlassian: Watched,
    site: Site,
    alice: Account,
    pages: Vec<Page>,
    trashed: Vec<Page>,
    dice: StdRng,
    edits: u64,
}

impl World {
    async fn new(seed: u64) -> Self {
        let (atlassian, alice) = world().await;
        let site = atlassian.site(DOMAIN);
        site.member(&alice);
        for space in ["ENG", "OPS", "HR"] {
            site.space(space).pages_generated(PAGES / 3, move |n| {
                (format!("{space} {n}"), format!("<p>The {n}th page.</p>"))
            });
        }
        let pages = site
            .space("ENG")
            .pages(["Runbook", "On call", "Glossary", "Rota", "Handover"]);
        Self {
            atlassian,
            site,
            alice,
            pages,
            trashed: Vec::new(),
            dice: StdRng::seed_from_u64(seed),
            edits: 0,
        }
    }

    fn any_page(&mut self) -> Page {
        self.pages[self.dice.random_range(0..self.pages.len())].clone()
    }

    /// Somebody does something on the site.
    fn work(&mut self) {
        self.edits += 1;
        let (page, n) = (self.any_page(), self.edits);
        match self.dice.random_range(0..9) {
            0 => self.pages.push(self.site.space("OPS").page(&format!("Note {n}"))),
            1 => self.site.rename(&page, &format!("Renamed {n}")),
            2 => self.site.move_under(&self.pages[0], &page),
            3 if self.pages.len() > MOST_GONE && self.trashed.len() < MOST_GONE => {
                let gone = self.pages.swap_remove(self.pages.len() - 1);
                self.site.trash(&gone);
                self.trashed.push(gone);
            }
            4 => {
                if let Some(page) = self.trashed.pop() {
                    self.site.restore(&page);
                    self.pages.push(page);
                }
            }
            5 => self.site.label(&page, &format!("label-{}", n % 7)),
            6 => drop(self.site.comment(&self.alice, &page, "<p>Seen.</p>")),
            7 => drop(
                self.site
                    .attach(&page, &format!("{n}.txt"), "text/plain", n.to_string().as_bytes()),
            ),
            _ => self.site.edit(&page, format!("<p>Edit {n}.</p>")),
        }
    }

    /// The site or the network does something to the next requests.
    fn trouble(&mut self) {
        let faults = self.atlassian.faults();
        let requests = self.dice.random_range(1..4);
        match self.dice.random_range(0..14) {
            0 => faults.rate_limit_next(requests),
            1 => faults.rate_limit_without_retry_after(requests),
            2 => faults.server_error_next(requests, 503),
            3 => faults.server_error_next(requests, 500),
            4 => faults.cut_body_next(requests),
            5 => faults.truncate_json_next(requests),
            6 => faults.html_instead_of_json(requests),
            7 => faults.reset_connection_next(requests),
            8 => faults.empty_page_with_next(requests),
            9 => faults.end_listing_early(requests),
            10 => faults.reject_cursors(requests),
            11 => faults.expire_access_tokens(),
            12 => faults.lose_answer_of_next_refresh(),
            _ => faults.at("POST /oauth/token").server_error_next(requests, 502),
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "how long a test runs is no setting of the program"
)]
fn length() -> Duration {
    let wanted = std::env::var("MILLPOND_SOAK").unwrap_or_else(|_| "1h".to_owned());
    humantime::parse_duration(&wanted).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes as long as $MILLPOND_SOAK says, an hour by default"]
async fn everything_that_goes_wrong_for_an_hour_leaves_the_mirror_equal() {
    let seed = rand::rng().random();
    eprintln!("seed {seed}");
    let mut world = World::new(seed).await;
    let home = Installation::new(&world.atlassian, &[DOMAIN]);
    let mut machine = Machine::new(home.path("state"), home.path("clock")).await;
    home.configure(&world.atlassian, &[DOMAIN], &settings());
    let home = home.connected(DOMAIN).await;

    let end = Instant::now() + length();
    let mut minute = 0;
    while Instant::now() < end {
        a_minute(&mut world, &home, &mut machine, minute, end).await;
        minute += 1;
    }

    world.atlassian.faults().clear();
    machine.settle();
    machine.keep_running(&home, Start::Plain);
    let patience = Instant::now() + RECOVERY;
    while home.mirrored() != visible(&world.site, &world.alice) {
        assert!(Instant::now() < patience, "the mirror does not become equal");
        machine.keep_running(&home, Start::Plain);
        sleep(Duration::from_secs(1)).await;
    }
    machine.stop().await;
    let checked = home.done(&["check", "--full"]).await;
    let log = world.atlassian.log();
    eprintln!(
        "{} edits, {} refreshes of the token",
        world.edits,
        log.refreshes().len()
    );
    eprintln!("{checked}{}", home.done(&["status"]).await);
    machine.report();
    assert_eq!(
        (log.reuse_past_leeway(), log.revoked_families()),
        (0, 0),
        "a grant was in danger"
    );
}

/// A minute of work and trouble, which ends with `kill -9`.
async fn a_minute(world: &mut World, home: &Installation, machine: &mut Machine, minute: u64, end: Instant) {
    let start = if minute % 10 == 7 {
        Start::WithDiskErrors
    } else {
        Start::Plain
    };
    let until = end.min(Instant::now() + Duration::from_mins(1));
    let mut second = 0;
    machine.set_clock(["+0", "+400d", "+0", "-400d"][(minute % 4) as usize]);
    while Instant::now() < until {
        machine.keep_running(home, start);
        world.work();
        if second % 5 == 2 {
            world.trouble();
        }
        match second {
            20 => machine.hang_up().await,
            25 if minute % 5 == 3 => machine.fill_disk(),
            45 => machine.empty_disk(),
            _ => {}
        }
        machine.sample(minute);
        sleep(Duration::from_secs(1)).await;
        second += 1;
    }
    machine.empty_disk();
    machine.kill().await;
}
