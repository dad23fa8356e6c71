//! Lifecycle: the schedule, one worker per connection, and stopping.
//!
//! ```text
//! cron library ── tick ──▶ worker (one per connection) ──▶ Mirror::run ──▶ judge: when is the next one?
//! signals ── stop / run now ──▶ ┤                                       │
//! Handle ── run, pause, go on ──▶ ┘            Board ◀── where it stands ──┘
//! ```

mod alerts;
mod backoff;
mod board;
mod crew;
mod schedule;
mod service;
mod signals;
mod wishes;
mod worker;

use std::sync::Arc;

use tokio::sync::{Notify, mpsc};
use tokio::task::JoinError;
use tokio_cron_scheduler::JobSchedulerError;
use tokio_util::sync::CancellationToken;
use tracing::info;

pub use alerts::{Condition, Facts, Matters, News, Thresholds, matters, news};
pub use board::{Board, Standing, State, words};
pub use schedule::{LastRuns, Schedule};
pub use service::{LONGEST_SILENCE, reloaded, reloading};
pub use signals::{Hangups, stop_on_signal};
pub use wishes::{Answer, Handle, Refusal, Report, Wish};
pub use worker::{Connection, Unopened};

use crate::mirror::{self, Source};
use crate::model::{Clock, Domain};

use crew::Crew;

/// Why the daemon ended before it was asked to.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database cannot be used any more.
    #[error("could not go on mirroring {domain}")]
    Mirror {
        /// The connection that met the trouble first.
        domain: Domain,
        /// The trouble.
        #[source]
        source: mirror::Error,
    },
    /// A worker died: a bug.
    #[error("a worker died")]
    Worker(#[source] JoinError),
    /// The ticker did not start.
    #[error("could not start the scheduler")]
    Scheduler(#[from] JobSchedulerError),
    /// The operating system refused a signal handler.
    #[error("could not listen for signals")]
    Signals(#[source] std::io::Error),
}

/// Mirrors every connection until `stop` is cancelled. A slow or broken site delays no other.
///
/// A list from `changes` takes the place of the connections: those that it has unchanged go on undisturbed.
pub async fn run<S: Source + 'static>(
    connections: Vec<Connection<S>>,
    mut changes: mpsc::Receiver<Vec<Connection<S>>>,
    handle: Handle,
    clock: Clock,
    stop: CancellationToken,
) -> Result<(), Error> {
    let tick = Arc::new(Notify::new());
    let mut scheduler = schedule::start_ticking(Arc::clone(&tick)).await?;
    signals::run_on_signal(handle.clone()).map_err(Error::Signals)?;
    info!("mirroring {}", domains(&connections));
    let mut crew = Crew::new(handle.clone(), clock, tick, stop.clone());
    crew.replace(connections);
    service::ready();

    let reporting = tokio::spawn(service::report(handle.board().clone()));
    let mut result = Ok(());
    while !(stop.is_cancelled() && crew.is_empty()) {
        tokio::select! {
            ended = crew.next_end(), if !crew.is_empty() => {
                // The first worker that cannot go on stops the others.
                if ended.is_err() {
                    stop.cancel();
                }
                result = result.and(ended);
            }
            Some(connections) = changes.recv(), if !stop.is_cancelled() => {
                info!("mirroring {}", domains(&connections));
                crew.replace(connections);
            }
            () = stop.cancelled(), if !crew.is_leaving() => crew.leave(),
        }
    }
    if !crew.is_leaving() {
        // They were gone before anybody looked.
        crew.leave();
    }
    reporting.abort();
    scheduler.shutdown().await?;
    info!("stopped");
    result
}

fn domains<S>(connections: &[Connection<S>]) -> String {
    let domains: Vec<_> = connections.iter().map(|one| one.domain.as_str()).collect();
    domains.join(", ")
}
