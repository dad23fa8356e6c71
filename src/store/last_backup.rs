//! How the last backup of a mirror went. It is told in a file beside the database, which whoever takes backups does
//! not write.

use std::fs::{File, Permissions, TryLockError};
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::model::Timestamp;

/// In the state directory.
const FILE: &str = "last-backup.json";

/// How the last backup of a mirror went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LastBackup {
    /// The folder of the backups.
    pub to: PathBuf,
    /// When it began.
    pub began_at: Timestamp,
    /// How it stands.
    #[serde(flatten)]
    pub state: BackupState,
}

/// How a backup stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum BackupState {
    /// It is being taken.
    UnderWay,
    /// It was taken.
    Good {
        /// When that was done.
        ended_at: Timestamp,
    },
    /// There is none.
    Failed {
        /// Why.
        reason: String,
    },
}

/// What the file says.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Said {
    to: PathBuf,
    began_at: Timestamp,
    ended_at: Option<Timestamp>,
    error: Option<String>,
}

/// A backup that is under way. Dropped before its end was noted, it counts as cut short.
#[derive(Debug)]
pub struct BackupNote {
    dir: PathBuf,
    said: Said,
    /// Locked for as long as the backup is under way: the kernel tells if it was cut short.
    _file: File,
}

impl LastBackup {
    /// The last backup of the mirror in `dir`; nothing if none was noted.
    pub fn of(dir: &Path) -> Option<Self> {
        let path = dir.join(FILE);
        // The lock belongs to the file that was read, which may be replaced at any time.
        let file = File::open(path).ok()?;
        let Said {
            to,
            began_at,
            ended_at,
            error,
        } = serde_json::from_reader(&file).ok()?;
        let state = match (error, ended_at) {
            (Some(reason), _) => BackupState::Failed { reason },
            (None, Some(ended_at)) => BackupState::Good { ended_at },
            (None, None) if is_locked(&file) => BackupState::UnderWay,
            (None, None) => BackupState::Failed {
                reason: "it was cut short".to_owned(),
            },
        };
        Some(Self { to, began_at, state })
    }

    /// What a person must know of it.
    pub fn failure(&self) -> Option<String> {
        let BackupState::Failed { reason } = &self.state else {
            return None;
        };
        let (to, at) = (self.to.display(), self.began_at);
        Some(format!("the backup to {to} that began at {at} failed: {reason}"))
    }
}

impl BackupNote {
    /// Notes that a backup of the mirror in `dir` begins; nothing where another one is under way.
    pub fn begin(dir: &Path, to: &Path, at: Timestamp) -> io::Result<Option<Self>> {
        if LastBackup::of(dir).is_some_and(|last| last.state == BackupState::UnderWay) {
            return Ok(None);
        }
        let said = Said {
            to: std::path::absolute(to)?,
            began_at: at,
            ended_at: None,
            error: None,
        };
        let file = said.write(dir)?;
        let dir = dir.to_owned();
        Ok(Some(Self {
            dir,
            said,
            _file: file,
        }))
    }

    /// Notes how it ended, and why if it failed.
    pub fn end(mut self, error: Option<String>, at: Timestamp) -> io::Result<()> {
        self.said.ended_at = Some(at);
        self.said.error = error;
        self.said.write(&self.dir).map(drop)
    }
}

impl Said {
    /// Puts it into the place of what was said before. The file is locked.
    fn write(&self, dir: &Path) -> io::Result<File> {
        // The daemon may have another account, and must be able to read it.
        let mode = Permissions::from_mode(0o644);
        let mut file = tempfile::Builder::new().permissions(mode).tempfile_in(dir)?;
        match file.as_file().try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(io::ErrorKind::WouldBlock.into()),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        file.write_all(&serde_json::to_vec(self)?)?;
        file.as_file().sync_all()?;
        let file = file.persist(dir.join(FILE))?;
        Ok(file)
    }
}

fn is_locked(file: &File) -> bool {
    matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_backup_is_under_way_then_good_or_failed_and_cut_short_if_nobody_says_more() {
        let dir = tempfile::tempdir().unwrap();
        let state = || LastBackup::of(dir.path()).map(|last| last.state);
        let begin = || BackupNote::begin(dir.path(), Path::new("/srv/backup"), at("2026-03-02T01:30:00Z"));
        let (end, failed) = (at("2026-03-02T01:31:00Z"), |reason: &str| {
            let reason = reason.to_owned();
            Some(BackupState::Failed { reason })
        });
        assert_eq!(state(), None);

        let note = begin().unwrap().unwrap();
        assert_eq!(state(), Some(BackupState::UnderWay));
        assert!(begin().unwrap().is_none(), "one at a time is spoken of");
        note.end(None, end).unwrap();
        assert_eq!(state(), Some(BackupState::Good { ended_at: end }));

        let note = begin().unwrap().unwrap();
        note.end(Some("no room".to_owned()), end).unwrap();
        assert_eq!(state(), failed("no room"));
        let told = LastBackup::of(dir.path()).unwrap().failure();
        let expected = "the backup to /srv/backup that began at 2026-03-02T01:30:00.000Z failed: no room";
        assert_eq!(told.as_deref(), Some(expected));

        drop(begin().unwrap());
        assert_eq!(state(), failed("it was cut short"));
        fs::write(dir.path().join(FILE), "half a").unwrap();
        assert_eq!(state(), None, "nobody writes half of it");
        begin().unwrap().unwrap().end(None, end).unwrap();
        assert_eq!(state(), Some(BackupState::Good { ended_at: end }));
        assert_eq!(
            fs::read_dir(dir.path()).unwrap().count(),
            1,
            "nothing is left over"
        );
    }
}
