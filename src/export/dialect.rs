//! Reads the Markdown that pages are kept in: where its links are, and what its headings are called.

use std::collections::{HashSet, VecDeque};
use std::ops::Range;

use percent_encoding::percent_decode_str;
use pulldown_cmark::{Event, LinkType, Options, Parser, Tag, TagEnd};
use unicode_width::UnicodeWidthChar as _;

/// What the renderer writes: `docs/markdown.md`.
pub(super) const DIALECT: Options = Options::ENABLE_TABLES
    .union(Options::ENABLE_TASKLISTS)
    .union(Options::ENABLE_STRIKETHROUGH)
    .union(Options::ENABLE_GFM);

/// A link or image, and where its address stands.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Destination {
    /// The bytes to replace.
    pub(super) range: Range<usize>,
    /// The address they mean.
    pub(super) url: String,
    /// Whether it is `<…>`, which can only be a whole address: something else has to be a link with a text.
    pub(super) is_auto: bool,
}

/// The destinations in a text, in the order they end in.
pub(super) fn destinations(markdown: &str) -> Vec<Destination> {
    let mut found = Vec::new();
    // The links that are open, with their addresses and where the last thing in them ends.
    let mut open: Vec<(String, usize)> = Vec::new();
    for (event, range) in Parser::new_ext(markdown, DIALECT).into_offset_iter() {
        match event {
            Event::Start(
                Tag::Link {
                    dest_url, link_type, ..
                }
                | Tag::Image {
                    dest_url, link_type, ..
                },
            ) => {
                if matches!(link_type, LinkType::Autolink) {
                    found.push(Destination {
                        range: range.clone(),
                        url: dest_url.to_string(),
                        is_auto: true,
                    });
                }
                open.push((dest_url.into_string(), range.start + 1));
                continue;
            }
            Event::End(TagEnd::Link | TagEnd::Image) => {
                if let Some((url, inside)) = open.pop() {
                    let inline = inline(markdown, inside..range.end);
                    found.extend(inline.map(|range| Destination {
                        range,
                        url,
                        is_auto: false,
                    }));
                }
                if let Some((_, inside)) = open.last_mut() {
                    *inside = range.end;
                }
            }
            Event::Html(html) | Event::InlineHtml(html) => attributes(&html, range.start, &mut found),
            _ => {}
        }
        if let Some((_, inside)) = open.last_mut() {
            *inside = (*inside).max(range.end.min(markdown.len()));
        }
    }
    found
}

/// Where the address stands in `](address "title")`, which ends a link.
fn inline(markdown: &str, tail: Range<usize>) -> Option<Range<usize>> {
    let text = markdown.get(tail.clone())?;
    let opening = text.find("](")? + "](".len();
    let address = text[opening..].strip_suffix(')')?;
    let opening = tail.start + opening;
    if let Some(address) = address.strip_prefix('<') {
        return Some(opening + 1..opening + 1 + address.find('>')?);
    }
    let length = address.find(char::is_whitespace).unwrap_or(address.len());
    Some(opening..opening + length)
}

/// The addresses in the tags of a piece of HTML that begins at `start`.
fn attributes(html: &str, start: usize, found: &mut Vec<Destination>) {
    for attribute in [" href=\"", " src=\""] {
        for (at, _) in html.match_indices(attribute) {
            let begin = at + attribute.len();
            let Some(length) = html[begin..].find('"') else {
                continue;
            };
            found.push(Destination {
                range: start + begin..start + begin + length,
                url: html[begin..begin + length].replace("&amp;", "&"),
                is_auto: false,
            });
        }
    }
}

