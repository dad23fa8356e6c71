//! A run: its steps, one after the other, and what it carries from one to the next.

use std::collections::BTreeSet;

use crate::model::{ContentKind, Counts, RunId, SyncMode, Timestamp};

use super::plan::{self, Pass, Plan};
use super::spaces::Spaces;
use super::{Error, Mirror, Source, Watch, allowance, apply};

/// One run at work.
pub(super) struct Run<'a, S> {
    pub(super) mirror: &'a Mirror<S>,
    pub(super) id: RunId,
    pub(super) mode: SyncMode,
    pub(super) counts: Counts,
    /// When there are points again for what had to be left undone.
    pub(super) unfinished: Option<Timestamp>,
    /// The listings that were asked for, whether or not they were answered.
    pub(super) asked_for: BTreeSet<&'static str>,
    /// Those of which a refusal is an open finding.
    pub(super) refused: BTreeSet<String>,
    pub(super) watch: Watch<'a>,
}

impl<S: Source> Run<'_, S> {
    pub(super) async fn all(&mut self) -> Result<(), Error> {
        self.heed_deferral().await?;
        self.recall_refusals().await?;
        let kinds = self.mirror.options.kinds.clone();
        self.asked_for
            .extend(kinds.iter().map(|kind| apply::listing(*kind)));
        let annexes = self.mirror.options.annexes.clone();
        self.asked_for.extend(annexes.iter().map(|kind| kind.listing()));
        if self.mirror.options.labels {
            self.asked_for.insert("labels");
        }
        let spaces = self.list_spaces().await?;
        self.note_search().await?;
        self.retry_findings(&spaces).await?;
        let mut plans = Vec::new();
        for kind in kinds {
            plans.push((kind, self.follow(kind, &spaces).await?));
        }
        let mut followed = Vec::new();
        for (kind, plan) in plans {
            if !plan.backfill.is_empty() {
                let ended = self.copy(kind, &plan.backfill, &spaces).await;
                self.unless_refused(apply::listing(kind), ended).await?;
            }
            let spaces = plan.follow.into_iter().flat_map(|pass| pass.spaces);
            followed.push((kind, spaces.collect()));
        }
        if self.unfinished.is_none() && self.mode != SyncMode::Backfill {
            self.sweep_on(&followed, &spaces).await?;
        }
        if self.mirror.options.stubs && self.unfinished.is_none() {
            self.mirror_stubs(&spaces).await?;
        }
        if self.mirror.options.users && self.mode == SyncMode::Sweep {
            // Before the comments, which say the names of those they mention.
            let ended = self.rename_users().await;
            self.unless_refused("changed names", ended).await?;
        }
        for kind in annexes {
            if self.unfinished.is_some() {
                break;
            }
            let ended = self.mirror_annexes(kind, &spaces).await;
            self.unless_refused(kind.listing(), ended).await?;
        }
        if let Some(files) = self.mirror.options.files.clone() {
            let ended = self.fetch_files(&files).await;
            self.unless_refused("files of attachments", ended).await?;
        }
        if self.mirror.options.labels && self.unfinished.is_none() {
            let ended = self.mirror_labels(&spaces).await;
            self.unless_refused("labels", ended).await?;
        }
        self.mirror_details().await?;
        if self.mirror.options.users {
            let ended = self.name_users().await;
            self.unless_refused("users", ended).await?;
        }
        self.settle_refusals().await
    }

    /// Nothing is sent before the site's last wish to wait has run out, restarts notwithstanding.
    async fn heed_deferral(&self) -> Result<(), Error> {
        let (store, cloud_id) = (&self.mirror.store, &self.mirror.site.cloud_id);
        match store.deferred_until(cloud_id).await? {
            Some(until) if until > self.mirror.clock.now() => Err(Error::TooEarly { until }),
            _ => Ok(()),
        }
    }

    /// Plans what to do for a kind, and asks what changed in the spaces that are copied.
    async fn follow(&mut self, kind: ContentKind, spaces: &Spaces) -> Result<Plan, Error> {
        let (store, cloud_id) = (&self.mirror.store, &self.mirror.site.cloud_id);
        let watermarks = store.watermarks(cloud_id, kind).await?;
        let begun = store.checkpoint(cloud_id, kind, SyncMode::Backfill).await?;
        let scope = &self.mirror.options.scope;
        let mut plan = plan::plan(&spaces.visible, scope, &watermarks, begun.as_ref(), self.mode);
        if self.mode == SyncMode::Delta {
            for pass in &plan.follow {
                match self.delta(kind, pass, &watermarks, spaces).await {
                    // What changed behind the item in the way is found by copying everything again.
                    Err(Error::Remote(error)) if error.is_about_an_item() => plan.backfill.push(pass.clone()),
                    ended => drop(self.unless_refused(apply::listing(kind), ended).await?),
                }
            }
        }
        Ok(plan)
    }

    /// Copies spaces for the first time, as far as the points reach.
    async fn copy(&mut self, kind: ContentKind, passes: &[Pass], spaces: &Spaces) -> Result<(), Error> {
        for pass in passes {
            if self.unfinished.is_some() || !self.backfill(kind, pass, spaces).await? {
                break;
            }
        }
        Ok(())
    }

    /// Whether work of this sort may draw on the points any further. If not, the run stays unfinished.
    pub(super) fn may_go_on(&mut self, work: SyncMode) -> bool {
        let wait = allowance::wait(work, &self.mirror.source.balance());
        self.unfinished = self.unfinished.or(wait);
        wait.is_none()
    }
}
