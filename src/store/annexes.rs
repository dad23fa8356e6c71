//! SQL: what hangs on content, comments and attachments.
//!
//! No row says which space it is in: the content it hangs on does. What hangs on content that is gone keeps its row
//! as it is, and comes back with it.

pub(super) mod absences;

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, OptionalExtension, Transaction, named_params};

use crate::model::{
    Annex, AnnexDetail, AnnexKind, AttachmentDetail, CommentDetail, ContentId, Counts, FindingKind, RunId,
    SpaceId, Timestamp,
};

use super::batch::{AnnexBatch, AnnexWrite, Homes};
use super::columns::{json_array, timestamp};
use super::sites::{self, SiteNumber};
use super::{comments, findings, people, progress, texts};

/// What a run's statements about rows of one kind have in common.
struct Rows {
    table: &'static str,
    id: &'static str,
    /// Which rows of the table.
    kind: &'static str,
}

impl Rows {
    fn of(kind: AnnexKind) -> Self {
        match kind {
            AnnexKind::FooterComment => Self {
                table: "comments",
                id: "comment_id",
                kind: "kind = 'footer'",
            },
            AnnexKind::InlineComment => Self {
                table: "comments",
                id: "comment_id",
                kind: "kind = 'inline'",
            },
            AnnexKind::Attachment => Self {
                table: "attachments",
                id: "attachment_id",
                kind: "id IS NOT NULL",
            },
        }
    }

    /// The statement with the names of this kind in it.
    fn sql(&self, template: &str) -> String {
        template
            .replace("{table}", self.table)
            .replace("{id}", self.id)
            .replace("{kind}", self.kind)
    }
}

/// Writes what differs, settles and opens findings, and notes the checkpoint.
pub(super) fn apply(tx: &Transaction<'_>, batch: &AnnexBatch) -> rusqlite::Result<Counts> {
    let site = sites::number(tx, &batch.site)?;
    let mut counts = Counts::default();
    let mut touched = BTreeSet::new();
    for write in &batch.writes {
        place(tx, site, batch, write, &mut counts, &mut touched)?;
    }
    texts::annotate(tx, &numbers(tx, site, &touched)?)?;
    settle(tx, site, batch)?;
    counts.findings += findings::record(tx, site, batch.run, &batch.findings, batch.at)?.len() as u64;
    if let Some((kind, mode, checkpoint)) = &batch.checkpoint {
        progress::set_checkpoint(tx, site, *kind, *mode, checkpoint)?;
    }
    Ok(counts)
}

/// What is known of a row before it is written.
struct Stored {
    page: String,
    version: u32,
    modified_at: Timestamp,
    is_alive: bool,
}

fn place(
    tx: &Transaction<'_>,
    site: SiteNumber,
    batch: &AnnexBatch,
    write: &AnnexWrite,
    counts: &mut Counts,
    touched: &mut BTreeSet<String>,
) -> rusqlite::Result<()> {
    let annex = &write.annex;
    let before = stored(tx, site, annex)?;
    sight(tx, site, batch.run, annex)?;
    // An answer that was overtaken, by a later one that is stored already.
    if before.as_ref().is_some_and(|stored| {
        annex.version.number < stored.version && annex.modified_at() <= stored.modified_at
    }) {
        return Ok(());
    }
    if let Some(author) = &annex.version.author {
        people::mention(tx, site, author, batch.at)?;
    }
    let is_written = match &annex.detail {
        AnnexDetail::Comment(comment) => put_comment(tx, site, batch, write, comment)?,
        AnnexDetail::Attachment(file) => put_attachment(tx, site, batch, write, file)?,
    };
    if !is_written {
        return Ok(());
    }
    touched.insert(write.page.to_string());
    match before {
        None => counts.added += 1,
        Some(stored) => {
            counts.changed += 1;
            counts.buried += u64::from(stored.is_alive && !annex.status.is_alive());
            touched.insert(stored.page);
        }
    }
    Ok(())
}

fn stored(conn: &Connection, site: SiteNumber, annex: &Annex) -> rusqlite::Result<Option<Stored>> {
    let sql = "SELECT page_id, version, modified_at, gone_at IS NULL AS is_alive FROM {table}
               WHERE site = ? AND {id} = ?";
    conn.prepare_cached(&Rows::of(annex.kind()).sql(sql))?
        .query_row((site, annex.id.as_str()), |row| {
            Ok(Stored {
                page: row.get("page_id")?,
                version: row.get("version")?,
                modified_at: timestamp(row, "modified_at")?,
                is_alive: row.get("is_alive")?,
            })
        })
        .optional()
}

