//! SQL: which content fits a query best.
//!
//! In two looks. The first asks the index for a bounded number of candidates; the second reads those and orders them
//! by where the words stand. All matches are candidates if there are few. Of many, the index's own ranking names the
//! best, unless a word is so frequent that ranking its matches takes too long: then those with the rarer words in title
//! or labels are, and the newest. What is no candidate comes after all candidates, newest first, so that leafing
//! through the hits meets every match once.

use rusqlite::{Connection, OptionalExtension, Row, params_from_iter};

use crate::model::Timestamp;

use super::columns::{integer, timestamp};
use super::filter::{self, Condition};
use super::fit::{self, Looked, Wanted};
use super::query::{self, Query};

/// How many texts are read to be ranked.
const CANDIDATES: usize = 200;
/// A word in more content than that is frequent: what ranking all of it takes is felt.
const FREQUENT: f64 = 4_000.0;
/// The same for a query with a beginning: the ways around ranking take longer there.
const FREQUENT_BEGINNING: f64 = 8_000.0;
/// How many rows at most are looked up in the index one by one.
const LOOKED_UP: usize = 500;
/// The same for a query with a beginning: each time all words are walked that begin so.
const LOOKED_UP_BY_BEGINNING: usize = 25;
/// How many matches are gone through in the time that one row takes to be looked up.
const PER_LOOK_UP: f64 = 250.0;
/// How much of a word's content is looked at to tell how frequent it is.
const SAMPLE: usize = 1_000;
/// More titles than that are not ranked.
const TITLES: usize = 5_000;

/// A row and how well it fits.
pub(super) type Ranked = Vec<(i64, f64)>;

/// Which part of the hits to return.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    pub(super) offset: usize,
    pub(super) limit: usize,
}

/// What passes the condition and matches, best first.
pub(super) fn ranked(
    conn: &Connection,
    query: &Query,
    condition: &Condition,
    now: Option<Timestamp>,
    part: Part,
) -> rusqlite::Result<Ranked> {
    let Some(expression) = query.expression() else {
        return newest_of_all(conn, condition, part);
    };
    let look = Look {
        conn,
        expression,
        condition,
    };
    let wanted = weighed(conn, query)?;
    let (candidates, are_all) = match few(conn, query, &wanted)? {
        Some(few) => (look.matching(&few)?, true),
        None => look.candidates(query, &wanted)?,
    };
    let wanted: Vec<Wanted> = wanted.into_iter().map(|(wanted, _)| wanted).collect();
    let mut ranked = second_look(conn, &candidates, &wanted, now)?;
    // Rows of equal worth in an order that stays.
    ranked.sort_by(|(a, fits_a), (b, fits_b)| fits_b.total_cmp(fits_a).then(b.cmp(a)));
    let (end, count) = (part.offset.saturating_add(part.limit), ranked.len());
    ranked.drain(..part.offset.min(count));
    if end > count && !are_all {
        let known = part.offset.max(count);
        let rest = Part {
            offset: known - count,
            limit: end - known,
        };
        let rest = look.rest(&candidates, rest)?;
        ranked.extend(rest.into_iter().map(|row| (row, 0.0)));
    }
    ranked.truncate(part.limit);
    Ok(ranked)
}

/// What passes the filters, if looking it up takes less time than going through what has the rarest word.
fn few(conn: &Connection, query: &Query, wanted: &[(Wanted, f64)]) -> rusqlite::Result<Option<Vec<i64>>> {
    let rarest = wanted
        .iter()
        .map(|(_, having)| *having)
        .fold(f64::INFINITY, f64::min);
    let few = filter::few(conn, &query.filters, looked_up(query))?;
    Ok(few.filter(|few| precise(integer(few.len())) * PER_LOOK_UP < rarest))
}

fn looked_up(query: &Query) -> usize {
    if query.has_prefix() {
        LOOKED_UP_BY_BEGINNING
    } else {
        LOOKED_UP
    }
}

/// Filters alone ask for everything that passes them.
fn newest_of_all(conn: &Connection, condition: &Condition, part: Part) -> rusqlite::Result<Ranked> {
    let sql = format!(
        "SELECT contents.id FROM contents WHERE {} ORDER BY contents.modified_at DESC, contents.id DESC
         LIMIT {} OFFSET {}",
        condition.sql,
        integer(part.limit),
        integer(part.offset),
    );
    let mut statement = conn.prepare_cached(&sql)?;
    let rows = statement.query_map(params_from_iter(&condition.values), |row| Ok((row.get(0)?, 0.0)))?;
    rows.collect()
}

