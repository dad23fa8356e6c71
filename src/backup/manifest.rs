//! What a backup says of itself.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::model::Timestamp;
use crate::store::Holdings;

use super::Error;
use super::hashing::{self, Sum, is_digest};

pub(super) const MANIFEST: &str = "manifest.json";
pub(super) const SUMS: &str = "SHA256SUMS";
pub(super) const LIST: &str = "attachments.txt";

/// The layout that this program writes.
pub(super) const FORMAT: u32 = 1;

/// Everything that is to be known about a backup without opening it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Manifest {
    /// The version of the layout.
    pub(super) format: u32,
    /// The version of the program that took it.
    pub(super) millpond: String,
    /// The version of the database's schema.
    pub(super) schema: u32,
    /// When it was taken.
    pub(super) taken_at: Timestamp,
    /// The sites that are in it.
    pub(super) sites: Vec<String>,
    /// How much there is of everything.
    pub(super) holdings: Holdings,
    /// The file of the database.
    pub(super) database: Database,
    /// The files of attachments.
    pub(super) attachments: Attachments,
}

/// The file of the database.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Database {
    /// `mirror.db`, or `mirror.db.zst` if it is compressed.
    pub(super) file: String,
    /// The file.
    pub(super) stored: Sum,
    /// The database in it.
    pub(super) plain: Sum,
}

/// The files of attachments.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Attachments {
    /// The list of them.
    pub(super) list: Sum,
    /// How many there are.
    pub(super) count: u64,
    /// How many bytes they have.
    pub(super) bytes: u64,
    /// How many the mirror itself had lost when the backup was taken.
    pub(super) lacking: u64,
}

impl Manifest {
    /// Puts it into the folder of a backup, with the sums of all files.
    pub(super) fn write(&self, backup: &Path) -> Result<(), Error> {
        let path = backup.join(MANIFEST);
        let mut text = serde_json::to_vec_pretty(self)
            .map_err(std::io::Error::from)
            .map_err(Error::io("write", &path))?;
        text.push(b'\n');
        write(&path, &text)?;
        write(&backup.join(SUMS), self.sums(&text).as_bytes())
    }

    /// What stands in the file of sums beside a manifest with this text.
    fn sums(&self, text: &[u8]) -> String {
        let manifest = hashing::sum(text).unwrap_or_default();
        let line = |sum: &Sum, name: &str| format!("{}  {name}\n", sum.sha256);
        line(&self.attachments.list, LIST)
            + &line(&manifest, MANIFEST)
            + &line(&self.database.stored, &self.database.file)
    }

    /// Reads it, unless it or the file of sums is not as it was written. Says which then.
    pub(super) fn read(backup: &Path) -> Result<Self, String> {
        let read = |name: &str| fs::read(backup.join(name)).map_err(|error| format!("{name}: {error}"));
        let (text, sums) = (read(MANIFEST)?, read(SUMS)?);
        let sums = String::from_utf8(sums).map_err(|_| format!("{SUMS} is not as it was written"))?;
        let digest = hashing::sum(&*text).unwrap_or_default().sha256;
        let is_listed = sums.lines().any(|line| line == format!("{digest}  {MANIFEST}"));
        let manifest: Option<Self> = serde_json::from_slice(&text).ok();
        match manifest {
            Some(manifest) if manifest.sums(&text) == sums => match manifest.format {
                FORMAT => Ok(manifest),
                other => Err(format!(
                    "{MANIFEST} has the format {other}, which a newer millpond wrote"
                )),
            },
            // Which of the two differs shows in the line of the one in the other.
            Some(_) if is_listed => Err(format!("{SUMS} is not as it was written")),
            _ => Err(format!(
                "{MANIFEST} or its line in {SUMS} is not as it was written"
            )),
        }
    }
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    File::create(path)
        .and_then(|mut file| file.write_all(bytes))
        .map_err(Error::io("write", path))
}

/// A file of an attachment in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Listed {
    /// Its digest, which is its name.
    pub(super) sha256: String,
    /// Its size in bytes; nothing for one that the mirror itself had lost.
    pub(super) size: Option<u64>,
}

impl Listed {
    pub(super) fn line(&self) -> String {
        match self.size {
            Some(size) => format!("{} {size}\n", self.sha256),
            None => format!("{} -\n", self.sha256),
        }
    }

    fn parse(line: &str) -> Option<Self> {
        let (sha256, size) = line.strip_suffix('\n')?.split_once(' ')?;
        let size = match size {
            "-" => None,
            size => Some(size.parse().ok()?),
        };
        is_digest(sha256).then(|| Self {
            sha256: sha256.to_owned(),
            size,
        })
    }
}

/// Reads a list line by line. What makes no sense is an error of its own.
pub(super) fn listed(backup: &Path) -> Result<impl Iterator<Item = Result<Listed, Error>> + use<>, Error> {
    let path = backup.join(LIST);
    let mut lines = BufReader::new(File::open(&path).map_err(Error::io("read", &path))?);
    Ok(std::iter::from_fn(move || {
        let mut line = String::new();
        match lines.read_line(&mut line) {
            Ok(0) => None,
            Ok(_) => Some(Listed::parse(&line).ok_or_else(|| Error::Damaged {
                path: path.clone(),
                problems: vec!["a line of it is not as it was written".to_owned()],
            })),
            Err(error) => Some(Err(Error::io("read", &path)(error))),
        }
    }))
}
