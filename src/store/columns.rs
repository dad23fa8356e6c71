//! Columns as values of the model.

use std::str::FromStr;

use rusqlite::Row;
use rusqlite::types::Type;

use crate::model::{Domain, Timestamp};

/// The host name of a site.
pub(super) fn domain(row: &Row<'_>, column: &str) -> rusqlite::Result<Domain> {
    let text: String = row.get(column)?;
    parse(row, column, &text)
}

/// An instant.
pub(super) fn timestamp(row: &Row<'_>, column: &str) -> rusqlite::Result<Timestamp> {
    let text: String = row.get(column)?;
    parse(row, column, &text)
}

/// An instant, or null.
pub(super) fn optional_timestamp(row: &Row<'_>, column: &str) -> rusqlite::Result<Option<Timestamp>> {
    let text: Option<String> = row.get(column)?;
    text.map(|text| parse(row, column, &text)).transpose()
}

fn parse<T>(row: &Row<'_>, column: &str, text: &str) -> rusqlite::Result<T>
where
    T: FromStr<Err: std::error::Error + Send + Sync + 'static>,
{
    let index = row.as_ref().column_index(column)?;
    text.parse().map_err(|error: T::Err| {
        rusqlite::Error::FromSqlConversionFailure(index, Type::Text, Box::new(error))
    })
}

/// A size or limit as SQLite counts.
pub(super) fn integer(size: usize) -> i64 {
    i64::try_from(size).unwrap_or(i64::MAX)
}

/// A JSON array of the texts, for `json_each`.
pub(super) fn json_array<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    texts.into_iter().collect::<serde_json::Value>().to_string()
}
