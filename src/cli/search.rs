//! `millpond search`: full-text search of the mirror.

use std::ops::Range;

use owo_colors::OwoColorize as _;
use percent_encoding::{CONTROLS, utf8_percent_encode};
use unicode_width::UnicodeWidthChar as _;

use crate::model::{Domain, SpaceKey, Timestamp};
use crate::store::{FoundIn, Hit, Reader, SearchQuery};

use super::output::{Screen, printable};
use super::when::{self, When};
use super::{Session, report};

/// Lines longer than this are hard to read.
const COMFORTABLE: usize = 100;

#[derive(Debug, clap::Args)]
#[command(after_help = "docs/search.md has the whole language, with examples.")]
pub(super) struct Args {
    /// Words that must all occur; "a phrase", beginning*, -absent, one OR other, and filters such as space:ENG,
    /// label:, author:, type:, title:, since:, until:, site:, is:archived and is:gone are understood
    #[arg(required_unless_present_any = [
        "title", "space", "label", "author", "type", "since", "until", "site", "is"
    ])]
    query: Vec<String>,
    /// Only with these words in the title
    #[arg(long, value_name = "WORDS")]
    title: Vec<String>,
    /// Only in the space with this key, or in one of several
    #[arg(long, value_name = "KEY", value_parser = |key: &str| Ok::<_, String>(SpaceKey::new(key)))]
    space: Vec<SpaceKey>,
    /// Only with this label, or with all of several
    #[arg(long, value_name = "LABEL")]
    label: Vec<String>,
    /// Only by this person: a part of their name, or their account id
    #[arg(long, value_name = "NAME")]
    author: Vec<String>,
    /// Only of this kind
    #[arg(long = "type", id = "type", value_name = "TYPE")]
    kind: Vec<Kind>,
    /// Only edited since: 2026-03-01, yesterday, 2026-03-01T09:30:00Z, or 30d for the last thirty days
    #[arg(long, value_name = "WHEN")]
    since: Option<When>,
    /// Only edited before
    #[arg(long, value_name = "WHEN")]
    until: Option<When>,
    /// Only on this site
    #[arg(long, value_name = "DOMAIN")]
    site: Option<Domain>,
    /// Only what is archived, or only what is gone from its site
    #[arg(long, value_name = "STATE")]
    is: Vec<State>,
    /// How many pages at most
    #[arg(long, value_name = "COUNT", default_value_t = 20)]
    limit: usize,
    /// How many of the best to skip, to see those after them
    #[arg(long, value_name = "COUNT", default_value_t = 0)]
    offset: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Kind {
    Page,
    Blogpost,
    Folder,
    Whiteboard,
    Database,
    Embed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum State {
    Archived,
    Gone,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Blogpost => "blogpost",
            Self::Folder => "folder",
            Self::Whiteboard => "whiteboard",
            Self::Database => "database",
            Self::Embed => "embed",
        }
    }
}

impl Args {
    /// A plain search for a few pages.
    #[cfg(feature = "demo")]
    pub(super) fn sample(query: &str, limit: usize) -> Self {
        Self {
            query: vec![query.to_owned()],
            title: Vec::new(),
            space: Vec::new(),
            label: Vec::new(),
            author: Vec::new(),
            kind: Vec::new(),
            since: None,
            until: None,
            site: None,
            is: Vec::new(),
            limit,
            offset: 0,
        }
    }

    /// Several arguments are one query: quotation marks reach us as they were typed only inside of one.
    fn query(self, now: Timestamp) -> SearchQuery {
        SearchQuery {
            now: Some(now),
            title: self.title,
            spaces: self.space,
            labels: self.label,
            authors: self.author,
            kinds: self.kind.iter().map(|kind| kind.word().to_owned()).collect(),
            since: self.since.map(|when| when.from(now)),
            until: self.until.map(|when| when.from(now)),
            site: self.site,
            is_archived: self.is.contains(&State::Archived),
            is_gone: self.is.contains(&State::Gone),
            limit: self.limit,
            offset: self.offset,
            ..SearchQuery::new(self.query.join(" "))
        }
    }
}

pub(super) fn run(session: &mut Session, args: Args) -> anyhow::Result<()> {
    let now = session.clock.now();
    let query = args.query(now);
    let reader = session.reader()?;
    let hits = reader.search(&query)?;
    if session.out.is_json() {
        for hit in &hits {
            session.out.json(hit)?;
        }
        return Ok(());
    }
    if hits.is_empty() {
        return suggest(&reader, &query);
    }
    let screen = session.out.screen();
    for hit in &hits {
        session.out.line(readable(hit, screen, now))?;
    }
    if screen.is_some() && hits.len() == query.limit {
        let next = query.offset + query.limit;
        report::note(&format!(
            "there may be more: --offset {next} shows what comes next"
        ));
    }
    Ok(())
}

/// Says what is near, where nothing is found.
fn suggest(reader: &Reader, query: &SearchQuery) -> anyhow::Result<()> {
    if query.offset > 0 {
        report::note("nothing more found");
        return Ok(());
    }
    report::note("nothing found");
    let suggestions = reader.suggestions(query)?;
    if let Some(text) = suggestions.did_you_mean {
        report::note(&format!("did you mean: {}", printable(&text)));
    }
    for near in suggestions.titles {
        let space = near.space_key.as_ref().map_or("", SpaceKey::as_str);
        let title = printable(&near.title).into_owned();
        report::note(&format!("close to it: {space}:{title} ({})", near.id));
    }
    Ok(())
}

