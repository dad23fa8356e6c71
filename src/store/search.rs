//! SQL: full-text search.

use std::ops::Range;

use rusqlite::types::ToSql;
use rusqlite::{Connection, Row, named_params};
use serde::Serialize;

use crate::model::{ContentId, ContentKind, Domain, SpaceKey, Timestamp};

use super::columns::{domain, integer, optional_timestamp, timestamp};
use super::query::{Needle, Query};
use super::snippet;

/// Rows ranked beyond those asked for, so that a few tombstones among the best need no second look.
const SPARE: usize = 100;

/// What to look for.
#[derive(Clone, Debug)]
pub struct SearchQuery {
    /// As typed: words, `"phrases"`, `beginnings*`, `-exclusions`, `OR`. Nothing in it is an error.
    pub text: String,
    /// Only in the space of this key.
    pub space: Option<SpaceKey>,
    /// Only with this label.
    pub label: Option<String>,
    /// Only created or last edited by someone of this account id, or with this in their name.
    pub author: Option<String>,
    /// Only modified at this instant or later.
    pub since: Option<Timestamp>,
    /// Only modified before this instant.
    pub until: Option<Timestamp>,
    /// Only on this site.
    pub site: Option<Domain>,
    /// Only of this kind.
    pub kind: Option<ContentKind>,
    /// Tombstones too.
    pub include_gone: bool,
    /// How many hits at most.
    pub limit: usize,
    /// How many of the best to skip.
    pub offset: usize,
}

impl SearchQuery {
    /// The twenty best hits for what was typed.
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            space: None,
            label: None,
            author: None,
            since: None,
            until: None,
            site: None,
            kind: None,
            include_gone: false,
            limit: 20,
            offset: 0,
        }
    }

    fn is_narrowed(&self) -> bool {
        self.space.is_some()
            || self.label.is_some()
            || self.author.is_some()
            || self.since.is_some()
            || self.until.is_some()
            || self.site.is_some()
            || self.kind.is_some()
    }
}

/// Content that was found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Hit {
    /// The site it is on.
    pub site: Domain,
    /// The space that holds it, unless that is unknown.
    pub space_key: Option<SpaceKey>,
    /// Its id.
    pub id: ContentId,
    /// `page`, `blogpost`, …
    pub kind: String,
    /// Its title.
    pub title: String,
    /// The words of the title that were asked for, as byte ranges.
    pub title_highlights: Vec<Range<usize>>,
    /// Its address.
    pub url: String,
    /// The titles of what it hangs under, topmost first.
    pub path: Vec<String>,
    /// When it was last edited.
    pub modified_at: Timestamp,
    /// When it was buried.
    pub gone_at: Option<Timestamp>,
    /// The part of its text that shows why it was found.
    pub snippet: String,
    /// The words of the snippet that were asked for, as byte ranges.
    pub highlights: Vec<Range<usize>>,
    /// How well it fits; lower is better, and only the order means something.
    pub score: f64,
}

/// The best hits, best first.
pub(super) fn search(conn: &Connection, query: &SearchQuery) -> rusqlite::Result<Vec<Hit>> {
    let parsed = Query::parse(&query.text);
    let Some(expression) = parsed.expression() else {
        return Ok(Vec::new());
    };
    let ranked = match fast_ranking(conn, query, &expression)? {
        Some(ranked) => ranked,
        None => full_ranking(conn, query, &expression)?,
    };
    let needles = parsed.needles();
    ranked
        .into_iter()
        .map(|(id, score)| hit(conn, id, score, &needles))
        .collect()
}

type Ranked = Vec<(i64, f64)>;

/// Ranks inside the index alone and drops the tombstones afterwards. Nothing if that may miss a hit.
fn fast_ranking(
    conn: &Connection,
    query: &SearchQuery,
    expression: &str,
) -> rusqlite::Result<Option<Ranked>> {
    if query.is_narrowed() {
        return Ok(None);
    }
    let wanted = query.offset.saturating_add(query.limit);
    let looked_at = wanted.saturating_add(SPARE);
    let ranked: Vec<(i64, f64, bool)> = conn
        .prepare_cached(
            "WITH best AS MATERIALIZED (
                 SELECT rowid AS id, bm25(page_fts, 10.0, 1.0, 0.5, 8.0, 0.5, 2.0) AS score FROM page_fts
                 WHERE page_fts MATCH ?
                 ORDER BY score, id
                 LIMIT ?
             )
             SELECT best.id, best.score, contents.gone_at IS NULL
             FROM best CROSS JOIN contents ON contents.id = best.id
             ORDER BY best.score, best.id",
        )?
        .query_map((expression, integer(looked_at)), |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })?
        .collect::<Result<_, _>>()?;
    let is_everything = ranked.len() < looked_at;
    let shown: Ranked = ranked
        .into_iter()
        .filter(|(_, _, is_alive)| *is_alive || query.include_gone)
        .map(|(id, score, _)| (id, score))
        .collect();
    if shown.len() < wanted && !is_everything {
        return Ok(None);
    }
    Ok(Some(
        shown.into_iter().skip(query.offset).take(query.limit).collect(),
    ))
}

