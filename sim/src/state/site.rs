//! A Confluence tenant: its members, spaces and content.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{AccountId, Attachment, Comment, Content, Kind, Label, Shelf, Space, Status};

/// A site.
#[derive(Debug)]
pub(crate) struct Site {
    pub(crate) cloud_id: String,
    pub(crate) domain: String,
    pub(crate) name: String,
    pub(crate) members: BTreeSet<AccountId>,
    pub(crate) spaces: BTreeMap<u64, Space>,
    pub(crate) labels: BTreeMap<u64, Label>,
    /// Whether the list of labels comes back empty, whatever there is.
    pub(crate) hides_labels: bool,
    /// Whether it still answers the routes of version 1 that were removed.
    pub(crate) keeps_version_1: bool,
    pub(crate) attachments: BTreeMap<u64, Attachment>,
    pub(crate) comments: BTreeMap<u64, Comment>,
    contents: HashMap<u64, Content>,
    shelves: BTreeMap<(u64, Kind, Status), Shelf>,
    children: BTreeMap<u64, BTreeSet<u64>>,
    last_id: u64,
}

impl Site {
    pub(crate) fn new(cloud_id: String, domain: &str) -> Self {
        let name = domain.split('.').next().unwrap_or(domain).to_owned();
        Self {
            cloud_id,
            domain: domain.to_owned(),
            name,
            members: BTreeSet::new(),
            spaces: BTreeMap::new(),
            labels: BTreeMap::new(),
            hides_labels: false,
            keeps_version_1: false,
            attachments: BTreeMap::new(),
            comments: BTreeMap::new(),
            contents: HashMap::new(),
            shelves: BTreeMap::new(),
            children: BTreeMap::new(),
            last_id: 65_536,
        }
    }

    /// An id that nothing on the site has had.
    pub(crate) fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    /// The id of the label written so, which it gets when first used.
    pub(crate) fn label_id(&mut self, written: &str) -> u64 {
        let label = Label::written(written);
        let known = self.labels.iter().find(|(_, known)| **known == label);
        if let Some((id, _)) = known {
            return *id;
        }
        let id = self.next_id();
        self.labels.insert(id, label);
        id
    }

    pub(crate) fn content(&self, id: u64) -> Option<&Content> {
        self.contents.get(&id)
    }

    pub(crate) fn contents(&self) -> impl Iterator<Item = &Content> {
        self.contents.values()
    }

    /// The direct children, by id.
    pub(crate) fn children_of(&self, id: u64) -> impl Iterator<Item = &Content> {
        self.children
            .get(&id)
            .into_iter()
            .flatten()
            .filter_map(|child| self.contents.get(child))
    }

    /// The shelves of a kind, in the spaces and states that are wanted.
    pub(crate) fn shelves(
        &self,
        kind: Kind,
        statuses: &[Status],
        wants: impl Fn(&Space) -> bool,
    ) -> Vec<&Shelf> {
        let shelves = self.shelves.iter().filter(|((space, of, status), shelf)| {
            *of == kind
                && statuses.contains(status)
                && shelf.len() > 0
                && self.spaces.get(space).is_some_and(&wants)
        });
        shelves.map(|(_, shelf)| shelf).collect()
    }

    /// Puts content in its place, or back there.
    pub(crate) fn put(&mut self, content: Content) {
        let place = (content.space, content.kind, content.status);
        self.shelves.entry(place).or_default().add(&content);
        if let Some(parent) = content.parent {
            self.children.entry(parent).or_default().insert(content.id);
        }
        self.contents.insert(content.id, content);
    }

    /// Takes content out, with its attachments and comments left where they are.
    pub(crate) fn take(&mut self, id: u64) -> Option<Content> {
        let content = self.contents.remove(&id)?;
        let place = (content.space, content.kind, content.status);
        if let Some(shelf) = self.shelves.get_mut(&place) {
            shelf.remove(&content);
        }
        if let Some(siblings) = content.parent.and_then(|parent| self.children.get_mut(&parent)) {
            siblings.remove(&id);
        }
        Some(content)
    }

    /// Changes content and everything that is sorted by it. Content that does not exist stays so.
    pub(crate) fn change(&mut self, id: u64, change: impl FnOnce(&mut Content)) {
        if let Some(mut content) = self.take(id) {
            change(&mut content);
            self.put(content);
        }
    }
}
