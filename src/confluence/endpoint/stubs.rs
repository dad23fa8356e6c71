//! The routes of what no listing has: folders, whiteboards, databases and smart links.

use crate::auth::scopes::Need;
use crate::model::{ContentId, ContentKind, Cursor, SpaceKey};

use super::search::FOUND;
use super::{Brings, Endpoint, Order, encoded};

/// Which of them to search for: all four kinds at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StubQuery {
    /// Only in the spaces of these keys; empty for all.
    pub spaces: Vec<SpaceKey>,
    /// In which order; not by id.
    pub order: Order,
    /// How many hits a page may hold. The server may send fewer.
    pub limit: u16,
}

impl StubQuery {
    /// Method and route template of its requests, for errors and logs.
    pub fn route(&self) -> &'static str {
        FOUND.0
    }
}

impl Endpoint {
    /// One of them, asked for as what it is: no page has its id.
    pub(in crate::confluence) fn stub(kind: ContentKind, id: &ContentId) -> Self {
        let need = match kind {
            ContentKind::Folder => Need::Folders,
            ContentKind::Whiteboard => Need::Whiteboards,
            ContentKind::Database => Need::Databases,
            ContentKind::Embed => Need::Embeds,
            ContentKind::Page | ContentKind::BlogPost => Need::Pages,
        };
        let path = format!("{}/{}", path(kind), encoded(id.as_str()));
        Self {
            brings: Brings::One,
            ..Self::listing(need, route(kind), path, Vec::new(), 1, None)
        }
    }

    /// A search for them.
    pub(in crate::confluence) fn found_stubs(limit: u16, cql: String, after: Option<&Cursor>) -> Self {
        Self::found_content(false, limit, cql, after)
    }
}

/// Method and route template of one of a kind, for errors and logs.
pub(super) fn route(kind: ContentKind) -> &'static str {
    match kind {
        ContentKind::Page => "GET /wiki/api/v2/pages/{id}",
        ContentKind::BlogPost => "GET /wiki/api/v2/blogposts/{id}",
        ContentKind::Folder => "GET /wiki/api/v2/folders/{id}",
        ContentKind::Whiteboard => "GET /wiki/api/v2/whiteboards/{id}",
        ContentKind::Database => "GET /wiki/api/v2/databases/{id}",
        ContentKind::Embed => "GET /wiki/api/v2/embeds/{id}",
    }
}

/// Where all of a kind are.
pub(super) fn path(kind: ContentKind) -> &'static str {
    match kind {
        ContentKind::Page => "wiki/api/v2/pages",
        ContentKind::BlogPost => "wiki/api/v2/blogposts",
        ContentKind::Folder => "wiki/api/v2/folders",
        ContentKind::Whiteboard => "wiki/api/v2/whiteboards",
        ContentKind::Database => "wiki/api/v2/databases",
        ContentKind::Embed => "wiki/api/v2/embeds",
    }
}
