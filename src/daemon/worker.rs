//! One connection's runs: one at a time, when they are due or asked for, and what a failed one means for the next.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::sync::{Notify, oneshot};
use tokio::time::{interval, sleep};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::mirror::{Advance, Error, Mirror, Source, Summary};
use crate::model::{Clock, Domain, Outcome, SyncMode, Timestamp};

use super::backoff::Failures;
use super::board::{Board, State};
use super::schedule::{LastRuns, Schedule};
use super::wishes::{Answer, Refusal, Report, Wish, Wishes};

/// How often a run at work is looked at for signs of life.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// What the daemon needs to know of a connection.
pub struct Connection<S> {
    /// Its domain, for the log.
    pub domain: Domain,
    /// Everything it was made from, in words: equal words make equal connections.
    pub basis: String,
    /// When its runs are due.
    pub schedule: Schedule,
    /// Opens its mirror; fails as long as nobody has consented.
    pub open: Box<dyn Fn() -> BoxFuture<'static, Result<Mirror<S>, Unopened>> + Send + Sync>,
    /// When the present consent to it was given. A newer one ends every wait.
    pub consented_at: Box<dyn Fn() -> BoxFuture<'static, Option<Timestamp>> + Send + Sync>,
    /// What a person does when it lacks a consent.
    pub remedy: String,
    /// Watches its runs.
    pub watch: Box<dyn Fn(Advance) + Send + Sync>,
}

impl<S> std::fmt::Debug for Connection<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection")
            .field("domain", &self.domain)
            .finish_non_exhaustive()
    }
}

/// Why a connection's mirror could not be opened.
#[derive(Debug, thiserror::Error)]
#[error("{domain}: {reason}")]
pub struct Unopened {
    domain: Domain,
    reason: String,
    needs_consent: bool,
}

impl Unopened {
    /// The connection to `domain` could not be opened because of `error`, which only a person's consent can mend if
    /// `needs_consent`.
    pub fn new(domain: Domain, error: &dyn std::error::Error, needs_consent: bool) -> Self {
        Self {
            domain,
            reason: error.to_string(),
            needs_consent,
        }
    }
}

/// Runs one connection until it is told to stop.
pub(super) struct Worker<S> {
    pub(super) connection: Connection<S>,
    pub(super) clock: Clock,
    pub(super) tick: Arc<Notify>,
    /// What people ask of it.
    pub(super) wishes: Wishes,
    /// Where it says what it is doing.
    pub(super) board: Board,
    pub(super) stop: CancellationToken,
}

/// A run that is to begin.
#[derive(Debug)]
struct Due {
    wish: Wish,
    /// Or a random moment later, so that connections do not all ask at the full minute.
    at_once: bool,
    /// Who asked for it.
    answer: Option<oneshot::Sender<Answer>>,
}

/// What a worker remembers between two runs.
#[derive(Default)]
struct Memory {
    last: LastRuns,
    failures: Failures,
    not_before: Option<Timestamp>,
    /// Until when the site asked to be left alone: even who asks for a run waits for that.
    asked_to_wait: Option<Timestamp>,
    /// Why the last attempt failed.
    trouble: Option<Trouble>,
    /// Of the consent that the last attempt relied upon.
    consented_at: Option<Timestamp>,
    /// Whether a person was told that nothing happens without a consent.
    has_called: bool,
}

/// What keeps a connection from being mirrored.
#[derive(Clone, Debug)]
struct Trouble {
    reason: String,
    needs_consent: bool,
}

impl<S: Source> Worker<S> {
    /// Returns when stopped, or with an error if the database cannot be used any more.
    pub(super) async fn work(self) -> Result<(), Error> {
        let mut memory = Memory::default();
        let mut mirror = None;
        while !self.stop.is_cancelled() {
            self.show(&memory);
            if self.is_consented_anew(&memory).await {
                // Perhaps as another account: what was opened belongs to the old consent.
                mirror = None;
                memory.not_before = None;
            }
            let due = self.due(&mut memory);
            if mirror.is_none() && !self.wishes.is_paused() {
                mirror = self.open(&mut memory).await?;
            }
            match (&mut mirror, due) {
                (Some(opened), Some(due)) => {
                    memory.consented_at = (self.connection.consented_at)().await;
                    self.run(opened, due, &mut memory).await?;
                }
                (None, Some(due)) => due.refuse(self.why_not(&memory)),
                (_, None) => {}
            }
            self.show(&memory);
            tokio::select! {
                () = self.stop.cancelled() => {}
                () = self.tick.notified() => {}
                () = self.wishes.woken() => {}
            }
        }
        Ok(())
    }

