//! How people point at a page.

use std::borrow::Cow;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use percent_encoding::percent_decode_str;
use url::Url;

use crate::model::{ContentId, Domain, SpaceKey};

/// A page as someone names it: by id, by address, or as `SPACE:Title`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PageRef {
    /// By its id.
    Id {
        /// The site, where the address named one.
        site: Option<Domain>,
        /// The id.
        id: ContentId,
    },
    /// By the key of its space and its title.
    Title {
        /// The site, where the address named one.
        site: Option<Domain>,
        /// The key of its space.
        space_key: SpaceKey,
        /// Its title.
        title: String,
    },
}

/// A text that names no page.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{given}` is no page: expected an id, an address, or SPACE:Title")]
pub struct InvalidPageRef {
    given: String,
}

impl FromStr for PageRef {
    type Err = InvalidPageRef;

    fn from_str(given: &str) -> Result<Self, InvalidPageRef> {
        let text = given.trim();
        let parsed = if is_id(text) {
            Some(Self::Id {
                site: None,
                id: ContentId::new(text),
            })
        } else {
            match address(text) {
                Some(address) => Url::parse(&address).ok().and_then(|url| from_url(&url)),
                None => from_title(text),
            }
        };
        parsed.ok_or_else(|| InvalidPageRef {
            given: given.to_owned(),
        })
    }
}

fn is_id(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The text as an address, if it is one; also without its scheme, as browsers show it, and without its host.
fn address(text: &str) -> Option<Cow<'_, str>> {
    /// Names no site.
    const SOMEWHERE: &str = "https://localhost";
    if text.starts_with("https://") || text.starts_with("http://") {
        return Some(text.into());
    }
    let (host, path) = text.split_once('/')?;
    if host.is_empty() {
        return Some(format!("{SOMEWHERE}/{path}").into());
    }
    host.parse::<Domain>().ok()?;
    path.starts_with("wiki/")
        .then(|| format!("https://{text}").into())
}

fn from_title(text: &str) -> Option<PageRef> {
    let (space_key, title) = text.split_once(':')?;
    let (space_key, title) = (space_key.trim(), title.trim());
    if space_key.is_empty() || title.is_empty() || space_key.contains(char::is_whitespace) {
        return None;
    }
    Some(PageRef::Title {
        site: None,
        space_key: SpaceKey::new(space_key),
        title: title.to_owned(),
    })
}

/// Reads the addresses Confluence has used over time: by id in the path or the query, or by key and title.
fn from_url(url: &Url) -> Option<PageRef> {
    let site: Option<Domain> = url.host_str().and_then(|host| host.parse().ok());
    let by_id = |id: &str| {
        Some(PageRef::Id {
            site: site.clone(),
            id: ContentId::new(id),
        })
    };
    let by_title = |space_key: String, title: String| {
        Some(PageRef::Title {
            site: site.clone(),
            space_key: SpaceKey::new(space_key),
            title,
        })
    };
    let query = |name: &str| {
        let value = url.query_pairs().find(|(found, _)| found == name);
        value.map(|(_, value)| value.into_owned())
    };
    if let Some(id) = query("pageId")
        .or_else(|| query("homepageId"))
        .filter(|id| is_id(id))
    {
        return by_id(&id);
    }
    if let (Some(space_key), Some(title)) = (query("spaceKey"), query("title")) {
        return by_title(space_key, title);
    }
    let segments: Vec<&str> = url
        .path_segments()?
        .filter(|segment| !matches!(*segment, "wiki" | ""))
        .collect();
    match segments.as_slice() {
        // Blog posts are filed under year, month and day.
        ["spaces", _, "blog", _, _, _, id, ..] | ["pages", id] if is_id(id) => by_id(id),
        [
            "spaces",
            _,
            "pages" | "blog" | "folder" | "whiteboard" | "database" | "embed",
            rest @ ..,
        ] => by_id(rest.iter().find(|segment| is_id(segment))?),
        ["x", code] => by_id(from_tiny(code)?.as_str()),
        ["display", space_key, title] | ["display", space_key, _, _, _, title] => {
            by_title(decoded(space_key), decoded(&title.replace('+', " ")))
        }
        _ => None,
    }
}

