//! What an export wrote, so that the next one knows its own files from those of others.
//!
//! One line of JSON for each file, in the order in which the mirror is read, so that old and new are compared as they
//! are read and neither is ever in memory as a whole. What is about to be written is noted in `next` before it is. If
//! an export is interrupted, the next one takes both lists together: each file is then as either of them says.

use std::cmp::Ordering;
use std::fs::File;
use std::io::{BufRead as _, BufReader, BufWriter, Seek as _, SeekFrom, Write as _};

use serde::{Deserialize, Serialize};

use crate::model::Timestamp;
use crate::store::ExportSite;

use super::Error;
use super::folder::{Folder, OWN};
use super::saved::Saved;

const LIST: &str = "manifest.jsonl";
const NEXT: &str = "next.jsonl";
const MERGED: &str = "merged.jsonl";

/// What a file belongs to. Sorts as the mirror is read: what is about the whole export, then each site, the pages of
/// a site by id, then its spaces.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Key {
    /// The domain of the site.
    pub(super) site: String,
    /// What of it.
    pub(super) of: Of,
    /// The id of that.
    pub(super) id: String,
}

impl Key {
    /// What of this site, by its id.
    pub(super) fn of(site: &ExportSite, of: Of, id: &str) -> Self {
        Self {
            site: site.domain.to_string(),
            of,
            id: id.to_owned(),
        }
    }
}

/// What files belong to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Of {
    /// The export or the site as a whole.
    #[default]
    All,
    /// A page.
    Page,
    /// A space.
    Space,
}

/// A file of the export.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    #[serde(flatten)]
    pub(super) key: Key,
    /// Where it is, below the folder.
    pub(super) path: String,
    /// What it holds; nothing if it is gone.
    pub(super) sha256: Option<String>,
    /// The edit that it shows; nothing for what nobody wrote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) saved: Option<Saved>,
    /// What of it is in the last commit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) committed: Option<Committed>,
}

/// What of a file is in the last commit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Committed {
    /// What it holds there.
    pub(super) sha256: String,
    /// When the edit was that it shows there.
    pub(super) at: Option<Timestamp>,
}

/// The records of one thing.
#[derive(Debug)]
pub(super) struct Group {
    /// Where they begin in the list.
    pub(super) offset: u64,
    pub(super) records: Vec<Record>,
}

/// The records of the last export, each thing's together.
pub(super) struct Known {
    groups: Groups,
    next: Option<Group>,
}

impl Known {
    /// Opens the list, after an interrupted export both lists as one.
    pub(super) fn open(folder: &Folder) -> Result<Self, Error> {
        if folder.own(NEXT)?.is_some() {
            merge(folder)?;
        }
        let mut groups = groups(folder)?;
        let next = groups.next().transpose()?;
        Ok(Self { groups, next })
    }

    /// The records of the next thing, if it comes before `key`, or at all where there is no `key`.
    pub(super) fn before(&mut self, key: Option<&Key>) -> Result<Option<Vec<Record>>, Error> {
        self.take(|next| key.is_none_or(|key| next.key < *key))
    }

    /// The records of this very thing, once everything before it was taken.
    pub(super) fn of(&mut self, key: &Key) -> Result<Vec<Record>, Error> {
        Ok(self.take(|next| next.key == *key)?.unwrap_or_default())
    }

    fn take(&mut self, is_meant: impl FnOnce(&Record) -> bool) -> Result<Option<Vec<Record>>, Error> {
        let first = self.next.as_ref().and_then(|group| group.records.first());
        if !first.is_some_and(is_meant) {
            return Ok(None);
        }
        let after = self.groups.next().transpose()?;
        Ok(std::mem::replace(&mut self.next, after).map(|group| group.records))
    }
}

/// The list, one thing after the other.
pub(super) struct Groups {
    records: Records,
    next: Option<(u64, Record)>,
}

/// Reads the list.
pub(super) fn groups(folder: &Folder) -> Result<Groups, Error> {
    Ok(Groups {
        records: Records::open(folder, LIST)?,
        next: None,
    })
}

/// The records that begin at this place of the list.
pub(super) fn group_at(folder: &Folder, offset: u64) -> Result<Group, Error> {
    let mut groups = groups(folder)?;
    groups.records.skip_to(offset)?;
    groups.next().unwrap_or_else(|| Err(groups.records.damaged()))
}

