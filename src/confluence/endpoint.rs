//! The routes of the API, one function each, and how many points an answer costs.

mod annexes;
mod content;
mod details;
mod labels;
mod people;
mod query;
mod search;
mod spaces;
mod stubs;
#[cfg(test)]
mod tests;

pub(super) use details::MOST_READERS;
pub use query::{AnnexQuery, CarrierQuery, ContentQuery, Order};
pub use stubs::StubQuery;

use std::borrow::Cow;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::{Error, ErrorKind};
use crate::auth::scopes::Need;
use crate::model::Cursor;

/// The most items the API puts on one page of a listing.
const MOST_ITEMS: u16 = 250;

/// One request, but for the token.
#[derive(Clone, Debug)]
pub(super) struct Endpoint {
    /// Method and route template, for errors and logs.
    pub(super) route: &'static str,
    /// What the grant must allow for it.
    pub(super) need: Need,
    /// Below the root of the connection.
    pub(super) path: Cow<'static, str>,
    /// Without `limit` and `cursor`.
    pub(super) query: Vec<(&'static str, String)>,
    /// How many items the answer may hold.
    pub(super) limit: u16,
    /// Where the listing goes on.
    pub(super) cursor: Option<Cursor>,
    /// What to send, where it is a POST rather than a listing.
    pub(super) body: Option<serde_json::Value>,
    /// What the answer brings.
    pub(super) brings: Brings,
    /// What one item costs.
    pub(super) points_per_item: u64,
}

/// What an answer brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Brings {
    /// A page of a listing.
    Items,
    /// A page of a listing whose items come with their bodies.
    Bodies,
    /// All that the request names, at once.
    Named,
    /// One thing.
    One,
    /// A redirect to what is wanted.
    Address,
}

impl Brings {
    fn items(bodies: bool) -> Self {
        if bodies { Self::Bodies } else { Self::Items }
    }

    /// Whether the answer is one thing rather than several.
    pub(super) fn is_one(self) -> bool {
        matches!(self, Self::One | Self::Address)
    }
}

impl Endpoint {
    /// Version 1 promises another page behind the last one, and that is empty.
    pub(super) fn is_version_1(&self) -> bool {
        self.path.starts_with("wiki/rest/api/")
    }

    fn listing(
        need: Need,
        route: &'static str,
        path: impl Into<Cow<'static, str>>,
        query: Vec<(&'static str, String)>,
        limit: u16,
        after: Option<&Cursor>,
    ) -> Self {
        Self {
            route,
            need,
            path: path.into(),
            query,
            limit,
            cursor: after.cloned(),
            body: None,
            brings: Brings::Items,
            points_per_item: 1,
        }
    }

    /// What an answer with `items` items costs.
    pub(super) fn points(&self, items: usize) -> u64 {
        1 + items as u64 * self.points_per_item
    }

    /// What an answer costs at most.
    pub(super) fn most_points(&self) -> u64 {
        self.points(self.limit.into())
    }

    /// Asks for half as many items at once, if their number may be what the request failed for; says whether that was
    /// still possible.
    pub(super) fn halve(&mut self, kind: &ErrorKind) -> bool {
        let is_listing = matches!(self.brings, Brings::Items | Brings::Bodies);
        let possible = is_listing && self.limit > 1 && self.may_be_an_item(kind);
        if possible {
            self.limit /= 2;
        }
        possible
    }

    /// Whether an item may be to blame for that failure, rather than the site.
    fn may_be_an_item(&self, kind: &ErrorKind) -> bool {
        match self.brings {
            Brings::Bodies => kind.may_be_size(),
            Brings::Items | Brings::Named | Brings::One => kind.is_breakdown(),
            Brings::Address => false,
        }
    }

    /// The error of this request, given up for `kind`.
    pub(super) fn failed(&self, attempts: u32, kind: ErrorKind) -> Error {
        let cause = Box::new(kind);
        let kind = match self.brings {
            _ if !self.may_be_an_item(&cause) => *cause,
            Brings::Items | Brings::Bodies if self.limit > 1 => *cause,
            Brings::Bodies => ErrorKind::BodyRefused { cause },
            _ => ErrorKind::ItemRefused { cause },
        };
        Error {
            route: self.route,
            attempts,
            kind,
        }
    }

    /// The query, each value as it is before encoding.
    pub(super) fn parameters(&self) -> Vec<(&'static str, String)> {
        let mut parameters = self.query.clone();
        if self.body.is_none() && !self.brings.is_one() {
            parameters.push(("limit", self.limit.to_string()));
        }
        parameters.extend(self.cursor.iter().map(|cursor| ("cursor", cursor.0.clone())));
        parameters
    }
}

/// An id as a piece of a path: the site made it, but what it made is not known to be harmless there.
fn encoded(id: &str) -> percent_encoding::PercentEncode<'_> {
    utf8_percent_encode(id, NON_ALPHANUMERIC)
}
