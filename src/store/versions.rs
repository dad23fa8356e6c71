//! SQL: the versions of content.
//!
//! Each was the newest here once, but for those that were fetched because somebody asked.

use rusqlite::{Connection, OptionalExtension, Row, Transaction, named_params};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::model::{AccountId, Body, ContentId, EarlierVersion, Timestamp};

use super::bodies::{self, Press};
use super::columns::{integer, timestamp};
use super::people;
use super::sites::SiteNumber;

/// A version of a page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct VersionView {
    /// Its number.
    pub version: u32,
    /// When it was saved.
    pub saved_at: Timestamp,
    /// Who saved it: the name, or the account id as long as the name is unknown.
    pub author: Option<String>,
    /// What its author wrote about it.
    pub message: String,
    /// Whether its author asked for no notifications.
    pub is_minor: bool,
    /// The title it had.
    pub title: String,
    /// Size of its body in bytes; nothing if the mirror never had it.
    pub size: Option<u64>,
    /// Whether it is the newest.
    pub is_current: bool,
}

/// All versions that are here, the newest first. Numbers come twice where a site was set back.
pub(super) fn list(conn: &Connection, row: i64) -> rusqlite::Result<Vec<VersionView>> {
    conn.prepare_cached(
        "WITH known (version, title, message, is_minor, author_id, saved_at, size, is_current, site) AS (
             SELECT contents.version, contents.title, contents.version_message, contents.is_minor,
                 contents.editor_id, contents.modified_at, bodies.size, TRUE, contents.site
             FROM contents
             LEFT JOIN bodies ON bodies.id = contents.id AND contents.body_version = contents.version
             WHERE contents.id = ?1
             UNION ALL
             SELECT versions.version, versions.title, versions.message, versions.is_minor, versions.author_id,
                 versions.saved_at, versions.size, FALSE, contents.site
             FROM versions JOIN contents ON contents.id = versions.content
             WHERE versions.content = ?1
         )
         SELECT known.*, coalesce(people.display_name, known.author_id) AS author
         FROM known
         LEFT JOIN people ON people.site = known.site AND people.account_id = known.author_id
         ORDER BY known.is_current DESC, known.saved_at DESC, known.version DESC",
    )?
    .query_map([row], view_from_row)?
    .collect()
}

fn view_from_row(row: &Row<'_>) -> rusqlite::Result<VersionView> {
    let size: Option<i64> = row.get("size")?;
    Ok(VersionView {
        version: row.get("version")?,
        saved_at: timestamp(row, "saved_at")?,
        author: row.get("author")?,
        message: row.get("message")?,
        is_minor: row.get("is_minor")?,
        title: row.get("title")?,
        size: size.map(i64::cast_unsigned),
        is_current: row.get("is_current")?,
    })
}

/// The body of the version; of several with the number, that of the latest.
pub(super) fn body(conn: &Connection, row: i64, version: u32) -> rusqlite::Result<Option<Body>> {
    conn.prepare_cached(
        "SELECT bodies.format, bodies.size, bodies.zstd, contents.modified_at AS saved_at
         FROM contents JOIN bodies ON bodies.id = contents.id AND contents.body_version = contents.version
         WHERE contents.id = ?1 AND contents.version = ?2
         UNION ALL
         SELECT format, size, zstd, saved_at FROM versions
         WHERE content = ?1 AND version = ?2 AND zstd IS NOT NULL
         ORDER BY saved_at DESC
         LIMIT 1",
    )?
    .query_row((row, version), bodies::from_row)
    .optional()
}

/// Keeps versions that the site still has from before the mirror, and says how many are new here. What the site says
/// of a version takes the place of what was here; the newest version is left to the runs.
pub(super) fn keep(
    tx: &Transaction<'_>,
    site: SiteNumber,
    id: &ContentId,
    versions: &[EarlierVersion],
    at: Timestamp,
) -> rusqlite::Result<u64> {
    let stored: Option<(i64, u32)> = tx
        .prepare_cached("SELECT id, version FROM contents WHERE site = ? AND content_id = ?")?
        .query_row((site, id.as_str()), |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((content, current)) = stored else {
        return Ok(0);
    };
    let mut press = Press::new()?;
    let mut added = 0;
    for version in versions
        .iter()
        .filter(|version| version.version.number != current)
    {
        if let Some(author) = &version.version.author {
            people::mention(tx, site, author, at)?;
        }
        if !replace_body(tx, &mut press, content, version)? {
            insert(tx, &mut press, content, version)?;
            added += 1;
        }
    }
    Ok(added)
}

/// Gives the version that is here the body that the site sent, if it sent one. Says whether the version is here.
fn replace_body(
    tx: &Transaction<'_>,
    press: &mut Press,
    content: i64,
    version: &EarlierVersion,
) -> rusqlite::Result<bool> {
    let is_here = tx
        .prepare_cached("SELECT 1 FROM versions WHERE content = ? AND version = ?")?
        .exists((content, version.version.number))?;
    if let (true, Some(body)) = (is_here, &version.body) {
        tx.prepare_cached(
            "UPDATE versions SET format = :format, sha256 = :sha256, size = :size, zstd = :zstd
             WHERE content = :content AND version = :version AND saved_at = :saved_at
                 AND (format, sha256, size, zstd) IS NOT (:format, :sha256, :size, :zstd)",
        )?
        .execute(named_params! {
            ":content": content,
            ":version": version.version.number,
            ":saved_at": version.version.created_at.to_string(),
            ":format": bodies::format(body),
            ":sha256": Sha256::digest(body.as_str()).as_slice(),
            ":size": integer(body.as_str().len()),
            ":zstd": press.compress(body.as_str())?,
        })?;
    }
    Ok(is_here)
}

fn insert(
    tx: &Transaction<'_>,
    press: &mut Press,
    content: i64,
    version: &EarlierVersion,
) -> rusqlite::Result<()> {
    let body = version.body.as_ref();
    let packed = body.map(|body| press.compress(body.as_str())).transpose()?;
    tx.prepare_cached(
        "INSERT INTO versions
             (content, version, title, message, is_minor, author_id, saved_at, format, sha256, size, zstd)
         VALUES
             (:content, :version, :title, :message, :is_minor, :author_id, :saved_at, :format, :sha256, :size, :zstd)",
    )?
    .execute(named_params! {
        ":content": content,
        ":version": version.version.number,
        ":title": version.title,
        ":message": version.version.message,
        ":is_minor": version.version.is_minor,
        ":author_id": version.version.author.as_ref().map(AccountId::as_str),
        ":saved_at": version.version.created_at.to_string(),
        ":format": body.map(bodies::format),
        ":sha256": body.map(|body| Sha256::digest(body.as_str()).to_vec()),
        ":size": body.map(|body| integer(body.as_str().len())),
        ":zstd": packed,
    })?;
    Ok(())
}
