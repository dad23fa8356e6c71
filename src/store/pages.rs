//! SQL: single pages, for readers.

use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row, named_params};
use serde::Serialize;

use crate::model::{Body, CloudId, ContentId, Domain, Parent, SpaceId, SpaceKey, Timestamp};

use super::columns::{domain, optional_timestamp, timestamp};
use super::page_ref::PageRef;
use super::{bodies, titles, tree};

/// How many similar titles to offer.
const MOST_SUGGESTIONS: usize = 5;
/// How similar a title must be, from 0 to 1.
const LEAST_SIMILARITY: f64 = 0.75;

/// What looking for a page came to.
#[derive(Clone, Debug)]
pub enum Lookup {
    /// It is this one.
    Found(Box<PageView>),
    /// There is none.
    NotFound {
        /// Pages with a similar title, most similar first.
        close: Vec<PageName>,
    },
    /// Several sites have one.
    Several(Vec<PageName>),
}

/// A page by its names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PageName {
    /// The site it is on.
    pub site: Domain,
    /// The space that holds it, unless that is unknown.
    pub space_key: Option<SpaceKey>,
    /// Its id.
    pub id: ContentId,
    /// Its title.
    pub title: String,
}

/// Everything the mirror has about a page, but for the bodies.
#[derive(Clone, Debug, Serialize)]
pub struct PageView {
    /// Its number in the file.
    #[serde(skip)]
    pub(super) row: i64,
    /// The site it is on.
    pub site: Domain,
    /// The identity of that site.
    pub cloud_id: CloudId,
    /// Its id.
    pub id: ContentId,
    /// `page`, `blogpost`, …
    pub kind: String,
    /// The space that holds it.
    pub space_id: SpaceId,
    /// The key of that space, unless it is unknown.
    pub space_key: Option<SpaceKey>,
    /// What it hangs under.
    #[serde(skip)]
    pub parent: Option<Parent>,
    /// The same and what that hangs under, topmost first, as far as it is mirrored.
    pub ancestors: Vec<Ancestor>,
    /// Its title.
    pub title: String,
    /// The site's word for where it stands in its life.
    pub status: String,
    /// The number of its version.
    pub version: u32,
    /// What the author of the version wrote about it.
    pub version_message: String,
    /// Whether that author asked for no notifications.
    pub is_minor: bool,
    /// Who created it: the name, or the account id as long as the name is unknown.
    pub author: Option<String>,
    /// Who saved the version, likewise.
    pub editor: Option<String>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When the version was saved.
    pub modified_at: Timestamp,
    /// Its address.
    pub url: String,
    /// Where a smart link leads.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub embed_url: Option<String>,
    /// Its text.
    pub markdown: String,
    /// Size of its body in bytes.
    pub storage_size: Option<u64>,
    /// The version that the body and the text are of, if there is a body. Behind `version` where the site withheld it.
    pub body_version: Option<u32>,
    /// Its labels, sorted.
    pub labels: Vec<String>,
    /// When and why it was buried.
    pub gone: Option<Tombstone>,
    /// What the renderer kept as text: the construct and a detail.
    pub warnings: Vec<(String, String)>,
    /// When it was first written here.
    pub first_seen: Timestamp,
    /// When it was last written here.
    pub last_seen: Timestamp,
}

/// Something a page hangs under.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Ancestor {
    /// Its id.
    pub id: ContentId,
    /// Its title.
    pub title: String,
}

/// That content is gone from its site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Tombstone {
    /// When it was buried.
    pub at: Timestamp,
    /// Why.
    pub reason: String,
}

/// Finds the page that is meant.
pub(super) fn look_up(conn: &Connection, page: &PageRef) -> rusqlite::Result<Lookup> {
    let rows = match page {
        PageRef::Id { site, id } => by_id(conn, site.as_ref(), id)?,
        PageRef::Title {
            site,
            space_key,
            title,
        } => by_title(conn, site.as_ref(), space_key, title)?,
    };
    match rows.as_slice() {
        [row] => Ok(Lookup::Found(Box::new(view(conn, *row)?))),
        [] => Ok(Lookup::NotFound {
            close: close_to(conn, page)?,
        }),
        rows => {
            let names = rows.iter().map(|row| name(conn, *row));
            names.collect::<Result<_, _>>().map(Lookup::Several)
        }
    }
}

