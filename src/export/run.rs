//! One export from beginning to end.

use crate::store::{ExportFile, ExportPage, ExportSite, Reader, SpaceView, Whereabouts};

use super::folder::{Content, Folder};
use super::html;
use super::keeper::{File, Keeper, Ways};
use super::links::Atlas;
use super::manifest::{Key, Of};
use super::places::Places;
use super::saved::Saved;
use super::{Attached, Error, Event, Format, Options, Report, document, git};

/// Pages that are in memory at once.
const BATCH: usize = 50;

/// Makes the folder say what the mirror says. Only what differs is written, only what was written by an export is
/// removed. May be interrupted at any time; the next one goes on.
pub fn export(reader: &Reader, options: &Options, tell: &mut dyn FnMut(Event)) -> Result<Report, Error> {
    let sites = sites(reader, options)?;
    let spaces = reader.spaces()?;
    let holdings = holdings(reader, options, &sites, &spaces)?;
    let folder = Folder::open(&options.dir)?;
    folder.hide_own()?;
    let ways = Ways {
        overwrite: options.overwrite,
        hard_links: options.hard_links,
    };
    let mut export = Export {
        options,
        reader,
        keeper: Keeper::new(&folder, ways, tell)?,
    };
    if options.format == Format::Html {
        export.beginning(&holdings)?;
    }
    for (site, places, spaces) in &holdings {
        export.site(site, places, spaces)?;
    }
    let mut report = export.keeper.finish()?;
    if let Some(now) = options.git {
        report.commits = git::commit(&folder, now)?;
    }
    Ok(report)
}

/// The sites that are asked for and have something that is.
fn sites(reader: &Reader, options: &Options) -> Result<Vec<(ExportSite, Places)>, Error> {
    let spaces = reader.spaces()?;
    let mut found = Vec::new();
    for site in reader.export_sites()? {
        let is_meant = options.sites.is_empty() || options.sites.contains(&site.domain);
        if is_meant && !reader.export_pages(&site, &options.scope, "", 1)?.is_empty() {
            let places = Places::new(&site.domain, &spaces, options.format);
            found.push((site, places));
        }
    }
    // A slip of the pen must not empty the folder.
    if found.is_empty() {
        return Err(Error::Nothing);
    }
    Ok(found)
}

/// The same with those of their spaces that have something that is asked for, by key.
fn holdings<'a>(
    reader: &Reader,
    options: &Options,
    sites: &'a [(ExportSite, Places)],
    spaces: &'a [SpaceView],
) -> Result<Vec<html::Holdings<'a>>, Error> {
    let mut holdings = Vec::with_capacity(sites.len());
    for (site, places) in sites {
        let mut held = Vec::new();
        let here = |space: &&SpaceView| space.site == site.domain && options.format == Format::Html;
        for space in spaces.iter().filter(here) {
            if !reader.below(site, &options.scope, &space.id, None, 1)?.is_empty() {
                held.push(space);
            }
        }
        holdings.push((site, places, held));
    }
    Ok(holdings)
}

struct Export<'a> {
    options: &'a Options,
    reader: &'a Reader,
    keeper: Keeper<'a>,
}

