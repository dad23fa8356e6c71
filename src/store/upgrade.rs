//! Migrates a database without risking it: a copy of it as it was stays beside it until the result is proven.
//!
//! That there is a copy is all there is to remember. Whoever is killed in between finds it at the next start, and goes on
//! with the migration or with the proof.

use std::path::Path;

use rusqlite::Connection;
use tracing::{info, warn};

use super::copy::{self, Holdings};
use super::flaws::{self, Depth, Flaw};
use super::kept::Kept;
use super::migrate::{self, Migration};
use super::{Error, open};

/// Brings the schema of the database at `path` up to date.
pub(super) fn upgrade(conn: &mut Connection, path: &Path, migrations: &[Migration]) -> Result<(), Error> {
    let found = migrate::version(conn)?;
    let is_new = found == 0;
    if is_new {
        return migrate::migrate_with(conn, migrations);
    }
    if (found as usize) < migrations.len() {
        let kept = keep(conn, path, found)?;
        info!(found, wanted = migrations.len(), copy = %kept.path.display(), "migrating the database; the copy stays until that is proven");
        migrate::migrate_with(conn, migrations).map_err(|source| Error::Upgrade {
            copy: kept.path,
            source: Box::new(source),
        })?;
    }
    for kept in Kept::beside(path)? {
        prove(conn, &kept)?;
        info!(copy = %kept.path.display(), "the migrated database is proven, so its copy goes");
        kept.delete()?;
    }
    Ok(())
}

/// What an interrupted upgrade began with is the copy to keep, else what there is now.
fn keep(conn: &mut Connection, path: &Path, schema: u32) -> Result<Kept, Error> {
    let older = Kept::beside(path)?.into_iter().find(|kept| kept.schema < schema);
    older.map_or_else(|| Kept::make(conn, path, schema), Ok)
}

/// Compares the database with what it was. What was wrong with it before is no fault of the migration.
fn prove(conn: &Connection, kept: &Kept) -> Result<(), Error> {
    let before = open::reader_of_any(&kept.path)?;
    let flaw = match lost(&count(&before)?, &count(conn)?) {
        None => damage(&before, conn)?,
        lost => lost,
    };
    flaw.map_or(Ok(()), |flaw| {
        Err(Error::Unproven {
            copy: kept.path.clone(),
            flaw,
        })
    })
}

/// What there is less of than before.
fn lost(before: &Holdings, after: &Holdings) -> Option<String> {
    before.iter().find_map(|(table, had)| {
        let has = after.get(table).copied().unwrap_or_default();
        (has < *had).then(|| format!("{table} has {has} rows and had {had}"))
    })
}

fn count(conn: &Connection) -> Result<Holdings, Error> {
    copy::holdings(conn).map_err(|source| Error::sqlite("count what there is", source))
}

/// What is wrong with the database and was not before.
fn damage(before: &Connection, after: &Connection) -> Result<Option<String>, Error> {
    let found = flaws(after)?;
    if found.is_empty() {
        return Ok(None);
    }
    let known = flaws(before)?;
    warn!("the database was damaged before it was migrated: `millpond check` says how");
    let new = found.into_iter().find(|flaw| !known.contains(flaw));
    Ok(new.map(|flaw| format!("{}: {}", flaw.subject, flaw.detail)))
}

