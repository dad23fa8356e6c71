//! One paragraph's worth of text, marks and links, not yet printed.
//!
//! Pieces are normalised while they arrive: white space is one space across element borders and stands outside of
//! marks; empty marks vanish and equal neighbours merge. Which delimiters are right is decided by [`super::weave`]
//! when the paragraph is printed, because only then the neighbours of each are known.

mod printer;

use std::cell::Cell;
use std::ops::Range;
use std::rc::Rc;

use super::{escape, spacing};
use printer::Printer;

/// What surrounds a stretch of text.
#[derive(Clone, Debug)]
pub(super) enum Mark {
    /// Bold, italic or struck text: Markdown delimiters where they parse.
    Delimited(Delimiter),
    /// Inline HTML of that name, for what Markdown has no sign for.
    Tag(&'static str),
    /// A link.
    Link(Rc<Target>),
}

/// The marks that Markdown has delimiters for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Delimiter {
    Strong,
    Emphasis,
    Strike,
}

/// Where a link leads, as it stands between the parentheses.
#[derive(Debug, Default)]
pub(super) struct Target {
    pub(super) url: String,
    pub(super) title: String,
    /// Whether some text was written that leads there.
    pub(super) is_shown: Cell<bool>,
}

impl PartialEq for Mark {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Delimited(one), Self::Delimited(two)) => one == two,
            (Self::Tag(one), Self::Tag(two)) => one == two,
            // A link within a link is none, wherever it leads.
            (Self::Link(_), Self::Link(_)) => true,
            _ => false,
        }
    }
}

#[derive(Clone, Debug)]
enum Piece {
    Text(Range<usize>),
    Space,
    Break,
    /// The content of a code span.
    Code(Range<usize>),
    /// Finished Markdown, such as an image.
    Finished(Range<usize>),
    Open(Mark),
    Close(Mark),
}

impl Piece {
    fn is_edge_of(&self, mark: &Mark) -> bool {
        matches!(self, Self::Open(edge) | Self::Close(edge) if edge == mark)
    }
}

/// Where a paragraph is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Paragraph,
    Heading,
    /// A cell of a GFM table: one line, pipes escaped.
    Cell,
}

/// The pieces of a paragraph, in order.
#[derive(Debug, Default)]
pub(super) struct Inline {
    /// The characters of all pieces that have some.
    buffer: String,
    pieces: Vec<Piece>,
    /// Comments that belong to this paragraph: they go to its end, since a comment must not begin a line.
    notes: Vec<String>,
}

impl Inline {
    /// Adds text; its white space collapses with what is there.
    pub(super) fn text(&mut self, text: &str) {
        let Some(even) = spacing::evenly(text) else {
            return self.uneven(text);
        };
        if even.is_space_before {
            self.space();
        }
        self.word(even.words);
        if even.is_space_after {
            self.space();
        }
    }

    /// The same, of any text.
    pub(super) fn uneven(&mut self, text: &str) {
        let mut rest = text;
        while !rest.is_empty() {
            let word_end = rest.find(is_blank).unwrap_or(rest.len());
            let (word, tail) = rest.split_at(word_end);
            self.word(word);
            let next = tail.find(|c| !is_blank(c)).unwrap_or(tail.len());
            let (blank, tail) = tail.split_at(next);
            self.blank(blank, !word.is_empty() && !tail.is_empty());
            rest = tail;
        }
    }

    fn word(&mut self, word: &str) {
        let start = self.buffer.len();
        self.buffer.push_str(word);
        match self.pieces.last_mut() {
            _ if word.is_empty() => {}
            Some(Piece::Text(range)) if range.end == start => range.end = self.buffer.len(),
            _ => self.pieces.push(Piece::Text(start..self.buffer.len())),
        }
    }

    fn blank(&mut self, blank: &str, is_between_words: bool) {
        match (blank, is_between_words) {
            ("", _) => {}
            ("\u{a0}", true) => self.word(blank),
            (_, true) => self.word(" "),
            _ => self.space(),
        }
    }

    /// Adds a space, unless there is one.
    pub(super) fn space(&mut self) {
        let at = self.before_opens();
        if !matches!(self.pieces[..at].last(), None | Some(Piece::Space | Piece::Break)) {
            self.pieces.insert(at, Piece::Space);
        }
    }

