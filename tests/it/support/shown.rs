//! What the documents show is what the program prints, but for numbers and times. `UPDATE_DOCS=1` writes it anew.

use std::env;
use std::fs;
use std::path::Path;

/// Compares what was printed with what `docs/operation.md` shows under the comment `<!-- name -->`.
#[expect(clippy::disallowed_methods, reason = "asked by whoever runs the tests")]
pub(crate) fn is_shown(name: &str, printed: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/operation.md");
    let document = fs::read_to_string(&path).unwrap();
    let opening = format!("<!-- {name} -->\n\n```text\n");
    let (before, rest) = document
        .split_once(&opening)
        .unwrap_or_else(|| panic!("docs/operation.md shows no {name}"));
    let (shown, after) = rest.split_once("```\n").unwrap();
    let printed = format!("{}\n", printed.trim_end());
    if env::var_os("UPDATE_DOCS").is_some() {
        fs::write(path, format!("{before}{opening}{printed}```\n{after}")).unwrap();
        return;
    }
    assert_eq!(
        form(shown),
        form(&printed),
        "docs/operation.md shows another {name}"
    );
}

/// A text without what is different at each look: numbers, with what hangs on them, and how long ago something was.
fn form(text: &str) -> String {
    text.lines().map(|line| form_of_line(line) + "\n").collect()
}

fn form_of_line(line: &str) -> String {
    let mut words: Vec<String> = line.split(' ').map(form_of_word).collect();
    words.dedup_by(|next, word| next == "N" && word == "N");
    let mut line = words.join(" ");
    for span in ["N UNIT ago", "in N UNIT", "now"] {
        line = line.replace(span, "THEN");
    }
    line
}

fn form_of_word(word: &str) -> String {
    const UNITS: [&str; 8] = [
        "second", "seconds", "minute", "minutes", "hour", "hours", "day", "days",
    ];
    const SIZES: [&str; 3] = ["KiB", "MiB", "GiB"];
    const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    let bare = word.trim_end_matches([',', ';', ')', '"']);
    let end = &word[bare.len()..];
    if UNITS.contains(&bare) {
        return format!("UNIT{end}");
    }
    if SIZES.contains(&bare) || DAYS.contains(&bare) {
        return format!("N{end}");
    }
    let mut form = String::new();
    let mut is_number = false;
    for letter in word.chars() {
        let goes_on = letter.is_ascii_alphanumeric() || ".:+%-".contains(letter);
        is_number = if is_number {
            goes_on
        } else {
            letter.is_ascii_digit()
        };
        match (is_number, form.ends_with('N')) {
            (true, true) => {}
            (true, false) => form.push('N'),
            (false, _) => form.push(letter),
        }
    }
    form
}

#[test]
fn only_numbers_and_times_may_differ() {
    let same = [
        (
            "refreshed now, next in 14 hours",
            "refreshed 1 second ago, next in 1 day",
        ),
        ("Memory: 19.7M (max: 512.0M)", "Memory: 7.1M (max: 1.0G)"),
        ("disk: 23.5 GiB left", "disk: 801 MiB left"),
        (
            "grant=\"client-1_712020-df2d98c3\"} 89.6",
            "grant=\"client-1_712020-0\"} 1e-05",
        ),
    ];
    for (one, other) in same {
        assert_eq!(form(one), form(other));
    }
    assert_ne!(form("3 added"), form("3 changed"));
    assert_ne!(form("ok    disk: 1 GiB left"), form("warn  disk: 1 GiB left"));
}
