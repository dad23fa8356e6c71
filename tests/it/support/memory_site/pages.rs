//! Pages and their like, and how they are listed.

use std::collections::BTreeSet;

use millpond::confluence::{Batch, CarrierQuery, ContentQuery, Order, StubQuery};
use millpond::model::{
    AccountId, Body, Carrier, Content, ContentId, ContentKind, ContentStatus, Cursor, Label, LabelId, Parent,
    Rejected, SpaceId, Version,
};

use super::{ITEMS_PER_PAGE, PEOPLE, World, instant};

/// A page as a visitor sees it, and as the mirror should hold it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Seen {
    pub(crate) id: String,
    pub(crate) kind: String,
    pub(crate) space: String,
    pub(crate) parent: Option<String>,
    pub(crate) title: String,
    pub(crate) status: String,
    pub(crate) version: u32,
    pub(crate) body: String,
    pub(crate) labels: Vec<String>,
}

#[derive(Clone, Debug)]
pub(super) struct Page {
    pub(super) kind: ContentKind,
    pub(super) space: u64,
    pub(super) parent: Option<u64>,
    pub(super) title: String,
    pub(super) status: ContentStatus,
    pub(super) version: u32,
    pub(super) created_at: u64,
    pub(super) modified_at: u64,
    pub(super) labels: BTreeSet<u64>,
}

impl World {
    pub(super) fn label(&self, id: u64) -> Label {
        let prefixes = ["global", "team"];
        let number = self.labels[usize::try_from(id).unwrap()];
        Label {
            id: LabelId::new(id.to_string()),
            prefix: prefixes[usize::from(number) % 2].to_owned(),
            name: format!("label-{}", number / 2),
        }
    }

    /// The part of a listing behind a place. The cursor is the last id before it.
    pub(super) fn page<T>(&self, ids: &[u64], after: Option<&Cursor>, item: impl Fn(u64) -> T) -> Batch<T> {
        let last: Option<u64> = after.map(|cursor| cursor.0.parse().unwrap());
        let skipped = last.map_or(0, |last| {
            // What vanished meanwhile leaves its neighbours in their order.
            let at = ids.iter().position(|id| *id == last);
            at.map_or_else(|| ids.iter().filter(|id| **id < last).count(), |at| at + 1)
        });
        let rest = &ids[skipped..];
        let next = rest
            .get(ITEMS_PER_PAGE)
            .map(|_| Cursor(rest[ITEMS_PER_PAGE - 1].to_string()));
        Batch {
            items: rest.iter().take(ITEMS_PER_PAGE).map(|id| Ok(item(*id))).collect(),
            next,
            server_time: Some(instant(self.now)),
        }
    }

    /// What a search finds of folders and their like: all that are alive.
    pub(super) fn find_stubs(&self, query: &StubQuery, after: Option<&Cursor>) -> Option<Batch<Content>> {
        let fits = |page: &Page| {
            page.kind.is_stub()
                && self.shows_page(page)
                && (query.spaces.is_empty() || query.spaces.contains(&self.spaces.key(page.space)))
        };
        let found = self.pages.iter().filter(|(_, page)| fits(page));
        let found = found.map(|(id, page)| (page.key(*id, query.order), id.to_string(), *id));
        let (ids, next) = self.cut(found.collect(), after)?;
        let items = ids
            .into_iter()
            .map(|id| Ok(self.pages[&id].content(id, false, self)));
        Some(self.dated(items.collect(), next))
    }

    /// Whether a visitor sees it: not in the trash, and in a space that is shown.
    pub(super) fn shows_page(&self, page: &Page) -> bool {
        page.status.is_alive() && self.spaces.shows(page.space)
    }

    /// What a person is called.
    pub(super) fn name(&self, id: &str) -> String {
        let times = self.renamed.get(id).copied().unwrap_or_default();
        format!("{id} by name {times}")
    }

    pub(super) fn list(&self, query: &ContentQuery, after: Option<&Cursor>) -> Option<Batch<Content>> {
        let found = self
            .pages
            .iter()
            .filter(|(id, page)| query.selects(**id, page) && self.spaces.shows(page.space))
            .map(|(id, page)| (page.key(*id, query.order), id.to_string(), *id));
        let (ids, next) = self.cut(found.collect(), after)?;
        let items = ids
            .into_iter()
            .map(|id| Ok(self.pages[&id].content(id, query.bodies, self)));
        Some(self.dated(items.collect(), next))
    }

