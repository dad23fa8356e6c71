//! Compares everything: fetches what differs, and buries what is gone on the evidence of [`super::burial`].

use std::collections::{BTreeMap, HashMap};

use tracing::{info, warn};

use crate::model::{
    Checkpoint, ContentId, ContentKind, ContentStatus, Finding, FindingKind, Rejected, RunId, SpaceId,
    SyncMode,
};
use crate::store::{Sighting, Unsighted};

use super::apply::{Item, listing};
use super::burial::{Absentee, Answer, Verdict, judge};
use super::listing::{Turned, everything};
use super::plan::Pass;
use super::spaces::Spaces;
use super::{Error, PAGE_SIZE, Run, Source};

const MODE: SyncMode = SyncMode::Sweep;

impl<S: Source> Run<'_, S> {
    /// Lists the pass's spaces without bodies, stamps what it sights, fetches what differs, and looks into what it
    /// did not sight. A sweep that is cut short resumes; until it has reached its end it buries nothing.
    pub(super) async fn sweep(
        &mut self,
        kind: ContentKind,
        pass: &Pass,
        spaces: &Spaces,
    ) -> Result<(), Error> {
        let mut listing = self
            .open(kind, MODE, pass, spaces, everything(kind, pass, false))
            .await?;
        let mut is_readable = !listing.is_resumed;
        loop {
            let Turned {
                items,
                checkpoint,
                next,
            } = listing.turn();
            self.count(kind, MODE, items.len(), listing.checkpoint.items);
            is_readable &= !items.iter().any(is_nameless);
            let pass = listing.checkpoint.pass;
            let (compared, there_is_more) = tokio::join!(
                self.compare(kind, pass, items, checkpoint, spaces),
                listing.fetch(next.as_ref())
            );
            compared?;
            if !there_is_more? {
                break;
            }
        }
        if is_readable {
            self.settle(kind).await?;
        }
        self.look_into_absences(kind, pass, listing.checkpoint.pass, spaces)
            .await?;
        self.finish(kind, MODE, pass, None).await
    }

    /// Stamps what a page of the listing sights, and fetches what differs or could not be read.
    async fn compare(
        &mut self,
        kind: ContentKind,
        pass: RunId,
        items: Vec<Item>,
        checkpoint: Option<Checkpoint>,
        spaces: &Spaces,
    ) -> Result<(), Error> {
        let (sightings, mut unread) = sort_out(items, spaces);
        let (store, cloud_id) = (&self.mirror.store, &self.mirror.site.cloud_id);
        let mut wanted = store.sight(cloud_id, pass, sightings).await?;
        wanted.extend(unread.iter().filter_map(|rejected| rejected.id.clone()));
        unread.retain(|rejected| rejected.id.is_none());

        let mut items: Vec<Item> = unread.into_iter().map(Err).collect();
        for some in wanted.chunks(PAGE_SIZE.into()) {
            items.append(&mut self.fetch_by_id(kind, some, true).await?);
        }
        let progress = checkpoint.map(|checkpoint| (MODE, checkpoint));
        self.apply(kind, items, spaces, progress).await
    }

    /// A listing that was read to its end without an unreadable item settles the findings that knew only its name.
    async fn settle(&self, kind: ContentKind) -> Result<(), Error> {
        let settled = vec![(FindingKind::Undecodable, listing(kind).to_owned())];
        let cloud_id = &self.mirror.site.cloud_id;
        Ok(self
            .mirror
            .store
            .close_findings(cloud_id, settled, self.mirror.clock.now())
            .await?)
    }

    async fn look_into_absences(
        &mut self,
        kind: ContentKind,
        pass: &Pass,
        pass_id: RunId,
        spaces: &Spaces,
    ) -> Result<(), Error> {
        let (store, cloud_id) = (&self.mirror.store, &self.mirror.site.cloud_id);
        let covered: Vec<_> = pass
            .spaces
            .iter()
            .filter(|id| spaces.key(id).is_some())
            .cloned()
            .collect();
        let unsighted = store.unsighted(cloud_id, kind, &covered, pass_id).await?;
        let absentees = if unsighted.is_empty() {
            Vec::new()
        } else {
            self.probe(kind, unsighted, spaces).await?
        };

        let living = store.living(cloud_id, kind).await?;
        let verdict = judge(
            absentees,
            &living,
            &self.mirror.options.guard,
            self.mirror.clock.now(),
        );
        self.carry_out(verdict, &covered, &living, spaces).await
    }

    /// Asks the site for each absentee by id, between two proofs that the token still opens the site. What turns
    /// out to be alive is fetched; of the rest the site's answer is returned.
    async fn probe(
        &mut self,
        kind: ContentKind,
        unsighted: Vec<Unsighted>,
        spaces: &Spaces,
    ) -> Result<Vec<Absentee>, Error> {
        let ids: Vec<_> = unsighted.iter().map(|absentee| absentee.id.clone()).collect();
        let opened = self.is_open().await?;
        let mut found = HashMap::new();
        for some in ids.chunks(PAGE_SIZE.into()) {
            for item in self.fetch_by_id(kind, some, false).await? {
                found.extend(identify(item, spaces));
            }
        }
        let is_proven = opened && self.is_open().await?;

        let alive: Vec<_> = ids
            .into_iter()
            .filter(|id| matches!(found.get(id), Some(Found::Alive)))
            .collect();
        self.fetch_and_apply(kind, &alive, spaces).await?;
        let answer = |absentee: Unsighted| {
            let answer = match found.get(&absentee.id) {
                Some(Found::Absent(answer)) => *answer,
                None if is_proven => Answer::Nothing,
                Some(Found::Alive) | None => return None,
            };
            Some(Absentee::new(absentee, answer))
        };
        Ok(unsighted.into_iter().filter_map(answer).collect())
    }

    /// Whether the account still sees any space. Without a token that does, silence means nothing.
    async fn is_open(&self) -> Result<bool, Error> {
        Ok(!self.mirror.source.spaces(None).await?.items.is_empty())
    }

    async fn carry_out(
        &mut self,
        verdict: Verdict,
        covered: &[SpaceId],
        living: &BTreeMap<SpaceId, u64>,
        spaces: &Spaces,
    ) -> Result<(), Error> {
        let now = self.mirror.clock.now();
        let (store, cloud_id) = (&self.mirror.store, &self.mirror.site.cloud_id);
        if !verdict.watch.is_empty() {
            info!(
                count = verdict.watch.len(),
                "{} pages are missing; the next sweep looks again",
                verdict.watch.len()
            );
            store.mark_missing(cloud_id, verdict.watch, now).await?;
        }
        for (reason, ids) in verdict.bury {
            self.counts.buried += store.bury(cloud_id, ids, reason, now).await?;
        }
        let key = |id: &SpaceId| spaces.key(id).map_or_else(|| id.to_string(), ToString::to_string);
        let free = covered.iter().filter(|id| !verdict.held.contains_key(*id));
        let free = free.map(|id| (FindingKind::DeletionGuard, key(id))).collect();
        store.close_findings(cloud_id, free, now).await?;
        let held = verdict.held.iter().map(|(space, count)| {
            held(
                &key(space),
                *count,
                living.get(space).copied().unwrap_or_default(),
            )
        });
        self.record_findings(held.collect()).await?;
        Ok(())
    }
}

