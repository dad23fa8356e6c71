//! What the engine needs from the remote side, and nothing else of it.

use std::future::Future;

use crate::confluence::{
    AnnexQuery, Batch, CarrierQuery, Client, ContentQuery, Error, FileQuery, Order, Pieces, Spent, StubQuery,
};
use crate::model::{
    AccountId, Annex, AnnexKind, Balance, Carrier, Content, ContentId, ContentKind, Cursor, Label,
    LabelOrder, Property, Rejected, Restriction, Space, SpaceId, Spending, User,
};

/// A site as the engine sees it: a few listings.
///
/// Implemented by the HTTP client, and in tests by a site in memory that lives through thousands of histories.
pub trait Source: Send + Sync {
    /// One page of the spaces that the account can see, current and archived, by id.
    fn spaces(
        &self,
        order: Order,
        after: Option<&Cursor>,
    ) -> impl Future<Output = Result<Batch<Space>, Error>> + Send;

    /// One page of a listing of content.
    fn content(
        &self,
        query: &ContentQuery,
        after: Option<&Cursor>,
    ) -> impl Future<Output = Result<Batch<Content>, Error>> + Send;

    /// One page of a listing of comments or attachments of the whole site.
    fn annexes(
        &self,
        query: &AnnexQuery,
        after: Option<&Cursor>,
    ) -> impl Future<Output = Result<Batch<Annex>, Error>> + Send;

    /// One comment or attachment by its id, a comment with its body; nothing if the site has none or hides it.
    fn annex(
        &self,
        kind: AnnexKind,
        id: &ContentId,
    ) -> impl Future<Output = Result<Option<Result<Annex, Rejected>>, Error>> + Send;

    /// The file of an attachment, piece by piece.
    fn file(&self, query: FileQuery) -> impl Pieces;

    /// Who the accounts are, for at most 250 of them. Unknown accounts are missing from the answer.
    fn users(&self, ids: &[AccountId]) -> impl Future<Output = Result<Vec<User>, Error>> + Send;

    /// Those of at most 250 spaces that are in the trash.
    fn trashed_spaces(&self, ids: &[SpaceId]) -> impl Future<Output = Result<Batch<Space>, Error>> + Send;

    /// Those of at most 250 spaces in which a rule of the site keeps us from content: there, silence says nothing.
    fn blocked_spaces(&self, ids: &[SpaceId]) -> impl Future<Output = Result<Vec<SpaceId>, Error>> + Send;

    /// One page of the labels of the site.
    fn labels(
        &self,
        order: LabelOrder,
        after: Option<&Cursor>,
    ) -> impl Future<Output = Result<Batch<Label>, Error>> + Send;

    /// One page of the pages or blog posts that carry a label.
    fn carriers(
        &self,
        query: &CarrierQuery,
        after: Option<&Cursor>,
    ) -> impl Future<Output = Result<Batch<Carrier>, Error>> + Send;

    /// One page of the labels of a page or blog post.
    fn labels_of(
        &self,
        kind: ContentKind,
        id: &ContentId,
        after: Option<&Cursor>,
    ) -> impl Future<Output = Result<Batch<Label>, Error>> + Send;

    /// One page of the properties of a page or blog post: the one of this key, or all.
    fn properties(
        &self,
        kind: ContentKind,
        id: &ContentId,
        key: Option<&str>,
        after: Option<&Cursor>,
    ) -> impl Future<Output = Result<Batch<Property>, Error>> + Send;

    /// Everybody who may read a page or blog post that is restricted itself.
    fn restrictions(&self, id: &ContentId) -> impl Future<Output = Result<Vec<Restriction>, Error>> + Send;

    /// One page of a search for folders and their like.
    fn stubs(
        &self,
        query: &StubQuery,
        after: Option<&Cursor>,
    ) -> impl Future<Output = Result<Batch<Content>, Error>> + Send;

    /// One of them; nothing if the site has none of that kind and id, or hides it.
    fn stub(
        &self,
        kind: ContentKind,
        id: &ContentId,
    ) -> impl Future<Output = Result<Option<Result<Content, Rejected>>, Error>> + Send;

