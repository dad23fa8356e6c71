//! The routes of the API, one function each, and how many points an answer costs.

mod details;
mod labels;
mod stubs;

pub(super) use details::MOST_READERS;
pub use stubs::StubQuery;

use std::borrow::Cow;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::json;

use super::{Error, ErrorKind, FileQuery};
use crate::auth::scopes::Need;
use crate::model::{AccountId, AnnexKind, ContentId, ContentKind, ContentStatus, Cursor, SpaceId};

/// The most items the API puts on one page of a listing.
const MOST_ITEMS: u16 = 250;
/// Versions come with their bodies, and nobody is in a hurry for them.
const MOST_VERSIONS: u16 = 50;

/// The route of spaces, and its path.
const SPACES: (&str, &str) = ("GET /wiki/api/v2/spaces", "wiki/api/v2/spaces");

/// The route of a search for content, and its path.
const FOUND: (&str, &str) = (
    "GET /wiki/rest/api/content/search",
    "wiki/rest/api/content/search",
);

/// The most hits that a search puts on one page, with bodies and without.
const MOST_FOUND: [u16; 2] = [50, 200];

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
    fn as_str(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::OldestFirst => "created-date",
            Self::NewestFirst => "-modified-date",
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
    /// In which order; not [`Order::Id`].
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

/// The order of a listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// By id: edits during the listing neither skip nor repeat anything.
    Id,
    /// First created first, which edits do not change either.
    OldestFirst,
    /// Last modified first.
    NewestFirst,
}

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
    /// Whether the answer is one thing rather than a listing of several.
    pub(super) is_single: bool,
    /// Whether the answer is a redirect, and where it leads is what is wanted.
    pub(super) leads: bool,
    /// Whether the items come with their bodies, so that fewer at once may succeed where many fail.
    pub(super) has_bodies: bool,
    /// What one item costs.
    pub(super) points_per_item: u64,
}

impl Endpoint {
    /// All spaces, archived ones included.
    pub(super) fn spaces(after: Option<&Cursor>) -> Self {
        let query = vec![
            ("status", "current,archived".to_owned()),
            ("sort", "id".to_owned()),
        ];
        Self::listing(Need::Spaces, SPACES.0, SPACES.1, query, MOST_ITEMS, after)
    }

    /// These spaces, if they are in the trash.
    pub(super) fn trashed_spaces(ids: &[SpaceId]) -> Self {
        let query = vec![("ids", joined(ids)), ("status", "trashed".to_owned())];
        Self::listing(Need::Spaces, SPACES.0, SPACES.1, query, MOST_ITEMS, None)
    }

