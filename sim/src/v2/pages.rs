//! Listings of pages and blog posts.

use serde::Serialize;

use crate::state::{Content, Kind, Order, Status, merge};

use super::listing::Query;
use super::wire::{self, BodyOut, ContentLinks, Format, Id, VersionOut, instant};
use super::{Found, Refusal, Visit};

/// Blog posts lack the last.
const ORDERS: [&str; 4] = ["id", "created-date", "modified-date", "title"];
/// How many ids the `id` filter takes.
const MOST_IDS: usize = 250;
/// How many spaces the `space-id` filter takes.
const MOST_SPACES: usize = 100;

/// `GET /pages`
pub(crate) fn list(visit: &Visit<'_>) -> Result<Found, Refusal> {
    let spaces = ids(visit, "space-id", MOST_SPACES)?;
    content(visit, Kind::Page, spaces.as_deref())
}

/// `GET /blogposts`
pub(crate) fn blog(visit: &Visit<'_>) -> Result<Found, Refusal> {
    let spaces = ids(visit, "space-id", MOST_SPACES)?;
    content(visit, Kind::BlogPost, spaces.as_deref())
}

/// `GET /spaces/{id}/pages`
pub(crate) fn of_space(visit: &Visit<'_>) -> Result<Found, Refusal> {
    content(visit, Kind::Page, Some(&[visible_space(visit)?]))
}

/// `GET /spaces/{id}/blogposts`
pub(crate) fn blog_of_space(visit: &Visit<'_>) -> Result<Found, Refusal> {
    content(visit, Kind::BlogPost, Some(&[visible_space(visit)?]))
}

fn visible_space(visit: &Visit<'_>) -> Result<u64, Refusal> {
    let id = visit.id()?;
    let space = visit.site.spaces.get(&id).filter(|space| visit.sees_space(space));
    space
        .map(|space| space.id)
        .ok_or_else(|| Refusal::not_found(&format!("No space found with id : {id}")))
}

/// The numbers of a filter; nothing where it is not used.
pub(crate) fn ids(visit: &Visit<'_>, name: &str, most: usize) -> Result<Option<Vec<u64>>, Refusal> {
    let given = visit.ask.list(name);
    if given.is_empty() {
        return Ok(None);
    }
    let numbers: Option<Vec<u64>> = given.iter().map(|id| id.parse().ok()).collect();
    numbers
        .filter(|numbers| numbers.len() <= most)
        .map(Some)
        .ok_or_else(|| Refusal::bad_parameter(name, "List"))
}

fn statuses(visit: &Visit<'_>, kind: Kind) -> Result<Vec<Status>, Refusal> {
    let mut statuses = Vec::new();
    for word in visit.ask.list("status") {
        match (word, kind) {
            ("current", _) => statuses.push(Status::Current),
            ("trashed", _) => statuses.push(Status::Trashed),
            ("archived", Kind::Page) => statuses.push(Status::Archived),
            // Accepted, and never anything there.
            ("deleted", _) => {}
            _ => return Err(Refusal::bad_parameter("status", "ContentStatus")),
        }
    }
    if visit.ask.list("status").is_empty() {
        statuses.push(Status::Current);
        if kind == Kind::Page {
            statuses.push(Status::Archived);
        }
    }
    Ok(statuses)
}