fn by_id(conn: &Connection, site: Option<&Domain>, id: &ContentId) -> rusqlite::Result<Vec<i64>> {
    conn.prepare_cached(
        "SELECT contents.id FROM sites
         JOIN contents ON contents.site = sites.id
         WHERE contents.content_id = :id AND (:domain IS NULL OR sites.domain = :domain)
         ORDER BY sites.domain",
    )?
    .query_map(
        named_params! { ":id": id.as_str(), ":domain": site.map(Domain::as_str) },
        |row| row.get(0),
    )?
    .collect()
}

/// One page per site: of several with the title, a living one, and a page before a blog post.
fn by_title(
    conn: &Connection,
    site: Option<&Domain>,
    space_key: &SpaceKey,
    title: &str,
) -> rusqlite::Result<Vec<i64>> {
    let mut statement = conn.prepare_cached(
        "SELECT contents.id, contents.site FROM sites
         JOIN spaces ON spaces.site = sites.id AND spaces.key = :space_key
         JOIN contents ON contents.site = spaces.site AND contents.space_id = spaces.space_id
             AND contents.title_key = :title_key
         WHERE :domain IS NULL OR sites.domain = :domain
         ORDER BY sites.domain, contents.gone_at IS NOT NULL, contents.kind <> 'page', contents.id DESC",
    )?;
    let rows = statement.query_map(
        named_params! {
            ":space_key": space_key.as_str(),
            ":title_key": titles::key(title),
            ":domain": site.map(Domain::as_str),
        },
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    let mut rows: Vec<(i64, i64)> = rows.collect::<Result<_, _>>()?;
    rows.dedup_by_key(|(_, site)| *site);
    Ok(rows.into_iter().map(|(id, _)| id).collect())
}

/// Pages of the space whose titles are similar, or pages of that very title in other spaces.
fn close_to(conn: &Connection, page: &PageRef) -> rusqlite::Result<Vec<PageName>> {
    let PageRef::Title { space_key, title, .. } = page else {
        return Ok(Vec::new());
    };
    let wanted = titles::key(title);
    let mut similar: Vec<(f64, i64)> = conn
        .prepare_cached(
            "SELECT contents.id, contents.title_key FROM spaces
             JOIN contents ON contents.site = spaces.site AND contents.space_id = spaces.space_id
             WHERE spaces.key = ? AND contents.gone_at IS NULL
             UNION
             SELECT contents.id, contents.title_key FROM sites
             JOIN contents ON contents.site = sites.id AND contents.title_key = ?
             WHERE contents.gone_at IS NULL",
        )?
        .query_map((space_key.as_str(), &wanted), |row| {
            let key = row.get_ref(1)?.as_str()?;
            Ok((similarity(key, &wanted), row.get(0)?))
        })?
        .collect::<Result<_, _>>()?;
    similar.retain(|(similarity, _)| *similarity >= LEAST_SIMILARITY);
    similar.sort_by(|(a, a_row), (b, b_row)| b.total_cmp(a).then(a_row.cmp(b_row)));
    let best = similar.iter().take(MOST_SUGGESTIONS);
    best.map(|(_, row)| name(conn, *row)).collect()
}

fn similarity(title: &str, wanted: &str) -> f64 {
    if title.contains(wanted) {
        return 1.0;
    }
    strsim::jaro_winkler(title, wanted)
}

/// What the content with this number is called.
pub(super) fn name(conn: &Connection, row: i64) -> rusqlite::Result<PageName> {
    conn.prepare_cached(
        "SELECT sites.domain, spaces.key AS space_key, contents.content_id, contents.title FROM contents
         JOIN sites ON sites.id = contents.site
         LEFT JOIN spaces ON spaces.site = contents.site AND spaces.space_id = contents.space_id
         WHERE contents.id = ?",
    )?
    .query_row([row], name_from_row)
}

fn name_from_row(row: &Row<'_>) -> rusqlite::Result<PageName> {
    Ok(PageName {
        site: domain(row, "domain")?,
        space_key: row.get::<_, Option<String>>("space_key")?.map(SpaceKey::new),
        id: ContentId::new(row.get::<_, String>("content_id")?),
        title: row.get("title")?,
    })
}

pub(super) fn view(conn: &Connection, row: i64) -> rusqlite::Result<PageView> {
    let ancestors = tree::ancestors(conn, row)?;
    let warnings = warnings(conn, row)?;
    conn.prepare_cached(
        "SELECT page.*, contents.id AS number, contents.parent_kind, contents.version_message, contents.is_minor,
             contents.body_version, contents.first_seen, contents.last_seen
         FROM contents JOIN page ON page.rowid = contents.id
         WHERE contents.id = ?",
    )?
    .query_row([row], |row| view_from_row(row, ancestors, warnings))
}

fn view_from_row(
    row: &Row<'_>,
    ancestors: Vec<Ancestor>,
    warnings: Vec<(String, String)>,
) -> rusqlite::Result<PageView> {
    let parent_id: Option<String> = row.get("parent_id")?;
    let parent_kind: Option<String> = row.get("parent_kind")?;
    let gone_at = optional_timestamp(row, "gone_at")?;
    let reason: Option<String> = row.get("gone_reason")?;
    let storage_size: Option<i64> = row.get("storage_size")?;
    Ok(PageView {
        row: row.get("number")?,
        site: domain(row, "site")?,
        cloud_id: CloudId::new(row.get::<_, String>("cloud_id")?),
        id: ContentId::new(row.get::<_, String>("id")?),
        kind: row.get("kind")?,
        space_id: SpaceId::new(row.get::<_, String>("space_id")?),
        space_key: row.get::<_, Option<String>>("space_key")?.map(SpaceKey::new),
        parent: parent_id.map(|id| Parent {
            id: ContentId::new(id),
            kind: parent_kind.unwrap_or_default(),
        }),
        ancestors,
        title: row.get("title")?,
        status: row.get("status")?,
        version: row.get("version")?,
        version_message: row.get("version_message")?,
        is_minor: row.get("is_minor")?,
        author: row.get("author")?,
        editor: row.get("editor")?,
        created_at: timestamp(row, "created_at")?,
        modified_at: timestamp(row, "modified_at")?,
        url: row.get("url")?,
        embed_url: row.get("embed_url")?,
        markdown: row.get::<_, Option<String>>("markdown")?.unwrap_or_default(),
        storage_size: storage_size.map(i64::cast_unsigned),
        body_version: row.get("body_version")?,
        labels: labels(row)?,
        gone: gone_at.map(|at| Tombstone {
            at,
            reason: reason.unwrap_or_default(),
        }),
        warnings,
        first_seen: timestamp(row, "first_seen")?,
        last_seen: timestamp(row, "last_seen")?,
    })
}

fn labels(row: &Row<'_>) -> rusqlite::Result<Vec<String>> {
    let index = row.as_ref().column_index("labels")?;
    let json = row.get_ref(index)?.as_str()?;
    serde_json::from_str(json)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(index, Type::Text, Box::new(error)))
}