/// Replaces destinations by what `replace` says, where it says something.
pub(super) fn rewritten(markdown: &str, mut replace: impl FnMut(&Destination) -> Option<String>) -> String {
    let mut edits: Vec<(Range<usize>, String)> = destinations(markdown)
        .into_iter()
        .filter_map(|destination| Some((destination.range.clone(), replace(&destination)?)))
        .collect();
    edits.sort_by_key(|(range, _)| range.start);
    let mut out = String::with_capacity(markdown.len());
    let mut done = 0;
    for (range, text) in edits {
        if range.start < done {
            continue;
        }
        out.push_str(&markdown[done..range.start]);
        out.push_str(&text);
        done = range.end;
    }
    out.push_str(&markdown[done..]);
    out
}

/// The places in a text that links can lead to.
#[derive(Debug, Default)]
pub struct Outline {
    title: String,
    /// Headings, with their text.
    headings: Vec<(String, String)>,
    /// Names that someone gave to places.
    places: Vec<String>,
}

impl Outline {
    /// Reads the text of a page. Its title stands above it, as the first heading.
    pub fn of(title: &str, markdown: &str) -> Self {
        let mut slugs = Slugs::default();
        let mut outline = Self {
            title: title.to_owned(),
            headings: vec![(slugs.next(title), title.to_owned())],
            places: Vec::new(),
        };
        let mut heading: Option<String> = None;
        for event in Parser::new_ext(markdown, DIALECT) {
            match event {
                Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
                Event::End(TagEnd::Heading(_)) => {
                    let text = heading.take().unwrap_or_default();
                    let slug = slugs.next(&text);
                    outline.headings.push((slug, text));
                }
                Event::Text(text) | Event::Code(text) => {
                    if let Some(heading) = &mut heading {
                        heading.push_str(&text);
                    }
                }
                Event::Html(html) | Event::InlineHtml(html) => outline.places.extend(place(&html)),
                _ => {}
            }
        }
        outline
    }

    /// What the title is called in a fragment.
    pub(super) fn title_slug(&self) -> &str {
        self.headings.first().map_or("", |(slug, _)| slug)
    }

    /// What the headings below the title are called, in their order.
    pub(super) fn slugs(&self) -> VecDeque<String> {
        self.headings
            .iter()
            .skip(1)
            .map(|(slug, _)| slug.clone())
            .collect()
    }

    /// The fragment for what an address of Confluence's calls `anchor`. Confluence writes headings without or with
    /// dashes, old pages put the title before them, and a repeated heading gets a number.
    pub fn fragment(&self, anchor: &str) -> Option<String> {
        let anchor = percent_decode_str(anchor).decode_utf8_lossy();
        if self.places.iter().any(|place| *place == anchor) {
            return Some(anchor.into_owned());
        }
        let named = |wanted: &str| {
            let wanted = squeezed(wanted);
            let is_meant = move |text: &str| {
                let text = squeezed(text);
                !text.is_empty() && (text == wanted || squeezed(&self.title) + &text == wanted)
            };
            self.headings.iter().filter(move |(_, text)| is_meant(text))
        };
        if let Some((slug, _)) = named(&anchor).next() {
            return Some(slug.clone());
        }
        // In HTML that is the top of the page, where the title stands.
        if anchor.eq_ignore_ascii_case("top") {
            return self.headings.first().map(|(slug, _)| slug.clone());
        }
        let (first, number) = anchor.rsplit_once('.')?;
        let (slug, _) = named(first).nth(number.parse().ok()?)?;
        Some(slug.clone())
    }
}

/// The name in `<a id="name">`.
fn place(html: &str) -> Option<String> {
    let (_, rest) = html.split_once("<a id=\"")?;
    let (name, _) = rest.split_once('"')?;
    Some(
        name.replace("&quot;", "\"")
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&amp;", "&"),
    )
}

