//! What is asked of the store about pages and other content, and how far they are mirrored.

use std::collections::BTreeMap;

use crate::model::{
    Checkpoint, CloudId, ContentId, Counts, Detail, EarlierVersion, ListedKind, RunId, SpaceId, SyncMode,
    Timestamp, Watermark,
};

use crate::store::{ContentBatch, Due, Error, FinishedPass, Store, apply, due, progress, sites, versions};

impl Store {
    /// Writes what differs, opens and closes findings, and notes the checkpoint: all in one transaction.
    ///
    /// Of the counts, only `added`, `changed`, `buried` and `findings` are filled in. Content that the site itself
    /// calls trashed is buried.
    pub async fn apply(&self, batch: ContentBatch) -> Result<Counts, Error> {
        self.writer
            .transaction("apply content", move |tx| apply::apply(tx, &batch))
            .await
    }

    /// Where the unfinished pass of that kind and mode resumes.
    pub async fn checkpoint(
        &self,
        site: &CloudId,
        kind: impl Into<ListedKind>,
        mode: SyncMode,
    ) -> Result<Option<Checkpoint>, Error> {
        let (site, kind) = (site.clone(), kind.into());
        self.writer
            .transaction("read a checkpoint", move |tx| {
                let site = sites::number(tx, &site)?;
                progress::checkpoint(tx, site, kind, mode)
            })
            .await
    }

    /// How far each space is mirrored. A space without a watermark awaits its backfill.
    pub async fn watermarks(
        &self,
        site: &CloudId,
        kind: impl Into<ListedKind>,
    ) -> Result<BTreeMap<SpaceId, Watermark>, Error> {
        let (site, kind) = (site.clone(), kind.into());
        self.writer
            .transaction("read watermarks", move |tx| {
                let site = sites::number(tx, &site)?;
                progress::watermarks(tx, site, kind)
            })
            .await
    }

    /// Advances the watermarks of a pass and drops its checkpoint, in one transaction.
    pub async fn finish_pass(&self, pass: FinishedPass) -> Result<(), Error> {
        self.writer
            .transaction("finish a pass", move |tx| progress::finish_pass(tx, &pass))
            .await
    }

    /// Notes that a detail of all living pages and blog posts is to be looked up.
    pub async fn all_due(
        &self,
        site: &CloudId,
        detail: Detail,
        run: RunId,
        at: Timestamp,
    ) -> Result<(), Error> {
        let site = site.clone();
        self.writer
            .transaction("note what is due", move |tx| {
                let site = sites::number(tx, &site)?;
                due::add_all(tx, site, detail, run, at)
            })
            .await
    }

    /// Notes the same once: for a detail that was never looked up on this site before.
    pub async fn begin_detail(
        &self,
        site: &CloudId,
        detail: Detail,
        run: RunId,
        at: Timestamp,
    ) -> Result<(), Error> {
        let site = site.clone();
        self.writer
            .transaction("note what is due", move |tx| {
                let site = sites::number(tx, &site)?;
                due::begin(tx, site, detail, run, at)
            })
            .await
    }

    /// Some of the content of which a detail is to be looked up, behind the row `after`.
    pub async fn due(
        &self,
        site: &CloudId,
        detail: Detail,
        after: i64,
        limit: usize,
    ) -> Result<Vec<Due>, Error> {
        let site = site.clone();
        self.writer
            .transaction("list what is due", move |tx| {
                let site = sites::number(tx, &site)?;
                due::list(tx, site, detail, after, limit)
            })
            .await
    }

    /// Keeps versions of content that the site still has, and says how many are new here.
    pub async fn keep_versions(
        &self,
        site: &CloudId,
        id: &ContentId,
        versions: Vec<EarlierVersion>,
        at: Timestamp,
    ) -> Result<u64, Error> {
        let (site, id) = (site.clone(), id.clone());
        self.writer
            .transaction("keep earlier versions", move |tx| {
                let site = sites::number(tx, &site)?;
                versions::keep(tx, site, &id, &versions, at)
            })
            .await
    }
}