/// What is asked for, with about how much content has it.
fn weighed(conn: &Connection, query: &Query) -> rusqlite::Result<Vec<(Wanted, f64)>> {
    let all: i64 = conn
        .prepare_cached("SELECT coalesce(max(id), 0) FROM contents")?
        .query_row([], |row| row.get(0))?;
    let groups = query.groups().iter().map(|group| {
        let having = about_how_many(conn, &query::any_of(group), all)?;
        let wanted = Wanted {
            ways: group.iter().map(query::Term::needle).collect(),
            weight: fit::weight(having, precise(all)),
        };
        Ok((wanted, having))
    });
    groups.collect()
}

/// Counted if it is little, else judged by how densely the newest have it: counting takes as long as it is many.
fn about_how_many(conn: &Connection, expression: &str, all: i64) -> rusqlite::Result<f64> {
    let (count, oldest): (i64, Option<i64>) = conn
        .prepare_cached(
            "SELECT count(*), min(id) FROM (
                 SELECT rowid AS id FROM page_fts WHERE page_fts MATCH ? ORDER BY rowid DESC LIMIT ?
             )",
        )?
        .query_row((expression, integer(SAMPLE)), |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    if count < integer(SAMPLE) {
        return Ok(precise(count));
    }
    let range = all - oldest.unwrap_or_default() + 1;
    Ok(precise(count) * precise(all) / precise(range.max(1)))
}

/// The first look.
struct Look<'a> {
    conn: &'a Connection,
    expression: String,
    condition: &'a Condition,
}

