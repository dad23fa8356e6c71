//! What is asked of the store about comparing the mirror with what the site lists, and burying what is gone.

use std::collections::BTreeMap;

use crate::model::{CloudId, ContentId, ContentKind, RunId, SpaceId, Timestamp};

use crate::store::{Awaiting, Error, Rounds, Sighting, Store, Unsighted, rounds, sites, sweep};

impl Store {
    /// What is known of these spaces before a sweep, in order of id.
    pub async fn awaiting(
        &self,
        site: &CloudId,
        kind: ContentKind,
        spaces: &[SpaceId],
    ) -> Result<Vec<Awaiting>, Error> {
        let (site, spaces) = (site.clone(), spaces.to_vec());
        self.writer
            .transaction("look at the spaces before a sweep", move |tx| {
                let site = sites::number(tx, &site)?;
                rounds::awaiting(tx, site, kind, &spaces)
            })
            .await
    }

    /// The rounds of the site's sweeps; nothing before the first.
    pub async fn rounds(&self, site: &CloudId) -> Result<Option<Rounds>, Error> {
        let site = site.clone();
        self.writer
            .transaction("read the rounds of sweeps", move |tx| {
                let site = sites::number(tx, &site)?;
                rounds::rounds(tx, site)
            })
            .await
    }

    /// Begins a round of sweeps unless one is open, and says when the open one began.
    pub async fn begin_round(&self, site: &CloudId, at: Timestamp) -> Result<Timestamp, Error> {
        let site = site.clone();
        self.writer
            .transaction("begin a round of sweeps", move |tx| {
                let site = sites::number(tx, &site)?;
                rounds::begin(tx, site, at)
            })
            .await
    }

    /// Ends the open round: every space was swept since it began.
    pub async fn complete_round(&self, site: &CloudId, at: Timestamp) -> Result<(), Error> {
        let site = site.clone();
        self.writer
            .transaction("complete a round of sweeps", move |tx| {
                let site = sites::number(tx, &site)?;
                rounds::complete(tx, site, at)
            })
            .await
    }

    /// Stamps content as seen by a pass, and returns the ids of what is unknown here, differs, or is buried here
    /// and alive there. The content's own absence ends with it.
    pub async fn sight(
        &self,
        site: &CloudId,
        pass: RunId,
        sightings: Vec<Sighting>,
    ) -> Result<Vec<ContentId>, Error> {
        let site = site.clone();
        self.writer
            .transaction("compare a listing", move |tx| {
                let site = sites::number(tx, &site)?;
                sweep::sight(tx, site, pass, &sightings)
            })
            .await
    }

    /// How much of each of these spaces lives here and was neither sighted nor written since the pass began.
    pub async fn count_unsighted(
        &self,
        site: &CloudId,
        kind: ContentKind,
        spaces: &[SpaceId],
        pass: RunId,
    ) -> Result<BTreeMap<SpaceId, u64>, Error> {
        let (site, spaces) = (site.clone(), spaces.to_vec());
        self.writer
            .transaction("count what a pass did not see", move |tx| {
                let site = sites::number(tx, &site)?;
                sweep::count_unsighted(tx, site, kind, &spaces, pass)
            })
            .await
    }

    /// Some of what that is, behind the row `after`.
    pub async fn unsighted(
        &self,
        site: &CloudId,
        kind: ContentKind,
        spaces: &[SpaceId],
        pass: RunId,
        (after, limit): (i64, usize),
    ) -> Result<Vec<Unsighted>, Error> {
        let (site, spaces) = (site.clone(), spaces.to_vec());
        self.writer
            .transaction("find what a pass did not see", move |tx| {
                let site = sites::number(tx, &site)?;
                sweep::unsighted(tx, site, kind, &spaces, pass, after, limit)
            })
            .await
    }

    /// How much of each space is alive here.
    pub async fn living(&self, site: &CloudId, kind: ContentKind) -> Result<BTreeMap<SpaceId, u64>, Error> {
        let site = site.clone();
        self.writer
            .transaction("count the living", move |tx| {
                let site = sites::number(tx, &site)?;
                sweep::living(tx, site, kind)
            })
            .await
    }

    /// Whether any content of the kind is alive here.
    pub async fn holds(&self, site: &CloudId, kind: ContentKind) -> Result<bool, Error> {
        let site = site.clone();
        self.writer
            .transaction("look for the living", move |tx| {
                let site = sites::number(tx, &site)?;
                sweep::holds(tx, site, kind)
            })
            .await
    }

    /// Notes that a complete listing lacked this content. An earlier note stands.
    pub async fn mark_missing(
        &self,
        site: &CloudId,
        ids: Vec<ContentId>,
        at: Timestamp,
    ) -> Result<(), Error> {
        let site = site.clone();
        self.writer
            .transaction("mark content as missing", move |tx| {
                let site = sites::number(tx, &site)?;
                sweep::mark_missing(tx, site, &ids, at)
            })
            .await
    }

    /// Makes tombstones of what is not one yet, and says how many.
    pub async fn bury(
        &self,
        site: &CloudId,
        ids: Vec<ContentId>,
        reason: &'static str,
        at: Timestamp,
    ) -> Result<u64, Error> {
        let site = site.clone();
        self.writer
            .transaction("bury content", move |tx| {
                let site = sites::number(tx, &site)?;
                sweep::bury(tx, site, &ids, reason, at)
            })
            .await
    }
}
