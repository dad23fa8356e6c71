//! What listings are asked for. The engine walks any of them the same way.

use std::future::Future;

use crate::confluence::{AnnexQuery, Batch, ContentQuery, Error, Order, StubQuery};
use crate::model::{Annex, Content, ContentKind, Cursor, Space, SpaceId};

use super::Source;

/// What a listing is asked for.
pub(super) trait Query: Clone + Send + Sync {
    /// What it lists.
    type Item: Send;

    /// Asks for the page at `place`, or for the first one.
    fn ask<S: Source>(
        &self,
        source: &S,
        place: Option<&Cursor>,
    ) -> impl Future<Output = Result<Batch<Self::Item>, Error>> + Send;

    /// The same with pages of this many items.
    fn of(self, limit: u16) -> Self;

    /// The same without bodies.
    fn bare(self) -> Self {
        self
    }

    /// The same from its other end, where edits do not disturb its order.
    fn backwards(self) -> Option<Self>;

    /// Method and route template, for errors.
    fn route(&self) -> &'static str;

    /// The id of an item.
    fn id_of(item: &Self::Item) -> &str;

    /// The space that an item says it is in, if it does.
    fn space_of(item: &Self::Item) -> Option<&SpaceId>;

    /// What an item counts as, where the items are content; nothing of one that cannot be read where they may be of
    /// several kinds.
    fn counts_as(&self, item: Option<&Self::Item>) -> Option<ContentKind>;
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

    fn of(self, limit: u16) -> Self {
        Self { limit, ..self }
    }

    fn bare(self) -> Self {
        Self {
            bodies: false,
            ..self
        }
    }

    fn backwards(self) -> Option<Self> {
        self.order.backwards().map(|order| Self { order, ..self })
    }

    fn route(&self) -> &'static str {
        self.route()
    }

    fn id_of(item: &Content) -> &str {
        item.id.as_str()
    }

    fn space_of(item: &Content) -> Option<&SpaceId> {
        Some(&item.space)
    }

    fn counts_as(&self, _: Option<&Content>) -> Option<ContentKind> {
        Some(self.kind)
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

    fn of(self, limit: u16) -> Self {
        Self { limit, ..self }
    }

    fn bare(self) -> Self {
        Self {
            bodies: false,
            ..self
        }
    }

    fn backwards(self) -> Option<Self> {
        self.order.backwards().map(|order| Self { order, ..self })
    }

    fn route(&self) -> &'static str {
        self.route()
    }

    fn id_of(item: &Annex) -> &str {
        item.id.as_str()
    }

    fn space_of(_: &Annex) -> Option<&SpaceId> {
        None
    }

    fn counts_as(&self, _: Option<&Annex>) -> Option<ContentKind> {
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

    fn of(self, limit: u16) -> Self {
        Self { limit, ..self }
    }

    fn backwards(self) -> Option<Self> {
        self.order.backwards().map(|order| Self { order, ..self })
    }

    fn route(&self) -> &'static str {
        self.route()
    }

    fn id_of(item: &Content) -> &str {
        item.id.as_str()
    }

    fn space_of(item: &Content) -> Option<&SpaceId> {
        Some(&item.space)
    }

    fn counts_as(&self, item: Option<&Content>) -> Option<ContentKind> {
        item.map(|stub| stub.kind)
    }
}

/// All spaces that the account can see.
#[derive(Clone, Debug)]
pub(super) struct EverySpace {
    pub(super) order: Order,
    /// Whether the site lists them from either end.
    pub(super) has_two_ends: bool,
}

impl Query for EverySpace {
    type Item = Space;

    fn ask<S: Source>(
        &self,
        source: &S,
        place: Option<&Cursor>,
    ) -> impl Future<Output = Result<Batch<Space>, Error>> + Send {
        source.spaces(self.order, place)
    }

    fn of(self, _: u16) -> Self {
        self
    }

    fn backwards(self) -> Option<Self> {
        let order = self.order.backwards().filter(|_| self.has_two_ends)?;
        Some(Self { order, ..self })
    }

    fn route(&self) -> &'static str {
        "GET /wiki/api/v2/spaces"
    }

    fn id_of(item: &Space) -> &str {
        item.id.as_str()
    }

    fn space_of(item: &Space) -> Option<&SpaceId> {
        Some(&item.id)
    }

    fn counts_as(&self, _: Option<&Space>) -> Option<ContentKind> {
        None
    }
}
