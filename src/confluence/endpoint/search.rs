//! The routes of the search of version 1.

use crate::auth::scopes::Need;
use crate::model::Cursor;

use super::{Brings, Endpoint};

/// The route of a search for content, and its path.
pub(super) const FOUND: (&str, &str) = (
    "GET /wiki/rest/api/content/search",
    "wiki/rest/api/content/search",
);

/// The most hits that a search puts on one page, with bodies and without.
const MOST_FOUND: [u16; 2] = [50, 200];

impl Endpoint {
    /// All spaces, as a search finds them.
    pub(in crate::confluence) fn found_spaces(after: Option<&Cursor>) -> Self {
        let query = vec![("cql", "type = space".to_owned()), with_archived_spaces()];
        let route = "GET /wiki/rest/api/search";
        Self::listing(
            Need::Details,
            route,
            "wiki/rest/api/search",
            query,
            MOST_FOUND[1],
            after,
        )
    }

    /// Content, as a search finds it.
    pub(in crate::confluence) fn found_content(
        bodies: bool,
        limit: u16,
        cql: String,
        after: Option<&Cursor>,
    ) -> Self {
        let expand = ["version,space,ancestors,history", ",body.storage"];
        let (expand, most) = if bodies {
            (expand.concat(), MOST_FOUND[0])
        } else {
            (expand[0].to_owned(), MOST_FOUND[1])
        };
        let parameters = vec![
            ("cql", cql),
            (
                "cqlcontext",
                r#"{"contentStatuses":["current","archived"]}"#.to_owned(),
            ),
            with_archived_spaces(),
            ("expand", expand),
        ];
        Self {
            brings: Brings::items(bodies),
            ..Self::listing(
                Need::Details,
                FOUND.0,
                FOUND.1,
                parameters,
                limit.clamp(1, most),
                after,
            )
        }
    }
}

fn with_archived_spaces() -> (&'static str, String) {
    ("includeArchivedSpaces", "true".to_owned())
}
