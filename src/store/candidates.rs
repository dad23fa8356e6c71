//! SQL: which matches are worth reading, of as many as there are.
//!
//! All matches are candidates if there are few. Of many, those with the rarer words in title or labels are, and the newest.
//!
//! A search costs as much as the statements that walk what has its words, so there are as few of them as possible.

use rusqlite::{Connection, params_from_iter};

use super::columns::integer;
use super::filter::Condition;
use super::query::{self, Query};
use super::rank::{Part, precise};

/// How many of the newest matches are read to be ranked, if the words are frequent.
const NEWEST: usize = 100;
/// How many if they are not, and say the more.
const NEWEST_OF_RARE: usize = 500;
/// How many more are named by their titles, where there are too many matches to read all.
const TITLED: usize = 100;
/// How many rows of content the first slice has that is looked for matches.
const FIRST_SLICE: i64 = 2_000;
/// How much larger a slice is than the one before it at most.
const GROWTH: i64 = 8;
/// A word in more content than this says little.
const FREQUENT: f64 = 20_000.0;
/// How many matches are walked in the time that a row takes to be looked up in the index.
const PER_LOOK_UP: f64 = 100.0;
/// The condition of rows that are known, if all matches are gone through: the plus keeps SQLite from looking up each row.
const WALKED_TO: &str = "AND +page_fts.rowid IN (SELECT value FROM json_each(?))";
/// The same if each is looked up.
const LOOKED_UP_IN: &str = "AND page_fts.rowid IN (SELECT value FROM json_each(?))";
/// More titles than that are not ranked.
const TITLES: usize = 1_000;

/// The condition of rows from one on, up to another. In each slice the index walks forwards: backwards, it takes several
/// times as long for what it passes over.
const IN_SLICE: &str = "AND page_fts.rowid >= CAST(? AS INTEGER) AND page_fts.rowid < CAST(? AS INTEGER)";

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
    /// The highest row of content.
    pub(super) all: i64,
}

impl Look<'_> {
    /// What is read to be ranked, and whether that is all.
    pub(super) fn candidates(&self) -> rusqlite::Result<(Vec<i64>, bool)> {
        let enough = if self.having.iter().sum::<f64>() <= FREQUENT {
            NEWEST_OF_RARE
        } else {
            NEWEST
        };
        let mut newest = self.newest(enough + 1)?;
        if newest.len() <= enough {
            return Ok((newest, true));
        }
        newest.truncate(enough);
        let titled = self.titled()?;
        newest.extend(
            titled
                .iter()
                .filter(|row| !newest.contains(row))
                .collect::<Vec<_>>(),
        );
        Ok((newest, false))
    }

    /// Those that came last, so many of them.
    fn newest(&self, limit: usize) -> rusqlite::Result<Vec<i64>> {
        if self.query.has_prefix() {
            // Each statement gathers all that begin so.
            let order = format!("ORDER BY page_fts.rowid DESC LIMIT {}", integer(limit));
            return self.rows("", &[], &order);
        }
        let mut newest = Vec::with_capacity(limit);
        let (mut end, mut size) = (self.all + 1, FIRST_SLICE);
        while newest.len() < limit && end > 0 {
            let start = end - size;
            let mut slice = self.rows(IN_SLICE, &[start.to_string(), end.to_string()], "")?;
            slice.reverse();
            newest.extend(slice);
            end = start;
            size = next_slice(self.all + 1 - end, newest.len(), limit);
        }
        newest.truncate(limit);
        Ok(newest)
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
            return Ok(titled);
        }
        self.matching(&titled)
    }

    /// What passes of those with this in title or labels: the shortest titles if there are not too many, else the newest.
    fn with_titles(&self, expression: &str) -> rusqlite::Result<Vec<i64>> {
        // The index's own ranking would walk everything that each of the words and filters has.
        let are_many = self
            .conn
            .prepare_cached(
                "SELECT 1 FROM title_fts WHERE title_fts MATCH ? ORDER BY rowid DESC LIMIT 1 OFFSET ?",
            )?
            .exists((expression, integer(TITLES)))?;
        let order = if are_many { "" } else { "length(contents.title)," };
        let sql = format!(
            "SELECT title_fts.rowid FROM title_fts CROSS JOIN contents ON contents.id = title_fts.rowid
             WHERE title_fts MATCH ? AND {} ORDER BY {order} title_fts.rowid DESC LIMIT {}",
            self.condition.sql,
            integer(TITLED)
        );
        let expression = expression.to_owned();
        let values = [&expression].into_iter().chain(&self.condition.values);
        let mut statement = self.conn.prepare_cached(&sql)?;
        let rows = statement.query_map(params_from_iter(values), |row| row.get(0))?;
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

/// How large the next slice is, after so many rows of content have been looked for matches, and so many were found.
fn next_slice(looked_at: i64, found: usize, wanted: usize) -> i64 {
    let largest = looked_at * GROWTH;
    if found == 0 {
        return largest;
    }
    // As large as what is wanted takes, if it goes on like that, and a fifth more.
    let missing = integer(wanted.saturating_sub(found));
    (looked_at * missing / integer(found) * 6 / 5).clamp(FIRST_SLICE, largest)
}

fn json(rows: &[i64]) -> String {
    serde_json::Value::from(rows).to_string()
}

#[cfg(test)]
mod tests {
    use super::next_slice;

    #[test]
    fn slices_are_as_large_as_what_was_found_so_far_says() {
        for (looked_at, found, expected) in [
            (2_000, 0, 16_000),
            (2_000, 1, 16_000),
            (2_000, 90, 2_000),
            (18_000, 50, 21_600),
            (18_000, 99, 2_000),
            (i64::MAX / 1_000, 0, i64::MAX / 1_000 * 8),
        ] {
            assert_eq!(
                next_slice(looked_at, found, 100),
                expected,
                "{found} in {looked_at}"
            );
        }
    }
}
