//! Measures of how much of a page its Markdown keeps, apart from the code they judge.

pub(crate) mod codes;
pub(crate) mod commonmark;
pub(crate) mod corpus;
pub(crate) mod mutation;
pub(crate) mod pairs;
pub(crate) mod reading;
pub(crate) mod sameness;
pub(crate) mod source;

/// The words of a text: runs of letters and digits.
pub(crate) fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// The words that stand in `wanted` more often than in `found`.
pub(crate) fn lost<'a>(wanted: &'a [String], found: &[String]) -> Vec<&'a str> {
    let mut left = std::collections::HashMap::<String, usize>::new();
    for word in found {
        *left.entry(word.clone()).or_default() += 1;
    }
    let is_lost = |word: &&str| match left.get_mut(*word) {
        Some(count) if *count > 0 => {
            *count -= 1;
            false
        }
        _ => true,
    };
    wanted.iter().map(String::as_str).filter(is_lost).collect()
}