/// Whether an item could not be read so far as to tell its id.
fn is_nameless(item: &Item) -> bool {
    matches!(item, Err(rejected) if rejected.id.is_none())
}

/// What a probe by id says of one piece of content.
enum Found {
    Alive,
    Absent(Answer),
}

fn identify(item: Item, spaces: &Spaces) -> Option<(ContentId, Found)> {
    match item {
        Ok(content) => {
            let found = match content.status {
                ContentStatus::Trashed => Found::Absent(Answer::Trashed),
                ContentStatus::Other(_) => Found::Absent(Answer::Nothing),
                _ if spaces.key(&content.space).is_none() => Found::Absent(Answer::OutOfScope),
                _ => Found::Alive,
            };
            Some((content.id, found))
        }
        // There, though it cannot be read.
        Err(rejected) => rejected.id.map(|id| (id, Found::Alive)),
    }
}

/// Parts what a listing sights of mirrored spaces from what it holds and cannot be read.
fn sort_out(items: Vec<Item>, spaces: &Spaces) -> (Vec<Sighting>, Vec<Rejected>) {
    let mut sightings = Vec::with_capacity(items.len());
    let mut unread = Vec::new();
    for item in items {
        match item {
            Ok(content) if spaces.covers(&content) => {
                sightings.push(Sighting::from(&content));
            }
            Ok(_) => {}
            Err(rejected) => unread.push(rejected),
        }
    }
    (sightings, unread)
}

fn held(key: &str, count: u64, living: u64) -> Finding {
    warn!(
        space.key = key,
        count, "the deletion guard holds the burial of {count} of {living} pages of space {key}"
    );
    Finding {
        kind: FindingKind::DeletionGuard,
        subject: key.to_owned(),
        content: None,
        detail: format!(
            "{count} of {living} pages of space {key} are gone, more than the deletion guard lets through; \
             `millpond sync --sweep --accept-deletions` buries them"
        ),
    }
}
