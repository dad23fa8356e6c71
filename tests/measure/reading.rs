//! What a reader of the rendered Markdown sees.

use html5ever::driver::ParseOpts;
use html5ever::parse_document;
use html5ever::tendril::TendrilSink;
use markup5ever_rcdom::{Handle, NodeData, RcDom};

/// The visible parts of a page of HTML.
#[derive(Debug, Default)]
pub(crate) struct Reading {
    pub(crate) words: Vec<String>,
    /// The text of each `pre`, one final newline aside.
    pub(crate) codes: Vec<String>,
    pub(crate) tasks: Vec<bool>,
    pub(crate) images: usize,
    pub(crate) addresses: Vec<String>,
    pub(crate) prose: String,
}

/// Markdown as GitHub shows it.
pub(crate) fn html(markdown: &str) -> String {
    let mut options = comrak::Options::default();
    options.extension.strikethrough = true;
    options.extension.table = true;
    options.extension.autolink = true;
    options.extension.tasklist = true;
    options.extension.alerts = true;
    options.render.r#unsafe = true;
    comrak::markdown_to_html(markdown, &options)
}

/// Markdown as `CommonMark` alone shows it.
pub(crate) fn plain_html(markdown: &str) -> String {
    let mut options = comrak::Options::default();
    options.extension.table = true;
    options.extension.strikethrough = true;
    options.render.r#unsafe = true;
    comrak::markdown_to_html(markdown, &options)
}

/// Reads HTML.
pub(crate) fn read(html: &str) -> Reading {
    let dom = parse_document(RcDom::default(), ParseOpts::default()).one(html);
    let mut reading = Reading::default();
    let mut text = String::new();
    visit(&dom.document, &mut text, &mut reading);
    reading.words = super::words(&text);
    reading
}

fn visit(node: &Handle, text: &mut String, reading: &mut Reading) {
    match &node.data {
        NodeData::Text { contents } => {
            text.push_str(&contents.borrow());
            reading.prose.push_str(&contents.borrow());
        }
        NodeData::Element { name, attrs, .. } => {
            let attr = |wanted: &str| {
                attrs
                    .borrow()
                    .iter()
                    .find(|attr| &*attr.name.local == wanted)
                    .map(|attr| attr.value.to_string())
            };
            match &*name.local {
                "script" | "style" => {}
                "pre" | "code" => {
                    let prose = reading.prose.len();
                    let before = text.len();
                    children(node, text, reading);
                    if &*name.local == "pre" {
                        let code = &text[before..];
                        reading
                            .codes
                            .push(code.strip_suffix('\n').unwrap_or(code).to_owned());
                        text.push(' ');
                    }
                    reading.prose.truncate(prose);
                }
                "img" => {
                    reading.images += 1;
                    text.push(' ');
                }
                "input" => reading.tasks.push(attr("checked").is_some()),
                "a" => {
                    reading.addresses.extend(attr("href"));
                    children(node, text, reading);
                }
                "strong" | "em" | "u" | "sub" | "sup" | "del" | "span" | "kbd" | "small" | "mark" => {
                    children(node, text, reading);
                }
                _ => {
                    reading.prose.push(' ');
                    text.push(' ');
                    children(node, text, reading);
                    reading.prose.push(' ');
                    text.push(' ');
                }
            }
        }
        _ => children(node, text, reading),
    }
}

fn children(node: &Handle, text: &mut String, reading: &mut Reading) {
    for child in node.children.borrow().iter() {
        visit(child, text, reading);
    }
}
