//! The client of one connection.

mod details;
mod labels;
mod people;
mod stubs;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, AtomicUsize, Ordering::Relaxed};

use serde_json::value::RawValue;

use super::courier::{Courier, Delivery, Spent};
use super::endpoint::{Brings, Endpoint};
use super::search::Keys;
use super::wire::found;
use super::{
    AnnexQuery, Batch, ContentQuery, Download, Error, ErrorKind, FileQuery, Options, Order, Points, listing,
    wire,
};
use crate::auth::Authenticator;
use crate::model::{
    Annex, AnnexKind, Balance, Content, ContentId, ContentKind, Cursor, EarlierVersion, Rejected, Space,
    SpaceId, Spending,
};

/// How many empty pages in a row are taken for what the account may not see. The server leaves that out after it has
/// cut the page; but servers have also been seen to promise more for ever.
const EMPTY_PAGES: u32 = 100;

/// How many bytes of items to ask for at once. Three pages of a listing are held at a time, each in several forms.
const BYTES_AT_ONCE: usize = 4 << 20;

/// Fetches from the site of one connection. Clones share everything. Cancelling a call is harmless.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    courier: Courier,
    admits_strangers: bool,
    /// Where content is found by search, what that needs to know.
    search: Option<Keys>,
    /// How many items the site lately managed to send at once.
    items_at_once: AtomicU16,
    /// How many with their bodies, and how many of those are not too much to hold.
    bodies_at_once: AtomicU16,
}

impl Client {
    /// A client for the site at `options.root`.
    ///
    /// `http` must not follow redirects. `auth` is shared by the connections of a grant, `points` by those of an app.
    pub fn new(options: Options, http: reqwest::Client, auth: Authenticator, points: Arc<Points>) -> Self {
        Self(Arc::new(Inner {
            admits_strangers: options.admits_strangers,
            search: options.by_search.then(Keys::default),
            courier: Courier::new(options, http, auth, points),
            items_at_once: AtomicU16::new(u16::MAX),
            bodies_at_once: AtomicU16::new(u16::MAX),
        }))
    }

    /// One page of the listing of all spaces, archived ones included, by id. A search knows no order of spaces.
    pub async fn spaces(&self, order: Order, after: Option<&Cursor>) -> Result<Batch<Space>, Error> {
        if let Some(keys) = &self.0.search {
            let batch = self
                .list(&mut Endpoint::found_spaces(after), found::space)
                .await?;
            keys.learn(&batch.items);
            return Ok(batch);
        }
        let batch = self
            .list(&mut Endpoint::spaces(order, after), wire::space)
            .await?;
        // Every run begins here, and every burial asks here before and after: a stranger may see some spaces, too.
        if after.is_none() {
            self.introduce().await?;
        }
        Ok(batch)
    }

    /// One page of a listing of pages or blog posts.
    ///
    /// Where the site fails on a listing, fewer items are asked for at once, down to one, and gradually more again
    /// afterwards; a page of the listing may therefore hold fewer than `query.limit` items. Where even one fails, the
    /// error is [`ErrorKind::BodyRefused`] if it should have come with its body: `query` without bodies and with a
    /// limit of 1 then names the item and leads past it. Else it is [`ErrorKind::ItemRefused`].
    pub async fn content(
        &self,
        query: &ContentQuery,
        after: Option<&Cursor>,
    ) -> Result<Batch<Content>, Error> {
        if let Some(keys) = &self.0.search {
            let endpoint = Endpoint::found_content(query.bodies, query.limit, keys.cql(query), after);
            return self
                .list_fitting(endpoint, |item| found::content(query.kind, item))
                .await;
        }
        self.list_fitting(Endpoint::content(query, after), |item| {
            wire::content(query.kind, item)
        })
        .await
    }

    /// One page of a listing of comments or attachments. With bodies, as [`Self::content`].
    pub async fn annexes(&self, query: &AnnexQuery, after: Option<&Cursor>) -> Result<Batch<Annex>, Error> {
        self.list_fitting(Endpoint::annexes(query, after), |item| {
            wire::annex(query.kind, item)
        })
        .await
    }

    /// One comment or attachment; nothing if the site has none of that id or hides it from the account.
    pub async fn annex(
        &self,
        kind: AnnexKind,
        id: &ContentId,
    ) -> Result<Option<Result<Annex, Rejected>>, Error> {
        let fetched = self.fetch(&mut Endpoint::annex(kind, id)).await;
        one(fetched, id, |item| wire::annex(kind, item))
    }

    /// The file of an attachment. Nothing is sent before the first piece is asked for.
    pub fn file(&self, query: FileQuery) -> Download {
        Download::new(self.clone(), query)
    }

