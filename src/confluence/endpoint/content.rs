//! The routes of pages and blog posts.

use crate::auth::scopes::Need;
use crate::model::{ContentId, ContentKind, ContentStatus, Cursor, SpaceId};

use super::{Brings, ContentQuery, Endpoint, MOST_ITEMS, encoded, stubs};

/// Versions come with their bodies, and nobody is in a hurry for them.
const MOST_VERSIONS: u16 = 50;

impl Endpoint {
    /// Pages or blog posts.
    pub(in crate::confluence) fn content(query: &ContentQuery, after: Option<&Cursor>) -> Self {
        let mut parameters = vec![("sort", query.order.as_str().to_owned())];
        let mut filter = |name, words: Vec<&str>| {
            if !words.is_empty() {
                parameters.push((name, words.join(",")));
            }
        };
        filter("space-id", query.spaces.iter().map(SpaceId::as_str).collect());
        filter("id", query.ids.iter().map(ContentId::as_str).collect());
        filter(
            "status",
            query.statuses.iter().map(ContentStatus::as_str).collect(),
        );
        if query.bodies {
            parameters.push(("body-format", "storage".to_owned()));
        }
        let most = match query.ids.len() {
            0 => MOST_ITEMS,
            ids => u16::try_from(ids).unwrap_or(MOST_ITEMS).min(MOST_ITEMS),
        };
        Self {
            brings: Brings::items(query.bodies),
            ..Self::listing(
                Need::Pages,
                query.route(),
                stubs::path(query.kind),
                parameters,
                query.limit.clamp(1, most),
                after,
            )
        }
    }

    /// The versions of a page or blog post.
    pub(in crate::confluence) fn versions(kind: ContentKind, id: &ContentId, after: Option<&Cursor>) -> Self {
        let (route, listing) = match kind {
            ContentKind::BlogPost => ("GET /wiki/api/v2/blogposts/{id}/versions", "blogposts"),
            // Stubs have none: no page has their id.
            _ => ("GET /wiki/api/v2/pages/{id}/versions", "pages"),
        };
        let id = encoded(id.as_str());
        let query = vec![
            ("sort", "-modified-date".to_owned()),
            ("body-format", "storage".to_owned()),
        ];
        let path = format!("wiki/api/v2/{listing}/{id}/versions");
        Self {
            brings: Brings::Bodies,
            ..Self::listing(Need::Pages, route, path, query, MOST_VERSIONS, after)
        }
    }
}
