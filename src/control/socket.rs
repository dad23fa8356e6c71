//! The socket as a file: whose it is, and whose it was.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::{Path, PathBuf};

use tokio::net::UnixListener;

/// The socket of the running daemon. Dropping it takes the file away.
#[derive(Debug)]
pub struct Socket {
    pub(super) listener: UnixListener,
    file: File,
}

/// The file that clients find the socket by.
#[derive(Debug)]
struct File(PathBuf);

impl Drop for File {
    fn drop(&mut self) {
        // A file that stays is known to be stale by the next start, and by every client.
        drop(fs::remove_file(&self.0));
    }
}

impl Socket {
    /// Opens the socket at `path`, for its owner and, if there is one, for the group of this number.
    ///
    /// Only who holds the lock of the instance may call this: then nobody listens to what is at that path.
    pub fn bind(path: &Path, group: Option<u32>) -> io::Result<Self> {
        // Nobody finds it under this name, so that nobody writes to it before its permissions are what they should be.
        let beside = path.with_extension("new");
        remove_if_there(&beside)?;
        let listener = UnixListener::bind(&beside)?;
        let mode = if group.is_some() { 0o660 } else { 0o600 };
        fs::set_permissions(&beside, Permissions::from_mode(mode))?;
        if group.is_some() {
            chown(&beside, None, group)?;
        }
        fs::rename(&beside, path)?;
        Ok(Self {
            listener,
            file: File(path.to_owned()),
        })
    }

    pub(super) fn into_parts(self) -> (UnixListener, impl Drop) {
        (self.listener, self.file)
    }
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_socket_is_its_owners_takes_the_place_of_a_stale_one_and_goes_with_the_daemon() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("millpond.sock");
        fs::write(&path, "left by a crash").unwrap();
        fs::write(folder.path().join("millpond.new"), "and this, too").unwrap();
        let socket = Socket::bind(&path, None).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        tokio::net::UnixStream::connect(&path).await.unwrap();
        drop(socket);
        assert!(!path.exists());
    }
}
