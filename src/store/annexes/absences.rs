//! SQL: comments and attachments that a complete listing lacked.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, OptionalExtension, Row, Transaction, named_params};

use crate::model::{AnnexKind, ContentId, RunId, SpaceId, Timestamp};
use crate::store::batch::Unsighted;
use crate::store::columns::{integer, json_array, optional_timestamp};
use crate::store::sites::SiteNumber;
use crate::store::texts;

use super::{Rows, numbers};

/// What lives, on living content of some spaces that is not missing itself, and was not seen since a pass began.
const UNSIGHTED: &str = "{table} AS it
     JOIN contents ON contents.site = it.site AND contents.content_id = it.page_id
     WHERE it.site = :site AND it.gone_at IS NULL AND it.sighted_in < :pass AND it.{kind}
         AND contents.gone_at IS NULL AND contents.missing_since IS NULL
         AND contents.space_id IN (SELECT value FROM json_each(:spaces))";

/// Some of what that is: what was missing before comes first.
pub(in crate::store) fn unsighted(
    conn: &Connection,
    site: SiteNumber,
    kind: AnnexKind,
    spaces: &[SpaceId],
    pass: RunId,
    limit: usize,
) -> rusqlite::Result<Vec<Unsighted>> {
    let sql = format!(
        "SELECT it.id AS number, it.{{id}} AS id, contents.space_id, it.missing_since FROM {UNSIGHTED}
         ORDER BY it.missing_since IS NULL, it.id LIMIT :limit"
    );
    conn.prepare_cached(&Rows::of(kind).sql(&sql))?
        .query_map(
            named_params! {
                ":site": site,
                ":pass": pass.0,
                ":spaces": json_array(spaces.iter().map(SpaceId::as_str)),
                ":limit": integer(limit),
            },
            unsighted_from_row,
        )?
        .collect()
}

fn unsighted_from_row(row: &Row<'_>) -> rusqlite::Result<Unsighted> {
    Ok(Unsighted {
        row: row.get("number")?,
        id: ContentId::new(row.get::<_, String>("id")?),
        space: SpaceId::new(row.get::<_, String>("space_id")?),
        missing_since: optional_timestamp(row, "missing_since")?,
    })
}

/// How much of it there is of each space.
pub(in crate::store) fn count_unsighted(
    conn: &Connection,
    site: SiteNumber,
    kind: AnnexKind,
    spaces: &[SpaceId],
    pass: RunId,
) -> rusqlite::Result<BTreeMap<SpaceId, u64>> {
    let sql =
        format!("SELECT contents.space_id, count(*) AS count FROM {UNSIGHTED} GROUP BY contents.space_id");
    conn.prepare_cached(&Rows::of(kind).sql(&sql))?
        .query_map(
            named_params! {
                ":site": site,
                ":pass": pass.0,
                ":spaces": json_array(spaces.iter().map(SpaceId::as_str)),
            },
            count_from_row,
        )?
        .collect()
}

fn count_from_row(row: &Row<'_>) -> rusqlite::Result<(SpaceId, u64)> {
    let space: String = row.get("space_id")?;
    let count: i64 = row.get("count")?;
    Ok((SpaceId::new(space), count.cast_unsigned()))
}

/// How much of a kind hangs on living content of each space.
pub(in crate::store) fn living(
    conn: &Connection,
    site: SiteNumber,
    kind: AnnexKind,
) -> rusqlite::Result<BTreeMap<SpaceId, u64>> {
    let sql = "SELECT contents.space_id, count(*) AS count FROM {table} AS it
               JOIN contents ON contents.site = it.site AND contents.content_id = it.page_id
               WHERE it.site = ? AND it.gone_at IS NULL AND contents.gone_at IS NULL AND it.{kind}
               GROUP BY contents.space_id";
    conn.prepare_cached(&Rows::of(kind).sql(sql))?
        .query_map([site], count_from_row)?
        .collect()
}

pub(in crate::store) fn mark_missing(
    tx: &Transaction<'_>,
    site: SiteNumber,
    kind: AnnexKind,
    ids: &[ContentId],
    at: Timestamp,
) -> rusqlite::Result<()> {
    let sql = "UPDATE {table} SET missing_since = ?
               WHERE site = ? AND {id} = ? AND missing_since IS NULL AND gone_at IS NULL";
    let mut statement = tx.prepare_cached(&Rows::of(kind).sql(sql))?;
    for id in ids {
        statement.execute((at.to_string(), site, id.as_str()))?;
    }
    Ok(())
}

pub(in crate::store) fn bury(
    tx: &Transaction<'_>,
    site: SiteNumber,
    kind: AnnexKind,
    ids: &[ContentId],
    reason: &str,
    at: Timestamp,
) -> rusqlite::Result<u64> {
    let sql = "UPDATE {table}
               SET gone_at = :at, gone_reason = :reason, missing_since = NULL, last_seen = :at,
                   status = CASE WHEN :reason = 'trashed' THEN 'trashed' ELSE status END
               WHERE site = :site AND {id} = :id AND gone_at IS NULL
               RETURNING page_id";
    let mut touched = BTreeSet::new();
    let mut buried = 0;
    let mut statement = tx.prepare_cached(&Rows::of(kind).sql(sql))?;
    for id in ids {
        let page: Option<String> = statement
            .query_row(
                named_params! { ":at": at.to_string(), ":reason": reason, ":site": site, ":id": id.as_str() },
                |row| row.get(0),
            )
            .optional()?;
        buried += u64::from(page.is_some());
        touched.extend(page);
    }
    texts::annotate(tx, &numbers(tx, site, &touched)?)?;
    Ok(buried)
}
