//! The thread that owns the only connection that writes rows.
//!
//! One writer is thereby a fact of construction: nothing in the process can find the database busy. A caller
//! that goes away drops its answer; its transaction still ends one way or the other. A job that panics ends the
//! thread, and every later call answers [`Error::Closed`].

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::{Connection, Transaction, TransactionBehavior};
use tokio::sync::{mpsc, oneshot};
use tracing::{debug, warn};

use super::folding::Folding;
use super::lock::InstanceLock;
use super::{Blobs, Error, open};

/// Jobs that may wait. Few: each can hold a batch of pages.
const WAITING_JOBS: usize = 4;

/// Others wait for this long.
const LONG: Duration = Duration::from_millis(100);

enum Job {
    Run(Box<dyn FnOnce(&mut Connection) + Send>),
    Close(oneshot::Sender<Result<(), Error>>),
}

/// Reaches the thread. Clones share it; it ends with the last of them or when one of them closes it.
#[derive(Clone, Debug)]
pub(super) struct Writer {
    jobs: mpsc::Sender<Job>,
}

impl Writer {
    /// Takes the instance lock, opens and migrates the database, clears what an earlier process left half written, and
    /// starts the thread. Blocks.
    pub(super) fn start(dir: &Path) -> Result<Self, Error> {
        open::make_dir(dir)?;
        let lock = InstanceLock::acquire(&open::lock(dir))?;
        let database = open::database(dir);
        let conn = open::writer(&database)?;
        let folding = Folding::start(&conn, &database)?;
        let blobs = Blobs::new(dir);
        blobs.clear().map_err(|source| Error::File {
            doing: "clear the half-written files of",
            path: dir.to_owned(),
            source,
        })?;
        let (jobs, waiting) = mpsc::channel(WAITING_JOBS);
        thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || work(conn, folding, lock, waiting))
            .map_err(|source| Error::File {
                doing: "start the writer of",
                path: dir.to_owned(),
                source,
            })?;
        Ok(Self { jobs })
    }

    /// Runs `f` in a transaction of its own: all of it is written, or none.
    pub(super) async fn transaction<T, F>(&self, doing: &'static str, f: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&Transaction<'_>) -> rusqlite::Result<T> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job = move |conn: &mut Connection| {
            let began = Instant::now();
            let result = conn
                .transaction_with_behavior(TransactionBehavior::Immediate)
                .and_then(|tx| {
                    let value = f(&tx)?;
                    tx.commit()?;
                    Ok(value)
                });
            let took = began.elapsed();
            if took >= LONG {
                debug!(doing, ms = took.as_millis(), "a transaction took long");
            }
            // The caller may have gone away; the work is done either way.
            drop(reply.send(result));
        };
        self.jobs
            .send(Job::Run(Box::new(job)))
            .await
            .map_err(|_| Error::Closed)?;
        let result = answer.await.map_err(|_| Error::Closed)?;
        result.map_err(|source| Error::sqlite(doing, source))
    }

    /// Gives back the memory that the connection keeps for what it may read again.
    pub(super) async fn rest(&self) -> Result<(), Error> {
        let (reply, answer) = oneshot::channel();
        let job = move |conn: &mut Connection| {
            drop(reply.send(conn.execute_batch("PRAGMA shrink_memory")));
        };
        self.jobs
            .send(Job::Run(Box::new(job)))
            .await
            .map_err(|_| Error::Closed)?;
        let result = answer.await.map_err(|_| Error::Closed)?;
        result.map_err(|source| Error::sqlite("give back memory", source))
    }

    /// Waits until everything asked for before is done, and the file closed and unlocked.
    pub(super) async fn close(self) -> Result<(), Error> {
        let (reply, answer) = oneshot::channel();
        self.jobs
            .send(Job::Close(reply))
            .await
            .map_err(|_| Error::Closed)?;
        answer.await.map_err(|_| Error::Closed)?
    }
}

fn work(mut conn: Connection, folding: Folding, lock: InstanceLock, mut jobs: mpsc::Receiver<Job>) {
    while let Some(job) = jobs.blocking_recv() {
        match job {
            Job::Run(run) => {
                run(&mut conn);
                folding.committed(&conn);
            }
            Job::Close(reply) => {
                jobs.close();
                let result = close(conn, folding);
                drop(lock);
                drop(reply.send(result));
                return;
            }
        }
    }
    if let Err(error) = close(conn, folding) {
        warn!(
            error = &error as &dyn std::error::Error,
            "the database did not close cleanly"
        );
    }
    drop(lock);
}

/// Folds the log into the database, so that a copy of the one file is complete.
fn close(conn: Connection, folding: Folding) -> Result<(), Error> {
    drop(folding);
    let fold = || {
        conn.execute_batch("PRAGMA optimize;")?;
        // Answers busy rather than failing while readers hold the log; the next start folds it then.
        conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
    };
    let folded = fold();
    let closed = conn.close().map_err(|(_, source)| source);
    folded
        .and(closed)
        .map_err(|source| Error::sqlite("close the database", source))
}
