//! Lifecycle: the schedule, one worker per connection, and stopping.
//!
//! ```text
//! cron library ── tick ──▶ worker (one per connection) ──▶ Mirror::run ──▶ judge: when is the next one?
//! signals ── stop / run now ──▶ ┘
//! ```

mod backoff;
mod schedule;
mod signals;
mod worker;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use sd_notify::NotifyState;
use tokio::sync::Notify;
use tokio::task::{JoinError, JoinSet};
use tokio_cron_scheduler::JobSchedulerError;
use tokio_util::sync::CancellationToken;
use tracing::{debug, info};

pub use schedule::{LastRuns, Schedule};
pub use signals::stop_on_signal;
pub use worker::{Connection, Unopened};

use crate::mirror::{self, Source};
use crate::model::{Clock, Domain};

use worker::Worker;

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
pub async fn run<S: Source + 'static>(
    connections: Vec<Connection<S>>,
    clock: Clock,
    stop: CancellationToken,
) -> Result<(), Error> {
    let tick = Arc::new(Notify::new());
    let mut scheduler = schedule::start_ticking(Arc::clone(&tick)).await?;
    let mut workers = JoinSet::new();
    let mut asked = Vec::new();
    info!("mirroring {}", domains(&connections));
    tell_systemd(&[
        NotifyState::Ready,
        NotifyState::Status(&format!("mirroring {}", domains(&connections))),
    ]);
    for connection in connections {
        let flag = Arc::new(AtomicBool::new(false));
        asked.push(Arc::clone(&flag));
        let domain = connection.domain.clone();
        let (clock, tick, stop) = (clock.clone(), Arc::clone(&tick), stop.clone());
        let worker = Worker {
            connection,
            clock,
            tick,
            asked: flag,
            stop,
        };
        workers.spawn(async move { (domain, worker.work().await) });
    }
    signals::run_on_signal(asked).map_err(Error::Signals)?;

    tokio::spawn({
        let stop = stop.clone();
        async move {
            stop.cancelled().await;
            tell_systemd(&[NotifyState::Stopping]);
        }
    });
    let ended = join(&mut workers, &stop).await;
    scheduler.shutdown().await?;
    info!("stopped");
    ended
}

/// Waits for all workers; the first that cannot go on stops the others.
async fn join(
    workers: &mut JoinSet<(Domain, Result<(), mirror::Error>)>,
    stop: &CancellationToken,
) -> Result<(), Error> {
    let mut result = Ok(());
    while let Some(ended) = workers.join_next().await {
        let ended = match ended {
            Ok((domain, Err(source))) => Err(Error::Mirror { domain, source }),
            Ok((_, Ok(()))) => Ok(()),
            Err(died) => Err(Error::Worker(died)),
        };
        if ended.is_err() {
            stop.cancel();
        }
        result = result.and(ended);
    }
    result
}

fn domains<S>(connections: &[Connection<S>]) -> String {
    connections
        .iter()
        .map(|connection| connection.domain.as_str())
        .collect::<Vec<_>>()
        .join(", ")
}

/// Tells the service manager, if there is one.
fn tell_systemd(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        debug!("the service manager could not be told: {error}");
    }
}
