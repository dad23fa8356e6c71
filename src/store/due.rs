//! SQL: of which content something is to be looked up.

use rusqlite::{Connection, Row, Transaction, named_params};

use crate::model::{ContentId, ContentKind, Detail, RunId, Timestamp};

use super::columns::{integer, optional_timestamp};
use super::sites::SiteNumber;

/// Content of which something is to be looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// Its number in the mirror: where to read on.
    pub row: i64,
    /// Its id.
    pub id: ContentId,
    /// What it is.
    pub kind: ContentKind,
}

/// Notes that details of the content are to be looked up.
pub(super) fn add(
    tx: &Transaction<'_>,
    site: SiteNumber,
    details: &[Detail],
    content: i64,
    run: RunId,
) -> rusqlite::Result<()> {
    let mut statement =
        tx.prepare_cached("INSERT OR IGNORE INTO due (site, detail, content, run) VALUES (?, ?, ?, ?)")?;
    for detail in details {
        statement.execute((site, detail.as_str(), content, run.0))?;
    }
    Ok(())
}

/// Notes that a detail of everything that lives and has a body is to be looked up.
pub(super) fn add_all(
    tx: &Transaction<'_>,
    site: SiteNumber,
    detail: Detail,
    run: RunId,
    at: Timestamp,
) -> rusqlite::Result<()> {
    begin_once(tx, site, detail, at)?;
    tx.prepare_cached(
        "INSERT OR IGNORE INTO due (site, detail, content, run)
         SELECT site, :detail, id, :run FROM contents
         WHERE site = :site AND gone_at IS NULL AND kind IN ('page', 'blogpost')",
    )?
    .execute(named_params! { ":site": site, ":detail": detail.as_str(), ":run": run.0 })?;
    Ok(())
}

/// Makes a detail of everything due that was never looked up on this site before.
pub(super) fn begin(
    tx: &Transaction<'_>,
    site: SiteNumber,
    detail: Detail,
    run: RunId,
    at: Timestamp,
) -> rusqlite::Result<()> {
    if begin_once(tx, site, detail, at)? {
        add_all(tx, site, detail, run, at)?;
    }
    Ok(())
}

/// Notes that a detail is looked up from now on, and says whether that is new.
fn begin_once(
    tx: &Transaction<'_>,
    site: SiteNumber,
    detail: Detail,
    at: Timestamp,
) -> rusqlite::Result<bool> {
    // Of the whole site rather than of a space, hence without one.
    let begun = tx
        .prepare_cached(
            "INSERT OR IGNORE INTO watermarks (site, space_id, kind, up_to) VALUES (?, '', ?, ?)",
        )?
        .execute((site, detail.as_str(), at.to_string()))?;
    Ok(begun > 0)
}

/// Some of the content that is due, behind a row. Not what a listing lacked lately: the site would not show it.
pub(super) fn list(
    conn: &Connection,
    site: SiteNumber,
    detail: Detail,
    after: i64,
    limit: usize,
) -> rusqlite::Result<Vec<Due>> {
    conn.prepare_cached(
        "SELECT contents.id AS number, contents.content_id, contents.kind FROM due
         JOIN contents ON contents.id = due.content
         WHERE due.site = :site AND due.detail = :detail AND due.content > :after
             AND contents.gone_at IS NULL AND contents.missing_since IS NULL
         ORDER BY due.content
         LIMIT :limit",
    )?
    .query_map(
        named_params! { ":site": site, ":detail": detail.as_str(), ":after": after, ":limit": integer(limit) },
        due_from_row,
    )?
    .filter_map(Result::transpose)
    .collect()
}

/// Content, or nothing for a kind that only another release knows.
fn due_from_row(row: &Row<'_>) -> rusqlite::Result<Option<Due>> {
    let kind: String = row.get("kind")?;
    let id: String = row.get("content_id")?;
    let row = row.get("number")?;
    Ok(ContentKind::from_word(&kind).map(|kind| Due {
        row,
        id: ContentId::new(id),
        kind,
    }))
}

/// How much content is due, and when the present version of the eldest of it was saved.
pub(super) fn count(
    conn: &Connection,
    site: SiteNumber,
    detail: Detail,
) -> rusqlite::Result<(u64, Option<Timestamp>)> {
    conn.prepare_cached(
        "SELECT count(*) AS due, min(contents.modified_at) AS eldest
         FROM due JOIN contents ON contents.id = due.content
         WHERE due.site = ? AND due.detail = ? AND contents.gone_at IS NULL
             AND contents.missing_since IS NULL",
    )?
    .query_row((site, detail.as_str()), |row| {
        let due: i64 = row.get("due")?;
        Ok((due.cast_unsigned(), optional_timestamp(row, "eldest")?))
    })
}

/// Notes that this content has been looked up.
pub(super) fn clear(
    tx: &Transaction<'_>,
    site: SiteNumber,
    detail: Detail,
    contents: impl IntoIterator<Item = i64>,
) -> rusqlite::Result<()> {
    let mut statement = tx.prepare_cached("DELETE FROM due WHERE site = ? AND detail = ? AND content = ?")?;
    for content in contents {
        statement.execute((site, detail.as_str(), content))?;
    }
    Ok(())
}

/// Notes that everything has been looked up that was due when a pass began.
pub(super) fn clear_until(
    tx: &Transaction<'_>,
    site: SiteNumber,
    detail: Detail,
    pass: RunId,
) -> rusqlite::Result<()> {
    tx.prepare_cached("DELETE FROM due WHERE site = ? AND detail = ? AND run <= ?")?
        .execute((site, detail.as_str(), pass.0))?;
    Ok(())
}

/// Notes that the labels of all that is due have been looked up by a pass, but where it did not find one that the mirror
/// has.
pub(super) fn clear_labelled(tx: &Transaction<'_>, site: SiteNumber, pass: RunId) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "DELETE FROM due WHERE site = :site AND detail = :detail AND content IN (
             SELECT id FROM contents WHERE id = due.content AND gone_at IS NULL AND missing_since IS NULL
         ) AND NOT EXISTS (
             SELECT 1 FROM labels WHERE labels.content = due.content AND labels.sighted_in < :pass
         )",
    )?
    .execute(named_params! {
        ":site": site, ":detail": Detail::Labels.as_str(), ":pass": pass.0,
    })?;
    Ok(())
}
