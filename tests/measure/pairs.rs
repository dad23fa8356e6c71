//! Whether two renderings of one page say the same.

/// Markdown in parts: what stands between links, and the links.
#[derive(Debug, PartialEq, Eq)]
enum Part<'a> {
    Text(&'a str),
    /// A link or image by its label; for an address in pointed brackets there is none.
    Link(Option<&'a str>),
}

/// Where two renderings first differ, link targets aside.
///
/// `adf` has no label for a card, and for a file without a description only the id of its storage.
pub(crate) fn difference(storage: &str, adf: &str) -> Option<String> {
    let (one, two) = (parts(storage), parts(adf));
    let differ = one.iter().zip(&two).find(|(one, two)| !says_the_same(one, two));
    match differ {
        Some((one, two)) => Some(format!("{one:?} against {two:?}")),
        None if one.len() != two.len() => Some(format!("{} against {} parts", one.len(), two.len())),
        None => None,
    }
}

fn says_the_same(storage: &Part<'_>, adf: &Part<'_>) -> bool {
    match (storage, adf) {
        (Part::Link(_), Part::Link(None)) => true,
        (Part::Link(_), Part::Link(Some(label))) if is_file_id(label) => true,
        _ => storage == adf,
    }
}

fn is_file_id(label: &str) -> bool {
    label.len() == 36 && label.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
}

fn parts(markdown: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = markdown;
    while let Some((text, link, tail)) = next_link(rest) {
        parts.push(Part::Text(text));
        parts.push(Part::Link(link));
        rest = tail;
    }
    parts.push(Part::Text(rest));
    parts
}

/// The text before the next link, its label, and what follows it.
fn next_link(markdown: &str) -> Option<(&str, Option<&str>, &str)> {
    let bytes = markdown.as_bytes();
    let mut opening = None;
    for (at, byte) in bytes.iter().enumerate() {
        let is_escaped = at > 0 && bytes[at - 1] == b'\\';
        match byte {
            b'[' if !is_escaped => opening = Some(at),
            b']' if bytes.get(at + 1) == Some(&b'(') && !is_escaped => {
                let start = opening?;
                let end = at + markdown[at..].find(')')?;
                return Some((
                    &markdown[..start],
                    Some(&markdown[start + 1..at]),
                    &markdown[end + 1..],
                ));
            }
            b'<' if markdown[at..].starts_with("<http") => {
                let end = at + markdown[at..].find('>')?;
                return Some((&markdown[..at], None, &markdown[end + 1..]));
            }
            _ => {}
        }
    }
    None
}
