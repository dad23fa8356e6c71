//! SQL: what the renderer made of a body.

use std::borrow::Cow;

use rusqlite::types::ToSql;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, named_params, params_from_iter};

use crate::model::Timestamp;

use super::alt;
use super::batch::{ContentWrite, Rendering};
use super::bodies;
use super::columns::integer;
use super::contents::{Effect, Placed};
use super::links::{self, Settler};
use super::prepare::Prepared;

/// Well below the number of parameters a statement may have.
const ROWS_PER_STATEMENT: usize = 250;

/// A row of the texts, to be written with others.
pub(super) struct Text<'a> {
    pub(super) id: i64,
    title: &'a str,
    body: Cow<'a, str>,
    alt: Cow<'a, str>,
    markdown: Cow<'a, str>,
}

/// Writes body, links and warnings unless they are there already, leaves the texts in `texts`, and says whether any differed.
pub(super) fn write<'a>(
    tx: &Transaction<'_>,
    settler: &Settler<'_>,
    texts: &mut Vec<Text<'a>>,
    write: &'a ContentWrite,
    prepared: &'a Prepared,
    placed: &Placed,
    at: Timestamp,
) -> rusqlite::Result<bool> {
    let is_new = placed.effect == Effect::Added;
    if prepared.body.is_none() && !is_new {
        return retitle(tx, placed, &write.content.title);
    }
    if !is_new {
        if is_rendered(tx, placed.id, &prepared.digest)? {
            retitle(tx, placed, &write.content.title)?;
            note_body_version(tx, placed.id, write)?;
            return Ok(false);
        }
        note_rendering(tx, placed.id, write, prepared, at)?;
    }
    if let Some(body) = &prepared.body {
        bodies::put(tx, placed.id, body)?;
    }
    let title = &write.content.title;
    let alt = Some(&*prepared.alt);
    texts.push(settle(tx, settler, placed.id, title, &write.rendering, alt, at)?);
    Ok(true)
}

/// Writes the links and warnings of a rendering in place of those before, and returns its texts. `alt` are the other
/// ways to find the rendering, if they are known.
pub(super) fn settle<'a>(
    tx: &Transaction<'_>,
    settler: &Settler<'_>,
    id: i64,
    title: &'a str,
    rendering: &'a Rendering,
    alt: Option<&'a str>,
    at: Timestamp,
) -> rusqlite::Result<Text<'a>> {
    let settled = settler.settle(id, rendering, at)?;
    links::replace(tx, id, &settled.links)?;
    put_warnings(tx, id, &rendering.warnings)?;
    let alt = match (alt, &settled.text) {
        (Some(alt), Cow::Borrowed(_)) => Cow::Borrowed(alt),
        (_, text) => Cow::Owned(alt::of(title, text)),
    };
    Ok(Text {
        id,
        title,
        alt,
        body: settled.text,
        markdown: settled.markdown,
    })
}

fn is_rendered(conn: &Connection, id: i64, digest: &[u8]) -> rusqlite::Result<bool> {
    conn.prepare_cached("SELECT 1 FROM contents WHERE id = ? AND rendering = ?")?
        .exists((id, digest))
}

/// A new version can carry the same body, as when only the title changed.
fn note_body_version(tx: &Transaction<'_>, id: i64, write: &ContentWrite) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "UPDATE contents SET body_version = :version WHERE id = :id AND body_version IS NOT :version",
    )?
    .execute(named_params! { ":id": id, ":version": write.content.version.number })?;
    Ok(())
}

fn note_rendering(
    tx: &Transaction<'_>,
    id: i64,
    write: &ContentWrite,
    prepared: &Prepared,
    at: Timestamp,
) -> rusqlite::Result<()> {
    let body = prepared.body.as_ref();
    let mut statement = tx.prepare_cached(
        "UPDATE contents
         SET storage_size = :size, body_version = :version, renderer = :renderer, rendering = :rendering,
             last_seen = :at
         WHERE id = :id",
    )?;
    statement.execute(named_params! {
        ":id": id,
        ":size": body.map(|body| integer(body.size)),
        ":version": body.map(|_| write.content.version.number),
        ":renderer": write.rendering.renderer,
        ":rendering": prepared.digest,
        ":at": at.to_string(),
    })?;
    Ok(())
}

/// Writes texts in place of those before, many with one statement.
///
/// FTS5 writes out what it has gathered before every statement that fires triggers. A batch indexed page by page
/// takes twice as long as one indexed at once. The statement is not kept: there is one for each number of rows, and each
/// takes a hundred kilobytes. It names the facets once, since their expression is compiled wherever they are named.
pub(super) fn put(tx: &Transaction<'_>, texts: &[Text<'_>]) -> rusqlite::Result<()> {
    for texts in texts.chunks(ROWS_PER_STATEMENT) {
        let rows = vec!["(?, ?, ?, ?, ?)"; texts.len()].join(", ");
        let parameters = texts.iter().flat_map(|text| {
            let columns: [&dyn ToSql; 5] = [&text.id, &text.title, &text.body, &text.alt, &text.markdown];
            columns
        });
        // `WHERE true` is where the syntax needs it, before `ON CONFLICT`.
        tx.prepare(&format!(
            "WITH now (id, title, body, alt, markdown) AS (VALUES {rows})
             INSERT INTO texts (id, title, facets, body, alt, markdown)
             SELECT now.id, now.title, contents.facets, now.body, now.alt, now.markdown
             FROM now CROSS JOIN contents ON contents.id = now.id
             WHERE true
             ON CONFLICT (id) DO UPDATE
             SET title = excluded.title, facets = excluded.facets, body = excluded.body, alt = excluded.alt,
                 markdown = excluded.markdown"
        ))?
        .execute(params_from_iter(parameters))?;
    }
    Ok(())
}

