//! Follows a listing from cursor to cursor.
//!
//! Only the `cursor` parameter is taken out of the link to the next page; the original query is then repeated
//! with it. The link itself is never followed: its path lacks the gateway's prefix, and its host is the site's,
//! which must not see the token.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use percent_encoding::percent_decode_str;
use url::Url;

use super::ErrorKind;
use crate::model::{Cursor, Rejected, Timestamp};

/// One page of a listing. An item that does not decode is rejected on its own.
#[derive(Debug)]
pub struct Batch<T> {
    /// The items, in the server's order. None only on the last page.
    pub items: Vec<Result<T, Rejected>>,
    /// Where the listing goes on; nothing on its last page.
    pub next: Option<Cursor>,
    /// When the page was asked for, by the server's clock. It holds everything that happened before.
    pub server_time: Option<Timestamp>,
}

/// Remembers the cursors of one listing, so that one handed out twice ends it instead of going round for ever.
///
/// The client itself notices a cursor that leads to itself; longer circles take the memory of whoever follows
/// the listing. Eight bytes a page.
#[derive(Debug, Default)]
pub struct Seen(HashSet<u64>);

impl Seen {
    /// Nothing seen yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether `next` was handed out before in this listing; remembers it either way.
    pub fn repeats(&mut self, next: &Cursor) -> bool {
        let mut hasher = DefaultHasher::new();
        next.hash(&mut hasher);
        !self.0.insert(hasher.finish())
    }
}

/// Where a listing goes on, after the page that `after` led to linked to `next`.
pub(super) fn advance(after: Option<&Cursor>, next: Option<&str>) -> Result<Option<Cursor>, ErrorKind> {
    let next = next.map(cursor_of).transpose()?;
    if next.is_some() && next.as_ref() == after {
        return Err(ErrorKind::CursorLoop);
    }
    Ok(next)
}

/// The cursor in a link to the next page, which may be relative or absolute and carry it anywhere in its query.
fn cursor_of(link: &str) -> Result<Cursor, ErrorKind> {
    let unreadable = |reason: &str| ErrorKind::Decode {
        reason: format!("its link to the next page {reason}"),
    };
    let url = Url::options()
        .base_url(Url::parse("https://site.invalid").ok().as_ref())
        .parse(link)
        .map_err(|_| unreadable("is not a URL"))?;
    // Not decoded like a form: Base64 may hold a bare `+`, which would become a space.
    let encoded = url
        .query()
        .unwrap_or_default()
        .split('&')
        .find_map(|pair| pair.strip_prefix("cursor="))
        .filter(|cursor| !cursor.is_empty())
        .ok_or_else(|| unreadable("has no cursor"))?;
    match percent_decode_str(encoded).decode_utf8() {
        Ok(cursor) => Ok(Cursor(cursor.into_owned())),
        Err(_) => Err(unreadable("has a cursor that is not text")),
    }
}

#[cfg(test)]
mod tests {
    use super::{Seen, advance, cursor_of};
    use crate::model::Cursor;

    #[test]
    fn only_the_cursor_is_taken_out_of_a_link() {
        for (link, expected) in [
            ("/wiki/api/v2/pages?limit=2&sort=id&cursor=abc", Some("abc")),
            (
                "/wiki/api/v2/pages?cursor=eyJpZCI6MX0=&limit=2",
                Some("eyJpZCI6MX0="),
            ),
            ("/wiki/api/v2/pages?cursor=eyJpZCI6MX0%3D", Some("eyJpZCI6MX0=")),
            ("/wiki/api/v2/pages?cursor=a+b/c%2Bd%2526", Some("a+b/c+d%26")),
            ("https://evil.example/x?cursor=abc#frag", Some("abc")),
            (
                "/rest/api/search?next=true&cursor=_f_MTA%3D_sa_W&start=10",
                Some("_f_MTA=_sa_W"),
            ),
            ("/wiki/api/v2/pages?precursor=no&cursor=yes", Some("yes")),
            ("?cursor=abc", Some("abc")),
            ("/wiki/api/v2/pages?limit=2", None),
            ("/wiki/api/v2/pages?cursor=", None),
            ("/wiki/api/v2/pages?cursor=%ff", None),
            ("https://[", None),
            ("", None),
        ] {
            let cursor = cursor_of(link).ok();
            assert_eq!(
                cursor.as_ref().map(|Cursor(text)| text.as_str()),
                expected,
                "{link}"
            );
        }
    }

    #[test]
    fn a_cursor_that_leads_to_itself_ends_the_listing_with_an_error() {
        let after = Cursor("a".to_owned());
        for (next, expected) in [
            (Some("/x?cursor=b"), "Ok(Some(Cursor(\"b\")))"),
            (Some("/x?cursor=a"), "Err(CursorLoop)"),
            (None, "Ok(None)"),
        ] {
            assert_eq!(format!("{:?}", advance(Some(&after), next)), expected);
        }
        let lost = advance(None, Some("/x?limit=2"));
        assert!(lost.is_err(), "a link without a cursor is not the last page");
    }

    #[test]
    fn a_cursor_repeats_when_it_was_seen_before() {
        let mut seen = Seen::new();
        let cursors = ["a", "b", "c", "a"].map(|text| Cursor(text.to_owned()));
        assert_eq!(
            cursors.map(|cursor| seen.repeats(&cursor)),
            [false, false, false, true]
        );
    }
}
