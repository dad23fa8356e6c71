//! SQL: what somebody was told of and is not over.

use std::collections::BTreeMap;

use rusqlite::{Connection, Transaction};

use crate::model::Timestamp;

/// Notes that a matter was told of, in which words; or that it is over.
pub(super) fn note(
    tx: &Transaction<'_>,
    matter: &str,
    text: Option<&str>,
    at: Timestamp,
) -> rusqlite::Result<()> {
    match text {
        Some(text) => tx
            .prepare_cached("INSERT OR REPLACE INTO alerts (matter, text, raised_at) VALUES (?, ?, ?)")?
            .execute((matter, text, at.to_string()))?,
        None => tx
            .prepare_cached("DELETE FROM alerts WHERE matter = ?")?
            .execute([matter])?,
    };
    Ok(())
}

/// Every matter that is not over, with its words.
pub(super) fn all(conn: &Connection) -> rusqlite::Result<BTreeMap<String, String>> {
    conn.prepare_cached("SELECT matter, text FROM alerts")?
        .query_map([], |row| Ok((row.get("matter")?, row.get("text")?)))?
        .collect()
}
