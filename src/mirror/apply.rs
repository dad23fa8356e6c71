//! From an answer of the site to rows of the mirror: render, then one transaction.

use crate::confluence::{self, ContentQuery, Order};
use crate::model::{
    Content, ContentId, ContentKind, ContentStatus, Detail, Finding, FindingKind, Rejected, Site,
};
use crate::store::{self, ContentBatch, ContentWrite};

use super::listing::Progress;
use super::render::render;
use super::spaces::{Spaces, undecodable};
use super::walk::{Gap, Walk, ask};
use super::{Error, PAGE_SIZE, Run, Source};

/// An item as a listing has it.
pub(super) type Item = Result<Content, Rejected>;

/// How much of what is asked for by id the site may fail over before that is no longer put down to what was asked for.
const MOST_REFUSED: usize = 10;

/// What a page of a listing comes to, before it is in the mirror.
#[derive(Debug, Default)]
pub(super) struct Written {
    writes: Vec<ContentWrite>,
    findings: Vec<Finding>,
}

impl<S: Source> Run<'_, S> {
    /// Applies items that came with bodies.
    pub(super) async fn apply(
        &mut self,
        kind: ContentKind,
        items: Vec<Item>,
        spaces: &Spaces,
        progress: Option<Progress>,
    ) -> Result<(), Error> {
        let written = prepare(&self.mirror.site, kind, items, spaces).await?;
        self.write(kind, written, progress).await
    }

    /// Writes what a page of a listing came to, and the progress of the listing, in one transaction.
    pub(super) async fn write(
        &mut self,
        kind: ContentKind,
        written: Written,
        progress: Option<Progress>,
    ) -> Result<(), Error> {
        let Written { writes, findings } = written;
        if writes.is_empty() && findings.is_empty() && progress.is_none() {
            return Ok(());
        }
        let batch = ContentBatch {
            site: self.mirror.site.cloud_id.clone(),
            run: self.id,
            at: self.mirror.clock.now(),
            writes,
            details: self.details(kind),
            checkpoint: progress,
            spending: self.mirror.source.spending(),
            findings,
        };
        self.counts += self.mirror.store.apply(batch).await?;
        Ok(())
    }

    /// What is to be looked up of content that is new or differs.
    fn details(&self, kind: ContentKind) -> Vec<Detail> {
        let options = &self.mirror.options;
        let details = [
            (options.labels, Detail::Labels),
            (!options.properties.is_empty(), Detail::Properties),
            (options.restrictions, Detail::Restrictions),
        ];
        let wanted = details
            .into_iter()
            .filter(|(is_wanted, _)| *is_wanted && !kind.is_stub());
        wanted.map(|(_, detail)| detail).collect()
    }

    /// Fetches content by id, with bodies, and applies it. What the site does not answer stays as it is.
    pub(super) async fn fetch_and_apply(
        &mut self,
        kind: ContentKind,
        ids: &[ContentId],
        spaces: &Spaces,
    ) -> Result<(), Error> {
        for some in ids.chunks(PAGE_SIZE.into()) {
            let items = self.fetch_by_id(kind, some, true).await?;
            self.apply(kind, items, spaces, None).await?;
        }
        Ok(())
    }

    /// Asks for at most 250 ids, wherever they stand in their life.
    pub(super) async fn fetch_by_id(
        &self,
        kind: ContentKind,
        ids: &[ContentId],
        bodies: bool,
    ) -> Result<Vec<Item>, Error> {
        if kind.is_stub() {
            return self.fetch_stubs(kind, ids).await;
        }
        let query = ContentQuery {
            kind,
            spaces: Vec::new(),
            ids: ids.to_vec(),
            statuses: statuses(kind),
            order: Order::Id,
            bodies,
            limit: PAGE_SIZE,
        };
        match self.fetch_all(query.clone()).await {
            Ok((items, None)) => Ok(items),
            Ok((mut items, Some(gap))) => {
                items.append(&mut self.fetch_singly(query, within(ids, &gap)).await?);
                Ok(items)
            }
            Err(error) if error.is_about_an_item() => self.fetch_singly(query, ids.iter().collect()).await,
            Err(error) => Err(error.into()),
        }
    }

    async fn fetch_all(&self, query: ContentQuery) -> Result<(Vec<Item>, Option<Gap>), confluence::Error> {
        let mut walk = Walk::new(&self.mirror.source, query);
        let mut items = Vec::new();
        let mut place = None;
        loop {
            let mut batch = walk.page(place.as_ref()).await?;
            items.append(&mut batch.items);
            place = batch.next;
            if place.is_none() {
                return Ok((items, walk.gap()));
            }
        }
    }

    /// Asks for ids one by one. Those that the site cannot deliver are there, and cannot be read; but if there are too
    /// many of them, it is the site.
    async fn fetch_singly(&self, query: ContentQuery, ids: Vec<&ContentId>) -> Result<Vec<Item>, Error> {
        let mut items = Vec::new();
        let mut refused = 0;
        for id in ids {
            let ids = vec![id.clone()];
            let single = ContentQuery { ids, ..query.clone() };
            match ask(&self.mirror.source, &single, None).await {
                Err(error) if error.is_about_an_item() && refused < MOST_REFUSED => {
                    refused += 1;
                    items.push(Err(Rejected {
                        id: Some(id.clone()),
                        space: None,
                        reason: error.in_full(),
                    }));
                }
                answer => items.append(&mut answer?.items),
            }
        }
        Ok(items)
    }
}

