//! SQL: whether the file is sound.
//!
//! SQLite vouches for its own structure, not for what the rows say. So bodies are unpacked and compared with their
//! digests, and what is derived is compared with what it is derived from.

use rusqlite::{Connection, ErrorCode, Row, Transaction};
use serde::Serialize;

use crate::model::Domain;

use super::columns::domain;
use super::{Error, bodies, texts};

/// Bodies compared in one go: readers that take long keep the log from being folded.
const BODIES_AT_ONCE: usize = 250;

/// Something wrong with the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Flaw {
    /// What is wrong.
    pub kind: FlawKind,
    /// With what: a table, or content as `ID on DOMAIN`.
    pub subject: String,
    /// In which way.
    pub detail: String,
    /// The number of the content, where it is content.
    #[serde(skip)]
    pub(super) row: Option<i64>,
}

/// What can be wrong with the file. What to do about it follows from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FlawKind {
    /// The structure of the file is damaged, and content may be lost.
    Structure,
    /// The index of a table differs from the table.
    TableIndex,
    /// The search index differs from the texts, or is damaged.
    SearchIndex,
    /// Rows that are derived from content that is not there.
    Orphans,
    /// Rows that are about something that is not there.
    Reference,
    /// Content without its text, or with its title indexed wrongly.
    Text,
    /// Labels, comments or attachments are indexed otherwise than they are.
    Annotations,
    /// A body is not the one that the site sent.
    Body,
    /// The same of an earlier version, which no site sends again.
    EarlierBody,
    /// The file of an attachment is missing, or is not the one that was downloaded.
    File,
}

/// How closely to look at the structure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// All but whether the indexes of tables equal them.
    Quick,
    /// Everything, which takes several times as long.
    Full,
}

/// Which bodies come next to be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unproven {
    /// The newest ones, after this row.
    Bodies(i64),
    /// The earlier ones, after this row.
    EarlierBodies(i64),
}

impl Unproven {
    /// All of them.
    pub fn all() -> Self {
        Self::Bodies(0)
    }
}

/// What comparing some bodies came to.
#[derive(Clone, Debug)]
pub struct Proven {
    /// How many were compared.
    pub bodies: u64,
    /// Those that are not what the site sent.
    pub flaws: Vec<Flaw>,
    /// What is left to compare.
    pub rest: Option<Unproven>,
}

/// Takes that SQLite cannot go on for a flaw.
pub(super) fn or_damage(found: Result<Vec<Flaw>, Error>) -> Result<Vec<Flaw>, Error> {
    match found {
        Err(Error::Corrupt { detail }) => Ok(vec![structural(detail)]),
        found => found,
    }
}

/// What SQLite says of the file's structure.
pub(super) fn structure(conn: &Connection, depth: Depth) -> rusqlite::Result<Vec<Flaw>> {
    let pragma = match depth {
        Depth::Quick => "PRAGMA quick_check",
        Depth::Full => "PRAGMA integrity_check",
    };
    let mut statement = conn.prepare(pragma)?;
    let lines = statement.query_map([], |row| row.get::<_, String>(0))?;
    let flaws = lines.filter(|line| line.as_ref().map_or(true, |line| line != "ok"));
    flaws.map(|line| line.map(structural)).collect()
}

/// A flaw by SQLite's own words.
fn structural(detail: String) -> Flaw {
    let index = SEARCH_INDEXES.iter().find(|(index, _)| detail.contains(index));
    let (kind, subject) = if let Some((index, _)) = index {
        (FlawKind::SearchIndex, *index)
    } else if detail.contains(" missing from index ") || detail.starts_with("wrong # of entries in index ") {
        (FlawKind::TableIndex, "mirror.db")
    } else {
        (FlawKind::Structure, "mirror.db")
    };
    Flaw {
        kind,
        subject: subject.to_owned(),
        detail,
        row: None,
    }
}

/// Rows that refer to rows that are not there.
pub(super) fn references(conn: &Connection) -> rusqlite::Result<Vec<Flaw>> {
    conn.prepare(
        "SELECT \"table\", parent, count(*) AS number FROM pragma_foreign_key_check
         GROUP BY \"table\", parent
         ORDER BY \"table\", parent",
    )?
    .query_map([], |row| {
        let table: String = row.get("table")?;
        let (parent, rows): (String, i64) = (row.get("parent")?, row.get("number")?);
        Ok(Flaw {
            kind: match table.as_str() {
                "texts" | "links" | "warnings" => FlawKind::Orphans,
                _ => FlawKind::Reference,
            },
            subject: table,
            detail: format!("rows that refer to {parent} that are not there: {rows}"),
            row: None,
        })
    })?
    .collect()
}

/// Content that cannot be found by what it says.
pub(super) fn texts(conn: &Connection) -> rusqlite::Result<Vec<Flaw>> {
    conn.prepare(
        "SELECT contents.id AS number, contents.content_id, sites.domain, texts.id IS NULL AS is_missing
         FROM contents
         JOIN sites ON sites.id = contents.site
         LEFT JOIN texts ON texts.id = contents.id
         WHERE texts.title IS NOT contents.title
         ORDER BY contents.id",
    )?
    .query_map([], |row| {
        let detail = if row.get("is_missing")? {
            "its text is not there"
        } else {
            "its text stands under another title"
        };
        content_flaw(row, FlawKind::Text, detail)
    })?
    .collect()
}

