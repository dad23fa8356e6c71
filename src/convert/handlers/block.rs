//! Paragraphs, headings and what contains them.

use html2md::Handle;

use crate::convert::flow::{self, Block, Kind};
use crate::convert::inline::Place;
use crate::convert::pen::Pen;
use crate::convert::tree;

/// The document.
pub(in crate::convert) fn root(pen: &mut Pen<'_>, node: &Handle) {
    pen.children(node);
    pen.finish();
}

/// An element that only holds others.
pub(super) fn container(pen: &mut Pen<'_>, node: &Handle) {
    pen.blocks(|pen| pen.children(node));
}

pub(super) fn nothing(_pen: &mut Pen<'_>, _node: &Handle) {}

pub(super) fn paragraph(pen: &mut Pen<'_>, node: &Handle) {
    pen.paragraph(|pen| pen.children(node));
}

/// One line, whatever is inside. Blocks inside follow it.
pub(super) fn heading(pen: &mut Pen<'_>, node: &Handle) {
    let level = tree::name_of(node)
        .bytes()
        .next_back()
        .map_or(1, |digit| usize::from(digit - b'0'));
    let blocks = pen.nested(true, |pen| pen.children(node));
    for block in blocks {
        match block {
            Block::Paragraph(line) => {
                pen.block(
                    Kind::Other,
                    format!("{} {}", "#".repeat(level), line.print(Place::Heading)),
                );
            }
            Block::Markdown { kind, text } => pen.block(kind, text),
        }
    }
}

/// In a list `---` would not be safe behind a marker.
pub(super) fn rule(pen: &mut Pen<'_>, _node: &Handle) {
    let rule = if pen.is_in_list() { "***" } else { "---" };
    pen.block(Kind::Other, rule.to_owned());
}

pub(super) fn quote(pen: &mut Pen<'_>, node: &Handle) {
    let blocks = pen.nested(false, |pen| pen.children(node));
    quoted(pen, &flow::join(&blocks));
}

/// Writes finished Markdown as a quote.
pub(super) fn quoted(pen: &mut Pen<'_>, markdown: &str) {
    if !markdown.is_empty() {
        let prefix = pen.prefix("> ");
        pen.block(Kind::Other, flow::prefixed(markdown, prefix, prefix));
    }
}

/// A definition list's term.
pub(super) fn term(pen: &mut Pen<'_>, node: &Handle) {
    pen.paragraph(|pen| pen.strong(|pen| pen.children(node)));
}
