//! Folds the log of writes into the database without keeping the writer waiting.
//!
//! SQLite would do so within a commit, as soon as the log has a thousand pages. But as long as somebody reads an older
//! state, as a backup does for minutes, it cannot, the log grows, and the first commit after that would fold all of it.
//! So a commit folds what is little. What is much is folded from a thread of its own, which writes nothing else: the
//! writer goes on meanwhile, and its commits fold the rest as soon as that has become little.

use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use rusqlite::Connection;
use tracing::warn;

use super::{Error, open};

/// Pages that are worth folding: 4 MiB, as SQLite has it.
const LITTLE: i64 = 1_000;
/// Pages that no commit shall wait for: 12 MiB.
const MUCH: i64 = 3_000;

/// The thread that folds. It ends when this is dropped.
#[derive(Debug)]
pub(super) struct Folding {
    wake: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Folding {
    /// Takes over from SQLite for the writer's connection.
    pub(super) fn start(writer: &Connection, path: &Path) -> Result<Self, Error> {
        writer
            .pragma_update(None, "wal_autocheckpoint", 0)
            .map_err(|source| Error::sqlite("configure the database", source))?;
        let conn = open::writable(path)?;
        open::configure_writer(&conn).map_err(|source| Error::sqlite("configure the database", source))?;
        let (wake, woken) = sync_channel(1);
        let thread = thread::Builder::new()
            .name("store-folding".to_owned())
            .spawn(move || fold_whenever(&conn, &woken))
            .map_err(|source| Error::File {
                doing: "start the writer of",
                path: path.to_owned(),
                source,
            })?;
        Ok(Self {
            wake: Some(wake),
            thread: Some(thread),
        })
    }

    /// To be called after each commit. A log that cannot be folded now is folded after another one.
    pub(super) fn committed(&self, writer: &Connection) {
        match waiting(writer) {
            Ok(pages) if pages >= MUCH => {
                if let Some(wake) = &self.wake {
                    // Full only if it is about to look anyway.
                    wake.try_send(()).ok();
                }
            }
            Ok(pages) if pages >= LITTLE => said(fold(writer)),
            Ok(_) => {}
            Err(error) => said(Err(error)),
        }
    }
}

impl Drop for Folding {
    fn drop(&mut self) {
        drop(self.wake.take());
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

fn fold_whenever(conn: &Connection, woken: &Receiver<()>) {
    while woken.recv().is_ok() {
        said(fold(conn));
    }
}

/// How many pages of the log are not in the database yet.
fn waiting(conn: &Connection) -> rusqlite::Result<i64> {
    conn.query_row("PRAGMA wal_checkpoint(NOOP)", [], |row| {
        Ok(row.get::<_, i64>("log")? - row.get::<_, i64>("checkpointed")?)
    })
}

/// Folds what no reader is in the way of. Waits for nobody.
fn fold(conn: &Connection) -> rusqlite::Result<()> {
    conn.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))
}

/// What was committed is safe in the log. If the disk is at fault, the next commit fails and says so.
fn said(folded: rusqlite::Result<()>) {
    if let Err(error) = folded {
        warn!(
            error = &error as &dyn std::error::Error,
            "could not fold the log of writes into the database"
        );
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use rusqlite::Connection;

    use super::{Folding, LITTLE, MUCH, waiting};
    use crate::store::open;

    /// Writes so many pages and commits.
    fn write(conn: &Connection, folding: &Folding, pages: i64) {
        conn.execute("INSERT INTO t VALUES (zeroblob(?))", [pages * 4096])
            .unwrap();
        folding.committed(conn);
    }

    #[test]
    fn a_commit_folds_what_is_little_and_leaves_what_is_much_to_the_thread() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("mirror.db");
        let writer = open::writable(&path).unwrap();
        open::configure_writer(&writer).unwrap();
        writer.execute_batch("CREATE TABLE t (x BLOB) STRICT").unwrap();
        let folding = Folding::start(&writer, &path).unwrap();

        write(&writer, &folding, LITTLE / 2);
        assert!(
            waiting(&writer).unwrap() >= LITTLE / 2,
            "too little to be worth it"
        );
        write(&writer, &folding, LITTLE);
        assert_eq!(waiting(&writer).unwrap(), 0);

        // Somebody reads an older state, and the log grows.
        let reader = open::reader_of_any(&path).unwrap();
        reader.execute_batch("BEGIN; SELECT count(*) FROM t").unwrap();
        for _ in 0..4 {
            write(&writer, &folding, MUCH / 2);
        }
        let grown = waiting(&writer).unwrap();
        assert!(grown >= 2 * MUCH, "{grown}");
        reader.execute_batch("COMMIT").unwrap();

        // The next commit does not do it. Nor is there another one that could.
        write(&writer, &folding, 1);
        let deadline = Instant::now() + Duration::from_mins(1);
        while waiting(&writer).unwrap() > 0 {
            assert!(Instant::now() < deadline, "nobody folds the log");
            std::thread::yield_now();
        }
    }
}