impl Export<'_> {
    /// What belongs to no site.
    fn beginning(&mut self, holdings: &[html::Holdings<'_>]) -> Result<(), Error> {
        let files = [
            ("index.html", html::of_everything(holdings)),
            (html::STYLESHEET, html::STYLE.to_owned()),
        ];
        let files = files.map(|(path, text)| made(path.to_owned(), text));
        self.keeper.settle(&Key::default(), &files)
    }

    fn site(&mut self, site: &ExportSite, places: &Places, spaces: &[&SpaceView]) -> Result<(), Error> {
        let atlas = Atlas::new(
            self.reader,
            site,
            &self.options.scope,
            places,
            &self.options.files,
        );
        let mut after = String::new();
        loop {
            let pages = self
                .reader
                .export_pages(site, &self.options.scope, &after, BATCH)?;
            let Some(last) = pages.last() else { break };
            last.page.id.as_str().clone_into(&mut after);
            for page in pages {
                self.page(&atlas, page)?;
            }
        }
        if self.options.format == Format::Html {
            // In the order of the manifest.
            let mut spaces = spaces.to_vec();
            spaces.sort_by(|a, b| a.id.as_str().cmp(b.id.as_str()));
            for space in spaces {
                self.space(&atlas, space)?;
            }
        }
        Ok(())
    }

    fn page(&mut self, atlas: &Atlas<'_>, mut page: ExportPage) -> Result<(), Error> {
        if !self.options.comments {
            page.comments.clear();
        }
        if let Some(target) = &page.page.embed_url {
            // A smart link says nothing else.
            page.page.markdown = document::link(target);
        }
        let path = atlas.places.of_page(&whereabouts(&page));
        let (mut files, attached) = self.attachments(atlas, &page, &path);
        let text = self.text(atlas, &mut page, &path, &attached)?;
        let file = File {
            content: Content::Text(text),
            saved: Some(Saved::of_page(&page)),
            path,
        };
        files.insert(0, file);
        self.keeper
            .settle(&key(atlas, Of::Page, page.page.id.as_str()), &files)?;
        self.keeper.report.pages += 1;
        (self.keeper.tell)(Event::Page);
        Ok(())
    }

    /// The text of a page's own file.
    fn text(
        &self,
        atlas: &Atlas<'_>,
        page: &mut ExportPage,
        path: &str,
        attached: &[Attached],
    ) -> Result<String, Error> {
        let body = atlas.relinked(&page.page.markdown, page, path)?;
        let comments: Result<Vec<String>, _> = page
            .comments
            .iter()
            .map(|comment| atlas.relinked(&comment.markdown, page, path))
            .collect();
        page.page.markdown = body;
        for (comment, markdown) in page.comments.iter_mut().zip(comments?) {
            comment.markdown = markdown;
        }
        match self.options.format {
            Format::Markdown => Ok(document::markdown(page, attached)),
            Format::Html => html::page(atlas, page, path, attached),
        }
    }

    /// The files of the attachments of the page at `page_path`, as far as the mirror has them.
    fn attachments(
        &mut self,
        atlas: &Atlas<'_>,
        page: &ExportPage,
        page_path: &str,
    ) -> (Vec<File>, Vec<Attached>) {
        let (mut files, mut attached) = (Vec::new(), Vec::new());
        for attachment in &page.attachments {
            let path = atlas.places.of_attachment(page_path, attachment);
            if let Some(content) = blob(atlas, attachment) {
                attached.push(Attached {
                    title: attachment.title.clone(),
                    size: attachment.size,
                    path: path.clone(),
                });
                files.push(File {
                    path,
                    content,
                    saved: Some(Saved::of_attachment(attachment, page)),
                });
            } else {
                self.keeper.report.missing += 1;
                if attachment.sha256.is_some() {
                    (self.keeper.tell)(Event::Lost { path });
                }
            }
        }
        self.keeper.report.attachments += files.len() as u64;
        (files, attached)
    }

    fn space(&mut self, atlas: &Atlas<'_>, space: &SpaceView) -> Result<(), Error> {
        let mut number = 0;
        html::of_space(atlas, space, &mut |path, text| {
            // One thing each, so that a register is never in memory as a whole.
            let key = key(atlas, Of::Space, &format!("{}/{number:06}", space.id));
            number += 1;
            self.keeper.settle(&key, &[made(path, text)])
        })
    }
}

/// A file that nobody wrote.
fn made(path: String, text: String) -> File {
    File {
        path,
        content: Content::Text(text),
        saved: None,
    }
}

fn key(atlas: &Atlas<'_>, of: Of, id: &str) -> Key {
    Key {
        site: atlas.site.domain.to_string(),
        of,
        id: id.to_owned(),
    }
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

/// What the file of an attachment holds, if the mirror has it.
fn blob(atlas: &Atlas<'_>, attachment: &ExportFile) -> Option<Content> {
    Some(Content::Blob {
        path: atlas.blob(attachment)?,
        sha256: attachment.sha256.clone()?,
    })
}
