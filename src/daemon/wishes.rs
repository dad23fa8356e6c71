//! What people ask of the daemon while it runs: a run now, a pause, and to go on.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use tokio::sync::{Notify, oneshot};

use crate::mirror::{Summary, describe};
use crate::model::{Counts, Domain, Fault, Outcome, RunId, SyncMode, Timestamp};

use super::board::Board;

/// A run that somebody asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wish {
    /// What it is to do.
    pub mode: SyncMode,
    /// Whether to bury also what the deletion guard holds.
    #[serde(default)]
    pub accept_deletions: bool,
}

/// What became of a wish.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// The run took place.
    Ran(Report),
    /// There will be none.
    Refused(Refusal),
}

/// A run that was asked for and has ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Its number in the mirror.
    pub run: RunId,
    /// What it did: a first copy may have been asked for as a delta.
    pub mode: SyncMode,
    /// How it ended.
    pub outcome: Outcome,
    /// What it did.
    pub counts: Counts,
    /// Why it did not complete.
    pub error: Option<String>,
    /// Whose fault that is.
    pub fault: Option<Fault>,
}

impl From<&Summary> for Report {
    fn from(summary: &Summary) -> Self {
        Self {
            run: summary.run,
            mode: summary.mode,
            outcome: summary.outcome,
            counts: summary.counts,
            error: summary.error.as_ref().map(describe),
            fault: summary.error.as_ref().map(crate::mirror::Error::fault),
        }
    }
}

/// Why a run that was asked for does not take place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// The daemon has no such connection.
    Unknown,
    /// Somebody had it wait.
    Paused,
    /// The site asked to be left alone until then, or the points are spent.
    Early(Timestamp),
    /// A person must consent; how.
    NeedsConsent(String),
    /// The mirror could not be opened; why.
    Unopened(String),
    /// Another run was asked for in its place, or the daemon is stopping.
    Dropped,
}

/// What is asked of one worker. Clones are the same.
#[derive(Clone, Debug, Default)]
pub(super) struct Wishes(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    asked: Mutex<Asked>,
    woken: Notify,
}

#[derive(Debug, Default)]
struct Asked {
    run: Option<(Wish, oneshot::Sender<Answer>)>,
    is_paused: bool,
}

impl Wishes {
    fn ask(&self, wish: Wish) -> oneshot::Receiver<Answer> {
        let (answer, answered) = oneshot::channel();
        // Who asked before sees the channel close: one run does for both, but only one is told of it.
        self.asked().run = Some((wish, answer));
        self.0.woken.notify_one();
        answered
    }

    fn pause(&self, is_paused: bool) {
        self.asked().is_paused = is_paused;
        self.0.woken.notify_one();
    }

    pub(super) fn is_paused(&self) -> bool {
        self.asked().is_paused
    }

    /// Takes the run that was asked for.
    pub(super) fn take(&self) -> Option<(Wish, oneshot::Sender<Answer>)> {
        self.asked().run.take()
    }

    /// Returns as soon as something was asked since the last time.
    pub(super) async fn woken(&self) {
        self.0.woken.notified().await;
    }

    fn asked(&self) -> MutexGuard<'_, Asked> {
        self.0.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The running daemon, for those who ask something of it. Clones are the same.
#[derive(Clone, Debug, Default)]
pub struct Handle {
    board: Board,
    workers: Arc<Mutex<BTreeMap<Domain, Wishes>>>,
}

impl Handle {
    /// A daemon that is about to start, with these connections paused.
    pub fn with_paused<'a>(paused: impl IntoIterator<Item = &'a Domain>) -> Self {
        let handle = Self::default();
        for domain in paused {
            handle.admit(domain).pause(true);
        }
        handle
    }

    /// Where the connections stand.
    pub fn board(&self) -> &Board {
        &self.board
    }

    /// Asks for a run now, and returns what became of it.
    pub async fn run(&self, domain: &Domain, wish: Wish) -> Answer {
        let Some(wishes) = self.wishes(domain) else {
            return Answer::Refused(Refusal::Unknown);
        };
        let answered = wishes.ask(wish).await;
        answered.unwrap_or(Answer::Refused(Refusal::Dropped))
    }

    /// Asks every connection for what changed, and waits for nothing.
    pub(super) fn run_all(&self) {
        for wishes in self.workers().values() {
            drop(wishes.ask(Wish {
                mode: SyncMode::Delta,
                accept_deletions: false,
            }));
        }
    }

    /// Has a connection end its run and begin no other until it is told to go on. Its grant stays alive. Says whether
    /// there is such a connection.
    pub fn pause(&self, domain: &Domain, is_paused: bool) -> bool {
        let wishes = self.wishes(domain);
        wishes.map(|wishes| wishes.pause(is_paused)).is_some()
    }

    /// The wishes of a worker that begins. A pause outlasts a change of the configuration.
    pub(super) fn admit(&self, domain: &Domain) -> Wishes {
        self.workers().entry(domain.clone()).or_default().clone()
    }

    pub(super) fn dismiss(&self, domain: &Domain) {
        self.workers().remove(domain);
        self.board.remove(domain);
    }

    fn wishes(&self, domain: &Domain) -> Option<Wishes> {
        self.workers().get(domain).cloned()
    }

    fn workers(&self) -> MutexGuard<'_, BTreeMap<Domain, Wishes>> {
        self.workers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
