//! White space that is already as it should be, which nearly all of it is.

/// Text whose only white space is one space between words, and perhaps one before and after them.
pub(super) struct Even<'a> {
    pub(super) is_space_before: bool,
    pub(super) words: &'a str,
    pub(super) is_space_after: bool,
}

/// The text as evenly spaced words, if it is. Only ASCII is looked at: other white space has many forms.
pub(super) fn evenly(text: &str) -> Option<Even<'_>> {
    let controls = text.bytes().filter(|&byte| byte < b' ').count();
    let is_even = text.is_ascii() && controls == 0 && !text.as_bytes().windows(2).any(|pair| pair == b"  ");
    is_even.then(|| {
        let (is_space_before, rest) = without(text.strip_prefix(' '), text);
        let (is_space_after, words) = without(rest.strip_suffix(' '), rest);
        Even {
            is_space_before,
            words,
            is_space_after,
        }
    })
}

fn without<'a>(stripped: Option<&'a str>, text: &'a str) -> (bool, &'a str) {
    (stripped.is_some(), stripped.unwrap_or(text))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::inline::{Inline, Place};
    use super::super::words::Words;
    use super::evenly;

    #[test]
    fn only_single_spaces_are_even() {
        for (text, expected) in [
            ("", Some((false, "", false))),
            (" ", Some((true, "", false))),
            ("two words", Some((false, "two words", false))),
            (" two words ", Some((true, "two words", true))),
            ("two  words", None),
            ("two\nwords", None),
            ("  ", None),
            ("zwei\u{a0}Wörter", None),
        ] {
            let found = evenly(text).map(|even| (even.is_space_before, even.words, even.is_space_after));
            assert_eq!(found, expected, "{text:?}");
        }
    }

    proptest! {
        /// The short way writes what the long way writes.
        #[test]
        fn evenly_spaced_text_is_written_like_any_other(texts in prop::collection::vec("[ab ]{0,8}", 0..6)) {
            let (mut short, mut long) = (Inline::default(), Inline::default());
            let (mut few, mut many) = (Words::default(), Words::default());
            for text in &texts {
                short.text(text);
                few.push(text);
                long.uneven(text);
                many.push_uneven(text);
            }
            prop_assert_eq!(short.print(Place::Paragraph), long.print(Place::Paragraph));
            prop_assert_eq!(few.finish(), many.finish());
        }
    }
}
