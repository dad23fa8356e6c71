//! Breaks lines where words end, and between ideographs.

use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::UnicodeWidthStr as _;

use super::piece::{self, Line, Look, Piece};

/// Lines of at most `width` columns. A word that is wider is cut, or has a line of its own.
pub(super) fn wrap(line: &[Piece], width: usize, cuts: bool) -> Vec<Line> {
    let mut filler = Filler::new(width, cuts);
    for piece in line {
        for grapheme in piece.text.graphemes(true) {
            filler.take(grapheme, &piece.look);
        }
    }
    filler.finish()
}

/// Fills one line after the other.
struct Filler {
    width: usize,
    cuts: bool,
    lines: Vec<Line>,
    line: Line,
    /// How many columns of the line are taken.
    taken: usize,
    /// White space that stands before the word, unless the word begins a line.
    space: Option<Look>,
    word: Line,
    /// What the word ends with.
    last: String,
}

impl Filler {
    fn new(width: usize, cuts: bool) -> Self {
        Self {
            width: width.max(1),
            cuts,
            lines: Vec::new(),
            line: Line::new(),
            taken: 0,
            space: None,
            word: Line::new(),
            last: String::new(),
        }
    }

    fn take(&mut self, grapheme: &str, look: &Look) {
        if grapheme.contains('\n') {
            self.end_word();
            self.end_line();
        } else if grapheme == " " {
            self.end_word();
            self.space = Some(look.clone());
        } else {
            if !self.word.is_empty() && may_break(&self.last, grapheme) {
                self.end_word();
            }
            grapheme.clone_into(&mut self.last);
            piece::push(&mut self.word, Piece::new(grapheme, look));
        }
    }

    fn end_word(&mut self) {
        let word = std::mem::take(&mut self.word);
        if word.is_empty() {
            return;
        }
        let space = self.space.take().filter(|_| self.taken > 0);
        let needed = piece::width(&word);
        if self.taken > 0 && self.taken + usize::from(space.is_some()) + needed > self.width {
            self.end_line();
        } else if let Some(look) = space {
            self.put(Piece::new(" ", &look), 1);
        }
        if self.cuts && needed > self.width {
            return self.cut(&word);
        }
        self.taken += needed;
        for piece in word {
            piece::push(&mut self.line, piece);
        }
    }

    /// Spreads a word that is wider than a line.
    fn cut(&mut self, word: &[Piece]) {
        for piece in word {
            for grapheme in piece.text.graphemes(true) {
                if self.taken > 0 && self.taken + grapheme.width() > self.width {
                    self.end_line();
                }
                self.put(Piece::new(grapheme, &piece.look), grapheme.width());
            }
        }
    }

    fn put(&mut self, piece: Piece, width: usize) {
        self.taken += width;
        piece::push(&mut self.line, piece);
    }

    fn end_line(&mut self) {
        self.space = None;
        self.taken = 0;
        self.lines.push(std::mem::take(&mut self.line));
    }

    fn finish(mut self) -> Vec<Line> {
        self.end_word();
        if !self.line.is_empty() || self.lines.is_empty() {
            self.end_line();
        }
        self.lines
    }
}

fn is_wide(grapheme: &str) -> bool {
    grapheme.width() > 1
}

/// Ideographs are words of their own, but for the marks that belong to their neighbour.
fn may_break(before: &str, after: &str) -> bool {
    const OPENING: [&str; 8] = ["（", "「", "『", "【", "《", "〈", "(", "["];
    const CLOSING: [&str; 16] = [
        "）", "」", "』", "】", "》", "〉", "、", "。", "，", "．", "：", "；", "！", "？", "ー", "…",
    ];
    let is_boundary = is_wide(before) || is_wide(after);
    let is_mark = after.chars().all(|c| c.is_ascii_punctuation());
    is_boundary && !is_mark && !OPENING.contains(&before) && !CLOSING.contains(&after)
}
