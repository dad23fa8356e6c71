//! The files of attachments, each once for all backups.
//!
//! A file is named after what it holds, so two backups that need the same one share it, and a daily backup copies only
//! what is new. A file gets its name once it is on the disk.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use crate::model::Timestamp;

use super::Error;
use super::hashing;
use super::manifest::{self, Listed};
use super::pacing::Paced;
use super::shelf;

const FOLDER: &str = "attachments";

/// The pool of the backups in a folder.
pub(super) struct Pool {
    path: PathBuf,
}

/// What became of a file that a backup needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Needed {
    /// An earlier backup has it.
    Here(u64),
    /// It is waiting to be published.
    Staged(u64),
    /// The mirror has lost it.
    Lacking,
}

impl Pool {
    pub(super) fn of(backups: &Path) -> Self {
        Self {
            path: backups.join(FOLDER),
        }
    }

    /// Where the file with this digest is.
    pub(super) fn place(&self, sha256: &str) -> PathBuf {
        self.path.join(sha256.get(..2).unwrap_or_default()).join(sha256)
    }

    /// Sees to a file: takes it from `original` into `stage` unless it is here.
    pub(super) fn need(&self, sha256: &str, original: &Path, stage: &Path) -> Result<Needed, Error> {
        if let Ok(here) = fs::metadata(self.place(sha256)) {
            return Ok(Needed::Here(here.len()));
        }
        let from = match File::open(original) {
            Ok(from) => from,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Needed::Lacking),
            Err(error) => return Err(Error::io("read", original)(error)),
        };
        let staged = stage.join(sha256);
        let to = Paced::create(&staged).map_err(Error::io("write", &staged))?;
        let sum = hashing::copy(from, to).map_err(Error::io("copy", original))?;
        if sum.sha256 == sha256 {
            return Ok(Needed::Staged(sum.size));
        }
        // Damaged in the mirror: `check` says so, and the next run fetches it again.
        fs::remove_file(&staged).map_err(Error::io("delete", &staged))?;
        Ok(Needed::Lacking)
    }

    /// Gives all files of the stage their names. They are on the disk.
    pub(super) fn publish(&self, stage: &Path) -> Result<(), Error> {
        for entry in fs::read_dir(stage).map_err(Error::io("read the folder", stage))? {
            let staged = entry.map_err(Error::io("read the folder", stage))?.path();
            let name = staged
                .file_name()
                .and_then(|name| name.to_str())
                .unwrap_or_default();
            let place = self.place(name);
            let folder = place.parent().unwrap_or(&self.path);
            fs::create_dir_all(folder).map_err(Error::io("make the folder", folder))?;
            fs::rename(&staged, &place).map_err(Error::io("rename", &staged))?;
        }
        fs::remove_dir(stage).map_err(Error::io("delete", stage))
    }

    /// Deletes the files that no backup needs. If one of the lists cannot be read, none is deleted.
    pub(super) fn sweep(&self, folder: &Path, backups: &[Timestamp]) -> Result<(), Error> {
        let mut lists = Vec::new();
        for at in backups {
            lists.push(manifest::listed(&folder.join(shelf::name(*at)))?.peekable());
        }
        // One folder after the other, in the order of the lists: nothing is ever in memory as a whole.
        for folder in (0..=0xff).map(|byte| format!("{byte:02x}")) {
            let mut needed = std::collections::HashSet::new();
            for list in &mut lists {
                let is_here = |listed: &Result<Listed, Error>| {
                    listed
                        .as_ref()
                        .map_or(true, |listed| listed.sha256.starts_with(&folder))
                };
                while let Some(listed) = list.next_if(is_here) {
                    needed.insert(listed?.sha256);
                }
            }
            self.sweep_folder(&folder, |name| needed.contains(name))?;
        }
        Ok(())
    }

    fn sweep_folder(&self, folder: &str, is_needed: impl Fn(&str) -> bool) -> Result<(), Error> {
        let path = self.path.join(folder);
        let entries = match fs::read_dir(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            entries => entries.map_err(Error::io("read the folder", &path))?,
        };
        for entry in entries {
            let file = entry.map_err(Error::io("read the folder", &path))?.path();
            let name = file.file_name().and_then(|name| name.to_str());
            if name.is_some_and(|name| hashing::is_digest(name) && !is_needed(name)) {
                // At once: what is left of a file that is deleted piece by piece would pass for all of it.
                fs::remove_file(&file).map_err(Error::io("delete", &file))?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};

    use super::Pool;
    use crate::backup::pacing::PIECE;

    #[test]
    fn a_file_that_no_backup_needs_is_whole_until_it_is_gone() {
        let dir = tempfile::tempdir().unwrap();
        let pool = Pool::of(dir.path());
        let place = pool.place(&"ab".repeat(32));
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        let file = File::create(&place).unwrap();
        file.set_len(3 * PIECE).unwrap();

        pool.sweep(dir.path(), &[]).unwrap();
        assert!(!place.exists());
        assert_eq!(file.metadata().unwrap().len(), 3 * PIECE);
    }
}
