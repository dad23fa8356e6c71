//! One export from beginning to end.

use std::sync::mpsc::sync_channel;
use std::thread;

use crate::store::{ExportSite, Reader, SpaceView};

use super::folder::{Content, Folder};
use super::html;
use super::keeper::{File, Keeper, Ways};
use super::links::Atlas;
use super::manifest::{Key, Of};
use super::places::Places;
use super::wording::{Worded, word_all};
use super::{Error, Event, Format, Options, Report, git};

/// Pages that wait to be written. Few: each can be large.
const WAITING: usize = 4;

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

    /// Pages are put into words by a thread of their own while those before them are compared and written.
    fn site(&mut self, site: &ExportSite, places: &Places, spaces: &[&SpaceView]) -> Result<(), Error> {
        let options = self.options;
        let atlas = Atlas::new(self.reader, site, &options.scope, places, &options.files);
        let atlas = &atlas;
        thread::scope(|scope| {
            let (worded, pages) = sync_channel(WAITING);
            scope.spawn(move || {
                // A failure is the last that is sent. Where nobody takes it, there was one on the other side.
                if let Err(error) = word_all(options, atlas, &worded) {
                    worded.send(Err(error)).ok();
                }
            });
            pages.into_iter().try_for_each(|page| self.page(page?))
        })?;
        if options.format == Format::Html {
            // In the order of the manifest.
            let mut spaces = spaces.to_vec();
            spaces.sort_by(|a, b| a.id.as_str().cmp(b.id.as_str()));
            for space in spaces {
                self.space(atlas, space)?;
            }
        }
        Ok(())
    }

    fn page(&mut self, page: Worded) -> Result<(), Error> {
        let Keeper { report, tell, .. } = &mut self.keeper;
        report.missing += page.missing;
        report.attachments += page.files.len() as u64 - 1;
        page.lost.into_iter().for_each(|path| tell(Event::Lost { path }));
        self.keeper.settle(&page.key, &page.files)?;
        self.keeper.report.pages += 1;
        (self.keeper.tell)(Event::Page);
        Ok(())
    }

    fn space(&mut self, atlas: &Atlas<'_>, space: &SpaceView) -> Result<(), Error> {
        let mut number = 0;
        html::of_space(atlas, space, &mut |path, text| {
            // One thing each, so that a register is never in memory as a whole.
            let key = Key::of(atlas.site, Of::Space, &format!("{}/{number:06}", space.id));
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
