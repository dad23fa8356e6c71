//! A sequence of blocks: a document, a list item, a cell, a quote.

use super::inline::{Inline, Mark, Place};

/// One block.
#[derive(Debug)]
pub(super) enum Block {
    /// A paragraph, printed when it is known where it goes.
    Paragraph(Inline),
    /// Markdown of one or more lines, without a final newline.
    Markdown { kind: Kind, text: String },
}

/// What neighbours of a block need to know about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A list with bullets, tasks included.
    Bullets,
    /// A numbered list.
    Numbers,
    /// A comment: nothing to see.
    Comment,
    /// Anything else.
    Other,
}

impl Block {
    /// Whether it is a list.
    pub(super) fn is_list(&self) -> bool {
        matches!(
            self,
            Self::Markdown {
                kind: Kind::Bullets | Kind::Numbers,
                ..
            }
        )
    }

    /// Whether both are lists that would become one.
    fn continues_list(&self, before: &Self) -> bool {
        match (self, before) {
            (Self::Markdown { kind: one, .. }, Self::Markdown { kind: two, .. }) => {
                self.is_list() && one == two
            }
            _ => false,
        }
    }

    /// Whether it reads as a list even on the line after a paragraph: not if its first item is empty or not the first.
    fn may_follow_paragraph(&self) -> bool {
        match self {
            Self::Markdown {
                kind: Kind::Bullets,
                text,
            } => text.starts_with("- "),
            Self::Markdown {
                kind: Kind::Numbers,
                text,
            } => text.starts_with("1. "),
            _ => false,
        }
    }

    fn print(&self) -> std::borrow::Cow<'_, str> {
        match self {
            Self::Paragraph(inline) => inline.print(Place::Paragraph).into(),
            Self::Markdown { text, .. } => text.into(),
        }
    }
}

/// Blocks as Markdown, a blank line between them.
pub(super) fn join(blocks: &[Block]) -> String {
    join_spaced(blocks, false)
}

/// The blocks of a tight list item: lists follow their paragraph at once.
pub(super) fn join_tight(blocks: &[Block]) -> String {
    join_spaced(blocks, true)
}

fn join_spaced(blocks: &[Block], is_tight: bool) -> String {
    let mut out = String::new();
    for (index, block) in blocks.iter().enumerate() {
        if let Some(before) = index.checked_sub(1).and_then(|before| blocks.get(before)) {
            let follows = is_tight && matches!(before, Block::Paragraph(_)) && block.may_follow_paragraph();
            out.push_str(if follows { "\n" } else { "\n\n" });
            if block.continues_list(before) {
                out.push_str("<!-- -->\n\n");
            }
        }
        out.push_str(&block.print());
    }
    out
}

/// Puts `first` before the first line and `rest` before all others; blank lines get what is left of it when trimmed.
pub(super) fn prefixed(text: &str, first: &str, rest: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8 + first.len());
    for (index, line) in text.split('\n').enumerate() {
        if index > 0 {
            out.push('\n');
        }
        let prefix = if index == 0 { first } else { rest };
        out.push_str(if line.is_empty() {
            prefix.trim_end()
        } else {
            prefix
        });
        out.push_str(line);
    }
    out
}

/// A flow being written.
#[derive(Debug, Default)]
pub(super) struct Flow {
    blocks: Vec<Block>,
    line: Inline,
    /// The marks that are open, outermost first: they go on in the next paragraph.
    marks: Vec<Mark>,
    /// How many paragraphs, headings, links and the like are open around what comes.
    pub(super) inline_depth: usize,
}

impl Flow {
    /// A flow within marks that were opened outside of it.
    pub(super) fn within(marks: &[Mark], inline_depth: usize) -> Self {
        let mut flow = Self {
            marks: marks.to_vec(),
            inline_depth,
            ..Self::default()
        };
        flow.reopen();
        flow
    }

    pub(super) fn line(&mut self) -> &mut Inline {
        &mut self.line
    }

    pub(super) fn marks(&self) -> &[Mark] {
        &self.marks
    }

    /// Opens a mark, unless it is open already, which the answer tells.
    pub(super) fn open(&mut self, mark: &Mark) -> bool {
        let is_new = !self.marks.contains(mark);
        if is_new {
            self.line.open(mark.clone());
            self.marks.push(mark.clone());
            self.inline_depth += 1;
        }
        is_new
    }

    /// Closes the mark opened last.
    pub(super) fn close(&mut self) {
        if let Some(mark) = self.marks.pop() {
            self.line.close(mark);
            self.inline_depth -= 1;
        }
    }

    /// Ends the paragraph; what follows is a new one.
    pub(super) fn end_paragraph(&mut self) {
        for mark in self.marks.iter().rev() {
            self.line.close(mark.clone());
        }
        let mut line = std::mem::take(&mut self.line);
        if line.is_empty() {
            let notes = line.take_notes();
            self.blocks.extend(notes.into_iter().map(|text| Block::Markdown {
                kind: Kind::Comment,
                text,
            }));
        } else {
            self.blocks.push(Block::Paragraph(line));
        }
        self.reopen();
    }

    fn reopen(&mut self) {
        for mark in &self.marks {
            self.line.open(mark.clone());
        }
    }

    /// Adds a block, which ends the paragraph before it.
    pub(super) fn push(&mut self, kind: Kind, text: String) {
        self.end_paragraph();
        self.blocks.push(Block::Markdown { kind, text });
    }

    /// Ends the flow.
    pub(super) fn finish(mut self) -> Vec<Block> {
        self.end_paragraph();
        self.blocks
    }
}
