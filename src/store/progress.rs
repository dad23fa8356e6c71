//! SQL: watermarks and checkpoints.

use std::collections::BTreeMap;

use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, named_params};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::model::{Checkpoint, ContentKind, Cursor, ListedKind, RunId, SpaceId, SyncMode, Tally, Watermark};

use super::batch::FinishedPass;
use super::columns::timestamp;
use super::rounds;
use super::sites::{self, SiteNumber};

pub(super) fn watermarks(
    conn: &Connection,
    site: SiteNumber,
    kind: ListedKind,
) -> rusqlite::Result<BTreeMap<SpaceId, Watermark>> {
    conn.prepare_cached("SELECT space_id, up_to FROM watermarks WHERE site = ? AND kind = ?")?
        .query_map((site, kind.as_str()), |row| {
            let space: String = row.get("space_id")?;
            Ok((SpaceId::new(space), Watermark(timestamp(row, "up_to")?)))
        })?
        .collect()
}

pub(super) fn finish_pass(tx: &Transaction<'_>, pass: &FinishedPass) -> rusqlite::Result<()> {
    let site = sites::number(tx, &pass.site)?;
    if let Some(watermark) = pass.watermark {
        for space in &pass.spaces {
            advance(tx, site, space, pass.kind, watermark)?;
        }
    }
    if let Some(coverage) = &pass.coverage {
        rounds::cover(tx, site, pass, coverage)?;
    }
    drop_checkpoint(tx, site, pass.kind, pass.mode)
}

/// Moves a watermark forward; one that is ahead already stays.
fn advance(
    tx: &Transaction<'_>,
    site: SiteNumber,
    space: &SpaceId,
    kind: ListedKind,
    to: Watermark,
) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "INSERT INTO watermarks (site, space_id, kind, up_to) VALUES (?, ?, ?, ?)
         ON CONFLICT (site, space_id, kind) DO UPDATE SET up_to = excluded.up_to WHERE up_to < excluded.up_to",
    )?
    .execute((site, space.as_str(), kind.as_str(), to.0.to_string()))?;
    Ok(())
}

pub(super) fn checkpoint(
    conn: &Connection,
    site: SiteNumber,
    kind: ListedKind,
    mode: SyncMode,
) -> rusqlite::Result<Option<Checkpoint>> {
    conn.prepare_cached(
        "SELECT pass, spaces, cursor, last, is_backwards, candidate, items, listed FROM checkpoints WHERE site = ? AND kind = ? AND mode = ?",
    )?
    .query_row((site, kind.as_str(), mode.as_str()), checkpoint_from_row)
    .optional()
}

fn checkpoint_from_row(row: &Row<'_>) -> rusqlite::Result<Checkpoint> {
    let items: i64 = row.get("items")?;
    Ok(Checkpoint {
        pass: RunId(row.get("pass")?),
        spaces: json(row, "spaces")?,
        cursor: row.get::<_, Option<String>>("cursor")?.map(Cursor),
        last: row.get("last")?,
        is_backwards: row.get("is_backwards")?,
        candidate: Watermark(timestamp(row, "candidate")?),
        items: items.cast_unsigned(),
        listed: tally(row)?,
    })
}

fn json_of(listed: &Tally) -> Value {
    let count = |(space, count): (&SpaceId, &u64)| (space.to_string(), Value::from(*count));
    let kinds = listed.iter().map(|(kind, spaces)| {
        let spaces: Map<String, Value> = spaces.iter().map(count).collect();
        (kind.as_str().to_owned(), Value::from(spaces))
    });
    Value::from(kinds.collect::<Map<_, _>>())
}

/// Kinds that only another release knows are left out.
fn tally(row: &Row<'_>) -> rusqlite::Result<Tally> {
    let kinds: BTreeMap<String, BTreeMap<SpaceId, u64>> = json(row, "listed")?;
    let known = kinds
        .into_iter()
        .filter_map(|(kind, spaces)| Some((ContentKind::from_word(&kind)?, spaces)));
    Ok(known.collect())
}

fn json<T: DeserializeOwned>(row: &Row<'_>, column: &str) -> rusqlite::Result<T> {
    let index = row.as_ref().column_index(column)?;
    let text: String = row.get(index)?;
    serde_json::from_str(&text)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(index, Type::Text, Box::new(error)))
}

pub(super) fn set_checkpoint(
    tx: &Transaction<'_>,
    site: SiteNumber,
    kind: ListedKind,
    mode: SyncMode,
    checkpoint: &Checkpoint,
) -> rusqlite::Result<()> {
    let listed = json_of(&checkpoint.listed);
    let mut statement = tx.prepare_cached(
        "INSERT INTO checkpoints (site, kind, mode, pass, spaces, cursor, last, is_backwards, candidate, items, listed)
         VALUES (
             :site, :kind, :mode, :pass, :spaces, :cursor, :last, :is_backwards, :candidate, :items, :listed
         )
         ON CONFLICT (site, kind, mode) DO UPDATE
         SET pass = excluded.pass, spaces = excluded.spaces, cursor = excluded.cursor,
             last = excluded.last, is_backwards = excluded.is_backwards, candidate = excluded.candidate, items = excluded.items, listed = excluded.listed",
    )?;
    statement.execute(named_params! {
        ":site": site,
        ":kind": kind.as_str(),
        ":mode": mode.as_str(),
        ":pass": checkpoint.pass.0,
        ":spaces": super::columns::json_array(checkpoint.spaces.iter().map(SpaceId::as_str)),
        ":cursor": checkpoint.cursor.as_ref().map(|cursor| cursor.0.as_str()),
        ":last": checkpoint.last,
        ":is_backwards": checkpoint.is_backwards,
        ":candidate": checkpoint.candidate.0.to_string(),
        ":items": checkpoint.items.cast_signed(),
        ":listed": listed.to_string(),
    })?;
    Ok(())
}

pub(super) fn drop_checkpoint(
    tx: &Transaction<'_>,
    site: SiteNumber,
    kind: ListedKind,
    mode: SyncMode,
) -> rusqlite::Result<()> {
    tx.prepare_cached("DELETE FROM checkpoints WHERE site = ? AND kind = ? AND mode = ?")?
        .execute((site, kind.as_str(), mode.as_str()))?;
    Ok(())
}
