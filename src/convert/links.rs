//! Link targets: one place that knows what Confluence's addresses look like.
//!
//! Storage format names pages by space and title, and users by account id. Which id or display name that is today
//! only the mirror knows, and it changes; so links are written unresolved, and the [`Link`] beside the text says
//! which of its bytes to replace.

use html2md::Handle;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::{PageContext, escape, tree};

/// A link that a page holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// What it leads to.
    pub target: LinkTarget,
    /// The address exactly as it stands in the Markdown; for users their label, `@ACCOUNT-ID`.
    pub written: String,
    /// The place within the target, without `#`.
    pub anchor: Option<String>,
}

/// What a link leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkTarget {
    /// A page by space and title.
    Page {
        /// The key of its space.
        space_key: String,
        /// Its title, without zero-width spaces.
        title: String,
    },
    /// A blog post by space and title.
    BlogPost {
        /// The key of its space.
        space_key: String,
        /// Its title, without zero-width spaces.
        title: String,
        /// The day it was posted, as `2024/05/06`, where the body says so.
        day: Option<String>,
    },
    /// Content by id.
    PageId(String),
    /// A user by account id; old pages know only a user key or a user name.
    User(String),
    /// A file.
    Attachment {
        /// The page or blog post that holds it; nothing if it is this one.
        holder: Option<Box<LinkTarget>>,
        /// Its file name.
        name: String,
    },
    /// A space by key.
    Space(String),
    /// Anywhere else.
    External(String),
}

impl LinkTarget {
    /// Whether files can hang on it.
    fn is_content(&self) -> bool {
        matches!(self, Self::Page { .. } | Self::BlogPost { .. } | Self::PageId(_))
    }
}

/// Letters, digits and `-_.~` stay.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// Account ids have colons, and Confluence writes them as they are.
const ACCOUNT: &AsciiSet = &SEGMENT.remove(b':');

/// The page that links are written for.
#[derive(Debug, Default)]
pub(super) struct Place {
    wiki_url: String,
    space_key: String,
    page_id: String,
}

impl Place {
    pub(super) fn new(context: &PageContext<'_>) -> Self {
        Self {
            wiki_url: context.wiki_url.trim_end_matches('/').to_owned(),
            space_key: context.space_key.to_owned(),
            page_id: context.page_id.to_owned(),
        }
    }

    /// The address of the site, without `/wiki`.
    fn site_url(&self) -> &str {
        self.wiki_url.strip_suffix("/wiki").unwrap_or(&self.wiki_url)
    }

    /// The address of a target, for between parentheses.
    pub(super) fn url(&self, target: &LinkTarget) -> String {
        let wiki = &self.wiki_url;
        match target {
            LinkTarget::Page { space_key, title } => {
                format!("{wiki}/display/{}/{}", segment(space_key), segment(title))
            }
            LinkTarget::BlogPost {
                space_key,
                title,
                day,
            } => {
                let day = day.as_ref().map(|day| format!("{day}/")).unwrap_or_default();
                format!("{wiki}/display/{}/{day}{}", segment(space_key), segment(title))
            }
            LinkTarget::PageId(id) => format!("{wiki}/pages/viewpage.action?pageId={}", segment(id)),
            LinkTarget::User(id) => format!("{wiki}/people/{}", utf8_percent_encode(id, ACCOUNT)),
            LinkTarget::Attachment { holder, name } => self.file_url(holder.as_deref(), name),
            LinkTarget::Space(key) => format!("{wiki}/spaces/{}", segment(key)),
            LinkTarget::External(url) => escape::target(&self.absolute(url)),
        }
    }

    fn file_url(&self, holder: Option<&LinkTarget>, name: &str) -> String {
        let id = match holder {
            None => &self.page_id,
            Some(LinkTarget::PageId(id)) => id,
            Some(named) => return format!("{}?preview=/{}", self.url(named), segment(name)),
        };
        format!(
            "{}/download/attachments/{}/{}",
            self.wiki_url,
            segment(id),
            segment(name)
        )
    }

    /// The address with its site, where it begins at the root.
    fn absolute(&self, url: &str) -> String {
        if url.starts_with('/') && !url.starts_with("//") {
            format!("{}{url}", self.site_url())
        } else {
            url.to_owned()
        }
    }

    /// The link that an address is: one to content, if it leads into this site.
    pub(super) fn link_to_url(&self, url: &str) -> Link {
        let absolute = self.absolute(url.trim());
        let written = escape::target(&absolute);
        let (path, anchor) = match absolute.split_once('#') {
            Some((path, anchor)) => (path, Some(anchor.to_owned())),
            None => (absolute.as_str(), None),
        };
        match path.strip_prefix(&self.wiki_url).and_then(content_id) {
            Some(id) => Link {
                target: LinkTarget::PageId(id),
                written,
                anchor,
            },
            None => Link {
                target: LinkTarget::External(absolute),
                written,
                anchor: None,
            },
        }
    }

