//! The second step of every run: whatever earlier runs could not mirror and know the id of is tried again.

use std::collections::HashSet;

use crate::model::{ContentId, ContentKind, FindingKind};

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
            let mut answers = Answers::default();
            for kind in self.mirror.options.kinds.clone() {
                self.retry(kind, some, &mut answers, spaces).await?;
            }
            // Stubs are asked for one by one, so only what is neither page nor blog post is.
            let stubs = self.mirror.options.stubs.then_some(ContentKind::STUBS);
            for kind in stubs.into_iter().flatten() {
                let rest: Vec<_> = some
                    .iter()
                    .filter(|id| !answers.came.contains(*id))
                    .cloned()
                    .collect();
                self.retry(kind, &rest, &mut answers, spaces).await?;
            }
            self.close(some.iter().filter(|id| answers.settle(id))).await?;
        }
        Ok(())
    }

    /// Asks for content of one kind, and writes what comes.
    async fn retry(
        &mut self,
        kind: ContentKind,
        ids: &[ContentId],
        answers: &mut Answers,
        spaces: &Spaces,
    ) -> Result<(), Error> {
        if ids.is_empty() {
            return Ok(());
        }
        let fetched = self.fetch_by_id(kind, ids, true).await;
        let Some(items) = self.unless_refused(listing(kind), fetched).await? else {
            answers.is_partial = true;
            return Ok(());
        };
        let id = |item: &Item| match item {
            Ok(content) => Some(content.id.clone()),
            Err(rejected) => rejected.id.clone(),
        };
        answers.came.extend(items.iter().filter_map(id));
        let troubled = items.iter().filter_map(|item| trouble(item, spaces));
        answers.troubled.extend(troubled.cloned());
        self.apply(kind, items, spaces, None).await
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

/// What came of asking for content by id.
#[derive(Default)]
struct Answers {
    came: HashSet<ContentId>,
    /// What is there and still cannot be mirrored.
    troubled: HashSet<ContentId>,
    /// Some kind was refused: what did not come may be of that kind.
    is_partial: bool,
}

impl Answers {
    /// Whether there is no trouble with it any more.
    fn settle(&self, id: &ContentId) -> bool {
        !self.troubled.contains(id) && (!self.is_partial || self.came.contains(id))
    }
}

/// The id of an item that is there and still cannot be mirrored.
fn trouble<'a>(item: &'a Item, spaces: &Spaces) -> Option<&'a ContentId> {
    match item {
        Ok(content) if content.body.is_none() && !content.kind.is_stub() && spaces.covers(content) => {
            Some(&content.id)
        }
        Ok(_) => None,
        Err(rejected) => rejected.id.as_ref(),
    }
}
