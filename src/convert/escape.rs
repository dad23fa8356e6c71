//! Keeps text text: the escaping of the output dialect.

use std::borrow::Cow;

/// What decides how text is escaped.
#[derive(Clone, Copy, Debug)]
pub(super) struct Surroundings {
    /// Nothing but delimiters stands before it on its line.
    pub(super) begins_line: bool,
    /// Inside a link's text, where no other link may begin.
    pub(super) is_in_link: bool,
}

/// Adds text so that it reads as itself.
pub(super) fn text(out: &mut String, text: &str, surroundings: Surroundings) {
    let mut rest = text;
    let begin = out.len();
    if let Some(at) = line_start(text).filter(|_| surroundings.begins_line) {
        out.extend([&text[..at], "\\", &text[at..=at]]);
        rest = &text[at + 1..];
    }
    while let Some(at) = rest.bytes().position(is_special) {
        out.push_str(&rest[..at]);
        rest = special(out, begin, &rest[at..], surroundings);
    }
    out.push_str(rest);
}

/// The text of a link as it stands in Markdown.
pub(super) fn label(label: &str) -> String {
    let mut out = String::new();
    let surroundings = Surroundings {
        begins_line: false,
        is_in_link: true,
    };
    text(&mut out, label, surroundings);
    out
}

fn is_special(byte: u8) -> bool {
    matches!(
        byte,
        b'\\' | b'`' | b'*' | b'[' | b']' | b'~' | b'_' | b'<' | b'&' | b':'
    )
}

/// Writes the special character that `rest` begins with, and returns what follows it. The run of text begins at
/// `begin`.
fn special<'a>(out: &mut String, begin: usize, rest: &'a str, surroundings: Surroundings) -> &'a str {
    let (sign, tail) = rest.split_at(1);
    match sign {
        ":" if !surroundings.is_in_link => {
            if let Some(tail) = bare_url(out, begin, rest) {
                return tail;
            }
            out.push(':');
        }
        "<" if begins_html(tail) => out.push_str("&lt;"),
        "&" if is_entity(rest) => out.push_str("&amp;"),
        ":" | "<" | "&" => out.push_str(sign),
        "_" if is_within_word(out, tail) => out.push('_'),
        _ => out.extend(["\\", sign]),
    }
    tail
}

fn is_within_word(out: &str, tail: &str) -> bool {
    out.chars().next_back().is_some_and(char::is_alphanumeric)
        && tail.chars().next().is_some_and(char::is_alphanumeric)
}

/// `<` at the end of a run counts: what follows in the next run is not known here.
fn begins_html(tail: &str) -> bool {
    tail.chars()
        .next()
        .is_none_or(|next| next.is_ascii_alphabetic() || matches!(next, '/' | '!' | '?'))
}

/// Whether the text begins with something that reads as a reference.
fn is_entity(text: &str) -> bool {
    let Some(end) = text.bytes().take(40).position(|byte| byte == b';') else {
        return false;
    };
    let name = &text.as_bytes()[1..end];
    let name = name.strip_prefix(b"#").unwrap_or(name);
    !name.is_empty() && name.iter().all(u8::is_ascii_alphanumeric)
}

/// Writes an address in pointed brackets, so that nothing in it reads as Markdown. `rest` begins at the colon behind
/// the scheme, which is written already: in this run, or a mark would begin or end within the address.
fn bare_url<'a>(out: &mut String, begin: usize, rest: &'a str) -> Option<&'a str> {
    let scheme = ["https", "http", "ftp"]
        .into_iter()
        .find(|scheme| out.ends_with(scheme))?;
    let start = out.len() - scheme.len();
    let is_word = out[..start]
        .chars()
        .next_back()
        .is_some_and(|before| before.is_alphanumeric() || before == '<');
    if is_word || start < begin || !rest.starts_with("://") {
        return None;
    }
    let ends = |c: char| !c.is_ascii_graphic() || matches!(c, '<' | '>' | '"' | '`' | '|' | '\\');
    let url = &rest[..rest.find(ends).unwrap_or(rest.len())];
    let url = trim_sentence(url);
    // `https://{host}/` is a pattern for addresses, and leads nowhere.
    if !url["://".len()..].starts_with(|first: char| first.is_ascii_alphanumeric() || first == '[') {
        return None;
    }
    out.insert(start, '<');
    out.push_str(url);
    out.push('>');
    Some(&rest[url.len()..])
}

/// Cuts the punctuation that belongs to the sentence around an address.
fn trim_sentence(url: &str) -> &str {
    let mut url = url;
    loop {
        let trimmed = url.trim_end_matches(['.', ',', ';', ':', '!', '?', '\'', '*', '_', '~', ']', '[']);
        let closes_nothing =
            trimmed.ends_with(')') && trimmed.matches(')').count() > trimmed.matches('(').count();
        let trimmed = if closes_nothing {
            &trimmed[..trimmed.len() - 1]
        } else {
            trimmed
        };
        if trimmed.len() == url.len() {
            return url;
        }
        url = trimmed;
    }
}

