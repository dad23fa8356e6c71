//! SQL: what may have been meant where nothing is found.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension};
use serde::Serialize;

use super::columns::integer;
use super::pages::{self, PageName};
use super::query::{self, Query};
use super::{alt, fold};

/// How many titles are suggested.
const SUGGESTIONS: usize = 5;
/// The newest titles in which a misspelled word is looked for.
const TITLES: usize = 50_000;
/// Words that are less alike than that are others.
const LEAST_SIMILARITY: f64 = 0.7;

/// What may have been meant.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Suggestions {
    /// The same query with words that titles have in place of words that nothing has.
    pub did_you_mean: Option<String>,
    /// Pages with some of its words in their titles, nearest first.
    pub titles: Vec<PageName>,
}

/// Looks for what is near to a query that finds nothing.
pub(super) fn suggestions(conn: &Connection, typed: &str, query: &Query) -> rusqlite::Result<Suggestions> {
    let spelled = respelled(conn, query)?;
    let mut words: Vec<String> = query
        .groups()
        .iter()
        .map(|group| query::any_of_titles(group))
        .collect();
    words.extend(spelled.iter().map(|(_, known)| format!("\"{known}\"")));
    let did_you_mean = spelled.iter().fold(typed.to_owned(), |text, (unknown, known)| {
        text.replace(unknown, known)
    });
    Ok(Suggestions {
        did_you_mean: (!spelled.is_empty() && did_you_mean != typed).then_some(did_you_mean),
        titles: near(conn, &words.join(" OR "))?,
    })
}

/// The living content whose titles fit best.
fn near(conn: &Connection, expression: &str) -> rusqlite::Result<Vec<PageName>> {
    if expression.is_empty() {
        return Ok(Vec::new());
    }
    let mut statement = conn.prepare_cached(
        "SELECT title_fts.rowid FROM title_fts CROSS JOIN contents ON contents.id = title_fts.rowid
         WHERE title_fts MATCH ? AND contents.gone_at IS NULL
         ORDER BY bm25(title_fts), title_fts.rowid DESC LIMIT ?",
    )?;
    let rows: Vec<i64> = statement
        .query_map((expression, integer(SUGGESTIONS)), |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    rows.into_iter().map(|row| pages::name(conn, row)).collect()
}

/// The words that nothing has, each with the word of a title that is most like it.
fn respelled(conn: &Connection, query: &Query) -> rusqlite::Result<Vec<(String, String)>> {
    let words: BTreeSet<&str> = query.words().collect();
    let mut unknown = Vec::new();
    for word in words {
        let is_known = conn
            .prepare_cached("SELECT 1 FROM page_fts WHERE page_fts MATCH ? LIMIT 1")?
            .query_row([format!("\"{word}\"")], |_| Ok(()))
            .optional()?;
        // Of short words, and of those without letters, everything is near.
        if is_known.is_none() && word.chars().filter(|c| c.is_alphabetic()).count() >= 4 {
            unknown.push(word);
        }
    }
    if unknown.is_empty() {
        return Ok(Vec::new());
    }
    let vocabulary = vocabulary(conn)?;
    let nearest = unknown.into_iter().filter_map(|word| {
        let folded = fold::folded(word);
        let known = nearest(&folded, &vocabulary)?;
        Some((word.to_owned(), known.to_owned()))
    });
    Ok(nearest.collect())
}

fn nearest<'a>(word: &str, vocabulary: &'a BTreeSet<String>) -> Option<&'a str> {
    let likeness = |known: &'a String| (strsim::normalized_damerau_levenshtein(word, known), known);
    let alike = vocabulary
        .iter()
        .filter(|known| known.len().abs_diff(word.len()) <= 2)
        .map(likeness)
        .filter(|(likeness, _)| *likeness >= LEAST_SIMILARITY);
    let best = alike.max_by(|(a, known_a), (b, known_b)| a.total_cmp(b).then(known_b.cmp(known_a)));
    best.map(|(_, known)| known.as_str())
}

/// The words of titles.
fn vocabulary(conn: &Connection) -> rusqlite::Result<BTreeSet<String>> {
    let mut statement =
        conn.prepare_cached("SELECT title FROM contents WHERE gone_at IS NULL ORDER BY id DESC LIMIT ?")?;
    let mut rows = statement.query([integer(TITLES)])?;
    let mut vocabulary = BTreeSet::new();
    while let Some(row) = rows.next()? {
        vocabulary.extend(alt::words(row.get_ref(0)?.as_str()?).map(fold::folded));
    }
    Ok(vocabulary)
}
