//! The part of a text that shows why it was found.

use std::collections::BTreeSet;
use std::iter;
use std::ops::Range;

use super::query::Needle;
use super::{alt, fold};

/// How much is shown, in bytes.
const WIDTH: usize = 240;
/// How much of it may come before the first hit.
const LEAD: usize = 60;
/// A text is searched up to here; what is found later is found by reading the page.
const DEPTH: usize = 256 * 1024;
/// Hits beyond these do not change which part is best.
const MOST_HITS: usize = 500;

/// A part of a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Snippet {
    pub(super) text: String,
    /// The words that were asked for, as byte ranges of `text`, in order.
    pub(super) highlights: Vec<Range<usize>>,
    /// How many different things that were asked for are in it.
    pub(super) met: usize,
}

/// A place where a needle begins.
struct Hit {
    range: Range<usize>,
    needle: usize,
}

/// The part of the text with the most of what was asked for; its beginning if there is nothing.
pub(super) fn snippet(text: &str, needles: &[Needle]) -> Snippet {
    let text = &text[..text.floor_char_boundary(DEPTH)];
    let hits = hits(text, needles);
    let window = window(text, &hits);
    Snippet {
        met: met(&hits, &window).len(),
        ..cut(text, window, &hits)
    }
}

/// The different needles in the window.
fn met(hits: &[Hit], window: &Range<usize>) -> BTreeSet<usize> {
    let inside = hits
        .iter()
        .filter(|hit| window.start <= hit.range.start && hit.range.end <= window.end);
    inside.map(|hit| hit.needle).collect()
}

/// The words of `text` that were asked for.
pub(super) fn highlights(text: &str, needles: &[Needle]) -> Vec<Range<usize>> {
    hits(text, needles).into_iter().map(|hit| hit.range).collect()
}

fn hits(text: &str, needles: &[Needle]) -> Vec<Hit> {
    let words: Vec<Word> = alt::words(text).map(|word| Word::new(text, word)).collect();
    let mut hits = Vec::new();
    for start in 0..words.len() {
        for (index, needle) in needles.iter().enumerate() {
            hits.extend(
                ranges(&words[start..], needle)
                    .into_iter()
                    .map(|range| Hit { range, needle: index }),
            );
        }
        if hits.len() >= MOST_HITS {
            break;
        }
    }
    hits.sort_by_key(|hit| (hit.range.start, hit.range.end));
    let mut end = 0;
    hits.retain(|hit| {
        let is_apart = hit.range.start >= end;
        end = end.max(hit.range.end);
        is_apart
    });
    hits
}

/// A word and where it stands.
struct Word<'a> {
    start: usize,
    text: &'a str,
    folded: String,
}

impl<'a> Word<'a> {
    fn new(text: &str, word: &'a str) -> Self {
        Self {
            start: word.as_ptr().addr() - text.as_ptr().addr(),
            text: word,
            folded: fold::folded(word),
        }
    }

    fn range(&self) -> Range<usize> {
        self.start..self.start + self.text.len()
    }

    fn is(&self, wanted: &str, is_prefix: bool) -> bool {
        if is_prefix && self.folded.starts_with(wanted) {
            return true;
        }
        self.folded == wanted || alt::spelled_out(&self.folded).is_some_and(|spelled| spelled == wanted)
    }
}

