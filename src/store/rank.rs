//! SQL: which content fits a query best.
//!
//! In two looks. The first asks the index for a bounded number of candidates; the second reads those and orders them
//! by where the words stand. What is no candidate comes after all candidates, newest first, so that leafing through the
//! hits meets every match once.

use rusqlite::{Connection, Row, params_from_iter};

use crate::model::Timestamp;

use super::candidates::Look;
use super::columns::{integer, timestamp};
use super::filter::Condition;
use super::fit::{self, Looked, Wanted};
use super::query::{Query, Term};

/// How much of a word's content is looked at to tell how frequent it is.
const SAMPLE: usize = 1_000;

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
    let all = how_much(conn)?;
    let (wanted, having): (Vec<Wanted>, Vec<f64>) = weighed(conn, query, all)?.into_iter().unzip();
    let mut rarest = having.iter().copied().fold(precise(all), f64::min);
    for narrowing in &condition.narrowing {
        rarest = rarest.min(about_how_many(conn, narrowing, all)?);
    }
    let look = Look {
        conn,
        query,
        expression: condition.narrowed(&expression),
        condition,
        having,
        rarest,
        all,
    };
    let (candidates, are_all) = look.candidates()?;
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

/// About how much content there is.
fn how_much(conn: &Connection) -> rusqlite::Result<i64> {
    conn.prepare_cached("SELECT coalesce(max(id), 0) FROM contents")?
        .query_row([], |row| row.get(0))
}

/// What is asked for, with about how much content has it, or how much at most.
fn weighed(conn: &Connection, query: &Query, all: i64) -> rusqlite::Result<Vec<(Wanted, f64)>> {
    let is_single = query.groups().len() == 1;
    let groups = query.groups().iter().map(|group| {
        // What begins so is gathered anew by each statement, so none is spent on counting it alone.
        let having = if is_single && query.has_prefix() {
            precise(all)
        } else {
            about_how_many_have_any(conn, group, all)?
        };
        let weight = if is_single {
            1.0
        } else {
            fit::weight(having, precise(all))
        };
        let ways = group.iter().map(Term::needle).collect();
        Ok((Wanted { ways, weight }, having))
    });
    groups.collect()
}

/// How many have one of the terms, each judged by the rarest of its words.
fn about_how_many_have_any(conn: &Connection, terms: &[Term], all: i64) -> rusqlite::Result<f64> {
    let mut having = 0.0;
    for term in terms {
        let mut rarest = f64::INFINITY;
        for word in term.counted() {
            rarest = rarest.min(about_how_many(conn, &word, all)?);
        }
        having += rarest;
    }
    Ok(having.min(precise(all)))
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
pub(super) fn precise(number: i64) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::{Part, ranked};
    use crate::store::filter;
    use crate::store::migrate;
    use crate::store::query::Query;

    /// So many that a word of all of them is frequent.
    const PAGES: usize = 26_000;

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
    fn what_passes_is_found_whether_it_is_little_or_much() {
        let conn = mirror();
        conn.execute_batch(
            "INSERT INTO labels (content, name) VALUES (7, 'rare'), (8, 'rare'), (9, 'rare');
             INSERT INTO labels (content, name) SELECT id, 'usual' FROM contents WHERE id % 100 < 10;
             INSERT INTO labels (content, name) SELECT content, 'also' FROM labels WHERE name = 'usual';
             UPDATE texts SET labels = (SELECT group_concat(name, char(10)) FROM labels WHERE content = texts.id)
             WHERE id IN (SELECT content FROM labels);",
        )
        .unwrap();
        let usual = [
            9, 26_000, 25_909, 25_908, 25_907, 25_906, 25_905, 25_904, 25_903, 25_902,
        ];
        for (typed, expected) in [
            ("mills label:rare", vec![9, 8, 7]),
            ("about mills label:rare", vec![9]),
            ("mill* label:rare label:usual", vec![9, 8, 7]),
            ("mills label:usual", usual.to_vec()),
            // By chance, hardly any would have both.
            ("mills label:usual label:also", usual.to_vec()),
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
