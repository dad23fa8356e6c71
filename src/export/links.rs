//! What the links of a page lead to in an export.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use url::{ParseError, Url};

use crate::model::{ContentId, SpaceId, SpaceKey};
use crate::store::{
    Error, ExportFile, ExportLink, ExportPage, ExportScope, ExportSite, PageRef, Reader, Whereabouts,
};

use super::dialect::{self, Destination, Outline};
use super::places::{Places, relative};

/// What stays as it is in a fragment.
const FRAGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.');

/// Pages whose places are kept at hand; most links lead to few pages.
const KEPT: usize = 10_000;

/// One site, to be asked where things are.
#[derive(Debug)]
pub(super) struct Atlas<'a> {
    pub(super) reader: &'a Reader,
    pub(super) site: &'a ExportSite,
    pub(super) scope: &'a ExportScope,
    pub(super) places: &'a Places,
    /// The state directory, which holds the files of attachments.
    pub(super) files: &'a Path,
    known: Mutex<HashMap<ContentId, Option<Whereabouts>>>,
}

/// What an address of the site means.
#[derive(Debug, PartialEq, Eq)]
enum Meant {
    Page { id: ContentId, anchor: Option<String> },
    File { page: ContentId, name: String },
}

/// A file of the export, and what to call it where a link has no text.
struct Target {
    address: String,
    label: String,
}

impl<'a> Atlas<'a> {
    pub(super) fn new(
        reader: &'a Reader,
        site: &'a ExportSite,
        scope: &'a ExportScope,
        places: &'a Places,
        files: &'a Path,
    ) -> Self {
        Self {
            reader,
            site,
            scope,
            places,
            files,
            known: Mutex::default(),
        }
    }

    /// A text of the page at `path`, with every link to something exported leading there.
    pub(super) fn relinked(&self, markdown: &str, page: &ExportPage, path: &str) -> Result<String, Error> {
        let mut failed = None;
        let text = dialect::rewritten(markdown, |destination| {
            let found = self.target(&markdown[destination.range.clone()], destination, page, path);
            match found {
                Ok(target) => target.map(|target| target.written(destination)),
                Err(error) => {
                    failed.get_or_insert(error);
                    None
                }
            }
        });
        failed.map_or(Ok(text), Err)
    }

    fn target(
        &self,
        written: &str,
        destination: &Destination,
        page: &ExportPage,
        path: &str,
    ) -> Result<Option<Target>, Error> {
        if let Some(anchor) = destination.url.strip_prefix('#') {
            let outline = Outline::of(&page.page.title, &page.page.markdown);
            let fragment = outline.fragment(anchor);
            return Ok(fragment.map(|fragment| Target {
                address: format!("#{}", encoded(&fragment)),
                label: String::new(),
            }));
        }
        let link = page
            .links
            .iter()
            .find(|link| link.written == written && link.kind != "external");
        let absolute = absolute(&destination.url, page);
        let meant = match link {
            Some(link) => self.of_link(link, &destination.url, page)?,
            None => self.of_address(absolute.as_deref().unwrap_or(&destination.url))?,
        };
        let target = match meant {
            Some(Meant::Page { id, anchor }) => self.page(&id, anchor.as_deref(), path)?,
            Some(Meant::File { page, name }) => self.file(&page, &name, path)?,
            None => None,
        };
        Ok(target.or_else(|| absolute.map(Target::at)))
    }

    /// What a link means by what the mirror knows of it.
    fn of_link(&self, link: &ExportLink, url: &str, page: &ExportPage) -> Result<Option<Meant>, Error> {
        let holder = |named: &Option<(SpaceKey, String)>| match named {
            Some((space_key, title)) => self.reader.titled(self.site, space_key, title),
            None => Ok(None),
        };
        // The id that the mirror has settled it with knows more than the title: it outlasts a renaming.
        let settled = link.target.clone().map(ContentId::new);
        match (link.kind.as_str(), &link.file_name) {
            ("page" | "blogpost", _) => {
                let id = match settled {
                    Some(id) => Some(id),
                    None => holder(&link.page)?,
                };
                let anchor = url.split_once('#').map(|(_, anchor)| anchor.to_owned());
                Ok(id.map(|id| Meant::Page { id, anchor }))
            }
            ("attachment", Some(name)) => {
                let page = match (settled, &link.page) {
                    (Some(id), _) => Some(id),
                    (None, Some(_)) => holder(&link.page)?,
                    (None, None) => Some(page.page.id.clone()),
                };
                Ok(page.map(|page| Meant::File {
                    page,
                    name: name.clone(),
                }))
            }
            _ => Ok(None),
        }
    }

    /// What an address means by its looks.
    fn of_address(&self, address: &str) -> Result<Option<Meant>, Error> {
        let url = Url::parse(address).ok();
        let Some(url) = url.filter(|url| url.host_str() == Some(self.site.domain.as_str())) else {
            return Ok(None);
        };
        if let Some(file) = file_of(&url) {
            return Ok(Some(file));
        }
        let id = match address.parse::<PageRef>() {
            Ok(PageRef::Id { id, .. }) => Some(id),
            Ok(PageRef::Title { space_key, title, .. }) => {
                self.reader.titled(self.site, &space_key, &title)?
            }
            Err(_) => None,
        };
        let anchor = url.fragment().map(str::to_owned);
        Ok(id.map(|id| Meant::Page { id, anchor }))
    }