    /// What sends the requests that carry no token.
    pub(super) fn http(&self) -> &reqwest::Client {
        self.0.courier.http()
    }

    /// How the client behaves.
    pub(super) fn options(&self) -> &Options {
        self.0.courier.options()
    }

    /// One page of a listing of content: no more at once than the site lately managed, and than fits if the bodies are as
    /// large as the last ones.
    async fn list_fitting<T>(
        &self,
        mut endpoint: Endpoint,
        decode: impl Fn(&RawValue) -> Result<T, Rejected>,
    ) -> Result<Batch<T>, Error> {
        let has_bodies = endpoint.brings == Brings::Bodies;
        let at_once = if has_bodies {
            &self.0.bodies_at_once
        } else {
            &self.0.items_at_once
        };
        endpoint.limit = endpoint.limit.min(at_once.load(Relaxed));
        let asked = endpoint.limit;
        let bytes = AtomicUsize::new(0);
        let weighed = |item: &RawValue| {
            bytes.fetch_add(item.get().len(), Relaxed);
            decode(item)
        };
        let batch = self.list(&mut endpoint, weighed).await;
        if endpoint.limit < asked {
            at_once.fetch_min(endpoint.limit, Relaxed);
        } else if let Ok(batch) = &batch {
            at_once.fetch_max(asked.saturating_mul(2), Relaxed);
            if has_bodies {
                let fitting = fitting(batch.items.len(), bytes.into_inner());
                at_once.fetch_min(fitting, Relaxed);
            }
        }
        batch
    }

    /// One page of the versions that the site has of a page or blog post, newest first, with their bodies.
    pub async fn versions(
        &self,
        kind: ContentKind,
        id: &ContentId,
        after: Option<&Cursor>,
    ) -> Result<Batch<EarlierVersion>, Error> {
        self.list(&mut Endpoint::versions(kind, id, after), |item| {
            wire::earlier_version(kind, item)
        })
        .await
    }

    /// Those of the spaces with these ids that are in the trash, of at most 250. A search knows no trash.
    pub async fn trashed_spaces(&self, ids: &[SpaceId]) -> Result<Batch<Space>, Error> {
        if self.finds_by_search() {
            return Ok(Batch {
                items: Vec::new(),
                next: None,
                server_time: None,
            });
        }
        self.list(&mut Endpoint::trashed_spaces(ids), wire::space).await
    }

    /// Those of the spaces with these ids, of at most 250, in which a rule of the site keeps apps from content. Such
    /// rules are for apps: where the site takes us for none, there are none. Those who can only search cannot ask.
    pub async fn blocked_spaces(&self, ids: &[SpaceId]) -> Result<Vec<SpaceId>, Error> {
        if self.finds_by_search() {
            return Ok(Vec::new());
        }
        match self.list(&mut Endpoint::data_policies(ids), wire::policy).await {
            Ok(batch) => {
                let blocked = |item| match item {
                    Ok(wire::Policy { space, is_blocked }) => is_blocked.then_some(space),
                    // What cannot be read may be a rule.
                    Err(Rejected { id, .. }) => id.map(|id| SpaceId::new(id.as_str())),
                };
                Ok(batch.items.into_iter().filter_map(blocked).collect())
            }
            Err(error) if matches!(error.kind, ErrorKind::Forbidden) && !self.0.courier.is_app() => {
                Ok(Vec::new())
            }
            Err(error) => Err(error),
        }
    }

    /// What the app has spent of its hourly points; nothing where they are not counted.
    pub fn spending(&self) -> Option<Spending> {
        self.0.courier.points().spending()
    }

    /// What is left of the app's hourly points.
    pub fn balance(&self) -> Balance {
        self.0.courier.points().balance()
    }

    /// Whether content is found by search: late, and without proof that what is not found is not there.
    pub fn finds_by_search(&self) -> bool {
        self.0.search.is_some()
    }

    /// How many of its requests may be under way at once.
    pub fn concurrency(&self) -> usize {
        self.options().concurrency
    }

    /// What this client has used up since it was made.
    pub fn spent(&self) -> Spent {
        self.0.courier.spent()
    }

    /// Makes sure that the site still knows us, where it might answer a stranger instead. Called after the answer
    /// that is to be believed: credentials that are good now were good then.
    async fn introduce(&self) -> Result<(), Error> {
        if !self.0.admits_strangers {
            return Ok(());
        }
        let mut endpoint = Endpoint::myself();
        match self.0.courier.fetch(&mut endpoint).await {
            Ok(delivery) if delivery.listing.results.iter().any(|item| wire::is_known(item)) => Ok(()),
            Ok(delivery) => Err(endpoint.failed(delivery.attempts, ErrorKind::Unauthorized)),
            // Who lacks a scope is known: strangers have none to be compared.
            Err(error) if matches!(error.kind, ErrorKind::ScopeMismatch { .. }) => Ok(()),
            Err(error) => Err(error.blaming_nothing()),
        }
    }

