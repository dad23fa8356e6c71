//! Tasks.

use html2md::Handle;

use crate::convert::flow::{Block, Kind};
use crate::convert::pen::Pen;
use crate::convert::tree;

use super::list;

/// A task and whether it is done.
struct Task {
    is_done: bool,
    blocks: Vec<Block>,
}

pub(super) fn tasks(pen: &mut Pen<'_>, node: &Handle) {
    let mut tasks: Vec<Task> = Vec::new();
    for child in tree::elements(node) {
        match (tree::name_of(&child), tasks.last_mut()) {
            ("ac:task", _) => tasks.push(task(pen, &child)),
            (_, Some(before)) => before
                .blocks
                .extend(pen.listed(|pen| pen.nested(true, |pen| pen.node(&child)))),
            (_, None) => pen.node(&child),
        }
    }
    write(pen, &tasks);
}

pub(super) fn orphan_task(pen: &mut Pen<'_>, node: &Handle) {
    let task = task(pen, node);
    write(pen, &[task]);
}

fn task(pen: &mut Pen<'_>, node: &Handle) -> Task {
    let is_done =
        tree::child(node, "ac:task-status").is_some_and(|status| tree::text_of(&status).trim() == "complete");
    // The id, the state and the like have handlers that write nothing.
    let blocks = pen.listed(|pen| {
        pen.nested(true, |pen| {
            for part in tree::elements(node) {
                if tree::name_of(&part) == "ac:task-body" {
                    pen.children(&part);
                } else {
                    pen.node(&part);
                }
            }
        })
    });
    Task { is_done, blocks }
}

fn write(pen: &mut Pen<'_>, tasks: &[Task]) {
    if tasks.is_empty() {
        return;
    }
    let is_loose = tasks.iter().any(|task| list::is_loose(&task.blocks));
    let items: Vec<String> = tasks.iter().map(|task| print(pen, task, is_loose)).collect();
    pen.block(Kind::Bullets, items.join(if is_loose { "\n\n" } else { "\n" }));
}

/// A box needs a paragraph behind it, lest it read as text.
fn print(pen: &Pen<'_>, task: &Task, is_loose: bool) -> String {
    let sign = if task.is_done { "[x] " } else { "[ ] " };
    let content = list::print(&task.blocks, is_loose);
    let content = match task.blocks.first() {
        Some(Block::Paragraph(_)) => format!("{sign}{content}"),
        Some(_) => format!("{sign}&nbsp;\n\n{content}"),
        None => format!("{sign}&nbsp;"),
    };
    list::item(&content, pen.prefix("- "))
}
