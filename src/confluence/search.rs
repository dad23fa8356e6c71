//! Finds content with the search of version 1 of the API, for grants that open nothing else.
//!
//! The search reads an index, which lags behind the site and may miss what is there. It knows no trash, and takes
//! times to the minute in a zone that nobody can be sure of: so no query names a time, and listings are ordered
//! by it instead.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use super::{ContentQuery, Order, StubQuery};
use crate::model::{ContentKind, Rejected, Space, SpaceId, SpaceKey};

/// How many users version 1 tells of at once.
pub(super) const MOST_USERS: usize = 100;

/// The keys of the spaces that a search has found: queries name spaces by key.
#[derive(Debug, Default)]
pub(super) struct Keys(Mutex<BTreeMap<SpaceId, SpaceKey>>);

impl Keys {
    /// Remembers what a search for spaces has found.
    pub(super) fn learn(&self, spaces: &[Result<Space, Rejected>]) {
        let spaces = spaces.iter().flatten();
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.extend(spaces.map(|space| (space.id.clone(), space.key.clone())));
    }

    /// The query that finds what `query` asks for.
    pub(super) fn cql(&self, query: &ContentQuery) -> String {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let keys = query.spaces.iter().filter_map(|id| known.get(id));
        cql(query, keys.map(SpaceKey::as_str))
    }
}

fn cql<'a>(query: &ContentQuery, keys: impl Iterator<Item = &'a str>) -> String {
    let mut clauses = vec![format!("type = {}", query.kind.as_str())];
    if !query.spaces.is_empty() {
        let keys: Vec<_> = keys.map(quoted).collect();
        clauses.push(format!("space in ({})", keys.join(", ")));
    }
    if !query.ids.is_empty() {
        let ids: Vec<_> = query.ids.iter().map(|id| quoted(id.as_str())).collect();
        clauses.push(format!("id in ({})", ids.join(", ")));
    }
    ordered(&clauses, query.order)
}

/// The query that finds stubs.
pub(super) fn stubs_cql(query: &StubQuery) -> String {
    let kinds = ContentKind::STUBS.map(ContentKind::as_str).join(", ");
    let mut clauses = vec![format!("type in ({kinds})")];
    if !query.spaces.is_empty() {
        let keys: Vec<_> = query.spaces.iter().map(|key| quoted(key.as_str())).collect();
        clauses.push(format!("space in ({})", keys.join(", ")));
    }
    ordered(&clauses, query.order)
}

fn ordered(clauses: &[String], order: Order) -> String {
    let order = match order {
        // What a search can sort by and edits do not change.
        Order::Id | Order::OldestFirst => "created asc",
        Order::LastIdFirst | Order::LastCreatedFirst => "created desc",
        Order::NewestFirst => "lastmodified desc",
    };
    format!("{} order by {order}", clauses.join(" and "))
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::{ContentQuery, Order, cql};
    use crate::model::{ContentId, ContentKind, SpaceId};

    #[test]
    fn a_query_names_spaces_by_key_and_no_time() {
        let all = ContentQuery {
            kind: ContentKind::Page,
            spaces: Vec::new(),
            ids: Vec::new(),
            statuses: Vec::new(),
            order: Order::Id,
            bodies: true,
            limit: 50,
        };
        let some = ContentQuery {
            spaces: vec![SpaceId::new("1"), SpaceId::new("2")],
            order: Order::NewestFirst,
            ..all.clone()
        };
        let ids = ContentQuery {
            kind: ContentKind::BlogPost,
            ids: vec![ContentId::new("7"), ContentId::new("8")],
            ..all.clone()
        };
        for (query, expected) in [
            (all, "type = page order by created asc"),
            (
                some,
                r#"type = page and space in ("ENG", "~a\"b") order by lastmodified desc"#,
            ),
            (
                ids,
                r#"type = blogpost and id in ("7", "8") order by created asc"#,
            ),
        ] {
            assert_eq!(cql(&query, ["ENG", "~a\"b"].into_iter()), expected);
        }
    }
}
