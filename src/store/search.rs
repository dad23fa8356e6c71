//! SQL: full-text search.

use std::ops::Range;

use rusqlite::{Connection, Row};
use serde::Serialize;

use crate::model::{ContentId, Domain, SpaceKey, Timestamp};

use super::columns::{domain, optional_timestamp, timestamp};
use super::filter::{self, Filter};
use super::query::{Needle, Query};
use super::rank::{self, Part};
use super::{passage, snippet};

/// What to look for. What is said here and what is said in the text narrow the search alike.
#[derive(Clone, Debug)]
pub struct SearchQuery {
    /// As typed: words, `"phrases"`, `beginnings*`, `-exclusions`, `OR`, and filters such as `space:ENG`. Nothing in it
    /// is an error.
    pub text: String,
    /// When now is. Without it, what counts from now is not understood, and being new is worth nothing.
    pub now: Option<Timestamp>,
    /// Only with these words in the title, written like `text`.
    pub title: Vec<String>,
    /// Only in the spaces of these keys.
    pub spaces: Vec<SpaceKey>,
    /// Only with all these labels.
    pub labels: Vec<String>,
    /// Only created or last edited by someone of one of these account ids, or with these words in their name.
    pub authors: Vec<String>,
    /// Only of these kinds: `page`, `blogpost`, …
    pub kinds: Vec<String>,
    /// Only modified at this instant or later.
    pub since: Option<Timestamp>,
    /// Only modified before this instant.
    pub until: Option<Timestamp>,
    /// Only on this site.
    pub site: Option<Domain>,
    /// Only what is archived.
    pub is_archived: bool,
    /// Only what is gone from its site, which is left out otherwise.
    pub is_gone: bool,
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
            now: None,
            title: Vec::new(),
            spaces: Vec::new(),
            labels: Vec::new(),
            authors: Vec::new(),
            kinds: Vec::new(),
            since: None,
            until: None,
            site: None,
            is_archived: false,
            is_gone: false,
            limit: 20,
            offset: 0,
        }
    }

    /// All of it as one query.
    pub(super) fn parsed(&self) -> Query {
        let mut query = Query::parse(&self.text, self.now);
        for title in &self.title {
            query.with_title(title);
        }
        let texts = |filter: fn(String) -> Filter, texts: &[String]| {
            texts.iter().cloned().map(filter).collect::<Vec<_>>()
        };
        let spaces = self.spaces.iter().map(|key| Filter::Space(key.to_string()));
        let options = spaces
            .chain(texts(Filter::Label, &self.labels))
            .chain(texts(Filter::Author, &self.authors))
            .chain(texts(Filter::Kind, &self.kinds))
            .chain(self.site.as_ref().map(|site| Filter::Site(site.to_string())))
            .chain(self.since.map(Filter::Since))
            .chain(self.until.map(Filter::Until))
            .chain(self.is_archived.then_some(Filter::Archived))
            .chain(self.is_gone.then_some(Filter::Gone));
        query.filters.extend(options.map(|filter| (filter, false)));
        query
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
    /// `current`, `archived`, …
    pub status: String,
    /// When it was buried.
    pub gone_at: Option<Timestamp>,
    /// Where the snippet is from.
    pub found_in: FoundIn,
    /// The part of its text that shows why it was found.
    pub snippet: String,
    /// The words of the snippet that were asked for, as byte ranges.
    pub highlights: Vec<Range<usize>>,
    /// How well it fits; higher is better, and only the order means something.
    pub score: f64,
}

/// Where on a page something was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FoundIn {
    /// In its text, or in nothing but its title.
    Body,
    /// In a comment.
    Comment,
    /// In the name of an attachment.
    Attachment,
    /// In its labels.
    Label,
}

/// The best hits, best first.
pub(super) fn search(conn: &Connection, query: &SearchQuery) -> rusqlite::Result<Vec<Hit>> {
    let parsed = query.parsed();
    if parsed.is_empty() {
        return Ok(Vec::new());
    }
    let condition = filter::condition(conn, &parsed.filters)?;
    let part = Part {
        offset: query.offset,
        limit: query.limit,
    };
    let ranked = rank::ranked(conn, &parsed, &condition, query.now, part)?;
    let needles = parsed.needles();
    ranked
        .into_iter()
        .map(|(id, score)| hit(conn, id, score, &needles))
        .collect()
}

fn hit(conn: &Connection, id: i64, score: f64, needles: &[Needle]) -> rusqlite::Result<Hit> {
    let path = super::tree::path(conn, id)?;
    conn.prepare_cached(
        "SELECT contents.id, sites.domain, spaces.key AS space_key, contents.content_id, contents.kind,
             contents.title, 'https://' || sites.domain || '/wiki' || contents.webui AS url, contents.modified_at,
             contents.status, contents.gone_at, texts.body, texts.labels, texts.comments, texts.files
         FROM contents
         JOIN sites ON sites.id = contents.site
         JOIN texts ON texts.id = contents.id
         LEFT JOIN spaces ON spaces.site = contents.site AND spaces.space_id = contents.space_id
         WHERE contents.id = ?",
    )?
    .query_row([id], |row| hit_from_row(conn, row, path, score, needles))
}

fn hit_from_row(
    conn: &Connection,
    row: &Row<'_>,
    path: Vec<String>,
    score: f64,
    needles: &[Needle],
) -> rusqlite::Result<Hit> {
    let title: String = row.get("title")?;
    let (found_in, snippet) = passage::best(conn, row, needles)?;
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
        status: row.get("status")?,
        gone_at: optional_timestamp(row, "gone_at")?,
        found_in,
        snippet: snippet.text,
        highlights: snippet.highlights,
        score,
    })
}
