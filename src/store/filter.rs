//! What a search is narrowed to, apart from words.

use rusqlite::Connection;

use crate::model::Timestamp;

use super::columns::{integer, json_array};
use super::fold;

/// The kinds of content, as people write them and as the mirror does.
const KINDS: &[(&str, &str)] = &[
    ("page", "page"),
    ("blogpost", "blogpost"),
    ("blog", "blogpost"),
    ("folder", "folder"),
    ("whiteboard", "whiteboard"),
    ("database", "database"),
    ("embed", "embed"),
];

/// One thing that content must be, or must not be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Filter {
    /// In the space of this key.
    Space(String),
    /// With this label.
    Label(String),
    /// Created or last edited by someone of this account id, or with these words in their name.
    Author(String),
    /// Of this kind.
    Kind(String),
    /// On the site of this domain.
    Site(String),
    /// Last edited at this instant or later.
    Since(Timestamp),
    /// Last edited before this instant.
    Until(Timestamp),
    /// Archived.
    Archived,
    /// Gone from the site.
    Gone,
}

/// A condition of a statement, and its parameters in order.
#[derive(Debug, Default)]
pub(super) struct Condition {
    pub(super) sql: String,
    pub(super) values: Vec<String>,
}

impl Filter {
    /// The filter of this name, if there is one and this is a value of it.
    pub(super) fn named(name: &str, value: &str, now: Option<Timestamp>) -> Option<Self> {
        let value = value.trim();
        if value.is_empty() {
            return None;
        }
        let text = value.to_owned();
        match name.to_ascii_lowercase().as_str() {
            "space" => Some(Self::Space(text)),
            "label" => Some(Self::Label(text)),
            "author" => Some(Self::Author(text)),
            "type" => kind(value).map(Self::Kind),
            "site" => Some(Self::Site(text.to_ascii_lowercase())),
            "since" => Timestamp::from_words(value, now).map(Self::Since),
            "until" => Timestamp::from_words(value, now).map(Self::Until),
            "is" if value.eq_ignore_ascii_case("archived") => Some(Self::Archived),
            "is" if value.eq_ignore_ascii_case("gone") => Some(Self::Gone),
            _ => None,
        }
    }

    /// Whether content has only one of these, so that asking for two means either.
    fn is_exclusive(&self) -> bool {
        !matches!(self, Self::Label(_) | Self::Since(_) | Self::Until(_))
    }

    /// The statement that lists what passes, of which no more than the second parameter, for filters that have an index.
    fn list(&self, conn: &Connection) -> rusqlite::Result<Option<(&'static str, String)>> {
        Ok(match self {
            Self::Space(key) => Some((
                "SELECT contents.id FROM spaces
                 CROSS JOIN contents ON contents.site = spaces.site AND contents.space_id = spaces.space_id
                 WHERE spaces.key = ? LIMIT ?",
                key.clone(),
            )),
            Self::Label(name) => Some((
                "SELECT DISTINCT content FROM labels WHERE name = ? LIMIT ?",
                name.to_lowercase(),
            )),
            Self::Author(name) => Some((
                "SELECT DISTINCT id FROM (
                     SELECT id FROM (
                         SELECT id FROM contents WHERE author_id IN (SELECT value FROM json_each(?1)) LIMIT ?2
                     )
                     UNION ALL
                     SELECT id FROM (
                         SELECT id FROM contents WHERE editor_id IN (SELECT value FROM json_each(?1)) LIMIT ?2
                     )
                 )",
                accounts(conn, name)?,
            )),
            Self::Since(instant) => Some((
                "SELECT id FROM contents WHERE modified_at >= ? LIMIT ?",
                instant.to_string(),
            )),
            _ => None,
        })
    }

    /// Filters of one kind stand together.
    fn order(&self) -> u8 {
        match self {
            Self::Space(_) => 0,
            Self::Label(_) => 1,
            Self::Author(_) => 2,
            Self::Kind(_) => 3,
            Self::Site(_) => 4,
            Self::Since(_) => 5,
            Self::Until(_) => 6,
            Self::Archived => 7,
            Self::Gone => 8,
        }
    }

    fn condition(&self, conn: &Connection) -> rusqlite::Result<Condition> {
        let (sql, values) = match self {
            Self::Space(key) => (
                "(contents.site, contents.space_id) IN (SELECT site, space_id FROM spaces WHERE key = ?)",
                vec![key.clone()],
            ),
            Self::Label(name) => (
                "EXISTS (SELECT 1 FROM labels WHERE labels.content = contents.id AND labels.name = ?)",
                vec![name.to_lowercase()],
            ),
            Self::Author(name) => {
                let accounts = accounts(conn, name)?;
                (
                    "(contents.author_id IN (SELECT value FROM json_each(?))
                         OR contents.editor_id IN (SELECT value FROM json_each(?)))",
                    vec![accounts.clone(), accounts],
                )
            }
            Self::Kind(kind) => ("contents.kind = ?", vec![kind.clone()]),
            Self::Site(domain) => (
                "contents.site IN (SELECT id FROM sites WHERE domain = ?)",
                vec![domain.clone()],
            ),
            Self::Since(instant) => ("contents.modified_at >= ?", vec![instant.to_string()]),
            Self::Until(instant) => ("contents.modified_at < ?", vec![instant.to_string()]),
            Self::Archived => ("contents.status = 'archived'", Vec::new()),
            Self::Gone => ("contents.gone_at IS NOT NULL", Vec::new()),
        };
        let sql = sql.to_owned();
        Ok(Condition { sql, values })
    }
}