impl Look<'_> {
    /// What is read to be ranked, and whether that is all.
    fn candidates(&self, query: &Query, wanted: &[(Wanted, f64)]) -> rusqlite::Result<(Vec<i64>, bool)> {
        let newest = self.newest(CANDIDATES + 1)?;
        if newest.len() <= CANDIDATES {
            return Ok((newest, true));
        }
        Ok((self.best(query, wanted, newest)?, false))
    }

    /// Those that came last.
    fn newest(&self, limit: usize) -> rusqlite::Result<Vec<i64>> {
        self.rows("", &[], &format!("page_fts.rowid DESC LIMIT {}", integer(limit)))
    }

    /// The candidates among more matches than that, of which `newest` came last.
    fn best(&self, query: &Query, wanted: &[(Wanted, f64)], newest: Vec<i64>) -> rusqlite::Result<Vec<i64>> {
        let frequent = if query.has_prefix() {
            FREQUENT_BEGINNING
        } else {
            FREQUENT
        };
        let is_frequent: Vec<bool> = wanted.iter().map(|(_, having)| *having > frequent).collect();
        if !is_frequent.contains(&true) {
            return self.best_by_index();
        }
        let are_all_frequent = !is_frequent.contains(&false);
        let rarer = query.groups().iter().zip(&is_frequent);
        let rarer = rarer.filter(|(_, is_frequent)| are_all_frequent || !**is_frequent);
        let expression: Vec<String> = rarer.map(|(group, _)| query::any_of_titles(group)).collect();
        let titled = self.titled(&expression.join(" AND "), looked_up(query).min(CANDIDATES / 2))?;
        let mut candidates = self.matching(&titled)?;
        let more = newest.into_iter().filter(|row| !titled.contains(row));
        candidates.extend(more.collect::<Vec<_>>());
        candidates.truncate(CANDIDATES);
        Ok(candidates)
    }

    fn best_by_index(&self) -> rusqlite::Result<Vec<i64>> {
        let order = format!(
            "bm25(page_fts, 10.0, 1.0, 0.5, 8.0, 0.5, 2.0), page_fts.rowid DESC LIMIT {}",
            integer(CANDIDATES)
        );
        self.rows("", &[], &order)
    }

    /// Those with this in title or labels, the best of them if there are not too many, else the newest.
    fn titled(&self, expression: &str, limit: usize) -> rusqlite::Result<Vec<i64>> {
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
        let rows = statement.query_map((expression, integer(limit)), |row| row.get(0))?;
        rows.collect()
    }

    /// Those of the rows that match and pass.
    fn matching(&self, rows: &[i64]) -> rusqlite::Result<Vec<i64>> {
        self.rows(
            "AND page_fts.rowid IN (SELECT value FROM json_each(?))",
            &[json(rows)],
            "page_fts.rowid DESC",
        )
    }

    /// All but these rows, newest first.
    fn rest(&self, but: &[i64], part: Part) -> rusqlite::Result<Vec<i64>> {
        let order = format!(
            "page_fts.rowid DESC LIMIT {} OFFSET {}",
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
             WHERE page_fts MATCH ? {which} AND {} ORDER BY {order}",
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

/// Reads the candidates and says how well each fits.
fn second_look(
    conn: &Connection,
    candidates: &[i64],
    wanted: &[Wanted],
    now: Option<Timestamp>,
) -> rusqlite::Result<Ranked> {
    let mut statement = conn.prepare_cached(
        "SELECT texts.title, texts.body, texts.labels, texts.comments, texts.files, contents.modified_at
         FROM texts JOIN contents ON contents.id = texts.id
         WHERE texts.id = ?",
    )?;
    let mut ranked = Vec::with_capacity(candidates.len());
    for row in candidates {
        let fits = statement.query_row([row], |row| fits(row, wanted, now))?;
        ranked.push((*row, fits));
    }
    Ok(ranked)
}

fn fits(row: &Row<'_>, wanted: &[Wanted], now: Option<Timestamp>) -> rusqlite::Result<f64> {
    let text = |column| Ok::<_, rusqlite::Error>(row.get_ref(column)?.as_str()?);
    let looked = Looked {
        title: text("title")?,
        body: text("body")?,
        labels: text("labels")?,
        comments: text("comments")?,
        files: text("files")?,
        age: fit::age(timestamp(row, "modified_at")?, now),
    };
    Ok(fit::fit(&looked, wanted))
}

#[expect(clippy::cast_precision_loss, reason = "numbers of rows, for an estimate")]
fn precise(number: i64) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::{Part, ranked};
    use crate::store::filter;
    use crate::store::migrate;
    use crate::store::query::Query;

    const PAGES: usize = 21_000;

    /// A word in every page, and an old page that is about it.
    #[expect(clippy::disallowed_methods, reason = "an empty database in memory")]
    fn mirror() -> Connection {
        let mut conn = Connection::open(":memory:").unwrap();
        migrate::migrate(&mut conn).unwrap();
        conn.execute_batch(&format!(
            "INSERT INTO sites VALUES (1, 'cloud', 'acme.atlassian.net', 'Acme', '', '');
             WITH RECURSIVE numbers (id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM numbers WHERE id < {PAGES})
             INSERT INTO contents (id, site, content_id, kind, space_id, title, title_key, status, version,
                 version_message, is_minor, created_at, modified_at, webui, sighted_in, first_seen, last_seen)
             SELECT id, 1, id, 'page', '1', iif(id = 9, 'All about mills', 'Page'), '', 'current', 1, '', 0, '',
                 '2026-03-01T09:00:00.000Z', '', 1, '', ''
             FROM numbers;
             INSERT INTO texts (id, title, body, alt, markdown) SELECT id, title, 'mills', '', '' FROM contents;",
        ))
        .unwrap();
        conn
    }

    #[test]
    fn what_few_pass_is_found_whether_it_is_looked_up_or_not() {
        let conn = mirror();
        conn.execute_batch(
            "INSERT INTO labels (content, name) VALUES (7, 'rare'), (8, 'rare'), (9, 'rare');
             INSERT INTO labels (content, name) SELECT id, 'usual' FROM contents WHERE id % 100 < 10;",
        )
        .unwrap();
        for (typed, expected) in [
            ("mills label:rare", vec![9, 8, 7]),
            ("about mills label:rare", vec![9]),
            ("mill* label:rare label:usual", vec![9, 8, 7]),
            ("mills label:never", vec![]),
        ] {
            let query = Query::parse(typed, None);
            let condition = filter::condition(&conn, &query.filters).unwrap();
            let part = Part { offset: 0, limit: 10 };
            let ranked = ranked(&conn, &query, &condition, None, part).unwrap();
            let rows: Vec<i64> = ranked.into_iter().map(|(row, _)| row).collect();
            assert_eq!(rows, expected, "{typed}");
        }
    }

    #[test]
    fn of_a_word_in_too_many_pages_the_titles_come_first_and_every_page_once() {
        let conn = mirror();
        let query = Query::parse("mills", None);
        let condition = filter::condition(&conn, &query.filters).unwrap();
        let part = |offset, limit| {
            let part = Part { offset, limit };
            let ranked = ranked(&conn, &query, &condition, None, part).unwrap();
            ranked.into_iter().map(|(row, _)| row).collect::<Vec<_>>()
        };
        assert_eq!(part(0, 1), [9]);
        let all = part(0, usize::MAX);
        let mut met = all.clone();
        met.sort_unstable();
        met.dedup();
        assert_eq!((all.len(), met.len()), (PAGES, PAGES));
        assert_eq!(part(180, 60), all[180..240], "across the end of what is ranked");
    }
}
