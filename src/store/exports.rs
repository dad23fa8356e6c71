//! SQL: everything about a page at once, for whoever takes the mirror elsewhere.

mod whereabouts;

use rusqlite::{Connection, OptionalExtension, named_params};

use crate::model::{ContentId, Domain, SpaceKey, Timestamp};

use super::columns::{domain, integer, json_array, timestamp};
use super::pages::{self, PageView};

pub use whereabouts::Whereabouts;
pub(super) use whereabouts::{below, by_title, titled, whereabouts};

/// A site that can be exported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportSite {
    number: i64,
    /// Where people reach it.
    pub domain: Domain,
    /// What its administrators call it.
    pub name: String,
}

/// Which living content of a site is meant: all of it, or what each list that is not empty asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExportScope {
    /// Keys of spaces, of which one must hold it.
    pub spaces: Vec<SpaceKey>,
    /// Labels, of which it must have one.
    pub labels: Vec<String>,
}

/// A page with what hangs on it.
#[derive(Clone, Debug)]
pub struct ExportPage {
    /// The page.
    pub page: PageView,
    /// The account that saved the version.
    pub editor_id: Option<String>,
    /// The links in its Markdown.
    pub links: Vec<ExportLink>,
    /// Its living attachments, by name.
    pub attachments: Vec<ExportFile>,
    /// Its living comments, oldest first.
    pub comments: Vec<ExportComment>,
}

/// A link as it stands in the Markdown of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportLink {
    /// `page`, `blogpost`, `user`, `attachment`, `space` or `external`.
    pub kind: String,
    /// What stands in the Markdown.
    pub written: String,
    /// The id of what it leads to, as far as the mirror knows.
    pub target: Option<String>,
    /// The space and title of the page it names.
    pub page: Option<(SpaceKey, String)>,
    /// The attachment it names.
    pub file_name: Option<String>,
}

/// An attachment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportFile {
    /// Its id.
    pub id: String,
    /// Its file name.
    pub title: String,
    /// What bodies in the Atlassian document format call it.
    pub file_id: Option<String>,
    /// Its media type, as the site says.
    pub media_type: String,
    /// Its size in bytes.
    pub size: u64,
    /// The digest of its file, in hexadecimal; nothing until it is downloaded.
    pub sha256: Option<String>,
    /// The number of its newest version.
    pub version: u32,
    /// Who uploaded it: the name, or the account id as long as the name is unknown.
    pub author: Option<String>,
    /// The account of that person.
    pub author_id: Option<String>,
    /// When its newest version was uploaded.
    pub modified_at: Timestamp,
}

/// A comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportComment {
    /// Its id.
    pub id: String,
    /// The comment it answers.
    pub parent_id: Option<String>,
    /// `footer` or `inline`.
    pub kind: String,
    /// The site's word for its state.
    pub status: String,
    /// Who wrote it: the name, or the account id as long as the name is unknown.
    pub author: Option<String>,
    /// When.
    pub created_at: Timestamp,
    /// Its text.
    pub markdown: String,
}

/// Whether a row of `contents`, by this name, lives and is meant.
fn is_in_scope(row: &str) -> String {
    format!(
        "{row}.site = :site AND {row}.gone_at IS NULL
         AND (:spaces = '[]' OR EXISTS (
             SELECT 1 FROM spaces JOIN json_each(:spaces) AS wanted ON spaces.key = wanted.value
             WHERE spaces.site = {row}.site AND spaces.space_id = {row}.space_id))
         AND (:labels = '[]' OR EXISTS (
             SELECT 1 FROM labels WHERE labels.content = {row}.id
                 AND labels.name IN (SELECT value FROM json_each(:labels))))"
    )
}

impl ExportScope {
    fn spaces(&self) -> String {
        json_array(self.spaces.iter().map(SpaceKey::as_str))
    }

    fn labels(&self) -> String {
        json_array(self.labels.iter().map(String::as_str))
    }
}

/// The sites, by domain. Of several that had the same one, the one that has it now.
pub(super) fn sites(conn: &Connection) -> rusqlite::Result<Vec<ExportSite>> {
    conn.prepare_cached("SELECT id, domain, name, max(last_seen) FROM sites GROUP BY domain ORDER BY domain")?
        .query_map([], |row| {
            Ok(ExportSite {
                number: row.get("id")?,
                domain: domain(row, "domain")?,
                name: row.get("name")?,
            })
        })?
        .collect()
}