/// What may pass, if one of the filters lets so little through and an index has it at hand.
pub(super) fn few(
    conn: &Connection,
    filters: &[(Filter, bool)],
    limit: usize,
) -> rusqlite::Result<Option<Vec<i64>>> {
    let wanted = || {
        let wanted = filters.iter().filter(|(_, is_excluded)| !is_excluded);
        wanted.map(|(filter, _)| filter)
    };
    // One of two spaces does not hold all that may pass.
    let is_alone = |filter: &&Filter| {
        let alike = wanted().filter(|other| other.order() == filter.order());
        !filter.is_exclusive() || alike.count() == 1
    };
    for filter in wanted().filter(is_alone) {
        let Some((sql, value)) = filter.list(conn)? else {
            continue;
        };
        let mut statement = conn.prepare_cached(sql)?;
        let rows = statement.query_map((value, integer(limit) + 1), |row| row.get(0))?;
        let rows: Vec<i64> = rows.collect::<Result<_, _>>()?;
        if rows.len() <= limit {
            return Ok(Some(rows));
        }
    }
    Ok(None)
}

fn kind(word: &str) -> Option<String> {
    let known = KINDS
        .iter()
        .find(|(written, _)| written.eq_ignore_ascii_case(word));
    known.map(|(_, kind)| (*kind).to_owned())
}

/// The accounts of everybody who is meant, as a JSON array.
fn accounts(conn: &Connection, name: &str) -> rusqlite::Result<String> {
    let wanted = fold::folded(name);
    let mut statement = conn.prepare_cached("SELECT account_id, coalesce(display_name, '') FROM people")?;
    let people: Vec<(String, String)> = statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    let meant = people.iter().filter(|(account, display_name)| {
        account == name
            || wanted
                .split_whitespace()
                .all(|word| fold::folded(display_name).contains(word))
    });
    Ok(json_array(meant.map(|(account, _)| account.as_str())))
}

/// What content must be to pass all filters: one of the spaces, kinds, authors and sites named, all of the rest, and
/// nothing that is excluded. What is gone passes only where it is asked for.
pub(super) fn condition(conn: &Connection, filters: &[(Filter, bool)]) -> rusqlite::Result<Condition> {
    let mut all = Condition::default();
    let mut parts: Vec<(u8, Vec<String>)> = Vec::new();
    let wanted = filters.iter().filter(|(_, is_excluded)| !is_excluded);
    // Grouped, so that the parameters are in the order of the statement.
    let mut wanted: Vec<&Filter> = wanted.map(|(filter, _)| filter).collect();
    wanted.sort_by_key(|filter| filter.order());
    for filter in &wanted {
        let one = filter.condition(conn)?;
        all.values.extend(one.values);
        let order = filter.order();
        match parts.last_mut() {
            Some((last, alternatives)) if *last == order && filter.is_exclusive() => {
                alternatives.push(one.sql);
            }
            _ => parts.push((order, vec![one.sql])),
        }
    }
    let mut sql: Vec<String> = parts
        .into_iter()
        .map(|(_, alternatives)| format!("({})", alternatives.join(" OR ")))
        .collect();
    if !wanted.contains(&&Filter::Gone) {
        sql.push("contents.gone_at IS NULL".to_owned());
    }
    for (filter, _) in filters.iter().filter(|(_, is_excluded)| *is_excluded) {
        let one = filter.condition(conn)?;
        sql.push(format!("NOT coalesce({}, 0)", one.sql));
        all.values.extend(one.values);
    }
    all.sql = sql.join(" AND ");
    Ok(all)
}
