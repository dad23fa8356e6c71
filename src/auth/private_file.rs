//! Files that nobody but their owner may read.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use zeroize::Zeroizing;

use super::Error;

/// A grant is a few kilobytes; whatever is larger is something else.
const LARGEST_FILE: u64 = 1024 * 1024;

/// Tells one content of a file from another without reading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FileMark {
    inode: u64,
    size: u64,
    modified: (i64, i64),
}

impl FileMark {
    pub(super) fn of(metadata: &fs::Metadata) -> Self {
        Self {
            inode: metadata.ino(),
            size: metadata.size(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
        }
    }
}

/// Writes and syncs a file that replaces what an interrupted attempt may have left.
pub(super) fn write_beside(path: &Path, content: &[u8]) -> io::Result<FileMark> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = open_private(OpenOptions::new().create_new(true).write(true), path)?;
    file.write_all(content)?;
    file.sync_all()?;
    Ok(FileMark::of(&file.metadata()?))
}

/// Opens a file that nobody but its owner may read if it is new.
pub(super) fn open_private(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    options.mode(0o600).open(path)
}

/// The content of a file, which must be private.
pub(super) fn read_private(path: &Path) -> Result<Option<Zeroizing<Vec<u8>>>, Error> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::file("read", path)(error)),
    };
    let metadata = file.metadata().map_err(Error::file("examine", path))?;
    refuse_exposed(path, &metadata, 0o600)?;
    let mut content = Zeroizing::new(Vec::new());
    file.take(LARGEST_FILE)
        .read_to_end(&mut content)
        .map_err(Error::file("read", path))?;
    Ok(Some(content))
}

/// Refuses what has permissions for others than its owner.
pub(super) fn refuse_exposed(path: &Path, metadata: &fs::Metadata, needed: u32) -> Result<(), Error> {
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o700 == mode {
        return Ok(());
    }
    Err(Error::ExposedTokenFile {
        path: path.to_owned(),
        mode,
        needed,
    })
}
