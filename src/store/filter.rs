//! What a search is narrowed to, apart from words.

use rusqlite::Connection;

use crate::model::Timestamp;

use super::columns::{json_array, optional_timestamp};
use super::{alt, facets, fold};

/// The index walks each of them: more would take longer than looking at what they keep out.
const MOST_FACETS: usize = 64;

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
    /// What all that passes has in the index: expressions of its language.
    pub(super) narrowing: Vec<String>,
}

impl Condition {
    /// The expression, so that it asks the index for no more than what may pass.
    pub(super) fn narrowed(&self, expression: &str) -> String {
        let narrowing = self.narrowing.iter().map(|narrowing| format!(" AND {narrowing}"));
        format!("({expression}){}", narrowing.collect::<String>())
    }
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

    /// Words of the index of which all that passes has one, if the index knows the filter.
    fn facets(&self, conn: &Connection) -> rusqlite::Result<Option<Vec<String>>> {
        Ok(match self {
            Self::Space(key) => {
                let mut statement = conn.prepare_cached("SELECT site, space_id FROM spaces WHERE key = ?")?;
                let spaces = statement.query_map([key], |row| {
                    Ok(facets::space(row.get(0)?, row.get_ref(1)?.as_str()?))
                })?;
                Some(spaces.collect::<Result<_, _>>()?)
            }
            Self::Author(name) => {
                let accounts = accounts(conn, name)?;
                let people = || accounts.iter().map(|account| facets::person(account)).collect();
                (accounts.len() <= MOST_FACETS).then(people)
            }
            Self::Kind(kind) => Some(vec![facets::kind(kind)]),
            Self::Site(domain) => {
                let mut statement = conn.prepare_cached("SELECT id FROM sites WHERE domain = ?")?;
                let sites = statement.query_map([domain], |row| Ok(facets::site(row.get(0)?)))?;
                Some(sites.collect::<Result<_, _>>()?)
            }
            Self::Since(instant) => {
                let latest = edited(conn, "SELECT max(modified_at) AS instant FROM contents")?;
                latest.map(|latest| facets::times(*instant, latest))
            }
            Self::Until(instant) => {
                let earliest = edited(conn, "SELECT min(modified_at) AS instant FROM contents")?;
                earliest.map(|earliest| facets::times(earliest, *instant))
            }
            Self::Label(_) | Self::Archived | Self::Gone => None,
        })
    }

    /// What asks the index for all that passes one of these filters, which are of one kind, and may for more.
    fn narrowing(conn: &Connection, alternatives: &[&Self]) -> rusqlite::Result<Option<String>> {
        if let [Self::Label(name)] = alternatives {
            return Ok(alt::words(name).next().map(|_| facets::label(name)));
        }
        let mut any = Vec::new();
        for filter in alternatives {
            match filter.facets(conn)? {
                Some(facets) => any.extend(facets),
                None => return Ok(None),
            }
        }
        Ok((any.len() <= MOST_FACETS).then(|| facets::any_of(&any)))
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
                let accounts = json_array(accounts.iter().map(String::as_str));
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
        Ok(Condition {
            sql,
            values,
            narrowing: Vec::new(),
        })
    }
}

fn kind(word: &str) -> Option<String> {
    let known = KINDS
        .iter()
        .find(|(written, _)| written.eq_ignore_ascii_case(word));
    known.map(|(_, kind)| (*kind).to_owned())
}

/// The accounts of everybody who is meant.
fn accounts(conn: &Connection, name: &str) -> rusqlite::Result<Vec<String>> {
    let wanted = fold::folded(name);
    let mut statement = conn.prepare_cached("SELECT account_id, coalesce(display_name, '') FROM people")?;
    let people: Vec<(String, String)> = statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    let meant = people.into_iter().filter(|(account, display_name)| {
        account == name
            || wanted
                .split_whitespace()
                .all(|word| fold::folded(display_name).contains(word))
    });
    Ok(meant.map(|(account, _)| account).collect())
}

/// When content was edited last, or first.
fn edited(conn: &Connection, sql: &str) -> rusqlite::Result<Option<Timestamp>> {
    conn.prepare_cached(sql)?
        .query_row([], |row| optional_timestamp(row, "instant"))
}

/// What content must be to pass all filters: one of the spaces, kinds, authors and sites named, all of the rest, and
/// nothing that is excluded. What is gone passes only where it is asked for.
pub(super) fn condition(conn: &Connection, filters: &[(Filter, bool)]) -> rusqlite::Result<Condition> {
    let mut all = Condition::default();
    let mut sql = Vec::new();
    let wanted = filters.iter().filter(|(_, is_excluded)| !is_excluded);
    // Grouped, so that the parameters are in the order of the statement.
    let mut wanted: Vec<&Filter> = wanted.map(|(filter, _)| filter).collect();
    wanted.sort_by_key(|filter| filter.order());
    let are_alternatives = |a: &&Filter, b: &&Filter| a.order() == b.order() && a.is_exclusive();
    for alternatives in wanted.chunk_by(are_alternatives) {
        let mut any = Vec::new();
        for filter in alternatives {
            let one = filter.condition(conn)?;
            all.values.extend(one.values);
            any.push(one.sql);
        }
        sql.push(format!("({})", any.join(" OR ")));
        all.narrowing.extend(Filter::narrowing(conn, alternatives)?);
    }
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
