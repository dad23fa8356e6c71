//! After any history of edits, faults and interruptions, quiet runs leave the mirror equal to the site.

#[path = "convergence/histories.rs"]
mod histories;
#[path = "convergence/stage.rs"]
mod stage;

use std::sync::Arc;
use std::thread;

use futures_util::future::join_all;
use millpond::model::{Counts, Outcome, SyncMode};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

use crate::support::memory_site::{Event, MemorySite};

use histories::{History, history};
use stage::{Follower, Theatre};

pub(crate) use stage::Stage;

/// How many histories the test plays. `cargo run --release --example convergence` plays many more in less time.
#[cfg(test)]
const HISTORIES: usize = 400;

/// So many of them share a database, a few at a time, so that whoever waits for the writer finds it at work.
const OF_A_DATABASE: usize = 200;
const AT_ONCE: usize = 10;

async fn play(stage: Stage, history: History) -> Result<(), TestCaseError> {
    let mirror = stage.mirror();
    stage.site.ration(history.points);
    for act in history.acts {
        let stop = CancellationToken::new();
        stage.site.script(act.happenings, stop.clone());
        mirror.run(act.mode, &stop, &|_| ()).await.unwrap();
        stage.site.play_out();
    }

    stage.site.mend();
    stage.site.ration(None);
    let quiet = CancellationToken::new();
    let mut follower = Follower::default();
    follower.catch_up(&stage);
    // The first sweep may have to end a listing that was begun before the last change. The second then sees what is
    // there and what is absent, and the third sees again what is absent.
    for mode in [SyncMode::Delta, SyncMode::Sweep, SyncMode::Sweep] {
        mirror.run(mode, &quiet, &|_| ()).await.unwrap();
        stage.site.happen(&Event::Wait { minutes: 61 });
    }
    let mirrored = stage.mirrored();
    prop_assert!(
        stage.site.visible().iter().all(|page| mirrored.contains(page)),
        "{:?}\nis not all of {:?}",
        mirrored,
        stage.site.visible()
    );
    mirror.run(SyncMode::Sweep, &quiet, &|_| ()).await.unwrap();
    follower.catch_up(&stage);
    let last = mirror.run(SyncMode::Delta, &quiet, &|_| ()).await.unwrap();
    if stage.site.visible_spaces().is_empty() {
        // A site without a space looks like one that shows nothing any more: it is a finding, and nobody is buried.
        prop_assert_eq!((last.outcome, last.counts.buried), (Outcome::Partial, 0));
        return Ok(());
    }
    prop_assert_eq!(
        last.outcome,
        Outcome::Complete,
        "{:?} {:?}",
        last.error,
        stage.findings()
    );
    let Counts {
        added,
        changed,
        buried,
        findings,
        ..
    } = last.counts;
    prop_assert_eq!(
        (added, changed, buried, findings),
        (0, 0, 0, 0),
        "a delta of a quiet site found something"
    );
    prop_assert_eq!(
        follower.catch_up(&stage),
        0,
        "nothing changed, and the feed says so"
    );
    prop_assert_eq!(follower.contents(), stage.mirrored_in_full());
    prop_assert_eq!(stage.mirrored_spaces(), stage.site.visible_spaces());
    prop_assert_eq!(stage.mirrored(), stage.site.visible());
    prop_assert_eq!(stage.mirrored_annexes(), stage.site.visible_annexes());
    let names = stage.site.names();
    prop_assert!(
        stage.mirrored_names().iter().all(|name| names.contains(name)),
        "{:?}\nare not all of {:?}",
        stage.mirrored_names(),
        names
    );
    prop_assert_eq!(stage.incomplete(), Vec::<String>::new());
    Ok(())
}

fn new_site(history: &History) -> MemorySite {
    MemorySite::new(3, history.pages)
}

/// Plays so many histories on two threads.
pub(crate) fn play_many(histories: usize) {
    let other = thread::spawn(move || play_some(1, histories / 2));
    play_some(2, histories - histories / 2);
    other.join().unwrap();
}

/// Plays histories side by side. One that fails is played again by itself, in ever shorter versions.
fn play_some(seed: u8, histories: usize) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let mut runner = runner(seed);
    let mut theatre = runtime.block_on(Theatre::open());
    for first in (0..histories).step_by(AT_ONCE) {
        if first % OF_A_DATABASE == 0 {
            assert_eq!(runtime.block_on(theatre.flaws()), []);
            theatre = runtime.block_on(Theatre::open());
        }
        let trees: Vec<_> = (0..AT_ONCE)
            .map(|_| history().new_tree(&mut runner).unwrap())
            .collect();
        let played = trees.iter().enumerate().map(|(nth, tree)| {
            let history = tree.current();
            let stage = Stage::within(Arc::clone(&theatre), first + nth, new_site(&history));
            play(stage, history)
        });
        let played = runtime.block_on(join_all(played));
        for (tree, result) in trees.into_iter().zip(played) {
            if let Err(error) = result {
                let history = tree.current();
                eprintln!(
                    "{:?}",
                    runner.run_one(tree, |history| play_alone(&runtime, history))
                );
                panic!("{error}\nside by side with others: {history:?}");
            }
        }
    }
    assert_eq!(runtime.block_on(theatre.flaws()), []);
}

fn play_alone(runtime: &Runtime, history: History) -> Result<(), TestCaseError> {
    runtime.block_on(async {
        let stage = Stage::new(new_site(&history)).await;
        play(stage, history).await
    })
}

/// Every machine plays the same histories: what fails once can be looked into.
fn runner(seed: u8) -> TestRunner {
    let algorithm = prop::test_runner::RngAlgorithm::ChaCha;
    let rng = prop::test_runner::TestRng::from_seed(algorithm, &[seed; 32]);
    let config = ProptestConfig {
        failure_persistence: None,
        max_shrink_iters: 2_000,
        ..ProptestConfig::default()
    };
    TestRunner::new_with_rng(config, rng)
}

#[test]
fn a_quiet_site_and_a_finished_run_leave_the_mirror_equal_to_the_site() {
    play_many(HISTORIES);
}