/// What a piece of content is searched by beside its text, in the form in which it is indexed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Annotations {
    /// The number of the content.
    pub(super) id: i64,
    labels: String,
    comments: String,
    files: String,
    facets: String,
}

/// Everything that has a text, with its facets and what the tables of labels, comments and attachments hold of it, and
/// what is indexed of that. Those that are gone count for nothing.
const ANNOTATIONS: &str = "
    SELECT texts.id, texts.labels, texts.comments, texts.files, texts.facets, contents.facets AS facets_now,
        (
            SELECT group_concat(name, char(10)) FROM (
                SELECT DISTINCT name FROM labels WHERE labels.content = texts.id ORDER BY name
            )
        ) AS labels_now,
        (
            SELECT group_concat(comments.plain, char(10) ORDER BY comments.id) FROM comments
            WHERE comments.site = contents.site AND comments.page_id = contents.content_id
                AND comments.gone_at IS NULL
        ) AS comments_now,
        (
            SELECT group_concat(attachments.title, char(10) ORDER BY attachments.id) FROM attachments
            WHERE attachments.site = contents.site AND attachments.page_id = contents.content_id
                AND attachments.gone_at IS NULL
        ) AS files_now
    FROM texts JOIN contents ON contents.id = texts.id";

/// Indexes the labels, comments, attachments and facets of the content with these numbers as their tables hold them,
/// and says how many texts differed.
///
/// Each text that differs is indexed once, whatever of it differs: call it once for a batch, after the rows are
/// written, with whatever the batch touched. Who moves a comment or an attachment from one page to another names both.
pub(super) fn annotate(tx: &Transaction<'_>, rows: &[i64]) -> rusqlite::Result<usize> {
    let rows = serde_json::Value::from(rows).to_string();
    let sql = format!("{ANNOTATIONS} WHERE texts.id IN (SELECT value FROM json_each(?))");
    let mut statement = tx.prepare_cached(&sql)?;
    let differing = statement
        .query_map([rows], differing)?
        .filter_map(Result::transpose)
        .collect::<Result<Vec<_>, _>>()?;
    put_annotations(tx, &differing)
}

/// The numbers of the content whose labels, comments, attachments or facets are indexed otherwise than they are.
pub(super) fn misannotated(conn: &Connection) -> rusqlite::Result<Vec<i64>> {
    let mut statement = conn.prepare(ANNOTATIONS)?;
    statement
        .query_map([], differing)?
        .filter_map(|row| row.map(|row| row.map(|row| row.id)).transpose())
        .collect()
}

/// What should be indexed, unless it is.
fn differing(row: &Row<'_>) -> rusqlite::Result<Option<Annotations>> {
    let now = |column| row.get::<_, Option<String>>(column).map(searchable);
    let indexed = Annotations {
        id: row.get("id")?,
        labels: row.get("labels")?,
        comments: row.get("comments")?,
        files: row.get("files")?,
        facets: row.get("facets")?,
    };
    let annotations = Annotations {
        id: indexed.id,
        labels: now("labels_now")?,
        comments: now("comments_now")?,
        files: now("files_now")?,
        facets: row.get("facets_now")?,
    };
    Ok((annotations != indexed).then_some(annotations))
}

/// The text, followed by more ways to find it.
fn searchable(text: Option<String>) -> String {
    let text = text.unwrap_or_default();
    match alt::of(&text, "") {
        alt if alt.is_empty() => text,
        alt => text + "\n" + &alt,
    }
}

fn put_annotations(tx: &Transaction<'_>, differing: &[Annotations]) -> rusqlite::Result<usize> {
    for differing in differing.chunks(ROWS_PER_STATEMENT) {
        let rows = vec!["(?, ?, ?, ?, ?)"; differing.len()].join(", ");
        let parameters = differing.iter().flat_map(|annotations| {
            let columns: [&dyn ToSql; 5] = [
                &annotations.id,
                &annotations.labels,
                &annotations.comments,
                &annotations.files,
                &annotations.facets,
            ];
            columns
        });
        // One statement, and not kept, for the reasons that `put` gives.
        tx.prepare(&format!(
            "WITH now (id, labels, comments, files, facets) AS (VALUES {rows})
             UPDATE texts
             SET labels = now.labels, comments = now.comments, files = now.files, facets = now.facets
             FROM now WHERE now.id = texts.id"
        ))?
        .execute(params_from_iter(parameters))?;
    }
    Ok(differing.len())
}