    /// How many requests may be under way at once. It sees to that itself, except for the pieces of files.
    fn concurrency(&self) -> usize;

    /// What the source has cost since it was made.
    fn spent(&self) -> Spent;

    /// What the app has spent of its hourly points; nothing where they are not counted.
    fn spending(&self) -> Option<Spending>;

    /// What is left of the app's hourly points.
    fn balance(&self) -> Balance;

    /// Whether the listings are those of a search: an edit may show late, and what is not found may be there.
    fn finds_by_search(&self) -> bool {
        false
    }
}

impl Source for Client {
    fn spaces(
        &self,
        order: Order,
        after: Option<&Cursor>,
    ) -> impl Future<Output = Result<Batch<Space>, Error>> + Send {
        Self::spaces(self, order, after)
    }

    fn content(
        &self,
        query: &ContentQuery,
        after: Option<&Cursor>,
    ) -> impl Future<Output = Result<Batch<Content>, Error>> + Send {
        Self::content(self, query, after)
    }

    fn annexes(
        &self,
        query: &AnnexQuery,
        after: Option<&Cursor>,
    ) -> impl Future<Output = Result<Batch<Annex>, Error>> + Send {
        Self::annexes(self, query, after)
    }

    fn annex(
        &self,
        kind: AnnexKind,
        id: &ContentId,
    ) -> impl Future<Output = Result<Option<Result<Annex, Rejected>>, Error>> + Send {
        Self::annex(self, kind, id)
    }

    fn file(&self, query: FileQuery) -> impl Pieces {
        Self::file(self, query)
    }

    fn users(&self, ids: &[AccountId]) -> impl Future<Output = Result<Vec<User>, Error>> + Send {
        Self::users(self, ids)
    }

    fn trashed_spaces(&self, ids: &[SpaceId]) -> impl Future<Output = Result<Batch<Space>, Error>> + Send {
        Self::trashed_spaces(self, ids)
    }

    fn blocked_spaces(&self, ids: &[SpaceId]) -> impl Future<Output = Result<Vec<SpaceId>, Error>> + Send {
        Self::blocked_spaces(self, ids)
    }

    fn labels(
        &self,
        order: LabelOrder,
        after: Option<&Cursor>,
    ) -> impl Future<Output = Result<Batch<Label>, Error>> + Send {
        Self::labels(self, order, after)
    }

    fn carriers(
        &self,
        query: &CarrierQuery,
        after: Option<&Cursor>,
    ) -> impl Future<Output = Result<Batch<Carrier>, Error>> + Send {
        Self::carriers(self, query, after)
    }

    fn labels_of(
        &self,
        kind: ContentKind,
        id: &ContentId,
        after: Option<&Cursor>,
    ) -> impl Future<Output = Result<Batch<Label>, Error>> + Send {
        Self::labels_of(self, kind, id, after)
    }

    fn properties(
        &self,
        kind: ContentKind,
        id: &ContentId,
        key: Option<&str>,
        after: Option<&Cursor>,
    ) -> impl Future<Output = Result<Batch<Property>, Error>> + Send {
        Self::properties(self, kind, id, key, after)
    }

    fn restrictions(&self, id: &ContentId) -> impl Future<Output = Result<Vec<Restriction>, Error>> + Send {
        Self::restrictions(self, id)
    }

    fn stubs(
        &self,
        query: &StubQuery,
        after: Option<&Cursor>,
    ) -> impl Future<Output = Result<Batch<Content>, Error>> + Send {
        Self::stubs(self, query, after)
    }

    fn stub(
        &self,
        kind: ContentKind,
        id: &ContentId,
    ) -> impl Future<Output = Result<Option<Result<Content, Rejected>>, Error>> + Send {
        Self::stub(self, kind, id)
    }

    fn concurrency(&self) -> usize {
        Self::concurrency(self)
    }

    fn spent(&self) -> Spent {
        Self::spent(self)
    }

    fn spending(&self) -> Option<Spending> {
        Self::spending(self)
    }

    fn balance(&self) -> Balance {
        Self::balance(self)
    }

    fn finds_by_search(&self) -> bool {
        Self::finds_by_search(self)
    }
}
