//! SQL: how sweeps go round the spaces, and what complete listings said.

use rusqlite::{Connection, OptionalExtension, Row, Transaction, named_params};

use crate::model::{ContentKind, FindingKind, SpaceId, Timestamp};

use super::batch::{Awaiting, Coverage, FinishedPass, Rounds};
use super::columns::{json_array, optional_timestamp, timestamp};
use super::sites::SiteNumber;

/// Notes what a listing said that was read to its end.
pub(super) fn cover(
    tx: &Transaction<'_>,
    site: SiteNumber,
    pass: &FinishedPass,
    coverage: &Coverage,
) -> rusqlite::Result<()> {
    let mut statement = tx.prepare_cached(
        "INSERT INTO coverage (site, space_id, kind, listed, listed_at) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT (site, space_id, kind) DO UPDATE
         SET listed = excluded.listed, listed_at = excluded.listed_at",
    )?;
    for kind in pass.kind.contents() {
        let listed = coverage.listed.get(&kind);
        for space in &pass.spaces {
            let listed = listed
                .and_then(|listed| listed.get(space))
                .copied()
                .unwrap_or_default();
            let at = coverage.at.to_string();
            statement.execute((site, space.as_str(), kind.as_str(), listed.cast_signed(), at))?;
        }
    }
    Ok(())
}

/// What is known of these spaces before a sweep, in order of id.
pub(super) fn awaiting(
    conn: &Connection,
    site: SiteNumber,
    kind: ContentKind,
    spaces: &[SpaceId],
) -> rusqlite::Result<Vec<Awaiting>> {
    conn.prepare_cached(
        "SELECT wanted.value AS id, coverage.listed, coverage.listed_at,
             EXISTS (
                 SELECT 1 FROM findings
                 WHERE findings.site = :site AND findings.space_id = wanted.value AND findings.kind = :guard
                     AND findings.closed_at IS NULL
             ) AS is_held
         FROM json_each(:spaces) AS wanted
         LEFT JOIN coverage
             ON coverage.site = :site AND coverage.space_id = wanted.value AND coverage.kind = :kind
         ORDER BY wanted.value",
    )?
    .query_map(
        named_params! {
            ":site": site,
            ":kind": kind.as_str(),
            ":spaces": json_array(spaces.iter().map(SpaceId::as_str)),
            ":guard": FindingKind::DeletionGuard.as_str(),
        },
        awaiting_from_row,
    )?
    .collect()
}

fn awaiting_from_row(row: &Row<'_>) -> rusqlite::Result<Awaiting> {
    let listed: Option<i64> = row.get("listed")?;
    Ok(Awaiting {
        id: SpaceId::new(row.get::<_, String>("id")?),
        listed: listed.unwrap_or_default().cast_unsigned(),
        listed_at: optional_timestamp(row, "listed_at")?,
        is_held: row.get("is_held")?,
    })
}

pub(super) fn rounds(conn: &Connection, site: SiteNumber) -> rusqlite::Result<Option<Rounds>> {
    conn.prepare_cached("SELECT began_at, is_open, completed_at FROM sweeps WHERE site = ?")?
        .query_row([site], |row| {
            Ok(Rounds {
                began_at: timestamp(row, "began_at")?,
                is_open: row.get("is_open")?,
                completed_at: optional_timestamp(row, "completed_at")?,
            })
        })
        .optional()
}

/// Begins a round, unless one is open. Says when the open one began.
pub(super) fn begin(tx: &Transaction<'_>, site: SiteNumber, at: Timestamp) -> rusqlite::Result<Timestamp> {
    tx.prepare_cached(
        "INSERT INTO sweeps (site, began_at, is_open) VALUES (:site, :at, TRUE)
         ON CONFLICT (site) DO UPDATE SET began_at = :at, is_open = TRUE WHERE NOT is_open",
    )?
    .execute(named_params! { ":site": site, ":at": at.to_string() })?;
    tx.prepare_cached("SELECT began_at FROM sweeps WHERE site = ?")?
        .query_row([site], |row| timestamp(row, "began_at"))
}

pub(super) fn complete(tx: &Transaction<'_>, site: SiteNumber, at: Timestamp) -> rusqlite::Result<()> {
    tx.prepare_cached("UPDATE sweeps SET is_open = FALSE, completed_at = ? WHERE site = ? AND is_open")?
        .execute((at.to_string(), site))?;
    Ok(())
}
