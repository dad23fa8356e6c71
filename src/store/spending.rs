//! SQL: what each app has spent of its hourly points.

use rusqlite::{Connection, OptionalExtension, Row, Transaction};

use crate::model::Spending;

use super::columns::{optional_timestamp, timestamp};

/// Takes note of a spending. Of the same hour the larger one stands: connections of one app tell it out of order.
pub(super) fn note(tx: &Transaction<'_>, spending: &Spending) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "INSERT INTO spending (app, hour, points, closed_until) VALUES (?, ?, ?, ?)
         ON CONFLICT (app) DO UPDATE
         SET hour = excluded.hour, points = excluded.points, closed_until = excluded.closed_until
         WHERE hour <> excluded.hour OR points < excluded.points OR closed_until IS NOT excluded.closed_until",
    )?
    .execute((
        &spending.app,
        spending.hour.to_string(),
        spending.points.cast_signed(),
        spending.closed_until.map(|until| until.to_string()),
    ))?;
    Ok(())
}

/// What the app was last known to have spent.
pub(super) fn of(conn: &Connection, app: &str) -> rusqlite::Result<Option<Spending>> {
    conn.prepare_cached("SELECT app, hour, points, closed_until FROM spending WHERE app = ?")?
        .query_row([app], from_row)
        .optional()
}

/// What every app was last known to have spent, by name.
pub(super) fn all(tx: &Transaction<'_>) -> rusqlite::Result<Vec<Spending>> {
    tx.prepare_cached("SELECT app, hour, points, closed_until FROM spending ORDER BY app")?
        .query_map([], from_row)?
        .collect()
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<Spending> {
    let points: i64 = row.get("points")?;
    Ok(Spending {
        app: row.get("app")?,
        hour: timestamp(row, "hour")?,
        points: points.cast_unsigned(),
        closed_until: optional_timestamp(row, "closed_until")?,
    })
}
