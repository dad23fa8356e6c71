//! Emoticons as characters.

use html2md::Handle;

use super::tree;

/// What Confluence's first emoticons look like. `blue-star` is also the stand-in name of every later one.
const BY_NAME: [(&str, &str); 21] = [
    ("smile", "🙂"),
    ("sad", "🙁"),
    ("cheeky", "😛"),
    ("laugh", "😀"),
    ("wink", "😉"),
    ("thumbs-up", "👍"),
    ("thumbs-down", "👎"),
    ("tick", "✅"),
    ("cross", "❌"),
    ("warning", "⚠"),
    ("information", "ℹ"),
    ("plus", "➕"),
    ("minus", "➖"),
    ("question", "❓"),
    ("light-on", "💡"),
    ("light-off", "🚫"),
    ("yellow-star", "⭐"),
    ("red-star", "❤️"),
    ("green-star", "💚"),
    ("heart", "❤️"),
    ("broken-heart", "💔"),
];

/// Atlassian's own, which have no code points as their id.
const BY_SHORT_NAME: [(&str, &str); 8] = [
    (":check_mark:", "✅"),
    (":cross_mark:", "❌"),
    (":light_bulb_on:", "💡"),
    (":question_mark:", "❓"),
    (":plus:", "➕"),
    (":minus:", "➖"),
    (":info:", "ℹ️"),
    (":warning:", "⚠️"),
];

/// What is known about an emoticon.
pub(super) struct Emoticon<'a> {
    pub(super) fallback: &'a str,
    pub(super) id: &'a str,
    pub(super) name: &'a str,
    pub(super) short_name: &'a str,
}

/// The characters of an `ac:emoticon`.
pub(super) fn of_element(node: &Handle) -> String {
    let attr = |name| tree::attr(node, name).unwrap_or_default();
    let (fallback, id) = (attr("ac:emoji-fallback"), attr("ac:emoji-id"));
    let (name, short_name) = (attr("ac:name"), attr("ac:emoji-shortname"));
    Emoticon {
        fallback: &fallback,
        id: &id,
        name: &name,
        short_name: &short_name,
    }
    .characters()
}

impl Emoticon<'_> {
    /// The characters, or the short name where there are none.
    pub(super) fn characters(&self) -> String {
        if !self.fallback.is_empty() && !is_short_name(self.fallback) {
            return self.fallback.to_owned();
        }
        code_points(self.id)
            .or_else(|| find(&BY_SHORT_NAME, self.short_name))
            .or_else(|| find(&BY_SHORT_NAME, self.fallback))
            .or_else(|| find(&BY_NAME, self.name))
            .or_else(|| self.is_plain_blue_star().then(|| "💙".to_owned()))
            .unwrap_or_else(|| self.spelled())
    }

    fn is_plain_blue_star(&self) -> bool {
        self.name == "blue-star" && self.id.is_empty() && self.short_name.is_empty()
    }

    fn spelled(&self) -> String {
        match [self.short_name, self.fallback]
            .into_iter()
            .find(|name| !name.is_empty())
        {
            Some(name) => name.to_owned(),
            None if self.name.is_empty() => String::new(),
            None => format!(":{}:", self.name),
        }
    }
}

fn is_short_name(text: &str) -> bool {
    text.len() > 2 && text.starts_with(':') && text.ends_with(':')
}

/// `1f1e9-1f1ea` as characters.
fn code_points(id: &str) -> Option<String> {
    let is_code = |part: &str| (4..=6).contains(&part.len()) || part == "a9" || part == "ae";
    id.split('-')
        .map(|part| {
            u32::from_str_radix(part, 16)
                .ok()
                .filter(|_| is_code(part))
                .and_then(char::from_u32)
        })
        .collect()
}

fn find(table: &[(&str, &str)], wanted: &str) -> Option<String> {
    table
        .iter()
        .find(|(name, _)| *name == wanted)
        .map(|(_, characters)| (*characters).to_owned())
}
