//! Labels. Putting one on a page or taking it off bumps no version, so there is no list of what changed.
//!
//! They are read in one of two ways, whichever costs fewer points ([`Price`]): label by label, asking what carries
//! each, or page by page, asking what each carries. A first copy and a sweep look at everything, so a site with few
//! labels is read label by label. A delta looks at content that is new or was edited, page by page, and at labels
//! that are new. What the way label by label does not find again is asked for page by page: absence is no proof.

use std::collections::BTreeSet;

use tracing::debug;

use crate::confluence::ErrorKind;
use crate::model::{
    ContentId, ContentKind, Cursor, Detail, Label, LabelCensus, LabelId, LabelOrder, RunId, SpaceId,
};

use super::spaces::Spaces;
use super::{Error, PAGE_SIZE, Run, Source};

/// The API takes at most this many `space-id` filters in one request.
const SPACES_PER_LISTING: usize = 100;
/// What findings call the list of the site's labels: without it, each page is asked for its own.
const LIST: &str = "the list of labels";

/// What each way to read labels costs, in points: one for a request, and one for an item of its answer.
struct Price {
    census: LabelCensus,
    /// How many listings tell what carries a label: pages, blog posts.
    listings: u64,
}

impl Price {
    /// What is due, asked for page by page. It is taken to carry as many labels as the rest.
    fn by_page(&self) -> u64 {
        let LabelCensus {
            contents, uses, due, ..
        } = self.census;
        due + uses.saturating_mul(due) / contents.max(1)
    }

    /// Everything, asked for label by label, if there are so many labels.
    fn by_label(&self, labels: u64) -> u64 {
        labels + 1 + labels / u64::from(PAGE_SIZE) + labels * self.listings + self.census.uses
    }