/// Content that cannot be found by its labels, comments and attachments, or by some that it has not.
pub(super) fn annotations(conn: &Connection) -> rusqlite::Result<Vec<Flaw>> {
    let mut content = conn.prepare_cached(
        "SELECT contents.id AS number, contents.content_id, sites.domain
         FROM contents JOIN sites ON sites.id = contents.site WHERE contents.id = ?",
    )?;
    let flaw = |row: &Row<'_>| {
        let detail = "its labels, comments, attachments or facets are indexed otherwise than they are";
        content_flaw(row, FlawKind::Annotations, detail)
    };
    let misannotated = texts::misannotated(conn)?;
    misannotated
        .into_iter()
        .map(|id| content.query_row([id], flaw))
        .collect()
}

/// Whether the next bodies are what the site sent.
pub(super) fn prove(conn: &Connection, bodies: Unproven) -> rusqlite::Result<Proven> {
    match bodies {
        Unproven::Bodies(after) => {
            let (mut proven, last) = prove_rows(conn, BODIES, after, FlawKind::Body)?;
            proven.rest = Some(last.map_or(Unproven::EarlierBodies(0), Unproven::Bodies));
            Ok(proven)
        }
        Unproven::EarlierBodies(after) => {
            let (mut proven, last) = prove_rows(conn, EARLIER_BODIES, after, FlawKind::EarlierBody)?;
            proven.rest = last.map(Unproven::EarlierBodies);
            Ok(proven)
        }
    }
}

const BODIES: &str = "
    SELECT bodies.id AS place, contents.id AS number, contents.content_id, sites.domain, contents.version,
        bodies.sha256, bodies.size, bodies.zstd
    FROM bodies
    JOIN contents ON contents.id = bodies.id
    JOIN sites ON sites.id = contents.site
    WHERE bodies.id > ?
    ORDER BY bodies.id
    LIMIT ?";

const EARLIER_BODIES: &str = "
    SELECT versions.id AS place, contents.id AS number, contents.content_id, sites.domain, versions.version,
        versions.sha256, versions.size, versions.zstd
    FROM versions
    JOIN contents ON contents.id = versions.content
    JOIN sites ON sites.id = contents.site
    WHERE versions.id > ? AND versions.zstd IS NOT NULL
    ORDER BY versions.id
    LIMIT ?";

/// Also the last row, unless there are none.
fn prove_rows(
    conn: &Connection,
    sql: &str,
    after: i64,
    kind: FlawKind,
) -> rusqlite::Result<(Proven, Option<i64>)> {
    let mut statement = conn.prepare_cached(sql)?;
    let mut rows = statement.query((after, super::columns::integer(BODIES_AT_ONCE)))?;
    let (mut last, mut bodies, mut flaws) = (None, 0, Vec::new());
    while let Some(row) = rows.next()? {
        last = Some(row.get("place")?);
        bodies += 1;
        if let Err(damage) = bodies::intact(row)? {
            flaws.push(body_flaw(row, kind, damage)?);
        }
    }
    let rest = None;
    Ok((Proven { bodies, flaws, rest }, last))
}

fn body_flaw(row: &Row<'_>, kind: FlawKind, damage: bodies::Damage) -> rusqlite::Result<Flaw> {
    let version: u32 = row.get("version")?;
    let detail = match kind {
        FlawKind::EarlierBody => format!("the body of version {version} is damaged: {damage}"),
        _ => format!("its body is damaged: {damage}"),
    };
    content_flaw(row, kind, &detail)
}

fn content_flaw(row: &Row<'_>, kind: FlawKind, detail: &str) -> rusqlite::Result<Flaw> {
    let (id, site): (String, Domain) = (row.get("content_id")?, domain(row, "domain")?);
    Ok(Flaw {
        kind,
        subject: format!("{id} on {site}"),
        detail: detail.to_owned(),
        row: Some(row.get("number")?),
    })
}

/// The indexes of the texts, each with the question whether it equals them.
const SEARCH_INDEXES: [(&str, &str); 2] = [
    (
        "page_fts",
        "INSERT INTO page_fts (page_fts, rank) VALUES ('integrity-check', 1)",
    ),
    (
        "title_fts",
        "INSERT INTO title_fts (title_fts, rank) VALUES ('integrity-check', 1)",
    ),
];

/// Whether the search indexes equal the texts. FTS5 takes the question for a write.
pub(super) fn search_index(tx: &Transaction<'_>) -> rusqlite::Result<Vec<Flaw>> {
    let mut flaws = Vec::new();
    for (index, question) in SEARCH_INDEXES {
        match tx.execute(question, []) {
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseCorrupt) => flaws.push(Flaw {
                kind: FlawKind::SearchIndex,
                subject: index.to_owned(),
                detail: "it differs from the texts".to_owned(),
                row: None,
            }),
            asked => drop(asked?),
        }
    }
    Ok(flaws)
}
