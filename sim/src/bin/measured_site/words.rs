//! Words as frequent as in natural text.

use crate::dice::Dice;

/// How many different words there are at most.
const VOCABULARY: f64 = 200_000.0;
/// Bytes of text that all pages take their sentences from.
const POOL: usize = 8 << 20;

/// Text to cut sentences out of, since making each of them word by word would take longer than mirroring it.
pub(crate) struct Words(String);

impl Words {
    pub(crate) fn new() -> Self {
        let mut dice = Dice::of(0);
        let mut text = String::with_capacity(POOL + 64);
        while text.len() < POOL {
            spell(&mut text, rank(&mut dice));
            text.push_str(if dice.below(12) == 0 { ", " } else { " " });
        }
        Self(text)
    }

    /// About so many bytes of whole words.
    pub(crate) fn some(&self, dice: &mut Dice, bytes: usize) -> &str {
        let start = self.word_at(dice.below(POOL - bytes - 64));
        let end = self.word_at(start + bytes);
        self.0[start..end].trim_end_matches([' ', ','])
    }

    /// One word.
    pub(crate) fn one(&self, dice: &mut Dice) -> &str {
        let words = self.some(dice, 12);
        words.split([' ', ',']).next().unwrap_or(words)
    }

    /// Where the first word behind this place begins.
    fn word_at(&self, place: usize) -> usize {
        self.0[place..].find(' ').map_or(place, |space| place + space + 1)
    }
}

/// The number of a word by Zipf's law: low numbers are frequent.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "below the vocabulary"
)]
fn rank(dice: &mut Dice) -> u32 {
    VOCABULARY.powf(dice.share()) as u32
}

fn spell(text: &mut String, mut number: u32) {
    const CONSONANTS: &[u8] = b"bdfgklmnrstv";
    const VOWELS: &[u8] = b"aeiou";
    loop {
        text.push(char::from(CONSONANTS[number as usize % 12]));
        text.push(char::from(VOWELS[number as usize / 12 % 5]));
        number /= 60;
        if number == 0 {
            return;
        }
    }
}
