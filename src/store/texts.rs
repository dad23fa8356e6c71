//! SQL: what the renderer made of a body.

use rusqlite::types::ToSql;
use rusqlite::{Connection, OptionalExtension, Transaction, named_params, params_from_iter};
use sha2::{Digest, Sha256};

use crate::model::{Body, Timestamp};

use super::alt;
use super::batch::{ContentWrite, Rendering};
use super::bodies::{self, Press};
use super::columns::integer;
use super::contents::{Effect, Placed};
use super::links::Settler;

/// Well below the number of parameters a statement may have.
const ROWS_PER_STATEMENT: usize = 250;

/// A row of the texts, to be written with others.
pub(super) struct Text {
    pub(super) id: i64,
    title: String,
    body: String,
    alt: String,
    markdown: String,
}

/// Writes body, links and warnings unless they are there already, leaves the texts in `texts`, and says whether any differed.
pub(super) fn write(
    tx: &Transaction<'_>,
    settler: &mut Settler<'_>,
    press: &mut Press,
    texts: &mut Vec<Text>,
    write: &ContentWrite,
    placed: &Placed,
    at: Timestamp,
) -> rusqlite::Result<bool> {
    let is_new = placed.effect == Effect::Added;
    if write.content.body.is_none() && !is_new {
        return retitle(tx, placed, &write.content.title);
    }
    let digest = digest(write.content.body.as_ref(), &write.rendering);
    let is_rendered_anew = is_new || !is_rendered(tx, placed.id, &digest)?;
    if !is_rendered_anew {
        retitle(tx, placed, &write.content.title)?;
        note_body_version(tx, placed.id, write)?;
        return Ok(false);
    }
    if let Some(body) = &write.content.body {
        bodies::put(tx, press, placed.id, body)?;
    }
    note_rendering(tx, placed.id, write, &digest, at)?;
    let title = &write.content.title;
    texts.push(settle(tx, settler, placed.id, title, &write.rendering, at)?);
    Ok(true)
}

/// Writes the links and warnings of a rendering in place of those before, and returns its texts.
pub(super) fn settle(
    tx: &Transaction<'_>,
    settler: &Settler<'_>,
    id: i64,
    title: &str,
    rendering: &Rendering,
    at: Timestamp,
) -> rusqlite::Result<Text> {
    let settled = settler.settle(id, rendering, at)?;
    settler.replace(id, &settled.links)?;
    put_warnings(tx, id, &rendering.warnings)?;
    Ok(Text {
        id,
        title: title.to_owned(),
        alt: alt::of(title, &settled.text),
        body: settled.text,
        markdown: settled.markdown,
    })
}

/// Stands for everything the renderer was given and made. Not for what the store fills in afterwards, so that
/// the same rendering is recognised once its links and names are settled.
pub(super) fn digest(body: Option<&Body>, rendering: &Rendering) -> [u8; 32] {
    let (format, body) = body.map_or(("", ""), |body| (bodies::format(body), body.as_str()));
    let mut digest = Sha256::new();
    for part in [format, body, &rendering.markdown, &rendering.text] {
        digest.update(part.len().to_le_bytes());
        digest.update(part);
    }
    digest.update(rendering.renderer.to_le_bytes());
    digest.finalize().into()
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
    digest: &[u8],
    at: Timestamp,
) -> rusqlite::Result<()> {
    let body = write.content.body.as_ref();
    let mut statement = tx.prepare_cached(
        "UPDATE contents
         SET storage_size = :size, body_version = :version, renderer = :renderer, rendering = :rendering,
             last_seen = :at
         WHERE id = :id",
    )?;
    statement.execute(named_params! {
        ":id": id,
        ":size": body.map(|body| integer(body.as_str().len())),
        ":version": body.map(|_| write.content.version.number),
        ":renderer": write.rendering.renderer,
        ":rendering": digest,
        ":at": at.to_string(),
    })?;
    Ok(())
}

/// Writes texts in place of those before, many with one statement.
///
/// FTS5 writes out what it has gathered before every statement that fires triggers. A batch indexed page by page
/// takes twice as long as one indexed at once.
pub(super) fn put(tx: &Transaction<'_>, texts: &[Text]) -> rusqlite::Result<()> {
    for texts in texts.chunks(ROWS_PER_STATEMENT) {
        let rows = vec!["(?, ?, ?, ?, ?)"; texts.len()].join(", ");
        let parameters = texts.iter().flat_map(|text| {
            let columns: [&dyn ToSql; 5] = [&text.id, &text.title, &text.body, &text.alt, &text.markdown];
            columns
        });
        tx.prepare_cached(&format!(
            "INSERT INTO texts (id, title, body, alt, markdown) VALUES {rows}
             ON CONFLICT (id) DO UPDATE
             SET title = excluded.title, body = excluded.body, alt = excluded.alt, markdown = excluded.markdown"
        ))?
        .execute(params_from_iter(parameters))?;
    }
    Ok(())
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
    tx.prepare_cached("DELETE FROM warnings WHERE content = ?")?
        .execute([id])?;
    let mut statement =
        tx.prepare_cached("INSERT INTO warnings (content, ordinal, construct, detail) VALUES (?, ?, ?, ?)")?;
    for (ordinal, (construct, detail)) in (0_i64..).zip(warnings) {
        statement.execute((id, ordinal, construct, detail))?;
    }
    Ok(())
}
