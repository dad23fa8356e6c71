//! SQL: spaces, runs and findings as they are listed.

use rusqlite::{Connection, Row, Transaction};
use serde::Serialize;

use crate::model::{ContentId, Domain, RunId, SpaceId, SpaceKey, Timestamp};
use crate::store::columns::{domain, integer, optional_timestamp, timestamp};
use crate::store::sites::SiteNumber;

/// A space.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SpaceView {
    /// The site it is on.
    pub site: Domain,
    /// Its id.
    pub id: SpaceId,
    /// Its key.
    pub key: SpaceKey,
    /// Its title.
    pub name: String,
    /// `global`, `personal`, …
    pub kind: String,
    /// `current`, `archived`, …
    pub status: String,
    /// The page that opens with it.
    pub homepage: Option<ContentId>,
}

/// A run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the counts are those of `model::Counts`")]
pub struct RunView {
    /// Its number.
    #[serde(serialize_with = "run_number")]
    pub id: RunId,
    /// The site.
    pub site: Domain,
    /// `backfill`, `delta` or `sweep`.
    pub mode: String,
    /// `running`, or the word of its outcome.
    pub outcome: String,
    /// When a deferred run may go on.
    pub until: Option<Timestamp>,
    /// Why a failed run failed.
    pub error: Option<String>,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended; nothing while it runs.
    pub finished_at: Option<Timestamp>,
    pub seen: u64,
    pub added: u64,
    pub changed: u64,
    pub buried: u64,
    pub findings: u64,
    pub requests: u64,
    pub points: u64,
}

/// An open finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FindingView {
    /// The site.
    pub site: Domain,
    /// The word of its kind.
    pub kind: String,
    /// What it is about.
    pub subject: String,
    /// The content it is about, where it is content.
    pub content: Option<ContentId>,
    /// Why.
    pub detail: String,
    /// When it was first met.
    pub opened_at: Timestamp,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the shape that serde asks for")]
fn run_number<S: serde::Serializer>(run: &RunId, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_i64(run.0)
}

pub(in crate::store) fn spaces(tx: &Transaction<'_>) -> rusqlite::Result<Vec<SpaceView>> {
    tx.prepare_cached(
        "SELECT site, id, key, name, type, status, homepage_id FROM space ORDER BY site, key, id",
    )?
    .query_map([], |row| {
        Ok(SpaceView {
            site: domain(row, "site")?,
            id: SpaceId::new(row.get::<_, String>("id")?),
            key: SpaceKey::new(row.get::<_, String>("key")?),
            name: row.get("name")?,
            kind: row.get("type")?,
            status: row.get("status")?,
            homepage: row.get::<_, Option<String>>("homepage_id")?.map(ContentId::new),
        })
    })?
    .collect()
}

pub(in crate::store) fn findings(tx: &Transaction<'_>) -> rusqlite::Result<Vec<FindingView>> {
    tx.prepare_cached(
        "SELECT site, kind, subject, page_id, detail, opened_at FROM finding WHERE closed_at IS NULL ORDER BY id",
    )?
    .query_map([], |row| {
        Ok(FindingView {
            site: domain(row, "site")?,
            kind: row.get("kind")?,
            subject: row.get("subject")?,
            content: row.get::<_, Option<String>>("page_id")?.map(ContentId::new),
            detail: row.get("detail")?,
            opened_at: timestamp(row, "opened_at")?,
        })
    })?
    .collect()
}

pub(in crate::store) fn runs(conn: &Connection, limit: usize) -> rusqlite::Result<Vec<RunView>> {
    conn.prepare_cached("SELECT run.* FROM run ORDER BY run.id DESC LIMIT ?")?
        .query_map([integer(limit)], run_from_row)?
        .collect()
}

pub(in crate::store) fn last_runs(conn: &Connection, site: SiteNumber) -> rusqlite::Result<Vec<RunView>> {
    conn.prepare_cached(
        "WITH modes (mode) AS (VALUES ('backfill'), ('delta'), ('sweep'))
         SELECT run.* FROM run
         WHERE run.id IN (SELECT (SELECT max(id) FROM runs WHERE site = ? AND runs.mode = modes.mode) FROM modes)
         ORDER BY run.id DESC",
    )?
    .query_map([site], run_from_row)?
    .collect()
}

fn run_from_row(row: &Row<'_>) -> rusqlite::Result<RunView> {
    let count = |column| row.get::<_, i64>(column).map(i64::cast_unsigned);
    Ok(RunView {
        id: RunId(row.get("id")?),
        site: domain(row, "site")?,
        mode: row.get("mode")?,
        outcome: row.get("outcome")?,
        until: optional_timestamp(row, "until")?,
        error: row.get("error")?,
        started_at: timestamp(row, "started_at")?,
        finished_at: optional_timestamp(row, "finished_at")?,
        seen: count("seen")?,
        added: count("added")?,
        changed: count("changed")?,
        buried: count("buried")?,
        findings: count("findings")?,
        requests: count("requests")?,
        points: count("points")?,
    })
}
