//! The mirror as any SQLite tool opens it.

use std::path::Path;

/// Opens a mirror without any help from the store.
#[expect(clippy::disallowed_methods, reason = "that is the point")]
pub(crate) fn outsider(database: &Path) -> rusqlite::Connection {
    rusqlite::Connection::open(database).unwrap()
}
