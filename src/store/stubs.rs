//! SQL: folders and their like, which no listing has.

use rusqlite::{Connection, Row, named_params};

use crate::model::{CloudId, ContentId, ContentKind, RunId};

use super::sites::{self, SiteNumber};
use super::{Error, Store};

impl Store {
    /// The stubs that living content hangs under and that do not live here: of all content, or of what the run
    /// `seen_in` saw.
    pub async fn missing_parents(
        &self,
        site: &CloudId,
        seen_in: Option<RunId>,
    ) -> Result<Vec<(ContentKind, ContentId)>, Error> {
        let site = site.clone();
        self.writer
            .transaction("find missing parents", move |tx| {
                missing_parents(tx, sites::number(tx, &site)?, seen_in)
            })
            .await
    }
}

fn missing_parents(
    conn: &Connection,
    site: SiteNumber,
    seen_in: Option<RunId>,
) -> rusqlite::Result<Vec<(ContentKind, ContentId)>> {
    // As in the index of these rows, word for word: without it every page would be looked at.
    conn.prepare_cached(
        "SELECT DISTINCT parent_kind, parent_id FROM contents AS child
         WHERE site = :site AND parent_kind <> 'page' AND gone_at IS NULL
             AND (:run IS NULL OR sighted_in = :run)
             AND NOT EXISTS (
                 SELECT 1 FROM contents
                 WHERE contents.site = child.site AND contents.content_id = child.parent_id
                     AND contents.gone_at IS NULL)
         ORDER BY parent_id",
    )?
    .query_map(
        named_params! { ":site": site, ":run": seen_in.map(|run| run.0) },
        stub_from_row,
    )?
    .filter_map(Result::transpose)
    .collect()
}

/// Nothing for a kind that this release does not know.
fn stub_from_row(row: &Row<'_>) -> rusqlite::Result<Option<(ContentKind, ContentId)>> {
    let (word, id): (String, String) = (row.get("parent_kind")?, row.get("parent_id")?);
    let kind = ContentKind::from_word(&word).filter(|kind| kind.is_stub());
    Ok(kind.map(|kind| (kind, ContentId::new(id))))
}
