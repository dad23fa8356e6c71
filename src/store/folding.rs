//! Folds the log of writes into the database without keeping the writer waiting.
//!
//! SQLite would do so within a commit, as soon as the log has a thousand pages. But as long as somebody reads an older
//! state, as a backup does for minutes, it cannot, the log grows, and the first commit after that would fold all of it.
//! So the log is folded by a thread of its own, which writes nothing else, while the writer goes on. But then there is
//! always something in the log that is not folded yet, and only a log that is folded as a whole begins anew. So once it
//! has grown long, a commit folds the rest, as soon as that is little.

use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use rusqlite::Connection;
use tracing::warn;

use super::{Error, open};

/// Pages that are worth folding: 4 MiB, as SQLite has it.
const WORTH_IT: i64 = 1_000;
/// Pages that no commit shall wait for: 12 MiB.
const MUCH: i64 = 3_000;
/// Pages of a log that shall begin anew: 32 MiB.
const LONG: i64 = 8_000;

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
        match log(writer) {
            Ok(log) if log.pages >= LONG && log.waiting < MUCH => said(fold(writer)),
            Ok(log) if log.waiting >= WORTH_IT => {
                if let Some(wake) = &self.wake {
                    // Full only if it is about to look anyway.
                    wake.try_send(()).ok();
                }
            }
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

/// The log of writes, in pages.
struct Log {
    pages: i64,
    /// Those that are not in the database yet.
    waiting: i64,
}

fn log(conn: &Connection) -> rusqlite::Result<Log> {
    conn.query_row("PRAGMA wal_checkpoint(NOOP)", [], |row| {
        let pages = row.get("log")?;
        Ok(Log {
            pages,
            waiting: pages - row.get::<_, i64>("checkpointed")?,
        })
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
    use tempfile::TempDir;

    use super::{Folding, LONG, MUCH, WORTH_IT, log};
    use crate::store::open;

    struct Database {
        _dir: TempDir,
        writer: Connection,
        reader: Connection,
        folding: Folding,
    }

    impl Database {
        fn new() -> Self {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("mirror.db");
            let writer = open::writable(&path).unwrap();
            open::configure_writer(&writer).unwrap();
            writer.execute_batch("CREATE TABLE t (x BLOB) STRICT").unwrap();
            Self {
                folding: Folding::start(&writer, &path).unwrap(),
                reader: open::reader_of_any(&path).unwrap(),
                writer,
                _dir: dir,
            }
        }

        /// Writes so many pages and commits.
        fn write(&self, pages: i64) {
            self.writer
                .execute("INSERT INTO t VALUES (zeroblob(?))", [pages * 4096])
                .unwrap();
            self.folding.committed(&self.writer);
        }

        fn waiting(&self) -> i64 {
            log(&self.writer).unwrap().waiting
        }

        /// Nothing is committed meanwhile that could do it.
        fn wait_until_folded(&self) {
            let deadline = Instant::now() + Duration::from_mins(1);
            while self.waiting() > 0 {
                assert!(Instant::now() < deadline, "nobody folds the log");
                std::thread::yield_now();
            }
        }
    }

    #[test]
    fn the_thread_folds_what_is_worth_it() {
        let database = Database::new();
        database.write(WORTH_IT / 2);
        assert!(database.waiting() >= WORTH_IT / 2, "too little to be worth it");
        database.write(WORTH_IT);
        database.wait_until_folded();
    }

    #[test]
    fn a_log_that_was_held_by_a_reader_is_left_to_the_thread() {
        let database = Database::new();
        let read = |sql| database.reader.execute_batch(sql).unwrap();
        read("BEGIN; SELECT count(*) FROM t");
        while log(&database.writer).unwrap().pages < LONG + MUCH {
            database.write(MUCH / 2);
        }
        assert!(database.waiting() >= LONG, "the reader needs the older state");
        read("COMMIT");
        database.write(1);
        database.wait_until_folded();
    }

    #[test]
    fn a_long_log_begins_anew_though_the_writer_never_pauses() {
        let database = Database::new();
        // The thread is no faster than the disk, which decides how much a commit finds folded.
        let deadline = Instant::now() + Duration::from_mins(1);
        let mut longest = 0;
        loop {
            database.write(WORTH_IT);
            let pages = log(&database.writer).unwrap().pages;
            if pages < longest {
                break;
            }
            longest = pages;
            assert!(Instant::now() < deadline, "the log has {pages} pages and grows");
        }
        assert!(longest >= LONG, "{longest}");
    }
}
