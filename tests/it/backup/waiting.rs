//! How long the writer waits for a backup.
//!
//! What counts is the time in which its thread was kept from going on: not what it computed, nor how long it stood in
//! line for a processor. So other work on the machine is no part of it, but for what that has the disk do.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use crate::store::support::{Edit as _, Mirror, page};

use super::killed::command;
use super::support::Backups;

/// As many as a listing brings.
const PAGES: usize = 250;
/// Listings that are there when it begins, and are written again and again.
const LISTINGS: usize = 40;
const BACKUPS: u32 = 50;
/// How long it writes alone.
const ALONE: Duration = Duration::from_secs(30);
/// What backups may add to the longest wait.
const MOMENT: Duration = Duration::from_millis(100);

/// What a thread has computed, and stood in line for.
fn busy(schedstat: &str) -> Duration {
    let stat = fs::read_to_string(schedstat).unwrap();
    let times = stat.split_whitespace().take(2);
    times
        .map(|time| Duration::from_nanos(time.parse().unwrap()))
        .sum()
}

/// Where the kernel tells of the writer's thread.
fn writers_thread() -> String {
    let mut threads = fs::read_dir("/proc/self/task")
        .unwrap()
        .map(|thread| thread.unwrap().path());
    let writer = threads
        .find(|thread| fs::read_to_string(thread.join("comm")).is_ok_and(|name| name == "store-writer\n"));
    writer.unwrap().join("schedstat").display().to_string()
}

/// Writes listings, and notes how long it was kept waiting in each.
struct Writing<'a> {
    mirror: &'a Mirror,
    thread: String,
    round: usize,
}

impl<'a> Writing<'a> {
    fn to(mirror: &'a Mirror) -> Self {
        Self {
            mirror,
            thread: writers_thread(),
            round: 0,
        }
    }

    /// The waits, shortest first.
    async fn until(&mut self, is_enough: impl Fn(usize) -> bool) -> Vec<Duration> {
        let mut waits = Vec::new();
        while !is_enough(waits.len()) {
            waits.push(self.listing().await);
        }
        waits.sort();
        waits
    }

    async fn listing(&mut self) -> Duration {
        let (version, first) = (self.round / LISTINGS, self.round % LISTINGS * PAGES);
        self.round += 1;
        let write = |number: usize| {
            let text = format!("Version {version} of {number}. {}", "words and more ".repeat(200));
            let version = u32::try_from(version + 1).unwrap();
            page(&(1000 + number).to_string(), "Page", &text).version(version)
        };
        let pages = (first..first + PAGES).map(write).collect();
        // This thread asks and is answered, so its own turns are no waiting either.
        let both = || busy(&self.thread) + busy("/proc/thread-self/schedstat");
        let (before, began) = (both(), Instant::now());
        self.mirror.apply(pages).await;
        let took = began.elapsed();
        (before + took).saturating_sub(both())
    }
}

/// Half of the waits, 99 of 100, and all are not longer.
fn shares(waits: &[Duration]) -> [Duration; 3] {
    [50, 99, 100].map(|share| waits[(waits.len() - 1) * share / 100])
}

#[tokio::test]
#[ignore = "measures for two minutes: cargo test --locked --test it waits_no_longer -- --ignored --nocapture"]
async fn the_writer_waits_no_longer_than_a_moment_for_fifty_backups() {
    let backups = Backups::of_a_small_mirror().await;
    let mut writing = Writing::to(&backups.shelf.mirror);
    writing.until(|written| written == LISTINGS).await;
    let began = Instant::now();
    let alone = writing.until(|_| began.elapsed() > ALONE).await;

    let programs: Vec<_> = (0..BACKUPS).map(|_| command(&backups)).collect();
    let taking = thread::spawn(move || {
        let mut ended = programs.into_iter().map(|program| program.output().status);
        ended.all(|status| status.success())
    });
    let beside = writing.until(|_| taking.is_finished()).await;
    assert!(taking.join().unwrap(), "a backup failed");
    for (who, waits) in [("alone", &alone), ("beside backups", &beside)] {
        let [half, most, all] = shares(waits);
        let listings = waits.len();
        println!(
            "{who}: {listings} listings of {PAGES} pages; it waited {half:.1?} at most in half of them, \
             {most:.1?} in 99 of 100, {all:.1?} in all"
        );
    }
    assert!(shares(&beside)[2] < shares(&alone)[2] + MOMENT);
}
