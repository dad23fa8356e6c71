//! HTML that Confluence did not write.
//!
//! Confluence's editor wraps every item of a list in a paragraph and repeats marks by accident, so its lists are tight and
//! its marks count once. Whoever else writes a paragraph in an item wants distance, and in HTML a `strong` within a
//! `strong` is more important still.

use html2md::Handle;

use super::elements::Part;
use crate::convert::tree::{self, TreeBuilder};

/// What Confluence's views have somewhere, and hardly any other page.
const TRACES: [&str; 4] = ["local-id=", "start=\"1\"", "confluence-", "data-linked-resource-"];

/// Whether someone else than Confluence wrote it.
pub(super) fn wrote(html: &str) -> bool {
    !TRACES.iter().any(|trace| html.contains(trace))
}

/// The part as its author meant it.
pub(super) fn at_its_word(part: Part, node: &Handle, builder: &TreeBuilder) -> Part {
    let Part::Open(name, mut attributes) = part else {
        return part;
    };
    match &*name {
        "ul" | "ol" if tree::elements(node).iter().any(is_spaced) => {
            attributes.push(tree::attribute(tree::LOOSE, ""));
            Part::Open(name, attributes)
        }
        "strong" if builder.is_open(&name) => Part::Open("strong-again".into(), attributes),
        "em" if builder.is_open(&name) => Part::Open("em-again".into(), attributes),
        _ => Part::Open(name, attributes),
    }
}

fn is_spaced(item: &Handle) -> bool {
    tree::name_of(item) == "li" && tree::child(item, "p").is_some()
}