    /// Says what the connection waits for, and that the worker is alive.
    fn show(&self, memory: &Memory) {
        let now = self.clock.now();
        let state = match (&memory.trouble, memory.not_before) {
            _ if self.wishes.is_paused() => State::Paused,
            (Some(trouble), _) if trouble.needs_consent => State::NeedsConsent {
                remedy: self.connection.remedy.clone(),
            },
            (Some(Trouble { reason, .. }), Some(until)) => State::Failing {
                reason: reason.clone(),
                until,
            },
            (_, Some(until)) if now < until => State::Waiting { until },
            _ if memory.last.delta.is_none() => State::Opening,
            _ => State::Idle {
                next: self.connection.schedule.next(now),
            },
        };
        self.board.set(&self.connection.domain, state, now);
    }

    /// Why a run that is wanted does not take place.
    fn why_not(&self, memory: &Memory) -> Refusal {
        match &memory.trouble {
            Some(trouble) if trouble.needs_consent => Refusal::NeedsConsent(self.connection.remedy.clone()),
            Some(trouble) => Refusal::Unopened(trouble.reason.clone()),
            None => Refusal::Paused,
        }
    }

    async fn open(&self, memory: &mut Memory) -> Result<Option<Mirror<S>>, Error> {
        if self.is_early(memory) {
            return Ok(None);
        }
        memory.consented_at = (self.connection.consented_at)().await;
        match (self.connection.open)().await {
            Ok(mirror) => {
                for (mode, began) in mirror.last_runs().await? {
                    memory.last.note(mode, began);
                }
                Ok(Some(mirror))
            }
            Err(unopened) => {
                self.postpone(memory, &unopened.to_string(), unopened.needs_consent);
                Ok(None)
            }
        }
    }

    /// Whether somebody has consented since an attempt failed: a person who did should see at once that it helped.
    async fn is_consented_anew(&self, memory: &Memory) -> bool {
        if memory.failures.is_empty() || !self.is_early(memory) {
            return false;
        }
        (self.connection.consented_at)().await != memory.consented_at
    }

    fn is_early(&self, memory: &Memory) -> bool {
        memory.not_before.is_some_and(|at| self.clock.now() < at)
    }

    /// The run that was asked for, or the one that the schedule wants.
    fn due(&self, memory: &mut Memory) -> Option<Due> {
        let now = self.clock.now();
        if let Some((wish, answer)) = self.wishes.take() {
            let due = Due {
                wish,
                at_once: true,
                answer: Some(answer),
            };
            if self.wishes.is_paused() {
                due.refuse(Refusal::Paused);
                return None;
            }
            if let Some(until) = memory.asked_to_wait.filter(|until| now < *until) {
                due.refuse(Refusal::Early(until));
                return None;
            }
            // Who asks knows better than our patience with a failing site.
            memory.not_before = None;
            return Some(due);
        }
        if self.wishes.is_paused() || self.is_early(memory) {
            return None;
        }
        let mode = self.connection.schedule.due(&memory.last, now)?;
        Some(Due {
            wish: Wish {
                mode,
                accept_deletions: false,
            },
            // A first copy has nobody to spread out from.
            at_once: memory.last.delta.is_none(),
            answer: None,
        })
    }

    async fn run(&self, mirror: &mut Mirror<S>, due: Due, memory: &mut Memory) -> Result<(), Error> {
        if !due.at_once {
            let longest = self.connection.schedule.jitter(self.clock.now());
            tokio::select! {
                () = self.stop.cancelled() => return Ok(()),
                () = sleep(longest.mul_f64(fastrand::f64())) => {}
            }
        }
        let began = self.clock.now();
        let Wish {
            mode,
            accept_deletions,
        } = due.wish;
        self.board
            .set(&self.connection.domain, State::Running { mode, items: 0 }, began);
        mirror.accept_deletions(accept_deletions);
        let ended = self.watched(mirror, mode).await;
        mirror.accept_deletions(false);
        let summary = ended?;
        self.judge(&summary, began, memory);
        due.tell(&summary);
        Ok(())
    }