    /// Fetches, and believes that something is missing, forbidden or broken only while the site still shows its
    /// spaces: to whom it shows nothing at all, one such thing is no news. The courier has renewed the token before.
    pub(super) async fn fetch(&self, endpoint: &mut Endpoint) -> Result<Delivery, Error> {
        let refused = match self.0.courier.fetch(endpoint).await {
            Err(error)
                if error.is_about_an_item()
                    || matches!(error.kind, ErrorKind::NotFound | ErrorKind::Forbidden) =>
            {
                error
            }
            answer => return answer,
        };
        if endpoint.route == Endpoint::any_space(Order::Id).route {
            return Err(refused);
        }
        match self.show_a_space().await {
            Err(error) if !matches!(error.kind, ErrorKind::ScopeMismatch { .. }) => Err(error),
            // A grant that may not list spaces is known all the same.
            _ => Err(refused),
        }
    }

    /// Has the site show a space, from one end of them or the other: one that it cannot deliver is not the site.
    async fn show_a_space(&self) -> Result<(), Error> {
        let mut shown = Ok(());
        for order in [Order::Id, Order::LastIdFirst] {
            shown = self
                .0
                .courier
                .probe(&mut Endpoint::any_space(order))
                .await
                .map(drop);
            if !matches!(&shown, Err(error) if error.is_about_an_item()) {
                break;
            }
        }
        shown.map_err(Error::blaming_nothing)
    }

    /// One page of a listing, and past empty ones before it.
    async fn list<T>(
        &self,
        endpoint: &mut Endpoint,
        decode: impl Fn(&RawValue) -> Result<T, Rejected>,
    ) -> Result<Batch<T>, Error> {
        let mut server_time = None;
        let mut attempts = 0;
        for _ in 0..EMPTY_PAGES {
            let mut delivery = self.fetch(endpoint).await?;
            attempts = delivery.attempts;
            server_time = server_time.or(delivery.server_time);
            let is_over = endpoint.is_version_1() && delivery.listing.results.is_empty();
            let next = delivery.listing.next().filter(|_| !is_over);
            let next = listing::advance(endpoint.cursor.as_ref(), next);
            let next = next.map_err(|kind| endpoint.failed(attempts, kind))?;
            if next.is_none() && delivery.listing.results.is_empty() {
                self.introduce().await?;
            }
            if next.is_none() || !delivery.listing.results.is_empty() {
                // Each item's text goes as soon as it is read.
                let items = std::mem::take(&mut delivery.listing.results).into_iter();
                return Ok(Batch {
                    items: items.map(|item| decode(&item)).collect(),
                    next,
                    server_time,
                });
            }
            endpoint.cursor = next;
        }
        Err(endpoint.failed(attempts, ErrorKind::CursorLoop))
    }
}

/// The one thing that was asked for by its id; nothing where the site has none. One that the site cannot deliver is
/// there all the same.
fn one<T>(
    fetched: Result<Delivery, Error>,
    id: &ContentId,
    decode: impl Fn(&RawValue) -> Result<T, Rejected>,
) -> Result<Option<Result<T, Rejected>>, Error> {
    match fetched {
        Ok(delivery) => Ok(delivery.listing.results.first().map(|item| decode(item))),
        Err(error) if matches!(error.kind, ErrorKind::NotFound) => Ok(None),
        Err(error) if error.is_about_an_item() => Ok(Some(Err(Rejected {
            id: Some(id.clone()),
            space: None,
            reason: error.in_full(),
        }))),
        Err(error) => Err(error),
    }
}

/// How many items fit where so many had so many bytes.
fn fitting(items: usize, bytes: usize) -> u16 {
    let fitting = (BYTES_AT_ONCE * items.max(1)) / bytes.max(1);
    u16::try_from(fitting).unwrap_or(u16::MAX).max(1)
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("courier", &self.0.courier)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::fitting;

    #[test]
    fn large_bodies_are_asked_for_a_few_at_a_time() {
        for (items, bytes, expected) in [
            (250, 750_000, 1_398),
            (250, 250 * 20_000, 209),
            (4, 8 << 20, 2),
            (1, 64 << 20, 1),
            (250, 0, u16::MAX),
            (0, 0, u16::MAX),
        ] {
            assert_eq!(fitting(items, bytes), expected, "{items} items of {bytes} bytes");
        }
    }
}
