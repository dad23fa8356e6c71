//! Compares everything with the site, space by space, and fetches what differs.

use crate::confluence::ContentQuery;
use crate::model::{Checkpoint, ContentKind, Rejected, RunId, SpaceId, SyncMode};
use crate::store::Sighting;

use super::apply::{Item, listing};
use super::listing::{Progress, Work, everything};
use super::plan::Pass;
use super::round::owed;
use super::spaces::Spaces;
use super::{Error, Mirror, PAGE_SIZE, Run, Source};

const MODE: SyncMode = SyncMode::Sweep;

impl<S: Source> Run<'_, S> {
    /// Goes on with the round of sweeping, as far as the points reach. A run that is a sweep begins a round if none is
    /// open; any other only goes on with one.
    pub(super) async fn sweep_on(
        &mut self,
        followed: &[(ContentKind, Vec<SpaceId>)],
        spaces: &Spaces,
    ) -> Result<(), Error> {
        let (store, cloud_id) = (&self.mirror.store, &self.mirror.site.cloud_id);
        let since = if self.mode == MODE {
            store.begin_round(cloud_id, self.mirror.clock.now()).await?
        } else {
            match store.rounds(cloud_id).await?.filter(|rounds| rounds.is_open) {
                Some(rounds) => rounds.began_at,
                None => return Ok(()),
            }
        };
        if self.mode == MODE {
            self.look_into_lost_spaces(spaces).await?;
        }
        for (kind, followed) in followed {
            let awaiting = store.awaiting(cloud_id, *kind, followed).await?;
            let begun = store.checkpoint(cloud_id, *kind, MODE).await?;
            let is_lifted = self.mirror.options.guard.is_lifted;
            for pass in owed(awaiting, since, begun.as_ref(), is_lifted) {
                let ended = self.sweep(*kind, &pass, spaces).await;
                match self.unless_refused(listing(*kind), ended).await? {
                    Some(true) => {}
                    Some(false) => return Ok(()),
                    None => break,
                }
            }
        }
        Ok(store.complete_round(cloud_id, self.mirror.clock.now()).await?)
    }

    /// Lists the pass's spaces without bodies, stamps what it sights, fetches what differs, and looks into what it
    /// did not sight. A sweep that is cut short resumes; until it has reached its end it buries nothing. Says whether
    /// it came to its end: it stops early where the points run low.
    async fn sweep(&mut self, kind: ContentKind, pass: &Pass, spaces: &Spaces) -> Result<bool, Error> {
        if !self.may_go_on(MODE) {
            return Ok(false);
        }
        let mut listing = self
            .open(kind, MODE, pass, spaces, everything(kind, pass, false))
            .await?;
        let comparing = Comparing {
            kind,
            pass: listing.checkpoint.pass,
            spaces,
        };
        if !self.read(kind, MODE, &mut listing, &comparing).await? {
            return Ok(false);
        }
        self.settle(super::apply::listing(kind), pass, spaces, &listing)
            .await?;
        let is_whole = listing.gap().is_none();
        let Checkpoint {
            pass: pass_id,
            listed,
            ..
        } = listing.checkpoint;
        self.look_into_absences(kind, (&pass.spaces, pass_id, is_whole), spaces)
            .await?;
        self.finish(kind, MODE, pass, None, Some(listed)).await?;
        Ok(true)
    }

    /// Stamps what a page of the listing sights, and fetches what differs or could not be read.
    async fn compare(
        &mut self,
        kind: ContentKind,
        pass: RunId,
        items: Vec<Item>,
        progress: Option<Progress>,
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
        self.apply(kind, items, spaces, progress).await
    }
}

/// Compares what a listing without bodies brings.
struct Comparing<'a> {
    kind: ContentKind,
    pass: RunId,
    spaces: &'a Spaces,
}

impl<S: Source> Work<S> for Comparing<'_> {
    type Query = ContentQuery;
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
        run.compare(self.kind, self.pass, items, progress, self.spaces)
            .await
    }
}

/// Parts what a listing sights of mirrored spaces from what it holds and cannot be read.
pub(super) fn sort_out(items: Vec<Item>, spaces: &Spaces) -> (Vec<Sighting>, Vec<Rejected>) {
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
