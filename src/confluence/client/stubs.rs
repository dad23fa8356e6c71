//! What no listing has: folders, whiteboards, databases and smart links.

use super::super::endpoint::Endpoint;
use super::super::search::stubs_cql;
use super::super::wire::found;
use super::super::{Batch, ContentQuery, Error, Order, StubQuery, wire};
use super::{Client, one};
use crate::model::{Content, ContentId, ContentKind, Cursor, Rejected};

impl Client {
    /// One page of a search for all of them. The site's index may be behind: a hit is a hint.
    pub async fn stubs(&self, query: &StubQuery, after: Option<&Cursor>) -> Result<Batch<Content>, Error> {
        let mut endpoint = Endpoint::found_stubs(query.limit, stubs_cql(query), after);
        self.list(&mut endpoint, found::stub).await
    }

    /// One of them; nothing if the site has none of that kind and id, or hides it from the account.
    pub async fn stub(
        &self,
        kind: ContentKind,
        id: &ContentId,
    ) -> Result<Option<Result<Content, Rejected>>, Error> {
        if self.finds_by_search() {
            return self.found_stub(kind, id).await;
        }
        let fetched = self.fetch(&mut Endpoint::stub(kind, id)).await;
        one(fetched, id, |item| wire::content(kind, item))
    }

    /// The same for those who can only search.
    async fn found_stub(
        &self,
        kind: ContentKind,
        id: &ContentId,
    ) -> Result<Option<Result<Content, Rejected>>, Error> {
        let query = ContentQuery {
            kind,
            spaces: Vec::new(),
            ids: vec![id.clone()],
            statuses: Vec::new(),
            order: Order::OldestFirst,
            bodies: false,
            limit: 1,
        };
        Ok(self.content(&query, None).await?.items.into_iter().next())
    }
}
