//! Backups of a mirror: whole, verified, and without a secret.
//!
//! ```text
//! DIR/
//!   attachments/ab/abcdef…          the files of attachments, each once for all backups, named after what they hold
//!   2026-11-26T003000.000Z/         a backup, named after when it was taken
//!     mirror.db  or  mirror.db.zst
//!     attachments.txt               the files of attachments that belong to it
//!     manifest.json                 what there is, with digests
//!     SHA256SUMS                    the same for `sha256sum --check`
//! ```
//!
//! A backup is made under another name and gets its own once everything is on the disk. What begins with a dot is not a
//! backup: something unfinished, or something that was being deleted.

mod hashing;
mod keep;
mod manifest;
mod pacing;
mod pool;
mod restore;
mod shelf;
mod take;
mod verify;

use std::io;
use std::path::{Path, PathBuf};

use crate::store;

pub use keep::{InvalidKeep, Keep};
pub use restore::{Restored, restore};
pub use take::{Options, Taken, take};
pub use verify::{Verified, find, verify};

/// What happens meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// So much of the database is copied.
    Copied {
        /// Pages of the file.
        done: u64,
        /// Of so many.
        all: u64,
    },
    /// So many files of attachments were seen to.
    Attachments(u64),
}

/// Why something about backups could not be done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The mirror could not be read, or the copy not be written.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// A file could not be read or written.
    #[error("could not {doing} {}", .path.display())]
    Io {
        /// What was being done.
        doing: &'static str,
        /// To what.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// A backup is being taken, deleted or read there.
    #[error("backups are being taken or read in {}", .path.display())]
    InUse {
        /// The folder.
        path: PathBuf,
    },
    /// There is no backup.
    #[error("there is no backup in {}", .path.display())]
    NoBackup {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// A backup of that instant is there already.
    #[error("{} exists", .path.display())]
    Exists {
        /// The backup.
        path: PathBuf,
    },
    /// Nothing is restored over something else.
    #[error("{} is not empty", .path.display())]
    NotEmpty {
        /// The folder.
        path: PathBuf,
    },
    /// The backup is not what was written.
    #[error("{} is damaged: {}", .path.display(), .problems.join("; "))]
    Damaged {
        /// The backup.
        path: PathBuf,
        /// What is wrong with which file.
        problems: Vec<String>,
    },
}

impl Error {
    fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { doing, path, source }
    }
}
