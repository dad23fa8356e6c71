//! SQL: the rows of content, without their texts.

use std::borrow::Cow;

use rusqlite::{Connection, OptionalExtension, Transaction, named_params};

use crate::model::{AccountId, Content, RunId, SpaceId, Timestamp};

use super::batch::ContentWrite;
use super::columns::{integer, timestamp};
use super::prepare::Prepared;
use super::sites::SiteNumber;
use super::titles;

/// What placing a row did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// It is new here.
    Added,
    /// It differed.
    Changed,
    /// It stood there already.
    Unchanged,
    /// The mirror holds a later version. Nothing but the status was taken.
    Stale,
}

/// A row in its place.
#[derive(Clone, Debug)]
pub(super) struct Placed {
    /// Its number in this file.
    pub(super) id: i64,
    pub(super) effect: Effect,
    /// Whether links by title may lead to it now that could not before.
    pub(super) is_new_target: bool,
    /// Whether the title is another than the texts were indexed with.
    pub(super) is_retitled: bool,
    /// Whether it was alive here, and the site says now that it is not.
    pub(super) is_newly_buried: bool,
}

/// What is known of content before it is placed.
struct Stored {
    id: i64,
    version: u32,
    modified_at: Timestamp,
    space: SpaceId,
    title: String,
    status: String,
    is_alive: bool,
}

/// Writes the row if it differs. Keeps the version it replaces.
pub(super) fn place(
    tx: &Transaction<'_>,
    site: SiteNumber,
    run: RunId,
    at: Timestamp,
    write: &ContentWrite,
    prepared: &Prepared,
) -> rusqlite::Result<Placed> {
    let content = &write.content;
    let stored = stored(tx, site, content)?;
    if let Some(stored) = &stored {
        touch(tx, stored.id, run)?;
        if is_stale(stored, content) {
            return place_stale(tx, at, stored, content);
        }
        if content.version.number != stored.version {
            archive(tx, stored.id, at)?;
        }
    }
    let sql = match &stored {
        None => Cow::Borrowed(INSERT),
        Some(_) => Cow::Owned([INSERT, OR_UPDATE].concat()),
    };
    let is_written = put(tx, &sql, site, run, at, write, prepared)?;
    Ok(match stored {
        None => Placed {
            id: tx.last_insert_rowid(),
            effect: Effect::Added,
            is_new_target: true,
            is_retitled: false,
            is_newly_buried: false,
        },
        Some(stored) => Placed {
            id: stored.id,
            effect: if is_written {
                Effect::Changed
            } else {
                Effect::Unchanged
            },
            is_new_target: stored.title != content.title || stored.space != content.space || !stored.is_alive,
            is_retitled: stored.title != content.title,
            is_newly_buried: stored.is_alive && !content.status.is_alive(),
        },
    })
}

/// An answer that was overtaken. A lower version saved *later* is not: sites are restored from backups.
fn is_stale(stored: &Stored, content: &Content) -> bool {
    content.version.number < stored.version && content.modified_at() <= stored.modified_at
}

/// Takes over nothing but the status: a row is one version as a whole.
fn place_stale(
    tx: &Transaction<'_>,
    at: Timestamp,
    stored: &Stored,
    content: &Content,
) -> rusqlite::Result<Placed> {
    let is_alive = content.status.is_alive();
    let is_moved = stored.status != content.status.as_str() || stored.is_alive != is_alive;
    if is_moved {
        set_status(tx, stored.id, content, at)?;
    }
    Ok(Placed {
        id: stored.id,
        effect: Effect::Stale,
        is_new_target: false,
        is_retitled: false,
        is_newly_buried: stored.is_alive && !is_alive,
    })
}

fn stored(conn: &Connection, site: SiteNumber, content: &Content) -> rusqlite::Result<Option<Stored>> {
    conn.prepare_cached(
        "SELECT id, version, modified_at, space_id, title, status, gone_at IS NULL AS is_alive FROM contents
         WHERE site = ? AND content_id = ?",
    )?
    .query_row((site, content.id.as_str()), |row| {
        Ok(Stored {
            id: row.get("id")?,
            version: row.get("version")?,
            modified_at: timestamp(row, "modified_at")?,
            space: SpaceId::new(row.get::<_, String>("space_id")?),
            title: row.get("title")?,
            status: row.get("status")?,
            is_alive: row.get("is_alive")?,
        })
    })
    .optional()
}

/// Notes that the run saw it. Not a change: a listing seen twice says nothing new.
fn touch(tx: &Transaction<'_>, id: i64, run: RunId) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "UPDATE contents SET sighted_in = max(sighted_in, :run), missing_since = NULL
         WHERE id = :id AND (sighted_in < :run OR missing_since IS NOT NULL)",
    )?
    .execute(named_params! { ":id": id, ":run": run.0 })?;
    Ok(())
}

fn set_status(tx: &Transaction<'_>, id: i64, content: &Content, at: Timestamp) -> rusqlite::Result<()> {
    let mut statement = tx.prepare_cached(
        "UPDATE contents
         SET status = :status, last_seen = :at,
             gone_at = iif(:is_alive, NULL, coalesce(gone_at, :at)),
             gone_reason = iif(:is_alive, NULL, coalesce(gone_reason, :status))
         WHERE id = :id",
    )?;
    statement.execute(named_params! {
        ":id": id,
        ":status": content.status.as_str(),
        ":is_alive": content.status.is_alive(),
        ":at": at.to_string(),
    })?;
    Ok(())
}

