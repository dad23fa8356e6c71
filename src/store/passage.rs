//! The passage that shows best why content was found: of its text, a comment, the name of an attachment, or its labels.

use rusqlite::{Connection, Row};

use super::query::Needle;
use super::search::FoundIn;
use super::snippet::{self, Snippet};

/// The passage with the most of what was asked for. The text comes first where others have no more.
pub(super) fn best(
    conn: &Connection,
    row: &Row<'_>,
    needles: &[Needle],
) -> rusqlite::Result<(FoundIn, Snippet)> {
    let body = snippet::snippet(row.get_ref("body")?.as_str()?, needles);
    let mut best = (FoundIn::Body, body);
    for place in [FoundIn::Comment, FoundIn::Attachment, FoundIn::Label] {
        let (column, sql) = source(place);
        // Most content has none of these: the index's own copy says so without another statement.
        if best.1.met == needles.len() || row.get_ref(column)?.as_str()?.is_empty() {
            continue;
        }
        let mut statement = conn.prepare_cached(sql)?;
        let mut texts = statement.query([row.get::<_, i64>("id")?])?;
        while let Some(text) = texts.next()? {
            let snippet = snippet::snippet(text.get_ref(0)?.as_str()?, needles);
            if snippet.met > best.1.met {
                best = (place, snippet);
            }
        }
    }
    Ok(best)
}

/// The column that tells whether there is any, and the statement that reads them.
fn source(place: FoundIn) -> (&'static str, &'static str) {
    match place {
        FoundIn::Body => ("body", "SELECT body FROM texts WHERE id = ?"),
        FoundIn::Comment => (
            "comments",
            "SELECT comments.plain FROM contents
             JOIN comments ON comments.site = contents.site AND comments.page_id = contents.content_id
             WHERE contents.id = ? AND comments.gone_at IS NULL ORDER BY comments.id",
        ),
        FoundIn::Attachment => (
            "files",
            "SELECT attachments.title FROM contents
             JOIN attachments ON attachments.site = contents.site AND attachments.page_id = contents.content_id
             WHERE contents.id = ? AND attachments.gone_at IS NULL ORDER BY attachments.id",
        ),
        FoundIn::Label => (
            "labels",
            "SELECT group_concat(name, ' ') FROM (SELECT DISTINCT name FROM labels WHERE content = ? ORDER BY name)",
        ),
    }
}
