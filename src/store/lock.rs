//! One writer per mirror, across processes.
//!
//! The kernel holds the lock and releases it when the process ends, however it ends: it is never stale. The
//! process id inside the file is only for people to read.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use super::Error;

/// The right to write a mirror. Dropping it gives it back.
#[derive(Debug)]
pub(super) struct InstanceLock {
    file: File,
}

impl Drop for InstanceLock {
    /// Closing the file is not enough: a child that is just being started has a copy of it until it runs its own
    /// program, and would keep the lock.
    fn drop(&mut self) {
        // Where unlocking fails, closing the file has to do.
        drop(self.file.unlock());
    }
}

impl InstanceLock {
    /// Takes the lock, or says who has it.
    pub(super) fn acquire(path: &Path) -> Result<Self, Error> {
        let file_error = |doing| {
            move |source| Error::File {
                doing,
                path: path.to_owned(),
                source,
            }
        };
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o640)
            .open(path)
            .map_err(file_error("open"))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(Error::InUse {
                    path: path.to_owned(),
                    pid: holder(&mut file),
                });
            }
            Err(TryLockError::Error(source)) => return Err(file_error("lock")(source)),
        }
        sign(&mut file).map_err(file_error("write"))?;
        Ok(Self { file })
    }
}

/// The process id in the file. Absent for the instant between locking and signing.
fn holder(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

fn sign(file: &mut File) -> io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    writeln!(file, "{}", std::process::id())
}
