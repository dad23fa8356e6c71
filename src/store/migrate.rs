//! Brings the schema up to date, one file and one transaction at a time.

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};

use super::Error;

/// Says "millpond wrote this file": `MPND`.
const APPLICATION_ID: u32 = 0x4D50_4E44;

/// Every file of `migrations/`, in order. The schema version is how many of them were applied.
pub(super) const MIGRATIONS: &[Migration] = &[Migration {
    name: "0001_initial.sql",
    sql: include_str!("../../migrations/0001_initial.sql"),
}];

/// One step of the schema.
#[derive(Debug)]
pub(super) struct Migration {
    /// Its file.
    pub(super) name: &'static str,
    pub(super) sql: &'static str,
}

/// The schema version this program writes.
pub(super) fn supported() -> u32 {
    u32::try_from(MIGRATIONS.len()).unwrap_or(u32::MAX)
}

/// Names of the migrations this program carries, in order.
pub fn migrations() -> impl Iterator<Item = &'static str> {
    MIGRATIONS.iter().map(|migration| migration.name)
}

/// Refuses files that are not ours to write. Only reads.
pub(super) fn check(conn: &Connection, path: &Path) -> Result<(), Error> {
    let doing = "read the schema version";
    let found = version(conn)?;
    let owner = owner(conn).map_err(|source| Error::sqlite(doing, source))?;
    let is_empty = found == 0 && is_empty(conn).map_err(|source| Error::sqlite(doing, source))?;
    if owner != APPLICATION_ID && !(owner == 0 && is_empty) {
        return Err(Error::NotOurs {
            path: path.to_owned(),
            found: owner,
        });
    }
    if found > supported() {
        return Err(Error::SchemaTooNew {
            found,
            supported: supported(),
        });
    }
    Ok(())
}

/// Refuses files that this program cannot read as they are.
pub(super) fn check_readable(conn: &Connection, path: &Path) -> Result<(), Error> {
    check(conn, path)?;
    let found = version(conn)?;
    if found < supported() {
        return Err(Error::SchemaTooOld {
            found,
            supported: supported(),
        });
    }
    Ok(())
}

/// A database of the present schema.
#[cfg(test)]
pub(super) fn migrate(conn: &mut Connection) -> Result<(), Error> {
    migrate_with(conn, MIGRATIONS)
}

/// Applies what is missing of these.
pub(super) fn migrate_with(conn: &mut Connection, migrations: &[Migration]) -> Result<(), Error> {
    let done = version(conn)?;
    for (version, migration) in (1..).zip(migrations).skip(done as usize) {
        apply(conn, version, migration.sql).map_err(|source| failed(version, source))?;
    }
    Ok(())
}

/// A full disk says nothing about the migration.
fn failed(version: u32, source: rusqlite::Error) -> Error {
    match Error::sqlite("migrate the database", source) {
        Error::Sqlite { source, .. } => Error::Migration { version, source },
        sorted => sorted,
    }
}

fn apply(conn: &mut Connection, version: u32, sql: &str) -> rusqlite::Result<()> {
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    tx.execute_batch(sql)?;
    tx.pragma_update(None, "application_id", APPLICATION_ID)?;
    tx.pragma_update(None, "user_version", version)?;
    tx.commit()
}

/// The schema version of a file; 0 if there is nothing in it yet.
pub(super) fn version(conn: &Connection) -> Result<u32, Error> {
    conn.pragma_query_value(None, "user_version", |row| row.get(0))
        .map_err(|source| Error::sqlite("read the schema version", source))
}

fn owner(conn: &Connection) -> rusqlite::Result<u32> {
    // The header keeps 32 bits, which SQLite reports as signed.
    let id: i32 = conn.pragma_query_value(None, "application_id", |row| row.get(0))?;
    Ok(id.cast_unsigned())
}

fn is_empty(conn: &Connection) -> rusqlite::Result<bool> {
    conn.query_row("SELECT NOT EXISTS (SELECT 1 FROM sqlite_schema)", [], |row| {
        row.get(0)
    })
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::{Migration, migrate_with, version};
    use crate::store::Error;

    #[test]
    fn a_failing_migration_leaves_the_database_as_it_was() {
        let mut conn = Connection::open_in_memory().unwrap();
        let good = Migration {
            name: "0001_a.sql",
            sql: "CREATE TABLE a (x INTEGER) STRICT;",
        };
        let bad = Migration {
            name: "0002_b.sql",
            sql: "CREATE TABLE b (x INTEGER) STRICT; CREATE TABLE a (x INTEGER) STRICT;",
        };
        let outcome = migrate_with(&mut conn, &[good, bad]);

        assert!(
            matches!(outcome, Err(Error::Migration { version: 2, .. })),
            "{outcome:?}"
        );
        assert_eq!(version(&conn).unwrap(), 1);
        let tables: String = conn
            .query_row("SELECT group_concat(name) FROM sqlite_schema", [], |row| {
                row.get(0)
            })
            .unwrap();
        assert_eq!(tables, "a");
    }
}