fn warnings(conn: &Connection, row: i64) -> rusqlite::Result<Vec<(String, String)>> {
    conn.prepare_cached("SELECT construct, detail FROM warnings WHERE content = ? ORDER BY ordinal")?
        .query_map([row], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
}

pub(super) fn body(conn: &Connection, row: i64) -> rusqlite::Result<Option<Body>> {
    conn.prepare_cached("SELECT format, size, zstd FROM bodies WHERE id = ?")?
        .query_row([row], bodies::from_row)
        .optional()
}

pub(super) fn backlinks(conn: &Connection, page: &PageView) -> rusqlite::Result<Vec<PageName>> {
    conn.prepare_cached(
        "SELECT DISTINCT sites.domain, spaces.key AS space_key, contents.content_id, contents.title FROM links
         JOIN contents ON contents.id = links.content
         JOIN sites ON sites.id = contents.site
         LEFT JOIN spaces ON spaces.site = contents.site AND spaces.space_id = contents.space_id
         WHERE links.target = ? AND links.kind IN ('page', 'blogpost') AND sites.cloud_id = ? AND contents.gone_at IS NULL
         ORDER BY contents.title, contents.id",
    )?
    .query_map((page.id.as_str(), page.cloud_id.as_str()), name_from_row)?
    .collect()
}