    pub(super) fn list_carriers(
        &self,
        label: u64,
        query: &CarrierQuery,
        after: Option<&Cursor>,
    ) -> Option<Batch<Carrier>> {
        let carries = |page: &Page| {
            query.kind == page.kind
                && self.shows_page(page)
                && page.labels.contains(&label)
                && is_within(&query.spaces, page)
        };
        let found = self.pages.iter().filter(|(_, page)| carries(page));
        let found = found.map(|(id, page)| (page.key(*id, query.order), id.to_string(), *id));
        let (ids, next) = self.cut(found.collect(), after)?;
        let items = ids.into_iter().map(|id| {
            Ok(Carrier {
                id: ContentId::new(id.to_string()),
                modified_at: Some(instant(self.pages[&id].modified_at)),
            })
        });
        Some(self.dated(items.collect(), next))
    }

    /// A page of a listing, with the site's time.
    pub(super) fn dated<T>(&self, items: Vec<Result<T, Rejected>>, next: Option<Cursor>) -> Batch<T> {
        Batch {
            items,
            next,
            server_time: Some(instant(self.now)),
        }
    }
}

/// What a listing selects, as the real one does.
trait Selects {
    fn selects(&self, id: u64, page: &Page) -> bool;
}

impl Selects for ContentQuery {
    fn selects(&self, id: u64, page: &Page) -> bool {
        let wanted = |status: &ContentStatus| match self.statuses.as_slice() {
            [] => status.is_alive(),
            statuses => statuses.contains(status),
        };
        self.kind == page.kind
            && is_within(&self.spaces, page)
            && (self.ids.is_empty() || self.ids.contains(&ContentId::new(id.to_string())))
            && wanted(&page.status)
    }
}

/// Whether a filter by space lets the page through.
fn is_within(spaces: &[SpaceId], page: &Page) -> bool {
    spaces.is_empty() || spaces.contains(&SpaceId::new(page.space.to_string()))
}

impl Page {
    pub(super) fn touch(&mut self, now: u64) {
        self.version += 1;
        self.modified_at = now;
    }

    /// Where the page stands in a listing.
    pub(super) fn key(&self, id: u64, order: Order) -> String {
        match order {
            Order::Id => format!("{id:012}"),
            Order::OldestFirst => format!("{:020}-{id:012}", self.created_at),
            Order::NewestFirst => format!("{:020}-{id:012}", u64::MAX / 2 - self.modified_at),
            Order::LastIdFirst => format!("{:012}", 999_999_999_999 - id),
            Order::LastCreatedFirst => {
                format!(
                    "{:020}-{:012}",
                    u64::MAX / 2 - self.created_at,
                    999_999_999_999 - id
                )
            }
        }
    }

    pub(super) fn body(&self, id: u64) -> String {
        if self.kind.is_stub() {
            return "<p></p>".to_owned();
        }
        format!("<p>Body of {id} at version {}</p>", self.version)
    }

    pub(super) fn seen(&self, id: u64, world: &World) -> Seen {
        let labels = self.labels.iter().map(|label| world.label(*label));
        let mut labels: Vec<_> = labels
            .map(|label| format!("{}:{}", label.prefix, label.name))
            .collect();
        labels.sort();
        Seen {
            labels,
            id: id.to_string(),
            kind: self.kind.as_str().to_owned(),
            space: self.space.to_string(),
            parent: self.parent.map(|parent| parent.to_string()),
            title: self.title.clone(),
            status: self.status.to_string(),
            version: self.version,
            body: self.body(id),
        }
    }

    pub(super) fn content(&self, id: u64, with_body: bool, world: &World) -> Content {
        Content {
            id: ContentId::new(id.to_string()),
            kind: self.kind,
            space: SpaceId::new(self.space.to_string()),
            parent: self.parent.map(|parent| Parent {
                id: ContentId::new(parent.to_string()),
                kind: world
                    .pages
                    .get(&parent)
                    .map_or("", |parent| parent.kind.as_str())
                    .to_owned(),
            }),
            position: None,
            title: self.title.clone(),
            status: self.status.clone(),
            author: Some(AccountId::new(PEOPLE[0])),
            created_at: instant(self.created_at),
            version: Version {
                number: self.version,
                message: String::new(),
                is_minor: false,
                author: Some(AccountId::new(PEOPLE[1])),
                created_at: instant(self.modified_at),
            },
            webui: format!("/spaces/S{}/pages/{id}", self.space),
            embed_url: None,
            body: (with_body && !self.kind.is_stub()).then(|| Body::Storage(self.body(id))),
        }
    }
}
