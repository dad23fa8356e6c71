//! Labels. Putting one on a page or taking it off bumps no version, so there is no list of what changed.
//!
//! They are read in one of three ways, whichever costs the fewest points ([`super::label_price`]): page by page, asking
//! what each carries; label by label, asking what carries each; or like that, but no further back than what is due was
//! modified. A first copy and a sweep look at everything, so a site with few labels is read label by label. A delta
//! looks at content that is new or was edited, and at labels that are new. What the ways by label do not find again is
//! asked for page by page: absence is no proof.

use std::collections::BTreeSet;

use futures_util::{StreamExt as _, stream};
use tracing::debug;

use crate::confluence::{Batch, CarrierQuery, ErrorKind, Order};
use crate::model::{
    Carrier, ContentKind, Cursor, Detail, Label, LabelId, LabelOrder, Rejected, RunId, SpaceId, Timestamp,
};

use super::delta::until;
use super::label_price::{Lately, Price, Way};
use super::spaces::Spaces;
use super::{Error, PAGE_SIZE, Run, Source};

/// The API takes at most this many `space-id` filters in one request.
const SPACES_PER_LISTING: usize = 100;
/// Requests under way at once; the client sends no more of them than it is configured to.
const AT_ONCE: usize = 4;
/// What findings call the list of the site's labels: without it, each page is asked for its own.
const LIST: &str = "the list of labels";

/// What is asked of labels.
struct Asking {
    /// The kinds that the mirror holds any content of: what else carries a label need not be asked.
    kinds: Vec<ContentKind>,
    /// The spaces to ask for; empty for all.
    spaces: Vec<SpaceId>,
}

/// One listing of what carries a label.
struct Ask {
    label: Label,
    kind: ContentKind,
    /// How far back to read it, newest first; nothing for all of it.
    lately: Option<Lately>,
    /// Whether the pass at work has finished the label with it.
    is_last: bool,
}

/// How reading labels has ended.
#[derive(PartialEq, Eq)]
enum Ended {
    /// All was read.
    Whole,
    /// The points do not reach any further.
    Early,
    /// A listing was not in the order that was asked for: nothing follows from where it ends.
    Unordered,
}