    /// Adds a line break, unless nothing precedes it.
    pub(super) fn line_break(&mut self) {
        let mut at = self.before_opens();
        if matches!(self.pieces[..at].last(), Some(Piece::Space)) {
            at -= 1;
            self.pieces.remove(at);
        }
        if at > 0 {
            self.pieces.insert(at, Piece::Break);
        }
    }

    /// Adds a code span. Neighbours become one: two runs of backticks in a row do not parse.
    pub(super) fn code(&mut self, code: &str) {
        if code.is_empty() {
            return;
        }
        let start = self.buffer.len();
        self.buffer.push_str(code);
        match self.pieces.last_mut() {
            Some(Piece::Code(range)) if range.end == start => range.end = self.buffer.len(),
            _ => self.pieces.push(Piece::Code(start..self.buffer.len())),
        }
    }

    /// Whether the last piece is a code span, so that another one would melt into it.
    pub(super) fn ends_in_code(&self) -> bool {
        matches!(self.pieces.last(), Some(Piece::Code(_)))
    }

    /// Whether the last piece is the end of a link.
    pub(super) fn ends_in_link(&self) -> bool {
        matches!(self.pieces.last(), Some(Piece::Close(Mark::Link(_))))
    }

    /// Adds finished Markdown.
    pub(super) fn finished(&mut self, markdown: &str) {
        let start = self.buffer.len();
        self.buffer.push_str(markdown);
        self.pieces.push(Piece::Finished(start..self.buffer.len()));
    }

    /// Adds a comment to the end of the paragraph.
    pub(super) fn note(&mut self, comment: String) {
        self.notes.push(comment);
    }

    /// Opens a mark; right behind its own end it goes on instead.
    pub(super) fn open(&mut self, mark: Mark) {
        match self.pieces.last() {
            Some(Piece::Close(closed)) if *closed == mark && !matches!(mark, Mark::Link(_)) => {
                self.pieces.pop();
            }
            _ => self.pieces.push(Piece::Open(mark)),
        }
    }

    /// Closes the innermost mark, which is this one; if nothing was said within, it vanishes.
    pub(super) fn close(&mut self, mark: Mark) {
        let blanks = self
            .pieces
            .iter()
            .rev()
            .take_while(|piece| matches!(piece, Piece::Space | Piece::Break));
        let at = self.pieces.len() - blanks.count();
        match self.pieces[..at].last() {
            Some(Piece::Open(opened)) if *opened == mark => {
                self.pieces.remove(at - 1);
            }
            _ => {
                if let Mark::Link(target) = &mark {
                    target.is_shown.set(true);
                }
                self.pieces.insert(at, Piece::Close(mark));
            }
        }
    }

    fn before_opens(&self) -> usize {
        let opens = self
            .pieces
            .iter()
            .rev()
            .take_while(|piece| matches!(piece, Piece::Open(_)));
        self.pieces.len() - opens.count()
    }

    /// Whether there is nothing to see.
    pub(super) fn is_empty(&self) -> bool {
        !self
            .pieces
            .iter()
            .any(|piece| matches!(piece, Piece::Text(_) | Piece::Code(_) | Piece::Finished(_)))
    }

    /// Takes the comments off.
    pub(super) fn take_notes(&mut self) -> Vec<String> {
        std::mem::take(&mut self.notes)
    }

    /// The paragraph as Markdown, in bold throughout.
    pub(super) fn print_strong(&self, place: Place) -> String {
        let mark = Mark::Delimited(Delimiter::Strong);
        let mut strong = Self {
            buffer: self.buffer.clone(),
            ..Self::default()
        };
        strong.open(mark.clone());
        strong.pieces.extend(
            self.pieces
                .iter()
                .filter(|piece| !piece.is_edge_of(&mark))
                .cloned(),
        );
        strong.close(mark);
        strong.print(place)
    }

    /// The paragraph as Markdown, without a final newline.
    pub(super) fn print(&self, place: Place) -> String {
        let mut out = Printer::new(self, place).print();
        for note in &self.notes {
            if !out.is_empty() {
                out.push(' ');
            }
            out.push_str(note);
        }
        match place {
            Place::Paragraph => out,
            Place::Heading => escape::closing_hashes(out),
            Place::Cell => out.replace('|', "\\|"),
        }
    }
}

/// White space that collapses. A single U+00A0 between words stays.
fn is_blank(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\n' | '\r' | '\u{a0}')
}
