//! SQL: which matches are worth reading, of as many as there are.
//!
//! All matches are candidates if there are few. Of many, the index's own ranking names the best of the newest five
//! hundred; beyond that, those with the rarer words in title or labels come before.
//!
//! A search costs as much as the statements that walk what has its words, so there are as few of them as possible.

use rusqlite::{Connection, OptionalExtension, params_from_iter};

use super::columns::integer;
use super::filter::Condition;
use super::query::{self, Query};
use super::rank::{Part, precise};

/// How many texts are read to be ranked.
const CANDIDATES: usize = 200;
/// How many of those are named by their titles, where there are too many matches to rank all.
const TITLED: usize = 100;
/// How many matches the index ranks.
const RANKED: usize = 500;
/// To rank any, the index walks all that has each of the words. Where that is more than this, it ranks none.
const WALKED: f64 = 20_000.0;
/// How many rows of a filter are looked up at once at least, until there are enough matches.
const LOOKED_UP: usize = 500;
/// How many matches are walked in the time that a row takes to be looked up in the index.
const PER_LOOK_UP: f64 = 50.0;
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
    pub(super) expression: String,
    pub(super) condition: &'a Condition,
    /// About how much content has each group of the query.
    pub(super) having: Vec<f64>,
    /// About how much content there is.
    pub(super) all: f64,
}

impl Look<'_> {
    /// What is read to be ranked, and whether that is all. What passes one of the filters may have been listed.
    pub(super) fn candidates(&self, listed: Option<&[i64]>) -> rusqlite::Result<(Vec<i64>, bool)> {
        let can_be_ranked = self.having.iter().sum::<f64>() <= WALKED;
        // Each match that does not pass takes as long as one that does.
        let is_narrowed = !self.query.filters.is_empty();
        let enough = if can_be_ranked && !is_narrowed {
            RANKED
        } else {
            CANDIDATES
        };
        let mut matches = match listed {
            Some(rows) => self.newest_of(rows, enough + 1)?,
            None => self.newest(enough + 1)?,
        };
        let are_many = matches.len() > enough;
        if matches.len() <= CANDIDATES {
            return Ok((matches, true));
        }
        matches.truncate(enough);
        let mut candidates = if are_many || !can_be_ranked {
            self.titled()?
        } else {
            Vec::new()
        };
        let others = if can_be_ranked {
            self.best(&matches)?
        } else {
            matches
        };
        let others = others.into_iter().filter(|row| !candidates.contains(row));
        let others: Vec<i64> = others.take(CANDIDATES - candidates.len()).collect();
        candidates.extend(others);
        Ok((candidates, false))
    }

    /// Those that came last.
    fn newest(&self, limit: usize) -> rusqlite::Result<Vec<i64>> {
        self.rows(
            "",
            &[],
            &format!("ORDER BY page_fts.rowid DESC LIMIT {}", integer(limit)),
        )
    }

    /// Those of the rows that match and pass, the last ones first: all of them, or at least so many.
    fn newest_of(&self, rows: &[i64], limit: usize) -> rusqlite::Result<Vec<i64>> {
        // Either way ends when there are enough matches: the denser the words are among the rows, and the rows among
        // what has the words, the sooner.
        let enough = precise(integer(limit)) * self.all;
        let (rarest, listed) = (self.rarest(), precise(integer(rows.len())));
        let looked_up = listed.min(enough / rarest);
        let walked = rarest.min(enough / listed);
        if self.query.has_prefix() || walked < looked_up * PER_LOOK_UP {
            let order = format!("ORDER BY page_fts.rowid DESC LIMIT {}", integer(limit));
            return self.rows(WALKED_TO, &[json(rows)], &order);
        }
        let mut rows = rows.to_vec();
        rows.sort_unstable_by(|a, b| b.cmp(a));
        let mut matches = Vec::new();
        for rows in rows.chunks(LOOKED_UP) {
            matches.extend(self.looked_up(rows)?);
            if matches.len() >= limit {
                break;
            }
        }
        Ok(matches)
    }

    /// The best of these matches, by the index's own ranking.
    fn best(&self, matches: &[i64]) -> rusqlite::Result<Vec<i64>> {
        let mut statement = self.conn.prepare_cached(
            "SELECT rowid FROM page_fts
             WHERE page_fts MATCH ? AND rowid >= ? AND +rowid IN (SELECT value FROM json_each(?))
             ORDER BY bm25(page_fts, 10.0, 1.0, 0.5, 8.0, 0.5, 2.0), rowid DESC LIMIT ?",
        )?;
        let oldest = matches.iter().min();
        let rows = statement.query_map(
            (&self.expression, oldest, json(matches), integer(CANDIDATES)),
            |row| row.get(0),
        )?;
        rows.collect()
    }

    /// Matches with the rarer words in title or labels.
    fn titled(&self) -> rusqlite::Result<Vec<i64>> {
        let is_rare = |having: &f64| *having <= WALKED;
        let is_any_rare = self.having.iter().any(is_rare);
        let rarer = self.query.groups().iter().zip(&self.having);
        let rarer = rarer.filter(|(_, having)| !is_any_rare || is_rare(having));
        let expression: Vec<String> = rarer.map(|(group, _)| query::any_of_titles(group)).collect();
        let titled = self.with_titles(&expression.join(" AND "))?;
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

    /// Those of the rows that match and pass, the last ones first.
    fn matching(&self, rows: &[i64]) -> rusqlite::Result<Vec<i64>> {
        // With a beginning, each look-up would gather all that begin so.
        if self.query.has_prefix() || self.rarest() < precise(integer(rows.len())) * PER_LOOK_UP {
            self.rows(WALKED_TO, &[json(rows)], "ORDER BY page_fts.rowid DESC")
        } else {
            self.looked_up(rows)
        }
    }

    fn looked_up(&self, rows: &[i64]) -> rusqlite::Result<Vec<i64>> {
        // Sorted here: asked for in descending order, the index would walk to each row from the last.
        let mut rows = self.rows(LOOKED_UP_IN, &[json(rows)], "")?;
        rows.sort_unstable_by(|a, b| b.cmp(a));
        Ok(rows)
    }

    /// About how much content has the rarest of what must occur.
    fn rarest(&self) -> f64 {
        self.having.iter().copied().fold(f64::INFINITY, f64::min)
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
