//! What is asked of the store about comments and attachments.

use std::collections::BTreeMap;

use crate::model::{AnnexKind, CloudId, ContentId, Counts, RunId, SpaceId, Timestamp};

use crate::store::annexes::absences;
use crate::store::{AnnexBatch, Error, Homes, Store, Unsighted, annexes, sites};

impl Store {
    /// Writes the comments or attachments that differ, opens and closes findings, and notes the checkpoint: all in
    /// one transaction. The counts are as those of [`Self::apply`].
    pub async fn apply_annexes(&self, batch: AnnexBatch) -> Result<Counts, Error> {
        self.writer
            .transaction("apply comments or attachments", move |tx| {
                annexes::apply(tx, &batch)
            })
            .await
    }

    /// Where comments and attachments that name these pages and parents belong.
    pub async fn homes(
        &self,
        site: &CloudId,
        pages: Vec<ContentId>,
        parents: Vec<ContentId>,
    ) -> Result<Homes, Error> {
        let site = site.clone();
        self.writer
            .transaction("place comments or attachments", move |tx| {
                let site = sites::number(tx, &site)?;
                annexes::homes(tx, site, &pages, &parents)
            })
            .await
    }

    /// When the oldest living content of each space was created.
    pub async fn eldest_content(&self, site: &CloudId) -> Result<BTreeMap<SpaceId, Timestamp>, Error> {
        let site = site.clone();
        self.writer
            .transaction("find the oldest content", move |tx| {
                let site = sites::number(tx, &site)?;
                annexes::eldest(tx, site)
            })
            .await
    }

    /// Some of the comments or attachments that live here, on living content of these spaces, and were not seen since
    /// the pass began: those first that were missing before. Beside them, how many there are of each space.
    pub async fn unsighted_annexes(
        &self,
        site: &CloudId,
        kind: AnnexKind,
        spaces: &[SpaceId],
        pass: RunId,
        limit: usize,
    ) -> Result<(Vec<Unsighted>, BTreeMap<SpaceId, u64>), Error> {
        let (site, spaces) = (site.clone(), spaces.to_vec());
        self.writer
            .transaction("find what a pass did not see", move |tx| {
                let site = sites::number(tx, &site)?;
                let some = absences::unsighted(tx, site, kind, &spaces, pass, limit)?;
                let absent = absences::count_unsighted(tx, site, kind, &spaces, pass)?;
                Ok((some, absent))
            })
            .await
    }

    /// How many comments or attachments of each space are alive here.
    pub async fn living_annexes(
        &self,
        site: &CloudId,
        kind: AnnexKind,
    ) -> Result<BTreeMap<SpaceId, u64>, Error> {
        let site = site.clone();
        self.writer
            .transaction("count the living", move |tx| {
                let site = sites::number(tx, &site)?;
                absences::living(tx, site, kind)
            })
            .await
    }

    /// Notes that a complete listing lacked these comments or attachments. An earlier note stands.
    pub async fn mark_annexes_missing(
        &self,
        site: &CloudId,
        kind: AnnexKind,
        ids: Vec<ContentId>,
        at: Timestamp,
    ) -> Result<(), Error> {
        let site = site.clone();
        self.writer
            .transaction("mark comments or attachments as missing", move |tx| {
                let site = sites::number(tx, &site)?;
                absences::mark_missing(tx, site, kind, &ids, at)
            })
            .await
    }

    /// Makes tombstones of the comments or attachments that are not one yet, and says how many.
    pub async fn bury_annexes(
        &self,
        site: &CloudId,
        kind: AnnexKind,
        ids: Vec<ContentId>,
        reason: &'static str,
        at: Timestamp,
    ) -> Result<u64, Error> {
        let site = site.clone();
        self.writer
            .transaction("bury comments or attachments", move |tx| {
                let site = sites::number(tx, &site)?;
                absences::bury(tx, site, kind, &ids, reason, at)
            })
            .await
    }
}
