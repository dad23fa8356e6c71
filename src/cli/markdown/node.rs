//! What a text is made of: blocks within blocks.

use pulldown_cmark::{Alignment, BlockQuoteKind};

use super::piece::Line;

/// A block and what it holds.
#[derive(Debug, Default)]
pub(super) struct Node {
    pub(super) kind: Kind,
    pub(super) children: Vec<Self>,
}

#[derive(Debug, Default)]
pub(super) enum Kind {
    #[default]
    Root,
    Paragraph(Line),
    /// A paragraph without distance to its neighbours, as in tight lists.
    Plain(Line),
    Heading(usize, Line),
    Code {
        language: String,
        text: String,
    },
    Rule,
    /// What stands for a macro.
    Remark(String),
    Quote(Option<BlockQuoteKind>),
    /// With the number of its first item, if it is numbered.
    List(Option<u64>),
    /// With whether it is done, if it is a task.
    Item(Option<bool>),
    Details(Line),
    Table,
    Row,
    Cell(Cell),
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Cell {
    pub(super) is_header: bool,
    pub(super) columns: usize,
    pub(super) rows: usize,
    pub(super) alignment: Alignment,
}
