//! SQL: comparing listings with the mirror, and tombstones.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension, Row, Transaction, named_params};

use crate::model::{ContentId, ContentKind, RunId, SpaceId, Timestamp};

use super::batch::{Sighting, Unsighted};
use super::columns::{integer, json_array, optional_timestamp};
use super::sites::SiteNumber;

/// Stamps what was sighted and returns what is worth fetching.
pub(super) fn sight(
    tx: &Transaction<'_>,
    site: SiteNumber,
    pass: RunId,
    sightings: &[Sighting],
) -> rusqlite::Result<Vec<ContentId>> {
    let mut differing = Vec::new();
    for sighting in sightings {
        if stamp(tx, site, pass, sighting)?.unwrap_or(true) {
            differing.push(sighting.id.clone());
        }
    }
    Ok(differing)
}

/// Stamps one row and says whether it differs; nothing if there is no such row. A place that is not told is no other
/// place: a search tells that of some kinds only.
fn stamp(
    tx: &Transaction<'_>,
    site: SiteNumber,
    pass: RunId,
    sighting: &Sighting,
) -> rusqlite::Result<Option<bool>> {
    let mut statement = tx.prepare_cached(
        "UPDATE contents SET sighted_in = max(sighted_in, :pass), missing_since = NULL
         WHERE site = :site AND content_id = :id
         RETURNING (version, title, space_id, parent_id, position, status)
             IS NOT (:version, :title, :space, :parent, coalesce(:position, position), :status)
             OR (gone_at IS NULL) <> :is_alive",
    )?;
    statement
        .query_row(
            named_params! {
                ":pass": pass.0,
                ":site": site,
                ":id": sighting.id.as_str(),
                ":version": sighting.version,
                ":title": sighting.title,
                ":space": sighting.space.as_str(),
                ":parent": sighting.parent.as_ref().map(|parent| parent.id.as_str()),
                ":position": sighting.position,
                ":status": sighting.status.as_str(),
                ":is_alive": sighting.status.is_alive(),
            },
            |row| row.get(0),
        )
        .optional()
}

/// What a pass did not see.
const UNSIGHTED: &str = "site = :site AND space_id IN (SELECT value FROM json_each(:spaces)) AND kind = :kind
     AND gone_at IS NULL AND sighted_in < :pass";

pub(super) fn unsighted(
    conn: &Connection,
    site: SiteNumber,
    kind: ContentKind,
    spaces: &[SpaceId],
    pass: RunId,
    after: i64,
    limit: usize,
) -> rusqlite::Result<Vec<Unsighted>> {
    conn.prepare_cached(&format!(
        "SELECT id, content_id, space_id, missing_since FROM contents
         WHERE {UNSIGHTED} AND id > :after
         ORDER BY id LIMIT :limit"
    ))?
    .query_map(
        named_params! {
            ":site": site,
            ":spaces": json_array(spaces.iter().map(SpaceId::as_str)),
            ":kind": kind.as_str(),
            ":pass": pass.0,
            ":after": after,
            ":limit": integer(limit),
        },
        unsighted_from_row,
    )?
    .collect()
}

fn unsighted_from_row(row: &Row<'_>) -> rusqlite::Result<Unsighted> {
    Ok(Unsighted {
        row: row.get("id")?,
        id: ContentId::new(row.get::<_, String>("content_id")?),
        space: SpaceId::new(row.get::<_, String>("space_id")?),
        missing_since: optional_timestamp(row, "missing_since")?,
    })
}

pub(super) fn count_unsighted(
    conn: &Connection,
    site: SiteNumber,
    kind: ContentKind,
    spaces: &[SpaceId],
    pass: RunId,
) -> rusqlite::Result<BTreeMap<SpaceId, u64>> {
    conn.prepare_cached(&format!(
        "SELECT space_id, count(*) AS absent FROM contents WHERE {UNSIGHTED} GROUP BY space_id"
    ))?
    .query_map(
        named_params! {
            ":site": site,
            ":spaces": json_array(spaces.iter().map(SpaceId::as_str)),
            ":kind": kind.as_str(),
            ":pass": pass.0,
        },
        |row| {
            let absent: i64 = row.get("absent")?;
            Ok((
                SpaceId::new(row.get::<_, String>("space_id")?),
                absent.cast_unsigned(),
            ))
        },
    )?
    .collect()
}

pub(super) fn living(
    conn: &Connection,
    site: SiteNumber,
    kind: ContentKind,
) -> rusqlite::Result<BTreeMap<SpaceId, u64>> {
    conn.prepare_cached(
        "SELECT space_id, count(*) AS living FROM contents
         WHERE site = ? AND kind = ? AND gone_at IS NULL
         GROUP BY space_id",
    )?
    .query_map((site, kind.as_str()), |row| {
        let space: String = row.get("space_id")?;
        let living: i64 = row.get("living")?;
        Ok((SpaceId::new(space), living.cast_unsigned()))
    })?
    .collect()
}

/// Space by space, where the first that is found ends the search.
pub(super) fn holds(conn: &Connection, site: SiteNumber, kind: ContentKind) -> rusqlite::Result<bool> {
    conn.prepare_cached(
        "SELECT 1 FROM spaces CROSS JOIN contents
             ON contents.site = spaces.site AND contents.space_id = spaces.space_id
         WHERE spaces.site = ? AND contents.kind = ? AND contents.gone_at IS NULL",
    )?
    .exists((site, kind.as_str()))
}

pub(super) fn mark_missing(
    tx: &Transaction<'_>,
    site: SiteNumber,
    ids: &[ContentId],
    at: Timestamp,
) -> rusqlite::Result<()> {
    let mut statement = tx.prepare_cached(
        "UPDATE contents SET missing_since = ?
         WHERE site = ? AND content_id = ? AND missing_since IS NULL AND gone_at IS NULL",
    )?;
    for id in ids {
        statement.execute((at.to_string(), site, id.as_str()))?;
    }
    Ok(())
}

pub(super) fn bury(
    tx: &Transaction<'_>,
    site: SiteNumber,
    ids: &[ContentId],
    reason: &str,
    at: Timestamp,
) -> rusqlite::Result<u64> {
    // Where the reason is that it is in the trash, that is also its status now.
    let mut statement = tx.prepare_cached(
        "UPDATE contents
         SET gone_at = :at, gone_reason = :reason, missing_since = NULL, last_seen = :at,
             status = CASE WHEN :reason = 'trashed' THEN 'trashed' ELSE status END
         WHERE site = :site AND content_id = :id AND gone_at IS NULL",
    )?;
    let mut buried = 0;
    for id in ids {
        buried += statement.execute(named_params! {
            ":at": at.to_string(),
            ":reason": reason,
            ":site": site,
            ":id": id.as_str(),
        })?;
    }
    Ok(buried as u64)
}
