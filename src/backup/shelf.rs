//! The folder of the backups: what is a backup, what is something half done, and how one becomes the other.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::syncfs;

use crate::model::Timestamp;

use super::Error;
use super::pacing;

const LOCK: &str = ".lock";
/// What the names of backups begin with that are being made, deleted, or looked at.
const UNFINISHED: [&str; 3] = [NEW, GONE, SCRATCH];
const NEW: &str = ".new-";
const GONE: &str = ".gone-";
pub(super) const SCRATCH: &str = ".scratch-";

/// The folder, held against others that write there.
pub(super) struct Shelf {
    path: PathBuf,
    lock: File,
}

impl Drop for Shelf {
    /// Closing the file is not enough: a child that is just being started has a copy of it.
    fn drop(&mut self) {
        drop(self.lock.unlock());
    }
}

impl Shelf {
    /// Opens the folder, makes it if there is none, and deletes what was left half done there.
    pub(super) fn open(path: &Path) -> Result<Self, Error> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o750)
            .create(path)
            .map_err(Error::io("make the folder", path))?;
        let lock = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o640)
            .open(path.join(LOCK))
            .map_err(Error::io("write to the folder", path))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(Error::InUse {
                    path: path.to_owned(),
                });
            }
            Err(TryLockError::Error(source)) => return Err(Error::io("lock", path)(source)),
        }
        let shelf = Self {
            path: path.to_owned(),
            lock,
        };
        for name in names(path)? {
            if UNFINISHED.iter().any(|start| name.starts_with(start)) {
                shelf.delete(&name)?;
            }
        }
        Ok(shelf)
    }

    /// Begins a backup. Until it is finished, it is none.
    pub(super) fn begin(&self, at: Timestamp) -> Result<PathBuf, Error> {
        let place = self.path.join(name(at));
        if place.exists() {
            return Err(Error::Exists { path: place });
        }
        let path = self.path.join(format!("{NEW}{}", name(at)));
        DirBuilder::new()
            .mode(0o750)
            .create(&path)
            .map_err(Error::io("make the folder", &path))?;
        Ok(path)
    }

    /// Waits until everything below the folder is on the disk.
    pub(super) fn sync(&self) -> Result<(), Error> {
        self.write_out().map_err(Error::io("sync", &self.path))
    }

    /// The same, where somebody else says what it is for.
    pub(super) fn write_out(&self) -> io::Result<()> {
        Ok(syncfs(&self.lock)?)
    }

    /// Gives a backup that is whole its name.
    pub(super) fn finish(&self, new: &Path, at: Timestamp) -> Result<PathBuf, Error> {
        self.sync()?;
        let place = self.path.join(name(at));
        fs::rename(new, &place).map_err(Error::io("rename", new))?;
        self.sync()?;
        Ok(place)
    }

    /// Deletes a backup. It is none any more before the first of its files goes.
    pub(super) fn remove(&self, at: Timestamp) -> Result<(), Error> {
        let place = self.path.join(name(at));
        let gone = format!("{GONE}{}", name(at));
        fs::rename(&place, self.path.join(&gone)).map_err(Error::io("delete", &place))?;
        // Or else a file could be shortened on the disk before its folder has lost its name there.
        self.sync()?;
        self.delete(&gone)
    }

    fn delete(&self, name: &str) -> Result<(), Error> {
        let path = self.path.join(name);
        pacing::delete_folder(&path).map_err(Error::io("delete", &path))
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

/// Keeps backups from being taken or deleted in a folder as long as what is returned lives. On a medium that cannot be
/// written nobody does that anyway.
pub(super) fn reading(path: &Path) -> Result<Option<File>, Error> {
    let Ok(lock) = File::open(path.join(LOCK)) else {
        return Ok(None);
    };
    match lock.try_lock_shared() {
        Ok(()) => Ok(Some(lock)),
        Err(TryLockError::WouldBlock) => Err(Error::InUse {
            path: path.to_owned(),
        }),
        Err(TryLockError::Error(_)) => Ok(None),
    }
}

/// The backups in a folder, oldest first.
pub(super) fn backups(path: &Path) -> Result<Vec<Timestamp>, Error> {
    let mut found: Vec<Timestamp> = names(path)?.iter().filter_map(|name| taken_at(name)).collect();
    found.sort_unstable();
    Ok(found)
}

fn names(path: &Path) -> Result<Vec<String>, Error> {
    let failed = || Error::io("read the folder", path);
    let mut names = Vec::new();
    for entry in fs::read_dir(path).map_err(failed())? {
        if let Ok(name) = entry.map_err(failed())?.file_name().into_string() {
            names.push(name);
        }
    }
    Ok(names)
}

/// What a backup of that instant is called: `2026-11-26T003000.000Z`, since not every system has colons in names.
pub(super) fn name(at: Timestamp) -> String {
    at.to_string().replace(':', "")
}

/// When the backup of that name was taken, if it is the name of one.
pub(super) fn taken_at(name: &str) -> Option<Timestamp> {
    let (hours, rest) = name.split_at_checked("2026-11-26T00".len())?;
    let (minutes, seconds) = rest.split_at_checked("30".len())?;
    let at: Timestamp = format!("{hours}:{minutes}:{seconds}").parse().ok()?;
    (self::name(at) == name).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::{name, taken_at};

    #[test]
    fn a_backup_is_called_by_its_instant_and_nothing_else_is_one() {
        let at = "2026-11-26T00:30:00.123Z".parse().unwrap();
        assert_eq!(name(at), "2026-11-26T003000.123Z");
        assert_eq!(taken_at("2026-11-26T003000.123Z"), Some(at));
        for other in [
            "",
            "attachments",
            ".new-2026-11-26T003000.123Z",
            "2026-11-26T00:30:00.123Z",
            "2026-11-26",
        ] {
            assert_eq!(taken_at(other), None, "{other}");
        }
    }
}
