//! Content in the orders that listings have, so that a listing never looks at more than it answers.

use std::cmp::Ordering;
use std::collections::{BTreeSet, BinaryHeap};
use std::ops::Bound;
use std::sync::Arc;

use super::Content;

/// What listings are sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    Id,
    Created,
    Modified,
    Title,
}

impl Order {
    const ALL: [Self; 4] = [Self::Id, Self::Created, Self::Modified, Self::Title];

    /// The order of that name; that of the ids where there is none.
    pub(crate) fn from_word(word: &str) -> Self {
        match word {
            "created-date" => Self::Created,
            "modified-date" => Self::Modified,
            "title" => Self::Title,
            _ => Self::Id,
        }
    }

    /// Where content stands in this order.
    pub(crate) fn place(self, content: &Content) -> (Place, u64) {
        let place = match self {
            Self::Id => Place::Number(content.id.cast_signed()),
            Self::Created => Place::Number(content.created_at.timestamp_millis()),
            Self::Modified => Place::Number(content.version.created_at.timestamp_millis()),
            Self::Title => Place::Text(Arc::clone(&content.version.title)),
        };
        (place, content.id)
    }
}

/// A value to sort by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place {
    Number(i64),
    Text(Arc<str>),
}

/// The content of one space, kind and status.
#[derive(Debug, Default)]
pub(crate) struct Shelf([BTreeSet<(Place, u64)>; 4]);

impl Shelf {
    pub(crate) fn add(&mut self, content: &Content) {
        for (order, set) in Order::ALL.into_iter().zip(&mut self.0) {
            set.insert(order.place(content));
        }
    }

    pub(crate) fn remove(&mut self, content: &Content) {
        for (order, set) in Order::ALL.into_iter().zip(&mut self.0) {
            set.remove(&order.place(content));
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.0[0].len()
    }

    /// Everything behind `after`, in order.
    fn walk<'a>(
        &'a self,
        order: Order,
        descending: bool,
        after: Option<&(Place, u64)>,
    ) -> Box<dyn Iterator<Item = &'a (Place, u64)> + 'a> {
        let set = &self.0[order as usize];
        match after.cloned() {
            None if descending => Box::new(set.iter().rev()),
            None => Box::new(set.iter()),
            Some(place) if descending => Box::new(set.range(..place).rev()),
            Some(place) => Box::new(set.range((Bound::Excluded(place), Bound::Unbounded))),
        }
    }
}

/// The first of a shelf that has not been taken yet.
struct Head<'a> {
    place: &'a (Place, u64),
    descending: bool,
    shelf: usize,
}

impl Ord for Head<'_> {
    /// The heap takes the greatest first.
    fn cmp(&self, other: &Self) -> Ordering {
        let ascending = other.place.cmp(self.place);
        if self.descending {
            ascending.reverse()
        } else {
            ascending
        }
    }
}

impl PartialOrd for Head<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Head<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Head<'_> {}

/// The ids of the next `limit` items behind `after` on all the shelves together.
pub(crate) fn merge(
    shelves: &[&Shelf],
    order: Order,
    descending: bool,
    after: Option<&(Place, u64)>,
    limit: usize,
) -> Vec<u64> {
    let mut walks: Vec<_> = shelves
        .iter()
        .map(|shelf| shelf.walk(order, descending, after))
        .collect();
    let mut heads: BinaryHeap<Head<'_>> = walks
        .iter_mut()
        .enumerate()
        .filter_map(|(shelf, walk)| {
            walk.next().map(|place| Head {
                place,
                descending,
                shelf,
            })
        })
        .collect();
    let mut ids = Vec::with_capacity(limit);
    while ids.len() < limit
        && let Some(Head { place, shelf, .. }) = heads.pop()
    {
        ids.push(place.1);
        heads.extend(walks[shelf].next().map(|place| Head {
            place,
            descending,
            shelf,
        }));
    }
    ids
}
