//! The Atlassian document format becomes what storage format of the same page becomes.

use std::fs;
use std::path::Path;

use millpond::convert::{Rendered, render};
use millpond::model::Body;
use proptest::prelude::*;
use serde_json::json;

use crate::measure::{self, corpus, pairs, reading};

fn adf(json: &str) -> Rendered {
    render(&Body::Adf(json.to_owned()), &super::CONTEXT)
}

fn is_adf(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.ends_with(".adf") || name.ends_with(".adf.json")
}

#[test]
fn storage_and_adf_of_one_page_give_the_same_markdown_up_to_link_targets() {
    let Some(folder) = corpus::folder() else {
        eprintln!(
            "storage_and_adf_of_one_page_give_the_same_markdown_up_to_link_targets: skipped, no corpus"
        );
        return;
    };
    for path in corpus::files(&folder, &|path| path.ends_with("page.adf")) {
        let one = super::storage(&fs::read_to_string(path.with_file_name("page.xhtml")).unwrap());
        let two = adf(&fs::read_to_string(&path).unwrap());
        assert_eq!(
            pairs::difference(&one.markdown, &two.markdown),
            None,
            "{}",
            path.display()
        );
    }
}

#[test]
fn every_text_of_an_adf_document_is_in_its_markdown() {
    let Some(folder) = corpus::folder() else {
        eprintln!("every_text_of_an_adf_document_is_in_its_markdown: skipped, no corpus");
        return;
    };
    for path in corpus::files(&folder, &is_adf) {
        let json = fs::read_to_string(&path).unwrap();
        let mut texts = String::new();
        if let Ok(document) = serde_json::from_str(&json) {
            collect(&document, &mut texts);
        }
        let found = reading::read(&reading::html(&adf(&json).markdown)).words;
        let wanted = measure::words(&texts);
        assert_eq!(
            measure::lost(&wanted, &found),
            Vec::<&str>::new(),
            "{}",
            path.display()
        );
    }
}

fn collect(node: &serde_json::Value, into: &mut String) {
    if let Some(text) = node["text"].as_str() {
        into.push_str(text);
    }
    if node["type"] != "text" {
        into.push(' ');
    }
    node["content"]
        .as_array()
        .into_iter()
        .flatten()
        .for_each(|child| collect(child, into));
}

/// A node of any kind, with any content.
fn node() -> impl Strategy<Value = serde_json::Value> {
    let kinds = [
        "doc",
        "paragraph",
        "text",
        "heading",
        "bulletList",
        "orderedList",
        "listItem",
        "codeBlock",
        "panel",
        "expand",
        "taskList",
        "taskItem",
        "decisionList",
        "decisionItem",
        "table",
        "tableRow",
        "tableHeader",
        "tableCell",
        "mediaSingle",
        "mediaGroup",
        "media",
        "caption",
        "mention",
        "emoji",
        "date",
        "status",
        "inlineCard",
        "extension",
        "bodiedExtension",
        "multiBodiedExtension",
        "extensionFrame",
        "layoutSection",
        "hardBreak",
        "rule",
        "placeholder",
        "unheardOf",
    ];
    let kind = prop::sample::select(kinds.to_vec());
    let attrs = prop_oneof![
        Just(json!({})),
        Just(
            json!({"level": 9, "order": -1, "text": "t|", "url": "https://x.y/z", "timestamp": "9e99", "colspan": 1e9})
        ),
        Just(
            json!({"panelType": "note", "extensionType": "com.atlassian.confluence.macro.core", "extensionKey": "code"})
        ),
        Just(json!([1, null, "x"])),
    ];
    let marks = prop::sample::select(vec![
        json!([]),
        json!([{"type": "strong"}, {"type": "link"}]),
        json!("x"),
    ]);
    let leaf = (kind, attrs, marks).prop_map(
        |(kind, attrs, marks)| json!({"type": kind, "attrs": attrs, "marks": marks, "text": "a *b* <c>"}),
    );
    leaf.clone().prop_recursive(8, 60, 5, move |inner| {
        (leaf.clone(), prop::collection::vec(inner, 0..5)).prop_map(|(mut node, content)| {
            node["content"] = content.into();
            node
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_document_renders_the_same_twice(document in node()) {
        let json = document.to_string();
        prop_assert_eq!(adf(&json), adf(&json));
    }
}

#[test]
fn a_document_as_deep_as_json_may_be_renders_on_a_workers_stack() {
    let deep = |depth: usize| {
        let (start, end) = (r#"{"type":"panel","content":["#.repeat(depth), "]}".repeat(depth));
        let document = format!(r#"{start}{{"type":"text","text":"core"}}{end}"#);
        let render = move || adf(&document).markdown;
        std::thread::Builder::new()
            .stack_size(2 << 20)
            .spawn(render)
            .unwrap()
            .join()
            .unwrap()
    };
    assert!(deep(60).ends_with("core\n"));
    assert!(deep(100_000).starts_with("```json"));
}

#[test]
fn what_is_not_json_is_kept_as_code() {
    let rendered = adf("{\"type\": \"doc\", oops");
    assert_eq!(rendered.markdown, "```json\n{\"type\": \"doc\", oops\n```\n");
    assert_eq!(rendered.warnings[0].construct, "adf");
    assert_eq!(adf("").markdown, "");
}

#[test]
fn marks_of_neighbours_join_and_code_shows_no_other() {
    let rendered = adf(r#"{"type":"doc","content":[{"type":"paragraph","content":[
            {"type":"text","text":"one ","marks":[{"type":"strong"}]},
            {"type":"text","text":"two","marks":[{"type":"em"},{"type":"strong"}]},
            {"type":"text","text":" three\nlines "},
            {"type":"text","text":"code","marks":[{"type":"strong"},{"type":"code"}]},
            {"type":"text","text":"li","marks":[{"type":"link","attrs":{"href":"https://e.com"}}]},
            {"type":"text","text":"nk","marks":[{"type":"em"},{"type":"link","attrs":{"href":"https://e.com"}}]}]}]}"#);
    assert_eq!(
        rendered.markdown,
        "**one *two*** three lines `code`[li*nk*](https://e.com)\n"
    );
}
