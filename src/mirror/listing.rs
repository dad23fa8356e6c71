//! The full listing of a pass: where it goes on, page after page, and how it ends.

use std::collections::BTreeMap;
use std::future::Future;

use tracing::{debug, info};

use crate::confluence::{Batch, ContentQuery, ErrorKind, Order};
use crate::model::{
    Checkpoint, ContentKind, Cursor, Finding, FindingKind, ListedKind, Rejected, SyncMode, Tally, Timestamp,
    Watermark,
};
use crate::store::{Coverage, FinishedPass};

use super::plan::Pass;
use super::query::Query;
use super::spaces::Spaces;
use super::walk::{Gap, Walk};
use super::{Advance, Error, Mirror, PAGE_SIZE, Run, Source};

/// A listing of everything in a pass's spaces, at one of its pages.
pub(super) struct Listing<'a, S, Q: Query> {
    walk: Walk<'a, S, Q>,
    page: Batch<Q::Item>,
    /// Where the page at hand stands.
    pub(super) checkpoint: Checkpoint,
    /// Whether this run has read it from its beginning, and every item that came so far as to tell its id.
    is_readable: bool,
}

/// What is done with the pages of a listing.
pub(super) trait Work<S: Source>: Sync {
    /// What is listed.
    type Query: Query;
    /// What a page is made into before it is written.
    type Ready: Send;

    /// Does what of the work needs neither the database nor the page before.
    fn prepare(
        &self,
        mirror: &Mirror<S>,
        items: Items<Self::Query>,
    ) -> impl Future<Output = Result<Self::Ready, Error>> + Send;

    /// Does the rest of it, and writes how far the listing has come with it.
    fn take(
        &self,
        run: &mut Run<'_, S>,
        ready: Self::Ready,
        progress: Option<Progress>,
    ) -> impl Future<Output = Result<(), Error>> + Send;
}

/// What a page of a listing holds.
pub(super) type Items<Q> = Vec<Result<<Q as Query>::Item, Rejected>>;

/// How far a listing has come. Nothing is written of its last page: until the pass is finished, that page is fetched
/// again.
pub(super) type Progress = (ListedKind, SyncMode, Checkpoint);

