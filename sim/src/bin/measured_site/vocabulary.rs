//! Which words there are, and how frequent.

/// How many different words there are at most.
const VOCABULARY: f64 = 200_000.0;
/// Rarer words than this one are rarer than by Zipf's law, as in natural language.
const USUAL: f64 = 3_000.0;

/// The number of a word, by a share of all words in a text: low numbers are frequent.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "below the vocabulary"
)]
pub(crate) fn rank(share: f64) -> u32 {
    // How often the usual ones occur, and how often all others, if the most frequent occurs once.
    let (usual, rare) = (USUAL.ln(), 1.0 - USUAL / VOCABULARY);
    let share = share * (usual + rare);
    if share < usual {
        share.exp() as u32
    } else {
        (USUAL / (1.0 - (share - usual))) as u32
    }
}

/// Three letters for the sixty most frequent words, six for thousands, nine for the others.
pub(crate) fn spell(text: &mut String, mut number: u32) {
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
