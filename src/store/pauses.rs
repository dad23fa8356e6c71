//! SQL: which connections a person has paused.

use std::collections::BTreeMap;

use rusqlite::{Connection, Transaction};

use crate::model::{Domain, Timestamp};

use super::columns::{domain, timestamp};

/// Pauses a connection, from `since` on, or lets it go on. One that is paused already keeps its beginning.
pub(super) fn set(tx: &Transaction<'_>, domain: &str, since: Option<Timestamp>) -> rusqlite::Result<()> {
    match since {
        Some(since) => tx
            .prepare_cached("INSERT INTO pauses (domain, since) VALUES (?, ?) ON CONFLICT DO NOTHING")?
            .execute((domain, since.to_string()))?,
        None => tx
            .prepare_cached("DELETE FROM pauses WHERE domain = ?")?
            .execute([domain])?,
    };
    Ok(())
}

/// Every connection that is paused, and since when.
pub(super) fn all(conn: &Connection) -> rusqlite::Result<BTreeMap<Domain, Timestamp>> {
    conn.prepare_cached("SELECT domain, since FROM pauses")?
        .query_map([], |row| Ok((domain(row, "domain")?, timestamp(row, "since")?)))?
        .collect()
}
