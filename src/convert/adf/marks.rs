//! Marks lie side by side on each text; elements nest.

use html5ever::LocalName;

use super::json::Json;
use super::{Writer, kind, marks_on, string};
use crate::convert::tree;

/// An element that a mark becomes, with its attributes.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Mark {
    element: &'static str,
    attributes: Vec<(&'static str, String)>,
}

/// In which order marks nest, outermost first.
const ORDER: [&str; 7] = ["link", "strong", "em", "strike", "underline", "subsup", "code"];

/// The marks of a node, outermost first. Code shows no other mark but a link, nor does what is no text; of images, the
/// link is their own affair.
pub(super) fn of(node: &Json) -> Vec<Mark> {
    if kind(node).starts_with("media") {
        return Vec::new();
    }
    let marks = marks_on(node);
    let is_bare = kind(node) != "text" || marks.iter().any(|mark| kind(mark) == "code");
    let wanted = ORDER
        .iter()
        .filter(|name| !is_bare || matches!(**name, "link" | "code"));
    wanted
        .filter_map(|name| marks.iter().find(|mark| kind(mark) == *name))
        .filter_map(element)
        .collect()
}

fn element(mark: &Json) -> Option<Mark> {
    let element = match (kind(mark), string(mark, &["attrs", "type"]).as_str()) {
        ("link", _) => "a",
        ("strong", _) => "strong",
        ("em", _) => "em",
        ("strike", _) => "del",
        ("underline", _) => "u",
        ("subsup", "sub") => "sub",
        ("subsup", _) => "sup",
        ("code", _) => "code",
        _ => return None,
    };
    let attributes = match element {
        "a" => vec![
            ("href", string(mark, &["attrs", "href"])),
            ("title", string(mark, &["attrs", "title"])),
        ],
        _ => Vec::new(),
    };
    Some(Mark { element, attributes })
}

impl Writer {
    /// Closes what is open and no longer wanted, and opens what is wanted.
    pub(super) fn switch_marks(&mut self, open: &mut Vec<Mark>, wanted: Vec<Mark>) {
        let kept = open
            .iter()
            .zip(&wanted)
            .take_while(|(open, wanted)| open == wanted)
            .count();
        for mark in open.drain(kept..).rev() {
            self.builder.end(&LocalName::from(mark.element));
        }
        for mark in wanted.into_iter().skip(kept) {
            let attributes = mark
                .attributes
                .iter()
                .map(|(name, value)| tree::attribute(name, value))
                .collect();
            self.builder.start(LocalName::from(mark.element), attributes);
            open.push(mark);
        }
    }
}
