//! The versions of one page from before the mirror, fetched because somebody asked.

use crate::confluence::Client;
use crate::model::{ContentId, ContentKind};

use super::{Error, Mirror};

/// What asking for a page's history came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// How many versions the site has.
    pub seen: u64,
    /// How many of them are new here.
    pub added: u64,
}

impl Mirror<Client> {
    /// Fetches all versions that the site has of the content, and keeps them.
    pub async fn fetch_history(&self, kind: ContentKind, id: &ContentId) -> Result<History, Error> {
        let mut history = History::default();
        let mut cursor = None;
        loop {
            let batch = self.source.versions(kind, id, cursor.as_ref()).await?;
            // What does not decode is left out: the others are still worth having.
            let versions: Vec<_> = batch.items.into_iter().flatten().collect();
            history.seen += versions.len() as u64;
            let at = self.clock.now();
            history.added += self
                .store
                .keep_versions(&self.site.cloud_id, id, versions, at)
                .await?;
            cursor = batch.next;
            if cursor.is_none() {
                return Ok(history);
            }
        }
    }
}
