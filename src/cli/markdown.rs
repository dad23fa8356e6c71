//! Markdown for a terminal.
//!
//! ```text
//! text ── pulldown-cmark ─▶ parse, html ─▶ tree of nodes ─▶ layout, table, wrap ─▶ lines of pieces ─▶ text
//! ```
//!
//! It knows the dialect of `docs/markdown.md`: GitHub's, tables in HTML with Markdown in their cells, and comments
//! that stand for macros. Pages are written by anybody, so nothing of them reaches the terminal as a control
//! character, not even through an entity.

mod builder;
mod html;
mod layout;
mod node;
mod parse;
mod piece;
mod table;
mod tags;
mod wrap;

use super::output::Screen;
use layout::Room;

/// Lines longer than this are hard to read. Tables and code may be wider.
const COMFORTABLE: usize = 100;

/// The text in lines that fit the screen.
pub(super) fn lines(markdown: &str, screen: Screen) -> Vec<String> {
    let nodes = parse::parse(markdown, screen.has_colours);
    let room = Room::new(screen.width, screen.width.min(COMFORTABLE));
    let lines = layout::blocks(&nodes, room).into_iter();
    lines
        .map(|line| piece::print(&piece::trimmed(line), screen.has_colours))
        .collect()
}

#[cfg(test)]
mod tests;
