//! Whatever is marked, linked and punctuated in a paragraph, a reader of its Markdown sees the same.

use html5ever::driver::ParseOpts;
use html5ever::parse_document;
use html5ever::tendril::TendrilSink;
use markup5ever_rcdom::{Handle, NodeData, RcDom};
use proptest::prelude::*;

use crate::measure::reading;

/// Text with what Markdown might take for its own, an element around some of it.
fn inline() -> impl Strategy<Value = String> {
    let signs = prop::sample::select(vec![
        "*",
        "_",
        "`",
        "[",
        "]",
        "(",
        ")",
        "!",
        "~",
        "#",
        "|",
        ".",
        ":",
        "-",
        "+",
        "=",
        "\\",
        "&lt;",
        "&gt;",
        "&amp;",
        "&quot;",
        " ",
        " ",
        " ",
        "1.",
        "。",
        "「",
        "é",
        "x",
        "&amp;amp;",
        "$",
        "'",
        "/",
        "@",
        "^",
        "{",
    ]);
    let text = prop_oneof![3 => "[a-z]{1,3}", 2 => signs.prop_map(str::to_owned)];
    let several = prop::collection::vec(text.clone(), 1..4).prop_map(|parts| parts.concat());
    let code = several
        .clone()
        .prop_map(|text| format!("<code>{}</code>", text.replace(' ', "x")));
    let link = several.prop_map(|text| format!("<a href=\"https://e.com/(a)?b=c&amp;d\">x{text}</a>"));
    let text = prop_oneof![10 => text, 1 => code, 1 => link];
    text.prop_recursive(4, 40, 6, |inner| {
        let several = prop::collection::vec(inner, 0..5).prop_map(|parts| parts.concat());
        let element = prop::sample::select(vec!["strong", "em", "del", "span", "sub"]);
        (element, several).prop_map(|(name, inside)| format!("<{name}>{inside}</{name}>"))
    })
}

fn paragraph() -> impl Strategy<Value = String> {
    let part = prop_oneof![9 => inline(), 1 => Just("x<br />".to_owned())];
    prop::collection::vec(part, 0..8).prop_map(|parts| format!("<p>{}y</p>", parts.concat()))
}

/// Each character with the marks on it, outermost order aside. White space has no marks and is one space.
fn styled(html: &str) -> Vec<(char, [bool; 6])> {
    let dom = parse_document(RcDom::default(), ParseOpts::default()).one(html);
    let mut characters = Vec::new();
    collect(&dom.document, [false; 6], &mut characters);
    while characters.last().is_some_and(|(character, _)| *character == ' ') {
        characters.pop();
    }
    characters
}

fn collect(node: &Handle, marks: [bool; 6], into: &mut Vec<(char, [bool; 6])>) {
    let mut marks = marks;
    match &node.data {
        NodeData::Text { contents } => {
            for character in contents.borrow().chars() {
                push(character, marks, into);
            }
        }
        NodeData::Element { name, .. } => match &*name.local {
            "strong" => marks[0] = true,
            "em" => marks[1] = true,
            "del" => marks[2] = true,
            "code" => marks[3] = true,
            "a" => marks[4] = true,
            "sub" => marks[5] = true,
            "br" | "td" | "li" => push(' ', marks, into),
            _ => {}
        },
        _ => {}
    }
    for child in node.children.borrow().iter() {
        collect(child, marks, into);
    }
}

fn push(character: char, marks: [bool; 6], into: &mut Vec<(char, [bool; 6])>) {
    if !character.is_whitespace() {
        into.push((character, marks));
    } else if into.last().is_some_and(|(before, _)| *before != ' ') {
        into.push((' ', [false; 6]));
    }
}

/// Renders storage format and reads it back.
fn check(html: &str) -> Result<(), TestCaseError> {
    let markdown = super::storage(html).markdown;
    let returned = reading::plain_html(&markdown);
    prop_assert_eq!(styled(html), styled(&returned), "{}\n{}", markdown, returned);
    // GitHub makes links of e-mail addresses that the page has as text.
    let unlinked = |html| {
        styled(html)
            .into_iter()
            .map(|(c, [a, b, s, code, _, sub])| (c, [a, b, s, code, sub]))
    };
    let returned = reading::html(&markdown);
    prop_assert!(
        unlinked(html).eq(unlinked(&returned)),
        "{}\n{}",
        markdown,
        returned
    );
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn a_paragraph_reads_the_same(html in paragraph()) {
        check(&html)?;
    }

    #[test]
    fn a_cell_reads_the_same(html in paragraph()) {
        check(&format!("<table><tr><th>h</th></tr><tr><td>{html}</td></tr></table>"))?;
    }

    #[test]
    fn an_item_reads_the_same(html in paragraph()) {
        check(&format!("<ul><li>{html}</li></ul>"))?;
    }
}
