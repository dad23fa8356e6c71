//! `millpond search`: full-text search of the mirror.

use std::ops::Range;

use owo_colors::OwoColorize as _;

use crate::model::{Domain, SpaceKey, Timestamp};
use crate::store::{Hit, SearchQuery};

use super::output::printable;
use super::when::{self, When};
use super::{Session, report};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Words that must all occur; "a phrase", beginning*, -absent and one OR other are understood
    #[arg(required = true)]
    query: Vec<String>,
    /// Only in the space with this key
    #[arg(long, value_name = "KEY", value_parser = |key: &str| Ok::<_, String>(SpaceKey::new(key)))]
    space: Option<SpaceKey>,
    /// Only by this person: a part of their name, or their account id
    #[arg(long, value_name = "NAME")]
    author: Option<String>,
    /// Only edited since: 2026-03-01, 2026-03-01T09:30:00Z, or 30d for the last thirty days
    #[arg(long, value_name = "WHEN")]
    since: Option<When>,
    /// Only edited before
    #[arg(long, value_name = "WHEN")]
    until: Option<When>,
    /// Only on this site
    #[arg(long, value_name = "DOMAIN")]
    site: Option<Domain>,
    /// How many pages at most
    #[arg(long, value_name = "COUNT", default_value_t = 20)]
    limit: usize,
}

impl Args {
    /// A plain search for a few pages.
    #[cfg(feature = "demo")]
    pub(super) fn sample(query: &str, limit: usize) -> Self {
        let query = vec![query.to_owned()];
        Self {
            query,
            space: None,
            author: None,
            since: None,
            until: None,
            site: None,
            limit,
        }
    }

    /// Several arguments are one query: quotation marks reach us as they were typed only inside of one.
    fn query(self, now: Timestamp) -> SearchQuery {
        SearchQuery {
            space: self.space,
            author: self.author,
            since: self.since.map(|when| when.from(now)),
            until: self.until.map(|when| when.from(now)),
            site: self.site,
            limit: self.limit,
            ..SearchQuery::new(self.query.join(" "))
        }
    }
}

pub(super) fn run(session: &mut Session, args: Args) -> anyhow::Result<()> {
    let hits = session.reader()?.search(&args.query(session.clock.now()))?;
    if session.out.is_json() {
        for hit in &hits {
            session.out.json(hit)?;
        }
        return Ok(());
    }
    if hits.is_empty() {
        report::note("nothing found");
        return Ok(());
    }
    for hit in &hits {
        session.out.line(readable(hit))?;
    }
    Ok(())
}

fn readable(hit: &Hit) -> String {
    let title = highlighted(&hit.title, &hit.title_highlights);
    let space = hit.space_key.as_ref().map_or("", SpaceKey::as_str);
    let place: Vec<_> = std::iter::once(space)
        .chain(hit.path.iter().map(String::as_str))
        .collect();
    let place = printable(&place.join(" / ")).into_owned();
    format!(
        "{}\n  {}\n  {}\n  {}\n",
        title.bold(),
        format_args!("{place}, {}", when::day(hit.modified_at)).dimmed(),
        highlighted(&hit.snippet, &hit.highlights),
        hit.url.dimmed(),
    )
}

/// The text on one line, with the words in `ranges` set apart.
fn highlighted(text: &str, ranges: &[Range<usize>]) -> String {
    let mut dressed = String::new();
    let mut end = 0;
    for range in ranges {
        dressed += &printable(text.get(end..range.start).unwrap_or_default());
        let word = printable(text.get(range.clone()).unwrap_or_default());
        dressed += &word.yellow().to_string();
        end = range.end;
    }
    dressed + &printable(text.get(end..).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::highlighted;

    #[test]
    fn what_was_found_is_set_apart_and_nothing_is_lost() {
        let dressed = highlighted("Déjà vu, déjà lu", &[0..6, 11..17]);
        assert_eq!(dressed.matches("\u{1b}[33m").count(), 2);
        assert_eq!(
            anstream::adapter::strip_str(&dressed).to_string(),
            "Déjà vu, déjà lu"
        );
    }
}
