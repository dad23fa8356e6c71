//! SQL: makes anew what is derived, and has damaged bodies fetched again. Deletes no content.

use std::collections::BTreeSet;

use rusqlite::{Transaction, named_params};

use crate::model::{FindingKind, Timestamp};

use super::flaws::{self, Flaw, FlawKind};
use super::{Error, Store, alt, texts};

impl Store {
    /// Whether the search index equals the texts.
    pub async fn check_index(&self) -> Result<Vec<Flaw>, Error> {
        let found = self
            .writer
            .transaction("check the search index", flaws::search_index)
            .await;
        flaws::or_damage(found)
    }

    /// Makes anew what is derived, and has the next run fetch damaged bodies again. Deletes no content. Content
    /// that lacked its text is outdated afterwards: render that again.
    pub async fn repair(&self, flaws: Vec<Flaw>, at: Timestamp) -> Result<(), Error> {
        self.writer
            .transaction("repair the database", move |tx| repair(tx, &flaws, at))
            .await
    }
}

/// Repairs what can be. Texts are left to be rendered again.
pub(super) fn repair(tx: &Transaction<'_>, flaws: &[Flaw], at: Timestamp) -> rusqlite::Result<()> {
    let kinds = |kind| flaws.iter().any(|flaw: &Flaw| flaw.kind == kind);
    let rows = |kind| rows(flaws, kind);
    if kinds(FlawKind::TableIndex) {
        tx.execute_batch("REINDEX")?;
    }
    // Before whatever changes texts, which takes the words before out of the index.
    if kinds(FlawKind::SearchIndex) {
        rebuild(tx)?;
    }
    if kinds(FlawKind::Orphans) {
        drop_orphans(tx)?;
    }
    let texts = rows(FlawKind::Text);
    for row in &texts {
        retext(tx, *row)?;
    }
    let annotations: Vec<i64> = rows(FlawKind::Annotations).union(&texts).copied().collect();
    texts::annotate(tx, &annotations)?;
    for row in rows(FlawKind::Body) {
        ask_again(tx, row, at)?;
    }
    Ok(())
}

fn rows(flaws: &[Flaw], kind: FlawKind) -> BTreeSet<i64> {
    let of_kind = flaws.iter().filter(|flaw| flaw.kind == kind);
    of_kind.filter_map(|flaw| flaw.row).collect()
}

fn rebuild(tx: &Transaction<'_>) -> rusqlite::Result<()> {
    tx.execute_batch(
        "INSERT INTO page_fts (page_fts) VALUES ('rebuild');
         INSERT INTO title_fts (title_fts) VALUES ('rebuild');",
    )
}

fn drop_orphans(tx: &Transaction<'_>) -> rusqlite::Result<()> {
    tx.execute_batch(
        "DELETE FROM texts WHERE id NOT IN (SELECT id FROM contents);
         DELETE FROM links WHERE content NOT IN (SELECT id FROM contents);
         DELETE FROM warnings WHERE content NOT IN (SELECT id FROM contents);",
    )
}

/// Indexes the title, and marks the rest as outdated.
fn retext(tx: &Transaction<'_>, row: i64) -> rusqlite::Result<()> {
    let title: String = tx
        .prepare_cached("SELECT title FROM contents WHERE id = ?")?
        .query_row([row], |row| row.get(0))?;
    tx.prepare_cached(
        "INSERT INTO texts (id, title, body, alt, markdown) VALUES (?, ?, '', ?, '')
         ON CONFLICT (id) DO UPDATE SET title = excluded.title, alt = iif(body = '', excluded.alt, alt)",
    )?
    .execute((row, &title, alt::of(&title, "")))?;
    tx.prepare_cached("UPDATE contents SET renderer = 0 WHERE id = ?")?
        .execute([row])?;
    Ok(())
}

/// Opens a finding, since every run begins by fetching what those are about, and forgets what the body was
/// rendered to, since that would have the answer pass for known.
fn ask_again(tx: &Transaction<'_>, row: i64, at: Timestamp) -> rusqlite::Result<()> {
    tx.prepare_cached("UPDATE contents SET rendering = NULL WHERE id = ?")?
        .execute([row])?;
    tx.prepare_cached(
        "INSERT INTO findings (site, kind, subject, content_id, detail, opened_at)
         SELECT site, :kind, content_id, content_id, 'the stored body is damaged', :at FROM contents WHERE id = :row
         ON CONFLICT (site, kind, subject) WHERE closed_at IS NULL DO NOTHING",
    )?
    .execute(named_params! {
        ":kind": FindingKind::BodyMissing.as_str(),
        ":at": at.to_string(),
        ":row": row,
    })?;
    Ok(())
}
