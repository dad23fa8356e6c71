//! The routes of what is looked up content by content.

use crate::auth::scopes::Need;
use crate::model::{ContentId, ContentKind, Cursor};

use super::{Brings, Endpoint, MOST_ITEMS, encoded};

/// How many accounts and how many groups an answer about restrictions may hold.
pub(in crate::confluence) const MOST_READERS: u16 = 100;

impl Endpoint {
    /// The properties of a page or blog post: the one of this key, or all.
    pub(in crate::confluence) fn properties(
        kind: ContentKind,
        id: &ContentId,
        key: Option<&str>,
        after: Option<&Cursor>,
    ) -> Self {
        let (route, kind) = match kind {
            ContentKind::BlogPost => ("GET /wiki/api/v2/blogposts/{id}/properties", "blogposts"),
            // Stubs are not asked for theirs.
            _ => ("GET /wiki/api/v2/pages/{id}/properties", "pages"),
        };
        let path = format!("wiki/api/v2/{kind}/{}/properties", encoded(id.as_str()));
        let mut query = vec![("sort", "key".to_owned())];
        query.extend(key.map(|key| ("key", key.to_owned())));
        Self::listing(Need::Pages, route, path, query, MOST_ITEMS, after)
    }

    /// Who may read a page or blog post, from the `start`th on.
    pub(in crate::confluence) fn readers(id: &ContentId, start: usize) -> Self {
        let query = vec![
            ("expand", "restrictions.user,restrictions.group".to_owned()),
            ("start", start.to_string()),
            ("limit", MOST_READERS.to_string()),
        ];
        Self {
            brings: Brings::One,
            points_per_item: 2,
            ..Self::listing(
                Need::Details,
                "GET /wiki/rest/api/content/{id}/restriction/byOperation/read",
                format!(
                    "wiki/rest/api/content/{}/restriction/byOperation/read",
                    encoded(id.as_str())
                ),
                query,
                1,
                None,
            )
        }
    }
}
