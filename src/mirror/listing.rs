//! The full listing of a pass: where it goes on, page after page, and how it ends.

use std::collections::BTreeMap;

use tracing::{debug, info};

use crate::confluence::{Batch, ContentQuery, ErrorKind, Order};
use crate::model::{
    Checkpoint, ContentKind, Cursor, ListedKind, Rejected, SpaceId, SyncMode, Timestamp, Watermark,
};
use crate::store::{Coverage, FinishedPass};

use super::plan::Pass;
use super::spaces::Spaces;
use super::walk::{Query, Walk};
use super::{Advance, Error, PAGE_SIZE, Run, Source};

/// A listing of everything in a pass's spaces, at one of its pages.
pub(super) struct Listing<'a, S, Q: Query> {
    walk: Walk<'a, S, Q>,
    page: Batch<Q::Item>,
    /// Where the page at hand stands.
    pub(super) checkpoint: Checkpoint,
    /// Whether the listing was begun by an earlier run.
    pub(super) is_resumed: bool,
}

/// A page of a listing, to be applied while the next one is fetched.
pub(super) struct Turned<T> {
    pub(super) items: Vec<Result<T, Rejected>>,
    /// What to write with the items. Nothing for the last page: until the pass is finished, that page is fetched again.
    pub(super) checkpoint: Option<Checkpoint>,
    pub(super) next: Option<Cursor>,
}

impl<'a, S: Source> Run<'a, S> {
    /// Opens the listing of a pass at its checkpoint, or at its beginning if there is none of the same spaces. A
    /// cursor that the server no longer takes begins the listing again; nothing that is stored is lost.
    pub(super) async fn open<Q: Query>(
        &self,
        kind: impl Into<ListedKind>,
        mode: SyncMode,
        pass: &Pass,
        spaces: &Spaces,
        query: Q,
    ) -> Result<Listing<'a, S, Q>, Error> {
        let mirror = self.mirror;
        let begun = mirror.store.checkpoint(&mirror.site.cloud_id, kind, mode).await?;
        let begun = begun.filter(|begun| begun.spaces == pass.spaces && begun.cursor.is_some());
        let mut walk = Walk::new(&mirror.source, query);
        if let Some(checkpoint) = begun {
            match walk.page(checkpoint.cursor.as_ref()).await {
                Err(error) if matches!(error.kind, ErrorKind::BadCursor) => {
                    info!("the site no longer takes the cursor; the listing begins again");
                }
                answer => {
                    info!(
                        items = checkpoint.items,
                        "going on after {} items", checkpoint.items
                    );
                    return Ok(Listing {
                        walk,
                        page: answer?,
                        checkpoint,
                        is_resumed: true,
                    });
                }
            }
        }
        let (page, checkpoint) = (walk.page(None).await?, self.beginning(pass, spaces));
        Ok(Listing {
            walk,
            page,
            checkpoint,
            is_resumed: false,
        })
    }

    fn beginning(&self, pass: &Pass, spaces: &Spaces) -> Checkpoint {
        // A site that does not tell its time gets the oldest watermark: the next delta reads everything once.
        let epoch = || Timestamp::from_utc(chrono::DateTime::UNIX_EPOCH);
        Checkpoint {
            pass: self.id,
            spaces: pass.spaces.clone(),
            cursor: None,
            candidate: Watermark(spaces.listed_at.unwrap_or_else(epoch)),
            items: 0,
            listed: BTreeMap::new(),
        }
    }

    /// Counts a page of a listing, and tells whoever watches.
    pub(super) fn count(&mut self, kind: impl Into<ListedKind>, mode: SyncMode, seen: usize, items: u64) {
        let kind = kind.into();
        self.counts.seen += seen as u64;
        debug!(items, "{seen} items have come in");
        (self.watch)(Advance::Listed { mode, kind, items });
    }

    /// Ends a pass that reached its end: its checkpoint goes, its watermark moves, if it has one to set, and how many
    /// items each space has is noted, if it has listed everything.
    pub(super) async fn finish(
        &self,
        kind: impl Into<ListedKind>,
        mode: SyncMode,
        pass: &Pass,
        watermark: Option<Watermark>,
        listed: Option<BTreeMap<SpaceId, u64>>,
    ) -> Result<(), Error> {
        let kind = kind.into();
        let (site, spaces) = (self.mirror.site.cloud_id.clone(), pass.spaces.clone());
        let finished = FinishedPass {
            site,
            kind,
            mode,
            spaces,
            watermark,
            coverage: listed.map(|listed| Coverage {
                listed,
                at: self.mirror.clock.now(),
            }),
        };
        Ok(self.mirror.store.finish_pass(finished).await?)
    }
}

impl<S: Source, Q: Query> Listing<'_, S, Q> {
    /// Takes the items of the page at hand.
    pub(super) fn turn(&mut self) -> Turned<Q::Item> {
        let items = std::mem::take(&mut self.page.items);
        let next = self.page.next.take();
        self.checkpoint.items += items.len() as u64;
        let space_of = |item: &Result<Q::Item, Rejected>| match item {
            Ok(item) => Q::space_of(item).cloned(),
            Err(rejected) => rejected.space.clone(),
        };
        for space in items.iter().filter_map(space_of) {
            *self.checkpoint.listed.entry(space).or_default() += 1;
        }
        self.checkpoint.cursor.clone_from(&next);
        let checkpoint = next.is_some().then(|| self.checkpoint.clone());
        Turned {
            items,
            checkpoint,
            next,
        }
    }

    /// Fetches the page at `next`. Says whether there is one.
    pub(super) async fn fetch(&mut self, next: Option<&Cursor>) -> Result<bool, Error> {
        if next.is_some() {
            self.page = self.walk.page(next).await?;
        }
        Ok(next.is_some())
    }
}

/// All content of a pass that is alive, in an order that edits do not disturb.
pub(super) fn everything(kind: ContentKind, pass: &Pass, bodies: bool) -> ContentQuery {
    ContentQuery {
        kind,
        spaces: pass.filter(),
        ids: Vec::new(),
        statuses: Vec::new(),
        order: Order::Id,
        bodies,
        limit: PAGE_SIZE,
    }
}
