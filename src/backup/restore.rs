//! Restores a backup into an empty folder.

use std::fs::{self, DirBuilder, File, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::syncfs;
use serde::Serialize;

use crate::store::{Blobs, DATABASE};

use super::hashing;
use super::manifest::{Manifest, listed};
use super::pool::Pool;
use super::shelf;
use super::verify::{self, unpack};
use super::{Error, Event, Verified};

/// What the database is called until everything else is there.
const PART: &str = "mirror.db.part";

/// A mirror that was restored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Restored {
    /// Where it is now.
    pub path: PathBuf,
    /// The backup.
    pub from: Verified,
}

/// Reads the whole backup back, and if it is what was written, makes a state directory of it. The folder must be empty,
/// or not be there. The database comes last: without it, nothing takes the folder for a mirror.
pub fn restore(backup: &Path, to: &Path, tell: &mut dyn FnMut(Event)) -> Result<Restored, Error> {
    refuse_what_is_there(to)?;
    let _lock = shelf::reading(backup.parent().unwrap_or(backup))?;
    let from = verify::verify(backup, tell)?;
    let damaged = |problem| Error::Damaged {
        path: backup.to_owned(),
        problems: vec![problem],
    };
    let manifest = Manifest::read(backup).map_err(damaged)?;
    DirBuilder::new()
        .recursive(true)
        .mode(0o750)
        .create(to)
        .map_err(Error::io("make the folder", to))?;
    files(backup, to)?;
    let part = to.join(PART);
    unpack(backup, &manifest, &part).map_err(damaged)?;
    fs::set_permissions(&part, Permissions::from_mode(0o640)).map_err(Error::io("write", &part))?;
    let folder = File::open(to).map_err(Error::io("read", to))?;
    let sync = || {
        syncfs(&folder)
            .map_err(io::Error::from)
            .map_err(Error::io("sync", to))
    };
    sync()?;
    fs::rename(&part, to.join(DATABASE)).map_err(Error::io("rename", &part))?;
    sync()?;
    Ok(Restored {
        path: to.to_owned(),
        from,
    })
}

fn refuse_what_is_there(to: &Path) -> Result<(), Error> {
    match fs::read_dir(to) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(Error::io("read the folder", to)(error)),
        Ok(mut entries) => match entries.next() {
            None => Ok(()),
            Some(_) => Err(Error::NotEmpty { path: to.to_owned() }),
        },
    }
}

/// Puts the files of attachments in their places.
fn files(backup: &Path, to: &Path) -> Result<(), Error> {
    let (pool, blobs) = (Pool::of(backup.parent().unwrap_or(backup)), Blobs::new(to));
    for listed in listed(backup)? {
        let listed = listed?;
        if listed.size.is_none() {
            continue;
        }
        let (from, place) = (pool.place(&listed.sha256), blobs.path(&listed.sha256));
        if let Some(folder) = place.parent() {
            fs::create_dir_all(folder).map_err(Error::io("make the folder", folder))?;
        }
        let original = File::open(&from).map_err(Error::io("read", &from))?;
        let copy = File::create(&place).map_err(Error::io("write", &place))?;
        let sum = hashing::copy(original, copy).map_err(Error::io("copy", &from))?;
        // It was what it should be a moment ago.
        if sum.sha256 != listed.sha256 {
            return Err(Error::Damaged {
                path: backup.to_owned(),
                problems: vec![format!("attachments/{} changed meanwhile", listed.sha256)],
            });
        }
    }
    Ok(())
}