/// Those of the ids that are where a listing by id could not tell what there is.
fn within<'a>(ids: &'a [ContentId], gap: &Gap) -> Vec<&'a ContentId> {
    // The ids of the site are numbers, and in order as such.
    let place = |id: &str| (id.len(), id.to_owned());
    let before = gap.before.as_ref().map(|before| place(&before.id));
    let after = gap.after.as_ref().map(|after| place(&after.id));
    let is_within = |id: &&ContentId| {
        let id = place(id.as_str());
        before.as_ref().is_none_or(|before| id > *before) && after.as_ref().is_none_or(|after| id < *after)
    };
    ids.iter().filter(is_within).collect()
}

/// Renders items of mirrored spaces that came with bodies; those that cannot be written become findings.
pub(super) async fn prepare(
    site: &Site,
    kind: ContentKind,
    items: Vec<Item>,
    spaces: &Spaces,
) -> Result<Written, Error> {
    let (contents, findings) = sort_out(kind, items, spaces);
    let keyed: Vec<_> = contents
        .into_iter()
        .filter_map(|content| spaces.key(&content.space).cloned().map(|key| (content, key)))
        .collect();
    if keyed.is_empty() {
        return Ok(Written {
            writes: Vec::new(),
            findings,
        });
    }
    let wiki_url = site.wiki_url();
    let render = move || {
        let rendered = keyed
            .into_iter()
            .map(|(content, key)| render(content, key.as_str(), &wiki_url));
        store::prepare(rendered)
    };
    let writes = tokio::task::spawn_blocking(render).await.map_err(Error::Render)?;
    Ok(Written { writes, findings })
}

/// Parts what can be written from what must be recorded. Content of spaces that are not mirrored is neither.
fn sort_out(kind: ContentKind, items: Vec<Item>, spaces: &Spaces) -> (Vec<Content>, Vec<Finding>) {
    let mut contents = Vec::with_capacity(items.len());
    let mut findings = Vec::new();
    for item in items {
        match item {
            Ok(content) if !spaces.covers(&content) => {}
            Ok(content) if content.body.is_none() && !kind.is_stub() => findings.push(Finding {
                kind: FindingKind::BodyMissing,
                subject: content.id.to_string(),
                detail: format!("version {} came without its body", content.version.number),
                content: Some(content.id),
                space: Some(content.space),
            }),
            Ok(content) => contents.push(content),
            Err(rejected) => findings.push(undecodable(listing(kind), rejected)),
        }
    }
    (contents, findings)
}

/// Where content of a kind can stand in its life and be listed. Blog posts are never archived, and asking for it
/// is an error.
fn statuses(kind: ContentKind) -> Vec<ContentStatus> {
    match kind {
        ContentKind::Page => vec![
            ContentStatus::Current,
            ContentStatus::Archived,
            ContentStatus::Trashed,
        ],
        _ => vec![ContentStatus::Current, ContentStatus::Trashed],
    }
}

/// What findings call the listing of a kind.
pub(super) fn listing(kind: ContentKind) -> &'static str {
    match kind {
        ContentKind::Page => "pages",
        ContentKind::BlogPost => "blogposts",
        ContentKind::Folder => "folders",
        ContentKind::Whiteboard => "whiteboards",
        ContentKind::Database => "databases",
        ContentKind::Embed => "smart links",
    }
}
