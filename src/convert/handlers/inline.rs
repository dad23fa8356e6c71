//! Text and what marks it.

use html2md::Handle;

use crate::convert::inline::{Delimiter, Mark};
use crate::convert::macros::Macro;
use crate::convert::pen::Pen;
use crate::convert::{comments, emoticons, tree};

use super::math;

pub(in crate::convert) fn text(pen: &mut Pen<'_>, node: &Handle) {
    tree::with_text(node, |text| pen.text(text));
}

pub(super) fn content(pen: &mut Pen<'_>, node: &Handle) {
    pen.children(node);
}

pub(super) fn line_break(pen: &mut Pen<'_>, _node: &Handle) {
    pen.line_break();
}

pub(super) fn strong(pen: &mut Pen<'_>, node: &Handle) {
    pen.strong(|pen| pen.children(node));
}

pub(super) fn emphasis(pen: &mut Pen<'_>, node: &Handle) {
    pen.marked(&Mark::Delimited(Delimiter::Emphasis), |pen| pen.children(node));
}

/// Bold within bold: Markdown's signs would melt into one.
pub(super) fn strong_again(pen: &mut Pen<'_>, node: &Handle) {
    tagged(pen, node, "strong");
}

/// Italic within italic.
pub(super) fn emphasis_again(pen: &mut Pen<'_>, node: &Handle) {
    tagged(pen, node, "em");
}

pub(super) fn strike(pen: &mut Pen<'_>, node: &Handle) {
    pen.marked(&Mark::Delimited(Delimiter::Strike), |pen| pen.children(node));
}

pub(super) fn underline(pen: &mut Pen<'_>, node: &Handle) {
    tagged(pen, node, "u");
}

pub(super) fn sub(pen: &mut Pen<'_>, node: &Handle) {
    tagged(pen, node, "sub");
}

pub(super) fn sup(pen: &mut Pen<'_>, node: &Handle) {
    tagged(pen, node, "sup");
}

pub(super) fn kbd(pen: &mut Pen<'_>, node: &Handle) {
    tagged(pen, node, "kbd");
}

pub(super) fn small(pen: &mut Pen<'_>, node: &Handle) {
    tagged(pen, node, "small");
}

pub(super) fn mark(pen: &mut Pen<'_>, node: &Handle) {
    tagged(pen, node, "mark");
}

fn tagged(pen: &mut Pen<'_>, node: &Handle, tag: &'static str) {
    pen.marked(&Mark::Tag(tag), |pen| pen.children(node));
}

/// Browsers draw the quotation marks.
pub(super) fn quotation(pen: &mut Pen<'_>, node: &Handle) {
    pen.text("\"");
    pen.children(node);
    pen.text("\"");
}

/// Colours and sizes are dropped; a line through the text is not.
pub(super) fn span(pen: &mut Pen<'_>, node: &Handle) {
    if tree::attr_has(node, "style", "line-through") {
        strike(pen, node);
    } else if tree::attr_has(node, "class", "katex") {
        math::typeset(pen, node);
    } else {
        pen.children(node);
    }
}

/// The element's own text is often missing, and in the writer's language where it is not.
pub(super) fn time(pen: &mut Pen<'_>, node: &Handle) {
    match tree::attr(node, "datetime").filter(|date| !date.trim().is_empty()) {
        Some(date) => pen.text(&date),
        None => pen.children(node),
    }
}

pub(super) fn emoticon(pen: &mut Pen<'_>, node: &Handle) {
    pen.text(&emoticons::of_element(node));
}

/// Confluence does not show it, but someone typed it.
pub(super) fn placeholder(pen: &mut Pen<'_>, node: &Handle) {
    pen.note(comments::remark("placeholder", &tree::text_of(node)));
}

/// A coloured label. Without a title, Confluence shows the colour's name.
pub(in crate::convert) fn status_macro(pen: &mut Pen<'_>, found: &Macro) {
    if let Some(title) = found.first_param(&["title", "", "colour", "color"]) {
        pen.label(&title);
    }
}