    /// What rules of the site keep apps from, in these spaces.
    pub(super) fn data_policies(ids: &[SpaceId]) -> Self {
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

    /// One space, whichever: what the site shows to everybody whom it knows.
    pub(super) fn any_space() -> Self {
        Self {
            limit: 1,
            ..Self::spaces(None)
        }
    }

    /// Pages or blog posts.
    pub(super) fn content(query: &ContentQuery, after: Option<&Cursor>) -> Self {
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
            has_bodies: query.bodies,
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

    /// All spaces, as a search finds them.
    pub(super) fn found_spaces(after: Option<&Cursor>) -> Self {
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
    pub(super) fn found_content(bodies: bool, limit: u16, cql: String, after: Option<&Cursor>) -> Self {
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
            has_bodies: bodies,
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

    /// These users, as version 1 tells of them.
    pub(super) fn found_users(ids: &[AccountId]) -> Self {
        let query = ids.iter().map(|id| ("accountId", id.as_str().to_owned()));
        let limit = u16::try_from(ids.len()).unwrap_or(MOST_ITEMS);
        let (route, path) = ("GET /wiki/rest/api/user/bulk", "wiki/rest/api/user/bulk");
        Self {
            points_per_item: 2,
            ..Self::listing(Need::Details, route, path, query.collect(), limit, None)
        }
    }

    /// Version 1 promises another page behind the last one, and that is empty.
    pub(super) fn is_version_1(&self) -> bool {
        self.path.starts_with("wiki/rest/api/")
    }

    /// Comments or attachments.
    pub(super) fn annexes(query: &AnnexQuery, after: Option<&Cursor>) -> Self {
        let mut parameters = vec![("sort", query.order.as_str().to_owned())];
        let has_bodies = query.bodies && query.kind.place().is_some();
        if has_bodies {
            parameters.push(("body-format", "storage".to_owned()));
        }
        let (path, limit) = (annexes_path(query.kind), query.limit.clamp(1, MOST_ITEMS));
        Self {
            has_bodies,
            ..Self::listing(
                annexes_need(query.kind),
                query.route(),
                path,
                parameters,
                limit,
                after,
            )
        }
    }

    /// One comment or attachment.
    pub(super) fn annex(kind: AnnexKind, id: &ContentId) -> Self {
        let route = match kind {
            AnnexKind::FooterComment => "GET /wiki/api/v2/footer-comments/{id}",
            AnnexKind::InlineComment => "GET /wiki/api/v2/inline-comments/{id}",
            AnnexKind::Attachment => "GET /wiki/api/v2/attachments/{id}",
        };
        let format = kind.place().map(|_| ("body-format", "storage".to_owned()));
        Self {
            is_single: true,
            ..Self::listing(
                annexes_need(kind),
                route,
                format!("{}/{}", annexes_path(kind), encoded(id.as_str())),
                format.into_iter().collect(),
                1,
                None,
            )
        }
    }

    /// The versions of a page or blog post.
    pub(super) fn versions(kind: ContentKind, id: &ContentId, after: Option<&Cursor>) -> Self {
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
            has_bodies: true,
            ..Self::listing(Need::Pages, route, path, query, MOST_VERSIONS, after)
        }
    }

    /// Where the file of an attachment is, in one of its versions.
    pub(super) fn file(query: &FileQuery) -> Self {
        let (page, attachment) = (encoded(query.page.as_str()), encoded(query.attachment.as_str()));
        Self {
            is_single: true,
            leads: true,
            ..Self::listing(
                Need::Attachments,
                "GET /wiki/rest/api/content/{id}/child/attachment/{attachmentId}/download",
                format!("wiki/rest/api/content/{page}/child/attachment/{attachment}/download"),
                vec![("version", query.version.to_string())],
                1,
                None,
            )
        }
    }

    /// These users.
    pub(super) fn users(ids: &[AccountId]) -> Self {
        let ids: Vec<&str> = ids.iter().map(AccountId::as_str).collect();
        Self {
            route: "POST /wiki/api/v2/users-bulk",
            need: Need::Users,
            path: "wiki/api/v2/users-bulk".into(),
            query: Vec::new(),
            limit: u16::try_from(ids.len()).unwrap_or(MOST_ITEMS),
            cursor: None,
            body: Some(json!({ "accountIds": ids })),
            is_single: false,
            leads: false,
            has_bodies: false,
            points_per_item: 2,
        }
    }

    /// Who the site takes us for.
    pub(super) fn myself() -> Self {
        Self {
            route: "GET /wiki/rest/api/user/current",
            need: Need::Details,
            path: "wiki/rest/api/user/current".into(),
            query: Vec::new(),
            limit: 1,
            cursor: None,
            body: None,
            is_single: true,
            leads: false,
            has_bodies: false,
            points_per_item: 2,
        }
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
            is_single: false,
            leads: false,
            has_bodies: false,
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

    /// Asks for half as many bodies at once; says whether that was still possible.
    pub(super) fn halve(&mut self) -> bool {
        let possible = self.has_bodies && self.limit > 1;
        if possible {
            self.limit /= 2;
        }
        possible
    }

    /// The error of this request, given up for `kind`.
    pub(super) fn failed(&self, attempts: u32, kind: ErrorKind) -> Error {
        let kind = if self.has_bodies && self.limit == 1 && kind.may_be_size() {
            ErrorKind::BodyRefused {
                cause: Box::new(kind),
            }
        } else {
            kind
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
        if self.body.is_none() && !self.is_single {
            parameters.push(("limit", self.limit.to_string()));
        }
        parameters.extend(self.cursor.iter().map(|cursor| ("cursor", cursor.0.clone())));
        parameters
    }
}

fn with_archived_spaces() -> (&'static str, String) {
    ("includeArchivedSpaces", "true".to_owned())
}

fn annexes_need(kind: AnnexKind) -> Need {
    match kind {
        AnnexKind::FooterComment | AnnexKind::InlineComment => Need::Comments,
        AnnexKind::Attachment => Need::Attachments,
    }
}

fn annexes_path(kind: AnnexKind) -> &'static str {
    match kind {
        AnnexKind::FooterComment => "wiki/api/v2/footer-comments",
        AnnexKind::InlineComment => "wiki/api/v2/inline-comments",
        AnnexKind::Attachment => "wiki/api/v2/attachments",
    }
}

/// An id as a piece of a path: the site made it, but what it made is not known to be harmless there.
fn encoded(id: &str) -> percent_encoding::PercentEncode<'_> {
    utf8_percent_encode(id, NON_ALPHANUMERIC)
}

/// A filter of several spaces.
fn joined(ids: &[SpaceId]) -> String {
    ids.iter().map(SpaceId::as_str).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::{AnnexQuery, ContentQuery, Endpoint, Order};
    use crate::model::{AccountId, AnnexKind, ContentId, ContentKind, ContentStatus, Cursor, SpaceId};

    fn query() -> ContentQuery {
        ContentQuery {
            kind: ContentKind::Page,
            spaces: Vec::new(),
            ids: Vec::new(),
            statuses: Vec::new(),
            order: Order::Id,
            bodies: false,
            limit: 250,
        }
    }

    fn sent(endpoint: &Endpoint) -> String {
        let parameters = endpoint.parameters();
        let pairs: Vec<_> = parameters
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        format!("{}?{}", endpoint.path, pairs.join("&"))
    }

    #[test]
    fn a_listing_asks_for_what_its_query_says() {
        let all = Endpoint::content(&query(), None);
        assert_eq!(sent(&all), "wiki/api/v2/pages?sort=id&limit=250");

        let some = ContentQuery {
            kind: ContentKind::BlogPost,
            spaces: vec![SpaceId::new("1"), SpaceId::new("2")],
            ids: vec![ContentId::new("7"), ContentId::new("8")],
            statuses: vec![ContentStatus::Current, ContentStatus::Trashed],
            order: Order::NewestFirst,
            bodies: true,
            limit: 50,
        };
        let some = Endpoint::content(&some, Some(&Cursor("a+b=".to_owned())));
        assert_eq!(
            sent(&some),
            "wiki/api/v2/blogposts?sort=-modified-date&space-id=1,2&id=7,8&status=current,trashed\
             &body-format=storage&limit=2&cursor=a+b=",
            "two ids are two items at most"
        );
    }

    #[test]
    fn comments_are_asked_for_with_bodies_and_attachments_have_none() {
        let query = |kind, order| AnnexQuery {
            kind,
            order,
            bodies: true,
            limit: 250,
        };
        for (kind, order, expected) in [
            (
                AnnexKind::FooterComment,
                Order::NewestFirst,
                "wiki/api/v2/footer-comments?sort=-modified-date&body-format=storage&limit=250",
            ),
            (
                AnnexKind::InlineComment,
                Order::OldestFirst,
                "wiki/api/v2/inline-comments?sort=created-date&body-format=storage&limit=250",
            ),
            (
                AnnexKind::Attachment,
                Order::NewestFirst,
                "wiki/api/v2/attachments?sort=-modified-date&limit=250",
            ),
        ] {
            assert_eq!(sent(&Endpoint::annexes(&query(kind, order), None)), expected);
        }
        let one = Endpoint::annex(AnnexKind::Attachment, &ContentId::new("att7/../x"));
        assert_eq!(sent(&one), "wiki/api/v2/attachments/att7%2F%2E%2E%2Fx?");
        let one = Endpoint::annex(AnnexKind::FooterComment, &ContentId::new("7"));
        assert_eq!(sent(&one), "wiki/api/v2/footer-comments/7?body-format=storage");
    }

    #[test]
    fn the_id_of_a_page_stays_one_part_of_the_path() {
        let versions = Endpoint::versions(ContentKind::Page, &ContentId::new("7/../8?x"), None);
        assert_eq!(
            sent(&versions),
            "wiki/api/v2/pages/7%2F%2E%2E%2F8%3Fx/versions?sort=-modified-date&body-format=storage&limit=50"
        );
    }

    #[test]
    fn users_cost_two_points_each() {
        let users = Endpoint::users(&[AccountId::new("a"), AccountId::new("b")]);
        assert_eq!(users.most_points(), 5);
        assert!(users.parameters().is_empty());
        assert_eq!(users.body.unwrap().to_string(), r#"{"accountIds":["a","b"]}"#);
    }

    #[test]
    fn only_a_listing_with_bodies_can_be_halved_and_only_down_to_one() {
        let mut plain = Endpoint::content(&query(), None);
        assert!(!plain.halve());

        let mut heavy = Endpoint::content(
            &ContentQuery {
                bodies: true,
                ..query()
            },
            None,
        );
        let mut limits = vec![];
        while heavy.halve() {
            limits.push(heavy.limit);
        }
        assert_eq!(limits, [125, 62, 31, 15, 7, 3, 1]);
    }
}
