//! How well a text fits a query: a pure function of the words and where they stand.

use std::time::Duration;

use crate::model::Timestamp;

use super::query::Needle;
use super::{alt, fold};

/// A text of this size is neither long nor short.
const TYPICAL_SIZE: f64 = 3_000.0;
/// A text is looked at up to here: what a page is about stands before.
const DEPTH: usize = 16 * 1024;
/// After this time, half of what being new is worth is left.
const HALF_LIFE: Duration = Duration::from_hours(365 * 24);

/// Something that is asked for, in one of several ways.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) ways: Vec<Needle>,
    /// How much finding it says: rare words say more.
    pub(super) weight: f64,
}

/// What is looked at.
#[derive(Debug)]
pub(super) struct Looked<'a> {
    pub(super) title: &'a str,
    pub(super) body: &'a str,
    pub(super) labels: &'a str,
    pub(super) comments: &'a str,
    pub(super) files: &'a str,
    /// How long ago it was edited; nothing if that shall not count.
    pub(super) age: Option<Duration>,
}

/// Higher is better. A title of exactly these words weighs most, then words of the title, then labels; in the body,
/// each further occurrence counts for less, and the words in a row for more.
pub(super) fn fit(looked: &Looked<'_>, wanted: &[Wanted]) -> f64 {
    let [title, body, labels, comments, files] = [
        looked.title,
        looked.body,
        looked.labels,
        looked.comments,
        looked.files,
    ]
    .map(|text| Field::new(&text[..text.floor_char_boundary(DEPTH)]));
    let size = precise(body.text.len()) / TYPICAL_SIZE;
    let all: f64 = wanted.iter().map(|wanted| wanted.weight).sum();
    let (mut score, mut in_title) = (0.0, 0.0);
    for Wanted { ways, weight } in wanted {
        let times = |field: &Field<'_>| precise(ways.iter().map(|way| field.count(way)).sum());
        let often = times(&body) + 0.5 * times(&comments);
        score += weight * often / (often + 1.2 * (0.4 + 0.6 * size));
        score += weight * times(&labels).min(1.0);
        score += weight * 0.5 * times(&files).min(1.0);
        in_title += weight * times(&title).min(1.0);
    }
    score += 1.5 * in_title + in_title * title.share(wanted);
    if let Some(row) = in_a_row(wanted) {
        score += all * if title.count(&row) > 0 { 0.5 } else { 0.0 };
        score += all * if body.count(&row) > 0 { 0.3 } else { 0.0 };
    }
    score * recency(looked.age)
}

/// A mild factor: what was edited today is worth a tenth more than what is very old.
fn recency(age: Option<Duration>) -> f64 {
    let age = age.map_or(0.0, |age| age.as_secs_f64() / HALF_LIFE.as_secs_f64());
    0.9 + 0.1 * (-age).exp2()
}

/// All words that are asked for as one phrase, if there is one way to say them.
fn in_a_row(wanted: &[Wanted]) -> Option<Needle> {
    let ways = wanted.iter().map(|wanted| match wanted.ways.as_slice() {
        [way] if !way.is_prefix => Some(way.words.clone()),
        _ => None,
    });
    let words: Vec<String> = ways.collect::<Option<Vec<_>>>()?.concat();
    let is_several = wanted.len() > 1;
    is_several.then_some(Needle {
        words,
        is_prefix: false,
    })
}

struct Field<'a> {
    text: &'a str,
    words: Vec<Word<'a>>,
}

#[derive(Clone, Copy)]
struct Word<'a> {
    text: &'a str,
    /// Its first letter, small, if it is plain: ASCII, and without a capital that could begin a part. Nearly all are.
    /// That is looked at once, and compared with each word that is asked for.
    plain: Option<u8>,
}

impl<'a> Word<'a> {
    fn new((text, has): (&'a str, u8)) -> Self {
        let first = text.as_bytes().first();
        let is_plain = has & alt::BEYOND_ASCII == 0
            && (has & alt::CAPITAL == 0 || !text.bytes().skip(1).any(|byte| byte.is_ascii_uppercase()));
        Self {
            text,
            plain: first.filter(|_| is_plain).map(u8::to_ascii_lowercase),
        }
    }

    /// Whether it is the wanted word, begins with it, or has it as a part.
    fn is(self, wanted: &str, is_prefix: bool) -> bool {
        match self.plain {
            Some(first) if wanted.as_bytes().first() != Some(&first) => false,
            Some(_) => begins(self.text, wanted) && (is_prefix || self.text.len() == wanted.len()),
            None => is_in_another_form(self.text, wanted, is_prefix),
        }
    }
}

impl<'a> Field<'a> {
    fn new(text: &'a str) -> Self {
        // A word and a space take six bytes, more or less.
        let mut words = Vec::with_capacity(text.len() / 6);
        words.extend(alt::looked_at(text).map(Word::new));
        Self { text, words }
    }

