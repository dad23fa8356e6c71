//! Names of files and folders: safe on Linux, macOS and Windows, whatever something is called on the site.
//!
//! Every name ends with the id of what it stands for, `On-call-65930.md`. So names are unique however a file system
//! compares them, and a name never depends on which siblings there are.

use super::digest;

/// Longest part of a name that comes from a title, in bytes. Room is left for the id, and for the 255 bytes or the 260
/// characters of a whole path that systems allow.
const LONGEST_TITLE: usize = 80;
/// Longest file extension that is kept.
const LONGEST_EXTENSION: usize = 12;
/// More digits than any id has.
const LONGEST_ID: usize = 20;

/// The name of a page, without extension; also that of the folder for what hangs under it.
pub(super) fn of_page(title: &str, id: &str) -> String {
    join(&readable(title), &token(id))
}

/// The name of an attachment. Pages and attachments can lie in one folder: their ids look different.
pub(super) fn of_attachment(title: &str, id: &str) -> String {
    let token = format!("att{}", token(id.strip_prefix("att").unwrap_or(id)));
    let (stem, extension) = match title.rsplit_once('.') {
        Some((stem, extension)) if is_extension(extension) => (stem, Some(extension)),
        _ => (title, None),
    };
    let name = join(&readable(stem), &token);
    match extension {
        Some(extension) => format!("{name}.{extension}"),
        None => name,
    }
}

/// The name of a space's folder: its key, unless that is no safe name or not its alone.
pub(super) fn of_space(key: &str, id: &str, is_shared: bool) -> String {
    let is_plain = !key.is_empty()
        && key.len() <= LONGEST_TITLE
        && key
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'~')
        && !is_device(key);
    if is_plain && !is_shared {
        key.to_owned()
    } else {
        let readable = readable(key);
        let name = if readable.is_empty() { "space" } else { &readable };
        join(name, &token(id))
    }
}

/// The name of a site's folder. A host name holds nothing unsafe, but may begin like a device.
pub(super) fn of_site(domain: &str) -> String {
    match domain.split('.').next() {
        Some(label) if is_device(label) => format!("_{domain}"),
        _ => domain.to_owned(),
    }
}

fn join(readable: &str, token: &str) -> String {
    if readable.is_empty() {
        token.to_owned()
    } else {
        format!("{readable}-{token}")
    }
}

/// An id as a part of a name: ids are digits, and what is not is replaced by its digest.
fn token(id: &str) -> String {
    if !id.is_empty() && id.len() <= LONGEST_ID && id.bytes().all(|byte| byte.is_ascii_digit()) {
        return id.to_owned();
    }
    let digest = digest::of(id.as_bytes());
    format!("x{}", &digest[..LONGEST_ID])
}

fn is_extension(text: &str) -> bool {
    (1..=LONGEST_EXTENSION).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// What is left of a title when everything is gone that some system, or a link, cannot have in a name.
fn readable(title: &str) -> String {
    let mut out = String::new();
    for c in title.chars().filter(|c| !is_invisible(*c)) {
        let c = if is_unsafe(c) { '-' } else { c };
        let is_repeated = matches!(c, ' ' | '-') && out.ends_with(c);
        if out.len() + c.len_utf8() > LONGEST_TITLE {
            break;
        }
        if !is_repeated {
            out.push(c);
        }
    }
    // A name that begins with a dot is hidden, with a dash an option; Windows drops dots and spaces at the end.
    let is_edge = |c: char| matches!(c, ' ' | '.' | '-');
    out.trim_start_matches(is_edge)
        .trim_end_matches(is_edge)
        .to_owned()
}

/// Windows keeps the first row for itself; `#`, `^`, `[` and `]` mean something in the links of Obsidian.
fn is_unsafe(c: char) -> bool {
    matches!(
        c,
        '<' | '>' | ':' | '"' | '/' | '\\' | '|' | '?' | '*' | '#' | '^' | '[' | ']'
    ) || c.is_control()
        || (c.is_whitespace() && c != ' ')
}

/// What has no width, or turns the direction of text. The joiner stays: emoji are made with it.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e000}'..='\u{f8ff}')
}

