//! How well searches find what people look for: queries, each with the pages that it is about.
//!
//! The queries are in `tests/fixtures/relevance`, one a line: what is typed, a tab, the titles wished for with `|` between.
//! The words were chosen before anything was searched for.

mod mirrors;

use std::fmt;
use std::path::Path;

use millpond::model::Timestamp;
use millpond::store::{Reader, SearchQuery};

pub(crate) use mirrors::{corpus, demo, documents};

/// When all searches are made: after every page was written.
pub(crate) fn now() -> Timestamp {
    "2026-11-26T09:00:00Z".parse().unwrap()
}

/// How many hits people look at.
const SEEN: usize = 10;

/// What somebody types, and the titles of the pages that would help.
pub(crate) struct Wish {
    typed: String,
    titles: Vec<String>,
}

/// The wishes about the demo's site.
pub(crate) fn about_the_demo() -> Vec<Wish> {
    wishes(include_str!("../fixtures/relevance/demo.tsv"))
}

/// The wishes about the documents of the corpus.
pub(crate) fn about_the_corpus() -> Vec<Wish> {
    wishes(include_str!("../fixtures/relevance/corpus.tsv"))
}

fn wishes(table: &str) -> Vec<Wish> {
    let wish = |line: &str| {
        let (typed, titles) = line.split_once('\t').unwrap();
        Wish {
            typed: typed.to_owned(),
            titles: titles.split('|').map(str::to_owned).collect(),
        }
    };
    table.lines().map(wish).collect()
}

/// How well wishes were met.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Score {
    /// The mean over the wishes of one over the place of the first page that helps, 0 where none is seen.
    pub(crate) reciprocal_rank: f64,
    /// The mean share of the pages that help which are seen.
    pub(crate) recall: f64,
}

impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            reciprocal_rank,
            recall,
        } = self;
        write!(
            f,
            "mean reciprocal rank {reciprocal_rank:.3}, recall at {SEEN} {recall:.3}"
        )
    }
}

/// Our score and that of FTS5's own order. `missed` is told what is looked for and does not come first with us.
#[expect(clippy::disallowed_methods, reason = "looks at the file from the outside")]
pub(crate) fn compared(dir: &Path, wishes: &[Wish], missed: impl FnMut(&str, &[String])) -> (Score, Score) {
    let reader = Reader::open(dir).unwrap();
    let conn = rusqlite::Connection::open(dir.join("mirror.db")).unwrap();
    (
        score(wishes, |typed| ours(&reader, typed), missed),
        score(wishes, |typed| plain(&conn, typed), |_, _| {}),
    )
}

/// Searches for everything, and tells `missed` what does not come first.
#[expect(clippy::cast_precision_loss, reason = "a few places and wishes")]
fn score(
    wishes: &[Wish],
    search: impl Fn(&str) -> Vec<String>,
    mut missed: impl FnMut(&str, &[String]),
) -> Score {
    let (mut reciprocal_rank, mut recall) = (0.0, 0.0);
    for Wish { typed, titles } in wishes {
        let seen: Vec<String> = search(typed).into_iter().take(SEEN).collect();
        let first = seen.iter().position(|title| titles.contains(title));
        reciprocal_rank += first.map_or(0.0, |at| 1.0 / (at + 1) as f64);
        recall += titles.iter().filter(|title| seen.contains(title)).count() as f64 / titles.len() as f64;
        if first != Some(0) {
            missed(typed, &seen);
        }
    }
    Score {
        reciprocal_rank: reciprocal_rank / wishes.len() as f64,
        recall: recall / wishes.len() as f64,
    }
}

/// What `millpond search` finds, by title.
fn ours(reader: &Reader, typed: &str) -> Vec<String> {
    let query = SearchQuery {
        now: Some(now()),
        limit: SEEN,
        ..SearchQuery::new(typed)
    };
    let hits = reader.search(&query).unwrap();
    hits.into_iter().map(|hit| hit.title).collect()
}

/// The titles of everything that is found.
#[allow(dead_code, reason = "the benchmark looks at the first only")]
pub(crate) fn titles(reader: &Reader, typed: &str) -> Vec<String> {
    let query = SearchQuery {
        now: Some(now()),
        limit: usize::MAX,
        ..SearchQuery::new(typed)
    };
    let hits = reader.search(&query).unwrap();
    hits.into_iter().map(|hit| hit.title).collect()
}

/// What FTS5 finds when it is given the same words and asked for its own order: title, body and the columns beside them
/// count alike.
fn plain(conn: &rusqlite::Connection, typed: &str) -> Vec<String> {
    let phrases: Vec<&str> = typed.split('"').collect();
    let quoted = |(index, piece): (usize, &&str)| match index % 2 {
        1 => vec![format!("\"{piece}\"")],
        _ => piece.split_whitespace().map(word).collect(),
    };
    let expression: Vec<String> = phrases.iter().enumerate().flat_map(quoted).collect();
    conn.prepare_cached(
        "SELECT contents.title FROM page_fts JOIN contents ON contents.id = page_fts.rowid
         WHERE page_fts MATCH ? ORDER BY bm25(page_fts), page_fts.rowid LIMIT 10",
    )
    .unwrap()
    .query_map([expression.join(" ")], |row| row.get(0))
    .unwrap()
    .collect::<Result<_, _>>()
    .unwrap()
}

fn word(word: &str) -> String {
    match word.strip_suffix('*') {
        Some(beginning) => format!("\"{beginning}\"*"),
        None => format!("\"{word}\""),
    }
}
