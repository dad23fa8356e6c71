//! Words as frequent, as long and as often repeated as in real documents.
//!
//! What an index costs depends on how many different words there are, in a page and in all. Sentences are taken from a
//! text whose words follow Zipf's law up to some thousands, and are ever rarer from there on, as in natural language; half
//! of a page's sentences are about its subject, so that its words come again. That makes pages a little more varied than
//! READMEs of programs and a published collection of pages of Confluence are: `benches/performance/variety.py` compares.

use crate::dice::Dice;
use crate::vocabulary::{rank, spell};

/// Bytes of text that all pages take their sentences from.
const TEXT: usize = 8 << 20;
/// Bytes of it that are about the subject of a page.
const SUBJECT: usize = 1_200;

/// The text to cut sentences out of, since making each of them word by word would take longer than mirroring it.
pub(crate) struct Text(String);

impl Text {
    pub(crate) fn new() -> Self {
        let mut dice = Dice::of(0);
        let mut text = String::with_capacity(TEXT + 64);
        while text.len() < TEXT {
            spell(&mut text, rank(dice.share()));
            text.push_str(if dice.below(12) == 0 { ", " } else { " " });
        }
        Self(text)
    }

    /// The words of a page.
    pub(crate) fn words(&self, page: u64) -> Words<'_> {
        let words = Words {
            text: &self.0,
            subject: 0,
        };
        words.of(page)
    }
}

/// Words of a page.
#[derive(Clone, Copy)]
pub(crate) struct Words<'a> {
    text: &'a str,
    subject: usize,
}

impl<'a> Words<'a> {
    /// Those of another page.
    pub(crate) fn of(self, page: u64) -> Self {
        let subject = Dice::of(page ^ 0x0b_1ec7).below(TEXT - 2 * SUBJECT);
        Self { subject, ..self }
    }

    /// About so many bytes of whole words.
    pub(crate) fn some(&self, dice: &mut Dice, bytes: usize) -> &'a str {
        let start = if dice.below(2) == 0 {
            self.subject + dice.below(SUBJECT)
        } else {
            dice.below(TEXT - bytes - 64)
        };
        let start = self.word_at(start);
        let end = self.word_at(start + bytes);
        self.text[start..end].trim_end_matches([' ', ','])
    }

    /// One word.
    pub(crate) fn one(&self, dice: &mut Dice) -> &'a str {
        let words = self.some(dice, 12);
        words.split([' ', ',']).next().unwrap_or(words)
    }

    /// Where the first word behind this place begins.
    fn word_at(&self, place: usize) -> usize {
        self.text[place..]
            .find(' ')
            .map_or(place, |space| place + space + 1)
    }
}
