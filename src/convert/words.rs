//! The words of a page, for the full-text index.

use super::spacing;

/// Words in the order a reader meets them, a line for each block.
#[derive(Debug, Default)]
pub(super) struct Words {
    text: String,
}

impl Words {
    /// Adds words; their white space collapses.
    pub(super) fn push(&mut self, text: &str) {
        let Some(even) = spacing::evenly(text) else {
            return self.push_uneven(text);
        };
        if even.is_space_before {
            self.separate();
        }
        self.text.push_str(even.words);
        if even.is_space_after {
            self.separate();
        }
    }

    /// The same, of any text.
    pub(super) fn push_uneven(&mut self, text: &str) {
        for part in text.split_inclusive(char::is_whitespace) {
            let word = part.trim_end();
            self.text.push_str(word);
            if word.len() < part.len() {
                self.separate();
            }
        }
    }

    /// Adds lines as they are.
    pub(super) fn push_lines(&mut self, lines: &str) {
        self.separate();
        self.text.push_str(lines);
        self.separate();
    }

    /// Keeps the words before and after apart.
    pub(super) fn separate(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with([' ', '\n']) {
            self.text.push(' ');
        }
    }

    /// Ends the line.
    pub(super) fn end_line(&mut self) {
        self.text.truncate(self.text.trim_end().len());
        if !self.text.is_empty() {
            self.text.push('\n');
        }
    }

    /// The text, without a final newline.
    pub(super) fn finish(mut self) -> String {
        self.text.truncate(self.text.trim_end().len());
        self.text
    }
}
