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
        // Two people can share a name, but not an id.
        if from.contains(account) || is_about(&markdown[start + opening.len()..], account) {
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
    let is_word = |neighbour: Option<char>| neighbour.is_some_and(char::is_alphanumeric);
    let is_whole = |start: &usize| {
        let (before, behind) = (&text[..*start], &text[start + from.len()..]);
        !is_word(before.chars().next_back()) && !is_word(behind.chars().next())
    };
    replaced(text, places(text, from).into_iter().filter(is_whole), from, to)
}

/// Puts `to` in place of `from` in the plain text of a page, where its Markdown has a label of `account`'s. Nothing if the two
/// do not say the name equally often: then nobody can tell which is whose.
pub(super) fn spoken(text: &str, from: &str, to: &str, labels: Labels<'_>) -> Option<String> {
    let Labels {
        markdown,
        label,
        account,
    } = labels;
    let is_theirs = |at: usize| {
        let behind = markdown[at + label.len()..].strip_prefix("](");
        markdown[..at].ends_with('[') && behind.is_some_and(|address| is_about(address, account))
    };
    let (said, written) = (places(text, from), places(markdown, label));
    if said.len() != written.len() {
        return None;
    }
    let both = said.into_iter().zip(written);
    replaced(
        text,
        both.filter(|(_, at)| is_theirs(*at)).map(|(at, _)| at),
        from,
        to,
    )
}

fn places(text: &str, wanted: &str) -> Vec<usize> {
    text.match_indices(wanted).map(|(start, _)| start).collect()
}

/// The mentions of someone in a page.
#[derive(Clone, Copy)]
pub(super) struct Labels<'a> {
    pub(super) markdown: &'a str,
    /// What they are called there.
    pub(super) label: &'a str,
    pub(super) account: &'a str,
}

fn replaced(text: &str, places: impl Iterator<Item = usize>, from: &str, to: &str) -> Option<String> {
    let mut rewritten = String::with_capacity(text.len());
    let mut done = 0;
    for start in places {
        rewritten.push_str(&text[done..start]);
        rewritten.push_str(to);
        done = start + from.len();
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

/// Whether the address that the Markdown begins with is `account`'s.
fn is_about(markdown: &str, account: &str) -> bool {
    let address = markdown.split([')', '\n']).next().unwrap_or_default();
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
    use super::{Labels, destination, label, mention, spoken, word};

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
    fn of_two_people_of_one_name_the_right_one_is_replaced_in_plain_text() {
        let labels = Labels {
            markdown: "[@Sam](w/people/1), @Sam, [@Sam](w/people/2)さん",
            label: "@Sam",
            account: "2",
        };
        assert_eq!(
            spoken("@Sam, @Sam, @Samさん", "@Sam", "@Kim", labels).unwrap(),
            "@Sam, @Sam, @Kimさん"
        );
        assert_eq!(spoken("@Sam, @Sam", "@Sam", "@Kim", labels), None);
    }

    #[test]
    fn a_name_cannot_end_its_label() {
        assert_eq!(mention("A](b) *C*\n"), "@A\\](b) \\*C\\* ");
    }
}
