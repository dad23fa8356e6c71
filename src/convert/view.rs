//! Reads HTML, such as the view of old exports: what Confluence made of its own elements becomes those again.
//!
//! HTML that others wrote is taken at its word: see [`others`].

mod elements;
mod others;

use std::rc::Rc;

use html2md::{Handle, NodeData};
use html5ever::tendril::TendrilSink;
use html5ever::{LocalName, Namespace, ParseOpts, QualName, parse_fragment};
use markup5ever_rcdom::RcDom;

use super::Warning;
use super::tree::{self, TreeBuilder};
use super::{entities, storage};
use elements::Part;

/// `html5ever` looks through all open elements at many tags, so deeper HTML is read like storage format instead.
const MAX_OPEN: usize = 1000;

/// Builds the tree of a fragment of HTML.
pub(super) fn read(html: &str, warnings: &mut Vec<Warning>) -> Handle {
    if open_at_once(html) > MAX_OPEN {
        return storage::read(html, warnings);
    }
    let body = QualName::new(
        None,
        Namespace::from("http://www.w3.org/1999/xhtml"),
        LocalName::from("body"),
    );
    let dom = parse_fragment(RcDom::default(), ParseOpts::default(), body, Vec::new(), false).one(html);
    let mut builder = TreeBuilder::new();
    rebuild(&dom.document, &mut builder, others::wrote(html));
    let (root, flattened) = builder.finish();
    warnings.extend(flattened.then(tree::too_deep));
    root
}

/// How many tags are open at most, by a count that is never too low for HTML that closes what it opens.
fn open_at_once(html: &str) -> usize {
    let (mut open, mut most) = (0_usize, 0);
    for (at, _) in html.match_indices('<') {
        match html.as_bytes().get(at + 1) {
            Some(b'/') => open = open.saturating_sub(1),
            Some(byte) if byte.is_ascii_alphabetic() && !is_void(&html[at + 1..]) => open += 1,
            _ => {}
        }
        most = most.max(open);
    }
    most
}

fn is_void(tag: &str) -> bool {
    let name = tag
        .split(|c: char| !c.is_ascii_alphanumeric())
        .next()
        .unwrap_or_default();
    matches!(
        name,
        "br" | "hr" | "img" | "col" | "input" | "p" | "li" | "td" | "th" | "tr" | "wbr" | "meta" | "link"
    )
}

/// What is left to do, last first. No recursion: `html5ever`'s tree has no depth cap.
enum Step {
    Enter(Handle),
    Leave(LocalName),
}

fn rebuild(document: &Handle, builder: &mut TreeBuilder, is_others: bool) {
    let mut steps = vec![Step::Enter(Rc::clone(document))];
    while let Some(step) = steps.pop() {
        match step {
            Step::Leave(name) => builder.end(&name),
            Step::Enter(node) => enter(&node, builder, &mut steps, is_others),
        }
    }
}

fn enter(node: &Handle, builder: &mut TreeBuilder, steps: &mut Vec<Step>, is_others: bool) {
    match &node.data {
        NodeData::Text { contents } => {
            builder.text(&contents.borrow().replace(entities::is_forbidden, "\u{fffd}"));
        }
        NodeData::Element { .. } => {
            let shape = elements::shape(node);
            for part in shape.parts {
                let part = if is_others {
                    others::at_its_word(part, node, builder)
                } else {
                    part
                };
                write(part, builder, steps);
            }
            if !shape.is_closed {
                steps.extend(node.children.borrow().iter().rev().cloned().map(Step::Enter));
            }
        }
        _ => steps.extend(node.children.borrow().iter().rev().cloned().map(Step::Enter)),
    }
}

fn write(part: Part, builder: &mut TreeBuilder, steps: &mut Vec<Step>) {
    match part {
        Part::Open(name, attributes) => {
            builder.start(name.clone(), attributes);
            steps.push(Step::Leave(name));
        }
        Part::Leaf(name, attributes, text) => {
            builder.start(name.clone(), attributes);
            builder.verbatim(&text);
            builder.end(&name);
        }
    }
}
