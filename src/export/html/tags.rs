//! The HTML that may stand in Markdown: what our converter writes, and nothing else.
//!
//! Only tags of a known form get through, so a page can say what it likes: there is no attribute that runs, loads or
//! styles anything. All else becomes text, as it stands. Every tag that is opened is closed.

/// Elements, with the attributes they may have.
const KNOWN: [(&str, &[&str]); 21] = [
    ("a", &["id"]),
    ("b", &[]),
    ("br", &[]),
    ("code", &[]),
    ("del", &[]),
    ("details", &[]),
    ("em", &[]),
    ("hr", &[]),
    ("i", &[]),
    ("ins", &[]),
    ("kbd", &[]),
    ("s", &[]),
    ("strong", &[]),
    ("sub", &[]),
    ("summary", &[]),
    ("sup", &[]),
    ("table", &[]),
    ("td", &["colspan", "rowspan"]),
    ("th", &["colspan", "rowspan"]),
    ("tr", &[]),
    ("u", &[]),
];

/// Elements that hold blocks; all others are marks within one.
const BLOCKS: [&str; 5] = ["details", "table", "td", "th", "tr"];

/// Elements that hold nothing.
const VOID: [&str; 2] = ["br", "hr"];

/// What a wide table stands in, so that it scrolls by itself.
pub(super) const FRAME: (&str, &str) = ("<div class=\"table\">", "</div>");

/// Lets the known tags of one text through.
#[derive(Debug, Default)]
pub(super) struct Gate {
    open: Vec<&'static str>,
    /// Whether places in it may be linked to: two texts on one page could have the same.
    pub(super) has_places: bool,
}

/// A tag of a known form.
#[derive(Debug, PartialEq, Eq)]
struct Tag<'h> {
    name: &'static str,
    is_end: bool,
    attributes: Vec<(&'static str, &'h str)>,
}

impl Gate {
    /// A piece of HTML as it may stand in the page. Comments are for who reads the Markdown.
    pub(super) fn pass(&mut self, html: &str) -> String {
        let mut out = String::with_capacity(html.len());
        let mut rest = html;
        while let Some(at) = rest.find(['<', '>']) {
            out.push_str(&rest[..at]);
            rest = &rest[at..];
            if let Some(length) = comment(rest) {
                rest = &rest[length..];
            } else if let Some((tag, length)) = tag(rest).filter(|(tag, _)| self.may_pass(tag)) {
                self.tag(&tag, &mut out);
                rest = &rest[length..];
            } else {
                out.push_str(if rest.starts_with('<') { "&lt;" } else { "&gt;" });
                rest = &rest[1..];
            }
        }
        out.push_str(rest);
        out
    }

    /// The end of the marks that are still open at the end of a block.
    pub(super) fn end_marks(&mut self) -> String {
        let mut out = String::new();
        while let Some(name) = self.open.pop_if(|name| !BLOCKS.contains(name)) {
            end(name, &mut out);
        }
        out
    }

    /// The end of what is still open.
    pub(super) fn close(&mut self) -> String {
        let mut out = String::new();
        while let Some(name) = self.open.pop() {
            end(name, &mut out);
        }
        out
    }

    fn may_pass(&self, tag: &Tag<'_>) -> bool {
        !tag.is_end || self.open.contains(&tag.name)
    }

    fn tag(&mut self, tag: &Tag<'_>, out: &mut String) {
        if tag.is_end {
            while let Some(name) = self.open.pop() {
                end(name, out);
                if name == tag.name {
                    return;
                }
            }
            return;
        }
        if tag.name == "table" {
            out.push_str(FRAME.0);
        }
        out.extend(["<", tag.name]);
        for (name, value) in &tag.attributes {
            if *name != "id" || self.has_places {
                out.extend([" ", name, "=\"", value, "\""]);
            }
        }
        out.push('>');
        if !VOID.contains(&tag.name) {
            self.open.push(tag.name);
        }
    }
}

fn end(name: &str, out: &mut String) {
    out.extend(["</", name, ">"]);
    if name == "table" {
        out.push_str(FRAME.1);
    }
}

/// How long the comment is that the text begins with.
fn comment(text: &str) -> Option<usize> {
    let inside = text.strip_prefix("<!--")?;
    Some("<!--".len() + inside.find("-->")? + "-->".len())
}

