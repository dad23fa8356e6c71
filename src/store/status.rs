//! SQL: how complete the mirror is, and what is amiss.

mod listed;

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension as _, Transaction};
use serde::Serialize;

use crate::model::{CloudId, Domain, SpaceId, SpaceKey, Timestamp};

use super::columns::{domain, optional_timestamp, timestamp};
use super::rounds;
use super::sites::SiteNumber;

pub use listed::{FindingView, RunView, SpaceView};
pub(super) use listed::{findings, last_runs, runs, spaces};

/// The state of the mirror.
#[derive(Clone, Debug, Serialize)]
pub struct Status {
    /// Size of the database in bytes, without its log.
    pub database_size: u64,
    /// Every site, by domain.
    pub sites: Vec<SiteStatus>,
}

/// The state of one site.
#[derive(Clone, Debug, Serialize)]
pub struct SiteStatus {
    /// Where people reach it.
    pub site: Domain,
    /// Its identity.
    pub cloud_id: CloudId,
    /// What its administrators call it.
    pub name: String,
    /// Its spaces, by key.
    pub spaces: Vec<SpaceStatus>,
    /// How far the sweeps have come; nothing before the first.
    pub sweep: Option<SweepStatus>,
    /// Living comments and attachments, and the size of the downloaded files in bytes.
    pub annexes: AnnexStatus,
    /// When the last run began that asked for all that had changed; nothing before the first.
    pub caught_up_at: Option<Timestamp>,
    /// When the last good run of each mode ended.
    pub succeeded: BTreeMap<String, Timestamp>,
    /// The last run of each mode, newest first.
    pub last_runs: Vec<RunView>,
    /// The open findings, oldest first.
    pub findings: Vec<FindingView>,
    /// How often the renderer kept a construct as text, by construct.
    pub warnings: BTreeMap<String, u64>,
}

impl SiteStatus {
    /// Up to when a space is mirrored; nothing before its first copy is complete. Of kinds that nobody writes there the
    /// watermarks are old, and yet nothing of them is missing.
    pub fn up_to(&self, space: &SpaceStatus) -> Option<Timestamp> {
        let oldest = space.watermarks.values().min().copied();
        oldest.map(|oldest| self.caught_up_at.map_or(oldest, |at| at.max(oldest)))
    }
}

/// How much hangs on the content of one site.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AnnexStatus {
    /// Living comments.
    pub comments: u64,
    /// Living attachments.
    pub attachments: u64,
    /// Of those, the ones whose newest file is downloaded.
    pub files: u64,
    /// The size of all downloaded files, equal ones counted once, in bytes.
    pub file_bytes: u64,
}

/// The state of one space.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SpaceStatus {
    /// Its id.
    pub id: SpaceId,
    /// Its key.
    pub key: SpaceKey,
    /// Its title.
    pub name: String,
    /// How much of it lives here.
    pub mirrored: u64,
    /// How many tombstones it has.
    pub gone: u64,
    /// How far it is mirrored, by kind of content.
    pub watermarks: BTreeMap<String, Timestamp>,
    /// How complete it is, by kind of content.
    pub completeness: BTreeMap<String, Completeness>,
}

/// How complete a kind of content is in a space.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Completeness {
    /// How much the site said it has; nothing before a listing of everything was read to its end.
    pub listed: Option<u64>,
    /// When it said so.
    pub listed_at: Option<Timestamp>,
    /// How much lives here.
    pub mirrored: u64,
    /// How much was here and is gone.
    pub gone: u64,
    /// How much of the space the site refuses; the findings say why.
    pub refused: u64,
    /// How much of the space could not be mirrored as the site sent it; the findings say why.
    pub failed: u64,
}

/// How far the sweeps have come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SweepStatus {
    /// When the last round began.
    pub began_at: Timestamp,
    /// Whether it goes on.
    pub is_open: bool,
    /// How many there are to compare: spaces, once for each kind of content.
    pub of: u64,
    /// How many it has compared.
    pub done: u64,
    /// When a round last came to its end.
    pub completed_at: Option<Timestamp>,
}