    /// The link to a target, `anchor` within it.
    pub(super) fn link_to(&self, target: LinkTarget, anchor: Option<&str>) -> Link {
        let mut written = self.url(&target);
        if let Some(anchor) = anchor {
            written.push('#');
            written.push_str(&escape::target(anchor));
        }
        Link {
            target,
            written,
            anchor: anchor.map(str::to_owned),
        }
    }

    /// The link to what a resource identifier names.
    pub(super) fn link_to_resource(&self, resource: &Handle, anchor: Option<&str>) -> Option<Link> {
        Some(self.link_to(self.target_of(resource)?, anchor))
    }

    /// The address of a Jira issue.
    pub(super) fn issue_url(&self, key: &str) -> String {
        format!("{}/browse/{}", self.site_url(), segment(key))
    }

    /// The address of the issues that a JQL query finds.
    pub(super) fn issues_url(&self, jql: &str) -> String {
        format!("{}/issues/?jql={}", self.site_url(), segment(jql))
    }

    /// What a resource identifier such as `ri:page` names.
    pub(super) fn target_of(&self, resource: &Handle) -> Option<LinkTarget> {
        let attr = |name| tree::attr(resource, name).map(|value| value.to_string());
        match tree::name_of(resource) {
            "ri:page" => {
                let (space_key, title) = self.page_of(resource)?;
                Some(LinkTarget::Page { space_key, title })
            }
            "ri:blog-post" => {
                let (space_key, title) = self.page_of(resource)?;
                let day = attr("ri:posting-day").filter(|day| is_day(day));
                Some(LinkTarget::BlogPost {
                    space_key,
                    title,
                    day,
                })
            }
            "ri:attachment" => {
                let holder = tree::elements(resource)
                    .iter()
                    .find_map(|holder| self.target_of(holder).filter(LinkTarget::is_content));
                Some(LinkTarget::Attachment {
                    holder: holder.map(Box::new),
                    name: attr("ri:filename")?,
                })
            }
            "ri:user" => attr("ri:account-id")
                .or_else(|| attr("ri:userkey"))
                .or_else(|| attr("ri:username"))
                .map(LinkTarget::User),
            "ri:space" => attr("ri:space-key").map(LinkTarget::Space),
            "ri:content-entity" => attr("ri:content-id").map(LinkTarget::PageId),
            "ri:url" => attr("ri:value").map(LinkTarget::External),
            _ => None,
        }
    }

    fn page_of(&self, resource: &Handle) -> Option<(String, String)> {
        let title = tree::attr(resource, "ri:content-title")?.replace('\u{200b}', "");
        let space_key = tree::attr(resource, "ri:space-key").filter(|key| !key.is_empty());
        Some((
            space_key.map_or_else(|| self.space_key.clone(), |key| key.to_string()),
            title,
        ))
    }
}

/// What a target is called where the author gave no text.
pub(super) fn default_label(target: &LinkTarget) -> String {
    match target {
        LinkTarget::Page { title, .. } | LinkTarget::BlogPost { title, .. } => title.clone(),
        LinkTarget::Attachment { name, .. } => name.clone(),
        LinkTarget::PageId(id) | LinkTarget::Space(id) => id.clone(),
        LinkTarget::User(id) => format!("@{id}"),
        LinkTarget::External(url) => url.clone(),
    }
}

/// A text as one segment of a path.
fn segment(text: &str) -> String {
    utf8_percent_encode(text, SEGMENT).to_string()
}

/// The id in a path below `/wiki`, such as `/spaces/ENG/pages/65930/Overview`.
/// What the addresses of content have behind the key of its space.
const IN_A_SPACE: [&str; 6] = ["pages", "blog", "folder", "whiteboard", "database", "embed"];

fn content_id(path: &str) -> Option<String> {
    let id = if let Some((_, id)) = path.split_once("pageId=") {
        id
    } else {
        let (_, behind) = path.strip_prefix("/spaces/")?.split_once('/')?;
        let (kind, behind) = behind.split_once('/')?;
        IN_A_SPACE.iter().find(|known| **known == kind)?;
        behind.rsplit('/').find(|part| is_id(part))?
    };
    let id = id.split(['&', '?']).next()?;
    is_id(id).then(|| id.to_owned())
}

/// Whether it looks like `2024/05/06`.
fn is_day(text: &str) -> bool {
    text.split('/').count() == 3 && text.split('/').all(is_id)
}

fn is_id(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}