/// A page of a listing, to be worked on while the next one is fetched.
struct Turned<T> {
    items: Vec<Result<T, Rejected>>,
    checkpoint: Option<Checkpoint>,
    next: Option<Cursor>,
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
        if let Some(checkpoint) = begun {
            let (last, is_backwards) = (checkpoint.last.clone(), checkpoint.is_backwards);
            let mut walk = Walk::resumed(&mirror.source, query.clone(), last, is_backwards);
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
                        is_readable: false,
                    });
                }
            }
        }
        let mut walk = Walk::new(&mirror.source, query);
        let (page, checkpoint) = (walk.page(None).await?, self.beginning(pass, spaces));
        Ok(Listing {
            walk,
            page,
            checkpoint,
            is_readable: true,
        })
    }

    fn beginning(&self, pass: &Pass, spaces: &Spaces) -> Checkpoint {
        // A site that does not tell its time gets the oldest watermark: the next delta reads everything once.
        let epoch = || Timestamp::from_utc(chrono::DateTime::UNIX_EPOCH);
        Checkpoint {
            pass: self.id,
            spaces: pass.spaces.clone(),
            cursor: None,
            last: None,
            is_backwards: false,
            candidate: Watermark(spaces.listed_at.unwrap_or_else(epoch)),
            items: 0,
            listed: BTreeMap::new(),
        }
    }

    /// Reads a listing to its end, as far as the points reach. A page is prepared while the next one is fetched and
    /// the one before is written, so that both take a processor of their own, and no more than three pages are held.
    /// Says whether it came to the end.
    pub(super) async fn read<W: Work<S>>(
        &mut self,
        kind: impl Into<ListedKind>,
        mode: SyncMode,
        listing: &mut Listing<'a, S, W::Query>,
        work: &W,
    ) -> Result<bool, Error> {
        let (kind, mirror) = (kind.into(), self.mirror);
        let mut before = None;
        loop {
            let Turned {
                items,
                checkpoint,
                next,
            } = listing.turn();
            self.count(kind, mode, items.len(), listing.checkpoint.items);
            listing.is_readable &= !items.iter().any(is_nameless);
            let progress = checkpoint.map(|checkpoint| (kind, mode, checkpoint));
            let is_last = next.is_none();
            let next = next.filter(|_| self.may_go_on(mode));
            let (taken, ready, fetched) = tokio::join!(
                self.take(work, before.take()),
                work.prepare(mirror, items),
                listing.fetch(next.as_ref())
            );
            taken?;
            before = Some((ready?, progress));
            if !matches!(fetched, Ok(true)) {
                // Also where the next page does not come: what has come is kept.
                self.take(work, before).await?;
                return fetched.map(|_| is_last);
            }
        }
    }

    async fn take<W: Work<S>>(
        &mut self,
        work: &W,
        page: Option<(W::Ready, Option<Progress>)>,
    ) -> Result<(), Error> {
        match page {
            Some((ready, progress)) => work.take(self, ready, progress).await,
            None => Ok(()),
        }
    }

    /// A listing that was read to its end opens a finding about what it could not tell, and settles those that knew
    /// no more than its name, if every item could be read.
    pub(super) async fn settle<Q: Query>(
        &mut self,
        name: &str,
        pass: &Pass,
        spaces: &Spaces,
        listing: &Listing<'a, S, Q>,
    ) -> Result<(), Error> {
        let gap = listing.gap().map(|gap| gap.finding(name));
        if listing.is_readable {
            let is_settled = |finding: &Finding| {
                let is_stale = gap.as_ref().is_none_or(|gap| gap.subject != finding.subject);
                is_stale && is_about(finding, name, pass, spaces)
            };
            self.close_findings(is_settled).await?;
        }
        self.record_findings(gap.into_iter().collect()).await?;
        Ok(())
    }

    /// Counts a page of a listing, and tells whoever watches.
    fn count(&mut self, kind: ListedKind, mode: SyncMode, seen: usize, items: u64) {
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
        listed: Option<Tally>,
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
    /// What it could not tell, once it has come to its end.
    pub(super) fn gap(&self) -> Option<Gap> {
        self.walk.gap()
    }

    /// Takes the items of the page at hand.
    fn turn(&mut self) -> Turned<Q::Item> {
        let items = std::mem::take(&mut self.page.items);
        let next = self.page.next.take();
        self.checkpoint.items += items.len() as u64;
        for item in &items {
            let (space, kind) = match item {
                Ok(item) => (Q::space_of(item), self.walk.query().counts_as(Some(item))),
                Err(rejected) => (rejected.space.as_ref(), self.walk.query().counts_as(None)),
            };
            if let Some((space, kind)) = space.zip(kind) {
                let listed = self.checkpoint.listed.entry(kind).or_default();
                *listed.entry(space.clone()).or_default() += 1;
            }
        }
        self.checkpoint.cursor.clone_from(&next);
        (self.checkpoint.last, self.checkpoint.is_backwards) = self.walk.whereabouts();
        let checkpoint = next.is_some().then(|| self.checkpoint.clone());
        Turned {
            items,
            checkpoint,
            next,
        }
    }

    /// Fetches the page at `next`. Says whether there is one.
    async fn fetch(&mut self, next: Option<&Cursor>) -> Result<bool, Error> {
        if next.is_some() {
            self.page = self.walk.page(next).await?;
        }
        Ok(next.is_some())
    }
}

/// Whether an item could not be read so far as to tell its id.
fn is_nameless<T>(item: &Result<T, Rejected>) -> bool {
    matches!(item, Err(rejected) if rejected.id.is_none())
}

/// Whether a finding is about a listing of spaces of the pass, and knows no more than that. A space that is not shown any
/// more is in no pass, and no listing tells of it.
fn is_about(finding: &Finding, listing: &str, pass: &Pass, spaces: &Spaces) -> bool {
    finding.kind == FindingKind::Undecodable
        && finding.content.is_none()
        && (finding.subject == listing || Gap::is_in(listing, &finding.subject))
        && finding
            .space
            .as_ref()
            .is_none_or(|space| pass.spaces.contains(space) || spaces.key(space).is_none())
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
