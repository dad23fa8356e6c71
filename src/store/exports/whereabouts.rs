//! SQL: where content stands that is taken elsewhere, and what stands beside and below it.

use rusqlite::{Connection, OptionalExtension, named_params};

use crate::model::{ContentId, SpaceId, SpaceKey};
use crate::store::columns::integer;
use crate::store::pages::Ancestor;
use crate::store::{titles, tree};

use super::{ExportScope, ExportSite, is_in_scope};

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

/// Where the content stands, if it lives and is meant.
pub(in crate::store) fn whereabouts(
    conn: &Connection,
    site: &ExportSite,
    scope: &ExportScope,
    id: &ContentId,
) -> rusqlite::Result<Option<Whereabouts>> {
    let row: Option<i64> = conn
        .prepare_cached(&format!(
            "SELECT contents.id FROM contents WHERE {} AND contents.content_id = :id",
            is_in_scope("contents")
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
        .query_row([row], |row| {
            Ok(Whereabouts {
                id: ContentId::new(row.get::<_, String>("content_id")?),
                kind: row.get("kind")?,
                title: row.get("title")?,
                space_id: SpaceId::new(row.get::<_, String>("space_id")?),
                ancestors,
            })
        })
}

/// The id of the living page of that title, a page before a blog post.
pub(in crate::store) fn titled(
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

/// Siblings in the order of the site.
const AS_ON_THE_SITE: &str = "contents.kind = 'blogpost', contents.position IS NULL, contents.position,
     contents.title_key, contents.id";

/// The content that hangs directly under a page, or stands at the top of a space, in the order of the site. Also what
/// hangs under something that is not exported stands at the top.
pub(in crate::store) fn below(
    conn: &Connection,
    site: &ExportSite,
    scope: &ExportScope,
    space: &SpaceId,
    parent: Option<&ContentId>,
    limit: usize,
) -> rusqlite::Result<Vec<Whereabouts>> {
    let place = match parent {
        Some(_) => "contents.parent_id = :parent".to_owned(),
        None => format!(
            ":parent IS NULL AND NOT EXISTS (
                 SELECT 1 FROM contents AS above
                 WHERE {} AND above.content_id = contents.parent_id AND above.space_id = contents.space_id)",
            is_in_scope("above")
        ),
    };
    let rows: Vec<i64> = conn
        .prepare_cached(&format!(
            "SELECT contents.id FROM contents
             WHERE {} AND contents.space_id = :space AND {place}
             ORDER BY {AS_ON_THE_SITE} LIMIT :limit",
            is_in_scope("contents")
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

/// Up to `limit` of what a space holds by title, those behind this title and id.
pub(in crate::store) fn by_title(
    conn: &Connection,
    site: &ExportSite,
    scope: &ExportScope,
    space: &SpaceId,
    after: Option<&(String, ContentId)>,
    limit: usize,
) -> rusqlite::Result<Vec<Whereabouts>> {
    let (title, id) = after.map_or((None, None), |(title, id)| {
        (Some(titles::key(title)), Some(id.as_str()))
    });
    let rows: Vec<i64> = conn
        .prepare_cached(&format!(
            "SELECT contents.id FROM contents
             WHERE {} AND contents.space_id = :space
                 AND (:title IS NULL OR (contents.title_key, contents.content_id) > (:title, :id))
             ORDER BY contents.title_key, contents.content_id LIMIT :limit",
            is_in_scope("contents")
        ))?
        .query_map(
            named_params! {
                ":site": site.number, ":spaces": scope.spaces(), ":labels": scope.labels(),
                ":space": space.as_str(), ":title": title, ":id": id, ":limit": integer(limit),
            },
            |row| row.get(0),
        )?
        .collect::<Result<_, _>>()?;
    rows.into_iter().map(|row| whereabouts_of(conn, row)).collect()
}
