//! SQL: which matches are worth reading, of as many as there are.
//!
//! All matches are candidates if there are few. Of many, those with the rarer words in title or labels are, and the newest.
//!
//! A search costs as much as the statements that walk what has its words, so there are as few of them as possible.

use rusqlite::{Connection, OptionalExtension, params_from_iter};

use super::columns::integer;
use super::filter::Condition;
use super::query::{self, Query};
use super::rank::{Part, precise};

/// How many texts are read to be ranked, where the words are frequent.
const CANDIDATES: usize = 200;
/// How many are read where they are not, and say the more.
const CANDIDATES_OF_RARE: usize = 500;
/// How many of those are named by their titles, where there are too many matches to read all.
const TITLED: usize = 100;
/// A word in more content than this says little.
const FREQUENT: f64 = 20_000.0;
/// How many matches are walked in the time that a row takes to be looked up in the index.
const PER_LOOK_UP: f64 = 100.0;
/// The condition of rows that are known, if all matches are gone through: the plus keeps SQLite from looking up each row.
const WALKED_TO: &str = "AND +page_fts.rowid IN (SELECT value FROM json_each(?))";
/// The same if each is looked up.
const LOOKED_UP_IN: &str = "AND page_fts.rowid IN (SELECT value FROM json_each(?))";
/// More titles than that are not ranked.
const TITLES: usize = 2_000;

/// The first look.
pub(super) struct Look<'a> {
    pub(super) conn: &'a Connection,
    pub(super) query: &'a Query,
    /// What asks the index for the matches.
    pub(super) expression: String,
    pub(super) condition: &'a Condition,
    /// About how much content has each group of the query.
    pub(super) having: Vec<f64>,
    /// About how much has the rarest of what must occur, filters included.
    pub(super) rarest: f64,
    /// How many matches that makes, if no word or filter has to do with another.
    pub(super) expected: f64,
}

impl Look<'_> {
    /// What is read to be ranked, and whether that is all.
    pub(super) fn candidates(&self) -> rusqlite::Result<(Vec<i64>, bool)> {
        let enough = if self.having.iter().sum::<f64>() <= FREQUENT {
            CANDIDATES_OF_RARE
        } else {
            CANDIDATES
        };
        let matches = self.newest(enough + 1)?;
        if matches.len() <= enough {
            return Ok((matches, true));
        }
        let mut candidates = self.titled()?;
        let others = matches.into_iter().filter(|row| !candidates.contains(row));
        let others: Vec<i64> = others.take(enough - candidates.len()).collect();
        candidates.extend(others);
        Ok((candidates, false))
    }

    /// Those that came last.
    fn newest(&self, limit: usize) -> rusqlite::Result<Vec<i64>> {
        // Backwards, the index takes several times as long for what it passes over. If that is nearly all, it is quicker
        // to walk everything forwards.
        if self.expected < precise(integer(2 * limit)) {
            let some = 8 * limit;
            let mut rows = self.rows("", &[], &format!("LIMIT {}", integer(some)))?;
            if rows.len() < some {
                rows.sort_unstable_by(|a, b| b.cmp(a));
                rows.truncate(limit);
                return Ok(rows);
            }
        }
        let order = format!("ORDER BY page_fts.rowid DESC LIMIT {}", integer(limit));
        self.rows("", &[], &order)
    }

    /// Matches with the rarer words in title or labels.
    fn titled(&self) -> rusqlite::Result<Vec<i64>> {
        let is_rare = |having: &f64| *having <= FREQUENT;
        let is_any_rare = self.having.iter().any(is_rare);
        let rarer = self.query.groups().iter().zip(&self.having);
        let rarer = rarer.filter(|(_, having)| !is_any_rare || is_rare(having));
        let expression: Vec<String> = rarer.map(|(group, _)| query::any_of_titles(group)).collect();
        let titled = self.with_titles(&self.condition.narrowed(&expression.join(" AND ")))?;
        if expression.len() == self.having.len() && self.query.is_met_by_titles() {
            return self.passing(&titled);
        }
        self.matching(&titled)
    }

    /// Those of the rows that pass.
    fn passing(&self, rows: &[i64]) -> rusqlite::Result<Vec<i64>> {
        let sql = format!(
            "SELECT contents.id FROM contents WHERE contents.id IN (SELECT value FROM json_each(?)) AND {}",
            self.condition.sql
        );
        let values = [json(rows)];
        let values = values.iter().chain(&self.condition.values);
        let mut statement = self.conn.prepare_cached(&sql)?;
        let rows = statement.query_map(params_from_iter(values), |row| row.get(0))?;
        rows.collect()
    }

    /// Those with this in title or labels, the best of them if there are not too many, else the newest.
    fn with_titles(&self, expression: &str) -> rusqlite::Result<Vec<i64>> {
        let beyond: Option<i64> = self
            .conn
            .prepare_cached(
                "SELECT rowid FROM title_fts WHERE title_fts MATCH ? ORDER BY rowid DESC LIMIT 1 OFFSET ?",
            )?
            .query_row((expression, integer(TITLES)), |row| row.get(0))
            .optional()?;
        let sql = match beyond {
            None => {
                "SELECT rowid FROM title_fts WHERE title_fts MATCH ?
                     ORDER BY bm25(title_fts), rowid DESC LIMIT ?"
            }
            Some(_) => "SELECT rowid FROM title_fts WHERE title_fts MATCH ? ORDER BY rowid DESC LIMIT ?",
        };
        let mut statement = self.conn.prepare_cached(sql)?;
        let rows = statement.query_map((expression, integer(TITLED)), |row| row.get(0))?;
        rows.collect()
    }

    /// Those of the rows that match and pass.
    fn matching(&self, rows: &[i64]) -> rusqlite::Result<Vec<i64>> {
        // With a beginning, each look-up would gather all that begin so.
        let is_walked = self.query.has_prefix() || self.rarest < precise(integer(rows.len())) * PER_LOOK_UP;
        // In no order: asked for in descending order, the index would walk to each row from the last.
        self.rows(
            if is_walked { WALKED_TO } else { LOOKED_UP_IN },
            &[json(rows)],
            "",
        )
    }

    /// All but these rows, newest first.
    pub(super) fn rest(&self, but: &[i64], part: Part) -> rusqlite::Result<Vec<i64>> {
        let order = format!(
            "ORDER BY page_fts.rowid DESC LIMIT {} OFFSET {}",
            integer(part.limit),
            integer(part.offset)
        );
        self.rows(
            "AND page_fts.rowid NOT IN (SELECT value FROM json_each(?))",
            &[json(but)],
            &order,
        )
    }

    fn rows(&self, which: &str, values: &[String], order: &str) -> rusqlite::Result<Vec<i64>> {
        let sql = format!(
            "SELECT page_fts.rowid FROM page_fts CROSS JOIN contents ON contents.id = page_fts.rowid
             WHERE page_fts MATCH ? {which} AND {} {order}",
            self.condition.sql
        );
        let values = [&self.expression]
            .into_iter()
            .chain(values)
            .chain(&self.condition.values);
        let mut statement = self.conn.prepare_cached(&sql)?;
        let rows = statement.query_map(params_from_iter(values), |row| row.get(0))?;
        rows.collect()
    }
}

fn json(rows: &[i64]) -> String {
    serde_json::Value::from(rows).to_string()
}
