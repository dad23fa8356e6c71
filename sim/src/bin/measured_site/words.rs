//! Words as frequent, as long and as often repeated as in real documents.
//!
//! What an index costs depends on how many different words there are, in a page and in all. Sentences are taken from a
//! text whose words follow Zipf's law up to some thousands, and are ever rarer from there on, as in natural language; half
//! of a page's sentences are about its subject, so that its words come again. That makes pages a little more varied than
//! READMEs of programs and a published collection of pages of Confluence are: `benches/performance/variety.py` compares.

use crate::dice::Dice;

/// How many different words there are at most.
const VOCABULARY: f64 = 200_000.0;
/// Rarer words than this one are rarer than by Zipf's law.
const USUAL: f64 = 3_000.0;
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
            spell(&mut text, rank(&mut dice));
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

/// The number of a word: low numbers are frequent.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "below the vocabulary"
)]
fn rank(dice: &mut Dice) -> u32 {
    // How often the usual ones occur, and how often all others, if the most frequent occurs once.
    let (usual, rare) = (USUAL.ln(), 1.0 - USUAL / VOCABULARY);
    let share = dice.share() * (usual + rare);
    if share < usual {
        share.exp() as u32
    } else {
        (USUAL / (1.0 - (share - usual))) as u32
    }
}

/// Three letters for the sixty most frequent words, six for thousands, nine for the others.
fn spell(text: &mut String, mut number: u32) {
    const CONSONANTS: &[u8] = b"bdfgklmnrstv";
    const VOWELS: &[u8] = b"aeiou";
    loop {
        let (consonant, vowel) = (number as usize % 12, number as usize / 12 % 5);
        let last = (consonant + 7 * vowel + 3) % 12;
        for letter in [CONSONANTS[consonant], VOWELS[vowel], CONSONANTS[last]] {
            text.push(char::from(letter));
        }
        number /= 60;
        if number == 0 {
            return;
        }
    }
}