/// Ranks only what passes the filters.
fn full_ranking(conn: &Connection, query: &SearchQuery, expression: &str) -> rusqlite::Result<Ranked> {
    let mut statement = conn.prepare_cached(
        "SELECT contents.id, bm25(page_fts, 10.0, 1.0, 0.5, 8.0, 0.5, 2.0) AS score
         FROM page_fts CROSS JOIN contents ON contents.id = page_fts.rowid
         WHERE page_fts MATCH :expression
             AND (:include_gone OR contents.gone_at IS NULL)
             AND (:kind IS NULL OR contents.kind = :kind)
             AND (:since IS NULL OR contents.modified_at >= :since)
             AND (:until IS NULL OR contents.modified_at < :until)
             AND (:site IS NULL OR contents.site IN (SELECT id FROM sites WHERE domain = :site))
             AND (:space IS NULL OR EXISTS (
                 SELECT 1 FROM spaces
                 WHERE spaces.site = contents.site AND spaces.space_id = contents.space_id AND spaces.key = :space))
             AND (:label IS NULL OR EXISTS (
                 SELECT 1 FROM labels WHERE labels.content = contents.id AND labels.name = :label))
             AND (:author IS NULL OR EXISTS (
                 SELECT 1 FROM people
                 WHERE people.site = contents.site
                     AND people.account_id IN (contents.author_id, contents.editor_id)
                     AND (people.account_id = :author OR instr(lower(people.display_name), lower(:author)) > 0)))
         ORDER BY score, contents.id
         LIMIT :limit OFFSET :offset",
    )?;
    let parameters: &[(&str, &dyn ToSql)] = named_params! {
        ":expression": expression,
        ":include_gone": query.include_gone,
        ":kind": query.kind.map(ContentKind::as_str),
        ":since": query.since.map(|since| since.to_string()),
        ":until": query.until.map(|until| until.to_string()),
        ":site": query.site.as_ref().map(Domain::as_str),
        ":space": query.space.as_ref().map(SpaceKey::as_str),
        ":label": query.label,
        ":author": query.author,
        ":limit": integer(query.limit),
        ":offset": integer(query.offset),
    };
    statement
        .query_map(parameters, |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
}

fn hit(conn: &Connection, id: i64, score: f64, needles: &[Needle]) -> rusqlite::Result<Hit> {
    let path = super::tree::path(conn, id)?;
    conn.prepare_cached(
        "SELECT sites.domain, spaces.key AS space_key, contents.content_id, contents.kind, contents.title,
             'https://' || sites.domain || '/wiki' || contents.webui AS url, contents.modified_at,
             contents.gone_at, texts.body
         FROM contents
         JOIN sites ON sites.id = contents.site
         JOIN texts ON texts.id = contents.id
         LEFT JOIN spaces ON spaces.site = contents.site AND spaces.space_id = contents.space_id
         WHERE contents.id = ?",
    )?
    .query_row([id], |row| hit_from_row(row, path, score, needles))
}

fn hit_from_row(row: &Row<'_>, path: Vec<String>, score: f64, needles: &[Needle]) -> rusqlite::Result<Hit> {
    let title: String = row.get("title")?;
    let body = row.get_ref("body")?.as_str()?;
    let snippet = snippet::snippet(body, needles);
    Ok(Hit {
        site: domain(row, "domain")?,
        space_key: row.get::<_, Option<String>>("space_key")?.map(SpaceKey::new),
        id: ContentId::new(row.get::<_, String>("content_id")?),
        kind: row.get("kind")?,
        title_highlights: snippet::highlights(&title, needles),
        title,
        url: row.get("url")?,
        path,
        modified_at: timestamp(row, "modified_at")?,
        gone_at: optional_timestamp(row, "gone_at")?,
        snippet: snippet.text,
        highlights: snippet.highlights,
        score,
    })
}
