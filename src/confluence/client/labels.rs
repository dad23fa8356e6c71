//! Labels, and what carries them.

use super::super::endpoint::Endpoint;
use super::super::{Batch, Error, wire};
use super::Client;
use crate::model::{ContentId, ContentKind, Cursor, Label, LabelId, LabelOrder, SpaceId};

impl Client {
    /// One page of the labels of the site. Those that nothing carries any more are among them.
    pub async fn labels(&self, order: LabelOrder, after: Option<&Cursor>) -> Result<Batch<Label>, Error> {
        self.list(&mut Endpoint::labels(order, after), wire::label).await
    }

    /// One page of the pages or blog posts that carry a label, in these spaces, at most 100; all if there are none.
    pub async fn labelled(
        &self,
        label: &LabelId,
        kind: ContentKind,
        spaces: &[SpaceId],
        after: Option<&Cursor>,
    ) -> Result<Batch<ContentId>, Error> {
        let mut endpoint = Endpoint::labelled(label, kind, spaces, after);
        self.list(&mut endpoint, wire::content_id).await
    }

    /// One page of the labels of a page or blog post.
    pub async fn labels_of(
        &self,
        kind: ContentKind,
        id: &ContentId,
        after: Option<&Cursor>,
    ) -> Result<Batch<Label>, Error> {
        self.list(&mut Endpoint::labels_of(kind, id, after), wire::label)
            .await
    }
}