/// The id in a short link: its little-endian bytes in Base64, with `-` for `/` and `_` for `+`, and without the
/// zeros at the end.
fn from_tiny(code: &str) -> Option<ContentId> {
    let plain = code.replace('-', "/").replace('_', "+");
    // Eleven characters hold the eight bytes of an id.
    let bytes = STANDARD_NO_PAD.decode(format!("{plain:A<11}")).ok()?;
    let id = u64::from_le_bytes(bytes.try_into().ok()?);
    (id > 0).then(|| ContentId::new(id.to_string()))
}

fn decoded(segment: &str) -> String {
    percent_decode_str(segment).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::PageRef;

    fn read(text: &str) -> String {
        match text.parse::<PageRef>() {
            Ok(PageRef::Id { site, id }) => {
                format!("{} #{id}", site.map(String::from).unwrap_or_default())
            }
            Ok(PageRef::Title {
                site,
                space_key,
                title,
            }) => {
                format!(
                    "{} {space_key}/{title}",
                    site.map(String::from).unwrap_or_default()
                )
            }
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn a_page_is_named_by_id_address_or_title() {
        for (text, expected) in [
            (" 65930 ", " #65930"),
            (
                "https://acme.atlassian.net/wiki/spaces/ENG/pages/65930/On+call",
                "acme.atlassian.net #65930",
            ),
            (
                "https://acme.atlassian.net/wiki/spaces/ENG/pages/65930",
                "acme.atlassian.net #65930",
            ),
            (
                "https://acme.atlassian.net/wiki/spaces/ENG/pages/edit-v2/65930?x=1",
                "acme.atlassian.net #65930",
            ),
            (
                "https://acme.atlassian.net/wiki/pages/viewpage.action?pageId=65930",
                "acme.atlassian.net #65930",
            ),
            (
                "https://acme.atlassian.net/wiki/spaces/ENG/blog/2026/03/01/70001/News",
                "acme.atlassian.net #70001",
            ),
            (
                "https://acme.atlassian.net/wiki/spaces/ENG/blog/70001",
                "acme.atlassian.net #70001",
            ),
            (
                "https://acme.atlassian.net/wiki/display/ENG/On+call%3F",
                "acme.atlassian.net ENG/On call?",
            ),
            (
                "https://acme.atlassian.net/wiki/x/igEB",
                "acme.atlassian.net #65930",
            ),
            (
                "https://acme.atlassian.net/wiki/x/--4B",
                "acme.atlassian.net #130815",
            ),
            ("https://acme.atlassian.net/wiki/x/_w", "acme.atlassian.net #251"),
            ("https://acme.atlassian.net/x/AQ", "acme.atlassian.net #1"),
            (
                "https://acme.atlassian.net/wiki/spaces/ENG/pages/65930/On+call?focusedCommentId=7#Who",
                "acme.atlassian.net #65930",
            ),
            (
                "https://acme.atlassian.net/wiki/x/igEB?atlOrigin=x#Who",
                "acme.atlassian.net #65930",
            ),
            (
                "https://acme.atlassian.net/wiki/pages/viewpage.action?spaceKey=ENG&title=On+call%3F",
                "acme.atlassian.net ENG/On call?",
            ),
            (
                "https://acme.atlassian.net/wiki/display/~ada/2026/03/01/News#top",
                "acme.atlassian.net ~ada/News",
            ),
            (
                "https://acme.atlassian.net/wiki/spaces/ENG/overview?homepageId=65930",
                "acme.atlassian.net #65930",
            ),
            (
                "https://acme.atlassian.net/wiki/spaces/ENG/folder/65931",
                "acme.atlassian.net #65931",
            ),
            (
                "acme.atlassian.net/wiki/spaces/ENG/pages/65930",
                "acme.atlassian.net #65930",
            ),
            ("/wiki/spaces/ENG/pages/65930/On+call", " #65930"),
            ("ENG:Input/output", " ENG/Input/output"),
            ("ENG: On call: who", " ENG/On call: who"),
            ("~712020: Notes", " ~712020/Notes"),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
        for text in [
            "",
            "Runbook",
            "ENG:",
            ":Runbook",
            "two words: x",
            "https://acme.atlassian.net/wiki/home",
            "https://acme.atlassian.net/wiki/x/",
            "https://acme.atlassian.net/wiki/x/AAAA",
            "https://acme.atlassian.net/wiki/x/no!code",
            "https://acme.atlassian.net/wiki/x/igEBigEBigEBigEB",
        ] {
            assert!(text.parse::<PageRef>().is_err(), "{text}");
        }
    }
}
