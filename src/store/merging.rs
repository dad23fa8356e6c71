//! SQL: merges the search indexes when there is nothing else to do.
//!
//! FTS5 writes each batch as a segment of its own and merges some of them as it goes, as few as writing bears. A search
//! seeks each of its words in every segment, and each match that it looks up: with five segments, however small four of
//! them are, looking up takes several times as long as with one. So what a run has written is merged with what is about as
//! large, which takes a moment, and all of it with the largest segment when that has become worth it.

use rusqlite::{Connection, Transaction};

use super::Error;
use super::writer::Writer;

/// The indexes of words.
const INDEXES: [&str; 2] = ["page_fts", "title_fts"];
/// So many segments are no trouble.
const FEW: usize = 3;
/// Merging writes everything anew, and pays when so much is beside the largest segment: one part in ten.
const WORTHWHILE: i64 = 10;
/// How much one step writes, in pages of 4 KB: others can write after a few hundredths of a second.
const STEP: i64 = 250;

/// Merges for as long as it may go on, a transaction for each step.
pub(super) async fn merge(writer: &Writer, may_go_on: impl Fn() -> bool) -> Result<(), Error> {
    for index in INDEXES {
        let due = move |tx: &Transaction<'_>| is_due(tx, index);
        let mut is_of_all = writer.transaction("look at the search index", due).await?;
        let mut is_more = true;
        while is_more && may_go_on() {
            let one = move |tx: &Transaction<'_>| step(tx, index, is_of_all);
            is_more = writer.transaction("merge the search index", one).await?;
            is_of_all = false;
        }
    }
    Ok(())
}

/// Whether all segments of the index are worth merging into one.
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

/// Begins a merge, of all segments or of those that are about as large as another, or goes on with one. Says whether there
/// is more to do.
fn step(tx: &Transaction<'_>, index: &str, is_of_all: bool) -> rusqlite::Result<bool> {
    // A negative number asks for all segments, whatever their sizes.
    let pages = if is_of_all { -STEP } else { STEP };
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
            (vec![100, 100, 100], false),
            (vec![1, 1, 1, 1], true),
            (vec![1_000, 60, 19, 20], false),
            (vec![1_000, 60, 20, 20], true),
        ] {
            assert_eq!(are_worth_merging(&segments), expected, "{segments:?}");
        }
    }

    /// A mirror whose pages were written one by one.
    #[expect(clippy::disallowed_methods, reason = "an empty database in memory")]
    fn mirror() -> Connection {
        let mut conn = Connection::open(":memory:").unwrap();
        migrate::migrate(&mut conn).unwrap();
        conn.execute_batch("INSERT INTO sites VALUES (1, 'cloud', 'acme.atlassian.net', 'Acme', '', '');")
            .unwrap();
        (1..=40).for_each(|id| write(&conn, id, 300));
        conn
    }

    /// A page with so many words that no other has.
    fn write(conn: &Connection, id: u32, rare: u32) {
        let rare: Vec<String> = (0..rare).map(|number| format!("rare{id}x{number}")).collect();
        let rare = rare.join(" ");
        conn.execute_batch(&format!(
            "INSERT INTO contents (id, site, content_id, kind, space_id, title, title_key, status, version,
                 version_message, is_minor, created_at, modified_at, webui, sighted_in, first_seen, last_seen)
             VALUES ({id}, 1, {id}, 'page', '1', 'Page', '', 'current', 1, '', 0, '', '', '', 1, '', '');
             INSERT INTO texts (id, title, body, alt, markdown) VALUES ({id}, 'Page', 'word number{id} {rare}', '', '');"
        ))
        .unwrap();
    }

    fn merge(conn: &mut Connection, mut is_of_all: bool) {
        loop {
            let tx = conn.transaction().unwrap();
            let is_more = step(&tx, "page_fts", is_of_all).unwrap();
            tx.commit().unwrap();
            is_of_all = false;
            if !is_more {
                break;
            }
        }
    }

    fn having(conn: &Connection, word: &str) -> i64 {
        let sql = "SELECT count(*) FROM page_fts WHERE page_fts MATCH ?";
        conn.query_row(sql, [word], |row| row.get(0)).unwrap()
    }

    #[test]
    fn many_small_writes_end_in_one_segment_that_has_all_words() {
        let mut conn = mirror();
        assert!(is_due(&conn, "page_fts").unwrap());
        merge(&mut conn, true);
        assert_eq!(segments(&conn, "page_fts").unwrap().len(), 1);
        assert!(!is_due(&conn, "page_fts").unwrap());
        let found = ["word", "number7", "number41"].map(|word| having(&conn, word));
        assert_eq!(found, [40, 1, 0]);
    }

    #[test]
    fn what_was_written_lately_ends_in_a_segment_beside_the_large_one() {
        let mut conn = mirror();
        merge(&mut conn, true);
        (41..=51).for_each(|id| write(&conn, id, 0));
        assert_eq!(segments(&conn, "page_fts").unwrap().len(), 12);
        merge(&mut conn, false);
        assert_eq!(segments(&conn, "page_fts").unwrap().len(), 2);
        assert_eq!(having(&conn, "word"), 51);
    }
}
