//! SQL: sites and their spaces.

use rusqlite::{Connection, OptionalExtension, Transaction, named_params};

use crate::model::{CloudId, ContentId, Counts, Site, Space, SpaceId, SpaceKey, Timestamp};

use super::columns::json_array;
use super::links::Settler;

/// The number of a site in this file.
pub(super) type SiteNumber = i64;

/// The number of the site; fails for one that was never registered.
pub(super) fn number(conn: &Connection, site: &CloudId) -> rusqlite::Result<SiteNumber> {
    conn.prepare_cached("SELECT id FROM sites WHERE cloud_id = ?")?
        .query_row([site.as_str()], |row| row.get(0))
}

/// The address its pages' links are relative to.
pub(super) fn wiki_url(conn: &Connection, site: SiteNumber) -> rusqlite::Result<String> {
    conn.prepare_cached("SELECT 'https://' || domain || '/wiki' FROM sites WHERE id = ?")?
        .query_row([site], |row| row.get(0))
}

pub(super) fn register(tx: &Transaction<'_>, site: &Site, at: Timestamp) -> rusqlite::Result<()> {
    let mut statement = tx.prepare_cached(
        "INSERT INTO sites (cloud_id, domain, name, first_seen, last_seen)
         VALUES (:cloud_id, :domain, :name, :at, :at)
         ON CONFLICT (cloud_id) DO UPDATE
         SET domain = excluded.domain, name = excluded.name, last_seen = excluded.last_seen
         WHERE (domain, name) IS NOT (excluded.domain, excluded.name)",
    )?;
    statement.execute(named_params! {
        ":cloud_id": site.cloud_id.as_str(),
        ":domain": site.domain.as_str(),
        ":name": site.name,
        ":at": at.to_string(),
    })?;
    Ok(())
}

/// Removes the site at `domain` with everything that belongs to it. Returns how much content that was; `None` if there
/// is no such site.
pub(super) fn forget(tx: &Transaction<'_>, domain: &str) -> rusqlite::Result<Option<u64>> {
    // Overwrites what it frees, so that what was forgotten is not in the file any more.
    tx.pragma_update(None, "secure_delete", true)?;
    let site: Option<SiteNumber> = tx
        .query_row("SELECT id FROM sites WHERE domain = ?", [domain], |row| {
            row.get(0)
        })
        .optional()?;
    let Some(site) = site else { return Ok(None) };
    let contents = tx.execute("DELETE FROM contents WHERE site = ?", [site])?;
    tx.execute("DELETE FROM sites WHERE id = ?", [site])?;
    // The indexes keep the words of deleted entries until they are merged.
    tx.execute("INSERT INTO page_fts (page_fts) VALUES ('optimize')", [])?;
    tx.execute("INSERT INTO title_fts (title_fts) VALUES ('optimize')", [])?;
    Ok(Some(contents as u64))
}

/// The spaces that hold living content here and are not among `visible`.
pub(super) fn lost_spaces(
    conn: &Connection,
    site: SiteNumber,
    visible: &[SpaceId],
) -> rusqlite::Result<Vec<(SpaceId, SpaceKey)>> {
    let visible = json_array(visible.iter().map(SpaceId::as_str));
    conn.prepare_cached(
        "SELECT space_id, key FROM spaces
         WHERE site = ? AND space_id NOT IN (SELECT value FROM json_each(?)) AND EXISTS (
             SELECT 1 FROM contents
             WHERE contents.site = spaces.site AND contents.space_id = spaces.space_id AND gone_at IS NULL
         )
         ORDER BY space_id",
    )?
    .query_map((site, visible), |row| {
        let id: String = row.get("space_id")?;
        Ok((SpaceId::new(id), SpaceKey::new(row.get::<_, String>("key")?)))
    })?
    .collect()
}

pub(super) fn apply_spaces(
    tx: &Transaction<'_>,
    site: SiteNumber,
    spaces: &[Space],
    at: Timestamp,
) -> rusqlite::Result<Counts> {
    let mut known = tx.prepare_cached("SELECT 1 FROM spaces WHERE site = ? AND space_id = ?")?;
    let mut counts = Counts::default();
    for space in spaces {
        let is_known = known.exists((site, space.id.as_str()))?;
        let is_written = put_space(tx, site, space, at)?;
        counts.added += u64::from(is_written && !is_known);
        counts.changed += u64::from(is_written && is_known);
        if is_written {
            Settler::new(tx, site)?.meet_space(space)?;
        }
    }
    Ok(counts)
}

/// Writes the space if it differs, and says whether it did.
fn put_space(tx: &Transaction<'_>, site: SiteNumber, space: &Space, at: Timestamp) -> rusqlite::Result<bool> {
    let mut statement = tx.prepare_cached(
        "INSERT INTO spaces (site, space_id, key, name, kind, status, homepage_id, first_seen, last_seen)
         VALUES (:site, :space_id, :key, :name, :kind, :status, :homepage_id, :at, :at)
         ON CONFLICT (site, space_id) DO UPDATE
         SET key = excluded.key, name = excluded.name, kind = excluded.kind, status = excluded.status,
             homepage_id = excluded.homepage_id, last_seen = excluded.last_seen
         WHERE (key COLLATE BINARY, name, kind, status, homepage_id)
             IS NOT (excluded.key, excluded.name, excluded.kind, excluded.status, excluded.homepage_id)",
    )?;
    let written = statement.execute(named_params! {
        ":site": site,
        ":space_id": space.id.as_str(),
        ":key": space.key.as_str(),
        ":name": space.name,
        ":kind": space.kind,
        ":status": space.status,
        ":homepage_id": space.homepage.as_ref().map(ContentId::as_str),
        ":at": at.to_string(),
    })?;
    Ok(written > 0)
}
