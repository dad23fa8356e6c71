//! The first copy: oldest id first, checkpoint by checkpoint.

use crate::model::{ContentKind, SyncMode};

use super::listing::{Turned, everything};
use super::plan::Pass;
use super::spaces::Spaces;
use super::{Error, Run, Source};

const MODE: SyncMode = SyncMode::Backfill;

impl<S: Source> Run<'_, S> {
    /// Copies the pass's spaces from where its checkpoint stands, then sets their watermark. Each page of the
    /// listing is applied while the next one is under way. Says whether it came to its end: it stops early where the
    /// points run low.
    ///
    /// The watermark is the site's time before the listing began: an edit made while it ran is older than nothing
    /// that the next delta looks at.
    pub(super) async fn backfill(
        &mut self,
        kind: ContentKind,
        pass: &Pass,
        spaces: &Spaces,
    ) -> Result<bool, Error> {
        if !self.may_go_on(MODE) {
            return Ok(false);
        }
        let mut listing = self
            .open(kind, MODE, pass, spaces, everything(kind, pass, true))
            .await?;
        let candidate = listing.checkpoint.candidate;
        loop {
            let Turned {
                items,
                checkpoint,
                next,
            } = listing.turn();
            self.count(kind, MODE, items.len(), listing.checkpoint.items);
            let progress = checkpoint.map(|checkpoint| (MODE, checkpoint));
            if next.is_some() && !self.may_go_on(MODE) {
                self.apply(kind, items, spaces, progress).await?;
                return Ok(false);
            }
            let (applied, there_is_more) = tokio::join!(
                self.apply(kind, items, spaces, progress),
                listing.fetch(next.as_ref())
            );
            applied?;
            if !there_is_more? {
                let listed = listing.checkpoint.listed;
                self.finish(kind, MODE, pass, Some(candidate), Some(listed))
                    .await?;
                return Ok(true);
            }
        }
    }
}