/// Up to `limit` pages in order of id, those after `after`.
pub(super) fn batch(
    conn: &Connection,
    site: &ExportSite,
    scope: &ExportScope,
    after: &str,
    limit: usize,
) -> rusqlite::Result<Vec<ExportPage>> {
    let rows: Vec<i64> = conn
        .prepare_cached(&format!(
            "SELECT contents.id FROM contents WHERE {} AND contents.content_id > :after
             ORDER BY contents.content_id LIMIT :limit",
            is_in_scope("contents")
        ))?
        .query_map(
            named_params! {
                ":site": site.number, ":spaces": scope.spaces(), ":labels": scope.labels(),
                ":after": after, ":limit": integer(limit),
            },
            |row| row.get(0),
        )?
        .collect::<Result<_, _>>()?;
    rows.into_iter().map(|row| page(conn, site, row)).collect()
}

fn page(conn: &Connection, site: &ExportSite, row: i64) -> rusqlite::Result<ExportPage> {
    let page = pages::view(conn, row)?;
    let editor_id = conn
        .prepare_cached("SELECT editor_id FROM contents WHERE id = ?")?
        .query_row([row], |row| row.get(0))?;
    Ok(ExportPage {
        editor_id,
        links: links(conn, row)?,
        attachments: attachments(conn, site, &page.id)?,
        comments: comments(conn, site, &page.id)?,
        page,
    })
}

fn links(conn: &Connection, content: i64) -> rusqlite::Result<Vec<ExportLink>> {
    conn.prepare_cached(
        "SELECT kind, written, target, space_key, title, file_name FROM links WHERE content = ? ORDER BY id",
    )?
    .query_map([content], |row| {
        let key: Option<String> = row.get("space_key")?;
        let title: Option<String> = row.get("title")?;
        Ok(ExportLink {
            kind: row.get("kind")?,
            written: row.get("written")?,
            target: row.get("target")?,
            page: key.map(SpaceKey::new).zip(title),
            file_name: row.get("file_name")?,
        })
    })?
    .collect()
}

/// The living attachments of a page, by name.
pub(super) fn attachments(
    conn: &Connection,
    site: &ExportSite,
    page: &ContentId,
) -> rusqlite::Result<Vec<ExportFile>> {
    conn.prepare_cached(
        "SELECT attachment_id, title, file_id, media_type, file_size, sha256, version, author_id,
             coalesce(people.display_name, author_id) AS author,
             coalesce(nullif(modified_at, ''), created_at) AS modified_at
         FROM attachments
         LEFT JOIN people ON people.site = attachments.site AND people.account_id = author_id
         WHERE attachments.site = ? AND page_id = ? AND gone_at IS NULL ORDER BY title, attachment_id",
    )?
    .query_map((site.number, page.as_str()), |row| {
        Ok(ExportFile {
            id: row.get("attachment_id")?,
            title: row.get("title")?,
            file_id: row.get("file_id")?,
            media_type: row.get("media_type")?,
            size: row.get::<_, i64>("file_size")?.cast_unsigned(),
            sha256: row.get("sha256")?,
            version: row.get("version")?,
            author: row.get("author")?,
            author_id: row.get("author_id")?,
            modified_at: timestamp(row, "modified_at")?,
        })
    })?
    .collect()
}

fn comments(conn: &Connection, site: &ExportSite, page: &ContentId) -> rusqlite::Result<Vec<ExportComment>> {
    conn.prepare_cached(
        "SELECT comment_id, parent_id, comments.kind, status, created_at, markdown,
             coalesce(people.display_name, comments.author_id) AS author
         FROM comments
         LEFT JOIN people ON people.site = comments.site AND people.account_id = comments.author_id
         WHERE comments.site = ? AND page_id = ? AND gone_at IS NULL ORDER BY created_at, comment_id",
    )?
    .query_map((site.number, page.as_str()), |row| {
        Ok(ExportComment {
            id: row.get("comment_id")?,
            parent_id: row.get("parent_id")?,
            kind: row.get("kind")?,
            status: row.get("status")?,
            author: row.get("author")?,
            created_at: timestamp(row, "created_at")?,
            markdown: row.get("markdown")?,
        })
    })?
    .collect()
}

/// The text of a page.
pub(super) fn markdown(
    conn: &Connection,
    site: &ExportSite,
    id: &ContentId,
) -> rusqlite::Result<Option<String>> {
    conn.prepare_cached(
        "SELECT texts.markdown FROM contents JOIN texts ON texts.id = contents.id
         WHERE contents.site = ? AND contents.content_id = ?",
    )?
    .query_row((site.number, id.as_str()), |row| row.get(0))
    .optional()
}
