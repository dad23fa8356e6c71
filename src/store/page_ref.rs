//! How people point at a page.

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
        } else if text.starts_with("https://") || text.starts_with("http://") {
            Url::parse(text).ok().and_then(|url| from_url(&url))
        } else {
            from_title(text)
        };
        parsed.ok_or_else(|| InvalidPageRef {
            given: given.to_owned(),
        })
    }
}

fn is_id(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
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
    let site = url.host_str().and_then(|host| host.parse().ok());
    let in_query = url.query_pairs().find(|(name, _)| name == "pageId");
    if let Some((_, id)) = in_query.filter(|(_, id)| is_id(id)) {
        return Some(PageRef::Id {
            site,
            id: ContentId::new(id),
        });
    }
    let segments: Vec<&str> = url
        .path_segments()?
        .filter(|segment| *segment != "wiki")
        .collect();
    match segments.as_slice() {
        // Blog posts are filed under year, month and day.
        ["spaces", _, "blog", _, _, _, rest @ ..] if rest.first().is_some_and(|id| is_id(id)) => {
            id_in(rest, site)
        }
        ["spaces", _, "pages" | "blog", rest @ ..] => id_in(rest, site),
        ["x", code] => Some(PageRef::Id {
            site,
            id: from_tiny(code)?,
        }),
        ["display", space_key, title] => Some(PageRef::Title {
            site,
            space_key: SpaceKey::new(decoded(space_key)),
            title: decoded(&title.replace('+', " ")),
        }),
        _ => None,
    }
}

fn id_in(segments: &[&str], site: Option<Domain>) -> Option<PageRef> {
    let id = segments.iter().find(|segment| is_id(segment))?;
    Some(PageRef::Id {
        site,
        id: ContentId::new(*id),
    })
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
