//! Pages of listings: how much of what, from where, and how it goes on.

use serde::Serialize;
use url::form_urlencoded;

use crate::faults::Trouble;
use crate::http::Reply;
use crate::state::Place;

use super::cursor::{self, Cursor};
use super::{Found, Refusal, Visit};

/// The most items that a page of a listing may be asked for.
const LIMIT: usize = 250;

/// What a request wants of a listing.
#[derive(Debug)]
pub(crate) struct Query {
    pub(crate) descending: bool,
    pub(crate) after: Option<Cursor>,
    pub(crate) limit: usize,
    sort: String,
}

impl Query {
    /// Reads `sort`, `cursor` and `limit`. The route knows the `orders`, the first of which is its own.
    pub(crate) fn new(visit: &Visit<'_>, orders: &[&str], default_limit: usize) -> Result<Self, Refusal> {
        let own = orders.first().copied().unwrap_or_default();
        let wanted = visit.ask.param("sort");
        let sort = wanted
            .filter(|_| visit.trouble != Some(Trouble::OrderIgnored))
            .unwrap_or(own);
        if sort != own && !orders.contains(&sort.strip_prefix('-').unwrap_or(sort)) {
            return Err(Refusal::bad_parameter("sort", "SortOrder"));
        }
        let after = visit.ask.param("cursor");
        if visit.trouble == Some(Trouble::RejectedCursor) {
            return Err(cursor::invalid());
        }
        Ok(Self {
            descending: sort.starts_with('-'),
            after: after.map(|text| Cursor::decode(text, sort)).transpose()?,
            limit: limit(visit, default_limit)?,
            sort: sort.to_owned(),
        })
    }

    /// What to sort by, without the sign of a descending order.
    pub(crate) fn word(&self) -> &str {
        self.sort.strip_prefix('-').unwrap_or(&self.sort)
    }

    /// The place behind which this page begins.
    pub(crate) fn after(&self) -> Option<&(Place, u64)> {
        self.after.as_ref().map(|cursor| &cursor.place)
    }

    /// Those of `items` that belong on this page, and the place of the last where more follow.
    pub(crate) fn cut<T>(&self, mut items: Vec<((Place, u64), T)>) -> (Vec<T>, Option<(Place, u64)>) {
        items.sort_by(|a, b| a.0.cmp(&b.0));
        if self.descending {
            items.reverse();
        }
        if let Some(after) = self.after() {
            items.retain(|(place, _)| {
                if self.descending {
                    place < after
                } else {
                    place > after
                }
            });
        }
        let has_more = items.len() > self.limit;
        items.truncate(self.limit);
        let last = items.last().filter(|_| has_more).map(|(place, _)| place.clone());
        (items.into_iter().map(|(_, item)| item).collect(), last)
    }

    /// The answer: the items, and how the listing goes on behind `last`.
    pub(crate) fn answer<T: Serialize>(
        &self,
        visit: &Visit<'_>,
        items: &[T],
        last: Option<(Place, u64)>,
        points_each: u64,
    ) -> Found {
        let (items, next) = match visit.trouble {
            Some(Trouble::EmptyPage) => (&items[..0], Some(self.detour())),
            Some(Trouble::EndedEarly) => (items, None),
            Some(Trouble::RepeatedCursor) => (items, self.after.clone()),
            _ => (items, last.map(|place| self.cursor(place, 0))),
        };
        let points = points_each * items.len() as u64;
        let base = visit.wiki_url();
        let next = next.map(|cursor| next_url(visit, &cursor));
        let mut link = format!("<{base}>; rel=\"base\"");
        if let Some(next) = &next {
            link = format!("<{next}>; rel=\"next\", {link}");
        }
        let page = Page {
            results: items,
            links: Links { next, base },
        };
        Found::new(Reply::json(200, &page).with_header("link", link), points)
    }

    fn cursor(&self, place: (Place, u64), detours: u64) -> Cursor {
        Cursor {
            order: self.sort.clone(),
            place,
            detours,
        }
    }

    /// A cursor that leads to where this one led.
    fn detour(&self) -> Cursor {
        match &self.after {
            Some(cursor) => self.cursor(cursor.place.clone(), cursor.detours + 1),
            None if self.descending => self.cursor((Place::Text("\u{10ffff}".into()), u64::MAX), 1),
            None => self.cursor((Place::Number(i64::MIN), 0), 1),
        }
    }
}

fn limit(visit: &Visit<'_>, default: usize) -> Result<usize, Refusal> {
    let limit = match visit.ask.param("limit") {
        None => default,
        Some(text) => text
            .parse()
            .ok()
            .filter(|limit| (1..=LIMIT).contains(limit))
            .ok_or_else(|| Refusal::bad_parameter("limit", "integer between 1 and 250"))?,
    };
    let troubles = &visit.world.troubles;
    if troubles.fails_over.is_some_and(|most| limit > most) {
        return Err(Refusal::Internal);
    }
    Ok(troubles.limit_cap.map_or(limit, |cap| limit.min(cap)))
}

/// The same request with that cursor: relative, below `/wiki`, whatever path it came by.
fn next_url(visit: &Visit<'_>, cursor: &Cursor) -> String {
    // Atlassian leaves the padding as it is.
    let cursor: String = form_urlencoded::byte_serialize(cursor.encode().as_bytes()).collect();
    let mut url = format!("{}?cursor={}", visit.path, cursor.replace("%3D", "="));
    for (name, value) in visit.ask.query.iter().filter(|(name, _)| name != "cursor") {
        let pair = form_urlencoded::Serializer::new(String::new())
            .append_pair(name, value)
            .finish();
        url.push('&');
        url.push_str(&pair);
    }
    url
}

#[derive(Serialize)]
struct Page<'a, T> {
    results: &'a [T],
    #[serde(rename = "_links")]
    links: Links,
}

#[derive(Serialize)]
struct Links {
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
    base: String,
}
