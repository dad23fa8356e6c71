//! What a line is made of.

use std::fmt::Write as _;
use std::rc::Rc;

use owo_colors::{OwoColorize as _, Style};
use percent_encoding::{CONTROLS, utf8_percent_encode};
use unicode_width::UnicodeWidthStr as _;

/// Text that looks the same from end to end.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Piece {
    pub(super) text: String,
    pub(super) look: Look,
}

/// How text looks, and where it leads.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Look {
    pub(super) style: Style,
    pub(super) link: Option<Rc<str>>,
}

/// Pieces beside each other. A line break within stands as `\n`.
pub(super) type Line = Vec<Piece>;

impl Look {
    /// The same with more style to it.
    pub(super) fn and(&self, more: impl FnOnce(Style) -> Style) -> Self {
        Self {
            style: more(self.style),
            link: self.link.clone(),
        }
    }
}

impl Piece {
    /// Text of the page. What would move the cursor is left out: an entity can write any character.
    pub(super) fn new(text: &str, look: &Look) -> Self {
        let keeps = |c: &char| *c == '\n' || !c.is_control();
        Self {
            text: text.replace('\t', "    ").chars().filter(keeps).collect(),
            look: look.clone(),
        }
    }

    /// A sign of ours.
    pub(super) fn sign(text: impl Into<String>, style: Style) -> Self {
        Self {
            text: text.into(),
            look: Look { style, link: None },
        }
    }

    pub(super) fn spaces(count: usize) -> Self {
        Self::sign(" ".repeat(count), Style::new())
    }
}

/// How many columns the line takes.
pub(super) fn width(line: &[Piece]) -> usize {
    line.iter().map(|piece| piece.text.width()).sum()
}

/// Adds a piece, to the last one if that looks the same.
pub(super) fn push(line: &mut Line, piece: Piece) {
    match line.last_mut() {
        Some(last) if last.look == piece.look => last.text.push_str(&piece.text),
        _ => line.push(piece),
    }
}

/// The line without the spaces at its end.
pub(super) fn trimmed(mut line: Line) -> Line {
    while let Some(last) = line.last_mut() {
        last.text.truncate(last.text.trim_end().len());
        if !last.text.is_empty() {
            break;
        }
        line.pop();
    }
    line
}

/// The line as a terminal takes it; links by OSC 8.
pub(super) fn print(line: &[Piece], has_colours: bool) -> String {
    let mut printed = String::new();
    for Piece { text, look } in line {
        if !has_colours || *look == Look::default() {
            printed.push_str(text);
            continue;
        }
        let dressed = text.style(look.style);
        // Writing to a string does not fail.
        let _ = match &look.link {
            // The sequence may hold printable ASCII only.
            Some(url) => write!(
                printed,
                "\u{1b}]8;;{}\u{1b}\\{dressed}\u{1b}]8;;\u{1b}\\",
                utf8_percent_encode(url, CONTROLS)
            ),
            None => write!(printed, "{dressed}"),
        };
    }
    printed
}
