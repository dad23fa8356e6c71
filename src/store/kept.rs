//! The copies that stay beside a database while it is migrated: `mirror.db.schema-1` is what it was under schema 1.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::{Error, copy};

/// What the name of the database is followed by, before the schema.
const SUFFIX: &str = ".schema-";

/// A copy of a database as it was.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Kept {
    pub(super) schema: u32,
    pub(super) path: PathBuf,
}

impl Kept {
    fn of(database: &Path, schema: u32) -> Self {
        let mut path = database.as_os_str().to_owned();
        path.push(format!("{SUFFIX}{schema}"));
        Self {
            schema,
            path: path.into(),
        }
    }

    /// The copies beside a database, the oldest schema first.
    pub(super) fn beside(database: &Path) -> Result<Vec<Self>, Error> {
        let folder = folder(database);
        let listed: io::Result<Vec<_>> = fs::read_dir(folder).and_then(Iterator::collect);
        let mut found: Vec<_> = listed
            .map_err(failed("read the folder", folder))?
            .into_iter()
            .filter_map(|entry| {
                let schema = entry.file_name().to_str()?.rsplit_once(SUFFIX)?.1.parse().ok()?;
                Some(Self::of(database, schema)).filter(|kept| kept.path == entry.path())
            })
            .collect();
        found.sort();
        Ok(found)
    }

    /// Copies a database of this schema. The copy has its name once the disk has all of it.
    pub(super) fn make(conn: &mut Connection, database: &Path, schema: u32) -> Result<Self, Error> {
        let kept = Self::of(database, schema);
        let part = kept.path.with_added_extension("part");
        // From an upgrade that failed or was killed: the database is still as it was, and may have grown.
        for stale in [&kept.path, &part] {
            discard(stale)?;
        }
        check_room(conn, database)?;
        let made = conn
            .transaction()
            .map_err(|source| Error::sqlite("copy the database", source))
            .and_then(|tx| copy::copy(&tx, &part, &mut |_, _| {}))
            .and_then(|()| place(&part, &kept.path).map_err(failed("rename", &part)));
        if made.is_err() {
            // What there is of it only takes room.
            drop(fs::remove_file(&part));
        }
        made.map(|()| kept)
    }

    pub(super) fn delete(self) -> Result<(), Error> {
        discard(&self.path)
    }
}

/// Half a copy is none, and a disk that fills up is trouble for more than us.
fn check_room(conn: &Connection, database: &Path) -> Result<(), Error> {
    let pragma = |name| conn.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let size = || Ok(pragma("page_count")?.unsigned_abs() * pragma("page_size")?.unsigned_abs());
    let needed = size().map_err(|source| Error::sqlite("measure the database", source))?;
    // A disk that does not say how much room it has is believed to have it.
    let disk = rustix::fs::statvfs(folder(database)).ok();
    match disk.map(|disk| disk.f_bavail.saturating_mul(disk.f_frsize)) {
        Some(free) if free < needed => Err(Error::NoRoomToUpgrade {
            path: database.to_owned(),
            needed,
            free,
        }),
        _ => Ok(()),
    }
}

fn place(part: &Path, path: &Path) -> io::Result<()> {
    fs::rename(part, path)?;
    File::open(folder(path))?.sync_all()
}

fn discard(path: &Path) -> Result<(), Error> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed("delete", path)(error)),
        _ => Ok(()),
    }
}

fn folder(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new("."))
}

fn failed(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error {
    let path = path.to_owned();
    move |source| Error::File { doing, path, source }
}
