//! Walks a listing page by page, past the bodies that the site cannot deliver, and never in circles.

use std::future::Future;

use tracing::debug;

use crate::confluence::{AnnexQuery, Batch, ContentQuery, Error, ErrorKind, Seen, StubQuery};
use crate::model::{Annex, Content, Cursor, SpaceId};

use super::Source;

/// What a listing is asked for. The engine walks any listing the same way.
pub(super) trait Query: Clone + Send + Sync {
    /// What it lists.
    type Item: Send;

    /// Asks for the page at `place`, or for the first one.
    fn ask<S: Source>(
        &self,
        source: &S,
        place: Option<&Cursor>,
    ) -> impl Future<Output = Result<Batch<Self::Item>, Error>> + Send;

    /// How many items a page may hold, and whether they come with their bodies, where the query can say.
    fn shape(&mut self) -> (&mut u16, Option<&mut bool>);

    /// The same with pages of this many items.
    fn of(mut self, limit: u16) -> Self {
        *self.shape().0 = limit;
        self
    }

    /// The same without bodies.
    fn bare(mut self) -> Self {
        if let Some(bodies) = self.shape().1 {
            *bodies = false;
        }
        self
    }

    /// Method and route template, for errors.
    fn route(&self) -> &'static str;

    /// The space that an item says it is in, if it does.
    fn space_of(item: &Self::Item) -> Option<&SpaceId>;
}

impl Query for ContentQuery {
    type Item = Content;

    fn ask<S: Source>(
        &self,
        source: &S,
        place: Option<&Cursor>,
    ) -> impl Future<Output = Result<Batch<Content>, Error>> + Send {
        source.content(self, place)
    }

    fn shape(&mut self) -> (&mut u16, Option<&mut bool>) {
        (&mut self.limit, Some(&mut self.bodies))
    }

    fn route(&self) -> &'static str {
        self.route()
    }

    fn space_of(item: &Content) -> Option<&SpaceId> {
        Some(&item.space)
    }
}

impl Query for AnnexQuery {
    type Item = Annex;

    fn ask<S: Source>(
        &self,
        source: &S,
        place: Option<&Cursor>,
    ) -> impl Future<Output = Result<Batch<Annex>, Error>> + Send {
        source.annexes(self, place)
    }

    fn shape(&mut self) -> (&mut u16, Option<&mut bool>) {
        (&mut self.limit, Some(&mut self.bodies))
    }

    fn route(&self) -> &'static str {
        self.route()
    }

    fn space_of(_: &Annex) -> Option<&SpaceId> {
        None
    }
}

impl Query for StubQuery {
    type Item = Content;

    fn ask<S: Source>(
        &self,
        source: &S,
        place: Option<&Cursor>,
    ) -> impl Future<Output = Result<Batch<Content>, Error>> + Send {
        source.stubs(self, place)
    }

    fn shape(&mut self) -> (&mut u16, Option<&mut bool>) {
        (&mut self.limit, None)
    }

    fn route(&self) -> &'static str {
        self.route()
    }

    fn space_of(item: &Content) -> Option<&SpaceId> {
        Some(&item.space)
    }
}

/// One listing under way.
pub(super) struct Walk<'a, S, Q> {
    source: &'a S,
    query: Q,
    seen: Seen,
}

impl<'a, S: Source, Q: Query> Walk<'a, S, Q> {
    pub(super) fn new(source: &'a S, query: Q) -> Self {
        Self {
            source,
            query,
            seen: Seen::new(),
        }
    }

    /// From the next page on, asks for pages of this many items.
    pub(super) fn widen(&mut self, limit: u16) {
        self.query = self.query.clone().of(limit);
    }

    /// The page at `place`, or the first one.
    ///
    /// Where the site cannot deliver an item's body, the page holds just that item without it.
    pub(super) async fn page(&mut self, place: Option<&Cursor>) -> Result<Batch<Q::Item>, Error> {
        let batch = match self.query.ask(self.source, place).await {
            Err(error) if matches!(error.kind, ErrorKind::BodyRefused { .. }) => {
                debug!("{error}; taking the item without it");
                let bare = self.query.clone().bare().of(1);
                bare.ask(self.source, place).await?
            }
            answer => answer?,
        };
        match &batch.next {
            Some(next) if self.seen.repeats(next) => Err(circling(&self.query)),
            _ => Ok(batch),
        }
    }
}

fn circling(query: &impl Query) -> Error {
    Error {
        route: query.route(),
        attempts: 1,
        kind: ErrorKind::CursorLoop,
    }
}
