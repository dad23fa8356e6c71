//! How titles compare.

/// The form in which two titles that mean the same page are equal: Confluence ignores case, and its editor
/// leaves zero-width spaces behind.
pub(super) fn key(title: &str) -> String {
    title
        .chars()
        .filter(|&c| c != '\u{200b}')
        .flat_map(char::to_lowercase)
        .collect::<String>()
        .trim()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::key;

    #[test]
    fn titles_compare_without_case_and_zero_width_spaces() {
        assert_eq!(key("On\u{200b}call  ÜBER\u{200b}sicht "), "oncall  übersicht");
    }
}