/// Keeps the version about to be replaced. Its body, only if the stored one belongs to it.
fn archive(tx: &Transaction<'_>, id: i64, at: Timestamp) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "INSERT INTO versions
             (content, version, title, message, is_minor, author_id, saved_at, replaced_at, format, sha256, size, zstd)
         SELECT contents.id, contents.version, contents.title, contents.version_message, contents.is_minor,
             contents.editor_id, contents.modified_at, ?, bodies.format, bodies.sha256, bodies.size, bodies.zstd
         FROM contents
         LEFT JOIN bodies ON bodies.id = contents.id AND contents.body_version = contents.version
         WHERE contents.id = ?
         ON CONFLICT (content, version, saved_at) DO NOTHING",
    )?
    .execute((at.to_string(), id))?;
    Ok(())
}

/// Writes the row if it is new or differs, and says whether it did.
fn put(
    tx: &Transaction<'_>,
    sql: &str,
    site: SiteNumber,
    run: RunId,
    at: Timestamp,
    write: &ContentWrite,
    prepared: &Prepared,
) -> rusqlite::Result<bool> {
    let content = &write.content;
    let body = prepared.body.as_ref();
    let gone = (!content.status.is_alive()).then(|| at.to_string());
    let mut statement = tx.prepare_cached(sql)?;
    let written = statement.execute(named_params! {
        ":site": site,
        ":content_id": content.id.as_str(),
        ":kind": content.kind.as_str(),
        ":space_id": content.space.as_str(),
        ":parent_id": content.parent.as_ref().map(|parent| parent.id.as_str()),
        ":parent_kind": content.parent.as_ref().map(|parent| parent.kind.as_str()),
        ":position": content.position,
        ":title": content.title,
        ":title_key": titles::key(&content.title),
        ":status": content.status.as_str(),
        ":version": content.version.number,
        ":version_message": content.version.message,
        ":is_minor": content.version.is_minor,
        ":author_id": content.author.as_ref().map(AccountId::as_str),
        ":editor_id": content.version.author.as_ref().map(AccountId::as_str),
        ":created_at": content.created_at.to_string(),
        ":modified_at": content.modified_at().to_string(),
        ":webui": content.webui,
        ":embed_url": content.embed_url,
        ":storage_size": body.map(|body| integer(body.size)),
        ":body_version": body.map(|_| content.version.number),
        ":renderer": write.rendering.renderer,
        ":rendering": prepared.digest,
        ":sighted_in": run.0,
        ":gone_at": gone,
        ":gone_reason": gone.as_ref().map(|_| content.status.as_str()),
        ":at": at.to_string(),
    })?;
    Ok(written > 0)
}

/// A statement without triggers, of which there is less to undo should it fail: its text, which comes with it, tells the
/// feed of changes.
const INSERT: &str = "
    INSERT INTO contents
        (site, content_id, kind, space_id, parent_id, parent_kind, position, title, title_key, status, version,
         version_message, is_minor, author_id, editor_id, created_at, modified_at, webui, embed_url, storage_size,
         body_version, renderer, rendering, sighted_in, gone_at, gone_reason, first_seen, last_seen)
    VALUES
        (:site, :content_id, :kind, :space_id, :parent_id, :parent_kind, :position, :title, :title_key, :status,
         :version, :version_message, :is_minor, :author_id, :editor_id, :created_at, :modified_at, :webui,
         :embed_url, :storage_size, :body_version, :renderer, :rendering, :sighted_in, :gone_at, :gone_reason, :at,
         :at)";

/// What follows for a row that is there. The first burial and its reason stand; what is alive has neither. Where a smart
/// link leads is not told in every answer. The body is written with its text.
const OR_UPDATE: &str = "
    ON CONFLICT (site, content_id) DO UPDATE SET
        kind = excluded.kind, space_id = excluded.space_id, parent_id = excluded.parent_id,
        parent_kind = excluded.parent_kind, position = excluded.position, title = excluded.title,
        title_key = excluded.title_key, status = excluded.status, version = excluded.version,
        version_message = excluded.version_message, is_minor = excluded.is_minor,
        author_id = excluded.author_id, editor_id = excluded.editor_id, created_at = excluded.created_at,
        modified_at = excluded.modified_at, webui = excluded.webui,
        embed_url = coalesce(excluded.embed_url, embed_url), last_seen = excluded.last_seen,
        gone_at = iif(excluded.gone_at IS NULL, NULL, coalesce(gone_at, excluded.gone_at)),
        gone_reason = iif(excluded.gone_at IS NULL, NULL, coalesce(gone_reason, excluded.gone_reason))
    WHERE (kind, space_id, parent_id, parent_kind, position, title, status, version, version_message, is_minor,
           author_id, editor_id, created_at, modified_at, webui, embed_url, gone_at IS NULL)
        IS NOT (excluded.kind, excluded.space_id, excluded.parent_id, excluded.parent_kind, excluded.position,
           excluded.title, excluded.status, excluded.version, excluded.version_message, excluded.is_minor,
           excluded.author_id, excluded.editor_id, excluded.created_at, excluded.modified_at, excluded.webui,
           coalesce(excluded.embed_url, embed_url), excluded.gone_at IS NULL)";
