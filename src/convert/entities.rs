//! Named and numeric references.

use std::borrow::Cow;

/// What `&name;` stands for. The names are HTML's, because Confluence writes them all.
pub(super) fn resolve(name: &str) -> Option<Cow<'static, str>> {
    match name.strip_prefix('#') {
        Some(number) => Some(numeric(number)?.to_string().into()),
        None => quick_xml::escape::resolve_html5_entity(name).map(Cow::Borrowed),
    }
}

fn numeric(number: &str) -> Option<char> {
    let code = match number.strip_prefix(['x', 'X']) {
        Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16).ok()?,
        None => number.parse().ok()?,
    };
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
