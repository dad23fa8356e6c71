//! What is looked up content by content: properties, and who may read it.

use super::super::endpoint::{Endpoint, MOST_READERS};
use super::super::{Batch, Error, ErrorKind, wire};
use super::Client;
use crate::model::{ContentId, ContentKind, Cursor, Property, Restriction};

impl Client {
    /// One page of the properties of a page or blog post: the one of this key, or all.
    pub async fn properties(
        &self,
        kind: ContentKind,
        id: &ContentId,
        key: Option<&str>,
        after: Option<&Cursor>,
    ) -> Result<Batch<Property>, Error> {
        let mut endpoint = Endpoint::properties(kind, id, key, after);
        self.list(&mut endpoint, wire::property).await
    }

    /// Everybody who may read a page or blog post that is restricted itself; nobody where it is not. What hangs under
    /// restricted content is not restricted itself.
    pub async fn restrictions(&self, id: &ContentId) -> Result<Vec<Restriction>, Error> {
        let mut all = Vec::new();
        for page in 0.. {
            let mut endpoint = Endpoint::readers(id, page * usize::from(MOST_READERS));
            let delivery = self.fetch(&mut endpoint).await?;
            let answer = delivery.listing.results.first();
            let readers = answer
                .ok_or_else(String::new)
                .and_then(|answer| wire::readers(answer));
            let unreadable = |reason| endpoint.failed(delivery.attempts, ErrorKind::Decode { reason });
            let readers = readers.map_err(unreadable)?;
            let is_full = readers.most_of_a_kind() >= usize::from(MOST_READERS);
            all.extend(readers.0);
            if !is_full {
                break;
            }
        }
        Ok(all)
    }
}
