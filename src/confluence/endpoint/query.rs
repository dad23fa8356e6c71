//! What listings are asked for.

use super::stubs;
use crate::model::{AnnexKind, ContentId, ContentKind, ContentStatus, LabelId, SpaceId};

/// Which content to list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContentQuery {
    /// Pages or blog posts: the site lists no other kinds. A search also finds others by their ids.
    pub kind: ContentKind,
    /// Only in these spaces, at most 100; empty for all.
    pub spaces: Vec<SpaceId>,
    /// Only these, at most 250; empty for all.
    pub ids: Vec<ContentId>,
    /// Only in these states; empty for the server's choice, which is current and archived.
    pub statuses: Vec<ContentStatus>,
    /// In which order.
    pub order: Order,
    /// Whether to send bodies along, in storage format.
    pub bodies: bool,
    /// How many items a page may hold, 1 to 250. The server may send fewer.
    pub limit: u16,
}

impl Order {
    /// The site's word.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::OldestFirst => "created-date",
            Self::NewestFirst => "-modified-date",
            Self::LastIdFirst => "-id",
            Self::LastCreatedFirst => "-created-date",
        }
    }

    /// The same from the other end, for the orders that edits do not disturb.
    pub fn backwards(self) -> Option<Self> {
        match self {
            Self::Id => Some(Self::LastIdFirst),
            Self::OldestFirst => Some(Self::LastCreatedFirst),
            Self::NewestFirst | Self::LastIdFirst | Self::LastCreatedFirst => None,
        }
    }
}

impl ContentQuery {
    /// Method and route template of its requests, for errors and logs.
    pub fn route(&self) -> &'static str {
        match self.kind {
            ContentKind::Page => "GET /wiki/api/v2/pages",
            ContentKind::BlogPost => "GET /wiki/api/v2/blogposts",
            stub => stubs::route(stub),
        }
    }
}

/// Which comments or attachments to list: all of one kind, of the whole site. Their listings know no filter by space
/// or id, and no order by id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnnexQuery {
    /// Footer comments, inline comments or attachments.
    pub kind: AnnexKind,
    /// In which order; not by id.
    pub order: Order,
    /// Whether to send bodies along, in storage format. Attachments have none.
    pub bodies: bool,
    /// How many items a page may hold, 1 to 250. The server may send fewer.
    pub limit: u16,
}

impl AnnexQuery {
    /// Method and route template of its requests, for errors and logs.
    pub fn route(&self) -> &'static str {
        match self.kind {
            AnnexKind::FooterComment => "GET /wiki/api/v2/footer-comments",
            AnnexKind::InlineComment => "GET /wiki/api/v2/inline-comments",
            AnnexKind::Attachment => "GET /wiki/api/v2/attachments",
        }
    }
}

/// What carries which label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CarrierQuery {
    /// The label.
    pub label: LabelId,
    /// Pages or blog posts.
    pub kind: ContentKind,
    /// Only in these spaces, at most 100; empty for all.
    pub spaces: Vec<SpaceId>,
    /// In which order.
    pub order: Order,
    /// How many items a page may hold, 1 to 250. The server may send fewer.
    pub limit: u16,
}

/// The order of a listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// By id: edits during the listing neither skip nor repeat anything.
    Id,
    /// First created first, which edits do not change either.
    OldestFirst,
    /// Last modified first.
    NewestFirst,
    /// By id, the last one first.
    LastIdFirst,
    /// Last created first.
    LastCreatedFirst,
}
