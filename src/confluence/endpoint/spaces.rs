//! The routes of spaces.

use crate::auth::scopes::Need;
use crate::model::{Cursor, SpaceId};

use super::{Endpoint, MOST_ITEMS, Order};

/// The route of spaces, and its path.
const SPACES: (&str, &str) = ("GET /wiki/api/v2/spaces", "wiki/api/v2/spaces");

impl Endpoint {
    /// All spaces, archived ones included.
    pub(in crate::confluence) fn spaces(order: Order, after: Option<&Cursor>) -> Self {
        let query = vec![
            ("status", "current,archived".to_owned()),
            ("sort", order.as_str().to_owned()),
        ];
        Self::listing(Need::Spaces, SPACES.0, SPACES.1, query, MOST_ITEMS, after)
    }

    /// These spaces, if they are in the trash.
    pub(in crate::confluence) fn trashed_spaces(ids: &[SpaceId]) -> Self {
        let query = vec![("ids", joined(ids)), ("status", "trashed".to_owned())];
        Self::listing(Need::Spaces, SPACES.0, SPACES.1, query, MOST_ITEMS, None)
    }

    /// What rules of the site keep apps from, in these spaces.
    pub(in crate::confluence) fn data_policies(ids: &[SpaceId]) -> Self {
        let query = vec![("ids", joined(ids))];
        Self::listing(
            Need::Spaces,
            "GET /wiki/api/v2/data-policies/spaces",
            "wiki/api/v2/data-policies/spaces",
            query,
            MOST_ITEMS,
            None,
        )
    }

    /// One space, whichever comes first: what the site shows to everybody whom it knows.
    pub(in crate::confluence) fn any_space(order: Order) -> Self {
        Self {
            limit: 1,
            ..Self::spaces(order, None)
        }
    }
}

/// A filter of several spaces.
fn joined(ids: &[SpaceId]) -> String {
    ids.iter().map(SpaceId::as_str).collect::<Vec<_>>().join(",")
}
