//! What hangs on content: comments and attachments, kind after kind.
//!
//! The site lists each kind as a whole, newest change first or first created first, and knows no filter by space or
//! id. So one listing serves all spaces, a sweep is a first copy that also looks for what is missing, and what a
//! comment belongs to is looked up here ([`super::homes`]). Bodies cost no points, so every listing brings them.

use std::collections::{BTreeMap, BTreeSet};

use crate::confluence::{AnnexQuery, Order};
use crate::model::{
    Annex, AnnexKind, Checkpoint, Finding, FindingKind, Rejected, SpaceId, SyncMode, Timestamp, Watermark,
};
use crate::store::AnnexBatch;

use super::delta::{FIRST_LIMIT, OVERLAP, until};
use super::homes::{Placement, place};
use super::listing::{Progress, Work};
use super::plan::Pass;
use super::render::rendered;
use super::spaces::Spaces;
use super::walk::Walk;
use super::{Error, Mirror, PAGE_SIZE, Run, Source};

/// An item as a listing has it.
pub(super) type Item = Result<Annex, Rejected>;

/// How many single comments or attachments a run asks for, of each kind and for each reason. The rest waits.
pub(super) const ONE_BY_ONE: usize = 250;

/// What came of applying items.
#[derive(Debug, Default)]
pub(super) struct Applied {
    /// Answers to comments that the mirror does not know yet.
    pub(super) orphans: Vec<Annex>,
    /// What the recorded findings are about.
    pub(super) troubled: BTreeSet<String>,
}

