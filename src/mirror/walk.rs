//! Walks a listing of content page by page, past the bodies that the site cannot deliver, and never in circles.

use tracing::debug;

use crate::confluence::{Batch, ContentQuery, Error, ErrorKind, Seen};
use crate::model::{Content, Cursor};

use super::Source;

/// One listing under way.
pub(super) struct Walk<'a, S> {
    source: &'a S,
    query: ContentQuery,
    seen: Seen,
}

impl<'a, S: Source> Walk<'a, S> {
    pub(super) fn new(source: &'a S, query: ContentQuery) -> Self {
        Self {
            source,
            query,
            seen: Seen::new(),
        }
    }

    /// From the next page on, asks for pages of this many items.
    pub(super) fn widen(&mut self, limit: u16) {
        self.query.limit = limit;
    }

    /// The page at `place`, or the first one.
    ///
    /// Where the site cannot deliver an item's body, the page holds just that item without it.
    pub(super) async fn page(&mut self, place: Option<&Cursor>) -> Result<Batch<Content>, Error> {
        let batch = match self.source.content(&self.query, place).await {
            Err(error) if matches!(error.kind, ErrorKind::BodyRefused { .. }) => {
                debug!("{error}; taking the item without it");
                let bare = ContentQuery {
                    bodies: false,
                    limit: 1,
                    ..self.query.clone()
                };
                self.source.content(&bare, place).await?
            }
            answer => answer?,
        };
        match &batch.next {
            Some(next) if self.seen.repeats(next) => Err(circling(&self.query)),
            _ => Ok(batch),
        }
    }
}

fn circling(query: &ContentQuery) -> Error {
    Error {
        route: query.route(),
        attempts: 1,
        kind: ErrorKind::CursorLoop,
    }
}
