//! SQL: everything about a page at once, for whoever takes the mirror elsewhere.

use rusqlite::{Connection, OptionalExtension, Row, named_params};

use crate::model::{ContentId, Domain, SpaceId, SpaceKey, Timestamp};

use super::columns::{domain, integer, json_array, timestamp};
use super::pages::{self, Ancestor, PageView};
use super::{titles, tree};

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
    /// `page`, `user`, `attachment`, `space` or `external`.
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
    /// Its media type, as the site says.
    pub media_type: String,
    /// Its size in bytes.
    pub size: u64,
    /// The digest of its file, in hexadecimal; nothing until it is downloaded.
    pub sha256: Option<String>,
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

/// What decides where a page is put, and what it is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Whereabouts {
    /// Its id.
    pub id: ContentId,
    /// `page`, `blogpost`, …
    pub kind: String,
    /// Its title.
    pub title: String,
    /// The space that holds it.
    pub space_id: SpaceId,
    /// What it hangs under, topmost first.
    pub ancestors: Vec<Ancestor>,
}

/// The edit that made the present version of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The title of the page.
    pub title: String,
    /// Who saved it: the name, or the account id as long as the name is unknown.
    pub editor: Option<String>,
    /// The account of that person.
    pub editor_id: Option<String>,
    /// When.
    pub at: Timestamp,
    /// What that person wrote about it.
    pub message: String,
}

/// Whether a row of `contents` lives and is meant.
const IN_SCOPE: &str = "contents.site = :site AND contents.gone_at IS NULL
     AND (:spaces = '[]' OR EXISTS (
         SELECT 1 FROM spaces JOIN json_each(:spaces) AS wanted ON spaces.key = wanted.value
         WHERE spaces.site = contents.site AND spaces.space_id = contents.space_id))
     AND (:labels = '[]' OR EXISTS (
         SELECT 1 FROM labels WHERE labels.content = contents.id
             AND labels.name IN (SELECT value FROM json_each(:labels))))";

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
            "SELECT contents.id FROM contents WHERE {IN_SCOPE} AND contents.content_id > :after
             ORDER BY contents.content_id LIMIT :limit"
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
        "SELECT attachment_id, title, media_type, file_size, sha256 FROM attachments
         WHERE site = ? AND page_id = ? AND gone_at IS NULL ORDER BY title, attachment_id",
    )?
    .query_map((site.number, page.as_str()), |row| {
        Ok(ExportFile {
            id: row.get("attachment_id")?,
            title: row.get("title")?,
            media_type: row.get("media_type")?,
            size: row.get::<_, i64>("file_size")?.cast_unsigned(),
            sha256: row.get("sha256")?,
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

/// Where the content stands, if it lives and is meant.
pub(super) fn whereabouts(
    conn: &Connection,
    site: &ExportSite,
    scope: &ExportScope,
    id: &ContentId,
) -> rusqlite::Result<Option<Whereabouts>> {
    let row: Option<i64> = conn
        .prepare_cached(&format!(
            "SELECT contents.id FROM contents WHERE {IN_SCOPE} AND contents.content_id = :id"
        ))?
        .query_row(
            named_params! {
                ":site": site.number, ":spaces": scope.spaces(), ":labels": scope.labels(), ":id": id.as_str(),
            },
            |row| row.get(0),
        )
        .optional()?;
    row.map(|row| whereabouts_of(conn, row)).transpose()
}

fn whereabouts_of(conn: &Connection, row: i64) -> rusqlite::Result<Whereabouts> {
    let ancestors = tree::ancestors(conn, row)?;
    conn.prepare_cached("SELECT content_id, kind, title, space_id FROM contents WHERE id = ?")?
        .query_row([row], |row| named(row, ancestors))
}

fn named(row: &Row<'_>, ancestors: Vec<Ancestor>) -> rusqlite::Result<Whereabouts> {
    Ok(Whereabouts {
        id: ContentId::new(row.get::<_, String>("content_id")?),
        kind: row.get("kind")?,
        title: row.get("title")?,
        space_id: SpaceId::new(row.get::<_, String>("space_id")?),
        ancestors,
    })
}

/// The id of the living page of that title, a page before a blog post.
pub(super) fn titled(
    conn: &Connection,
    site: &ExportSite,
    space_key: &SpaceKey,
    title: &str,
) -> rusqlite::Result<Option<ContentId>> {
    conn.prepare_cached(
        "SELECT contents.content_id FROM spaces
         JOIN contents ON contents.site = spaces.site AND contents.space_id = spaces.space_id
             AND contents.title_key = ?
         WHERE spaces.site = ? AND spaces.key = ? AND contents.gone_at IS NULL
         ORDER BY contents.kind <> 'page', contents.id DESC LIMIT 1",
    )?
    .query_row((titles::key(title), site.number, space_key.as_str()), |row| {
        row.get::<_, String>(0)
    })
    .optional()
    .map(|id| id.map(ContentId::new))
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

/// The edit that made the present version of a page, whether or not it still lives.
pub(super) fn edit(conn: &Connection, site: &ExportSite, id: &str) -> rusqlite::Result<Option<Edit>> {
    conn.prepare_cached(
        "SELECT title, coalesce(people.display_name, editor_id) AS editor, editor_id, modified_at, version_message
         FROM contents
         LEFT JOIN people ON people.site = contents.site AND people.account_id = contents.editor_id
         WHERE contents.site = ? AND contents.content_id = ?",
    )?
    .query_row((site.number, id), |row| {
        Ok(Edit {
            title: row.get("title")?,
            editor: row.get("editor")?,
            editor_id: row.get("editor_id")?,
            at: timestamp(row, "modified_at")?,
            message: row.get("version_message")?,
        })
    })
    .optional()
}

/// The content that hangs directly under a page, or stands at the top of a space, in the order of the site.
pub(super) fn below(
    conn: &Connection,
    site: &ExportSite,
    scope: &ExportScope,
    space: &SpaceId,
    parent: Option<&ContentId>,
    limit: usize,
) -> rusqlite::Result<Vec<Whereabouts>> {
    // Also what hangs under something that is not mirrored stands at the top.
    let rows: Vec<i64> = conn
        .prepare_cached(&format!(
            "SELECT contents.id FROM contents WHERE {IN_SCOPE} AND contents.space_id = :space
                 AND CASE WHEN :parent IS NULL THEN NOT EXISTS (
                         SELECT 1 FROM contents AS above
                         WHERE above.site = contents.site AND above.content_id = contents.parent_id)
                     ELSE contents.parent_id = :parent END
             ORDER BY contents.kind <> 'page', contents.position IS NULL, contents.position, contents.title_key,
                 contents.id
             LIMIT :limit"
        ))?
        .query_map(
            named_params! {
                ":site": site.number, ":spaces": scope.spaces(), ":labels": scope.labels(),
                ":space": space.as_str(), ":parent": parent.map(ContentId::as_str), ":limit": integer(limit),
            },
            |row| row.get(0),
        )?
        .collect::<Result<_, _>>()?;
    rows.into_iter().map(|row| whereabouts_of(conn, row)).collect()
}
