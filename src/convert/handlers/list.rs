//! Lists.

use html2md::Handle;

use crate::convert::flow::{self, Block, Kind};
use crate::convert::pen::Pen;
use crate::convert::tree;

pub(super) fn bullets(pen: &mut Pen<'_>, node: &Handle) {
    let items = items(pen, node);
    write(pen, Kind::Bullets, &items, is_spaced(node), |_| "- ".to_owned());
}

/// Starts where the author said; Cloud says 1 on every list.
pub(super) fn numbers(pen: &mut Pen<'_>, node: &Handle) {
    let start = tree::attr(node, "start").and_then(|start| start.trim().parse().ok());
    let start: usize = start.filter(|start| *start < 900_000_000).unwrap_or(1);
    let items = items(pen, node);
    write(pen, Kind::Numbers, &items, is_spaced(node), |index| {
        format!("{}. ", start + index)
    });
}

/// An item without a list is one of its own.
pub(super) fn orphan_item(pen: &mut Pen<'_>, node: &Handle) {
    let item = pen.listed(|pen| pen.nested(true, |pen| pen.children(node)));
    write(pen, Kind::Bullets, &[item], false, |_| "- ".to_owned());
}

/// The items of a list. What stands between them, text or another list, is one too.
fn items(pen: &mut Pen<'_>, node: &Handle) -> Vec<Vec<Block>> {
    let children = node.children.borrow();
    let mut items = Vec::new();
    let mut at = 0;
    while let Some(child) = children.get(at) {
        let strays = children[at..].iter().take_while(|child| is_stray(child)).count();
        let item = if strays > 0 {
            pen.listed(|pen| {
                pen.nested(true, |pen| {
                    children[at..at + strays].iter().for_each(|stray| pen.node(stray));
                })
            })
        } else {
            pen.listed(|pen| pen.nested(true, |pen| pen.children(child)))
        };
        if strays == 0 || !item.is_empty() {
            items.push(item);
        }
        at += strays.max(1);
    }
    items
}

fn is_stray(node: &Handle) -> bool {
    tree::name_of(node) != "li"
}

/// Whether the reader of the page says that the items stand apart.
fn is_spaced(node: &Handle) -> bool {
    tree::attr(node, tree::LOOSE).is_some()
}

/// Writes items behind their markers.
fn write(
    pen: &mut Pen<'_>,
    kind: Kind,
    items: &[Vec<Block>],
    is_spaced: bool,
    marker: impl Fn(usize) -> String,
) {
    if items.is_empty() {
        return;
    }
    let is_loose = is_spaced || items.iter().any(|blocks| is_loose(blocks));
    let items: Vec<String> = items
        .iter()
        .enumerate()
        .map(|(index, blocks)| item(&print(blocks, is_loose), pen.prefix(&marker(index))))
        .collect();
    pen.block(kind, items.join(if is_loose { "\n\n" } else { "\n" }));
}

/// The content of an item as Markdown.
pub(super) fn print(blocks: &[Block], is_loose: bool) -> String {
    if is_loose {
        flow::join(blocks)
    } else {
        flow::join_tight(blocks)
    }
}

/// Content behind a marker, indented by the marker's width.
pub(super) fn item(content: &str, marker: &str) -> String {
    let (first, rest) = content.split_at(content.find('\n').unwrap_or(content.len()));
    let is_bare = first.starts_with('-') && first.bytes().all(|byte| matches!(byte, b'-' | b' '));
    let indent = " ".repeat(marker.len());
    if is_bare {
        // Empty items within each other would read as a rule.
        return flow::prefixed(&format!("{first} <!-- -->{rest}"), marker, &indent);
    }
    flow::prefixed(content, marker, &indent)
}

/// Whether an item needs blank lines: more than one block that is no list, or one behind a list.
pub(super) fn is_loose(blocks: &[Block]) -> bool {
    let others = blocks.iter().filter(|block| !block.is_list()).count();
    others > 1 || (others == 1 && blocks.first().is_some_and(Block::is_list))
}
