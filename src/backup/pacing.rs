//! Files that are handed to the disk piece by piece while they are written.
//!
//! Whoever syncs a file waits for whatever else the disk still has to write, and the writer of the mirror syncs its log
//! with every commit. So nothing large is left for the disk to write all at once, nor to let go of: where a file system
//! tells the disk which blocks are free, every sync waits until that is done.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::MetadataExt as _;
use std::panic::resume_unwind;
use std::path::Path;
use std::sync::mpsc::sync_channel;
use std::thread;

/// How much may be left for the disk to write, or to let go of.
pub(super) const PIECE: u64 = 2 << 20;

/// Does work that writes, and tells after each piece of about [`PIECE`]. A thread has the disk write what is there, while
/// the next piece is made: no more than two are ever left for it.
pub(super) fn paced<T>(
    sync: impl Fn() -> io::Result<()> + Send,
    work: impl FnOnce(&mut dyn FnMut()) -> T,
) -> io::Result<T> {
    thread::scope(|scope| {
        // Without room for anything: who tells waits until the piece before is written.
        let (tell, told) = sync_channel(0);
        let syncing = scope.spawn(move || told.iter().try_for_each(|()| sync()));
        // After a failure nobody listens any more, and that is what comes of it.
        let done = work(&mut || {
            tell.send(()).ok();
        });
        drop(tell);
        let synced = syncing.join().unwrap_or_else(|panic| resume_unwind(panic));
        synced.map(|()| done)
    })
}

/// A file that is being written.
pub(super) struct Paced {
    file: File,
    left: u64,
}

impl Paced {
    pub(super) fn create(path: &Path) -> io::Result<Self> {
        File::create(path).map(|file| Self { file, left: 0 })
    }
}

impl Write for Paced {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.left += written as u64;
        if self.left >= PIECE {
            self.file.sync_data()?;
            self.left = 0;
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Deletes a file, the end of it first, so that less of it is left if that is cut short. One that has another name keeps
/// all of it there.
pub(super) fn delete(path: &Path) -> io::Result<()> {
    let whole = fs::symlink_metadata(path)?;
    if whole.is_file() && whole.nlink() == 1 {
        // What cannot be written can still be deleted.
        if let Ok(file) = OpenOptions::new().write(true).open(path) {
            shrink(&file, whole.len())?;
        }
    }
    fs::remove_file(path)
}

/// Shortens a file of that size until little is left.
fn shrink(file: &File, mut size: u64) -> io::Result<()> {
    while size > PIECE {
        size -= PIECE;
        file.set_len(size)?;
        file.sync_data()?;
    }
    Ok(())
}

/// Deletes a folder, its files like that.
pub(super) fn delete_folder(path: &Path) -> io::Result<()> {
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            delete(&entry.path())?;
        }
    }
    fs::remove_dir_all(path)
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};
    use std::io;
    use std::os::unix::fs::symlink;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::{PIECE, delete, delete_folder, paced, shrink};

    #[test]
    fn each_piece_is_synced_and_a_failure_is_what_comes_of_it() {
        let synced = AtomicUsize::new(0);
        let count = || {
            synced.fetch_add(1, Ordering::Relaxed);
            Ok(())
        };
        let work = |tell: &mut dyn FnMut()| {
            (0..3).for_each(|_| tell());
            "done"
        };
        assert_eq!(paced(count, work).unwrap(), "done");
        assert_eq!(synced.into_inner(), 3);
        let full = || Err(io::Error::from(io::ErrorKind::StorageFull));
        assert_eq!(paced(full, work).unwrap_err().kind(), io::ErrorKind::StorageFull);
    }

    #[test]
    fn a_file_is_shortened_to_a_piece_before_it_goes() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("mirror.db");
        let file = File::create(&path).unwrap();
        for (size, left) in [(0, 0), (PIECE, PIECE), (3 * PIECE + 1, 1)] {
            file.set_len(size).unwrap();
            shrink(&file, size).unwrap();
            assert_eq!(file.metadata().unwrap().len(), left, "{size}");
        }
        delete(&path).unwrap();
        assert!(!path.exists());
    }

    #[test]
    fn what_else_names_a_deleted_file_keeps_all_of_it() {
        let dir = tempfile::tempdir().unwrap();
        let [old, kept, linked] = ["old", "kept", "linked"].map(|name| dir.path().join(name));
        fs::create_dir(&old).unwrap();
        let size = 2 * PIECE;
        for name in ["mirror.db", "target"] {
            File::create(old.join(name)).unwrap().set_len(size).unwrap();
        }
        fs::hard_link(old.join("mirror.db"), &kept).unwrap();
        fs::rename(old.join("target"), &linked).unwrap();
        symlink(&linked, old.join("link")).unwrap();

        delete_folder(&old).unwrap();
        assert!(!old.exists());
        for path in [kept, linked] {
            assert_eq!(fs::metadata(path).unwrap().len(), size);
        }
    }
}