fn content(visit: &Visit<'_>, kind: Kind, spaces: Option<&[u64]>) -> Result<Found, Refusal> {
    let orders = if kind == Kind::Page {
        &ORDERS[..]
    } else {
        &ORDERS[..3]
    };
    let query = Query::new(visit, orders, 25)?;
    let order = Order::from_word(query.word());
    let format = Format::of_listing(visit)?;
    let statuses = statuses(visit, kind)?;
    let chosen = Chosen {
        ids: ids(visit, "id", MOST_IDS)?,
        title: visit.ask.param("title"),
        roots_only: visit.ask.param("depth") == Some("root"),
    };
    let is_wanted = |space: u64| spaces.is_none_or(|spaces| spaces.contains(&space));

    let (page, last) = if chosen.is_everything() {
        let shelves = visit.site.shelves(kind, &statuses, |space| {
            is_wanted(space.id) && visit.reads_space(space)
        });
        let mut ids = merge(&shelves, order, query.descending, query.after(), query.limit + 1);
        let has_more = ids.len() > query.limit;
        ids.truncate(query.limit);
        let page: Vec<&Content> = ids.iter().filter_map(|id| visit.site.content(*id)).collect();
        let last = page.last().filter(|_| has_more).map(|last| order.place(last));
        (page, last)
    } else {
        let fits = |content: &&Content| {
            content.kind == kind && statuses.contains(&content.status) && is_wanted(content.space)
        };
        let found = chosen.find(visit).filter(fits);
        query.cut(found.map(|content| (order.place(content), content)).collect())
    };
    // What the visitor may not see is left out only now, so that a page can be short, or empty, and yet not the last.
    let items: Vec<Item<'_>> = page
        .into_iter()
        .filter(|content| visit.sees(content))
        .map(|content| Item::new(visit, content, format))
        .collect();
    Ok(query.answer(visit, &items, last, 1))
}

/// Filters for which the whole site is looked through, as they are rare.
struct Chosen<'a> {
    ids: Option<Vec<u64>>,
    title: Option<&'a str>,
    roots_only: bool,
}

impl Chosen<'_> {
    fn is_everything(&self) -> bool {
        self.ids.is_none() && self.title.is_none() && !self.roots_only
    }

    fn find<'a>(&'a self, visit: &'a Visit<'_>) -> Box<dyn Iterator<Item = &'a Content> + 'a> {
        let candidates: Box<dyn Iterator<Item = &'a Content> + 'a> = match &self.ids {
            Some(ids) => {
                let unique: std::collections::BTreeSet<u64> = ids.iter().copied().collect();
                Box::new(unique.into_iter().filter_map(|id| visit.site.content(id)))
            }
            None => Box::new(visit.site.contents()),
        };
        Box::new(candidates.filter(|content| {
            self.title.is_none_or(|title| content.title() == title)
                && (!self.roots_only || content.parent.is_none())
        }))
    }
}

/// A page or blog post in a listing.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Item<'a> {
    id: Id,
    status: &'static str,
    title: &'a str,
    space_id: Id,
    #[serde(flatten)]
    tree: Option<Tree<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subtype: Option<()>,
    author_id: Option<&'a str>,
    created_at: String,
    version: VersionOut<'a>,
    body: BodyOut<'a>,
    #[serde(rename = "_links")]
    links: ContentLinks,
}

/// What pages have and blog posts lack.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Tree<'a> {
    parent_id: Option<Id>,
    parent_type: Option<&'static str>,
    position: Option<i32>,
    owner_id: Option<&'a str>,
    last_owner_id: Option<&'a str>,
}

impl<'a> Tree<'a> {
    pub(crate) fn new(visit: &Visit<'_>, content: &'a Content) -> Self {
        let parent = content.parent.and_then(|parent| visit.site.content(parent));
        Self {
            parent_id: content.parent.map(Id),
            parent_type: parent.map(|parent| parent.kind.word()),
            position: content.position,
            owner_id: content.author.as_deref(),
            last_owner_id: None,
        }
    }
}

impl<'a> Item<'a> {
    pub(crate) fn new(visit: &Visit<'_>, content: &'a Content, format: Option<Format>) -> Self {
        Self {
            id: Id(content.id),
            status: content.status.word(),
            title: content.title(),
            space_id: Id(content.space),
            tree: (content.kind == Kind::Page).then(|| Tree::new(visit, content)),
            // Null, as on most pages; blog posts have no such field.
            subtype: (content.kind == Kind::Page).then_some(()),
            author_id: content.author.as_deref(),
            created_at: instant(content.created_at),
            version: VersionOut::from(&content.version),
            body: wire::body(&content.version.body, format),
            links: ContentLinks::new(content, visit.site.spaces.get(&content.space)),
        }
    }
}