fn squeezed(text: &str) -> String {
    text.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// What GitHub and VS Code call headings in fragments.
#[derive(Debug, Default)]
pub(super) struct Slugs {
    taken: HashSet<String>,
}

impl Slugs {
    /// The slug of the next heading.
    pub(super) fn next(&mut self, heading: &str) -> String {
        let kept = |c: &char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_') || is_mark(*c);
        let slug: String = heading
            .trim()
            .to_lowercase()
            .chars()
            .filter(kept)
            .map(|c| if c == ' ' { '-' } else { c })
            .collect();
        let mut unique = slug.clone();
        let mut number = 0;
        while !self.taken.insert(unique.clone()) {
            number += 1;
            unique = format!("{slug}-{number}");
        }
        unique
    }
}

/// Whether a character belongs to the one before it: an accent, a vowel sign, the choice of an emoji's looks.
fn is_mark(c: char) -> bool {
    let is_joiner = matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
    !is_joiner && !c.is_control() && c.width() == Some(0)
}

#[cfg(test)]
mod tests {
    use super::{Outline, Slugs, destinations, rewritten};

    #[test]
    fn addresses_are_found_where_they_are_addresses() {
        let markdown = "[a](x/1) [b\\]](<x/2> \"t\") ![i](x/3 \"t\") [![i](x/4)](x/5) <https://x/6> `[c](x/7)`\n\n\
            ```\n[d](x/8)\n```\n\n<table>\n<tr>\n<td>\n\n[e](x/9#f)\n\n</td>\n</tr>\n</table>\n\n\
            | [t](x/10) |\n| --- |\n\nend <a href=\"x/11?a&amp;b\">y</a> [(p)](x/1\\(2\\))\n";
        let found: Vec<_> = destinations(markdown)
            .into_iter()
            .map(|destination| (markdown[destination.range].to_owned(), destination.url))
            .collect();
        let expected = [
            ("x/1", "x/1"),
            ("x/2", "x/2"),
            ("x/3", "x/3"),
            ("x/4", "x/4"),
            ("x/5", "x/5"),
            ("<https://x/6>", "https://x/6"),
            ("x/9#f", "x/9#f"),
            ("x/10", "x/10"),
            ("x/11?a&amp;b", "x/11?a&b"),
            ("x/1\\(2\\)", "x/1(2)"),
        ];
        assert_eq!(
            found,
            expected.map(|(source, url)| (source.to_owned(), url.to_owned()))
        );
    }

    #[test]
    fn only_what_has_a_new_address_is_rewritten() {
        let markdown = "[![i](a)](b) `(a)` [c](a)";
        let to = rewritten(markdown, |destination| {
            (destination.url == "a").then(|| "z".to_owned())
        });
        assert_eq!(to, "[![i](z)](b) `(a)` [c](z)");
    }

    #[test]
    fn headings_are_called_what_github_calls_them() {
        let mut slugs = Slugs::default();
        for (heading, expected) in [
            ("Restart the pump", "restart-the-pump"),
            ("Restart the pump", "restart-the-pump-1"),
            ("What's new? (v2.0)", "whats-new-v20"),
            ("Über `max_connections`", "über-max_connections"),
            ("🚀 Launch", "-launch"),
            ("会議", "会議"),
        ] {
            assert_eq!(slugs.next(heading.trim_matches('`')), expected);
        }
    }

    #[test]
    fn an_anchor_leads_to_the_heading_it_means() {
        let outline = Outline::of(
            "Pumps",
            "## Restart the pump\n\n## Stop & go\n\n## Stop & go\n\n<a id=\"my place\"></a>\n\ntext\n",
        );
        for (anchor, expected) in [
            ("Pumps", Some("pumps")),
            ("Restart-the-pump", Some("restart-the-pump")),
            ("Restartthepump", Some("restart-the-pump")),
            ("Pumps-Restartthepump", Some("restart-the-pump")),
            ("Stop-%26-go", Some("stop--go")),
            ("Stop-&-go.1", Some("stop--go-1")),
            ("my%20place", Some("my place")),
            ("top", Some("pumps")),
            ("Elsewhere", None),
            ("", None),
            ("x.9", None),
        ] {
            assert_eq!(outline.fragment(anchor).as_deref(), expected, "{anchor}");
        }
    }
}
