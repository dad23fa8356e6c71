//! Edits Markdown that is already rendered: destinations of links, labels of mentions.

/// Puts `to` in place of the link destination `from`, wherever it is a whole destination. Nothing if there is none.
pub(super) fn destination(markdown: &str, from: &str, to: &str) -> Option<String> {
    let mut rewritten = String::with_capacity(markdown.len());
    let mut done = 0;
    for (start, _) in markdown.match_indices(from) {
        let end = start + from.len();
        // Without both ends, one address would be found at the head of a longer one, and in code.
        let opens = markdown[..start].ends_with(['(', '<', '"']);
        let closes = markdown[end..].starts_with([')', '>', '"', ' ', '\n']);
        if opens && closes && start >= done {
            rewritten.push_str(&markdown[done..start]);
            rewritten.push_str(to);
            done = end;
        }
    }
    finish(markdown, rewritten, done)
}

/// Puts `to` in place of the link label `from` where the link is about `account`. Nothing if there is none.
pub(super) fn label(markdown: &str, from: &str, to: &str, account: &str) -> Option<String> {
    let opening = format!("[{from}](");
    let mut rewritten = String::with_capacity(markdown.len());
    let mut done = 0;
    for (start, _) in markdown.match_indices(&opening) {
        let rest = &markdown[start + opening.len()..];
        let address = rest.split([')', '\n']).next().unwrap_or_default();
        // Two people can share a name, but not an id.
        if from.contains(account) || is_about(address, account) {
            rewritten.push_str(&markdown[done..start]);
            rewritten.push('[');
            rewritten.push_str(to);
            done = start + opening.len() - "](".len();
        }
    }
    finish(markdown, rewritten, done)
}

/// Puts `to` in place of `from` in plain text, wherever it is not part of a longer word. Nothing if there is none.
pub(super) fn word(text: &str, from: &str, to: &str) -> Option<String> {
    let mut rewritten = String::with_capacity(text.len());
    let mut done = 0;
    for (start, _) in text.match_indices(from) {
        let end = start + from.len();
        let is_word = |neighbour: Option<char>| neighbour.is_some_and(char::is_alphanumeric);
        if !is_word(text[..start].chars().next_back()) && !is_word(text[end..].chars().next()) {
            rewritten.push_str(&text[done..start]);
            rewritten.push_str(to);
            done = end;
        }
    }
    finish(text, rewritten, done)
}

/// A person's name as a label that stays a label whatever they are called.
pub(super) fn mention(name: &str) -> String {
    let mut label = String::from("@");
    for c in name.chars() {
        match c {
            '\\' | '[' | ']' | '*' | '_' | '`' | '<' | '>' | '&' | '~' | '|' => label.extend(['\\', c]),
            c if c.is_control() => label.push(' '),
            c => label.push(c),
        }
    }
    label
}

fn is_about(address: &str, account: &str) -> bool {
    address.contains(account) || address.contains(&account.replace(':', "%3A"))
}

fn finish(markdown: &str, mut rewritten: String, done: usize) -> Option<String> {
    if done == 0 {
        return None;
    }
    rewritten.push_str(&markdown[done..]);
    Some(rewritten)
}

#[cfg(test)]
mod tests {
    use super::{destination, label, mention, word};

    #[test]
    fn only_whole_destinations_are_rewritten() {
        let markdown = "[a](x/Run) [b](x/Runbook) [c](<x/Run>) [d](x/Run \"t\") `x/Run` <td href=\"x/Run\">";
        assert_eq!(
            destination(markdown, "x/Run", "y/1").unwrap(),
            "[a](y/1) [b](x/Runbook) [c](<y/1>) [d](y/1 \"t\") `x/Run` <td href=\"y/1\">",
        );
        assert_eq!(destination(markdown, "x/Ru", "y"), None);
    }

    #[test]
    fn a_mention_is_relabelled_for_its_own_account_only() {
        let markdown = "[@Sam](w/people/1%3Aa) and [@Sam](w/people/2)";
        assert_eq!(
            label(markdown, "@Sam", "@Kim", "1:a").unwrap(),
            "[@Kim](w/people/1%3Aa) and [@Sam](w/people/2)",
        );
        assert_eq!(
            label("[@7](x) [@7](y)", "@7", "@Kim", "7").unwrap(),
            "[@Kim](x) [@Kim](y)"
        );
        assert_eq!(label("plain @7", "@7", "@Kim", "7"), None);
    }

    #[test]
    fn a_name_in_plain_text_is_replaced_as_a_whole() {
        assert_eq!(
            word("@Sam, @Samuel and a@Sam", "@Sam", "@Kim").unwrap(),
            "@Kim, @Samuel and a@Sam"
        );
        assert_eq!(word("@Samuel", "@Sam", "@Kim"), None);
    }

    #[test]
    fn a_name_cannot_end_its_label() {
        assert_eq!(mention("A](b) *C*\n"), "@A\\](b) \\*C\\* ");
    }
}
