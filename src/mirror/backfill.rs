//! The first copy: oldest id first, checkpoint by checkpoint.

use tracing::{debug, info};

use crate::confluence::{Batch, ContentQuery, Order};
use crate::model::{Checkpoint, Content, ContentKind, SyncMode, Timestamp, Watermark};
use crate::store::FinishedPass;

use super::plan::Pass;
use super::spaces::Spaces;
use super::walk::Walk;
use super::{Error, PAGE_SIZE, Run, Source, is_stale_cursor};

impl<S: Source> Run<'_, S> {
    /// Copies the pass's spaces from where its checkpoint stands, then sets their watermark.
    ///
    /// The watermark is the site's time before the listing began: an edit made while it ran is older than nothing
    /// that the next delta looks at.
    pub(super) async fn backfill(
        &mut self,
        kind: ContentKind,
        pass: &Pass,
        spaces: &Spaces,
    ) -> Result<(), Error> {
        let cloud_id = &self.mirror.site.cloud_id;
        let begun = self
            .mirror
            .store
            .checkpoint(cloud_id, kind, SyncMode::Backfill)
            .await?;
        let mut checkpoint = begun
            .filter(|checkpoint| checkpoint.spaces == pass.spaces)
            .unwrap_or_else(|| self.beginning(pass, spaces));
        let mut walk = Walk::new(&self.mirror.source, full_listing(kind, pass, true));
        let first = self.resume(&mut walk, &mut checkpoint, spaces).await?;
        self.copy(kind, walk, first, &mut checkpoint, spaces).await?;
        self.finish(kind, SyncMode::Backfill, pass, Some(checkpoint.candidate))
            .await
    }

    /// A checkpoint at the very beginning of a pass.
    pub(super) fn beginning(&self, pass: &Pass, spaces: &Spaces) -> Checkpoint {
        Checkpoint {
            pass: self.id,
            spaces: pass.spaces.clone(),
            cursor: None,
            // A site that does not tell its time gets the oldest watermark: the next delta reads everything once.
            candidate: Watermark(
                spaces
                    .listed_at
                    .unwrap_or_else(|| Timestamp::from_utc(chrono::DateTime::UNIX_EPOCH)),
            ),
            items: 0,
        }
    }

    /// The page of the listing at the checkpoint. A cursor that the server no longer takes begins the pass again.
    pub(super) async fn resume(
        &self,
        walk: &mut Walk<'_, S>,
        checkpoint: &mut Checkpoint,
        spaces: &Spaces,
    ) -> Result<Batch<Content>, Error> {
        if checkpoint.cursor.is_some() {
            info!(
                items = checkpoint.items,
                "going on after {} items", checkpoint.items
            );
        }
        match walk.page(checkpoint.cursor.as_ref()).await {
            Err(error) if checkpoint.cursor.is_some() && is_stale_cursor(&error) => {
                info!("the site no longer takes the cursor; the listing begins again");
                *checkpoint = self.beginning(
                    &Pass {
                        spaces: checkpoint.spaces.clone(),
                    },
                    spaces,
                );
                Ok(walk.page(None).await?)
            }
            answer => Ok(answer?),
        }
    }

    /// Applies page after page of the listing, each while the next one is under way.
    async fn copy(
        &mut self,
        kind: ContentKind,
        mut walk: Walk<'_, S>,
        mut batch: Batch<Content>,
        checkpoint: &mut Checkpoint,
        spaces: &Spaces,
    ) -> Result<(), Error> {
        loop {
            let following = batch.next.take();
            checkpoint.cursor.clone_from(&following);
            checkpoint.items += batch.items.len() as u64;
            self.counts.seen += batch.items.len() as u64;
            debug!(items = checkpoint.items, "applying {} items", batch.items.len());
            let progress = Some((SyncMode::Backfill, checkpoint.clone()));
            let (applied, answer) = tokio::join!(
                self.apply(kind, batch.items, spaces, progress),
                walk.follow(following.as_ref()),
            );
            applied?;
            match answer {
                Some(answer) => batch = answer?,
                None => return Ok(()),
            }
        }
    }

    /// Ends a pass that reached its end.
    pub(super) async fn finish(
        &self,
        kind: ContentKind,
        mode: SyncMode,
        pass: &Pass,
        watermark: Option<Watermark>,
    ) -> Result<(), Error> {
        let site = self.mirror.site.cloud_id.clone();
        let finished = FinishedPass {
            site,
            kind,
            mode,
            spaces: pass.spaces.clone(),
            watermark,
        };
        Ok(self.mirror.store.finish_pass(finished).await?)
    }
}

/// Everything of a pass that is alive, in an order that edits do not disturb.
pub(super) fn full_listing(kind: ContentKind, pass: &Pass, bodies: bool) -> ContentQuery {
    ContentQuery {
        kind,
        spaces: pass.filter(),
        ids: Vec::new(),
        statuses: Vec::new(),
        order: Order::Id,
        bodies,
        limit: PAGE_SIZE,
    }
}
