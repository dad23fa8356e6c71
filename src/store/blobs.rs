//! The files of attachments: each under the digest of what it holds, so that equal files are one.
//!
//! A file is written under another name first, synced, and renamed; a name that looks like a digest is therefore a
//! whole file. Rows refer to digests only afterwards.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use sha2::{Digest, Sha256};
use tokio::task::spawn_blocking;

/// Below the state directory.
const FOLDER: &str = "attachments";

/// Where files are while they come.
const INCOMING: &str = "incoming";

/// How much is gathered before it is written.
const GATHERED: usize = 256 << 10;

/// The folder of the files.
#[derive(Clone, Debug)]
pub struct Blobs {
    dir: PathBuf,
}

/// A file that is being written. Dropped before it is finished, it leaves nothing behind.
pub struct NewBlob {
    dir: PathBuf,
    path: PathBuf,
    /// Nothing only while it is at work elsewhere, or after a failure.
    open: Option<Open>,
    gathered: Vec<u8>,
    size: u64,
}

struct Open {
    file: File,
    digest: Sha256,
}

impl Blobs {
    /// The files of the mirror in `state_dir`.
    pub fn new(state_dir: &Path) -> Self {
        Self {
            dir: state_dir.join(FOLDER),
        }
    }

    /// Where the file with this digest is.
    pub fn path(&self, sha256: &str) -> PathBuf {
        self.dir.join(sha256.get(..2).unwrap_or_default()).join(sha256)
    }

    /// Drops what an earlier process left half written. Only the holder of the instance lock may, before it begins
    /// the first file: the connections of a process share the folder.
    pub(super) fn clear(&self) -> io::Result<()> {
        match fs::remove_dir_all(self.dir.join(INCOMING)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Begins a file.
    pub async fn begin(&self) -> io::Result<NewBlob> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let incoming = self.dir.join(INCOMING);
        let path = incoming.join(NUMBER.fetch_add(1, Ordering::Relaxed).to_string());
        let dir = self.dir.clone();
        blocking(move || {
            fs::create_dir_all(&incoming)?;
            let file = File::create(&path)?;
            Ok(NewBlob {
                dir,
                path,
                open: Some(Open {
                    file,
                    digest: Sha256::new(),
                }),
                gathered: Vec::with_capacity(GATHERED),
                size: 0,
            })
        })
        .await
    }

    /// The digest of the file with this name, read again; nothing if there is none.
    pub fn digest(&self, sha256: &str) -> io::Result<Option<String>> {
        let mut file = match File::open(self.path(sha256)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file?,
        };
        let mut digest = Sha256::new();
        let mut piece = vec![0; GATHERED];
        loop {
            match file.read(&mut piece)? {
                0 => return Ok(Some(hexadecimal(&digest.finalize()))),
                read => digest.update(&piece[..read]),
            }
        }
    }

    /// The digests of all files, with their sizes.
    pub fn all(&self) -> io::Result<Vec<(String, u64)>> {
        let mut found = Vec::new();
        for folder in entries(&self.dir)? {
            if folder.file_name().is_some_and(|name| name == INCOMING) || !folder.is_dir() {
                continue;
            }
            for file in entries(&folder)? {
                let name = file.file_name().and_then(|name| name.to_str());
                if let Some(name) = name.filter(|name| is_digest(name)) {
                    found.push((name.to_owned(), fs::metadata(&file)?.len()));
                }
            }
        }
        Ok(found)
    }

    /// Removes a file that nothing refers to, or that is not what its name says.
    pub fn remove(&self, sha256: &str) -> io::Result<()> {
        match fs::remove_file(self.path(sha256)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

impl NewBlob {
    /// How much has been written.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Appends a piece.
    pub async fn write(&mut self, piece: &[u8]) -> io::Result<()> {
        self.gathered.extend_from_slice(piece);
        self.size += piece.len() as u64;
        if self.gathered.len() < GATHERED {
            return Ok(());
        }
        self.flush().await
    }

    async fn flush(&mut self) -> io::Result<()> {
        let mut open = self.open.take().ok_or_else(broken)?;
        let mut gathered = std::mem::take(&mut self.gathered);
        let (open, gathered) = blocking(move || {
            open.file.write_all(&gathered)?;
            open.digest.update(&gathered);
            gathered.clear();
            Ok((open, gathered))
        })
        .await?;
        (self.open, self.gathered) = (Some(open), gathered);
        Ok(())
    }

    /// Makes the file durable under its digest, and says which that is.
    pub async fn finish(mut self) -> io::Result<String> {
        self.flush().await?;
        let open = self.open.take().ok_or_else(broken)?;
        let (dir, path) = (self.dir.clone(), self.path.clone());
        blocking(move || {
            open.file.sync_all()?;
            let sha256 = hexadecimal(&open.digest.finalize());
            let blobs = Blobs { dir };
            let place = blobs.path(&sha256);
            let folder = place.parent().ok_or_else(broken)?;
            if !folder.is_dir() {
                fs::create_dir_all(folder)?;
                File::open(&blobs.dir)?.sync_all()?;
            }
            // The same bytes under the same name: whichever was there before is as good.
            fs::rename(&path, &place)?;
            File::open(folder)?.sync_all()?;
            Ok(sha256)
        })
        .await
    }
}

impl Drop for NewBlob {
    fn drop(&mut self) {
        // Gone already if it was finished; what cannot be removed is cleared by the next process.
        drop(fs::remove_file(&self.path));
    }
}

impl fmt::Debug for NewBlob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewBlob")
            .field("size", &self.size)
            .finish_non_exhaustive()
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    spawn_blocking(work).await.map_err(io::Error::other)?
}

fn broken() -> io::Error {
    io::Error::other("the file was given up after a failure")
}

fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        entries => entries?.map(|entry| Ok(entry?.path())).collect(),
    }
}

fn is_digest(name: &str) -> bool {
    name.len() == 64 && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn hexadecimal(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(nibble.into(), 16).unwrap_or_default();
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn equal_files_are_one_under_their_digest_and_half_files_leave_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let blobs = Blobs::new(dir.path());
        for _ in 0..2 {
            let mut blob = blobs.begin().await.unwrap();
            blob.write(b"ab").await.unwrap();
            blob.write(b"c").await.unwrap();
            let sha256 = blob.finish().await.unwrap();
            assert_eq!(
                sha256,
                "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
            );
            assert_eq!(blobs.digest(&sha256).unwrap(), Some(sha256.clone()));
            assert!(blobs.path(&sha256).ends_with(format!("attachments/ba/{sha256}")));
        }
        let mut half = blobs.begin().await.unwrap();
        half.write(&vec![1; GATHERED + 1]).await.unwrap();
        drop(half);
        assert_eq!(blobs.all().unwrap().len(), 1);
        assert_eq!(
            fs::read_dir(dir.path().join("attachments/incoming"))
                .unwrap()
                .count(),
            0
        );
        blobs.clear().unwrap();
        assert!(!dir.path().join("attachments/incoming").exists());
    }
}
