//! Opens the file: permissions, connection roles, pragmas and why each is set.

use std::ffi::c_int;
use std::fs::{self, DirBuilder, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, FileControl, OpenFlags};

use super::{Error, migrate, upgrade};

/// Name of the database in the state directory.
pub(super) const DATABASE: &str = "mirror.db";
/// Name of the lock beside it.
const LOCK: &str = "millpond.lock";
/// Above the number of distinct statements, so that each is parsed once per connection.
const CACHED_STATEMENTS: usize = 256;

/// The database of the state directory `dir`.
pub(super) fn database(dir: &Path) -> PathBuf {
    dir.join(DATABASE)
}

/// The lock of the state directory `dir`.
pub(super) fn lock(dir: &Path) -> PathBuf {
    dir.join(LOCK)
}

/// Makes the state directory unless it exists: 0750 whatever the umask, for a group of readers.
pub(super) fn make_dir(dir: &Path) -> Result<(), Error> {
    let make = || {
        if dir.is_dir() {
            return Ok(());
        }
        DirBuilder::new().recursive(true).mode(0o750).create(dir)?;
        fs::set_permissions(dir, Permissions::from_mode(0o750))
    };
    make().map_err(|source| Error::File {
        doing: "make the directory",
        path: dir.to_owned(),
        source,
    })
}

/// Makes an empty database file unless there is one: 0640 whatever the umask. SQLite gives the same mode to
/// the files it puts beside it.
fn make_file(path: &Path) -> Result<(), Error> {
    let made = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o640)
        .open(path)
        .and_then(|file| file.set_permissions(Permissions::from_mode(0o640)));
    match made {
        Err(source) if source.kind() != io::ErrorKind::AlreadyExists => Err(Error::File {
            doing: "make",
            path: path.to_owned(),
            source,
        }),
        _ => Ok(()),
    }
}

/// Opens the only read-write connection and brings the schema up to date.
pub(super) fn writer(path: &Path) -> Result<Connection, Error> {
    let mut conn = as_it_is(path)?;
    upgrade::upgrade(&mut conn, path, migrate::MIGRATIONS)?;
    Ok(conn)
}

/// A read-write connection to a database of ours with any schema.
pub(super) fn as_it_is(path: &Path) -> Result<Connection, Error> {
    let conn = writable(path)?;
    // Before any pragma that would write: a file that is not ours to migrate stays as it is.
    migrate::check(&conn, path)?;
    configure_writer(&conn).map_err(|source| Error::sqlite("configure the database", source))?;
    Ok(conn)
}

pub(super) fn writable(path: &Path) -> Result<Connection, Error> {
    make_file(path)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    open(path, flags)
}

/// Makes an empty database for a copy. It is nobody's until it is whole, so nothing is kept of what it was before.
pub(super) fn copy(path: &Path) -> Result<Connection, Error> {
    let conn = writable(path)?;
    conn.execute_batch(
        "PRAGMA locking_mode = EXCLUSIVE;
         PRAGMA journal_mode = OFF;
         PRAGMA synchronous = OFF;
         -- Pages go to the file soon, where they can be synced.
         PRAGMA cache_size = -4096;",
    )
    .map_err(|source| Error::sqlite("configure the copy", source))?;
    Ok(conn)
}

/// Opens a connection that cannot write.
pub(super) fn reader(path: &Path) -> Result<Connection, Error> {
    let conn = reader_of_any(path)?;
    migrate::check_readable(&conn, path)?;
    Ok(conn)
}

/// The same to a database of any schema, or of anybody.
pub(super) fn reader_of_any(path: &Path) -> Result<Connection, Error> {
    if !path.exists() {
        return Err(Error::Missing {
            path: path.to_owned(),
        });
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = open(path, flags)?;
    conn.execute_batch(
        "PRAGMA query_only = ON;
         PRAGMA trusted_schema = OFF;
         PRAGMA busy_timeout = 5000;
         PRAGMA cache_size = -16384;",
    )
    .map_err(|source| Error::sqlite("configure the reader", source))?;
    Ok(conn)
}

#[expect(clippy::disallowed_methods, reason = "the one place that opens the database")]
fn open(path: &Path, flags: OpenFlags) -> Result<Connection, Error> {
    let conn = Connection::open_with_flags(path, flags)
        .map_err(|source| Error::sqlite("open the database", source))?;
    conn.set_prepared_statement_cache_capacity(CACHED_STATEMENTS);
    // Plans never depend on the values bound, or else many a statement would be parsed again whenever it is run.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)
        .map_err(|source| Error::sqlite("configure the database", source))?;
    Ok(conn)
}

/// Sets the writer's pragmas. Order matters: the page size before the first table, WAL before what it governs.
pub(super) fn configure_writer(conn: &Connection) -> rusqlite::Result<()> {
    conn.execute_batch(
        "PRAGMA page_size = 4096;
         PRAGMA journal_mode = WAL;
         -- NORMAL may lose the last commits when the power fails; in batches, FULL costs nothing.
         PRAGMA synchronous = FULL;
         PRAGMA foreign_keys = ON;
         -- Without it, INSERT OR REPLACE by a careless hand would leave the index behind.
         PRAGMA recursive_triggers = ON;
         PRAGMA busy_timeout = 5000;
         -- 64 MiB make a first copy no faster than 16.
         PRAGMA cache_size = -16384;
         -- A failing disk shall be an error, not a signal.
         PRAGMA mmap_size = 0;
         PRAGMA journal_size_limit = 67108864;
         PRAGMA trusted_schema = OFF;
         PRAGMA cell_size_check = ON;",
    )?;
    // Readers that may not write the directory cannot make these files: they must outlive the writer.
    let mut keep: c_int = 1;
    conn.file_control(None::<&str>, FileControl::PersistWal(&mut keep))
}
