//! More ways to find a text than the words it is written in.
//!
//! The index's tokenizer knows words between spaces. It leaves three kinds of search without an answer, which the
//! column `alt` supplies: a word inside a run of ideographs (會議 in 東京都の会議室), a part of an identifier
//! (`name` in `getUserName`), and a letter that people also write as two (`strasse` for `Straße`).

/// What the index holds of a title and a body beyond their words.
pub(super) fn of(title: &str, body: &str) -> String {
    let mut alt = String::new();
    for text in [title, body] {
        for word in words(text) {
            add(&mut alt, word);
        }
    }
    alt
}

fn add(alt: &mut String, word: &str) {
    if word.is_ascii() {
        add_parts(alt, word);
        return;
    }
    for run in runs(word) {
        if run.chars().next().is_some_and(is_unspaced) {
            add_pairs(alt, run);
        } else {
            add_parts(alt, run);
            if let Some(spelled) = spelled_out(run) {
                push(alt, &spelled);
            }
        }
    }
}

/// Maximal runs of letters and digits.
pub(super) fn words(text: &str) -> impl Iterator<Item = &str> {
    looked_at(text).map(|(word, _)| word)
}

/// Maximal runs of letters and digits, and which kinds of bytes each has.
pub(super) fn looked_at(text: &str) -> impl Iterator<Item = (&str, u8)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = start_of_word(text, at)?;
        let (end, has) = end_of_word(text, start);
        at = end;
        Some((&text[start..end], has))
    })
}

/// Where the next word begins, from `at` on.
fn start_of_word(text: &str, mut at: usize) -> Option<usize> {
    loop {
        // Byte by byte as long as that is a character: nearly always.
        let gap = text.as_bytes()[at..].iter();
        at += gap.copied().position(|byte| kind(byte) != GAP)?;
        let c = text[at..].chars().next()?;
        if is_word(c) {
            return Some(at);
        }
        at += c.len_utf8();
    }
}

/// Where the word ends that begins at `at`, and which kinds of bytes it has.
fn end_of_word(text: &str, mut at: usize) -> (usize, u8) {
    let mut has = 0;
    loop {
        let bytes = text.as_bytes()[at..].iter().copied();
        for kind in bytes
            .map(kind)
            .take_while(|kind| *kind & (GAP | BEYOND_ASCII) == 0)
        {
            has |= kind;
            at += 1;
        }
        match text[at..].chars().next() {
            Some(c) if !c.is_ascii() && is_word(c) => at += c.len_utf8(),
            _ => return (at, has),
        }
        has |= BEYOND_ASCII;
    }
}

const SMALL_OR_DIGIT: u8 = 1;
pub(super) const CAPITAL: u8 = 2;
const GAP: u8 = 4;
pub(super) const BEYOND_ASCII: u8 = 8;

fn kind(byte: u8) -> u8 {
    KINDS[usize::from(byte)]
}

/// What each byte is on its own.
static KINDS: [u8; 256] = {
    let mut kinds = [BEYOND_ASCII; 256];
    let mut byte: u8 = 0;
    while byte.is_ascii() {
        kinds[byte as usize] = match byte {
            b'A'..=b'Z' => CAPITAL,
            b'a'..=b'z' | b'0'..=b'9' => SMALL_OR_DIGIT,
            _ => GAP,
        };
        byte += 1;
    }
    kinds
};

/// Whether the tokenizer takes the character for a part of a word. Accents on their own belong to one.
pub(super) fn is_word(c: char) -> bool {
    c.is_alphanumeric() || ('\u{300}'..='\u{36f}').contains(&c)
}

/// Whether the character is of a script that puts no spaces between words.
pub(super) fn is_unspaced(c: char) -> bool {
    matches!(c,
        '\u{3005}'..='\u{3007}'     // ideographic marks
        | '\u{3040}'..='\u{30ff}'   // hiragana, katakana
        | '\u{31f0}'..='\u{31ff}'
        | '\u{3400}'..='\u{4dbf}'   // ideographs
        | '\u{4e00}'..='\u{9fff}'
        | '\u{ac00}'..='\u{d7af}'   // hangul
        | '\u{f900}'..='\u{faff}'
        | '\u{ff66}'..='\u{ff9f}'
        | '\u{20000}'..='\u{3ffff}')
}

