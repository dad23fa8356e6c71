//! Brings what is there in line with what belongs there, one thing's files after the other's.

use std::path::Path;

use super::decide::{Act, act};
use super::folder::{Content, Folder};
use super::manifest::{Key, Known, Record, Writer};
use super::saved::Saved;
use super::{Error, Event, Report};

/// A file that belongs into the folder.
pub(super) struct File {
    pub(super) path: String,
    pub(super) content: Content,
    /// The edit that it shows; nothing for what nobody wrote.
    pub(super) saved: Option<Saved>,
}

/// How files are put there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ways {
    /// Whether files are replaced that somebody changed or put in the way.
    pub(super) overwrite: bool,
    /// Whether attachments may be further names of the mirror's own files.
    pub(super) hard_links: bool,
}

/// Keeps the folder.
pub(super) struct Keeper<'a> {
    folder: &'a Folder,
    ways: Ways,
    known: Known,
    next: Writer<'a>,
    pub(super) report: Report,
    pub(super) tell: &'a mut dyn FnMut(Event),
}

impl<'a> Keeper<'a> {
    pub(super) fn new(folder: &'a Folder, ways: Ways, tell: &'a mut dyn FnMut(Event)) -> Result<Self, Error> {
        Ok(Self {
            folder,
            ways,
            known: Known::open(folder)?,
            next: Writer::next(folder)?,
            report: Report::default(),
            tell,
        })
    }

    /// Sees to the files of one thing: those that belong, and those that belonged when it was exported last.
    pub(super) fn settle(&mut self, key: &Key, files: &[File]) -> Result<(), Error> {
        self.retire(Some(key))?;
        let known = self.known.of(key)?;
        let mut acts = Vec::with_capacity(files.len());
        for file in files {
            let act = self.decide(file, &known)?;
            if act == Act::Leave {
                let before: Vec<Record> = records_of(&known, &file.path).cloned().collect();
                self.next.note(&before)?;
            } else {
                self.next.note(&[Record {
                    key: key.clone(),
                    path: file.path.clone(),
                    sha256: Some(file.content.sha256()),
                    saved: file.saved.clone(),
                    committed: records_of(&known, &file.path).find_map(|record| record.committed.clone()),
                }])?;
            }
            acts.push(act);
        }
        let gone: Vec<&Record> = known
            .iter()
            .filter(|record| files.iter().all(|file| file.path != record.path))
            .collect();
        self.mourn(&gone)?;
        self.next.flush()?;
        for (file, act) in files.iter().zip(acts) {
            self.carry_out(act, file)?;
        }
        self.remove(&gone)
    }

    /// Removes what belonged to things that are gone: all that comes before `key`.
    fn retire(&mut self, key: Option<&Key>) -> Result<(), Error> {
        while let Some(gone) = self.known.before(key)? {
            let gone: Vec<&Record> = gone.iter().collect();
            self.mourn(&gone)?;
            self.next.flush()?;
            self.remove(&gone)?;
        }
        Ok(())
    }

    /// Removes what is left of things that are gone, and makes the list the one that the next export begins with.
    pub(super) fn finish(mut self) -> Result<Report, Error> {
        self.retire(None)?;
        self.next.finish()?;
        Ok(self.report)
    }

    fn decide(&self, file: &File, known: &[Record]) -> Result<Act, Error> {
        let wanted = file.content.sha256();
        let like: Option<(&Path, &str)> = match &file.content {
            Content::Text(_) => None,
            Content::Blob { path, sha256 } => Some((path, sha256)),
        };
        let found = self.folder.look(&file.path, like)?;
        let ours: Vec<&str> = records_of(known, &file.path)
            .filter_map(|record| record.sha256.as_deref())
            .collect();
        Ok(act(&found, &ours, Some(&wanted), self.ways.overwrite))
    }

    fn carry_out(&mut self, act: Act, file: &File) -> Result<(), Error> {
        match act {
            Act::Write => {
                self.folder
                    .write(&file.path, &file.content, self.ways.hard_links)?;
                self.report.written += 1;
            }
            Act::Keep => self.report.unchanged += 1,
            Act::Leave | Act::Remove => self.keep(&file.path),
        }
        Ok(())
    }

    /// Notes of what is about to go that the last commit still has it.
    fn mourn(&mut self, gone: &[&Record]) -> Result<(), Error> {
        for record in gone.iter().filter(|record| record.committed.is_some()) {
            self.next.note(&[Record {
                sha256: None,
                ..(*record).clone()
            }])?;
        }
        Ok(())
    }

    fn remove(&mut self, gone: &[&Record]) -> Result<(), Error> {
        for (at, record) in gone.iter().enumerate() {
            if gone[..at].iter().any(|other| other.path == record.path) {
                continue;
            }
            let ours: Vec<&str> = gone
                .iter()
                .filter(|other| other.path == record.path)
                .filter_map(|other| other.sha256.as_deref())
                .collect();
            let found = self.folder.look(&record.path, None)?;
            match act(&found, &ours, None, false) {
                Act::Remove => {
                    self.folder.remove(&record.path)?;
                    self.report.removed += 1;
                }
                Act::Leave if !ours.is_empty() => self.keep(&record.path),
                _ => self.folder.tidy(&record.path),
            }
        }
        Ok(())
    }

    fn keep(&mut self, path: &str) {
        self.report.kept += 1;
        (self.tell)(Event::Kept {
            path: path.to_owned(),
        });
    }
}

fn records_of<'r>(known: &'r [Record], path: &str) -> impl Iterator<Item = &'r Record> {
    known.iter().filter(move |record| record.path == path)
}
