//! SQL: runs.

use rusqlite::{Connection, OptionalExtension, Transaction, named_params};

use crate::model::{Counts, Outcome, RunId, SyncMode, Timestamp};

use super::columns::{optional_timestamp, timestamp};
use super::rounds;
use super::sites::SiteNumber;

pub(super) fn begin(
    tx: &Transaction<'_>,
    site: SiteNumber,
    mode: SyncMode,
    at: Timestamp,
) -> rusqlite::Result<RunId> {
    tx.prepare_cached("INSERT INTO runs (site, mode, started_at) VALUES (?, ?, ?)")?
        .insert((site, mode.as_str(), at.to_string()))
        .map(RunId)
}

pub(super) fn finish(
    tx: &Transaction<'_>,
    run: RunId,
    outcome: Outcome,
    counts: Counts,
    error: Option<&str>,
    at: Timestamp,
) -> rusqlite::Result<()> {
    let until = match outcome {
        Outcome::Deferred { until } | Outcome::Unfinished { until } => Some(until.to_string()),
        _ => None,
    };
    let mut statement = tx.prepare_cached(
        "UPDATE runs
         SET outcome = :outcome, until = :until, error = :error, finished_at = :at, seen = :seen, added = :added,
             changed = :changed, buried = :buried, findings = :findings, requests = :requests, points = :points
         WHERE id = :run",
    )?;
    statement.execute(named_params! {
        ":run": run.0,
        ":outcome": outcome.as_str(),
        ":until": until,
        ":error": error,
        ":at": at.to_string(),
        ":seen": counts.seen.cast_signed(),
        ":added": counts.added.cast_signed(),
        ":changed": counts.changed.cast_signed(),
        ":buried": counts.buried.cast_signed(),
        ":findings": counts.findings.cast_signed(),
        ":requests": counts.requests.cast_signed(),
        ":points": counts.points.cast_signed(),
    })?;
    Ok(())
}

/// When the last run of each mode that did its work began, oldest first.
pub(super) fn last(conn: &Connection, site: SiteNumber) -> rusqlite::Result<Vec<(SyncMode, Timestamp)>> {
    let mut last = Vec::new();
    for mode in [SyncMode::Backfill, SyncMode::Delta] {
        let began = conn
            .prepare_cached(
                "SELECT started_at FROM runs
                 WHERE site = ? AND mode = ? AND outcome IN ('complete', 'partial', 'unfinished')
                 ORDER BY id DESC LIMIT 1",
            )?
            .query_row((site, mode.as_str()), |row| timestamp(row, "started_at"))
            .optional()?;
        last.extend(began.map(|began| (mode, began)));
    }
    // A sweep counts from the beginning of its round, however many runs that took.
    let round = rounds::rounds(conn, site)?;
    last.extend(round.map(|round| (SyncMode::Sweep, round.began_at)));
    last.sort_by_key(|(_, began)| *began);
    Ok(last)
}

/// Until when the site's last run was asked to wait.
pub(super) fn deferred_until(conn: &Connection, site: SiteNumber) -> rusqlite::Result<Option<Timestamp>> {
    let last = conn
        .prepare_cached(
            "SELECT iif(outcome = 'deferred', until, NULL) AS until FROM runs
             WHERE site = ? AND outcome <> 'running'
             ORDER BY id DESC LIMIT 1",
        )?
        .query_row([site], |row| optional_timestamp(row, "until"))
        .optional()?;
    Ok(last.flatten())
}

pub(super) fn recover(tx: &Transaction<'_>, at: Timestamp) -> rusqlite::Result<u64> {
    let recovered = tx.execute(
        "UPDATE runs SET outcome = ?, finished_at = ? WHERE outcome = 'running'",
        (Outcome::Interrupted.as_str(), at.to_string()),
    )?;
    Ok(recovered as u64)
}
