//! SQL: merges the search indexes when there is nothing else to do.
//!
//! FTS5 writes each batch as a segment of its own and merges some of them as it goes, as few as writing bears. A search
//! seeks each of its words in every segment, and each match that it looks up. A first copy leaves some thirty; merged
//! into one, look-ups take a tenth of the time.

use rusqlite::{Connection, Transaction};

use super::Error;
use super::writer::Writer;

/// The indexes of words.
const INDEXES: [&str; 2] = ["page_fts", "title_fts"];
/// Searches hardly notice so many segments.
const FEW: usize = 4;
/// Merging writes everything anew, and pays when so much is beside the largest segment: one part in ten.
const WORTHWHILE: i64 = 10;
/// How much one step writes, in pages of 4 KB: others can write after a few hundredths of a second.
const STEP: i64 = 250;

/// Merges for as long as it may go on, a transaction for each step.
pub(super) async fn merge(writer: &Writer, may_go_on: impl Fn() -> bool) -> Result<(), Error> {
    for index in INDEXES {
        let due = move |tx: &Transaction<'_>| is_due(tx, index);
        let mut is_more = writer.transaction("look at the search index", due).await?;
        let mut is_first = true;
        while is_more && may_go_on() {
            let one = move |tx: &Transaction<'_>| step(tx, index, is_first);
            is_more = writer.transaction("merge the search index", one).await?;
            is_first = false;
        }
    }
    Ok(())
}

/// Whether the segments of the index are worth merging into one.
fn is_due(conn: &Connection, index: &str) -> rusqlite::Result<bool> {
    Ok(are_worth_merging(&segments(conn, index)?))
}

fn are_worth_merging(segments: &[i64]) -> bool {
    let largest = segments.iter().max().copied().unwrap_or_default();
    let others = segments.iter().sum::<i64>() - largest;
    segments.len() > FEW && others.saturating_mul(WORTHWHILE) >= largest
}

/// The pages of each segment, from the table in which FTS5 keeps the last term of each.
fn segments(conn: &Connection, index: &str) -> rusqlite::Result<Vec<i64>> {
    let sql = format!(
        "WITH RECURSIVE segments (id) AS (
             SELECT min(segid) FROM {index}_idx
             UNION ALL
             SELECT (SELECT min(segid) FROM {index}_idx WHERE segid > segments.id) FROM segments WHERE id IS NOT NULL
         )
         SELECT (SELECT pgno / 2 FROM {index}_idx WHERE segid = segments.id ORDER BY term DESC LIMIT 1)
         FROM segments WHERE id IS NOT NULL"
    );
    let mut statement = conn.prepare_cached(&sql)?;
    let rows = statement.query_map([], |row| row.get(0))?;
    rows.collect()
}

/// Begins a merge or goes on with it, and says whether there is more to do.
fn step(tx: &Transaction<'_>, index: &str, is_first: bool) -> rusqlite::Result<bool> {
    // A negative number asks for all segments, whatever their sizes.
    let pages = if is_first { -STEP } else { STEP };
    let before = tx.total_changes();
    tx.prepare_cached(&format!(
        "INSERT INTO {index} ({index}, rank) VALUES ('merge', ?)"
    ))?
    .execute([pages])?;
    // One change is the statement's own: <https://sqlite.org/fts5.html#the_merge_command>.
    Ok(tx.total_changes() - before >= 2)
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::{are_worth_merging, is_due, segments, step};
    use crate::store::migrate;

    #[test]
    fn segments_are_merged_when_it_pays() {
        for (segments, expected) in [
            (vec![], false),
            (vec![100, 100, 100, 100], false),
            (vec![1, 1, 1, 1, 1], true),
            (vec![1_000, 20, 20, 20, 20, 19], false),
            (vec![1_000, 20, 20, 20, 20, 20], true),
        ] {
            assert_eq!(are_worth_merging(&segments), expected, "{segments:?}");
        }
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "an empty database in memory")]
    fn many_small_writes_end_in_one_segment_that_has_all_words() {
        let mut conn = Connection::open(":memory:").unwrap();
        migrate::migrate(&mut conn).unwrap();
        conn.execute_batch("INSERT INTO sites VALUES (1, 'cloud', 'acme.atlassian.net', 'Acme', '', '');")
            .unwrap();
        for id in 1..=40 {
            conn.execute_batch(&format!(
                "INSERT INTO contents (id, site, content_id, kind, space_id, title, title_key, status, version,
                     version_message, is_minor, created_at, modified_at, webui, sighted_in, first_seen, last_seen)
                 VALUES ({id}, 1, {id}, 'page', '1', 'Page', '', 'current', 1, '', 0, '', '', '', 1, '', '');
                 INSERT INTO texts (id, title, body, alt, markdown) VALUES ({id}, 'Page', 'word number{id}', '', '');"
            ))
            .unwrap();
        }
        assert!(is_due(&conn, "page_fts").unwrap());
        let mut is_first = true;
        loop {
            let tx = conn.transaction().unwrap();
            let is_more = step(&tx, "page_fts", is_first).unwrap();
            tx.commit().unwrap();
            if !is_more {
                break;
            }
            is_first = false;
        }
        assert_eq!(segments(&conn, "page_fts").unwrap().len(), 1);
        assert!(!is_due(&conn, "page_fts").unwrap());
        let having = |word: &str| {
            conn.query_row(
                "SELECT count(*) FROM page_fts WHERE page_fts MATCH ?",
                [word],
                |row| row.get::<_, i64>(0),
            )
            .unwrap()
        };
        assert_eq!(
            (having("word"), having("number7"), having("number41")),
            (40, 1, 0)
        );
    }
}
