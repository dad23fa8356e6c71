//! The first copy: oldest id first, checkpoint by checkpoint.

use crate::confluence::ContentQuery;
use crate::model::{ContentKind, SyncMode};

use super::apply::{Item, Written, prepare};
use super::listing::{Progress, Work, everything};
use super::plan::Pass;
use super::spaces::Spaces;
use super::{Error, Mirror, Run, Source};

const MODE: SyncMode = SyncMode::Backfill;

impl<S: Source> Run<'_, S> {
    /// Copies the pass's spaces from where its checkpoint stands, then sets their watermark. Says whether it came to
    /// its end: it stops early where the points run low.
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
        if !self
            .read(kind, MODE, &mut listing, &Copying { kind, spaces })
            .await?
        {
            return Ok(false);
        }
        self.settle(super::apply::listing(kind), pass, spaces, &listing)
            .await?;
        let listed = listing.checkpoint.listed;
        self.finish(kind, MODE, pass, Some(candidate), Some(listed))
            .await?;
        Ok(true)
    }
}

/// Writes what a listing with bodies brings.
struct Copying<'a> {
    kind: ContentKind,
    spaces: &'a Spaces,
}

impl<S: Source> Work<S> for Copying<'_> {
    type Query = ContentQuery;
    type Ready = Written;

    async fn prepare(&self, mirror: &Mirror<S>, items: Vec<Item>) -> Result<Written, Error> {
        prepare(&mirror.site, self.kind, items, self.spaces).await
    }

    async fn take(
        &self,
        run: &mut Run<'_, S>,
        written: Written,
        progress: Option<Progress>,
    ) -> Result<(), Error> {
        run.write(self.kind, written, progress).await
    }
}
