//! What is wrong with the mirror on the disk, or with what is taken from it.

use std::io;

use crate::backup;
use crate::export;
use crate::model::DiskTrouble;
use crate::store;

use super::Exit;

/// The same wherever a disk is met: the database, a file of an attachment, a consent, an export, a backup.
pub(super) fn of_disk(trouble: DiskTrouble) -> (Exit, &'static str) {
    match trouble {
        DiskTrouble::Full => (
            Exit::TryLater,
            "make room; everything that was done so far is kept, and the next start goes on with it",
        ),
        DiskTrouble::ReadOnly => (
            Exit::Database,
            "nothing was changed; let this account write there, and see whether the disk is mounted read-only",
        ),
        DiskTrouble::Failing => (
            Exit::TryLater,
            "look at the disk and at the kernel's log; everything that was done so far is kept",
        ),
    }
}

pub(super) fn of_store(error: &store::Error) -> (Exit, Option<String>) {
    let (exit, hint) = match error {
        store::Error::InUse { .. } => (
            Exit::TryLater,
            "the daemon or another sync is at work; `millpond status` and `millpond search` work beside it",
        ),
        store::Error::Missing { .. } => (Exit::Failed, "`millpond sync` makes the first copy"),
        store::Error::SchemaTooNew { .. } => (
            Exit::Database,
            "a newer millpond wrote it; use that one. The database was not touched",
        ),
        store::Error::SchemaTooOld { .. } => (
            Exit::Database,
            "the next `millpond run` or `millpond sync` brings it up to date",
        ),
        store::Error::NoRoomToUpgrade { .. } => (
            Exit::TryLater,
            "make room; the database was not touched, and the millpond from before still works with it",
        ),
        store::Error::Upgrade { source, .. } if matches!(of_store(source), (Exit::TryLater, _)) => {
            return of_store(source);
        }
        store::Error::Upgrade { .. } => (
            Exit::Database,
            "go on with the millpond from before, and report this; the copy may be deleted",
        ),
        store::Error::Unproven { .. } => (
            Exit::Database,
            "put the copy in the place of mirror.db, delete mirror.db-wal and mirror.db-shm, go on with the millpond from \
             before, and report this",
        ),
        store::Error::NotOurs { .. } => (Exit::Database, "move it away, or set another `state_dir`"),
        store::Error::DiskFull => of_disk(DiskTrouble::Full),
        store::Error::DiskFailing { .. } => of_disk(DiskTrouble::Failing),
        store::Error::ReadOnly { .. } => of_disk(DiskTrouble::ReadOnly),
        store::Error::Corrupt { .. } => (
            Exit::Database,
            "nothing was deleted: keep the file for analysis, move it away, and restore a backup or mirror anew",
        ),
        _ => return (Exit::Database, None),
    };
    (exit, Some(hint.to_owned()))
}

pub(super) fn of_export(error: &export::Error) -> (Exit, Option<String>) {
    let (exit, hint) = match error {
        export::Error::InUse { .. } => (Exit::TryLater, "wait until it is done"),
        export::Error::NoGit => (Exit::Failed, "install git, or leave `--git` out"),
        export::Error::Git { .. } => (
            Exit::Failed,
            "nothing is lost: the next export with `--git` commits the rest",
        ),
        export::Error::Manifest { .. } => (
            Exit::Failed,
            "nothing was changed; export to a new folder, or delete the list and use `--overwrite`",
        ),
        export::Error::Nothing => (Exit::Failed, "`millpond status` lists what there is"),
        export::Error::Io { .. } => (Exit::Failed, "once that is mended, the next export goes on"),
        export::Error::Store(error) => return of_store(error),
    };
    (exit, Some(hint.to_owned()))
}

pub(super) fn of_backup(error: &backup::Error) -> (Exit, Option<String>) {
    let (exit, hint) = match error {
        backup::Error::InUse { .. } => (Exit::TryLater, "wait until it is done"),
        backup::Error::Damaged { .. } => (
            Exit::Failed,
            "nothing was written; restore another one, and take a new one as long as the mirror is sound",
        ),
        backup::Error::NotEmpty { .. } => (Exit::Failed, "restore to a new folder; nothing was written"),
        backup::Error::NoBackup { .. } => (Exit::Failed, "`millpond backup DIR` takes one"),
        backup::Error::Exists { .. } => (Exit::TryLater, "is the clock right? Try again in a moment"),
        backup::Error::Io { source, .. } if source.kind() == io::ErrorKind::PermissionDenied => (
            Exit::Failed,
            "let this account read and write there; what was there before is as it was",
        ),
        backup::Error::Io { .. } => (Exit::Failed, "what was there before is as it was"),
        backup::Error::Store(error) => return of_store(error),
    };
    (exit, Some(hint.to_owned()))
}