/// The known tag that the text begins with, and how long it is.
fn tag(text: &str) -> Option<(Tag<'_>, usize)> {
    let inside = text.strip_prefix('<')?;
    let (is_end, inside) = match inside.strip_prefix('/') {
        Some(inside) => (true, inside),
        None => (false, inside),
    };
    let length = inside
        .find(|c: char| !c.is_ascii_alphanumeric())
        .unwrap_or(inside.len());
    let (name, mut rest) = inside.split_at(length);
    let (name, allowed) = KNOWN.iter().find(|(known, _)| known.eq_ignore_ascii_case(name))?;
    let mut attributes = Vec::new();
    loop {
        let trimmed = rest.trim_start();
        let end = trimmed.strip_prefix("/>").or_else(|| trimmed.strip_prefix('>'));
        if let Some(end) = end {
            let tag = Tag {
                name,
                is_end,
                attributes,
            };
            return Some((tag, text.len() - end.len()));
        }
        if is_end || trimmed.len() == rest.len() {
            return None;
        }
        let (attribute, tail) = attribute(trimmed, allowed)?;
        attributes.push(attribute);
        rest = tail;
    }
}

/// The attribute that the text begins with, in double quotes as we write them, and what follows.
fn attribute<'h>(text: &'h str, allowed: &[&'static str]) -> Option<((&'static str, &'h str), &'h str)> {
    let (name, tail) = text.split_once("=\"")?;
    let (value, tail) = tail.split_once('"')?;
    let name = allowed.iter().find(|known| **known == name)?;
    let is_fit = match *name {
        "id" => !value.contains(['<', '>']),
        // Browsers lay out what they are told; nobody needs more.
        _ => value.parse::<u16>().is_ok_and(|span| (1..=1000).contains(&span)),
    };
    is_fit.then_some(((*name, value), tail))
}

#[cfg(test)]
mod tests {
    use super::Gate;

    fn passed(html: &str) -> String {
        let mut gate = Gate {
            has_places: true,
            ..Gate::default()
        };
        let passed = gate.pass(html);
        passed + &gate.close()
    }

    #[test]
    fn what_our_converter_writes_passes_and_all_else_is_text() {
        for (html, expected) in [
            ("<sub>2</sub>", "<sub>2</sub>"),
            ("a<br>b<br/>c", "a<br>b<br>c"),
            (
                "<a id=\"my &quot;place&quot;\"></a>",
                "<a id=\"my &quot;place&quot;\"></a>",
            ),
            (
                "<table>\n<tr>\n<td colspan=\"2\" rowspan=\"3\">",
                "<div class=\"table\"><table>\n<tr>\n<td colspan=\"2\" rowspan=\"3\"></td></tr></table></div>",
            ),
            (
                "<details>\n<summary>More</summary>",
                "<details>\n<summary>More</summary></details>",
            ),
            ("<!-- confluence:macro {} -->x", "x"),
            ("<td colspan=\"99999\">", "&lt;td colspan=\"99999\"&gt;"),
            (
                "<script>alert(1)</script>",
                "&lt;script&gt;alert(1)&lt;/script&gt;",
            ),
            (
                "<a href=\"javascript:x\">y</a>",
                "&lt;a href=\"javascript:x\"&gt;y&lt;/a&gt;",
            ),
            ("<u onclick=\"x\">y</u>", "&lt;u onclick=\"x\"&gt;y&lt;/u&gt;"),
            ("<u style=\"x\">", "&lt;u style=\"x\"&gt;"),
            ("<a id=\"x\" onclick=\"y\">", "&lt;a id=\"x\" onclick=\"y\"&gt;"),
            ("<a id=\"x\"onclick=\"y\">", "&lt;a id=\"x\"onclick=\"y\"&gt;"),
            ("<img src=\"x\">", "&lt;img src=\"x\"&gt;"),
            ("</main></td>", "&lt;/main&gt;&lt;/td&gt;"),
            ("<!-- never closed", "&lt;!-- never closed"),
            ("<u/onclick=x>", "&lt;u/onclick=x&gt;"),
            ("<", "&lt;"),
            ("</", "&lt;/"),
        ] {
            assert_eq!(passed(html), expected, "{html}");
        }
    }

    #[test]
    fn an_end_closes_what_was_opened_since() {
        assert_eq!(
            passed("<table><tr><td><u>x</td></tr></table>"),
            "<div class=\"table\"><table><tr><td><u>x</u></td></tr></table></div>"
        );
    }
}