fn readable(hit: &Hit, screen: Option<Screen>, now: Timestamp) -> String {
    let has_links = screen.is_some_and(|screen| screen.has_colours);
    let title = highlighted(&hit.title, 0..hit.title.len(), &hit.title_highlights);
    let title = title.bold().to_string();
    let mut readable = if has_links {
        linked(&title, &hit.url)
    } else {
        title
    };
    readable += "\n  ";
    readable += &place(hit, now).dimmed().to_string();
    let width = screen.map_or(usize::MAX, |screen| {
        screen.width.min(COMFORTABLE).saturating_sub(2)
    });
    let origin = origin(hit.found_in);
    for (number, line) in lines(&hit.snippet, width, origin.len()).into_iter().enumerate() {
        let origin = if number == 0 { origin } else { "" };
        readable += "\n  ";
        readable += &origin.italic().to_string();
        readable += &highlighted(&hit.snippet, line, &hit.highlights);
    }
    if !has_links {
        readable += "\n  ";
        readable += &printable(&hit.url).dimmed().to_string();
    }
    readable + "\n"
}

/// The space, what it hangs under, how old it is, and what is odd about it.
fn place(hit: &Hit, now: Timestamp) -> String {
    let space = hit.space_key.as_ref().map_or("", SpaceKey::as_str);
    let path: Vec<_> = std::iter::once(space)
        .chain(hit.path.iter().map(String::as_str))
        .collect();
    let edited = format!(
        "{}, {}",
        when::day(hit.modified_at),
        when::distance(hit.modified_at, now)
    );
    let mut place = vec![printable(&path.join(" / ")).into_owned(), edited];
    if hit.kind != "page" {
        place.push(printable(&hit.kind).into_owned());
    }
    match hit.gone_at {
        Some(gone_at) => place.push(format!("gone since {}", when::day(gone_at))),
        None if hit.status == "archived" => place.push("archived".to_owned()),
        None => {}
    }
    place.join(" · ")
}

fn origin(found_in: FoundIn) -> &'static str {
    match found_in {
        FoundIn::Body => "",
        FoundIn::Comment => "in a comment: ",
        FoundIn::Attachment => "attachment: ",
        FoundIn::Label => "labels: ",
    }
}

/// The text as a link by OSC 8, for terminals.
fn linked(text: &str, url: &str) -> String {
    // The sequence may hold printable ASCII only.
    let url = utf8_percent_encode(url, CONTROLS);
    format!("\u{1b}]8;;{url}\u{1b}\\{text}\u{1b}]8;;\u{1b}\\")
}

/// Where to break the text, so that no line has more columns, nor the first more than those after `indent`.
fn lines(text: &str, width: usize, indent: usize) -> Vec<Range<usize>> {
    let mut lines = Vec::new();
    let (mut start, mut space, mut column) = (0, None, indent);
    for (at, c) in text.char_indices() {
        column += c.width().unwrap_or(0);
        if column > width && at > start && c == ' ' {
            // The space itself takes the break.
            lines.push(start..at);
            (start, space, column) = (at + 1, None, 0);
            continue;
        }
        if column > width && at > start {
            let (end, next) = space.map_or((at, at), |space| (space, space + 1));
            lines.push(start..end);
            start = next;
            space = None;
            column = text[start..at]
                .chars()
                .map(|c| c.width().unwrap_or(0))
                .sum::<usize>()
                + c.width().unwrap_or(0);
        }
        if c == ' ' && at > start {
            space = Some(at);
        }
    }
    lines.push(start..text.len());
    lines
}

/// The line of the text, with the words in `ranges` set apart.
fn highlighted(text: &str, line: Range<usize>, ranges: &[Range<usize>]) -> String {
    let mut dressed = String::new();
    let mut end = line.start;
    for range in ranges {
        let (from, to) = (range.start.max(end), range.end.min(line.end));
        if from >= to {
            continue;
        }
        dressed += &printable(text.get(end..from).unwrap_or_default());
        let word = printable(text.get(from..to).unwrap_or_default());
        dressed += &word.yellow().to_string();
        end = to;
    }
    dressed + &printable(text.get(end..line.end).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::{highlighted, lines, linked};

    #[test]
    fn what_was_found_is_set_apart_and_nothing_is_lost() {
        let text = "Déjà vu, déjà lu";
        let dressed = highlighted(text, 0..text.len(), &[0..6, 11..17]);
        assert_eq!(dressed.matches("\u{1b}[33m").count(), 2);
        assert_eq!(anstream::adapter::strip_str(&dressed).to_string(), text);
    }

    #[test]
    fn lines_break_between_words_and_inside_of_long_ones() {
        for (text, width, indent, expected) in [
            ("one two three", 7, 0, vec!["one two", "three"]),
            ("one two three", 7, 2, vec!["one", "two", "three"]),
            ("東京都の会議室", 6, 0, vec!["東京都", "の会議", "室"]),
            ("incomprehensible", 6, 0, vec!["incomp", "rehens", "ible"]),
            ("", 6, 0, vec![""]),
            ("x", 0, 0, vec!["x"]),
        ] {
            let broken: Vec<&str> = lines(text, width, indent)
                .into_iter()
                .map(|line| &text[line])
                .collect();
            assert_eq!(broken, expected, "{text} in {width}");
        }
    }

    #[test]
    fn a_link_holds_no_control_character() {
        assert_eq!(
            linked("t", "https://x/\u{1b}\\ä"),
            "\u{1b}]8;;https://x/%1B\\%C3%A4\u{1b}\\t\u{1b}]8;;\u{1b}\\"
        );
    }
}
