//! The Atlassian document format becomes what storage format of the same page becomes.

use std::fs;
use std::path::Path;

use millpond::convert::{Rendered, render};
use millpond::model::Body;

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
