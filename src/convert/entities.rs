//! Named and numeric references.

use std::borrow::Cow;

use html5ever::data::NAMED_ENTITIES;

/// What `&name;` stands for. The names are HTML's, because Confluence writes them all.
pub(super) fn resolve(name: &str) -> Option<Cow<'static, str>> {
    match name.strip_prefix('#') {
        Some(number) => Some(numeric(number)?.to_string().into()),
        None => named(name).map(Cow::Owned),
    }
}

/// The table is `html5ever`'s. The one of `quick_xml` loses a digit of every code point that has three.
fn named(name: &str) -> Option<String> {
    let (first, second) = *NAMED_ENTITIES.get(&format!("{name};"))?;
    let characters = [first, second].into_iter().filter(|code| *code != 0);
    characters.map(char::from_u32).collect()
}

fn numeric(number: &str) -> Option<char> {
    let code = match number.strip_prefix(['x', 'X']) {
        Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16).ok()?,
        None => number.parse().ok()?,
    };
    if code == 0x0d {
        return Some('\n');
    }
    let character = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
    Some(if is_forbidden(character) {
        char::REPLACEMENT_CHARACTER
    } else {
        character
    })
}

/// Control characters that no text should hold; Confluence stores some all the same.
pub(super) fn is_forbidden(character: char) -> bool {
    matches!(character, '\0'..='\x08' | '\x0b' | '\x0c' | '\x0e'..='\x1f' | '\x7f')
}

/// The text with its references resolved; unknown ones stay as they are.
pub(super) fn unescape(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut resolved = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        resolved.push_str(&rest[..at]);
        rest = &rest[at..];
        // The longest name has 31 letters; a semicolon further off belongs to something else.
        let end = rest.bytes().take(40).position(|byte| byte == b';');
        if let Some((end, value)) = end.and_then(|end| Some((end, resolve(&rest[1..end])?))) {
            resolved.push_str(&value);
            rest = &rest[end + 1..];
        } else {
            resolved.push('&');
            rest = &rest[1..];
        }
    }
    resolved.push_str(rest);
    Cow::Owned(resolved)
}

#[cfg(test)]
mod tests {
    use super::{resolve, unescape};

    #[test]
    fn names_and_numbers_are_html_s() {
        for (name, expected) in [
            ("lt", Some("<")),
            ("nbsp", Some("\u{a0}")),
            ("uuml", Some("ü")),
            ("lambda", Some("λ")),
            ("ccaron", Some("č")),
            ("euro", Some("€")),
            ("rarr", Some("→")),
            // Of two characters, and beyond the first plane.
            ("NotEqualTilde", Some("≂\u{338}")),
            ("Afr", Some("𝔄")),
            ("#128231", Some("📧")),
            ("#x1F4E7", Some("📧")),
            ("#0", Some("\u{fffd}")),
            ("#xD800", Some("\u{fffd}")),
            ("nosuch", None),
            ("", None),
            ("#", None),
        ] {
            assert_eq!(resolve(name).as_deref(), expected, "{name:?}");
        }
    }

    #[test]
    fn an_unknown_name_stays_as_it_is() {
        assert_eq!(unescape("a &lt; b &nosuch; &lambda;"), "a < b &nosuch; λ");
    }
}