/// Notes that the run saw it. Not a change: a listing seen twice says nothing new.
fn sight(tx: &Transaction<'_>, site: SiteNumber, run: RunId, annex: &Annex) -> rusqlite::Result<()> {
    let sql = "UPDATE {table} SET sighted_in = max(sighted_in, :run), missing_since = NULL
               WHERE site = :site AND {id} = :id AND (sighted_in < :run OR missing_since IS NOT NULL)";
    tx.prepare_cached(&Rows::of(annex.kind()).sql(sql))?
        .execute(named_params! { ":site": site, ":id": annex.id.as_str(), ":run": run.0 })?;
    Ok(())
}

/// Writes a comment if it differs, and says whether it did. Its author and age are those of the earliest version.
fn put_comment(
    tx: &Transaction<'_>,
    site: SiteNumber,
    batch: &AnnexBatch,
    write: &AnnexWrite,
    comment: &CommentDetail,
) -> rusqlite::Result<bool> {
    let annex = &write.annex;
    let text = comments::named(tx, site, &write.rendering, batch.at)?;
    let gone = (!annex.status.is_alive()).then(|| batch.at.to_string());
    let mut statement = tx.prepare_cached(
        "INSERT INTO comments
             (site, comment_id, page_id, parent_id, kind, status, version, author_id, created_at, modified_at,
              resolution, selection, markdown, plain, sighted_in, gone_at, gone_reason, first_seen, last_seen)
         VALUES
             (:site, :id, :page, :parent, :kind, :status, :version, :author, :modified, :modified,
              :resolution, :selection, :markdown, :plain, :run, :gone, :reason, :at, :at)
         ON CONFLICT (site, comment_id) DO UPDATE SET
             page_id = excluded.page_id, parent_id = excluded.parent_id, kind = excluded.kind,
             status = excluded.status, version = excluded.version, modified_at = excluded.modified_at,
             resolution = excluded.resolution, selection = excluded.selection, markdown = excluded.markdown,
             plain = excluded.plain, last_seen = excluded.last_seen,
             gone_at = iif(excluded.gone_at IS NULL, NULL, coalesce(gone_at, excluded.gone_at)),
             gone_reason = iif(excluded.gone_at IS NULL, NULL, coalesce(gone_reason, excluded.gone_reason))
         WHERE (page_id, parent_id, kind, status, version, modified_at, resolution, selection, markdown, plain,
                gone_at IS NULL)
             IS NOT (excluded.page_id, excluded.parent_id, excluded.kind, excluded.status, excluded.version,
                excluded.modified_at, excluded.resolution, excluded.selection, excluded.markdown, excluded.plain,
                excluded.gone_at IS NULL)",
    )?;
    let written = statement.execute(named_params! {
        ":site": site,
        ":id": annex.id.as_str(),
        ":page": write.page.as_str(),
        ":parent": comment.parent.as_ref().map(ContentId::as_str),
        ":kind": annex.kind().place(),
        ":status": annex.status.as_str(),
        ":version": annex.version.number,
        ":author": annex.version.author.as_ref().map(crate::model::AccountId::as_str),
        ":modified": annex.modified_at().to_string(),
        ":resolution": comment.resolution,
        ":selection": comment.selection,
        ":markdown": text.markdown,
        ":plain": text.plain,
        ":run": batch.run.0,
        ":gone": gone,
        ":reason": gone.as_ref().map(|_| annex.status.as_str()),
        ":at": batch.at.to_string(),
    })?;
    Ok(written > 0)
}

/// Writes what is known of an attachment if it differs, and says whether it did. The file of an earlier version
/// stays its file until the newest is downloaded.
fn put_attachment(
    tx: &Transaction<'_>,
    site: SiteNumber,
    batch: &AnnexBatch,
    write: &AnnexWrite,
    file: &AttachmentDetail,
) -> rusqlite::Result<bool> {
    let annex = &write.annex;
    let gone = (!annex.status.is_alive()).then(|| batch.at.to_string());
    let mut statement = tx.prepare_cached(
        "INSERT INTO attachments
             (site, attachment_id, page_id, title, media_type, file_size, version, status, file_id, author_id,
              created_at, modified_at, sighted_in, gone_at, gone_reason, first_seen, last_seen)
         VALUES
             (:site, :id, :page, :title, :media_type, :file_size, :version, :status, :file_id, :author,
              :created, :modified, :run, :gone, :reason, :at, :at)
         ON CONFLICT (site, attachment_id) DO UPDATE SET
             page_id = excluded.page_id, title = excluded.title, media_type = excluded.media_type,
             file_size = excluded.file_size, version = excluded.version, status = excluded.status,
             file_id = excluded.file_id, created_at = excluded.created_at, modified_at = excluded.modified_at,
             last_seen = excluded.last_seen,
             gone_at = iif(excluded.gone_at IS NULL, NULL, coalesce(gone_at, excluded.gone_at)),
             gone_reason = iif(excluded.gone_at IS NULL, NULL, coalesce(gone_reason, excluded.gone_reason))
         WHERE (page_id, title, media_type, file_size, version, status, file_id, created_at, modified_at,
                gone_at IS NULL)
             IS NOT (excluded.page_id, excluded.title, excluded.media_type, excluded.file_size, excluded.version,
                excluded.status, excluded.file_id, excluded.created_at, excluded.modified_at,
                excluded.gone_at IS NULL)",
    )?;
    let written = statement.execute(named_params! {
        ":site": site,
        ":id": annex.id.as_str(),
        ":page": write.page.as_str(),
        ":title": file.title,
        ":media_type": file.media_type,
        ":file_size": i64::try_from(file.file_size).unwrap_or(i64::MAX),
        ":version": annex.version.number,
        ":status": annex.status.as_str(),
        ":file_id": file.file_id,
        ":author": annex.version.author.as_ref().map(crate::model::AccountId::as_str),
        ":created": file.created_at.to_string(),
        ":modified": annex.modified_at().to_string(),
        ":run": batch.run.0,
        ":gone": gone,
        ":reason": gone.as_ref().map(|_| annex.status.as_str()),
        ":at": batch.at.to_string(),
    })?;
    Ok(written > 0)
}

