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

/// The same example as storage format, which is well-formed XML: what a browser makes of it, written as such. Blocks of
/// code are macros.
pub(crate) fn as_storage(html: &str) -> String {
    let dom = parse_document(RcDom::default(), ParseOpts::default()).one(html);
    let mut out = String::new();
    write_xml(&dom.document, &mut out);
    out
}

fn write_xml(node: &Handle, out: &mut String) {
    let children = |out: &mut String| {
        node.children
            .borrow()
            .iter()
            .for_each(|child| write_xml(child, out));
    };
    match &node.data {
        NodeData::Text { contents } => out.push_str(&escaped(&contents.borrow())),
        NodeData::Element { name, attrs, .. } => match (&*name.local, code_in(node)) {
            ("html" | "head" | "body", _) => children(out),
            ("pre", Some(code)) => code_macro(&code, out),
            (name, _) => {
                out.extend(["<", name]);
                attrs
                    .borrow()
                    .iter()
                    .for_each(|attribute| write_attribute(attribute, out));
                out.push('>');
                children(out);
                out.extend(["</", name, ">"]);
            }
        },
        _ => children(out),
    }
}

fn write_attribute(attribute: &Attribute, out: &mut String) {
    let name = &*attribute.name.local;
    if name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    {
        out.extend([" ", name, "=\"", &escaped(&attribute.value), "\""]);
    }
}

fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    text.replace('>', "&gt;").replace('"', "&quot;")
}

/// The only element in a `pre`, if it is `code`.
fn code_in(pre: &Handle) -> Option<Handle> {
    let children = pre.children.borrow();
    let is_code =
        |child: &&Handle| matches!(&child.data, NodeData::Element { name, .. } if &*name.local == "code");
    let is_text = |child: &Handle| matches!(&child.data, NodeData::Text { contents } if contents.borrow().trim().is_empty());
    let others = children.iter().filter(|child| !is_text(child)).count();
    children.iter().find(is_code).filter(|_| others == 1).cloned()
}

fn code_macro(code: &Handle, out: &mut String) {
    let class = match &code.data {
        NodeData::Element { attrs, .. } => attrs
            .borrow()
            .iter()
            .find_map(|attribute| attribute.value.strip_prefix("language-").map(str::to_owned)),
        _ => None,
    };
    out.push_str("<ac:structured-macro ac:name=\"code\"><ac:parameter ac:name=\"language\">");
    out.push_str(&escaped(&class.unwrap_or_default()));
    out.push_str("</ac:parameter><ac:plain-text-body><![CDATA[");
    out.push_str(&text_of(code).replace("]]>", "]]]]><![CDATA[>"));
    out.push_str("]]></ac:plain-text-body></ac:structured-macro>");
}

fn text_of(node: &Handle) -> String {
    match &node.data {
        NodeData::Text { contents } => contents.borrow().to_string(),
        _ => node.children.borrow().iter().map(text_of).collect(),
    }
}
