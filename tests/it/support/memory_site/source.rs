//! The site as the mirror sees it.

use millpond::confluence::{
    AnnexQuery, Batch, CarrierQuery, ContentQuery, Error, ErrorKind, FileQuery, Order, Pieces, Spent,
    StubQuery,
};
use millpond::mirror::Source;
use millpond::model::{
    AccountId, Annex, AnnexKind, Balance, Carrier, Content, ContentId, ContentKind, Cursor, Label,
    LabelOrder, Property, Rejected, Restriction, Space, SpaceId, Spending, User,
};

use super::annexes::without_body;
use super::pages::Page;
use super::{Fault, MemorySite, World, failed, instant, unavailable};

impl Source for MemorySite {
    async fn spaces(&self, order: Order, after: Option<&Cursor>) -> Result<Batch<Space>, Error> {
        let (batch, _) = self.answer(|world| world.list_spaces(order, after))?;
        self.let_others_run().await;
        batch.ok_or_else(item_refused)
    }

    async fn content(&self, query: &ContentQuery, after: Option<&Cursor>) -> Result<Batch<Content>, Error> {
        if self.0.lock().unwrap().refused.contains(&query.kind) {
            return Err(failed(ErrorKind::ScopeMismatch {
                scopes: &["read:page:confluence"],
            }));
        }
        let (batch, fault) = self.answer(|world| world.list(query, after))?;
        let mut batch = batch.ok_or_else(item_refused)?;
        match fault {
            Some(Fault::StaleCursor) if after.is_some() => return Err(failed(ErrorKind::BadCursor)),
            Some(Fault::OddItem) => spoil(&mut batch.items, odd),
            Some(Fault::NoBody) => spoil(&mut batch.items, |content| {
                Ok(Content {
                    body: None,
                    ..content
                })
            }),
            _ => {}
        }
        self.let_others_run().await;
        Ok(batch)
    }

    async fn annexes(&self, query: &AnnexQuery, after: Option<&Cursor>) -> Result<Batch<Annex>, Error> {
        let (batch, fault) = self.answer(|world| world.list_annexes(query, after))?;
        let mut batch = batch.ok_or_else(item_refused)?;
        match fault {
            Some(Fault::StaleCursor) if after.is_some() => return Err(failed(ErrorKind::BadCursor)),
            Some(Fault::OddItem) => spoil(&mut batch.items, |annex| {
                Err(Rejected {
                    id: Some(annex.id),
                    space: None,
                    reason: "the title is a number".to_owned(),
                })
            }),
            Some(Fault::NoBody) => spoil(&mut batch.items, |annex| Ok(without_body(annex))),
            _ => {}
        }
        self.let_others_run().await;
        Ok(batch)
    }

    async fn annex(&self, kind: AnnexKind, id: &ContentId) -> Result<Option<Result<Annex, Rejected>>, Error> {
        let (batch, fault) = self.answer(|world| world.one_annex(kind, id))?;
        self.let_others_run().await;
        let found = batch.items.into_iter().next();
        Ok(match fault {
            Some(Fault::NoBody) => found.map(|found| found.map(without_body)),
            _ => found,
        })
    }

    fn file(&self, query: FileQuery) -> impl Pieces {
        OnePiece(Some((self.clone(), query)))
    }

    async fn users(&self, ids: &[AccountId]) -> Result<Vec<User>, Error> {
        let (batch, _) = self.answer(|world| {
            let user = |id: &AccountId| User {
                id: id.clone(),
                display_name: world.name(id.as_str()),
                kind: "atlassian".to_owned(),
            };
            Batch {
                items: ids.iter().map(|id| Ok(user(id))).collect(),
                next: None,
                server_time: None,
            }
        })?;
        self.let_others_run().await;
        Ok(batch.items.into_iter().flatten().collect())
    }

    async fn trashed_spaces(&self, ids: &[SpaceId]) -> Result<Batch<Space>, Error> {
        let (batch, _) = self.answer(|world| Batch {
            items: world.spaces.trashed(ids).map(Ok).collect(),
            next: None,
            server_time: Some(instant(world.now)),
        })?;
        Ok(batch)
    }

    async fn blocked_spaces(&self, _: &[SpaceId]) -> Result<Vec<SpaceId>, Error> {
        Ok(Vec::new())
    }

    fn spending(&self) -> Option<Spending> {
        None
    }

    fn balance(&self) -> Balance {
        self.0.lock().unwrap().balance()
    }

    async fn properties(
        &self,
        _: ContentKind,
        _: &ContentId,
        _: Option<&str>,
        _: Option<&Cursor>,
    ) -> Result<Batch<Property>, Error> {
        Err(failed(ErrorKind::NotFound))
    }

    async fn restrictions(&self, _: &ContentId) -> Result<Vec<Restriction>, Error> {
        Err(failed(ErrorKind::NotFound))
    }

