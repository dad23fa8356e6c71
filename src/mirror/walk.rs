//! Walks a listing page by page, past what the site cannot deliver, and never in circles.
//!
//! Where it is the body of an item that does not come, the item is taken without it. Where it is the item itself,
//! nothing leads past it, for only the site knows where a listing goes on: so the walk turns round and reads the listing
//! from its other end, until it meets the item from behind. What it could not see is then a [`Gap`], and the listing
//! proves nothing of what it lacks.

use tracing::{debug, info};

use crate::confluence::{Batch, Error, ErrorKind, Seen};
use crate::model::{Cursor, Finding, FindingKind, Rejected, SpaceId};

use super::Source;
use super::query::Query;

/// One listing under way.
pub(super) struct Walk<'a, S, Q> {
    source: &'a S,
    query: Q,
    seen: Seen,
    last: Option<Neighbour>,
    turn: Option<Turn>,
}

/// An item beside one that the site cannot deliver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Neighbour {
    pub(super) id: String,
    pub(super) space: Option<SpaceId>,
}

/// Where a walk turned round, and why.
struct Turn {
    /// The last item before; nothing where the first one was in the way.
    before: Option<Neighbour>,
    why: String,
    /// Whether the walk came to that item, or to the listing's beginning: then it has seen everything after all.
    is_met: bool,
}

/// What a listing could not tell.
#[derive(Debug)]
pub(super) struct Gap {
    /// The item before it; nothing at the beginning of the listing.
    pub(super) before: Option<Neighbour>,
    /// The item behind it; nothing at the end of the listing.
    pub(super) after: Option<Neighbour>,
    why: String,
}

impl<'a, S: Source, Q: Query> Walk<'a, S, Q> {
    pub(super) fn new(source: &'a S, query: Q) -> Self {
        Self {
            source,
            query,
            seen: Seen::new(),
            last: None,
            turn: None,
        }
    }

    /// A walk that goes on behind the item `last`; where it had turned round before, that is the item before the turn.
    pub(super) fn resumed(source: &'a S, query: Q, last: Option<String>, is_backwards: bool) -> Self {
        let last = last.map(|id| Neighbour { id, space: None });
        let backwards = is_backwards.then(|| query.clone().backwards()).flatten();
        match backwards {
            Some(query) => Self {
                turn: Some(Turn {
                    before: last,
                    why: "the site failed over it".to_owned(),
                    is_met: false,
                }),
                ..Self::new(source, query)
            },
            None => Self {
                last,
                ..Self::new(source, query)
            },
        }
    }

    /// Where the walk is, for [`resumed`](Self::resumed).
    pub(super) fn whereabouts(&self) -> (Option<String>, bool) {
        let last = match &self.turn {
            Some(turn) => &turn.before,
            None => &self.last,
        };
        (last.as_ref().map(|last| last.id.clone()), self.turn.is_some())
    }

    /// What it asks for.
    pub(super) fn query(&self) -> &Q {
        &self.query
    }

    /// What it could not see, once it has come to its end.
    pub(super) fn gap(&self) -> Option<Gap> {
        let turn = self.turn.as_ref().filter(|turn| !turn.is_met)?;
        Some(Gap {
            before: turn.before.clone(),
            after: self.last.clone(),
            why: turn.why.clone(),
        })
    }

    /// From the next page on, asks for pages of this many items.
    pub(super) fn widen(&mut self, limit: u16) {
        self.query = self.query.clone().of(limit);
    }

    /// The page at `place`, or the first one.
    ///
    /// Where the site cannot deliver an item's body, the page holds just that item without it. Where it cannot deliver
    /// an item at all, the page is the first one from the listing's other end, or, if that is where the walk came from,
    /// empty and the last.
    pub(super) async fn page(&mut self, place: Option<&Cursor>) -> Result<Batch<Q::Item>, Error> {
        let batch = match ask(self.source, &self.query, place).await {
            Err(error) if error.is_about_an_item() => self.go_round(place, error).await?,
            answer => self.until_met(answer?),
        };
        if let Some(last) = batch.items.iter().rev().find_map(neighbour::<Q>) {
            self.last = Some(last);
        }
        match &batch.next {
            Some(next) if self.seen.repeats(next) => Err(circling(&self.query)),
            _ => Ok(batch),
        }
    }

