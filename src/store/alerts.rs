//! SQL: what somebody was told of and is not over.

use rusqlite::{Connection, Transaction};
use serde::Serialize;

use crate::model::Timestamp;

use super::columns::timestamp;

/// What somebody was told of and is not over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Alert {
    /// Names it, such as `consent acme.atlassian.net`.
    pub alert: String,
    /// What was told.
    pub text: String,
    /// When.
    pub raised_at: Timestamp,
}

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

/// Every matter that is not over, oldest first.
pub(super) fn all(conn: &Connection) -> rusqlite::Result<Vec<Alert>> {
    conn.prepare_cached("SELECT matter, text, raised_at FROM alerts ORDER BY raised_at, matter")?
        .query_map([], |row| {
            Ok(Alert {
                alert: row.get("matter")?,
                text: row.get("text")?,
                raised_at: timestamp(row, "raised_at")?,
            })
        })?
        .collect()
}