    fn page(&self, id: &ContentId, anchor: Option<&str>, from: &str) -> Result<Option<Target>, Error> {
        let Some(page) = self.whereabouts(id)? else {
            return Ok(None);
        };
        let mut address = relative(from, &self.places.of_page(&page));
        if let Some(anchor) = anchor
            && let Some(markdown) = self.reader.markdown(self.site, id)?
            && let Some(fragment) = Outline::of(&page.title, &markdown).fragment(anchor)
        {
            address = format!("{address}#{}", encoded(&fragment));
        }
        Ok(Some(Target {
            address,
            label: page.title,
        }))
    }

    fn file(&self, page: &ContentId, name: &str, from: &str) -> Result<Option<Target>, Error> {
        let Some(page) = self.whereabouts(page)? else {
            return Ok(None);
        };
        let attachments = self.reader.attachments(self.site, &page.id)?;
        let named = attachments
            .into_iter()
            .find(|attachment| attachment.title == name || attachment.file_id.as_deref() == Some(name));
        let Some(attachment) = named.filter(|attachment| self.blob(attachment).is_some()) else {
            return Ok(None);
        };
        let path = self
            .places
            .of_attachment(&self.places.of_page(&page), &attachment);
        Ok(Some(Target {
            address: relative(from, &path),
            label: attachment.title,
        }))
    }

    /// The file of an attachment, if it is there.
    pub(super) fn blob(&self, attachment: &ExportFile) -> Option<PathBuf> {
        let sha256 = attachment.sha256.as_deref()?;
        let is_digest = sha256.len() == 64 && sha256.bytes().all(|byte| byte.is_ascii_hexdigit());
        let path = self.files.join("attachments").join(sha256.get(..2)?).join(sha256);
        (is_digest && path.is_file()).then_some(path)
    }

    /// The file of content, if it is exported.
    pub(super) fn place(&self, id: &ContentId) -> Result<Option<String>, Error> {
        let page = self.whereabouts(id)?;
        Ok(page.map(|page| self.places.of_page(&page)))
    }

    /// Some of what hangs under content, or stands at the top of a space.
    pub(super) fn below(
        &self,
        space: &SpaceId,
        parent: Option<&ContentId>,
        limit: usize,
    ) -> Result<Vec<Whereabouts>, Error> {
        self.reader.below(self.site, self.scope, space, parent, limit)
    }

    /// Some of what a space holds by title, from behind this title and id on.
    pub(super) fn by_title(
        &self,
        space: &SpaceId,
        after: Option<&(String, ContentId)>,
        limit: usize,
    ) -> Result<Vec<Whereabouts>, Error> {
        self.reader.by_title(self.site, self.scope, space, after, limit)
    }

    fn whereabouts(&self, id: &ContentId) -> Result<Option<Whereabouts>, Error> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(page) = known.get(id) {
            return Ok(page.clone());
        }
        let page = self.reader.whereabouts(self.site, self.scope, id)?;
        if known.len() >= KEPT {
            known.clear();
        }
        known.insert(id.clone(), page.clone());
        Ok(page)
    }
}

/// Where an address without a host led on the site: here it would lead to a file that is not there.
fn absolute(address: &str, page: &ExportPage) -> Option<String> {
    match Url::parse(address) {
        Err(ParseError::RelativeUrlWithoutBase) => {}
        _ => return None,
    }
    let absolute = Url::parse(&page.page.url).ok()?.join(address).ok()?;
    Some(String::from(absolute).replace('(', "%28").replace(')', "%29"))
}

impl Target {
    /// Somewhere that is not in the export.
    fn at(address: String) -> Self {
        Self {
            label: address.clone(),
            address,
        }
    }

    fn written(self, destination: &Destination) -> String {
        if destination.is_auto {
            format!("[{}]({})", escaped(&self.label), self.address)
        } else {
            self.address
        }
    }
}

/// The attachment that an address such as `/wiki/download/attachments/65930/plan.png` leads to.
fn file_of(url: &Url) -> Option<Meant> {
    let segments: Vec<&str> = url.path_segments()?.collect();
    let ["wiki", "download", "attachments" | "thumbnails", page, name] = segments.as_slice() else {
        return None;
    };
    Some(Meant::File {
        page: ContentId::new(*page),
        name: percent_decode_str(name).decode_utf8_lossy().into_owned(),
    })
}

fn encoded(fragment: &str) -> String {
    utf8_percent_encode(fragment, FRAGMENT).to_string()
}

/// Text of the site on one line of Markdown, read as it is.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '&' | '~' | '|' | '#' | '!' | '$' => {
                out.extend(['\\', c]);
            }
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}