impl<S: Source> Run<'_, S> {
    /// Brings the labels up to date, as far as the mode of the run goes.
    pub(super) async fn mirror_labels(&mut self, spaces: &Spaces) -> Result<(), Error> {
        self.note_due(Detail::Labels).await?;
        let ended = self.by_label(spaces).await;
        // Pages tell their labels to everybody who may read them, so those come in any case.
        if self.unless_refused(LIST, ended).await? == Some(false) {
            return Ok(());
        }
        self.page_by_page(Detail::Labels, self.mode).await
    }

    /// What the list of labels makes cheaper: all of them where that is so, and those that are new. Says whether the
    /// points reached to the end.
    async fn by_label(&mut self, spaces: &Spaces) -> Result<bool, Error> {
        let asking = Asking {
            kinds: self.held_kinds().await?,
            spaces: filter(spaces),
        };
        let mut is_read = false;
        while let Some((labels, lately)) = self.labels_to_read(&asking).await? {
            is_read = true;
            let (ended, is_enough) = match lately {
                Some(lately) => (self.lately(labels, lately, &asking).await?, true),
                // A pass that an earlier run began tells nothing of what became due since.
                None => self.label_by_label(labels, &asking).await?,
            };
            if ended == Ended::Early {
                return Ok(false);
            }
            if is_enough {
                break;
            }
        }
        if !is_read {
            self.new_labels(&asking).await?;
        }
        Ok(true)
    }

    async fn held_kinds(&self) -> Result<Vec<ContentKind>, Error> {
        let (store, cloud_id) = (&self.mirror.store, &self.mirror.site.cloud_id);
        let mut held = Vec::new();
        for kind in &self.mirror.options.kinds {
            if store.holds(cloud_id, *kind).await? {
                held.push(*kind);
            }
        }
        Ok(held)
    }

    /// All labels of the site, in order of id, and whether to read no further back than something; nothing as soon as
    /// there are so many that page by page is cheaper.
    async fn labels_to_read(&self, asking: &Asking) -> Result<Option<(Vec<Label>, Option<Lately>)>, Error> {
        let (store, cloud_id) = (&self.mirror.store, &self.mirror.site.cloud_id);
        let price = Price {
            census: store.label_census(cloud_id).await?,
            listings: asking.kinds.len() as u64,
        };
        if price.way(price.census.labels) == Way::PageByPage {
            return Ok(None);
        }
        let mut labels = Vec::new();
        let mut cursor: Option<Cursor> = None;
        loop {
            let batch = self.mirror.source.labels(LabelOrder::Id, cursor.as_ref()).await?;
            labels.extend(batch.items.into_iter().flatten());
            cursor = batch.next;
            let lately = match price.way(labels.len() as u64) {
                Way::PageByPage => {
                    debug!("there are too many labels to ask what carries each");
                    return Ok(None);
                }
                Way::LabelByLabel => None,
                Way::Lately(lately) => Some(lately),
            };
            if cursor.is_none() {
                return Ok(Some((labels, lately)));
            }
        }
    }

    /// Asks of each label what carries it. Goes on behind the label that an interrupted pass finished last. Says also
    /// whether the pass is this run's own.
    async fn label_by_label(&mut self, labels: Vec<Label>, asking: &Asking) -> Result<(Ended, bool), Error> {
        let (store, cloud_id) = (&self.mirror.store, &self.mirror.site.cloud_id);
        let begun = store.label_pass(cloud_id).await?;
        let at = begun
            .as_ref()
            .and_then(|pass| labels.iter().position(|label| label.id == pass.done));
        let (pass, rest) = match (begun, at) {
            (Some(begun), Some(at)) => (begun.run, &labels[at + 1..]),
            _ => (self.id, &labels[..]),
        };
        let asks = rest.iter().flat_map(|label| asking.of(label, None)).collect();
        let ended = self.read_carriers(pass, asks, asking, true).await?;
        if ended == Ended::Whole {
            let known = labels.into_iter().map(|label| label.id).collect();
            store.finish_label_pass(cloud_id, pass, self.id, known).await?;
        }
        Ok((ended, pass == self.id))
    }

    /// Asks of each label what carries it and was modified lately; of a new one, what carries it at all.
    async fn lately(&mut self, labels: Vec<Label>, lately: Lately, asking: &Asking) -> Result<Ended, Error> {
        let (store, cloud_id) = (&self.mirror.store, &self.mirror.site.cloud_id);
        let known = store.known_labels(cloud_id).await?;
        let asks = labels.iter().flat_map(|label| {
            let lately = known.contains(&label.id).then_some(lately);
            asking.of(label, lately)
        });
        let ended = self.read_carriers(self.id, asks.collect(), asking, false).await?;
        if ended == Ended::Whole {
            let ids = labels.into_iter().map(|label| label.id).collect();
            store.finish_recent_labels(cloud_id, self.id, ids).await?;
        }
        Ok(ended)
    }

    /// Notes what carries labels, page by page of each listing and listing after listing, while the first pages of the
    /// next ones are on their way.
    async fn read_carriers(
        &mut self,
        pass: RunId,
        asks: Vec<Ask>,
        asking: &Asking,
        is_of_pass: bool,
    ) -> Result<Ended, Error> {
        let mirror = self.mirror;
        let firsts = asks.into_iter().map(|ask| asking.first(&mirror.source, ask));
        let mut firsts = stream::iter(firsts).buffered(AT_ONCE);
        while let Some(first) = firsts.next().await {
            let (mut ask, mut batch) = first?;
            if !self.may_go_on(self.mode) {
                return Ok(Ended::Early);
            }
            let reach = ask.lately.map(|lately| lately.reach);
            let mut eldest = None;
            loop {
                if reach.is_some() && !is_newest_first(eldest, &batch) {
                    debug!("what carries {} does not come newest first", ask.label.name);
                    return Ok(Ended::Unordered);
                }
                eldest = batch.items.iter().rev().find_map(modified_at).or(eldest);
                let (recent, is_over) = until(batch.items, reach, modified_at);
                let next = batch.next.filter(|_| !is_over);
                let contents: Vec<_> = recent.into_iter().flatten().map(|carrier| carrier.id).collect();
                self.counts.seen += contents.len() as u64;
                let is_done = is_of_pass && ask.is_last && next.is_none();
                let (store, cloud_id, label) = (&mirror.store, &mirror.site.cloud_id, ask.label.clone());
                let changed = store.sight_label(cloud_id, pass, label, contents, is_done);
                self.counts.changed += changed.await?;
                if next.is_none() {
                    break;
                }
                if let Some(lately) = &mut ask.lately {
                    lately.limit = (2 * lately.limit).min(PAGE_SIZE);
                }
                batch = asking.carriers(&mirror.source, &ask, next.as_ref()).await?;
            }
        }
        Ok(Ended::Whole)
    }

    /// Looks at the labels made since the last look, newest first, and at what carries them.
    async fn new_labels(&mut self, asking: &Asking) -> Result<(), Error> {
        let (store, cloud_id) = (&self.mirror.store, &self.mirror.site.cloud_id);
        let known = store.known_labels(cloud_id).await?;
        let newest = self.labels_until(&known).await?;
        // Where no label is known yet, the labels of everything are read page by page.
        if !known.is_empty() {
            let asks = newest.iter().flat_map(|label| asking.of(label, None)).collect();
            if self.read_carriers(self.id, asks, asking, false).await? != Ended::Whole {
                return Ok(());
            }
        }
        let ids = newest.into_iter().map(|label| label.id).collect();
        Ok(self.mirror.store.remember_labels(cloud_id, ids).await?)
    }

    /// The newest labels, up to one that is known. Where none is, some of the newest.
    async fn labels_until(&self, known: &BTreeSet<LabelId>) -> Result<Vec<Label>, Error> {
        let mut newest = Vec::new();
        let mut cursor: Option<Cursor> = None;
        loop {
            let order = LabelOrder::NewestFirst;
            let batch = self.mirror.source.labels(order, cursor.as_ref()).await?;
            for label in batch.items.into_iter().flatten() {
                if known.contains(&label.id) {
                    return Ok(newest);
                }
                newest.push(label);
            }
            cursor = batch.next;
            if cursor.is_none() || known.is_empty() {
                return Ok(newest);
            }
        }
    }
}