/// Brings the indexed title up to date where the body stays.
fn retitle(tx: &Transaction<'_>, placed: &Placed, title: &str) -> rusqlite::Result<bool> {
    if !placed.is_retitled {
        return Ok(false);
    }
    let body: Option<String> = tx
        .prepare_cached("SELECT body FROM texts WHERE id = ?")?
        .query_row([placed.id], |row| row.get(0))
        .optional()?;
    tx.prepare_cached("UPDATE texts SET title = ?, alt = ? WHERE id = ?")?
        .execute((title, alt::of(title, &body.unwrap_or_default()), placed.id))?;
    Ok(true)
}

fn put_warnings(tx: &Transaction<'_>, id: i64, warnings: &[(String, String)]) -> rusqlite::Result<()> {
    // A table without row numbers is not emptied without another one, which is made even for nothing.
    let is_warned = tx
        .prepare_cached("SELECT 1 FROM warnings WHERE content = ?")?
        .exists([id])?;
    if is_warned {
        tx.prepare_cached("DELETE FROM warnings WHERE content = ?")?
            .execute([id])?;
    }
    let mut statement = tx.prepare_cached(
        "INSERT INTO warnings (content, ordinal, site, construct, detail)
         SELECT id, ?2, site, ?3, ?4 FROM contents WHERE id = ?1",
    )?;
    for (ordinal, (construct, detail)) in (0_i64..).zip(warnings) {
        statement.execute((id, ordinal, construct, detail))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use rusqlite::{Connection, Transaction};

    use super::{annotate, misannotated};
    use crate::store::migrate;

    /// A file with a site and two pages, of which only the first has annotations.
    #[expect(clippy::disallowed_methods, reason = "an empty database in memory")]
    fn mirror() -> Connection {
        let mut conn = Connection::open(":memory:").unwrap();
        migrate::migrate(&mut conn).unwrap();
        conn.execute_batch(
            "INSERT INTO sites VALUES (1, 'cloud', 'acme.atlassian.net', 'Acme', '', '');
             INSERT INTO contents (id, site, content_id, kind, space_id, title, title_key, status, version,
                 version_message, is_minor, created_at, modified_at, webui, sighted_in, first_seen, last_seen)
             SELECT value, 1, 100 + value, 'page', '1', 'Title', 'title', 'current', 1, '', 0, '', '', '', 1, '', ''
             FROM json_each('[1, 2]');
             INSERT INTO texts (id, title, facets, body, alt, markdown)
             SELECT id, title, facets, 'words', '', '' FROM contents;
             INSERT INTO labels (content, name, prefix) VALUES (1, 'how-to', 'global'), (1, 'how-to', 'my');
             INSERT INTO comments (id, site, comment_id, page_id, kind, status, version, created_at, modified_at,
                 markdown, plain, first_seen, last_seen)
             VALUES (1, 1, '7', '101', 'footer', 'current', 1, '', '', '', 'Ask for getUserName', '', '');
             INSERT INTO attachments (id, site, attachment_id, page_id, title, media_type, file_size, version, status,
                 created_at, first_seen, last_seen)
             VALUES (1, 1, 'att8', '101', '会議室.pdf', '', 1, 1, 'current', '', '', '');",
        )
        .unwrap();
        conn
    }

    fn found(tx: &Transaction<'_>, expression: &str) -> Vec<i64> {
        tx.execute(
            "INSERT INTO page_fts (page_fts, rank) VALUES ('integrity-check', 1)",
            [],
        )
        .unwrap();
        let mut statement = tx
            .prepare("SELECT rowid FROM page_fts WHERE page_fts MATCH ? ORDER BY rowid")
            .unwrap();
        let rows = statement.query_map([expression], |row| row.get(0)).unwrap();
        rows.map(Result::unwrap).collect()
    }

    #[test]
    fn labels_comments_and_attachments_are_indexed_once_they_differ() {
        let mut conn = mirror();
        let tx = conn.transaction().unwrap();
        assert_eq!(misannotated(&tx).unwrap(), [1]);
        assert_eq!(annotate(&tx, &[2, 1, 1, 99]).unwrap(), 1);
        for expression in [
            "labels : how AND comments : user",
            "files : \"会議 議室\"",
            "title AND ask",
        ] {
            assert_eq!(found(&tx, expression), [1], "{expression}");
        }
        assert_eq!(annotate(&tx, &[1, 2]).unwrap(), 0, "nothing differs any more");
        assert!(misannotated(&tx).unwrap().is_empty());
    }

    #[test]
    fn what_is_gone_or_moved_away_is_not_found() {
        let mut conn = mirror();
        let tx = conn.transaction().unwrap();
        annotate(&tx, &[1]).unwrap();
        tx.execute_batch(
            "DELETE FROM labels;
             UPDATE comments SET gone_at = 'now';
             UPDATE attachments SET page_id = '102';",
        )
        .unwrap();
        assert_eq!(annotate(&tx, &[1, 2]).unwrap(), 2);
        assert!(found(&tx, "how OR user").is_empty());
        assert_eq!(found(&tx, "pdf"), [2]);
    }
}
