//! Markdown for a terminal: the same lines, dressed so that their meaning shows.
//!
//! Nothing is moved or wrapped, so what is copied from the terminal is still Markdown.

use owo_colors::OwoColorize as _;

/// The text with headings, code and quotations set apart.
pub(super) fn dressed(markdown: &str) -> String {
    let mut fence = None;
    let mut text = String::with_capacity(markdown.len() + markdown.len() / 8);
    for line in markdown.lines() {
        text += &dressed_line(line, &mut fence);
        text.push('\n');
    }
    text
}

/// `fence` is what ends the code block that the line is in, if it is in one.
fn dressed_line(line: &str, fence: &mut Option<String>) -> String {
    let bare = line.trim_start();
    if let Some(end) = fence {
        if bare.trim_end() == end {
            *fence = None;
        }
        return line.cyan().to_string();
    }
    let ticks: String = bare.chars().take_while(|c| *c == '`').collect();
    if ticks.len() >= 3 {
        *fence = Some(ticks);
        return line.cyan().to_string();
    }
    match bare.as_bytes() {
        [b'#', ..] => line.bold().to_string(),
        [b'>', ..] => line.dimmed().to_string(),
        _ => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::dressed;

    #[test]
    fn the_text_stays_as_it_is_below_its_dress() {
        let markdown = "# Title\n\n> said\n\n````\n# no heading\n```\n````\nplain `code`\n";
        let dressed = dressed(markdown);
        assert!(dressed.starts_with("\u{1b}[1m# Title"));
        assert!(dressed.contains("\u{1b}[36m# no heading"));
        assert!(dressed.ends_with("\nplain `code`\n"));
        assert_eq!(anstream::adapter::strip_str(&dressed).to_string(), markdown);
    }
}
