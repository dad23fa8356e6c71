//! One connection's runs: one at a time, when they are due, and what a failed one means for the next.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::future::BoxFuture;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::mirror::{Advance, Error, Mirror, Source, Summary};
use crate::model::{Clock, Domain, Outcome, SyncMode, Timestamp};

use super::backoff::Failures;
use super::schedule::{LastRuns, Schedule};

/// What the daemon needs to know of a connection.
pub struct Connection<S> {
    /// Its domain, for the log.
    pub domain: Domain,
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
    /// Set by a signal that asks for a run now.
    pub(super) asked: Arc<AtomicBool>,
    pub(super) stop: CancellationToken,
}

/// A run that is to begin.
#[derive(Clone, Copy, Debug)]
struct Due {
    mode: SyncMode,
    /// Or a random moment later, so that connections do not all ask at the full minute.
    at_once: bool,
}

/// What a worker remembers between two runs.
#[derive(Default)]
struct Memory {
    last: LastRuns,
    failures: Failures,
    not_before: Option<Timestamp>,
    /// Of the consent that the last attempt relied upon.
    consented_at: Option<Timestamp>,
    /// Whether a person was told that nothing happens without a consent.
    has_called: bool,
}

impl<S: Source> Worker<S> {
    /// Returns when stopped, or with an error if the database cannot be used any more.
    pub(super) async fn work(self) -> Result<(), Error> {
        let mut memory = Memory::default();
        let mut mirror = None;
        while !self.stop.is_cancelled() {
            if self.is_consented_anew(&memory).await {
                // Perhaps as another account: what was opened belongs to the old consent.
                mirror = None;
                memory.not_before = None;
            }
            let opened = match mirror.take() {
                Some(mirror) => Some(mirror),
                None => self.open(&mut memory).await?,
            };
            if let Some(opened) = opened {
                if let Some(due) = self.due(&memory) {
                    memory.consented_at = (self.connection.consented_at)().await;
                    self.run(&opened, due, &mut memory).await?;
                }
                mirror = Some(opened);
            }
            tokio::select! {
                () = self.stop.cancelled() => {}
                () = self.tick.notified() => {}
            }
        }
        Ok(())
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

    fn due(&self, memory: &Memory) -> Option<Due> {
        if self.is_early(memory) {
            return None;
        }
        if self.asked.swap(false, Ordering::Relaxed) {
            return Some(Due {
                mode: SyncMode::Delta,
                at_once: true,
            });
        }
        let mode = self.connection.schedule.due(&memory.last, self.clock.now())?;
        // A first copy has nobody to spread out from.
        Some(Due {
            mode,
            at_once: memory.last.delta.is_none(),
        })
    }

    async fn run(&self, mirror: &Mirror<S>, due: Due, memory: &mut Memory) -> Result<(), Error> {
        if !due.at_once {
            let longest = self.connection.schedule.jitter(self.clock.now());
            tokio::select! {
                () = self.stop.cancelled() => return Ok(()),
                () = tokio::time::sleep(longest.mul_f64(rand::random())) => {}
            }
        }
        let began = self.clock.now();
        let summary = mirror.run(due.mode, &self.stop, &self.connection.watch).await?;
        self.judge(&summary, began, memory);
        Ok(())
    }

    /// What a run's ending means for the next.
    fn judge(&self, summary: &Summary, began: Timestamp, memory: &mut Memory) {
        let domain = &self.connection.domain;
        match summary.outcome {
            Outcome::Complete | Outcome::Partial => {
                memory.last.note(summary.mode, began);
                memory.not_before = None;
                memory.has_called = false;
                let failures = memory.failures.clear();
                if failures > 0 {
                    info!(connection = %domain, failures, "{domain} is back after {failures} failed attempts");
                }
            }
            Outcome::Deferred { until } => {
                info!(connection = %domain, %until, "{domain} asked to wait until {until}");
                memory.not_before = Some(until);
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
        let (wait, speak) = memory.failures.note(now, rand::random());
        memory.not_before = Some(now.plus(wait));
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
