//! Prints a paragraph.

use super::{Delimiter, Inline, Mark, Piece, Place};
use crate::convert::escape::{self, Surroundings};
use crate::convert::weave::{Edge, Joint, weave};

/// Prints the pieces of a paragraph, first without the delimiters whose neighbours are not known yet.
pub(super) struct Printer<'a> {
    inline: &'a Inline,
    place: Place,
    out: String,
    joints: Vec<Joint>,
    /// How many links are open.
    links: usize,
}

impl<'a> Printer<'a> {
    pub(super) fn new(inline: &'a Inline, place: Place) -> Self {
        Self {
            inline,
            place,
            out: String::with_capacity(inline.buffer.len() + 16),
            joints: Vec::new(),
            links: 0,
        }
    }

    /// The paragraph with its delimiters, without its comments.
    pub(super) fn print(mut self) -> String {
        self.pieces();
        weave(self.out, &self.joints)
    }

    fn pieces(&mut self) {
        let is_blank = |piece: &&Piece| matches!(piece, Piece::Space | Piece::Break);
        let trailing = self.inline.pieces.iter().rev().take_while(is_blank).count();
        let pieces = &self.inline.pieces[..self.inline.pieces.len() - trailing];
        for piece in pieces {
            self.piece(piece);
        }
    }

    fn piece(&mut self, piece: &Piece) {
        let inline = self.inline;
        match piece {
            Piece::Text(range) => self.text(&inline.buffer[range.clone()]),
            Piece::Space => self.out.push(' '),
            Piece::Break => self.out.push_str(if self.place == Place::Paragraph {
                "\\\n"
            } else {
                "<br>"
            }),
            Piece::Code(range) => self.code(&inline.buffer[range.clone()]),
            Piece::Finished(range) => self.finished(&inline.buffer[range.clone()]),
            Piece::Open(mark) => self.open(mark),
            Piece::Close(mark) => self.close(mark),
        }
    }

    fn text(&mut self, text: &str) {
        let surroundings = Surroundings {
            begins_line: self.place == Place::Paragraph && (self.out.is_empty() || self.out.ends_with('\n')),
            is_in_link: self.links > 0,
        };
        escape::text(&mut self.out, text, surroundings);
    }

    /// In a cell, readers differ on a backslash before a pipe in a code span.
    fn code(&mut self, code: &str) {
        if self.place == Place::Cell && code.contains("\\|") {
            self.tag("<", "code");
            self.text(code);
            self.tag("</", "code");
        } else {
            escape::code_span(&mut self.out, code);
        }
    }

    fn finished(&mut self, markdown: &str) {
        if markdown.starts_with('[') {
            self.keep_exclamation_mark();
        }
        self.out.push_str(markdown);
    }

    /// `!` before a link would make it an image.
    fn keep_exclamation_mark(&mut self) {
        if self.out.ends_with('!') {
            let end = self.out.len();
            self.out.insert(end - 1, '\\');
            let behind = self.joints.iter_mut().rev().take_while(|joint| joint.at == end);
            behind.for_each(|joint| joint.at += 1);
        }
    }

    fn open(&mut self, mark: &Mark) {
        match mark {
            Mark::Delimited(delimiter) => self.joint(*delimiter, Edge::Open),
            Mark::Tag(name) => self.tag("<", name),
            Mark::Link(_) => {
                self.keep_exclamation_mark();
                self.out.push('[');
                self.links += 1;
            }
        }
    }

    fn close(&mut self, mark: &Mark) {
        match mark {
            Mark::Delimited(delimiter) => self.joint(*delimiter, Edge::Close),
            Mark::Tag(name) => self.tag("</", name),
            Mark::Link(target) => {
                self.out.push_str("](");
                self.out.push_str(&target.url);
                if !target.title.is_empty() {
                    self.out.push_str(" \"");
                    self.out.push_str(&escape::title(&target.title));
                    self.out.push('"');
                }
                self.out.push(')');
                self.links -= 1;
            }
        }
    }

    fn tag(&mut self, opening: &str, name: &str) {
        self.out.push_str(opening);
        self.out.push_str(name);
        self.out.push('>');
    }

    fn joint(&mut self, delimiter: Delimiter, edge: Edge) {
        self.joints.push(Joint {
            at: self.out.len(),
            delimiter,
            edge,
        });
    }
}