/// Where a line needs a backslash lest it begin a list, heading, quote, rule or table.
fn line_start(text: &str) -> Option<usize> {
    let first = text.bytes().next()?;
    let is_marker = |length: usize| matches!(text.as_bytes().get(length), None | Some(b' '));
    match first {
        b'#' => {
            let hashes = text.bytes().take_while(|&byte| byte == b'#').count();
            (hashes <= 6 && is_marker(hashes)).then_some(0)
        }
        b'>' => Some(0),
        b'+' if is_marker(1) => Some(0),
        b'-' if is_marker(1) || is_table_rule(text) => Some(0),
        b':' | b'|' if is_table_rule(text) => Some(0),
        b'=' if text.bytes().all(|byte| matches!(byte, b'=' | b' ')) => Some(0),
        b'0'..=b'9' => {
            let digits = text.bytes().take_while(u8::is_ascii_digit).count();
            let is_item = matches!(text.as_bytes().get(digits), Some(b'.' | b')')) && is_marker(digits + 1);
            (digits <= 9 && is_item).then_some(digits)
        }
        _ => None,
    }
}

/// A line of these makes the line before it a table's header, or a heading.
fn is_table_rule(line: &str) -> bool {
    line.contains('-') && line.bytes().all(|byte| matches!(byte, b'|' | b':' | b'-' | b' '))
}

/// Escapes the run of `#` that a heading would lose at its end.
pub(super) fn closing_hashes(heading: String) -> String {
    let start = heading.trim_end_matches('#').len();
    let is_closing = start < heading.len() && (start == 0 || heading[..start].ends_with(' '));
    if is_closing {
        format!("{}\\{}", &heading[..start], &heading[start..])
    } else {
        heading
    }
}

/// Adds a code span, its fence longer than any run of backticks inside.
pub(super) fn code_span(out: &mut String, code: &str) {
    let code = code.replace('\n', " ");
    let fence = "`".repeat(longest_run(&code, b'`') + 1);
    let is_padded = code.starts_with(' ') && code.ends_with(' ') && !code.trim_matches(' ').is_empty();
    let pad = if code.starts_with('`') || code.ends_with('`') || is_padded {
        " "
    } else {
        ""
    };
    out.extend([fence.as_str(), pad, &code, pad, &fence]);
}

/// How long the longest run of `wanted` is.
pub(super) fn longest_run(text: &str, wanted: u8) -> usize {
    text.split(|c: char| c != char::from(wanted))
        .map(str::len)
        .max()
        .unwrap_or(0)
}

/// A link target for between parentheses.
pub(super) fn target(url: &str) -> String {
    let url = url.trim();
    let is_balanced = are_parentheses_balanced(url);
    let mut out = String::with_capacity(url.len());
    for (at, character) in url.char_indices() {
        match character {
            '&' if is_entity(&url[at..]) => out.push_str("&amp;"),
            '(' | ')' if !is_balanced => out.extend(['\\', character]),
            '<' | '>' | '\\' | '|' | '`' | '[' | ']' => push_encoded(&mut out, character),
            _ if character.is_whitespace() || character.is_control() => push_encoded(&mut out, character),
            _ => out.push(character),
        }
    }
    out
}

fn push_encoded(out: &mut String, character: char) {
    let mut bytes = [0; 4];
    for byte in character.encode_utf8(&mut bytes).bytes() {
        out.push_str(percent_encoding::percent_encode_byte(byte));
    }
}

fn are_parentheses_balanced(url: &str) -> bool {
    let mut depth = 0_u32;
    for byte in url.bytes() {
        match byte {
            b'(' => depth += 1,
            b')' if depth == 0 => return false,
            b')' => depth -= 1,
            _ => {}
        }
        // CommonMark promises no more than 32 levels.
        if depth > 30 {
            return false;
        }
    }
    depth == 0
}

/// A link title for between quotes.
pub(super) fn title(text: &str) -> String {
    backslashed(text, &['"', '\\', '`'])
}

/// The description of an image.
pub(super) fn alt(text: &str) -> String {
    backslashed(text, &['"', '[', ']', '\\', '`', '*', '_', '<', '&', '~'])
}

fn backslashed(text: &str, special: &[char]) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.split_whitespace().collect::<Vec<_>>().join(" ").chars() {
        if special.contains(&character) {
            out.push('\\');
        }
        out.push(character);
    }
    out
}

/// Text for inside an HTML element.
pub(super) fn html(text: &str) -> Cow<'_, str> {
    if !text.contains(['&', '<', '>', '"']) {
        return Cow::Borrowed(text);
    }
    let text = text
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    Cow::Owned(text.replace('"', "&quot;"))
}
