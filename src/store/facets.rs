//! What searches are narrowed by, as words of the index.
//!
//! The index walks what has two words by jumping from one to the next, so a filter that is a word as well costs hardly
//! anything, however much or little it lets through. The schema makes the words: see `contents.facets`. They may let
//! through more than the filter does, and never less; the row of the content decides.

use chrono::Datelike;

use crate::model::Timestamp;

/// Begins each of them: a character of private use, which the index takes for a letter.
const MARK: char = '\u{e000}';
/// How much of an account id is kept, from its end.
const KEPT_OF_ACCOUNT: usize = 12;

pub(super) fn site(number: i64) -> String {
    format!("{MARK}t{number}")
}

pub(super) fn space(site: i64, space_id: &str) -> String {
    format!("{MARK}s{site}x{space_id}")
}

pub(super) fn kind(kind: &str) -> String {
    format!("{MARK}k{kind}")
}

/// Of whoever created or last saved it.
pub(super) fn person(account: &str) -> String {
    let letters: Vec<char> = account.chars().filter(|c| !matches!(c, '-' | ':')).collect();
    let kept = letters.iter().skip(letters.len().saturating_sub(KEPT_OF_ACCOUNT));
    format!("{MARK}p{}", kept.collect::<String>())
}

/// The years and months that have a day between these instants, or of these.
pub(super) fn times(from: Timestamp, to: Timestamp) -> Vec<String> {
    let month = |instant: Timestamp| (instant.as_utc().year(), instant.as_utc().month());
    let (from, to) = (month(from), month(to));
    let mut times = Vec::new();
    for year in from.0..=to.0 {
        let months: Vec<u32> = (1..=12)
            .filter(|month| (from..=to).contains(&(year, *month)))
            .collect();
        if months.len() == 12 {
            times.push(format!("{MARK}y{year:04}"));
        } else {
            times.extend(months.iter().map(|month| format!("{MARK}m{year:04}{month:02}")));
        }
    }
    times
}

/// What asks the index for one of these.
pub(super) fn any_of(facets: &[String]) -> String {
    if facets.is_empty() {
        // Nothing has it.
        return format!("facets : \"{MARK}\"");
    }
    let quoted = facets.iter().map(|facet| quoted(facet));
    format!("facets : ({})", quoted.collect::<Vec<_>>().join(" OR "))
}

/// What asks the index for this label.
pub(super) fn label(name: &str) -> String {
    format!("labels : {}", quoted(name))
}

/// In the index's language. What is no part of a word there separates words, whatever it is.
fn quoted(words: &str) -> String {
    let words = words.replace(['"', '\0'], " ");
    format!("\"{words}\"")
}

#[cfg(test)]
mod tests {
    use super::{any_of, times};

    #[test]
    fn times_are_as_many_years_and_as_few_months_as_possible() {
        let instant = |day: &str| format!("{day}T12:00:00Z").parse().unwrap();
        for (from, to, expected) in [
            ("2026-03-05", "2026-03-05", "m202603"),
            ("2025-11-30", "2026-02-01", "m202511 m202512 m202601 m202602"),
            ("2024-12-01", "2026-12-31", "m202412 y2025 y2026"),
            ("2026-03-05", "2026-02-05", ""),
            ("0999-12-31", "1000-01-01", "m099912 m100001"),
        ] {
            let times = times(instant(from), instant(to)).join(" ");
            assert_eq!(times.replace('\u{e000}', ""), expected, "{from} to {to}");
        }
    }

    #[test]
    fn none_is_asked_for_by_what_nothing_has() {
        assert_eq!(any_of(&[]), "facets : \"\u{e000}\"");
        assert_eq!(
            any_of(&["a\"b".to_owned(), "c".to_owned()]),
            "facets : (\"a b\" OR \"c\")"
        );
    }
}
