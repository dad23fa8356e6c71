//! SQL: what changed lately.

use rusqlite::{Connection, Row, named_params};
use serde::Serialize;

use crate::model::{ContentId, Domain, SpaceKey, Timestamp};

use super::columns::{domain, integer, timestamp};

/// Which changes to read.
#[derive(Clone, Debug)]
pub struct RecentQuery {
    /// Not before.
    pub since: Timestamp,
    /// Only in this space.
    pub space: Option<SpaceKey>,
    /// Only by this person: a part of the name, or the account id.
    pub author: Option<String>,
    /// Only on this site.
    pub site: Option<Domain>,
    /// How many at most.
    pub limit: usize,
}

/// The last thing that happened to a page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// When.
    pub at: Timestamp,
    /// `new`, `edited` or `gone`.
    pub change: String,
    /// Who saved the version: the name, or the account id as long as the name is unknown.
    pub by: Option<String>,
    /// The site.
    pub site: Domain,
    /// The space, unless it is unknown.
    pub space_key: Option<SpaceKey>,
    /// The page.
    pub id: ContentId,
    /// `page`, `blogpost`, …
    pub kind: String,
    /// Its title.
    pub title: String,
    /// Its version.
    pub version: u32,
    /// What its author wrote about the version, or why the page is gone.
    pub message: String,
    /// Its address.
    pub url: String,
}

/// The newest changes first; of each page the last.
pub(super) fn recent(conn: &Connection, query: &RecentQuery) -> rusqlite::Result<Vec<Change>> {
    // Each is read from its end, no further than need be.
    let (saved, gone) = (
        newest("modified_at", "contents_by_modified", "contents.gone_at IS NULL"),
        newest("gone_at", "contents_by_gone", "contents.gone_at IS NOT NULL"),
    );
    conn.prepare_cached(&format!(
        "SELECT * FROM ({saved}) UNION ALL SELECT * FROM ({gone}) ORDER BY at DESC, id DESC LIMIT :limit"
    ))?
    .query_map(
        named_params! {
            ":since": query.since.to_string(),
            ":space": query.space.as_ref().map(SpaceKey::as_str),
            ":author": query.author,
            ":site": query.site.as_ref().map(Domain::as_str),
            ":limit": integer(query.limit),
        },
        change_from_row,
    )?
    .collect()
}

/// Selects the newest changes by this date of content, which this index has. Named, since the planner takes another one
/// for the state, and then sorts all that there is.
fn newest(date: &str, index: &str, state: &str) -> String {
    format!(
        "SELECT sites.domain, spaces.key AS space_key, contents.content_id, contents.kind, contents.title,
             contents.version, coalesce(people.display_name, contents.editor_id) AS editor,
             'https://' || sites.domain || '/wiki' || contents.webui AS url,
             contents.{date} AS at,
             CASE
                 WHEN contents.gone_at IS NOT NULL THEN 'gone'
                 WHEN contents.created_at >= :since THEN 'new'
                 ELSE 'edited'
             END AS change,
             coalesce(contents.gone_reason, contents.version_message) AS message,
             contents.id
         FROM contents INDEXED BY {index}
         CROSS JOIN sites ON sites.id = contents.site
         LEFT JOIN spaces ON spaces.site = contents.site AND spaces.space_id = contents.space_id
         LEFT JOIN people ON people.site = contents.site AND people.account_id = contents.editor_id
         WHERE {state} AND contents.{date} >= :since
             AND (:space IS NULL OR spaces.key = :space)
             AND (:site IS NULL OR sites.domain = :site)
             AND (:author IS NULL OR contents.editor_id = :author OR instr(lower(editor), lower(:author)) > 0)
         ORDER BY contents.{date} DESC, contents.id DESC
         LIMIT :limit"
    )
}

fn change_from_row(row: &Row<'_>) -> rusqlite::Result<Change> {
    Ok(Change {
        at: timestamp(row, "at")?,
        change: row.get("change")?,
        by: row.get("editor")?,
        site: domain(row, "domain")?,
        space_key: row.get::<_, Option<String>>("space_key")?.map(SpaceKey::new),
        id: ContentId::new(row.get::<_, String>("content_id")?),
        kind: row.get("kind")?,
        title: row.get("title")?,
        version: row.get("version")?,
        message: row.get("message")?,
        url: row.get("url")?,
    })
}
