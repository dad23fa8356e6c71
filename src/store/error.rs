//! What can go wrong with the mirror on disk.

use std::io;
use std::path::PathBuf;

use rusqlite::ErrorCode;

/// Why the mirror could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Another process writes this mirror.
    #[error("{} is in use{}", path.display(), pid.map_or_else(String::new, |pid| format!(" by process {pid}")))]
    InUse {
        /// The lock file.
        path: PathBuf,
        /// Who holds it, where the file says so.
        pid: Option<u32>,
    },
    /// There is no mirror yet.
    #[error("there is no mirror at {}", path.display())]
    Missing {
        /// Where it would be.
        path: PathBuf,
    },
    /// The file is a database of some other program.
    #[error("{} is not a mirror: its application id is {found:#010x}", path.display())]
    NotOurs {
        /// The file.
        path: PathBuf,
        /// The application id it carries.
        found: u32,
    },
    /// A newer release wrote the file. It has not been touched.
    #[error("the database has schema version {found}, this program knows {supported}")]
    SchemaTooNew {
        /// The version of the file.
        found: u32,
        /// The newest version this program knows.
        supported: u32,
    },
    /// The file awaits a migration, which only a writer makes.
    #[error("the database has schema version {found}, reading it takes version {supported}")]
    SchemaTooOld {
        /// The version of the file.
        found: u32,
        /// The version this program reads.
        supported: u32,
    },
    /// A migration failed and was rolled back.
    #[error("could not migrate the database to schema version {version}")]
    Migration {
        /// The version it would have had.
        version: u32,
        /// What SQLite said.
        #[source]
        source: rusqlite::Error,
    },
    /// The database could not be brought up to date. It is as it was, and so is its copy.
    #[error("the database is as it was before the upgrade, and {} is a copy of it", copy.display())]
    Upgrade {
        /// The copy.
        copy: PathBuf,
        /// Why not.
        #[source]
        source: Box<Self>,
    },
    /// The migrated database lacks something, or is damaged. Its copy from before has not been touched.
    #[error("the migrated database is not what it was: {flaw}; {} is the one from before", copy.display())]
    Unproven {
        /// The copy.
        copy: PathBuf,
        /// What is wrong.
        flaw: String,
    },
    /// A database is not migrated without a copy of it. It has not been touched.
    #[error("migrating {} takes room for a copy of it: {needed} bytes, of which {free} are free", path.display())]
    NoRoomToUpgrade {
        /// The database.
        path: PathBuf,
        /// The size of the copy.
        needed: u64,
        /// What the disk has left.
        free: u64,
    },
    /// No space is left for the database. Nothing was lost.
    #[error("the disk is full")]
    DiskFull,
    /// The file or its folder cannot be written. Nothing was changed.
    #[error("the database cannot be written: {detail}")]
    ReadOnly {
        /// What SQLite said.
        detail: String,
    },
    /// The disk does not do what it is asked. What was committed is kept.
    #[error("the disk of the database fails: {detail}")]
    DiskFailing {
        /// What SQLite said.
        detail: String,
    },
    /// The file is damaged.
    #[error("the database is damaged: {detail}")]
    Corrupt {
        /// What SQLite said.
        detail: String,
    },
    /// A file or folder could not be made, opened or locked.
    #[error("could not {doing} {}", path.display())]
    File {
        /// Completes "could not …".
        doing: &'static str,
        /// Which one.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Any other refusal of SQLite.
    #[error("could not {doing}")]
    Sqlite {
        /// Completes "could not …".
        doing: &'static str,
        /// What SQLite said.
        #[source]
        source: rusqlite::Error,
    },
    /// The store was closed, or its writer thread died.
    #[error("the store is closed")]
    Closed,
}

impl Error {
    /// Sorts out the failures on which the daemon must stop.
    pub(super) fn sqlite(doing: &'static str, source: rusqlite::Error) -> Self {
        match source.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::DiskFull,
            Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen) => Self::ReadOnly {
                detail: source.to_string(),
            },
            Some(ErrorCode::SystemIoFailure) => Self::DiskFailing {
                detail: source.to_string(),
            },
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Corrupt {
                detail: source.to_string(),
            },
            _ => Self::Sqlite { doing, source },
        }
    }
}