impl Asking {
    /// The listings of what carries a label.
    fn of(&self, label: &Label, lately: Option<Lately>) -> impl Iterator<Item = Ask> {
        self.kinds.iter().enumerate().map(move |(nth, kind)| Ask {
            label: label.clone(),
            kind: *kind,
            lately,
            is_last: nth + 1 == self.kinds.len(),
        })
    }

    /// One page of a listing. A label that is gone meanwhile is carried by nothing.
    async fn carriers<S: Source>(
        &self,
        source: &S,
        ask: &Ask,
        after: Option<&Cursor>,
    ) -> Result<Batch<Carrier>, Error> {
        let (order, limit) = match ask.lately {
            Some(lately) => (Order::NewestFirst, lately.limit),
            None => (Order::Id, PAGE_SIZE),
        };
        let query = CarrierQuery {
            label: ask.label.id.clone(),
            kind: ask.kind,
            spaces: self.spaces.clone(),
            order,
            limit,
        };
        match source.carriers(&query, after).await {
            Err(error) if matches!(error.kind, ErrorKind::NotFound) => Ok(Batch {
                items: Vec::new(),
                next: None,
                server_time: None,
            }),
            answer => Ok(answer?),
        }
    }

    /// The first page of a listing.
    async fn first<S: Source>(&self, source: &S, ask: Ask) -> Result<(Ask, Batch<Carrier>), Error> {
        let batch = self.carriers(source, &ask, None).await?;
        Ok((ask, batch))
    }
}

fn modified_at(item: &Result<Carrier, Rejected>) -> Option<Timestamp> {
    item.as_ref().ok()?.modified_at
}

/// Whether a page of a listing is in the order of dates, newest first, behind what came before it.
fn is_newest_first(before: Option<Timestamp>, batch: &Batch<Carrier>) -> bool {
    let dates = batch
        .items
        .iter()
        .flatten()
        .filter_map(|carrier| carrier.modified_at);
    before
        .into_iter()
        .chain(dates)
        .is_sorted_by(|newer, older| newer >= older)
}

/// The spaces to ask for: nothing, for all, where that is what is mirrored or where a filter cannot name them.
fn filter(spaces: &Spaces) -> Vec<SpaceId> {
    let is_all = spaces.covered.len() == spaces.visible.len();
    if is_all || spaces.covered.len() > SPACES_PER_LISTING {
        return Vec::new();
    }
    spaces.covered.keys().cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_of_dates_is_one_over_all_pages_of_a_listing() {
        let at = |hour: u32| {
            format!("2026-03-01T{hour:02}:00:00Z")
                .parse::<Timestamp>()
                .unwrap()
        };
        for (before, dates, expected) in [
            (None, &[][..], true),
            (None, &[Some(9), Some(8), Some(8), Some(1)], true),
            (None, &[Some(9), None, Some(8)], true),
            (None, &[Some(8), None, Some(9)], false),
            (Some(9), &[Some(9), Some(8)], true),
            (Some(7), &[Some(8), Some(6)], false),
        ] {
            let carrier = |hour: &Option<u32>| {
                Ok(Carrier {
                    id: crate::model::ContentId::new("1"),
                    modified_at: hour.map(at),
                })
            };
            let batch = Batch {
                items: dates.iter().map(carrier).collect(),
                next: None,
                server_time: None,
            };
            assert_eq!(
                is_newest_first(before.map(at), &batch),
                expected,
                "{before:?} {dates:?}"
            );
        }
    }
}
