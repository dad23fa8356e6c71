//! What no listing tells of content, asked for content by content: its labels where that is cheaper, its properties,
//! and who may read it.
//!
//! Each costs a request for every page, so properties and restrictions are looked up only where the configuration asks
//! for them. What is due is kept in the mirror, and a run does of it what the points allow.

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use tracing::warn;

use crate::confluence::{Batch, Error as RemoteError, ErrorKind};
use crate::model::{Cursor, Detail, Finding, FindingKind, Looked, Rejected, SyncMode};
use crate::store::Due;

use super::{Error, PAGE_SIZE, Run, Source};

/// Requests under way at once; the client sends no more of them than it is configured to.
const AT_ONCE: usize = 8;
/// How much the site may fail over in one run before the rest is left to the next one.
const MOST_TROUBLED: usize = 10;

impl<S: Source> Run<'_, S> {
    /// Brings the configured details up to date: a delta those of what is new or was edited, other runs all.
    pub(super) async fn mirror_details(&mut self) -> Result<(), Error> {
        let options = &self.mirror.options;
        let properties = (!options.properties.is_empty()).then_some(Detail::Properties);
        let restrictions = options.restrictions.then_some(Detail::Restrictions);
        for detail in properties.into_iter().chain(restrictions) {
            if self.unfinished.is_some() {
                break;
            }
            self.note_due(detail).await?;
            let ended = self.page_by_page(detail, SyncMode::Sweep).await;
            self.unless_refused(detail.as_str(), ended).await?;
        }
        Ok(())
    }

    /// Notes what a run of this mode has to look up.
    pub(super) async fn note_due(&self, detail: Detail) -> Result<(), Error> {
        let (store, cloud_id) = (&self.mirror.store, &self.mirror.site.cloud_id);
        let now = self.mirror.clock.now();
        match self.mode {
            SyncMode::Delta => store.begin_detail(cloud_id, detail, self.id, now).await?,
            SyncMode::Backfill | SyncMode::Sweep => store.all_due(cloud_id, detail, self.id, now).await?,
        }
        Ok(())
    }

    /// Looks up the detail of everything of which it is due, as far as the points reach for such work. What the site
    /// fails over stays due, and is a finding until then.
    pub(super) async fn page_by_page(&mut self, detail: Detail, work: SyncMode) -> Result<(), Error> {
        let (store, cloud_id) = (&self.mirror.store, &self.mirror.site.cloud_id);
        let mut troubled = Vec::new();
        let mut after = 0;
        loop {
            if !self.may_go_on(work) {
                return self.note_troubled(detail, troubled, false).await;
            }
            let due = store.due(cloud_id, detail, after, PAGE_SIZE.into()).await?;
            let Some(last) = due.last() else {
                return self.note_troubled(detail, troubled, true).await;
            };
            after = last.row;
            let looking = due.into_iter().map(|content| self.look_up(detail, content));
            let answers: Vec<_> = stream::iter(looking).buffered(AT_ONCE).try_collect().await?;
            self.counts.seen += answers.len() as u64;
            let mut looked = Vec::with_capacity(answers.len());
            for answer in answers {
                match answer {
                    Looking::Done(content, found) => looked.push((content, found)),
                    Looking::Failed(content, error) => troubled.push(in_trouble(detail, &content, &error)),
                }
            }
            if troubled.len() > MOST_TROUBLED {
                return self.note_troubled(detail, troubled, false).await;
            }
            let now = self.mirror.clock.now();
            self.counts.changed += store
                .apply_details(cloud_id, self.id, detail, looked, now)
                .await?;
        }
    }

    /// Opens findings about what the site failed over, and closes those of which it did not, if all was looked up.
    async fn note_troubled(
        &mut self,
        detail: Detail,
        troubled: Vec<Finding>,
        is_all: bool,
    ) -> Result<(), Error> {
        let of_detail = format!("{} of ", detail.as_str());
        let is_settled = |open: &Finding| {
            is_all
                && open.kind == FindingKind::Undecodable
                && open.subject.starts_with(&of_detail)
                && troubled.iter().all(|finding| finding.subject != open.subject)
        };
        self.close_findings(is_settled).await?;
        self.record_findings(troubled).await?;
        Ok(())
    }

    /// The detail of one piece of content; nothing where the site does not tell, or not so that it is understood.
    async fn look_up(&self, detail: Detail, content: Due) -> Result<Looking, Error> {
        let asked = match detail {
            Detail::Labels => self.labels_of(&content).await,
            Detail::Properties => self.properties_of(&content).await,
            Detail::Restrictions => {
                let readers = self.mirror.source.restrictions(&content.id).await;
                readers.map(|readers| Some(Looked::Restrictions(readers)))
            }
        };
        match asked {
            // Gone, hidden, or in a state that this route does not answer for: nothing is known of it.
            Err(error) if matches!(error.kind, ErrorKind::NotFound | ErrorKind::Forbidden) => {
                Ok(Looking::Done(content, None))
            }
            Err(error) if error.is_about_an_item() => Ok(Looking::Failed(content, error)),
            Err(error) if matches!(error.kind, ErrorKind::Decode { .. }) => {
                warn!(
                    page.id = content.id.as_str(),
                    "{} were not understood: {error}",
                    detail.as_str()
                );
                Ok(Looking::Done(content, None))
            }
            looked => Ok(Looking::Done(content, looked?)),
        }
    }

    async fn labels_of(&self, content: &Due) -> Result<Option<Looked>, RemoteError> {
        let mut all = Some(Vec::new());
        let mut cursor: Option<Cursor> = None;
        loop {
            let (kind, id) = (content.kind, &content.id);
            let batch = self.mirror.source.labels_of(kind, id, cursor.as_ref()).await?;
            cursor = gather(&mut all, batch, content);
            if cursor.is_none() {
                return Ok(all.map(Looked::Labels));
            }
        }
    }

    /// One key is asked for by name; of several, all properties are read, and the others left.
    async fn properties_of(&self, content: &Due) -> Result<Option<Looked>, RemoteError> {
        let keys = &self.mirror.options.properties;
        let only = match keys.as_slice() {
            [key] => Some(key.as_str()),
            _ => None,
        };
        let mut all = Some(Vec::new());
        let mut cursor: Option<Cursor> = None;
        loop {
            let (kind, id) = (content.kind, &content.id);
            let batch = self
                .mirror
                .source
                .properties(kind, id, only, cursor.as_ref())
                .await?;
            cursor = gather(&mut all, batch, content);
            if cursor.is_none() {
                break;
            }
        }
        if let Some(all) = &mut all {
            all.retain(|property| keys.contains(&property.key));
        }
        Ok(all.map(Looked::Properties))
    }
}

/// What came of looking something up.
enum Looking {
    Done(Due, Option<Looked>),
    /// The site failed over it.
    Failed(Due, RemoteError),
}

fn in_trouble(detail: Detail, content: &Due, error: &RemoteError) -> Finding {
    let what = detail.as_str();
    Finding {
        kind: FindingKind::Undecodable,
        subject: format!("{what} of {}", content.id),
        content: None,
        space: None,
        detail: format!("the {what} stay as they are: {}", error.in_full()),
    }
}

/// Adds a page of an answer to what came before, and says where it goes on. One odd item spoils the whole: what it is
/// would otherwise count as taken away.
fn gather<T>(all: &mut Option<Vec<T>>, batch: Batch<T>, content: &Due) -> Option<Cursor> {
    let odd = |rejected: Rejected| {
        warn!(
            page.id = content.id.as_str(),
            "a detail was not understood: {}", rejected.reason
        );
    };
    let read: Result<Vec<T>, Rejected> = batch.items.into_iter().collect();
    let items = read.map_err(odd).ok();
    *all = all.take().zip(items).map(|(mut all, mut items)| {
        all.append(&mut items);
        all
    });
    all.is_some().then_some(batch.next).flatten()
}
