//! A copy of the database as it is at one instant, taken beside its writer.
//!
//! Pages are copied as they are within one reading transaction. SQLite would also write a compact copy (`VACUUM INTO`),
//! which builds every index anew and takes several times as long; in steps without a transaction, a busy writer would
//! have it begin again and again. The writer never waits for a reader. What it can wait for is the disk, so whoever has
//! the copy made is told of each piece of it, to have that written.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::Path;

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OptionalExtension, Transaction};

use super::flaws::{self, Depth, Flaw, Unproven};
use super::migrate::{self, Migration};
use super::{Error, Reader, open};

/// Pages that are copied at once: 2 MiB.
const PAGES_AT_ONCE: i32 = 512;

const COPY: &str = "copy the database";

/// How many rows each part of a mirror has, by the name of its table.
pub type Holdings = BTreeMap<String, u64>;

/// What was counted.
const COUNTED: [&str; 11] = [
    "attachments",
    "bodies",
    "comments",
    "contents",
    "findings",
    "labels",
    "links",
    "people",
    "sites",
    "spaces",
    "versions",
];

/// What a database that nobody uses came to.
#[derive(Clone, Debug)]
pub struct Examined {
    /// What is wrong with it.
    pub flaws: Vec<Flaw>,
    /// What it holds.
    pub holdings: Holdings,
}

/// The version of the schema that this program writes.
pub fn schema_version() -> u32 {
    migrate::supported()
}

/// The name of the database in a state directory.
pub const DATABASE: &str = open::DATABASE;

impl Reader {
    /// Copies the database into the folder `to`, as it is now. Tells after each piece how many of how many pages are
    /// copied.
    pub fn copy_to(&self, to: &Path, tell: &mut dyn FnMut(u64, u64)) -> Result<(), Error> {
        self.read(COPY, |tx| Ok(copy(tx, &to.join(DATABASE), tell)))?
    }

    /// How much there is of everything.
    pub fn holdings(&self) -> Result<Holdings, Error> {
        self.read("count what there is", |tx| holdings(tx))
    }

    /// Up to `limit` digests of the files of attachments, those behind `after`, in order.
    pub fn digests(&self, after: &str, limit: usize) -> Result<Vec<String>, Error> {
        self.read("list the files of attachments", |tx| digests(tx, after, limit))
    }
}

/// Copies the database, as this transaction sees it, to a file, and sees to it that the disk has it.
pub(super) fn copy(tx: &Transaction<'_>, path: &Path, tell: &mut dyn FnMut(u64, u64)) -> Result<(), Error> {
    let unusable = |source: io::Error| Error::File {
        doing: "write",
        path: path.to_owned(),
        source,
    };
    let failed = |source| Error::sqlite(COPY, source);
    let mut copy = open::copy(path)?;
    // Opened before anything is written: it is told of whatever the disk fails to write from now on.
    let file = File::open(path).map_err(unusable)?;
    copy_pages(tx, &mut copy, tell).map_err(failed)?;
    stand_alone(&copy).map_err(failed)?;
    copy.close().map_err(|(_, source)| failed(source))?;
    file.sync_all().map_err(unusable)
}

fn copy_pages(
    tx: &Transaction<'_>,
    copy: &mut Connection,
    tell: &mut dyn FnMut(u64, u64),
) -> rusqlite::Result<()> {
    // A transaction begins with the first thing that is read in it.
    tx.query_row("SELECT 1 FROM sqlite_schema LIMIT 1", [], |_| Ok(()))
        .optional()?;
    let backup = Backup::new(tx, copy)?;
    while backup.step(PAGES_AT_ONCE)? != StepResult::Done {
        let progress = backup.progress();
        let (left, all) = (
            progress.remaining.unsigned_abs(),
            progress.pagecount.unsigned_abs(),
        );
        tell(u64::from(all - left.min(all)), u64::from(all));
    }
    Ok(())
}

/// Makes a copy that needs no log beside it, and so can be read where nothing can be written.
fn stand_alone(copy: &Connection) -> rusqlite::Result<()> {
    copy.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(()))
}

/// Counts what there is, leaving out what this schema has no table for.
pub(super) fn holdings(conn: &Connection) -> rusqlite::Result<Holdings> {
    let mut holdings = Holdings::new();
    for table in COUNTED {
        if conn.table_exists(None, table)? {
            let rows: i64 = conn.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0))?;
            holdings.insert(table.to_owned(), rows.unsigned_abs());
        }
    }
    Ok(holdings)
}

fn digests(conn: &Connection, after: &str, limit: usize) -> rusqlite::Result<Vec<String>> {
    conn.prepare_cached(
        "SELECT DISTINCT sha256 FROM attachments WHERE sha256 IS NOT NULL AND sha256 > ? ORDER BY sha256 LIMIT ?",
    )?
    .query_map((after, super::columns::integer(limit)), |row| row.get(0))?
    .collect()
}

/// Looks over a database that nobody uses, in a folder that may be written, as `check --full` does: its structure, its
/// indexes, every stored body, and the search index.
pub fn examine(dir: &Path) -> Result<Examined, Error> {
    examine_with(dir, migrate::MIGRATIONS)
}

fn examine_with(dir: &Path, migrations: &[Migration]) -> Result<Examined, Error> {
    let doing = "examine the database";
    let mut conn = open::as_it_is(&open::database(dir))?;
    let failed = |source| Error::sqlite(doing, source);
    // As it was taken: a migration may add rows of its own.
    let holdings = match holdings(&conn) {
        Ok(holdings) => holdings,
        Err(source) => {
            return Ok(Examined {
                flaws: flaws::or_damage(Err(failed(source)))?,
                holdings: Holdings::new(),
            });
        }
    };
    migrate::migrate_with(&mut conn, migrations)?;
    let flaws = flaws::or_damage(look(&mut conn).map_err(failed))?;
    Ok(Examined { flaws, holdings })
}

fn look(conn: &mut Connection) -> rusqlite::Result<Vec<Flaw>> {
    let tx = conn.transaction()?;
    let mut found = flaws::structure(&tx, Depth::Full)?;
    if !found.is_empty() {
        return Ok(found);
    }
    found.extend(flaws::references(&tx)?);
    found.extend(flaws::texts(&tx)?);
    found.extend(flaws::annotations(&tx)?);
    found.extend(flaws::search_index(&tx)?);
    let mut rest = Some(Unproven::all());
    while let Some(bodies) = rest {
        let proven = flaws::prove(&tx, bodies)?;
        found.extend(proven.flaws);
        rest = proven.rest;
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::examine_with;
    use crate::store::migrate::{self, Migration};
    use crate::store::open;

    #[test]
    fn a_copy_of_an_older_schema_is_counted_as_it_was_taken() {
        let first = || Migration {
            name: "0001_initial.sql",
            sql: migrate::MIGRATIONS[0].sql,
        };
        let second = Migration {
            name: "0002_busy.sql",
            sql: "INSERT INTO sites (cloud_id, domain, name, first_seen, last_seen) VALUES ('c', 'd', 'n', '', '');",
        };
        let dir = tempfile::tempdir().unwrap();
        let mut conn = open::as_it_is(&open::database(dir.path())).unwrap();
        migrate::migrate_with(&mut conn, &[first()]).unwrap();
        drop(conn);

        let examined = examine_with(dir.path(), &[first(), second]).unwrap();
        assert!(examined.flaws.is_empty(), "{:?}", examined.flaws);
        assert_eq!(examined.holdings["sites"], 0);
    }
}
