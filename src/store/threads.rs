//! SQL: what stands beside a page: its comments and attachments.

use rusqlite::{Connection, Row};
use serde::Serialize;

use crate::model::Timestamp;

use super::columns::timestamp;
use super::pages::PageView;

/// A comment that lives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CommentView {
    /// Its id.
    pub id: String,
    /// The comment it answers.
    pub parent_id: Option<String>,
    /// `footer` or `inline`.
    pub kind: String,
    /// Who wrote it: the name, or the account id as long as the name is unknown.
    pub author: Option<String>,
    /// When it was written.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub modified_at: Timestamp,
    /// Of an inline comment: the site's word for whether it is settled.
    pub resolution: Option<String>,
    /// Of an inline comment: the words of the page that it is about.
    pub selection: Option<String>,
    /// Its text.
    pub markdown: String,
}

/// An attachment that lives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AttachmentView {
    /// Its id.
    pub id: String,
    /// The name of the file.
    pub title: String,
    /// What it is.
    pub media_type: String,
    /// How many bytes.
    pub file_size: u64,
    /// The number of its version.
    pub version: u32,
    /// Where the file is below the state directory; nothing until it is downloaded.
    pub path: Option<String>,
}

/// The comments of the page, oldest first.
pub(super) fn comments(conn: &Connection, page: &PageView) -> rusqlite::Result<Vec<CommentView>> {
    conn.prepare_cached(
        "SELECT * FROM comment WHERE site = ? AND page_id = ? AND gone_at IS NULL ORDER BY created_at, id",
    )?
    .query_map((page.site.as_str(), page.id.as_str()), comment_from_row)?
    .collect()
}

fn comment_from_row(row: &Row<'_>) -> rusqlite::Result<CommentView> {
    Ok(CommentView {
        id: row.get("id")?,
        parent_id: row.get("parent_id")?,
        kind: row.get("kind")?,
        author: row.get("author")?,
        created_at: timestamp(row, "created_at")?,
        modified_at: timestamp(row, "modified_at")?,
        resolution: row.get("resolution")?,
        selection: row.get("selection")?,
        markdown: row.get("markdown")?,
    })
}

/// The attachments of the page, by name.
pub(super) fn attachments(conn: &Connection, page: &PageView) -> rusqlite::Result<Vec<AttachmentView>> {
    conn.prepare_cached(
        "SELECT * FROM attachment WHERE site = ? AND page_id = ? AND gone_at IS NULL ORDER BY title, id",
    )?
    .query_map((page.site.as_str(), page.id.as_str()), attachment_from_row)?
    .collect()
}

fn attachment_from_row(row: &Row<'_>) -> rusqlite::Result<AttachmentView> {
    let size: i64 = row.get("file_size")?;
    Ok(AttachmentView {
        id: row.get("id")?,
        title: row.get("title")?,
        media_type: row.get("media_type")?,
        file_size: size.cast_unsigned(),
        version: row.get("version")?,
        path: row.get("path")?,
    })
}
