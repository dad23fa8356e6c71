//! The second step of every run: whatever earlier runs could not mirror and know the id of is tried again.

use std::collections::HashSet;

use crate::model::{ContentId, FindingKind};

use super::apply::{Item, listing};
use super::spaces::Spaces;
use super::{Error, PAGE_SIZE, Run, Source};

/// The findings that are about one piece of content.
const ABOUT_CONTENT: [FindingKind; 2] = [FindingKind::Undecodable, FindingKind::BodyMissing];

impl<S: Source> Run<'_, S> {
    /// Fetches the content of open findings. What comes whole is written, which closes its finding; what is not
    /// there any more, or not ours to mirror, is none. While a kind is refused, nobody can tell what is not there.
    pub(super) async fn retry_findings(&mut self, spaces: &Spaces) -> Result<(), Error> {
        let open = self
            .mirror
            .store
            .open_findings(&self.mirror.site.cloud_id)
            .await?;
        let ids: Vec<_> = open.into_iter().filter_map(|finding| finding.content).collect();
        for some in ids.chunks(PAGE_SIZE.into()) {
            let mut troubled = HashSet::new();
            let mut all_answered = true;
            for kind in self.mirror.options.kinds.clone() {
                let fetched = self.fetch_by_id(kind, some, true).await;
                let Some(items) = self.unless_refused(listing(kind), fetched).await? else {
                    all_answered = false;
                    continue;
                };
                troubled.extend(items.iter().filter_map(|item| trouble(item, spaces)).cloned());
                self.apply(kind, items, spaces, None).await?;
            }
            if all_answered {
                self.close(some.iter().filter(|id| !troubled.contains(*id)))
                    .await?;
            }
        }
        Ok(())
    }

    async fn close(&self, settled: impl Iterator<Item = &ContentId>) -> Result<(), Error> {
        let subjects = settled
            .flat_map(|id| ABOUT_CONTENT.map(|kind| (kind, id.to_string())))
            .collect();
        let (store, cloud_id) = (&self.mirror.store, &self.mirror.site.cloud_id);
        Ok(store
            .close_findings(cloud_id, subjects, self.mirror.clock.now())
            .await?)
    }
}

/// The id of an item that is there and still cannot be mirrored.
fn trouble<'a>(item: &'a Item, spaces: &Spaces) -> Option<&'a ContentId> {
    match item {
        Ok(content) if content.body.is_none() && spaces.covers(content) => Some(&content.id),
        Ok(_) => None,
        Err(rejected) => rejected.id.as_ref(),
    }
}