/// The numbers of the content with these ids.
fn numbers(conn: &Connection, site: SiteNumber, pages: &BTreeSet<String>) -> rusqlite::Result<Vec<i64>> {
    if pages.is_empty() {
        return Ok(Vec::new());
    }
    conn.prepare_cached(
        "SELECT id FROM contents WHERE site = ? AND content_id IN (SELECT value FROM json_each(?))",
    )?
    .query_map((site, json_array(pages.iter().map(String::as_str))), |row| {
        row.get(0)
    })?
    .collect()
}

/// Closes the open findings about what has arrived.
fn settle(tx: &Transaction<'_>, site: SiteNumber, batch: &AnnexBatch) -> rusqlite::Result<()> {
    let open: BTreeSet<String> = findings::open(tx, site)?
        .into_iter()
        .map(|finding| finding.subject)
        .collect();
    let settled = batch.writes.iter().filter_map(|write| {
        let subject = write.annex.kind().subject(&write.annex.id);
        open.contains(&subject).then_some(subject)
    });
    let settled: Vec<_> = settled
        .flat_map(|subject| {
            [FindingKind::Undecodable, FindingKind::BodyMissing].map(|kind| (kind, subject.clone()))
        })
        .collect();
    findings::close(tx, site, &settled, batch.at)
}

/// Where comments and attachments with these pages and parents belong.
pub(super) fn homes(
    conn: &Connection,
    site: SiteNumber,
    pages: &[ContentId],
    parents: &[ContentId],
) -> rusqlite::Result<Homes> {
    let mut homes = Homes::default();
    let mut page_of = conn.prepare_cached(
        "SELECT comment_id, page_id FROM comments
         WHERE site = ? AND comment_id IN (SELECT value FROM json_each(?))",
    )?;
    let mut rows = page_of.query((site, json_array(parents.iter().map(ContentId::as_str))))?;
    while let Some(row) = rows.next()? {
        homes.pages.insert(
            ContentId::new(row.get::<_, String>(0)?),
            ContentId::new(row.get::<_, String>(1)?),
        );
    }
    let all: BTreeSet<_> = pages
        .iter()
        .chain(homes.pages.values())
        .map(ContentId::as_str)
        .collect();
    let mut space_of = conn.prepare_cached(
        "SELECT content_id, space_id FROM contents
         WHERE site = ?1 AND content_id IN (SELECT value FROM json_each(?2)) AND gone_at IS NULL",
    )?;
    let mut rows = space_of.query((site, json_array(all.iter().copied())))?;
    while let Some(row) = rows.next()? {
        homes.spaces.insert(
            ContentId::new(row.get::<_, String>(0)?),
            SpaceId::new(row.get::<_, String>(1)?),
        );
    }
    drop(rows);
    for finding in findings::open(conn, site)? {
        homes.troubled.extend(finding.content);
        homes.troubled_comments.insert(finding.subject);
    }
    Ok(homes)
}

/// When the oldest living content of each space was created.
pub(super) fn eldest(conn: &Connection, site: SiteNumber) -> rusqlite::Result<BTreeMap<SpaceId, Timestamp>> {
    conn.prepare_cached(
        "SELECT space_id, min(created_at) AS created_at FROM contents
         WHERE site = ? AND gone_at IS NULL GROUP BY space_id",
    )?
    .query_map([site], |row| {
        Ok((
            SpaceId::new(row.get::<_, String>("space_id")?),
            timestamp(row, "created_at")?,
        ))
    })?
    .collect()
}
