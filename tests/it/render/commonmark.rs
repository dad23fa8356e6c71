//! `CommonMark`'s examples on the way to Markdown and back.

use std::collections::BTreeSet;

use millpond::convert::{render, render_html};
use millpond::model::Body;

use crate::measure::{commonmark, reading, sameness};

/// Numbers of examples.
type Numbers = BTreeSet<usize>;

/// What the documentation says comes back otherwise.
#[derive(Default)]
struct Documented {
    as_html: Numbers,
    as_storage: Numbers,
    /// What a reader could see of it.
    seen: Numbers,
}

fn documented() -> Documented {
    let page = include_str!("../../../docs/markdown.md");
    let (_, section) = page.split_once("## How well it is kept").unwrap();
    let mut found = Documented::default();
    for line in section.lines() {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let &[_, _, form @ ("both" | "storage format"), numbers, _] = cells.as_slice() else {
            continue;
        };
        for number in numbers.split(", ") {
            let plain = number.trim_matches('*').parse().unwrap();
            found.as_storage.insert(plain);
            if form == "both" {
                found.as_html.insert(plain);
            }
            if number.starts_with("**") {
                found.seen.insert(plain);
            }
        }
    }
    found
}

/// The examples that come back otherwise, to a parser and to a reader.
fn changed(test: &str, convert: impl Fn(&str) -> String) -> Option<(Numbers, Numbers)> {
    let Some(examples) = commonmark::examples() else {
        eprintln!("{test}: skipped, run npm install in tests/commonmark");
        return None;
    };
    let (mut trees, mut meanings) = (Numbers::new(), Numbers::new());
    for (index, html) in examples.iter().enumerate() {
        let returned = reading::plain_html(&convert(html));
        if sameness::tree(html) != sameness::tree(&returned) {
            trees.insert(index + 1);
        }
        if sameness::meaning(html) != sameness::meaning(&returned) {
            meanings.insert(index + 1);
        }
    }
    Some((trees, meanings))
}

#[test]
fn commonmarks_examples_survive_as_html_but_for_what_is_documented() {
    let convert = |html: &str| render_html(html, &super::CONTEXT_AT_ROOT).markdown;
    let test = "commonmarks_examples_survive_as_html_but_for_what_is_documented";
    if let Some((trees, meanings)) = changed(test, convert) {
        assert_eq!(trees, documented().as_html);
        assert_eq!(meanings, documented().seen);
    }
}

#[test]
fn commonmarks_examples_survive_as_storage_format_but_for_what_is_documented() {
    let convert = |html: &str| {
        let body = Body::Storage(commonmark::as_storage(html));
        render(&body, &super::CONTEXT_AT_ROOT).markdown
    };
    let test = "commonmarks_examples_survive_as_storage_format_but_for_what_is_documented";
    if let Some((trees, meanings)) = changed(test, convert) {
        assert_eq!(trees, documented().as_storage);
        assert_eq!(meanings, documented().seen);
    }
}