impl<S: Source> Run<'_, S> {
    /// Brings one kind up to date in all spaces that are mirrored.
    pub(super) async fn mirror_annexes(&mut self, kind: AnnexKind, spaces: &Spaces) -> Result<(), Error> {
        let pass = Pass {
            spaces: spaces.covered.keys().cloned().collect(),
        };
        if pass.spaces.is_empty() {
            return Ok(());
        }
        self.retry_annexes(kind, spaces).await?;
        let (store, cloud_id) = (&self.mirror.store, &self.mirror.site.cloud_id);
        let watermarks = store.watermarks(cloud_id, kind).await?;
        match self.mode {
            SyncMode::Sweep => self.sweep_annexes(kind, &pass, spaces).await,
            SyncMode::Delta if !self.is_uncopied(&pass, &watermarks).await? => {
                match self.follow_annexes(kind, &pass, &watermarks, spaces).await {
                    // What changed behind the item in the way is found by listing everything.
                    Err(Error::Remote(error)) if error.is_about_an_item() => {
                        self.copy_annexes(kind, SyncMode::Backfill, &pass, spaces).await?;
                    }
                    followed => followed?,
                }
                // A sweep that the points cut short goes on.
                match store.checkpoint(cloud_id, kind, SyncMode::Sweep).await? {
                    Some(_) => self.sweep_annexes(kind, &pass, spaces).await,
                    None => Ok(()),
                }
            }
            SyncMode::Delta | SyncMode::Backfill => {
                self.copy_annexes(kind, SyncMode::Backfill, &pass, spaces).await?;
                Ok(())
            }
        }
    }

    /// Whether some space may hold what the next delta would not look back to.
    async fn is_uncopied(
        &self,
        pass: &Pass,
        watermarks: &BTreeMap<SpaceId, Watermark>,
    ) -> Result<bool, Error> {
        if watermarks.is_empty() {
            return Ok(true);
        }
        if pass.spaces.iter().all(|space| watermarks.contains_key(space)) {
            return Ok(false);
        }
        let (store, cloud_id) = (&self.mirror.store, &self.mirror.site.cloud_id);
        let eldest = store.eldest_content(cloud_id).await?;
        Ok(is_uncopied(pass, watermarks, &eldest))
    }

    /// Lists everything and applies it, as far as the points reach. Returns where the listing stood at its end, and
    /// whether it told everything, if it came there.
    pub(super) async fn copy_annexes(
        &mut self,
        kind: AnnexKind,
        mode: SyncMode,
        pass: &Pass,
        spaces: &Spaces,
    ) -> Result<Option<(Checkpoint, bool)>, Error> {
        if !self.may_go_on(mode) {
            return Ok(None);
        }
        let mut listing = self.open(kind, mode, pass, spaces, everything(kind)).await?;
        if !self
            .read(kind, mode, &mut listing, &Copying { kind, spaces })
            .await?
        {
            return Ok(None);
        }
        self.settle(kind.listing(), pass, spaces, &listing).await?;
        if mode == SyncMode::Backfill {
            let candidate = listing.checkpoint.candidate;
            self.finish(kind, mode, pass, Some(candidate), None).await?;
        }
        let is_whole = listing.gap().is_none();
        Ok(Some((listing.checkpoint, is_whole)))
    }

    /// What changed: newest first, until the listing meets the watermark.
    ///
    /// Answers can come before the comments they answer, and wait for those. The watermark does not pass the beginning
    /// of the run: what hangs on content that was created since has a place only once the next run has seen that.
    async fn follow_annexes(
        &mut self,
        kind: AnnexKind,
        pass: &Pass,
        watermarks: &BTreeMap<SpaceId, Watermark>,
        spaces: &Spaces,
    ) -> Result<(), Error> {
        let reach = watermarks.values().min().map(|mark| mark.0.minus(OVERLAP));
        let newest_first = AnnexQuery {
            order: Order::NewestFirst,
            limit: FIRST_LIMIT,
            ..everything(kind)
        };
        let mut walk = Walk::new(&self.mirror.source, newest_first);
        let mut newest: Option<Timestamp> = None;
        let mut orphans = Vec::new();
        let mut cursor = None;
        loop {
            let batch = walk.page(cursor.as_ref()).await?;
            newest = newest.max(batch.items.iter().filter_map(modified_at).max());
            let (fresh, met) = until(batch.items, reach, modified_at);
            self.counts.seen += fresh.len() as u64;
            orphans.extend(self.apply_annexes(kind, fresh, spaces, None).await?.orphans);
            cursor = batch.next;
            walk.widen(PAGE_SIZE);
            if met || cursor.is_none() {
                break;
            }
        }
        let orphans = orphans.into_iter().map(Ok).collect();
        self.apply_annexes(kind, orphans, spaces, None).await?;
        let candidate = newest.zip(spaces.listed_at).map(|(newest, run)| newest.min(run));
        self.finish(kind, SyncMode::Delta, pass, candidate.map(Watermark), None)
            .await
    }

    /// Writes what belongs to mirrored content, records what cannot be written, and moves the checkpoint, all in one
    /// transaction.
    pub(super) async fn apply_annexes(
        &mut self,
        kind: AnnexKind,
        items: Vec<Item>,
        spaces: &Spaces,
        progress: Option<Progress>,
    ) -> Result<Applied, Error> {
        if items.is_empty() && progress.is_none() {
            return Ok(Applied::default());
        }
        let (annexes, rejected): (Vec<_>, Vec<_>) = items.into_iter().partition(Result::is_ok);
        let annexes: Vec<Annex> = annexes.into_iter().filter_map(Result::ok).collect();
        let pages = annexes.iter().filter_map(|annex| annex.page.clone()).collect();
        let parents = annexes
            .iter()
            .filter_map(|annex| annex.parent().cloned())
            .collect();
        let mirror = self.mirror;
        let homes = mirror.store.homes(&mirror.site.cloud_id, pages, parents).await?;
        let Placement {
            placed,
            orphans,
            mut findings,
        } = place(annexes, &homes, spaces);
        findings.extend(
            rejected
                .into_iter()
                .filter_map(Result::err)
                .map(|it| undecodable(kind, it)),
        );
        let troubled = findings.iter().map(|finding| finding.subject.clone()).collect();

        let batch = AnnexBatch {
            site: mirror.site.cloud_id.clone(),
            run: self.id,
            at: mirror.clock.now(),
            writes: rendered(placed, mirror.site.wiki_url()).await?,
            findings,
            checkpoint: progress,
        };
        self.counts += mirror.store.apply_annexes(batch).await?;
        Ok(Applied { orphans, troubled })
    }

    /// Asks again for what open findings are about. What is written or not there any more is none.
    async fn retry_annexes(&mut self, kind: AnnexKind, spaces: &Spaces) -> Result<(), Error> {
        let (store, cloud_id) = (&self.mirror.store, &self.mirror.site.cloud_id);
        let open = store.open_findings(cloud_id).await?.into_iter();
        let is_retried =
            |finding: &Finding| matches!(finding.kind, FindingKind::Undecodable | FindingKind::BodyMissing);
        let ids = open
            .filter(is_retried)
            .filter_map(|finding| kind.of_subject(&finding.subject));
        let ids: Vec<_> = ids.take(ONE_BY_ONE).collect();
        for id in ids {
            let item = self.mirror.source.annex(kind, &id).await?;
            let applied = self
                .apply_annexes(kind, item.into_iter().collect(), spaces, None)
                .await?;
            let subject = kind.subject(&id);
            if !applied.troubled.contains(&subject) {
                let settled =
                    [FindingKind::Undecodable, FindingKind::BodyMissing].map(|it| (it, subject.clone()));
                let now = self.mirror.clock.now();
                store.close_findings(cloud_id, settled.into(), now).await?;
            }
        }
        Ok(())
    }
}

