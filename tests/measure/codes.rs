//! Every body of code in the corpus, whatever form its page has, and whether its Markdown shows it byte for byte.

use std::fs;
use std::path::Path;

use millpond::convert::{PageContext, render, render_html};
use millpond::model::Body;
use serde_json::Value;

use super::{corpus, reading, source};

/// How many bodies there are in one form, and which did not come out as they went in.
#[derive(Debug, Default)]
pub(crate) struct Codes {
    pub(crate) count: usize,
    pub(crate) changed: Vec<String>,
}

impl Codes {
    /// Compares what a page holds with the fences of its Markdown.
    fn compare(&mut self, path: &Path, wanted: Vec<String>, markdown: &str) {
        let mut found = reading::read(&reading::html(markdown)).codes;
        self.count += wanted.len();
        for code in wanted {
            match found.iter().position(|other| *other == code) {
                Some(at) => drop(found.swap_remove(at)),
                None => self.changed.push(format!("{}: {code:?}", path.display())),
            }
        }
    }
}

/// In pages of storage format: plain bodies of macros, and `pre`.
pub(crate) fn in_storage(folder: &Path, context: &PageContext<'_>) -> Codes {
    let mut codes = Codes::default();
    for path in corpus::storage(folder) {
        let body = fs::read_to_string(&path).unwrap_or_default();
        let wanted = source::read(&body);
        let markdown = render(&Body::Storage(body), context).markdown;
        codes.compare(&path, wanted.codes, &markdown);
        codes.count += wanted.markdown.len();
        let is_lost = |text: &&String| !markdown.contains(text.trim_matches('\n'));
        codes
            .changed
            .extend(wanted.markdown.iter().filter(is_lost).cloned());
    }
    codes
}

/// In documents of ADF: `codeBlock`.
pub(crate) fn in_adf(folder: &Path, context: &PageContext<'_>) -> Codes {
    let mut codes = Codes::default();
    for path in corpus::files(folder, &|path| {
        path.extension().is_some_and(|end| end == "adf" || end == "json")
    }) {
        let text = fs::read_to_string(&path).unwrap_or_default();
        let mut documents = Vec::new();
        collect(
            &serde_json::from_str(&text).unwrap_or_default(),
            "doc",
            &mut documents,
        );
        for document in documents {
            let mut blocks = Vec::new();
            collect(&document, "codeBlock", &mut blocks);
            let wanted = blocks
                .iter()
                .map(text_of)
                .filter(|code| !code.is_empty())
                .collect();
            codes.compare(
                &path,
                wanted,
                &render(&Body::Adf(document.to_string()), context).markdown,
            );
        }
    }
    codes
}

/// In views of pages: `pre`.
pub(crate) fn in_views(folder: &Path, context: &PageContext<'_>) -> Codes {
    let mut codes = Codes::default();
    for path in corpus::files(folder, &|path| path.ends_with("page.html")) {
        let html = fs::read_to_string(&path).unwrap_or_default();
        codes.compare(
            &path,
            reading::read(&html).codes,
            &render_html(&html, context).markdown,
        );
    }
    codes
}

/// The outermost nodes of that type.
fn collect(node: &Value, kind: &str, found: &mut Vec<Value>) {
    match node {
        Value::Object(fields) if fields.get("type").is_some_and(|found| found == kind) => {
            found.push(node.clone());
        }
        Value::Object(fields) => fields.values().for_each(|value| collect(value, kind, found)),
        Value::Array(values) => values.iter().for_each(|value| collect(value, kind, found)),
        _ => {}
    }
}

fn text_of(block: &Value) -> String {
    let mut texts = Vec::new();
    collect(block.get("content").unwrap_or(&Value::Null), "text", &mut texts);
    let code: String = texts
        .iter()
        .filter_map(|text| text.get("text")?.as_str())
        .collect();
    code.strip_suffix('\n').unwrap_or(&code).to_owned()
}
