//! What changed: newest first, until the listing meets the watermark.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::confluence::{ContentQuery, Order};
use crate::model::{ContentKind, Rejected, SpaceId, SyncMode, Timestamp, Watermark};

use super::apply::Item;
use super::plan::Pass;
use super::spaces::Spaces;
use super::walk::Walk;
use super::{Error, PAGE_SIZE, Run, Source};

/// A quiet site is found quiet by one answer of this many items.
pub(super) const FIRST_LIMIT: u16 = 25;

/// How far behind the watermark the listing is read. The site stamps an edit before it commits it, so an edit can
/// surface behind one with a later stamp.
pub(super) const OVERLAP: Duration = Duration::from_mins(1);

/// The same for a search, whose index learns of an edit when it gets round to it, and dates it to the minute.
pub(super) const SEARCH_OVERLAP: Duration = Duration::from_hours(1);

impl<S: Source> Run<'_, S> {
    /// Brings the pass's spaces up to date.
    ///
    /// The watermark moves only after the listing has met it. Until then the newest changes are stored but older
    /// ones behind them may not be, and a run that stops here must start over.
    pub(super) async fn delta(
        &mut self,
        kind: ContentKind,
        pass: &Pass,
        watermarks: &BTreeMap<SpaceId, Watermark>,
        spaces: &Spaces,
    ) -> Result<(), Error> {
        let oldest = pass.spaces.iter().filter_map(|space| watermarks.get(space)).min();
        let overlap = if self.mirror.source.finds_by_search() {
            SEARCH_OVERLAP
        } else {
            OVERLAP
        };
        let reach = oldest.map(|mark| mark.0.minus(overlap));
        let mut walk = Walk::new(&self.mirror.source, newest_first(kind, pass));
        let mut newest: Option<Timestamp> = None;
        let mut cursor = None;
        loop {
            let batch = walk.page(cursor.as_ref()).await?;
            newest = newest.max(batch.items.iter().filter_map(modified_at).max());
            let (fresh, met) = until(batch.items, reach, modified_at);
            self.counts.seen += fresh.len() as u64;
            self.apply(kind, fresh, spaces, None).await?;
            cursor = batch.next;
            walk.widen(PAGE_SIZE);
            if met || cursor.is_none() {
                break;
            }
        }
        self.finish(kind, SyncMode::Delta, pass, newest.map(Watermark), None)
            .await
    }
}

fn newest_first(kind: ContentKind, pass: &Pass) -> ContentQuery {
    ContentQuery {
        kind,
        spaces: pass.filter(),
        ids: Vec::new(),
        statuses: Vec::new(),
        order: Order::NewestFirst,
        bodies: true,
        limit: FIRST_LIMIT,
    }
}

fn modified_at(item: &Item) -> Option<Timestamp> {
    item.as_ref().ok().map(crate::model::Content::modified_at)
}

/// The items up to and including those modified at `reach`, and whether there were older ones behind them.
///
/// An item that did not decode has no date: it is taken along, and ends nothing.
pub(super) fn until<T>(
    items: Vec<Result<T, Rejected>>,
    reach: Option<Timestamp>,
    modified_at: impl Fn(&Result<T, Rejected>) -> Option<Timestamp>,
) -> (Vec<Result<T, Rejected>>, bool) {
    let total = items.len();
    let is_fresh = |item: &Result<T, Rejected>| match (modified_at(item), reach) {
        (Some(modified), Some(reach)) => modified >= reach,
        _ => true,
    };
    let fresh: Vec<_> = items.into_iter().take_while(is_fresh).collect();
    let met = fresh.len() < total;
    (fresh, met)
}
