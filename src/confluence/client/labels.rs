//! Labels, and what carries them.

use super::super::endpoint::Endpoint;
use super::super::{Batch, CarrierQuery, Error, wire};
use super::Client;
use crate::model::{Carrier, ContentId, ContentKind, Cursor, Label, LabelOrder};

impl Client {
    /// One page of the labels of the site. Those that nothing carries any more are among them.
    pub async fn labels(&self, order: LabelOrder, after: Option<&Cursor>) -> Result<Batch<Label>, Error> {
        self.list(&mut Endpoint::labels(order, after), wire::label).await
    }

    /// One page of the pages or blog posts that carry a label.
    pub async fn carriers(
        &self,
        query: &CarrierQuery,
        after: Option<&Cursor>,
    ) -> Result<Batch<Carrier>, Error> {
        self.list(&mut Endpoint::carriers(query, after), wire::carrier)
            .await
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