/// Writes what a listing brings.
struct Copying<'a> {
    kind: AnnexKind,
    spaces: &'a Spaces,
}

impl<S: Source> Work<S> for Copying<'_> {
    type Query = AnnexQuery;
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
        run.apply_annexes(self.kind, items, self.spaces, progress).await?;
        Ok(())
    }
}

/// Whether a space without a watermark holds content older than the delta of the others looks back to. A space in
/// which all is younger needs no copy of its own: nothing hangs on content longer than that exists.
fn is_uncopied(
    pass: &Pass,
    watermarks: &BTreeMap<SpaceId, Watermark>,
    eldest: &BTreeMap<SpaceId, Timestamp>,
) -> bool {
    let reach = watermarks.values().min();
    let is_older = |space: &SpaceId| match (eldest.get(space), reach) {
        (Some(created), Some(reach)) => *created < reach.0,
        (eldest, _) => eldest.is_some(),
    };
    let mut fresh = pass
        .spaces
        .iter()
        .filter(|space| !watermarks.contains_key(*space));
    fresh.any(is_older)
}

/// Everything of a kind that is alive, in an order that edits do not disturb and that has answers behind what they
/// answer.
fn everything(kind: AnnexKind) -> AnnexQuery {
    AnnexQuery {
        kind,
        order: Order::OldestFirst,
        bodies: true,
        limit: PAGE_SIZE,
    }
}

fn modified_at(item: &Item) -> Option<Timestamp> {
    item.as_ref().ok().map(Annex::modified_at)
}

fn undecodable(kind: AnnexKind, rejected: Rejected) -> Finding {
    let Rejected { id, reason, .. } = rejected;
    Finding {
        kind: FindingKind::Undecodable,
        subject: id.map_or_else(|| kind.listing().to_owned(), |id| kind.subject(&id)),
        content: None,
        space: None,
        detail: reason,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_space_with_older_content_than_the_delta_reaches_is_copied() {
        let space = |id: &str| SpaceId::new(id);
        let at = |hour: u32| {
            format!("2026-01-01T{hour:02}:00:00Z")
                .parse::<Timestamp>()
                .unwrap()
        };
        let pass = Pass {
            spaces: vec![space("1"), space("2")],
        };
        let marks = BTreeMap::from([(space("1"), Watermark(at(10)))]);
        for (eldest, expected) in [
            (None, false),
            (Some(9), true),
            (Some(10), false),
            (Some(11), false),
        ] {
            let eldest = eldest.map(|hour| (space("2"), at(hour))).into_iter().collect();
            assert_eq!(is_uncopied(&pass, &marks, &eldest), expected, "{eldest:?}");
        }
    }
}