/// Where the needle stands at the head of `words`: one range, or several parts of the first word.
fn ranges(words: &[Word<'_>], needle: &Needle) -> Vec<Range<usize>> {
    let [first, ..] = words else {
        return Vec::new();
    };
    let is_here = needle.words.len() <= words.len()
        && needle
            .words
            .iter()
            .enumerate()
            .all(|(at, wanted)| words[at].is(wanted, needle.is_prefix && at + 1 == needle.words.len()));
    if is_here {
        let last = &words[needle.words.len().saturating_sub(1)];
        return iter::once(first.start..last.range().end).collect();
    }
    match needle.words.as_slice() {
        [wanted] => inside(first, wanted),
        _ => Vec::new(),
    }
}

/// Where the wanted word stands inside another: among ideographs, or as a part of an identifier.
fn inside(word: &Word<'_>, wanted: &str) -> Vec<Range<usize>> {
    if wanted.chars().any(alt::is_unspaced) {
        // Such scripts have no case, so that positions in the text and in its folded form agree.
        let matches = word.text.match_indices(wanted);
        return matches
            .map(|(at, found)| word.start + at..word.start + at + found.len())
            .collect();
    }
    let mut parts = Vec::new();
    let mut start = 0;
    for end in alt::seams(word.text).into_iter().chain([word.text.len()]) {
        if end - start < word.text.len() && fold::folded(&word.text[start..end]) == wanted {
            parts.push(word.start + start..word.start + end);
        }
        start = end;
    }
    parts
}

/// The stretch with the most different needles, then with the most hits.
fn window(text: &str, hits: &[Hit]) -> Range<usize> {
    let worth = |first: usize| {
        let end = hits[first].range.start + WIDTH - LEAD;
        let inside = hits[first..].iter().take_while(|hit| hit.range.end <= end);
        let (mut met, mut count) = (Vec::new(), 0);
        for hit in inside {
            if !met.contains(&hit.needle) {
                met.push(hit.needle);
            }
            count += 1;
        }
        (met.len(), count)
    };
    let best = (0..hits.len()).rev().max_by_key(|&first| worth(first));
    let from = best.map_or(0, |best| hits[best].range.start);
    let start = word_start(text, from.saturating_sub(LEAD), from);
    let end = word_end(text, start + WIDTH);
    start..end
}

/// The first beginning of a word at or after `at`, but not after `latest`.
fn word_start(text: &str, at: usize, latest: usize) -> usize {
    if at == 0 {
        return 0;
    }
    let at = text.ceil_char_boundary(at);
    text[at..latest]
        .find(char::is_whitespace)
        .map_or(at, |space| text.ceil_char_boundary(at + space + 1))
}

fn word_end(text: &str, at: usize) -> usize {
    if at >= text.len() {
        return text.len();
    }
    let at = text.floor_char_boundary(at);
    // A word that goes on for long is cut.
    let rest = &text[at..text.floor_char_boundary(at + LEAD)];
    rest.find(char::is_whitespace).map_or(at, |space| at + space)
}

/// Cuts the window out, with white space collapsed and ellipses where text is missing.
fn cut(text: &str, window: Range<usize>, hits: &[Hit]) -> Snippet {
    let mut snippet = Snippet::default();
    if window.start > 0 {
        snippet.text.push('…');
    }
    let mut hits = hits
        .iter()
        .filter(|hit| window.start <= hit.range.start && hit.range.end <= window.end)
        .peekable();
    let mut open = 0;
    for (at, c) in text[window.clone()].char_indices() {
        let at = window.start + at;
        if hits.peek().is_some_and(|hit| hit.range.start == at) {
            open = snippet.text.len();
        }
        if !c.is_whitespace() {
            snippet.text.push(c);
        } else if !snippet.text.is_empty() && !snippet.text.ends_with([' ', '…']) {
            snippet.text.push(' ');
        }
        if hits.next_if(|hit| hit.range.end == at + c.len_utf8()).is_some() {
            snippet.highlights.push(open..snippet.text.len());
        }
    }
    snippet.text.truncate(snippet.text.trim_end().len());
    if window.end < text.len() {
        snippet.text.push('…');
    }
    snippet
}

#[cfg(test)]
mod tests {
    use super::{WIDTH, snippet};
    use crate::store::query::Query;

    /// The snippet with its highlights in brackets.
    fn marked(text: &str, typed: &str) -> String {
        let snippet = snippet(text, &Query::parse(typed, None).needles());
        let mut marked = snippet.text.clone();
        for range in snippet.highlights.iter().rev() {
            marked.insert(range.end, ']');
            marked.insert(range.start, '[');
        }
        marked
    }

    #[test]
    fn what_was_asked_for_is_highlighted() {
        for (text, typed, expected) in [
            ("The  Café\nis open", "cafe open", "The [Café] is [open]"),
            ("call getUserName now", "user", "call get[User]Name now"),
            ("東京都の会議室予約", "会議 予約", "東京都の[会議]室[予約]"),
            ("Lange Straße", "strasse", "Lange [Straße]"),
            ("deployments redeploy", "deploy*", "[deployments] redeploy"),
            ("blue sky, blue green", "\"blue green\"", "blue sky, [blue green]"),
            ("nothing here", "absent", "nothing here"),
            ("", "x", ""),
        ] {
            assert_eq!(marked(text, typed), expected, "{typed}");
        }
    }

    #[test]
    fn the_window_lies_where_most_of_it_is() {
        let filler = "lorem ipsum dolor sit amet ".repeat(40);
        let text = format!("alpha {filler} alpha close to beta {filler}");
        let marked = marked(&text, "alpha beta");
        assert!(marked.contains("[alpha] close to [beta]"), "{marked}");
        assert!(marked.starts_with('…') && marked.ends_with('…'), "{marked}");
        assert!(marked.len() < WIDTH + 80, "{marked}");
    }
}
