//! The examples of `CommonMark`'s specification: HTML to Markdown and back.

use std::fs;
use std::path::Path;

use html5ever::driver::ParseOpts;
use html5ever::tendril::TendrilSink;
use html5ever::{Attribute, parse_document};
use markup5ever_rcdom::{Handle, NodeData, RcDom};

/// The HTML of each example; nothing where the specification is not installed (`tests/commonmark/package.json`).
pub(crate) fn examples() -> Option<Vec<String>> {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/commonmark/node_modules/commonmark-spec/spec.txt");
    let spec = fs::read_to_string(path).ok()?;
    let fence = "`".repeat(32);
    let (opening, closing) = (format!("{fence} example\n"), format!("{fence}\n"));
    let parts = spec.split(&opening).skip(1);
    let html = parts.filter_map(|part| Some(part.split(&closing).next()?.split_once("\n.\n")?.1));
    Some(
        html.map(|html| html.replace('→', "\t"))
            .map(|html| if html.is_empty() { html } else { html + "\n" })
            .collect(),
    )
}

/// The same example as storage format: code blocks are macros, the rest is XHTML already.
pub(crate) fn as_storage(html: &str) -> String {
    let mut out = String::new();
    let mut rest = html;
    while let Some((before, code)) = rest.split_once("<pre><code") {
        let (Some((attributes, code)), true) = (code.split_once('>'), code.contains("</code></pre>")) else {
            break;
        };
        let (code, after) = code.split_once("</code></pre>").unwrap_or((code, ""));
        let language = attributes
            .split("language-")
            .nth(1)
            .unwrap_or_default()
            .trim_end_matches('"');
        let code = code
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&quot;", "\"")
            .replace("&amp;", "&");
        out.push_str(before);
        out.push_str("<ac:structured-macro ac:name=\"code\"><ac:parameter ac:name=\"language\">");
        out.push_str(language);
        out.push_str("</ac:parameter><ac:plain-text-body><![CDATA[");
        out.push_str(&code.replace("]]>", "]]]]><![CDATA[>"));
        out.push_str("]]></ac:plain-text-body></ac:structured-macro>");
        rest = after;
    }
    out + rest
}

/// What a page of HTML says, in a form that is equal for pages that differ only in white space, in the tightness of
/// their lists, in tags without a meaning of their own, or in spelling.
///
/// Three things that the dialect prescribes count as equal too: an address in text and a link that shows the same
/// address; a link without text and one that shows its address; preformatted text with and without marks. Nothing but
/// white space in a link is white space: the HTML parser lets a link that is not closed go on behind its paragraph.
pub(crate) fn meaning(html: &str) -> String {
    let dom = parse_document(RcDom::default(), ParseOpts::default()).one(html);
    let mut out = String::new();
    describe(&dom.document, &mut Vec::new(), &mut out);
    out.trim_matches([' ', '\n']).to_owned()
}