pub(super) fn status(tx: &Transaction<'_>) -> rusqlite::Result<Status> {
    let size: i64 = tx.query_row(
        "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size",
        [],
        |row| row.get(0),
    )?;
    Ok(Status {
        database_size: size.cast_unsigned(),
        sites: sites(tx)?,
    })
}

fn sites(tx: &Transaction<'_>) -> rusqlite::Result<Vec<SiteStatus>> {
    let findings = findings(tx)?;
    let mut sites = Vec::new();
    let mut statement =
        tx.prepare_cached("SELECT id, domain, cloud_id, name FROM sites ORDER BY domain, id")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let number: SiteNumber = row.get("id")?;
        let site = domain(row, "domain")?;
        sites.push(SiteStatus {
            cloud_id: CloudId::new(row.get::<_, String>("cloud_id")?),
            name: row.get("name")?,
            spaces: space_statuses(tx, number)?,
            sweep: sweep(tx, number)?,
            annexes: annexes(tx, number)?,
            caught_up_at: caught_up_at(tx, number)?,
            succeeded: succeeded(tx, number)?,
            last_runs: last_runs(tx, number)?,
            findings: findings
                .iter()
                .filter(|finding| finding.site == site)
                .cloned()
                .collect(),
            warnings: warnings(tx, number)?,
            site,
        });
    }
    Ok(sites)
}

/// A run asks for all that has changed unless a listing is refused as a whole, which is a finding about no content.
pub(super) fn caught_up_at(conn: &Connection, site: SiteNumber) -> rusqlite::Result<Option<Timestamp>> {
    conn.prepare_cached(
        "SELECT started_at FROM runs
         WHERE site = ?1 AND (outcome = 'complete' OR outcome = 'partial' AND NOT EXISTS (
             SELECT 1 FROM findings
             WHERE site = ?1 AND closed_at IS NULL AND kind = 'refused' AND content_id IS NULL
         ))
         ORDER BY id DESC LIMIT 1",
    )?
    .query_row([site], |row| timestamp(row, "started_at"))
    .optional()
}

/// A run that ends for want of points, or leaves findings, has done what it could.
pub(super) fn succeeded(
    conn: &Connection,
    site: SiteNumber,
) -> rusqlite::Result<BTreeMap<String, Timestamp>> {
    conn.prepare_cached(
        "WITH modes (mode) AS (VALUES ('backfill'), ('delta'), ('sweep')), ends (mode, finished_at) AS (
             SELECT mode, (
                 SELECT finished_at FROM runs
                 WHERE site = ? AND runs.mode = modes.mode AND outcome IN ('complete', 'partial', 'unfinished')
                 ORDER BY id DESC LIMIT 1
             ) FROM modes
         )
         SELECT mode, finished_at FROM ends WHERE finished_at IS NOT NULL",
    )?
    .query_map([site], |row| {
        Ok((row.get("mode")?, timestamp(row, "finished_at")?))
    })?
    .collect()
}

fn annexes(tx: &Transaction<'_>, site: SiteNumber) -> rusqlite::Result<AnnexStatus> {
    tx.prepare_cached(
        "SELECT
             (SELECT count(*) FROM comments WHERE site = ?1 AND gone_at IS NULL) AS comments,
             (SELECT count(*) FROM attachments WHERE site = ?1 AND gone_at IS NULL) AS attachments,
             (SELECT count(*) FROM attachments
              WHERE site = ?1 AND gone_at IS NULL AND file_version IS NOT version) AS wanted,
             (SELECT coalesce(sum(size), 0) FROM (
                  SELECT max(file_size) AS size FROM attachments INDEXED BY attachments_by_digest
                  WHERE site = ?1 AND sha256 IS NOT NULL GROUP BY sha256
              )) AS file_bytes",
    )?
    .query_row([site], |row| {
        let count = |column| row.get::<_, i64>(column).map(i64::cast_unsigned);
        let attachments = count("attachments")?;
        Ok(AnnexStatus {
            comments: count("comments")?,
            attachments,
            files: attachments - count("wanted")?,
            file_bytes: count("file_bytes")?,
        })
    })
}