    /// Runs, and passes on every sign of life: what a listing brings, and every request that is sent. A pause ends
    /// the run, which its checkpoint outlasts.
    async fn watched(&self, mirror: &Mirror<S>, mode: SyncMode) -> Result<Summary, Error> {
        let domain = &self.connection.domain;
        let watch = |advance| {
            if let Advance::Listed { mode, items, .. } = advance {
                self.board.advance(domain, mode, items);
            }
            (self.connection.watch)(advance);
        };
        let stop = self.stop.child_token();
        let run = mirror.run(mode, &stop, &watch);
        tokio::pin!(run);
        let mut look = interval(LOOK_EVERY);
        let mut sent = mirror.requests();
        loop {
            tokio::select! {
                ended = &mut run => return ended,
                _ = look.tick() => {
                    if std::mem::replace(&mut sent, mirror.requests()) != sent {
                        self.board.beat(domain);
                    }
                    if self.wishes.is_paused() {
                        stop.cancel();
                    }
                }
            }
        }
    }

    /// What a run's ending means for the next.
    fn judge(&self, summary: &Summary, began: Timestamp, memory: &mut Memory) {
        let domain = &self.connection.domain;
        match summary.outcome {
            Outcome::Complete | Outcome::Partial | Outcome::Unfinished { .. } => {
                memory.last.note(summary.mode, began);
                memory.not_before = waits(summary);
                memory.trouble = None;
                memory.has_called = false;
                let failures = memory.failures.clear();
                if failures > 0 {
                    info!(connection = %domain, failures, "{domain} is back after {failures} failed attempts");
                }
            }
            Outcome::Deferred { until } => {
                info!(connection = %domain, %until, "{domain} asked to wait until {until}");
                memory.not_before = Some(until);
                memory.asked_to_wait = Some(until);
            }
            Outcome::Interrupted => {}
            Outcome::NeedsConsent | Outcome::Failed => {
                let reason = summary
                    .error
                    .as_ref()
                    .map(crate::mirror::describe)
                    .unwrap_or_default();
                self.postpone(memory, &reason, summary.outcome == Outcome::NeedsConsent);
            }
        }
    }

    /// Leaves the connection alone for a while, and says so if it was not said lately. Calls for a person once.
    fn postpone(&self, memory: &mut Memory, reason: &str, needs_consent: bool) {
        let now = self.clock.now();
        let (wait, speak) = memory.failures.note(now, fastrand::f64());
        memory.not_before = Some(now.plus(wait));
        memory.trouble = Some(Trouble {
            reason: reason.to_owned(),
            needs_consent,
        });
        let domain = &self.connection.domain;
        if needs_consent {
            if !std::mem::replace(&mut memory.has_called, true) {
                warn!(connection = %domain, "{domain} waits for a person: {} ({reason})", self.connection.remedy);
            }
        } else if speak {
            warn!(connection = %domain, retry_in_secs = wait.as_secs(), "{domain} is not being mirrored: {reason}");
        }
    }
}

/// Until when there is nothing to do. A first copy without points leaves nothing else; what changed is asked for all the
/// same.
fn waits(summary: &Summary) -> Option<Timestamp> {
    match (summary.mode, summary.outcome) {
        (SyncMode::Backfill, Outcome::Unfinished { until }) => Some(until),
        _ => None,
    }
}

impl Due {
    fn refuse(self, refusal: Refusal) {
        self.answer(Answer::Refused(refusal));
    }

    fn tell(self, summary: &Summary) {
        self.answer(Answer::Ran(Report::from(summary)));
    }

    fn answer(self, answer: Answer) {
        if let Some(asker) = self.answer {
            // Who asked may have gone away.
            drop(asker.send(answer));
        }
    }
}
