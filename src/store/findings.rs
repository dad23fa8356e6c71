//! SQL: findings.

use rusqlite::{Connection, Row, Transaction, named_params};

use crate::model::{ContentId, Finding, FindingKind, RunId, SpaceId, Timestamp};

use super::sites::SiteNumber;

const KINDS: [FindingKind; 7] = [
    FindingKind::FileMissing,
    FindingKind::Undecodable,
    FindingKind::BodyMissing,
    FindingKind::Refused,
    FindingKind::DeletionGuard,
    FindingKind::SpaceHidden,
    FindingKind::ContentBlocked,
];

/// Opens findings or updates the open ones, and returns those that it opened.
pub(super) fn record(
    tx: &Transaction<'_>,
    site: SiteNumber,
    run: RunId,
    findings: &[Finding],
    at: Timestamp,
) -> rusqlite::Result<Vec<Finding>> {
    let mut known = tx.prepare_cached(
        "SELECT 1 FROM findings WHERE site = ? AND kind = ? AND subject = ? AND closed_at IS NULL",
    )?;
    let mut opened = Vec::new();
    for finding in findings {
        if !known.exists((site, finding.kind.as_str(), &finding.subject))? {
            opened.push(finding.clone());
        }
        put(tx, site, run, finding, at)?;
    }
    Ok(opened)
}

fn put(
    tx: &Transaction<'_>,
    site: SiteNumber,
    run: RunId,
    finding: &Finding,
    at: Timestamp,
) -> rusqlite::Result<()> {
    let mut statement = tx.prepare_cached(
        "INSERT INTO findings (site, run, kind, subject, content_id, space_id, detail, opened_at)
         VALUES (:site, :run, :kind, :subject, :content_id, :space_id, :detail, :at)
         ON CONFLICT (site, kind, subject) WHERE closed_at IS NULL DO UPDATE
         SET run = excluded.run, content_id = excluded.content_id, space_id = excluded.space_id, detail = excluded.detail
         WHERE (run, content_id, space_id, detail)
             IS NOT (excluded.run, excluded.content_id, excluded.space_id, excluded.detail)",
    )?;
    statement.execute(named_params! {
        ":site": site,
        ":run": run.0,
        ":kind": finding.kind.as_str(),
        ":subject": finding.subject,
        ":content_id": finding.content.as_ref().map(ContentId::as_str),
        ":space_id": finding.space.as_ref().map(SpaceId::as_str),
        ":detail": finding.detail,
        ":at": at.to_string(),
    })?;
    Ok(())
}

/// Closes what the arrival of the content settles. Without its body, that it has none stays open.
pub(super) fn settle(
    tx: &Transaction<'_>,
    site: SiteNumber,
    content: &ContentId,
    has_body: bool,
    at: Timestamp,
) -> rusqlite::Result<()> {
    // Nearly always there are none, and asking is cheaper than an update that might change the index it reads.
    let mut settled = tx.prepare_cached(
        "SELECT id FROM findings
         WHERE site = ? AND content_id = ? AND closed_at IS NULL
             AND (kind IN ('undecodable', 'refused') OR (kind = 'body missing' AND ?))",
    )?;
    let settled: Vec<i64> = settled
        .query_map((site, content.as_str(), has_body), |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for id in settled {
        tx.prepare_cached("UPDATE findings SET closed_at = ? WHERE id = ?")?
            .execute((at.to_string(), id))?;
    }
    Ok(())
}

pub(super) fn close(
    tx: &Transaction<'_>,
    site: SiteNumber,
    subjects: &[(FindingKind, String)],
    at: Timestamp,
) -> rusqlite::Result<()> {
    let mut statement = tx.prepare_cached(
        "UPDATE findings SET closed_at = ? WHERE site = ? AND kind = ? AND subject = ? AND closed_at IS NULL",
    )?;
    for (kind, subject) in subjects {
        statement.execute((at.to_string(), site, kind.as_str(), subject))?;
    }
    Ok(())
}

pub(super) fn open(conn: &Connection, site: SiteNumber) -> rusqlite::Result<Vec<Finding>> {
    conn.prepare_cached(
        "SELECT kind, subject, content_id, space_id, detail FROM findings
         WHERE site = ? AND closed_at IS NULL
         ORDER BY id",
    )?
    .query_map([site], finding_from_row)?
    .filter_map(Result::transpose)
    .collect()
}

/// A finding, or nothing for a kind that only another release knows.
fn finding_from_row(row: &Row<'_>) -> rusqlite::Result<Option<Finding>> {
    let word: String = row.get("kind")?;
    let Some(kind) = KINDS.into_iter().find(|kind| kind.as_str() == word) else {
        return Ok(None);
    };
    Ok(Some(Finding {
        kind,
        subject: row.get("subject")?,
        content: row.get::<_, Option<String>>("content_id")?.map(ContentId::new),
        space: row.get::<_, Option<String>>("space_id")?.map(SpaceId::new),
        detail: row.get("detail")?,
    }))
}
