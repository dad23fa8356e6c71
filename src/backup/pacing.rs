//! Files that are handed to the disk piece by piece while they are written.
//!
//! Whoever syncs a file waits for whatever else the disk still has to write, and the writer of the mirror syncs its log
//! with every commit. So nothing large is left for the disk to write all at once.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

/// How much may be left for the disk.
pub(super) const PIECE: u64 = 4 << 20;

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
