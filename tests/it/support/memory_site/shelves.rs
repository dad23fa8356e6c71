//! The spaces of the site in memory.

use std::collections::BTreeMap;

use millpond::confluence::{Batch, Order};
use millpond::model::{Cursor, Space, SpaceId, SpaceKey};

use super::World;

/// Something that people do with spaces. Numbers pick modulo how many there are.
#[derive(Clone, Debug)]
pub(crate) enum SpaceEvent {
    Make,
    /// Changes the key along with the name.
    Rename(u8),
    Archive(u8),
    Unarchive(u8),
    /// All that is in it vanishes from the listings along with it.
    Trash(u8),
    Restore(u8),
    /// The account loses its access.
    Hide(u8),
    Show(u8),
}

/// A space as a visitor sees it, and as the mirror should hold it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SeenSpace {
    pub(crate) id: String,
    pub(crate) key: String,
    pub(crate) name: String,
    pub(crate) status: String,
}

#[derive(Clone, Debug)]
struct Shelf {
    key: String,
    is_archived: bool,
    is_trashed: bool,
    is_hidden: bool,
}

/// All spaces, by id.
#[derive(Debug)]
pub(super) struct Shelves(BTreeMap<u64, Shelf>);

impl Shelves {
    pub(super) fn new(count: u64) -> Self {
        Self((0..count).map(|id| (id, Shelf::new(id))).collect())
    }

    pub(super) fn happen(&mut self, event: &SpaceEvent, now: u64) {
        match *event {
            SpaceEvent::Make => {
                let id = self.0.len() as u64;
                self.0.insert(id, Shelf::new(id));
            }
            SpaceEvent::Rename(space) => self.change(space, |shelf| shelf.key = format!("R{now}")),
            SpaceEvent::Archive(space) => self.change(space, |shelf| shelf.is_archived = true),
            SpaceEvent::Unarchive(space) => self.change(space, |shelf| shelf.is_archived = false),
            SpaceEvent::Trash(space) => self.change(space, |shelf| shelf.is_trashed = true),
            SpaceEvent::Restore(space) => self.change(space, |shelf| shelf.is_trashed = false),
            SpaceEvent::Hide(space) => self.change(space, |shelf| shelf.is_hidden = true),
            SpaceEvent::Show(space) => self.change(space, |shelf| shelf.is_hidden = false),
        }
    }

    fn change(&mut self, number: u8, change: impl FnOnce(&mut Shelf)) {
        let id = self.pick(number);
        self.0.get_mut(&id).map(change);
    }

    /// There is always one.
    pub(super) fn pick(&self, number: u8) -> u64 {
        u64::from(number) % self.0.len() as u64
    }

    pub(super) fn shows(&self, id: u64) -> bool {
        self.0.get(&id).is_some_and(Shelf::is_shown)
    }

    pub(super) fn key(&self, id: u64) -> SpaceKey {
        SpaceKey::new(self.0[&id].key.clone())
    }

    pub(super) fn visible(&self) -> impl Iterator<Item = Space> {
        let shown = self.0.iter().filter(|(_, shelf)| shelf.is_shown());
        shown.map(|(id, shelf)| shelf.space(*id))
    }

    /// Those of the ids that are in the trash, as far as the account sees them.
    pub(super) fn trashed(&self, ids: &[SpaceId]) -> impl Iterator<Item = Space> {
        let trashed = self
            .0
            .iter()
            .filter(|(_, shelf)| shelf.is_trashed && !shelf.is_hidden);
        let spaces = trashed.map(|(id, shelf)| shelf.space(*id));
        spaces.filter(|space| ids.contains(&space.id))
    }

    /// The ids of all.
    pub(super) fn names(&self) -> impl Iterator<Item = String> {
        self.0.keys().map(ToString::to_string)
    }

    pub(super) fn seen(&self) -> Vec<SeenSpace> {
        let seen = |space: Space| SeenSpace {
            id: space.id.to_string(),
            key: space.key.to_string(),
            name: space.name,
            status: space.status,
        };
        self.visible().map(seen).collect()
    }
}

impl World {
    /// A page of the listing of spaces.
    pub(super) fn list_spaces(&self, order: Order, after: Option<&Cursor>) -> Option<Batch<Space>> {
        let place = |space: &Space| {
            let id: u64 = space.id.as_str().parse().unwrap();
            format!("{:06}", if order == Order::Id { id } else { 999_999 - id })
        };
        let found = self
            .spaces
            .visible()
            .map(|space| (place(&space), space.id.to_string(), space));
        let (spaces, next) = self.cut(found.collect(), after)?;
        Some(self.dated(spaces.into_iter().map(Ok).collect(), next))
    }
}

impl Shelf {
    fn new(id: u64) -> Self {
        Self {
            key: format!("S{id}"),
            is_archived: false,
            is_trashed: false,
            is_hidden: false,
        }
    }

    fn is_shown(&self) -> bool {
        !self.is_trashed && !self.is_hidden
    }

    fn space(&self, id: u64) -> Space {
        let status = if self.is_trashed {
            "trashed"
        } else if self.is_archived {
            "archived"
        } else {
            "current"
        };
        Space {
            id: SpaceId::new(id.to_string()),
            key: SpaceKey::new(self.key.clone()),
            name: format!("Space {}", self.key),
            kind: "global".to_owned(),
            status: status.to_owned(),
            homepage: None,
        }
    }
}
