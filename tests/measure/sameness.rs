//! Whether two pages of HTML are the same: to a browser's parser, or to a reader.

use html5ever::driver::ParseOpts;
use html5ever::tendril::TendrilSink;
use html5ever::{Attribute, parse_document};
use markup5ever_rcdom::{Handle, NodeData, RcDom};

/// The page's tree of elements, attributes and text, as a text that is equal for equal trees.
///
/// Left out is only what Markdown leaves to chance: how much white space stands between words, and whether there is
/// some beside the tags of a block; and comments.
pub(crate) fn tree(html: &str) -> String {
    described(html, &Tree)
}

/// What a reader sees of the page, as a text that is equal for pages that look the same.
///
/// Left out is:
/// - how much white space stands between words, and that between blocks: browsers show one space, or none;
/// - whether bold, italic or struck text is so once or twice: it looks the same;
/// - elements without a look of their own, such as `div`, `span` and `tbody`. That a paragraph in a list or cell stands
///   on its own shows in nothing but the distance of its lines;
/// - elements without content, rules, images, items and cells aside: they are nothing but distance. That goes for a row of
///   nothing but empty cells too, such as the header that GitHub's tables must have;
/// - scripts, styles and comments: nobody sees them;
/// - the percent-encoding of an address: it leads to the same place;
/// - attributes that are not in [`attribute`]'s list.
pub(crate) fn meaning(html: &str) -> String {
    described(html, &Meaning)
}

fn described(html: &str, how: &dyn Describe) -> String {
    let dom = parse_document(RcDom::default(), ParseOpts::default()).one(html);
    let mut out = String::new();
    describe(&dom.document, how, &mut Vec::new(), &mut out);
    out.trim_matches([' ', '\n']).to_owned()
}

/// What to write of an element.
trait Describe {
    /// Writes an element with its content described already; `open` are the names of the elements around.
    fn element(&self, node: &Handle, open: &[String], inside: &str, out: &mut String);
}

/// Elements that stand on lines of their own and look like something.
const TELLING_BLOCKS: [&str; 15] = [
    "ul",
    "ol",
    "li",
    "blockquote",
    "pre",
    "hr",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "tr",
    "td",
    "th",
];

/// Whether an element stands on lines of its own.
fn is_block(name: &str) -> bool {
    let is_plain = matches!(
        name,
        "html" | "head" | "body" | "table" | "thead" | "tbody" | "tfoot" | "p" | "div"
    );
    is_plain || TELLING_BLOCKS.contains(&name)
}

/// Whether an element looks like something.
fn is_telling(name: &str) -> bool {
    let is_inline = matches!(
        name,
        "strong"
            | "em"
            | "del"
            | "code"
            | "a"
            | "img"
            | "u"
            | "sub"
            | "sup"
            | "kbd"
            | "small"
            | "mark"
            | "textarea"
            | "input"
    );
    is_inline || TELLING_BLOCKS.contains(&name)
}

fn describe(node: &Handle, how: &dyn Describe, open: &mut Vec<String>, out: &mut String) {
    match &node.data {
        NodeData::Text { contents } if open.iter().any(|name| name == "pre") => {
            out.push_str(&contents.borrow());
        }
        NodeData::Text { contents } => push_collapsed(&contents.borrow(), out),
        NodeData::Element { name, .. } => {
            let name = &*name.local;
            let mut inside = String::new();
            open.push(name.to_owned());
            children(node, how, open, &mut inside);
            open.pop();
            let is_block = is_block(name) || name == "br";
            if is_block {
                break_line(out);
            }
            how.element(node, open, &inside, out);
            if is_block {
                break_line(out);
            }
        }
        _ => children(node, how, open, out),
    }
}

fn children(node: &Handle, how: &dyn Describe, open: &mut Vec<String>, out: &mut String) {
    for child in node.children.borrow().iter() {
        describe(child, how, open, out);
    }
}

struct Tree;

impl Describe for Tree {
    fn element(&self, node: &Handle, _open: &[String], inside: &str, out: &mut String) {
        let NodeData::Element { name, attrs, .. } = &node.data else {
            return;
        };
        let name = &*name.local;
        let mut attrs: Vec<String> = attrs
            .borrow()
            .iter()
            .map(|attr| format!(" {}={:?}", &*attr.name.local, &*attr.value))
            .collect();
        attrs.sort();
        let inside = if is_block(name) && name != "pre" {
            inside.trim_matches([' ', '\n'])
        } else {
            inside
        };
        out.extend(["<", name, &attrs.concat(), ">", inside, "</", name, ">"]);
    }
}

struct Meaning;

impl Describe for Meaning {
    fn element(&self, node: &Handle, open: &[String], inside: &str, out: &mut String) {
        let NodeData::Element { name, attrs, .. } = &node.data else {
            return;
        };
        let name = look(&name.local);
        let attrs: String = attrs.borrow().iter().filter_map(attribute).collect();
        let is_repeated =
            matches!(name, "strong" | "em" | "del") && open.iter().any(|outer| look(outer) == name);
        let can_be_empty = matches!(name, "hr" | "img" | "li" | "td" | "th" | "input");
        let is_empty = inside
            .replace("<td></td>", "")
            .replace("<th></th>", "")
            .trim()
            .is_empty()
            && !can_be_empty;
        if matches!(name, "script" | "style") {
            return;
        }
        let blank = [' ', '\n'];
        let (is_block, is_code) = (is_block(name), name == "pre");
        if inside.starts_with(blank) && !is_block {
            push_collapsed(" ", out);
        }
        let text = if is_code {
            inside
        } else {
            inside.trim_matches(blank)
        };
        match is_empty {
            true => {}
            false if is_telling(name) && !is_repeated => {
                out.extend(["<", name, &attrs, ">", text, "</", name, ">"]);
            }
            false => out.push_str(text),
        }
        if inside.ends_with(blank) && !is_block {
            push_collapsed(" ", out);
        }
    }
}

/// One name for elements that look the same.
fn look(name: &str) -> &str {
    match name {
        "b" => "strong",
        "i" | "cite" => "em",
        "s" | "strike" => "del",
        "ins" => "u",
        "tt" | "samp" => "code",
        other => other,
    }
}

/// An attribute that shows: where a link leads, what an image shows and is called, what number a list begins with, how many
/// cells one covers, whether a box is ticked.
fn attribute(attribute: &Attribute) -> Option<String> {
    let value = &*attribute.value;
    match &*attribute.name.local {
        "start" | "colspan" | "rowspan" if value == "1" => None,
        name @ ("href" | "src") => {
            let value = percent_encoding::percent_decode_str(value)
                .decode_utf8_lossy()
                .into_owned();
            Some(format!(" {name}={value:?}"))
        }
        "alt" if value.is_empty() => None,
        name @ ("alt" | "title" | "start" | "colspan" | "rowspan" | "checked") => Some(format!(
            " {name}={:?}",
            value.split_whitespace().collect::<Vec<_>>().join(" ")
        )),
        _ => None,
    }
}

fn push_collapsed(text: &str, out: &mut String) {
    for character in text.chars() {
        if !character.is_whitespace() {
            out.push(character);
        } else if !out.ends_with([' ', '\n']) {
            out.push(' ');
        }
    }
}

fn break_line(out: &mut String) {
    out.truncate(out.trim_end_matches([' ', '\n']).len());
    if !out.is_empty() {
        out.push('\n');
    }
}