impl Iterator for Groups {
    type Item = Result<Group, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let (offset, first) = match self.next.take() {
            Some(next) => next,
            None => match self.records.placed() {
                Ok(next) => next?,
                Err(error) => return Some(Err(error)),
            },
        };
        let mut records = vec![first];
        loop {
            match self.records.placed() {
                Ok(Some((_, record))) if record.key == records[0].key => records.push(record),
                Ok(next) => {
                    self.next = next;
                    return Some(Ok(Group { offset, records }));
                }
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

/// The lines of a list.
struct Records {
    lines: Option<BufReader<File>>,
    name: &'static str,
    last: Key,
    /// Where the next line begins.
    at: u64,
}

impl Records {
    fn open(folder: &Folder, name: &'static str) -> Result<Self, Error> {
        Ok(Self {
            lines: folder.own(name)?.map(BufReader::new),
            name,
            last: Key::default(),
            at: 0,
        })
    }

    fn damaged(&self) -> Error {
        Error::Manifest {
            name: format!("{OWN}/{}", self.name),
        }
    }

    fn skip_to(&mut self, offset: u64) -> Result<(), Error> {
        self.at = offset;
        let skipped = self
            .lines
            .as_mut()
            .map(|lines| lines.seek(SeekFrom::Start(offset)));
        skipped.transpose().map(|_| ()).map_err(|_| self.damaged())
    }

    fn next(&mut self) -> Result<Option<Record>, Error> {
        Ok(self.placed()?.map(|(_, record)| record))
    }

    /// The next record, and where it begins.
    fn placed(&mut self) -> Result<Option<(u64, Record)>, Error> {
        let Some(lines) = &mut self.lines else {
            return Ok(None);
        };
        let mut line = String::new();
        if lines.read_line(&mut line).is_err() {
            return Err(self.damaged());
        }
        // What was interrupted ends in the middle of a line; what that was about had not been written yet.
        if !line.ends_with('\n') {
            return Ok(None);
        }
        let record: Record = serde_json::from_str(&line).map_err(|_| self.damaged())?;
        if record.key < self.last || !is_below(&record.path) {
            return Err(self.damaged());
        }
        self.last = record.key.clone();
        let at = self.at;
        self.at += line.len() as u64;
        Ok(Some((at, record)))
    }
}

/// Whether a path leads to a file below the folder.
fn is_below(path: &str) -> bool {
    let is_name = |name: &str| !matches!(name, "" | "." | ".." | OWN) && !name.contains('\0');
    path.split('/').all(is_name)
}

/// Makes one list of the last one and the one that was begun.
fn merge(folder: &Folder) -> Result<(), Error> {
    let (mut old, mut new) = (Records::open(folder, LIST)?, Records::open(folder, NEXT)?);
    let (mut left, mut right) = (old.next()?, new.next()?);
    let mut merged = Writer::open(folder, MERGED)?;
    loop {
        let order = match (&left, &right) {
            (Some(left), Some(right)) => left.key.cmp(&right.key),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => break,
        };
        if order == Ordering::Greater {
            merged.note(right.take().as_slice())?;
            right = new.next()?;
        } else {
            merged.note(left.take().as_slice())?;
            left = old.next()?;
        }
    }
    merged.flush()?;
    folder.rename_own(MERGED, LIST)?;
    folder.remove_own(NEXT)
}

/// Writes the list anew, each record as `change` has it.
pub(super) fn rewrite(folder: &Folder, change: impl Fn(Record) -> Option<Record>) -> Result<(), Error> {
    let mut records = Records::open(folder, LIST)?;
    let mut written = Writer::open(folder, MERGED)?;
    while let Some(record) = records.next()? {
        written.note(change(record).as_slice())?;
    }
    written.flush()?;
    folder.rename_own(MERGED, LIST)
}

/// A list being written.
pub(super) struct Writer<'a> {
    folder: &'a Folder,
    file: BufWriter<File>,
}

impl<'a> Writer<'a> {
    /// Begins the list of this export.
    pub(super) fn next(folder: &'a Folder) -> Result<Self, Error> {
        Self::open(folder, NEXT)
    }

    fn open(folder: &'a Folder, name: &str) -> Result<Self, Error> {
        Ok(Self {
            folder,
            file: BufWriter::new(folder.make_own(name)?),
        })
    }

    /// Notes what is about to be written.
    pub(super) fn note(&mut self, records: &[Record]) -> Result<(), Error> {
        for record in records {
            let line = serde_json::to_string(record).map_err(std::io::Error::from);
            line.and_then(|line| writeln!(self.file, "{line}"))
                .map_err(|error| self.failed(error))?;
        }
        Ok(())
    }

    /// Hands what was noted to the system, where it outlives this process.
    pub(super) fn flush(&mut self) -> Result<(), Error> {
        self.file
            .flush()
            .map_err(|error| Error::io("write", &self.folder.path().join(OWN), error))
    }

    fn failed(&self, error: std::io::Error) -> Error {
        Error::io("write", &self.folder.path().join(OWN), error)
    }

    /// Makes it the list that the next export begins with.
    pub(super) fn finish(mut self) -> Result<(), Error> {
        self.flush()?;
        self.folder.rename_own(NEXT, LIST)
    }
}
