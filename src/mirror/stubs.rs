//! Folders, whiteboards, databases and smart links: what stands in the tree, is the parent of pages, and has no body
//! that could be had.
//!
//! The site lists none of them. One search finds all four kinds, as far as its index has taken them in; and content
//! names what it hangs under. Neither is believed: each is asked for by its kind and id where it is new or differs,
//! since only that answer is the site's word.

use std::collections::{BTreeSet, HashMap};

use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use crate::confluence::{Order, StubQuery};
use crate::model::{
    Checkpoint, Content, ContentId, ContentKind, ListedKind, RunId, SyncMode, Timestamp, Watermark,
};

use super::apply::{Item, listing};
use super::delta::{FIRST_LIMIT, SEARCH_OVERLAP, until};
use super::listing::{Progress, Work};
use super::plan::{Pass, SPACES_PER_LISTING};
use super::spaces::{Spaces, undecodable};
use super::sweep::sort_out;
use super::walk::Walk;
use super::{Error, Mirror, PAGE_SIZE, Run, Source};

/// Requests under way at once; the client sends no more of them than it is configured to.
const AT_ONCE: usize = 4;
/// What findings call the search: without it, what pages hang under is mirrored all the same.
const SEARCH: &str = "folders without pages";

impl<S: Source> Run<'_, S> {
    /// Brings the stubs up to date, as far as the mode of the run goes.
    pub(super) async fn mirror_stubs(&mut self, spaces: &Spaces) -> Result<(), Error> {
        let pass = Pass {
            spaces: spaces.covered.keys().cloned().collect(),
        };
        if pass.spaces.is_empty() {
            return Ok(());
        }
        let (store, cloud_id) = (&self.mirror.store, &self.mirror.site.cloud_id);
        let watermarks = store.watermarks(cloud_id, ListedKind::Stubs).await?;
        let is_followed = pass.spaces.iter().all(|space| watermarks.contains_key(space));
        let oldest = watermarks.into_values().min();
        let (ended, seen_in) = match self.mode {
            SyncMode::Delta if is_followed => {
                let followed = match self.follow_stubs(oldest, &pass, spaces).await {
                    // What changed behind the hit in the way is found by searching for everything.
                    Err(Error::Remote(error)) if error.is_about_an_item() => {
                        self.search_stubs(SyncMode::Backfill, &pass, spaces).await
                    }
                    followed => followed,
                };
                (followed, Some(self.id))
            }
            SyncMode::Sweep => (self.search_stubs(SyncMode::Sweep, &pass, spaces).await, None),
            _ => (self.search_stubs(SyncMode::Backfill, &pass, spaces).await, None),
        };
        self.unless_refused(SEARCH, ended).await?;
        self.complete_the_tree(seen_in, spaces).await
    }

    /// Searches for all, as far as the points reach; a sweep looks into what it does not find.
    async fn search_stubs(&mut self, mode: SyncMode, pass: &Pass, spaces: &Spaces) -> Result<(), Error> {
        if !self.may_go_on(mode) {
            return Ok(());
        }
        let query = query(spaces, Order::OldestFirst, PAGE_SIZE);
        let mut found = self.open(ListedKind::Stubs, mode, pass, spaces, query).await?;
        let pass_id = found.checkpoint.pass;
        let comparing = Comparing {
            pass: pass_id,
            spaces,
        };
        if !self.read(ListedKind::Stubs, mode, &mut found, &comparing).await? {
            return Ok(());
        }
        self.settle(SEARCH, pass, spaces, &found).await?;
        let is_whole = found.gap().is_none();
        if mode == SyncMode::Sweep {
            for kind in ContentKind::STUBS {
                let absences = (pass.spaces.as_slice(), pass_id, is_whole);
                let ended = self.look_into_absences(kind, absences, spaces).await;
                self.unless_refused(listing(kind), ended).await?;
            }
        }
        let Checkpoint {
            candidate, listed, ..
        } = found.checkpoint;
        self.finish(ListedKind::Stubs, mode, pass, Some(candidate), Some(listed))
            .await
    }

    /// What changed: newest first, until the search meets the watermark. Its index is late, hence the overlap.
    async fn follow_stubs(
        &mut self,
        watermark: Option<Watermark>,
        pass: &Pass,
        spaces: &Spaces,
    ) -> Result<(), Error> {
        let reach = watermark.map(|mark| mark.0.minus(SEARCH_OVERLAP));
        let query = query(spaces, Order::NewestFirst, FIRST_LIMIT);
        let mut walk = Walk::new(&self.mirror.source, query);
        let mut newest: Option<Timestamp> = None;
        let mut cursor = None;
        loop {
            let batch = walk.page(cursor.as_ref()).await?;
            newest = newest.max(batch.items.iter().filter_map(modified_at).max());
            let (fresh, met) = until(batch.items, reach, modified_at);
            self.counts.seen += fresh.len() as u64;
            self.compare_stubs(self.id, fresh, None, spaces).await?;
            cursor = batch.next;
            walk.widen(PAGE_SIZE);
            if met || cursor.is_none() {
                break;
            }
        }
        let newest = newest.map(Watermark);
        self.finish(ListedKind::Stubs, SyncMode::Delta, pass, newest, None)
            .await
    }

    /// Stamps what a page of the search found, and fetches what is new or differs.
    async fn compare_stubs(
        &mut self,
        pass: RunId,
        items: Vec<Item>,
        progress: Option<Progress>,
        spaces: &Spaces,
    ) -> Result<(), Error> {
        let kinds: HashMap<_, _> = items
            .iter()
            .flatten()
            .map(|stub| (stub.id.clone(), stub.kind))
            .collect();
        let (sightings, unread) = sort_out(items, spaces);
        // A hit is a hint: what it names is asked for, as whatever it may be. One that names nothing is a finding.
        let (hints, unread): (Vec<_>, Vec<_>) = unread.into_iter().partition(|hit| hit.id.is_some());
        let unread = unread.into_iter().map(|hit| undecodable(SEARCH, hit));
        self.record_findings(unread.collect()).await?;
        let hints = hints.into_iter().filter_map(|hit| hit.id);
        let hints = hints.flat_map(|id| ContentKind::STUBS.map(|kind| (kind, id.clone())));
        let (store, cloud_id) = (&self.mirror.store, &self.mirror.site.cloud_id);
        let differing = store.sight(cloud_id, pass, sightings).await?;
        let differing = differing.into_iter();
        let stubs = differing.filter_map(|id| kinds.get(&id).map(|kind| (*kind, id)));
        self.fetch_each(stubs.chain(hints).collect(), spaces).await?;
        self.apply(ContentKind::Folder, Vec::new(), spaces, progress)
            .await
    }

    /// Fetches the stubs that content hangs under and that the mirror does not have, and those that these hang
    /// under, up to the top.
    async fn complete_the_tree(&mut self, seen_in: Option<RunId>, spaces: &Spaces) -> Result<(), Error> {
        let mut asked = BTreeSet::new();
        loop {
            let (store, cloud_id) = (&self.mirror.store, &self.mirror.site.cloud_id);
            let mut missing = store.missing_parents(cloud_id, seen_in).await?;
            missing.retain(|(_, id)| asked.insert(id.clone()));
            if missing.is_empty() {
                return Ok(());
            }
            self.fetch_each(missing, spaces).await?;
        }
    }

    /// Fetches and applies stubs, kind by kind: a grant can lack one and allow the others.
    async fn fetch_each(
        &mut self,
        stubs: Vec<(ContentKind, ContentId)>,
        spaces: &Spaces,
    ) -> Result<(), Error> {
        for kind in ContentKind::STUBS {
            let of_kind = |(of, id): &(ContentKind, ContentId)| (*of == kind).then(|| id.clone());
            let ids: Vec<_> = stubs.iter().filter_map(of_kind).collect();
            if !ids.is_empty() {
                let ended = self.fetch_and_apply(kind, &ids, spaces).await;
                self.unless_refused(listing(kind), ended).await?;
            }
        }
        Ok(())
    }

    /// Asks for stubs of a kind, wherever they stand in their life. What the site does not have is left out.
    pub(super) async fn fetch_stubs(&self, kind: ContentKind, ids: &[ContentId]) -> Result<Vec<Item>, Error> {
        let asking = ids.iter().cloned().map(|id| self.fetch_stub(kind, id));
        let asking: Vec<_> = asking.collect();
        let found: Vec<Option<Item>> = stream::iter(asking).buffered(AT_ONCE).try_collect().await?;
        Ok(found.into_iter().flatten().collect())
    }

    async fn fetch_stub(&self, kind: ContentKind, id: ContentId) -> Result<Option<Item>, Error> {
        Ok(self.mirror.source.stub(kind, &id).await?)
    }
}

/// Compares what the search brings.
struct Comparing<'a> {
    pass: RunId,
    spaces: &'a Spaces,
}

impl<S: Source> Work<S> for Comparing<'_> {
    type Query = StubQuery;
    type Ready = Vec<Item>;

    async fn prepare(&self, _: &Mirror<S>, items: Vec<Item>) -> Result<Vec<Item>, Error> {
        Ok(items)
    }

    async fn take(
        &self,
        run: &mut Run<'_, S>,
        items: Vec<Item>,
        progress: Option<Progress>,
    ) -> Result<(), Error> {
        run.compare_stubs(self.pass, items, progress, self.spaces).await
    }
}

/// What to search for. Where not all can be named, all spaces are searched and the others passed over.
fn query(spaces: &Spaces, order: Order, limit: u16) -> StubQuery {
    let is_all = spaces.covered.len() == spaces.visible.len();
    let keys = if is_all || spaces.covered.len() > SPACES_PER_LISTING {
        Vec::new()
    } else {
        spaces.covered.values().cloned().collect()
    };
    StubQuery {
        spaces: keys,
        order,
        limit,
    }
}

fn modified_at(item: &Item) -> Option<Timestamp> {
    item.as_ref().ok().map(Content::modified_at)
}