/// Elements that start on a line of their own.
pub(crate) const BLOCKS: [&str; 21] = [
    "table",
    "thead",
    "tbody",
    "body",
    "p",
    "div",
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

/// Elements that say something by themselves.
const TELLING: [&str; 21] = [
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
    "td",
    "th",
    "strong",
    "em",
    "del",
    "code",
    "a",
    "img",
    "tr",
];

/// `open` are the names of the elements around.
fn describe(node: &Handle, open: &mut Vec<String>, out: &mut String) {
    match &node.data {
        NodeData::Text { contents } if open.iter().any(|name| name == "pre") => {
            out.push_str(&contents.borrow());
        }
        NodeData::Text { contents } => push_collapsed(&contents.borrow(), out),
        NodeData::Element { name, attrs, .. } => {
            let name = match &*name.local {
                "script" | "style" => return,
                "b" => "strong",
                "i" => "em",
                other => other,
            };
            let attrs: Vec<String> = attrs.borrow().iter().filter_map(attribute).collect();
            let is_repeated =
                matches!(name, "strong" | "em" | "del") && open.iter().any(|outer| outer == name);
            let mut inside = String::new();
            open.push(name.to_owned());
            children(node, open, &mut inside);
            open.pop();
            let is_block = BLOCKS.contains(&name) || name == "br";
            if is_block {
                break_line(out);
            }
            let says_nothing = is_repeated || open.iter().any(|outer| outer == "pre");
            if name == "a" {
                link(node, &attrs.concat(), &inside, out);
            } else {
                element(
                    if says_nothing { "span" } else { name },
                    &attrs.concat(),
                    &inside,
                    out,
                );
            }
            if is_block {
                break_line(out);
            }
        }
        _ => children(node, open, out),
    }
}

/// Writes a link.
fn link(node: &Handle, attrs: &str, inside: &str, out: &mut String) {
    let href = href(node).unwrap_or_default();
    let is_bare_address = inside == href
        && ["http://", "https://", "ftp://"]
            .iter()
            .any(|scheme| href.starts_with(scheme));
    if inside.is_empty() && !href.is_empty() {
        let mut label = String::new();
        push_collapsed(&href, &mut label);
        element("a", attrs, &label, out);
    } else if is_bare_address || inside.trim().is_empty() {
        push_collapsed(inside, out);
    } else {
        element("a", attrs, inside, out);
    }
}

fn href(node: &Handle) -> Option<String> {
    let NodeData::Element { attrs, .. } = &node.data else {
        return None;
    };
    let attrs = attrs.borrow();
    let href = attrs.iter().find(|attr| &*attr.name.local == "href")?;
    Some(href.value.to_string())
}

/// Writes an element; one without content and address says nothing.
fn element(name: &str, attrs: &str, inside: &str, out: &mut String) {
    // A table without a header has an empty one in Markdown.
    let text = inside.replace("<td></td>", "").replace("<th></th>", "");
    let can_be_empty = matches!(name, "hr" | "li" | "td" | "th");
    let is_empty = text.trim().is_empty() && attrs.is_empty() && !can_be_empty;
    let is_block = BLOCKS.contains(&name);
    let blank = [' ', '\n'];
    if inside.starts_with(blank) && !is_block {
        push_collapsed(" ", out);
    }
    if !is_empty && TELLING.contains(&name) {
        out.extend(["<", name, attrs, ">", inside.trim_matches(blank), "</", name, ">"]);
    } else if !is_empty {
        out.push_str(inside.trim_matches(blank));
    }
    if inside.ends_with(blank) && !is_block {
        push_collapsed(" ", out);
    }
}

/// An attribute that matters. Addresses are compared without their percent-encoding.
fn attribute(attribute: &Attribute) -> Option<String> {
    let value = &*attribute.value;
    match &*attribute.name.local {
        "start" if value == "1" => None,
        name @ ("href" | "src") => {
            let value = percent_encoding::percent_decode_str(value)
                .decode_utf8_lossy()
                .into_owned();
            Some(format!(" {name}={value:?}"))
        }
        "alt" if value.is_empty() => None,
        name @ ("alt" | "title" | "start") => Some(format!(
            " {name}={:?}",
            value.split_whitespace().collect::<Vec<_>>().join(" ")
        )),
        _ => None,
    }
}

fn children(node: &Handle, open: &mut Vec<String>, out: &mut String) {
    for child in node.children.borrow().iter() {
        describe(child, open, out);
    }
}

pub(crate) fn push_collapsed(text: &str, out: &mut String) {
    for character in text.chars() {
        if !character.is_whitespace() {
            out.push(character);
        } else if !out.ends_with([' ', '\n']) {
            out.push(' ');
        }
    }
}

fn break_line(out: &mut String) {
    trim_end(out);
    if !out.is_empty() {
        out.push('\n');
    }
}

fn trim_end(out: &mut String) {
    out.truncate(out.trim_end_matches([' ', '\n']).len());
}