/// Cuts a word where it changes between spaced and unspaced scripts.
pub(super) fn runs(word: &str) -> impl Iterator<Item = &str> {
    let mut rest = word;
    std::iter::from_fn(move || {
        let kind = is_unspaced(rest.chars().next()?);
        let end = rest.find(|c| is_unspaced(c) != kind).unwrap_or(rest.len());
        let (run, tail) = rest.split_at(end);
        rest = tail;
        Some(run)
    })
}

/// Overlapping pairs, in order, and the last character alone: so that every character begins a token, and
/// neighbours in the run are neighbours in the index.
fn add_pairs(alt: &mut String, run: &str) {
    let starts = run.char_indices().map(|(start, _)| start);
    let ends = run.char_indices().map(|(start, c)| start + c.len_utf8());
    for (start, end) in starts.zip(ends.skip(1).chain([run.len()])) {
        push(alt, &run[start..end]);
    }
}

/// The parts of an identifier such as `getUserName` or `HTTPServer`; nothing for a plain word.
fn add_parts(alt: &mut String, word: &str) {
    // Nearly all words: a part begins with a capital.
    if word.is_ascii() && !word.bytes().skip(1).any(|byte| byte.is_ascii_uppercase()) {
        return;
    }
    let mut start = 0;
    for at in seams(word) {
        push(alt, &word[start..at]);
        start = at;
    }
    if start > 0 {
        push(alt, &word[start..]);
    }
}

/// Where a capital begins a part: after a small letter or digit, or before a small letter.
pub(super) fn seams(word: &str) -> Vec<usize> {
    let chars: Vec<(usize, char)> = word.char_indices().collect();
    let mut seams = Vec::new();
    for (i, pair) in chars.windows(2).enumerate() {
        let [(_, before), (at, c)] = [pair[0], pair[1]];
        let next_is_small = chars.get(i + 2).is_some_and(|(_, next)| next.is_lowercase());
        if c.is_uppercase() && (!before.is_uppercase() || next_is_small) {
            seams.push(at);
        }
    }
    seams
}

/// The word with letters that no accent folding reaches written as people without that key write them.
pub(super) fn spelled_out(word: &str) -> Option<String> {
    if word.is_ascii() || !word.chars().any(|c| spelling(c).is_some()) {
        return None;
    }
    let mut spelled = String::with_capacity(word.len() + 4);
    for c in word.chars() {
        match spelling(c) {
            Some(letters) => spelled.push_str(letters),
            None => spelled.push(c),
        }
    }
    Some(spelled)
}

fn spelling(c: char) -> Option<&'static str> {
    Some(match c {
        'ß' | 'ẞ' => "ss",
        'æ' | 'Æ' => "ae",
        'œ' | 'Œ' => "oe",
        'ø' | 'Ø' => "o",
        'ł' | 'Ł' => "l",
        'đ' | 'Đ' | 'ð' | 'Ð' => "d",
        'þ' | 'Þ' => "th",
        'ı' => "i",
        _ => return None,
    })
}

fn push(alt: &mut String, word: &str) {
    if !alt.is_empty() {
        alt.push(' ');
    }
    alt.push_str(word);
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn ideographs_are_indexed_in_overlapping_pairs() {
        assert_eq!(of("会議室", ""), "会議 議室 室");
        assert_eq!(of("京", ""), "京");
        assert_eq!(of("東京Tower 2", "タワー"), "東京 京 タワ ワー ー");
    }

    #[test]
    fn identifiers_are_indexed_by_their_parts() {
        assert_eq!(of("getUserName", ""), "get User Name");
        assert_eq!(of("HTTPServer2Go s3Bucket", ""), "HTTP Server2 Go s3 Bucket");
        assert_eq!(of("Plain words, a_b.c HTTP", ""), "");
        assert_eq!(of("größterWert", ""), "größter Wert grössterWert");
    }

    #[test]
    fn letters_are_indexed_as_others_spell_them() {
        assert_eq!(of("Straße", "Ærø"), "Strasse aero");
        assert_eq!(of("Müller", "déjà"), "");
    }
}
