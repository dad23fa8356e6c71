//! `millpond recent`: what changed lately, and by whom.

use owo_colors::OwoColorize as _;

use crate::model::{Domain, SpaceKey};
use crate::store::{Change, RecentQuery};

use super::output::printable;
use super::when::{self, When};
use super::{Session, report};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// How far back: 7d, 2026-03-01, or 2026-03-01T09:30:00Z
    #[arg(long, value_name = "WHEN", default_value = "7d")]
    since: When,
    /// Only in the space with this key
    #[arg(long, value_name = "KEY", value_parser = |key: &str| Ok::<_, String>(SpaceKey::new(key)))]
    space: Option<SpaceKey>,
    /// Only by this person: a part of their name, or their account id
    #[arg(long, value_name = "NAME")]
    author: Option<String>,
    /// Only on this site
    #[arg(long, value_name = "DOMAIN")]
    site: Option<Domain>,
    /// How many pages at most
    #[arg(long, value_name = "COUNT", default_value_t = 50)]
    limit: usize,
}

pub(super) fn run(session: &mut Session, args: Args) -> anyhow::Result<()> {
    let query = RecentQuery {
        since: args.since.from(session.clock.now()),
        space: args.space,
        author: args.author,
        site: args.site,
        limit: args.limit,
    };
    let changes = session.reader()?.recent(&query)?;
    if session.out.is_json() {
        for change in &changes {
            session.out.json(change)?;
        }
        return Ok(());
    }
    if changes.is_empty() {
        report::note(&format!("nothing changed since {}", when::minute(query.since)));
        return Ok(());
    }
    let mut day = None;
    for change in &changes {
        let today = when::day(change.at);
        if day.as_ref() != Some(&today) {
            session.out.line(today.bold())?;
            day = Some(today);
        }
        session.out.line(readable(change))?;
    }
    if changes.len() == query.limit {
        report::note(&format!("the newest {}; --limit shows more", query.limit));
    }
    Ok(())
}

fn readable(change: &Change) -> String {
    let what = match change.change.as_str() {
        "new" => "new   ".green().to_string(),
        "gone" => "gone  ".red().to_string(),
        _ => "edited".to_owned(),
    };
    let space = change.space_key.as_ref().map_or("?", SpaceKey::as_str);
    let by = match (&change.by, change.change.as_str()) {
        // Who deletes a page is not told.
        (_, "gone") => String::new(),
        (Some(by), _) => format!(" by {by}"),
        (None, _) => " by a deleted account".to_owned(),
    };
    let message = match change.message.as_str() {
        "" => String::new(),
        message => format!(": {message}"),
    };
    format!(
        "  {} {what} {}{}{} {}",
        when::time(change.at).dimmed(),
        printable(&format!("{space}:{}", change.title)),
        printable(&by).dimmed(),
        printable(&message),
        change.id.dimmed(),
    )
}
