//! Where everything goes below the folder of an export, and how one file points at another.

use std::collections::{BTreeMap, HashMap};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::model::{Domain, SpaceId};
use crate::store::{Ancestor, ExportFile, SpaceView, Whereabouts};

use super::Format;
use super::names;

/// Longest folder in bytes. Below a deeper one, pages are put beside what they hang under rather than into a folder of
/// it: the whole path has to stay within what systems allow.
const LONGEST_FOLDER: usize = 160;

/// Letters, digits and `-_.~` stay in a link; parentheses would end it.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// The places of everything on one site.
#[derive(Debug)]
pub(super) struct Places {
    site: String,
    spaces: HashMap<SpaceId, String>,
    format: Format,
}

impl Places {
    /// `spaces` are all spaces of the mirror.
    pub(super) fn new(site: &Domain, spaces: &[SpaceView], format: Format) -> Self {
        let mut holders: BTreeMap<String, usize> = BTreeMap::new();
        let here = || spaces.iter().filter(|space| space.site == *site);
        for space in here() {
            *holders.entry(space.key.as_str().to_lowercase()).or_default() += 1;
        }
        let folder = |space: &SpaceView| {
            let is_shared = holders.get(&space.key.as_str().to_lowercase()) != Some(&1);
            names::of_space(space.key.as_str(), space.id.as_str(), is_shared)
        };
        Self {
            site: names::of_site(site.as_str()),
            spaces: here().map(|space| (space.id.clone(), folder(space))).collect(),
            format,
        }
    }

    /// The folder of a space.
    pub(super) fn of_space(&self, space: &SpaceId) -> String {
        let folder = self.spaces.get(space).cloned();
        let folder = folder.unwrap_or_else(|| names::of_space("", space.as_str(), true));
        format!("{}/{folder}", self.site)
    }

    /// The file of a page.
    pub(super) fn of_page(&self, page: &Whereabouts) -> String {
        let folder = self.folder(&page.space_id, &page.kind, &page.ancestors);
        let name = names::of_page(&page.title, page.id.as_str());
        format!("{folder}/{name}.{}", self.format.extension())
    }

    fn folder(&self, space: &SpaceId, kind: &str, ancestors: &[Ancestor]) -> String {
        let mut folder = self.of_space(space);
        if kind == "blogpost" {
            folder.push_str("/blog");
        }
        for ancestor in ancestors {
            folder = within(folder, &names::of_page(&ancestor.title, ancestor.id.as_str()));
        }
        folder
    }

    /// The file of an attachment of the page that is at `page`.
    pub(super) fn of_attachment(&self, page: &str, attachment: &ExportFile) -> String {
        let stem = page.rsplit_once('.').map_or(page, |(stem, _)| stem);
        let folder = match stem.rsplit_once('/') {
            Some((folder, name)) => within(folder.to_owned(), name),
            None => stem.to_owned(),
        };
        let name = names::of_attachment(&attachment.title, &attachment.id);
        // A browser would run what is in it.
        let inert = if self.format == Format::Html && is_active(&name) {
            ".txt"
        } else {
            ""
        };
        format!("{folder}/{name}{inert}")
    }
}

/// A page of the register of a space: its name ends with no id, so no content has it.
pub(super) fn of_register(folder: &str, number: usize) -> String {
    match number {
        1 => format!("{folder}/all.html"),
        number => format!("{folder}/all.{number}.html"),
    }
}

/// The folder `name` in `folder`, or `folder` itself if that would be too deep.
fn within(folder: String, name: &str) -> String {
    if folder.len() + 1 + name.len() > LONGEST_FOLDER {
        folder
    } else {
        format!("{folder}/{name}")
    }
}

/// Whether a browser takes a file of this name for a document with scripts of its own.
fn is_active(name: &str) -> bool {
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    matches!(
        extension.to_ascii_lowercase().as_str(),
        "htm"
            | "html"
            | "shtml"
            | "xhtml"
            | "xht"
            | "xml"
            | "xsl"
            | "xslt"
            | "mht"
            | "mhtml"
            | "svgz"
            | "swf"
            | "hta"
    )
}