    async fn stubs(&self, query: &StubQuery, after: Option<&Cursor>) -> Result<Batch<Content>, Error> {
        let (batch, fault) = self.answer(|world| world.find_stubs(query, after))?;
        let mut batch = batch.ok_or_else(item_refused)?;
        match fault {
            Some(Fault::StaleCursor) if after.is_some() => return Err(failed(ErrorKind::BadCursor)),
            Some(Fault::OddItem) => spoil(&mut batch.items, odd),
            _ => {}
        }
        self.let_others_run().await;
        Ok(batch)
    }

    async fn stub(
        &self,
        kind: ContentKind,
        id: &ContentId,
    ) -> Result<Option<Result<Content, Rejected>>, Error> {
        let number: u64 = id.as_str().parse().unwrap();
        let (stub, fault) = self.answer(|world| {
            let is_it = |page: &&Page| page.kind == kind && world.spaces.shows(page.space);
            let found = world.pages.get(&number).filter(is_it);
            found.map(|page| {
                let content = page.content(number, false, world);
                world.deliverable(&content.id.clone(), Ok(content))
            })
        })?;
        self.let_others_run().await;
        Ok(match (stub, fault) {
            (Some(Ok(content)), Some(Fault::OddItem)) => Some(odd(content)),
            (stub, _) => stub,
        })
    }

    async fn labels(&self, order: LabelOrder, after: Option<&Cursor>) -> Result<Batch<Label>, Error> {
        let (batch, _) = self.answer(|world| {
            let mut ids: Vec<_> = (0..world.labels.len() as u64).collect();
            if order == LabelOrder::NewestFirst {
                ids.reverse();
            }
            world.page(&ids, after, |id| world.label(id))
        })?;
        self.let_others_run().await;
        Ok(batch)
    }

    async fn carriers(&self, query: &CarrierQuery, after: Option<&Cursor>) -> Result<Batch<Carrier>, Error> {
        let label: u64 = query.label.as_str().parse().unwrap();
        let (batch, _) = self.answer(|world| world.list_carriers(label, query, after))?;
        self.let_others_run().await;
        batch.ok_or_else(item_refused)
    }

    async fn labels_of(
        &self,
        _: ContentKind,
        id: &ContentId,
        after: Option<&Cursor>,
    ) -> Result<Batch<Label>, Error> {
        let number: u64 = id.as_str().parse().unwrap();
        let (labels, _) = self.answer(|world| {
            if world.is_broken(id.as_str()) {
                return Err(item_refused());
            }
            let page = world.pages.get(&number).filter(|page| world.shows_page(page));
            let labels: Option<Vec<_>> = page.map(|page| page.labels.iter().copied().collect());
            let batch = labels.map(|labels| world.page(&labels, after, |label| world.label(label)));
            batch.ok_or_else(|| failed(ErrorKind::NotFound))
        })?;
        self.let_others_run().await;
        labels
    }

    fn concurrency(&self) -> usize {
        3
    }

    fn spent(&self) -> Spent {
        Spent {
            requests: self.requests(),
            points: 0,
        }
    }
}

impl MemorySite {
    /// A real answer takes time, in which a stopped run notices that it was stopped.
    async fn let_others_run(&self) {
        tokio::task::yield_now().await;
    }
}

/// The file of an attachment, whole.
struct OnePiece(Option<(MemorySite, FileQuery)>);

impl Pieces for OnePiece {
    async fn next(&mut self) -> Result<Option<Vec<u8>>, Error> {
        let Some((site, query)) = self.0.take() else {
            return Ok(None);
        };
        let (file, _) = site.answer(|world| Batch {
            items: world.file(&query).map(Ok).into_iter().collect(),
            next: None,
            server_time: None,
        })?;
        site.let_others_run().await;
        let bytes = file.items.into_iter().flatten().next();
        bytes.map(Some).ok_or_else(|| failed(ErrorKind::NotFound))
    }
}

fn item_refused() -> Error {
    failed(ErrorKind::ItemRefused {
        cause: Box::new(unavailable()),
    })
}

impl World {
    /// One thing that was asked for by its id; what cannot be delivered is there, and cannot be read.
    pub(super) fn deliverable<T>(&self, id: &ContentId, item: Result<T, Rejected>) -> Result<T, Rejected> {
        if self.is_broken(id.as_str()) {
            return Err(Rejected {
                id: Some(id.clone()),
                space: None,
                reason: "the site fails over it".to_owned(),
            });
        }
        item
    }
}

fn spoil<T: Clone>(items: &mut [Result<T, Rejected>], spoiled: impl FnOnce(T) -> Result<T, Rejected>) {
    if let Some(slot) = items.first_mut()
        && let Ok(item) = slot.clone()
    {
        *slot = spoiled(item);
    }
}

/// The content as an answer that cannot be read.
fn odd(content: Content) -> Result<Content, Rejected> {
    Err(Rejected {
        id: Some(content.id),
        space: Some(content.space),
        reason: "the title is a number".to_owned(),
    })
}
