//! Backups while the mirror is written.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use millpond::backup;
use tokio::task::spawn_blocking;

use crate::store::support::{Edit as _, page};
use crate::support::installation::outsider;

use super::support::{Backups, hour};

const EDITED: u32 = 10;
const BACKUPS: u64 = 50;
/// Pages there are in the end.
const MOST: u32 = 600;

/// Writes without a pause: with each transaction, all of the first pages say its number, and as many are new. Returns
/// how long the slowest took.
async fn write(backups: Arc<Backups>, stop: Arc<AtomicBool>) -> Duration {
    let mut slowest = Duration::ZERO;
    let mut round = 1;
    while !stop.load(Ordering::Relaxed) {
        let number = |id: u32| {
            page(
                &(1000 + id).to_string(),
                &format!("Page {id}"),
                &format!("Round {round}."),
            )
        };
        let edited = (0..EDITED).map(|id| number(id).with(|content| content.version.number = round));
        // No more than so many, or the last backups would only be larger.
        let new = (round * EDITED..(round + 1) * EDITED)
            .filter(|id| *id < MOST)
            .map(number);
        let began = Instant::now();
        backups.shelf.mirror.apply(edited.chain(new).collect()).await;
        slowest = slowest.max(began.elapsed());
        round += 1;
    }
    slowest
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_of_fifty_backups_during_a_backfill_is_a_state_that_there_was() {
    let backups = Arc::new(Backups::of_a_small_mirror().await);
    let stop = Arc::new(AtomicBool::new(false));
    let writing = tokio::spawn(write(Arc::clone(&backups), Arc::clone(&stop)));
    let mut rounds = Vec::new();
    for number in 0..BACKUPS {
        let taking = Arc::clone(&backups);
        let round = spawn_blocking(move || {
            let taken = taking.take_and_keep(hour(number), "last=1");
            let to = taking.beside(&format!("restored-{number}"));
            backup::restore(&taken.path, &to, &mut |_| {}).unwrap();
            let round = round_of(&to.join("mirror.db"));
            std::fs::remove_dir_all(to).unwrap();
            round
        });
        rounds.push(round.await.unwrap());
    }
    stop.store(true, Ordering::Relaxed);
    let slowest = writing.await.unwrap();

    assert!(rounds.is_sorted() && rounds.first() < rounds.last(), "{rounds:?}");
    println!(
        "{BACKUPS} backups during {:?} transactions; the slowest took {slowest:?}",
        rounds.last()
    );
}

/// The last transaction that is in a mirror. Panics if it is there in part.
fn round_of(database: &std::path::Path) -> u32 {
    let (rounds, round, pages): (u32, Option<u32>, u32) = outsider(database)
        .query_row(
            "SELECT count(DISTINCT markdown), max(version), (SELECT count(*) FROM page WHERE length(id) > 1)
             FROM page WHERE CAST(id AS INTEGER) BETWEEN 1000 AND 1009",
            [],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )
        .unwrap();
    let Some(round) = round else { return 0 };
    assert_eq!((rounds, pages), (1, ((round + 1) * EDITED).min(MOST)));
    round
}
