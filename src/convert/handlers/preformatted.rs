//! Preformatted text that someone typed as such: code, or a page's only way to keep lines apart.

use html2md::Handle;

use crate::convert::flow::Kind;
use crate::convert::links::{self, Link};
use crate::convert::pen::Pen;
use crate::convert::{emoticons, escape, tree};

use super::{code, link};

/// A fence; HTML where links would be lost in one.
pub(super) fn preformatted(pen: &mut Pen<'_>, node: &Handle) {
    if tree::any_below(node, &|element| matches!(tree::name_of(element), "a" | "ac:link")) {
        return linked(pen, node);
    }
    let mut text = String::new();
    plain(pen, node, &mut text);
    let language = tree::child(node, "code").and_then(|code| tree::attr(&code, "class"));
    let language = language
        .as_deref()
        .and_then(|class| class.strip_prefix("language-"))
        .unwrap_or_default();
    code::fence(pen, text.strip_prefix('\n').unwrap_or(&text), language);
}

/// What a reader sees in preformatted text, where Confluence draws emoticons and links too.
fn plain(pen: &Pen<'_>, node: &Handle, into: &mut String) {
    match tree::name_of(node) {
        "ac:emoticon" => into.push_str(&emoticons::of_element(node)),
        "ac:link" if tree::text_of(node).is_empty() => {
            into.push_str(
                &link_of(pen, node)
                    .map(|link| links::default_label(&link.target))
                    .unwrap_or_default(),
            );
        }
        "br" => into.push('\n'),
        tree::TEXT | tree::VERBATIM => tree::with_text(node, |text| into.push_str(text)),
        _ => node
            .children
            .borrow()
            .iter()
            .for_each(|child| plain(pen, child, into)),
    }
}

fn linked(pen: &mut Pen<'_>, node: &Handle) {
    let (mut text, mut html) = (String::new(), String::new());
    plain(pen, node, &mut text);
    write(pen, node, &mut html);
    // A parser of HTML drops the first line break.
    let first = if html.starts_with('\n') { "\n" } else { "" };
    pen.block(Kind::Other, format!("<pre>{first}{html}</pre>"));
    pen.index(&text);
}

fn write(pen: &mut Pen<'_>, node: &Handle, into: &mut String) {
    if let Some(link) = link_of(pen, node) {
        let mut label = String::new();
        plain(pen, node, &mut label);
        into.extend(["<a href=\"", &link.written, "\">", &escape::html(&label), "</a>"]);
        pen.keep_link(link);
    } else if node.children.borrow().is_empty() || tree::name_of(node).starts_with('#') {
        let mut text = String::new();
        plain(pen, node, &mut text);
        into.push_str(&escape::html(&text));
    } else {
        for child in node.children.borrow().iter() {
            write(pen, child, into);
        }
    }
}

/// What an element leads to, with an address that can stand in an attribute.
fn link_of(pen: &Pen<'_>, node: &Handle) -> Option<Link> {
    let link = match tree::name_of(node) {
        "a" => {
            let href = tree::attr(node, "href").filter(|href| !href.is_empty() && !link::is_script(href))?;
            Some(pen.place().link_to_url(&href))
        }
        "ac:link" => {
            let resource = tree::elements(node)
                .into_iter()
                .find(|element| tree::name_of(element).starts_with("ri:"))?;
            let anchor = tree::attr(node, "ac:anchor").filter(|anchor| !anchor.is_empty());
            pen.place().link_to_resource(&resource, anchor.as_deref())
        }
        _ => None,
    }?;
    let written = link.written.replace('"', "%22").replace('\\', "");
    Some(Link { written, ..link })
}