    /// How often the needle stands here.
    fn count(&self, needle: &Needle) -> usize {
        match needle.words.as_slice() {
            [] => 0,
            [one] if one.chars().any(alt::is_unspaced) => self.text.matches(one.as_str()).count(),
            [one] => {
                let here = self.words.iter();
                here.filter(|word| word.is(one, needle.is_prefix)).count()
            }
            words => self
                .words
                .windows(words.len())
                .filter(|here| is_here(here, needle))
                .count(),
        }
    }

    /// Which part of the words here is asked for.
    fn share(&self, wanted: &[Wanted]) -> f64 {
        let is_wanted = |word: &&Word<'_>| {
            let ways = wanted.iter().flat_map(|wanted| &wanted.ways);
            ways.flat_map(|way| &way.words)
                .any(|wanted| word.is(wanted, false))
        };
        let asked_for = self.words.iter().filter(is_wanted).count();
        precise(asked_for) / precise(self.words.len().max(1))
    }
}

fn is_here(here: &[Word<'_>], needle: &Needle) -> bool {
    let last = needle.words.len().saturating_sub(1);
    here.iter()
        .zip(&needle.words)
        .enumerate()
        .all(|(at, (word, wanted))| word.is(wanted, needle.is_prefix && at == last))
}

fn begins(word: &str, wanted: &str) -> bool {
    let head = word.as_bytes().get(..wanted.len());
    head.is_some_and(|head| head.eq_ignore_ascii_case(wanted.as_bytes()))
}

fn is_in_another_form(word: &str, wanted: &str, is_prefix: bool) -> bool {
    if !word.is_ascii() {
        let folded = fold::folded(word);
        return folded == wanted
            || (is_prefix && folded.starts_with(wanted))
            || alt::spelled_out(&folded).is_some_and(|spelled| spelled == wanted);
    }
    let is_itself = begins(word, wanted) && (is_prefix || word.len() == wanted.len());
    is_itself || has_part(word, wanted)
}

fn has_part(word: &str, wanted: &str) -> bool {
    if word.len() <= wanted.len() {
        return false;
    }
    let mut start = 0;
    let ends = alt::seams(word).into_iter().chain([word.len()]);
    ends.into_iter().any(|end| {
        let part = &word[start..end];
        start = end;
        part.eq_ignore_ascii_case(wanted)
    })
}

#[expect(clippy::cast_precision_loss, reason = "counts of words in a text")]
fn precise(count: usize) -> f64 {
    count as f64
}

/// How much finding a word says that so many of all have.
pub(super) fn weight(having: f64, all: f64) -> f64 {
    (1.0 + (all - having + 0.5).max(0.5) / (having + 0.5)).ln()
}

/// How long ago that was.
pub(super) fn age(modified_at: Timestamp, now: Option<Timestamp>) -> Option<Duration> {
    // By the day, so that asking again for the next page of hits does not change their order.
    let by_day = |age: Duration| Duration::from_secs(age.as_secs() / 86_400 * 86_400);
    now.map(|now| by_day(now.since(modified_at)))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Looked, Wanted, fit};
    use crate::store::query::Query;

    fn wanted(typed: &str) -> Vec<Wanted> {
        let needles = Query::parse(typed, None).needles();
        let wanted = needles.into_iter().map(|needle| Wanted {
            ways: vec![needle],
            weight: 1.0,
        });
        wanted.collect()
    }

    fn score(typed: &str, title: &str, body: &str) -> f64 {
        let looked = Looked {
            title,
            body,
            labels: "",
            comments: "",
            files: "",
            age: None,
        };
        fit(&looked, &wanted(typed))
    }

    #[test]
    fn each_fits_better_than_the_next() {
        let order = [
            ("Deploy checklist", "before you go"),
            ("Old deploy checklist of the mill", "before you go"),
            ("Checklist", "what to deploy"),
            ("Notes", "the deploy checklist is here"),
            ("Notes", "a checklist for who wants to deploy"),
            ("Notes", "a list of the mill"),
        ];
        let scores: Vec<f64> = order
            .iter()
            .map(|(title, body)| score("deploy checklist", title, body))
            .collect();
        assert!(scores.is_sorted_by(|better, worse| better > worse), "{scores:?}");
    }

    #[test]
    fn words_are_known_in_whatever_form_the_index_knows_them() {
        for (typed, text) in [
            ("user", "getUserName"),
            ("cafe", "Café"),
            ("strasse", "Straße"),
            ("会議", "東京都の会議室"),
            ("deploy*", "deployments"),
            ("\"blue green\"", "a blue, green sky"),
        ] {
            assert!(score(typed, "", text) > 0.0, "{typed}");
        }
        assert!(score("deploy", "", "deployments") == 0.0);
    }

    #[test]
    fn being_new_counts_a_little() {
        let aged = |days: u64| {
            let looked = Looked {
                title: "Mill",
                body: "",
                labels: "",
                comments: "",
                files: "",
                age: Some(Duration::from_secs(days * 86_400)),
            };
            fit(&looked, &wanted("mill"))
        };
        assert!(aged(0) > aged(30) && aged(30) > aged(3_000));
        assert!(aged(3_000) > 0.89 * aged(0));
    }
}