fn flaws(conn: &Connection) -> Result<Vec<Flaw>, Error> {
    let look = || -> rusqlite::Result<_> {
        let mut flaws = flaws::structure(conn, Depth::Full)?;
        flaws.extend(flaws::references(conn)?);
        Ok(flaws)
    };
    flaws::or_damage(look().map_err(|source| Error::sqlite("check the database", source)))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};
    use std::process::Command;

    use rusqlite::Connection;
    use tempfile::TempDir;

    use super::upgrade;
    use crate::store::migrate::{self, Migration};
    use crate::store::{Error, open};

    const FIRST: Migration = Migration {
        name: "0001_a.sql",
        sql: "CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT;",
    };
    const SECOND: Migration = Migration {
        name: "0002_b.sql",
        sql: "ALTER TABLE people ADD COLUMN is_new INTEGER NOT NULL DEFAULT 0;",
    };
    const THIRD: Migration = Migration {
        name: "0003_c.sql",
        sql: "CREATE INDEX people_name ON people (name);",
    };
    const REFUSED: Migration = Migration {
        name: "0002_b.sql",
        sql: "UPDATE people SET name = 'nobody'; CREATE TABLE people (x INTEGER) STRICT;",
    };
    const FORGETFUL: Migration = Migration {
        name: "0002_b.sql",
        sql: "DELETE FROM people WHERE name = 'Bob';",
    };
    const DANGLING: Migration = Migration {
        name: "0002_b.sql",
        sql: "CREATE TABLE groups (person INTEGER REFERENCES people (id)) STRICT; INSERT INTO groups VALUES (99);",
    };

    /// A database of the first schema, with two people in it.
    struct Old {
        dir: TempDir,
    }

    impl Old {
        fn new() -> Self {
            Self::at(tempfile::tempdir().unwrap())
        }

        fn at(dir: TempDir) -> Self {
            let old = Self { dir };
            old.upgrade(&[FIRST]).unwrap();
            old.open()
                .execute_batch("INSERT INTO people VALUES (1, 'Ada'), (2, 'Bob');")
                .unwrap();
            old
        }

        fn path(&self) -> PathBuf {
            self.dir.path().join("mirror.db")
        }

        fn open(&self) -> Connection {
            // The program knows fewer schemas than these tests.
            let conn = open::writable(&self.path()).unwrap();
            open::configure_writer(&conn).unwrap();
            // As where a migration has to switch them off.
            conn.pragma_update(None, "foreign_keys", false).unwrap();
            conn
        }

        fn upgrade(&self, migrations: &[Migration]) -> Result<(), Error> {
            upgrade(&mut self.open(), &self.path(), migrations)
        }

        /// The files, but for SQLite's own.
        fn files(&self) -> Vec<String> {
            let entries = fs::read_dir(self.dir.path()).unwrap();
            let mut names: Vec<_> = entries
                .map(|entry| entry.unwrap().file_name().into_string().unwrap())
                .filter(|name| !name.ends_with("-wal") && !name.ends_with("-shm"))
                .collect();
            names.sort();
            names
        }

        fn schema(&self) -> u32 {
            migrate::version(&self.open()).unwrap()
        }
    }

    fn names(path: &Path) -> String {
        let conn = open::reader_of_any(path).unwrap();
        conn.query_row("SELECT group_concat(name ORDER BY id) FROM people", [], |row| {
            row.get(0)
        })
        .unwrap()
    }

    #[test]
    fn an_old_database_is_migrated_and_its_copy_goes_once_that_is_proven() {
        let old = Old::new();
        old.upgrade(&[FIRST, SECOND, THIRD]).unwrap();

        assert_eq!(old.schema(), 3);
        assert_eq!(names(&old.path()), "Ada,Bob");
        assert_eq!(old.files(), ["mirror.db"]);
    }

    /// A small disk in the place of a folder. It takes root.
    struct SmallDisk<'a>(&'a Path);

    impl<'a> SmallDisk<'a> {
        fn at(path: &'a Path) -> Option<Self> {
            let mounted = Command::new("mount")
                .args(["-t", "tmpfs", "-o", "size=4m", "none"])
                .arg(path)
                .status();
            mounted.is_ok_and(|status| status.success()).then_some(Self(path))
        }
    }

    impl Drop for SmallDisk<'_> {
        fn drop(&mut self) {
            drop(Command::new("umount").arg("--lazy").arg(self.0).status());
        }
    }

    #[test]
    fn where_no_copy_finds_room_nothing_is_migrated_until_there_is_some() {
        let dir = tempfile::tempdir().unwrap();
        let place = dir.path().to_owned();
        let Some(_disk) = SmallDisk::at(&place) else {
            eprintln!("skipped: no disk can be mounted here");
            return;
        };
        let old = Old::at(dir);
        old.open()
            .execute_batch("INSERT INTO people VALUES (3, hex(zeroblob(400000)));")
            .unwrap();
        let balloon = place.join("balloon");
        fs::write(&balloon, vec![0; 3_000_000]).unwrap();

        let refused = old.upgrade(&[FIRST, SECOND]);
        match refused {
            Err(Error::NoRoomToUpgrade { needed, free, .. }) => {
                assert!(free < needed && needed > 800_000, "{free} of {needed}");
            }
            other => panic!("{other:?}"),
        }
        assert_eq!(old.schema(), 1);
        assert_eq!(old.files(), ["balloon", "mirror.db"]);
        fs::remove_file(balloon).unwrap();
        old.upgrade(&[FIRST, SECOND]).unwrap();
        assert_eq!((old.schema(), old.files()), (2, vec!["mirror.db".to_owned()]));
    }

    #[test]
    fn a_new_database_needs_no_copy_and_one_that_is_up_to_date_makes_none() {
        let old = Old::new();
        old.upgrade(&[FIRST]).unwrap();
        assert_eq!(old.files(), ["mirror.db"]);
    }

    #[test]
    fn a_migration_that_fails_leaves_the_database_and_names_the_copy() {
        let old = Old::new();
        for _ in 0..2 {
            let refused = old.upgrade(&[FIRST, REFUSED]);
            let copy = old.dir.path().join("mirror.db.schema-1");
            let Err(Error::Upgrade { copy: named, source }) = refused else {
                panic!("{refused:?}")
            };
            assert_eq!(named, copy);
            assert!(
                matches!(*source, Error::Migration { version: 2, .. }),
                "{source:?}"
            );
            assert_eq!(old.schema(), 1);
            assert_eq!(names(&old.path()), "Ada,Bob");
            assert_eq!(names(&copy), "Ada,Bob");
        }
        old.upgrade(&[FIRST, SECOND]).unwrap();
        assert_eq!(old.files(), ["mirror.db"]);
    }

    #[test]
    fn a_migration_that_loses_something_is_named_and_the_copy_takes_its_place() {
        for (migration, flaw) in [
            (FORGETFUL, "people has 1 rows and had 2"),
            (
                DANGLING,
                "groups: rows that refer to people that are not there: 1",
            ),
        ] {
            let old = Old::new();
            let copy = old.dir.path().join("mirror.db.schema-1");
            let migrations = [FIRST, migration];
            // Also at every further start, until somebody did something.
            for _ in 0..2 {
                match old.upgrade(&migrations) {
                    Err(Error::Unproven {
                        copy: named,
                        flaw: found,
                    }) => {
                        assert_eq!((named, found.as_str()), (copy.clone(), flaw));
                    }
                    other => panic!("{other:?}"),
                }
            }
            // As the hint says.
            fs::rename(&copy, old.path()).unwrap();
            for beside in ["mirror.db-wal", "mirror.db-shm"] {
                drop(fs::remove_file(old.dir.path().join(beside)));
            }
            assert_eq!((old.schema(), names(&old.path()).as_str()), (1, "Ada,Bob"));
        }
    }

    #[test]
    fn an_upgrade_that_was_killed_is_finished_against_what_it_began_with() {
        let old = Old::new();
        // As if killed while copying.
        fs::write(old.dir.path().join("mirror.db.schema-1.part"), "half").unwrap();
        drop(old.upgrade(&[FIRST, REFUSED]));
        assert_eq!(old.files(), ["mirror.db", "mirror.db.schema-1"]);
        // As if killed after the first of two migrations: its copy is of schema 1 and the database of schema 2.
        migrate::migrate_with(&mut old.open(), &[FIRST, SECOND]).unwrap();
        old.open()
            .execute_batch("DELETE FROM people WHERE id = 2")
            .unwrap();
        match old.upgrade(&[FIRST, SECOND, THIRD]) {
            Err(Error::Unproven { copy, .. }) => assert!(copy.ends_with("mirror.db.schema-1"), "{copy:?}"),
            other => panic!("{other:?}"),
        }
        // As if killed before the proof.
        old.open()
            .execute_batch("INSERT INTO people VALUES (2, 'Bob', 0)")
            .unwrap();
        old.upgrade(&[FIRST, SECOND, THIRD]).unwrap();
        assert_eq!(old.files(), ["mirror.db"]);
    }
}
