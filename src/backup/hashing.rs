//! Digests of what passes by, as the mirror writes them: SHA-256, in hexadecimal.

use std::fmt::Write as _;
use std::io::{self, Read, Write};

use sha2::{Digest as _, Sha256};

/// How much is read at once.
const PIECE: usize = 256 << 10;

/// The size and digest of some bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sum {
    /// In bytes.
    pub(super) size: u64,
    pub(super) sha256: String,
}

/// Hands on what is written, and sums it up.
pub(super) struct Summing<W> {
    to: W,
    digest: Sha256,
    size: u64,
}

impl<W: Write> Summing<W> {
    pub(super) fn new(to: W) -> Self {
        Self {
            to,
            digest: Sha256::new(),
            size: 0,
        }
    }

    pub(super) fn finish(self) -> (W, Sum) {
        let sum = Sum {
            size: self.size,
            sha256: hexadecimal(&self.digest.finalize()),
        };
        (self.to, sum)
    }
}

impl<W: Write> Write for Summing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.to.write(bytes)?;
        self.digest.update(&bytes[..written]);
        self.size += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

/// Copies everything, and sums it up.
pub(super) fn copy(mut from: impl Read, to: impl Write) -> io::Result<Sum> {
    let mut to = Summing::new(to);
    let mut piece = vec![0; PIECE];
    loop {
        match from.read(&mut piece) {
            Ok(0) => break,
            Ok(read) => to.write_all(&piece[..read])?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    to.flush()?;
    Ok(to.finish().1)
}

/// Sums up everything that can be read.
pub(super) fn sum(from: impl Read) -> io::Result<Sum> {
    copy(from, io::sink())
}

/// Whether a text is a digest, and so safe as the name of a file.
pub(super) fn is_digest(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