    /// Whether to read label by label, if there are so many labels.
    fn is_by_label(&self, labels: u64) -> bool {
        self.by_label(labels) < self.by_page()
    }
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
        let (store, cloud_id) = (&self.mirror.store, &self.mirror.site.cloud_id);
        let kinds = self.held_kinds().await?;
        let mut is_read = false;
        // A pass that an earlier run began tells nothing of what became due since: then there is a second one.
        for _ in 0..2 {
            let price = Price {
                census: store.label_census(cloud_id).await?,
                listings: kinds.len() as u64,
            };
            let Some(labels) = self.all_labels(&price).await? else {
                break;
            };
            if !self.label_by_label(labels, &kinds, spaces).await? {
                return Ok(false);
            }
            is_read = true;
        }
        if !is_read {
            self.new_labels(&kinds, spaces).await?;
        }
        Ok(true)
    }

    /// The kinds that the mirror holds any content of: what else carries a label need not be asked.
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

    /// All labels of the site, in order of id; nothing as soon as there are too many for the way label by label.
    async fn all_labels(&self, price: &Price) -> Result<Option<Vec<Label>>, Error> {
        if !price.is_by_label(price.census.labels) {
            return Ok(None);
        }
        let mut labels = Vec::new();
        let mut cursor: Option<Cursor> = None;
        loop {
            let batch = self.mirror.source.labels(LabelOrder::Id, cursor.as_ref()).await?;
            labels.extend(batch.items.into_iter().flatten());
            if !price.is_by_label(labels.len() as u64) {
                debug!("there are too many labels to ask what carries each");
                return Ok(None);
            }
            cursor = batch.next;
            if cursor.is_none() {
                return Ok(Some(labels));
            }
        }
    }

    /// Asks of each label what carries it. Goes on behind the label that an interrupted pass finished last. Says
    /// whether the points reached to the end.
    async fn label_by_label(
        &mut self,
        labels: Vec<Label>,
        kinds: &[ContentKind],
        spaces: &Spaces,
    ) -> Result<bool, Error> {
        let (store, cloud_id) = (&self.mirror.store, &self.mirror.site.cloud_id);
        let begun = store.label_pass(cloud_id).await?;
        let at = begun
            .as_ref()
            .and_then(|pass| labels.iter().position(|label| label.id == pass.done));
        let (pass, rest) = match (begun, at) {
            (Some(begun), Some(at)) => (begun.run, &labels[at + 1..]),
            _ => (self.id, &labels[..]),
        };
        let filter = filter(spaces);
        for label in rest {
            if !self.may_go_on(self.mode) {
                return Ok(false);
            }
            self.carriers(pass, label, (kinds, &filter), true).await?;
        }
        let known = labels.into_iter().map(|label| label.id).collect();
        store.finish_label_pass(cloud_id, pass, self.id, known).await?;
        Ok(true)
    }

    /// Notes what carries a label, and for a pass over all labels that it is finished.
    async fn carriers(
        &mut self,
        pass: RunId,
        label: &Label,
        (kinds, filter): (&[ContentKind], &[SpaceId]),
        is_of_pass: bool,
    ) -> Result<(), Error> {
        for (nth, kind) in kinds.iter().enumerate() {
            let mut cursor = None;
            loop {
                let (contents, next) = self.carrying(label, *kind, filter, cursor.as_ref()).await?;
                self.counts.seen += contents.len() as u64;
                let is_done = is_of_pass && next.is_none() && nth + 1 == kinds.len();
                let (store, cloud_id) = (&self.mirror.store, &self.mirror.site.cloud_id);
                let changed = store.sight_label(cloud_id, pass, label.clone(), contents, is_done);
                self.counts.changed += changed.await?;
                cursor = next;
                if cursor.is_none() {
                    break;
                }
            }
        }
        Ok(())
    }

    /// One page of what carries a label. A label that is gone meanwhile is carried by nothing.
    async fn carrying(
        &self,
        label: &Label,
        kind: ContentKind,
        filter: &[SpaceId],
        after: Option<&Cursor>,
    ) -> Result<(Vec<ContentId>, Option<Cursor>), Error> {
        match self.mirror.source.labelled(&label.id, kind, filter, after).await {
            Ok(batch) => Ok((batch.items.into_iter().flatten().collect(), batch.next)),
            Err(error) if matches!(error.kind, ErrorKind::NotFound) => Ok((Vec::new(), None)),
            Err(error) => Err(error.into()),
        }
    }

    /// Looks at the labels made since the last look, newest first, and at what carries them.
    async fn new_labels(&mut self, kinds: &[ContentKind], spaces: &Spaces) -> Result<(), Error> {
        let (store, cloud_id) = (&self.mirror.store, &self.mirror.site.cloud_id);
        let known = store.known_labels(cloud_id).await?;
        let newest = self.labels_until(&known).await?;
        // Where no label is known yet, the labels of everything are read page by page.
        if !known.is_empty() {
            let filter = filter(spaces);
            for label in &newest {
                self.carriers(self.id, label, (kinds, &filter), false).await?;
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
    use super::Price;
    use crate::model::LabelCensus;

    #[test]
    fn labels_are_read_in_the_way_that_costs_less() {
        for (contents, uses, due, labels, listings, is_by_label) in [
            // A first copy: everything is due, and nothing known of what it carries.
            (20_000, 0, 20_000, 200, 2, true),
            (20_000, 0, 20_000, 6_000, 2, true),
            (20_000, 0, 20_000, 7_000, 2, false),
            (20_000, 0, 20_000, 9_000, 1, true),
            // A sweep: everything is due, and everything known.
            (20_000, 60_000, 20_000, 200, 2, true),
            // A delta: a few pages are due.
            (20_000, 60_000, 3, 200, 2, false),
            (20_000, 60_000, 15_000, 200, 2, false),
            (20_000, 60_000, 19_000, 200, 2, true),
            // A site without labels costs one request, however much is due.
            (20_000, 0, 2, 0, 2, true),
            (20_000, 0, 1, 0, 2, false),
            // Nothing is due.
            (20_000, 60_000, 0, 200, 2, false),
            (0, 0, 0, 0, 2, false),
        ] {
            let census = LabelCensus {
                contents,
                uses,
                due,
                labels,
            };
            let price = Price { census, listings };
            assert_eq!(
                price.is_by_label(labels),
                is_by_label,
                "{census:?} with {listings} listings"
            );
        }
    }
}