    /// Goes on behind an item that the site cannot deliver, where it is one item rather than the listing.
    async fn go_round(&mut self, place: Option<&Cursor>, error: Error) -> Result<Batch<Q::Item>, Error> {
        let why = error.in_full();
        if let Some(turn) = &mut self.turn {
            turn.why = why;
            return Ok(nothing_more());
        }
        let Some(backwards) = self.query.clone().backwards() else {
            return Err(error);
        };
        let batch = match ask(self.source, &backwards, None).await {
            Err(also) if also.is_about_an_item() && place.is_some() => {
                // It is the last item, if the listing still has a beginning.
                let first = self.query.clone().bare().of(1);
                ask(self.source, &first, None).await?;
                nothing_more()
            }
            answer => answer?,
        };
        info!("{why}; going on from the other end of the listing");
        self.turn = Some(Turn {
            before: self.last.take(),
            why,
            is_met: false,
        });
        let is_over = batch.items.is_empty() && batch.next.is_none();
        (self.query, self.seen) = (backwards, Seen::new());
        Ok(if is_over { batch } else { self.until_met(batch) })
    }

    /// Ends the listing where it meets what was seen before the walk turned round.
    fn until_met(&mut self, mut batch: Batch<Q::Item>) -> Batch<Q::Item> {
        let Some(turn) = &mut self.turn else {
            return batch;
        };
        let is_known = |item: &Result<Q::Item, Rejected>| {
            let before = turn.before.as_ref().map(|before| &before.id);
            before.is_some() && neighbour::<Q>(item).map(|item| item.id).as_ref() == before
        };
        if let Some(at) = batch.items.iter().position(is_known) {
            batch.items.truncate(at);
            batch.next = None;
        }
        turn.is_met = batch.next.is_none();
        batch
    }
}

/// Asks for a page, and for its first item without a body where that is what does not come.
pub(super) async fn ask<S: Source, Q: Query>(
    source: &S,
    query: &Q,
    place: Option<&Cursor>,
) -> Result<Batch<Q::Item>, Error> {
    match query.ask(source, place).await {
        Err(error) if matches!(error.kind, ErrorKind::BodyRefused { .. }) => {
            debug!("{error}; taking the item without it");
            query.clone().bare().of(1).ask(source, place).await
        }
        answer => answer,
    }
}

fn nothing_more<T>() -> Batch<T> {
    Batch {
        items: Vec::new(),
        next: None,
        server_time: None,
    }
}

fn neighbour<Q: Query>(item: &Result<Q::Item, Rejected>) -> Option<Neighbour> {
    let (id, space) = match item {
        Ok(item) => (Q::id_of(item), Q::space_of(item)),
        Err(rejected) => (rejected.id.as_ref()?.as_str(), rejected.space.as_ref()),
    };
    Some(Neighbour {
        id: id.to_owned(),
        space: space.cloned(),
    })
}

fn circling(query: &impl Query) -> Error {
    Error {
        route: query.route(),
        attempts: 1,
        kind: ErrorKind::CursorLoop,
    }
}

impl Gap {
    /// What stays open until the listing can be read again. What is in the gap has no name; what is beside it has.
    pub(super) fn finding(&self, listing: &str) -> Finding {
        let id = |side: &Option<Neighbour>| side.as_ref().map(|side| side.id.clone());
        let place = match (id(&self.before), id(&self.after)) {
            (Some(before), Some(after)) => format!("between {before} and {after}"),
            (Some(before), None) => format!("after {before}"),
            (None, Some(after)) => format!("before {after}"),
            (None, None) => "somewhere".to_owned(),
        };
        let beside = self.before.as_ref().or(self.after.as_ref());
        Finding {
            kind: FindingKind::Undecodable,
            subject: format!("{listing} {place}"),
            content: None,
            space: beside.and_then(|beside| beside.space.clone()),
            detail: format!(
                "the site cannot list what is {place} among its {listing}: {}; the rest is mirrored, and of the \
                 {listing} that are missing none is buried but what is in the site's trash",
                self.why
            ),
        }
    }

    /// Whether a finding of that subject is about what a listing could not tell.
    pub(super) fn is_in(listing: &str, subject: &str) -> bool {
        let place = subject
            .strip_prefix(listing)
            .and_then(|rest| rest.strip_prefix(' '));
        place.is_some_and(|place| {
            ["between ", "after ", "before ", "somewhere"]
                .iter()
                .any(|word| place.starts_with(word))
        })
    }
}
