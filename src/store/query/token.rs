//! The pieces of what a person types.

/// A piece of the input.
#[derive(Debug)]
pub(super) enum Token<'a> {
    Or,
    Text(Text<'a>),
}

/// A word, a phrase, or either after a name and a colon.
#[derive(Debug)]
pub(super) struct Text<'a> {
    pub(super) name: Option<&'a str>,
    pub(super) value: &'a str,
    /// As typed, with the name.
    pub(super) whole: &'a str,
    pub(super) is_excluded: bool,
    pub(super) is_prefix: bool,
}

/// The pieces, in order. Whatever is typed has some meaning.
pub(super) fn tokens(typed: &str) -> impl Iterator<Item = Token<'_>> {
    let mut rest = typed;
    std::iter::from_fn(move || {
        rest = rest.trim_start();
        let (token, tail) = token(rest)?;
        rest = tail;
        Some(token)
    })
}

/// The first piece of the input, and what follows it.
fn token(input: &str) -> Option<(Token<'_>, &str)> {
    if input.is_empty() {
        return None;
    }
    let (is_excluded, input) = match input.strip_prefix('-') {
        Some(tail) if !tail.starts_with(char::is_whitespace) => (true, tail),
        _ => (false, input),
    };
    let (name, value) = named(input);
    let (text, tail) = match value.strip_prefix('"') {
        Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
        None => value.split_at(
            value
                .find(|c: char| c.is_whitespace() || c == '"')
                .unwrap_or(value.len()),
        ),
    };
    if text == "OR" && name.is_none() && !is_excluded && !input.starts_with('"') {
        return Some((Token::Or, tail));
    }
    let whole = match name {
        Some(_) => &input[..input.len() - tail.len()],
        None => text,
    };
    let (is_prefix, tail) = match tail.strip_prefix('*') {
        Some(tail) => (true, tail),
        None => (text.ends_with('*'), tail),
    };
    let text = Text {
        name,
        value: text,
        whole,
        is_excluded,
        is_prefix,
    };
    Some((Token::Text(text), tail))
}

/// The name before the first colon, and what stands behind it, if that can be the name of a filter.
fn named(input: &str) -> (Option<&str>, &str) {
    match input.split_once(':') {
        Some((name, value)) if !name.is_empty() && name.chars().all(|c| c.is_ascii_alphabetic()) => {
            (Some(name), value)
        }
        _ => (None, input),
    }
}