fn space_statuses(tx: &Transaction<'_>, site: SiteNumber) -> rusqlite::Result<Vec<SpaceStatus>> {
    let mut watermarks = watermarks(tx, site)?;
    let mut completeness = completeness(tx, site)?;
    tx.prepare_cached("SELECT space_id, key, name FROM spaces WHERE site = ? ORDER BY key")?
        .query_map([site], |row| {
            let id: String = row.get("space_id")?;
            let completeness = completeness.remove(&id).unwrap_or_default();
            Ok(SpaceStatus {
                watermarks: watermarks.remove(&id).unwrap_or_default(),
                mirrored: completeness.values().map(|kind| kind.mirrored).sum(),
                gone: completeness.values().map(|kind| kind.gone).sum(),
                completeness,
                id: SpaceId::new(id),
                key: SpaceKey::new(row.get::<_, String>("key")?),
                name: row.get("name")?,
            })
        })?
        .collect()
}

fn watermarks(
    tx: &Transaction<'_>,
    site: SiteNumber,
) -> rusqlite::Result<BTreeMap<String, BTreeMap<String, Timestamp>>> {
    let mut watermarks: BTreeMap<String, BTreeMap<String, Timestamp>> = BTreeMap::new();
    let mut statement = tx.prepare_cached("SELECT space_id, kind, up_to FROM watermarks WHERE site = ?")?;
    let mut rows = statement.query([site])?;
    while let Some(row) = rows.next()? {
        let of_space = watermarks.entry(row.get("space_id")?).or_default();
        of_space.insert(row.get("kind")?, timestamp(row, "up_to")?);
    }
    Ok(watermarks)
}

fn completeness(
    tx: &Transaction<'_>,
    site: SiteNumber,
) -> rusqlite::Result<BTreeMap<String, BTreeMap<String, Completeness>>> {
    let mut spaces: BTreeMap<String, BTreeMap<String, Completeness>> = BTreeMap::new();
    let mut statement = tx.prepare_cached(
        "SELECT space_id, kind, listed, listed_at, mirrored, gone, refused, failed FROM completeness
         WHERE site = (SELECT domain FROM sites WHERE id = ?)",
    )?;
    let mut rows = statement.query([site])?;
    while let Some(row) = rows.next()? {
        let count = |column| row.get::<_, i64>(column).map(i64::cast_unsigned);
        let of_kind = Completeness {
            listed: row.get::<_, Option<i64>>("listed")?.map(i64::cast_unsigned),
            listed_at: optional_timestamp(row, "listed_at")?,
            mirrored: count("mirrored")?,
            gone: count("gone")?,
            refused: count("refused")?,
            failed: count("failed")?,
        };
        let of_space = spaces.entry(row.get("space_id")?).or_default();
        of_space.insert(row.get("kind")?, of_kind);
    }
    Ok(spaces)
}

fn sweep(tx: &Transaction<'_>, site: SiteNumber) -> rusqlite::Result<Option<SweepStatus>> {
    let Some(rounds) = rounds::rounds(tx, site)? else {
        return Ok(None);
    };
    let (of, done): (i64, i64) = tx
        .prepare_cached(
            "SELECT count(*), count(iif(listed_at > ?, 1, NULL)) FROM coverage
             WHERE site = ? AND kind IN ('page', 'blogpost')",
        )?
        .query_row((rounds.began_at.to_string(), site), |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    Ok(Some(SweepStatus {
        began_at: rounds.began_at,
        is_open: rounds.is_open,
        of: of.cast_unsigned(),
        done: done.cast_unsigned(),
        completed_at: rounds.completed_at,
    }))
}

fn warnings(tx: &Transaction<'_>, site: SiteNumber) -> rusqlite::Result<BTreeMap<String, u64>> {
    tx.prepare_cached(
        "SELECT construct, count(*) FROM warnings
         WHERE site = ? AND content NOT IN (SELECT id FROM contents WHERE gone_at IS NOT NULL)
         GROUP BY construct",
    )?
    .query_map([site], |row| {
        Ok((row.get(0)?, row.get::<_, i64>(1)?.cast_unsigned()))
    })?
    .collect()
}