/// Names that Windows gives to devices, whatever extension follows.
fn is_device(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    let numbered = name.strip_prefix("COM").or_else(|| name.strip_prefix("LPT"));
    matches!(
        name.as_str(),
        "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$"
    ) || numbered
        .is_some_and(|number| matches!(number, "0" | "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9"))
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::{any, prop, prop_assert, prop_assert_eq, proptest};

    use super::{of_attachment, of_page, of_site, of_space};

    #[test]
    fn a_title_becomes_a_name() {
        for (title, expected) in [
            ("On-call rota", "On-call rota-7"),
            ("a/b\\c:d*e?f\"g<h>i|j", "a-b-c-d-e-f-g-h-i-j-7"),
            ("../../etc/passwd", "etc-passwd-7"),
            ("CON", "CON-7"),
            ("  .. -x-.. ", "x-7"),
            ("", "7"),
            ("...", "7"),
            ("line\r\nbreak\ttab", "line-break-tab-7"),
            ("Roadmap 🚀 👩‍👩‍👧", "Roadmap 🚀 👩‍👩‍👧-7"),
            ("evil\u{202e}gpj.exe", "evilgpj.exe-7"),
            ("[[x]] #1 ^a", "x- -1 -a-7"),
            ("会議室", "会議室-7"),
            ("50% (half)", "50% (half)-7"),
        ] {
            assert_eq!(of_page(title, "7"), expected, "{title:?}");
        }
    }

    #[test]
    fn an_attachment_keeps_its_extension() {
        for (title, id, expected) in [
            ("plan.v2.PDF", "att12", "plan.v2-att12.PDF"),
            ("NUL.txt", "att12", "NUL-att12.txt"),
            ("Makefile", "att12", "Makefile-att12"),
            (".bashrc", "att12", "att12.bashrc"),
            ("a.not an ext", "att12", "a.not an ext-att12"),
            ("..", "att12", "att12"),
            ("x.md", "12", "x-att12.md"),
        ] {
            assert_eq!(of_attachment(title, id), expected, "{title:?}");
        }
    }

    #[test]
    fn a_space_is_called_by_its_key_where_that_is_safe() {
        assert_eq!(of_space("ENG", "9", false), "ENG");
        assert_eq!(of_space("~712020abc", "9", false), "~712020abc");
        assert_eq!(of_space("ENG", "9", true), "ENG-9");
        assert_eq!(of_space("nul", "9", false), "nul-9");
        assert_eq!(of_space("../x", "9", false), "x-9");
        assert_eq!(of_site("con.example.com"), "_con.example.com");
    }

    fn is_safe(name: &str) -> bool {
        let stem = name.split('.').next().unwrap_or_default();
        !name.is_empty()
            && name.len() <= 128
            && !name.starts_with(['.', '-', ' '])
            && !name.ends_with(['.', ' '])
            && !super::is_device(stem)
            && !name.contains(|c: char| c.is_control() || "<>:\"/\\|?*".contains(c))
    }

    proptest! {
        #[test]
        fn every_name_is_safe_everywhere(title in any::<String>(), id in "[0-9]{1,12}|.{0,30}") {
            for name in [of_page(&title, &id), of_attachment(&title, &id), of_space(&title, &id, false)] {
                prop_assert!(is_safe(&name), "{:?}", name);
            }
        }

        #[test]
        fn no_two_things_share_a_name_however_it_is_compared(
            things in prop::collection::vec(("[aAéÉßſK. /]{0,4}|.{0,90}", 0_u32..40), 1..40)
        ) {
            let mut names: HashMap<String, (u32, bool)> = HashMap::new();
            for (title, id) in things {
                let of = [
                    (of_page(&title, &id.to_string()), (id, false)),
                    (of_attachment(&title, &format!("att{id}")), (id, true)),
                ];
                for (name, thing) in of {
                    let compared = name.to_uppercase().to_lowercase();
                    prop_assert_eq!(*names.entry(compared).or_insert(thing), thing);
                }
            }
        }
    }
}
