//! Reads storage format: a fragment of XML without root, namespaces or DTD, and not always well-formed.

use std::borrow::Cow;

use html2md::Handle;
use html5ever::{Attribute, LocalName, local_name};
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::Warning;
use super::entities;
use super::tree::{self, TreeBuilder};

/// Attributes that say nothing about the content: Confluence's own bookkeeping and the editor's layout.
const NOISE: [&str; 11] = [
    "local-id",
    "ac:local-id",
    "ac:macro-id",
    "ac:schema-version",
    "data-layout",
    "data-table-width",
    "ri:version-at-save",
    "data-highlight-colour",
    "ac:original-height",
    "ac:original-width",
    "ac:breakout-width",
];

/// After so many syntax errors the rest is taken as text: each restart may have to look through all of it.
const MAX_RESTARTS: usize = 200;

/// Builds the tree of a body. Broken markup is read as far as it makes sense, and warned about.
pub(super) fn read(body: &str, warnings: &mut Vec<Warning>) -> Handle {
    let body = clean(body);
    let mut builder = TreeBuilder::new();
    let places = places(&body);
    let mut rest: &str = &body;
    let mut restarts = 0;
    while let Some(remaining) = read_until_error(rest, &places, &mut builder) {
        restarts += 1;
        rest = skip_to_markup(remaining, &mut builder, restarts > MAX_RESTARTS);
    }
    if restarts > 0 {
        let detail = format!("recovered from {restarts} syntax errors");
        warnings.push(Warning {
            construct: "markup".to_owned(),
            detail,
        });
    }
    let (root, flattened) = builder.finish();
    warnings.extend(flattened.then(tree::too_deep));
    root
}

/// Line ends become `\n` and forbidden control characters U+FFFD, as an XML parser would insist.
fn clean(body: &str) -> Cow<'_, str> {
    let is_wrong = |byte: u8| (byte < b' ' && byte != b'\n' && byte != b'\t') || byte == 0x7f;
    // Counting has no way out of the loop, so the compiler looks at many bytes at once.
    if body.bytes().filter(|&byte| is_wrong(byte)).count() == 0 {
        return Cow::Borrowed(body);
    }
    let lines = body.replace("\r\n", "\n").replace('\r', "\n");
    Cow::Owned(lines.replace(entities::is_forbidden, "\u{fffd}"))
}

/// Feeds events to the builder. Returns what is left, from the markup that could not be read on.
fn read_until_error<'a>(input: &'a str, places: &[&str], builder: &mut TreeBuilder) -> Option<&'a str> {
    // The reader drops the mark without counting it.
    let input = input.trim_start_matches('\u{feff}');
    let mut reader = Reader::from_str(input);
    let config = reader.config_mut();
    config.allow_dangling_amp = true;
    config.allow_unmatched_ends = true;
    config.check_end_names = false;
    loop {
        let before = position(&reader);
        match reader.read_event() {
            Ok(Event::Eof) => return None,
            Ok(Event::Start(tag)) if is_name(&tag) => start(&tag, is_void(tag.name().0), places, builder),
            Ok(Event::Empty(tag)) if is_name(&tag) => start(&tag, true, places, builder),
            Ok(Event::Start(_) | Event::Empty(_)) | Err(_) => return input.get(before..),
            Ok(Event::End(tag)) => builder.end(&LocalName::from(tag.name().0)),
            Ok(Event::Text(text)) => builder.text(&text),
            Ok(Event::CData(text)) => builder.verbatim(&text),
            Ok(Event::GeneralRef(name)) => reference(&name, builder),
            Ok(Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_)) => {}
        }
    }
}

/// Takes the `<` that could not be read as text, and what follows it up to the next one.
fn skip_to_markup<'a>(input: &'a str, builder: &mut TreeBuilder, give_up: bool) -> &'a str {
    let next = input
        .get(1..)
        .and_then(|rest| rest.find('<'))
        .filter(|_| !give_up);
    let (text, rest) = input.split_at(next.map_or(input.len(), |at| at + 1));
    builder.text(&entities::unescape(text));
    rest
}

fn position(reader: &Reader<&[u8]>) -> usize {
    usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX)
}

fn is_name(tag: &str) -> bool {
    tag.starts_with(|first: char| first.is_alphabetic() || first == '_')
}

/// HTML's elements without content, in case a body leaves them open.
fn is_void(name: &str) -> bool {
    matches!(name, "br" | "hr" | "img" | "col" | "input")
}

/// The names that links within the page lead to.
fn places(body: &str) -> Vec<&str> {
    let behind = |(at, _): (usize, &str)| {
        let is_link = body[..at].ends_with("href=\"");
        is_link.then(|| body[at + 1..].split('"').next()).flatten()
    };
    let mut places: Vec<&str> = body.match_indices('#').filter_map(behind).collect();
    places.sort_unstable();
    places.dedup();
    places
}

fn start(tag: &BytesStart<'_>, is_empty: bool, places: &[&str], builder: &mut TreeBuilder) {
    let attributes: Vec<Attribute> = tag
        .html_attributes()
        .with_checks(false)
        .filter_map(Result::ok)
        .filter(|attribute| !NOISE.contains(&attribute.key.0))
        .map(|attribute| tree::attribute(attribute.key.0, &entities::unescape(&attribute.value)))
        .collect();
    let name = LocalName::from(tag.name().0);
    // Pages that other programs wrote have places on any element; elsewhere the attribute is of no use.
    let place = attributes
        .iter()
        .find(|attribute| &*attribute.name.local == "id" && places.binary_search(&&*attribute.value).is_ok())
        .filter(|_| !is_empty && &*name != "a")
        .cloned();
    builder.start(name.clone(), attributes);
    if let Some(place) = place {
        builder.start(local_name!("a"), vec![place]);
        builder.end(&local_name!("a"));
    }
    if is_empty {
        builder.end(&name);
    }
}

fn reference(name: &str, builder: &mut TreeBuilder) {
    match entities::resolve(name) {
        Some(value) => builder.text(&value),
        None => builder.text(&format!("&{name};")),
    }
}