/// The address of the file `to` as the file `from` writes it.
pub(super) fn relative(from: &str, to: &str) -> String {
    let from: Vec<&str> = from.split('/').collect();
    let to: Vec<&str> = to.split('/').collect();
    let folders = from.len() - 1;
    let shared = from[..folders]
        .iter()
        .zip(&to[..to.len() - 1])
        .take_while(|(from, to)| from == to)
        .count();
    let up = std::iter::repeat_n("..".to_owned(), folders - shared);
    let down = to[shared..]
        .iter()
        .map(|segment| utf8_percent_encode(segment, SEGMENT).to_string());
    up.chain(down).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use crate::model::{ContentId, SpaceId, SpaceKey};
    use crate::store::{Ancestor, SpaceView, Whereabouts};

    use super::{Format, LONGEST_FOLDER, Places, relative};

    fn space(id: &str, key: &str) -> SpaceView {
        SpaceView {
            site: "acme.atlassian.net".parse().unwrap(),
            id: SpaceId::new(id),
            key: SpaceKey::new(key),
            name: String::new(),
            kind: String::new(),
            status: String::new(),
            homepage: None,
        }
    }

    fn page(space: &str, kind: &str, above: &[(&str, &str)]) -> Whereabouts {
        let ancestor = |(id, title): &(&str, &str)| Ancestor {
            id: ContentId::new(*id),
            title: (*title).to_owned(),
        };
        Whereabouts {
            id: ContentId::new("7"),
            kind: kind.to_owned(),
            title: "Page".to_owned(),
            space_id: SpaceId::new(space),
            ancestors: above.iter().map(ancestor).collect(),
        }
    }

    #[test]
    fn a_page_is_put_below_what_it_hangs_under() {
        let spaces = [space("1", "ENG"), space("2", "twin"), space("3", "TWIN")];
        let places = Places::new(&spaces[0].site, &spaces, Format::Markdown);
        for (page, expected) in [
            (page("1", "page", &[]), "ENG/Page-7.md"),
            (
                page("1", "page", &[("5", "Home"), ("6", "A/B")]),
                "ENG/Home-5/A-B-6/Page-7.md",
            ),
            (page("1", "blogpost", &[]), "ENG/blog/Page-7.md"),
            (page("2", "page", &[]), "twin-2/Page-7.md"),
            (page("3", "page", &[]), "TWIN-3/Page-7.md"),
            (page("9", "page", &[]), "space-9/Page-7.md"),
        ] {
            assert_eq!(places.of_page(&page), format!("acme.atlassian.net/{expected}"));
        }
    }

    #[test]
    fn a_deep_tree_becomes_flat_before_its_paths_are_too_long() {
        let above: Vec<(String, String)> = (100..200)
            .map(|id| (id.to_string(), "A title".repeat(9)))
            .collect();
        let above: Vec<(&str, &str)> = above.iter().map(|(id, title)| (&**id, &**title)).collect();
        let spaces = [space("1", "ENG")];
        let path = Places::new(&spaces[0].site, &spaces, Format::Html).of_page(&page("1", "page", &above));
        assert!(path.len() <= LONGEST_FOLDER + 20, "{path}");
    }

    #[test]
    fn a_link_is_relative_and_encoded() {
        for (from, to, expected) in [
            ("s/E/a.md", "s/E/b c (1).md", "b%20c%20%281%29.md"),
            ("s/E/x/a.md", "s/E/y/b.md", "../y/b.md"),
            ("s/E/a.md", "s/E/a/é#.png", "a/%C3%A9%23.png"),
            ("index.html", "s/E/index.html", "s/E/index.html"),
            ("s/E/x/y/a.html", "style.css", "../../../../style.css"),
            ("a/a/a.md", "a/b/a/a.md", "../b/a/a.md"),
        ] {
            assert_eq!(relative(from, to), expected);
        }
    }
}
