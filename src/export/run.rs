//! One export from beginning to end.

use std::path::Path;

use crate::store::{ExportFile, ExportPage, ExportSite, Reader, Whereabouts};

use super::decide::{Act, act};
use super::folder::{Content, Folder};
use super::links::Atlas;
use super::manifest::{Key, Known, Of, Record, Writer};
use super::places::Places;
use super::{Error, Event, Options, Report, document};

/// Pages that are in memory at once.
const BATCH: usize = 50;

/// Makes the folder say what the mirror says. Only what differs is written, only what was written by an export is
/// removed. May be interrupted at any time; the next one goes on.
pub fn export(reader: &Reader, options: &Options, tell: &mut dyn FnMut(Event)) -> Result<Report, Error> {
    let sites = sites(reader, options)?;
    let folder = Folder::open(&options.dir)?;
    folder.hide_own()?;
    let mut export = Export {
        options,
        known: Known::open(&folder)?,
        next: Writer::next(&folder)?,
        folder: &folder,
        report: Report::default(),
        tell,
    };
    for site in &sites {
        export.site(reader, site)?;
    }
    export.retire(None)?;
    let Export { next, report, .. } = export;
    next.finish()?;
    Ok(report)
}

/// The sites that are asked for and have something that is.
fn sites(reader: &Reader, options: &Options) -> Result<Vec<ExportSite>, Error> {
    let mut found = Vec::new();
    for site in reader.export_sites()? {
        let is_meant = options.sites.is_empty() || options.sites.contains(&site.domain);
        if is_meant && !reader.export_pages(&site, &options.scope, "", 1)?.is_empty() {
            found.push(site);
        }
    }
    // A slip of the pen must not empty the folder.
    if found.is_empty() {
        return Err(Error::Nothing);
    }
    Ok(found)
}

/// A file that belongs into the folder.
struct File {
    path: String,
    content: Content,
}

struct Export<'a> {
    options: &'a Options,
    folder: &'a Folder,
    known: Known,
    next: Writer<'a>,
    report: Report,
    tell: &'a mut dyn FnMut(Event),
}

impl Export<'_> {
    fn site(&mut self, reader: &Reader, site: &ExportSite) -> Result<(), Error> {
        let places = Places::new(&site.domain, &reader.spaces()?, self.options.format);
        let atlas = Atlas::new(reader, site, &self.options.scope, &places, &self.options.files);
        let mut after = String::new();
        loop {
            let pages = reader.export_pages(site, &self.options.scope, &after, BATCH)?;
            let Some(last) = pages.last() else { return Ok(()) };
            last.page.id.as_str().clone_into(&mut after);
            for page in pages {
                self.page(&atlas, page)?;
            }
        }
    }

    fn page(&mut self, atlas: &Atlas<'_>, mut page: ExportPage) -> Result<(), Error> {
        if !self.options.comments {
            page.comments.clear();
        }
        let path = atlas.places.of_page(&whereabouts(&page));
        let attachments = self.attachments(atlas, &page, &path);
        let text = text(atlas, &page, &path, &attachments)?;
        let mut files = vec![File {
            path,
            content: Content::Text(text),
        }];
        files.extend(attachments);
        let key = Key {
            site: atlas.site.domain.to_string(),
            of: Of::Page,
            id: page.page.id.to_string(),
        };
        self.settle(&key, page.page.version, &files)?;
        self.report.pages += 1;
        (self.tell)(Event::Page);
        Ok(())
    }

    /// The files of the attachments of the page at `page_path`, as far as the mirror has them.
    fn attachments(&mut self, atlas: &Atlas<'_>, page: &ExportPage, page_path: &str) -> Vec<File> {
        let mut files = Vec::new();
        for attachment in &page.attachments {
            let path = atlas.places.of_attachment(page_path, attachment);
            match file(atlas, attachment, path) {
                Ok(file) => files.push(file),
                Err(path) => {
                    self.report.missing += 1;
                    if attachment.sha256.is_some() {
                        (self.tell)(Event::Lost { path });
                    }
                }
            }
        }
        self.report.attachments += files.len() as u64;
        files
    }

    /// Sees to the files of one thing: those that belong, and those that belonged when it was exported last.
    fn settle(&mut self, key: &Key, version: u32, files: &[File]) -> Result<(), Error> {
        self.retire(Some(key))?;
        let known = self.known.of(key)?;
        let mut acts = Vec::with_capacity(files.len());
        for file in files {
            let act = self.decide(file, &known)?;
            let record = Record {
                key: key.clone(),
                path: file.path.clone(),
                sha256: Some(file.content.sha256()),
                version,
                committed: committed(&known, &file.path),
            };
            match act {
                Act::Leave => {
                    let before: Vec<Record> = records_of(&known, &file.path).cloned().collect();
                    self.next.note(&before)?;
                }
                _ => self.next.note(&[record])?,
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
        Ok(act(&found, &ours, Some(&wanted), self.options.overwrite))
    }

    fn carry_out(&mut self, act: Act, file: &File) -> Result<(), Error> {
        match act {
            Act::Write => {
                self.folder
                    .write(&file.path, &file.content, self.options.hard_links)?;
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

fn committed(known: &[Record], path: &str) -> Option<(String, u32)> {
    records_of(known, path).find_map(|record| record.committed.clone())
}

fn whereabouts(page: &ExportPage) -> Whereabouts {
    Whereabouts {
        id: page.page.id.clone(),
        kind: page.page.kind.clone(),
        title: page.page.title.clone(),
        space_id: page.page.space_id.clone(),
        ancestors: page.page.ancestors.clone(),
    }
}

/// The file of an attachment, or where it would have been.
fn file(atlas: &Atlas<'_>, attachment: &ExportFile, path: String) -> Result<File, String> {
    match (atlas.blob(attachment), &attachment.sha256) {
        (Some(blob), Some(sha256)) => Ok(File {
            path,
            content: Content::Blob {
                path: blob,
                sha256: sha256.clone(),
            },
        }),
        _ => Err(path),
    }
}

/// The text of a page's own file.
fn text(atlas: &Atlas<'_>, page: &ExportPage, path: &str, attachments: &[File]) -> Result<String, Error> {
    let body = atlas.relinked(&page.page.markdown, page, path)?;
    let mut comments = page.comments.clone();
    for comment in &mut comments {
        comment.markdown = atlas.relinked(&comment.markdown, page, path)?;
    }
    let attachments: Vec<String> = attachments.iter().map(|file| file.path.clone()).collect();
    Ok(document::markdown(page, &attachments, &body, &comments))
}
