//! Links, mentions and anchors.

use html2md::Handle;

use crate::convert::flow::Kind;
use crate::convert::links::{self, Link, LinkTarget};
use crate::convert::macros::{self, Macro};
use crate::convert::pen::Pen;
use crate::convert::{escape, tree};

/// `a`: a place, or a link.
pub(super) fn anchor(pen: &mut Pen<'_>, node: &Handle) {
    let attr = |name| tree::attr(node, name);
    if let Some(id) = attr("id")
        .or_else(|| attr("name"))
        .filter(|id| attr("href").is_none() && !id.is_empty())
    {
        place(pen, &id);
    }
    match attr("href") {
        Some(href) if !is_script(&href) => {
            let title = attr("title").unwrap_or_default();
            let is_card =
                attr("data-card-appearance").is_some_and(|look| matches!(&*look, "block" | "embed"));
            if is_card {
                pen.paragraph(|pen| hyperlink(pen, node, &href, &title));
            } else {
                hyperlink(pen, node, &href, &title);
            }
        }
        _ => pen.children(node),
    }
}

pub(super) fn is_script(href: &str) -> bool {
    href.trim_start().to_ascii_lowercase().starts_with("javascript:")
}

fn hyperlink(pen: &mut Pen<'_>, node: &Handle, href: &str, title: &str) {
    let link = pen.place().link_to_url(href);
    let text = tree::text_of(node);
    let is_bare = !tree::any_below(node, &|element| {
        !matches!(tree::name_of(element), "" | "span" | tree::TEXT)
    });
    let text = text.trim();
    let says_itself = is_bare && !href.is_empty() && (text.is_empty() || text == href.trim());
    if says_itself && title.is_empty() {
        if text.is_empty() && !has_scheme(&link.written) {
            return unseen(pen, link);
        }
        autolink(pen, link);
    } else {
        let written = link.written.clone();
        pen.linked(written, title, link, |pen| pen.children(node));
    }
}

/// Writes a link without text to a place that has no address of its own: there was nothing to see of it.
fn unseen(pen: &mut Pen<'_>, link: Link) {
    if !pen.is_in_link() {
        pen.unseen_link(&link.written);
        pen.keep_link(link);
    }
}

/// Writes a link whose text is its address.
pub(super) fn autolink(pen: &mut Pen<'_>, link: Link) {
    let address = links::default_label(&link.target);
    let address = if let LinkTarget::PageId(_) = link.target {
        link.written.clone()
    } else {
        address
    };
    let is_plain = link.written == address && !address.contains(['\\', '&']) && has_scheme(&address);
    let written = link.written.clone();
    if is_plain && !pen.is_in_link() {
        pen.keep_link(link);
        pen.index(&address);
        pen.finished(&format!("<{written}>"));
    } else {
        pen.linked(written, "", link, |pen| pen.text(&address));
    }
}

fn has_scheme(address: &str) -> bool {
    address.split_once(':').is_some_and(|(scheme, _)| {
        (2..=32).contains(&scheme.len())
            && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'.' | b'-'))
    })
}

/// Marks a place that links can lead to.
fn place(pen: &mut Pen<'_>, id: &str) {
    let tag = format!("<a id=\"{}\"></a>", escape::html(id));
    if pen.is_inline() {
        pen.finished(&tag);
    } else {
        pen.block(Kind::Other, tag);
    }
}

/// `ac:link`: a link to something of Confluence's.
pub(super) fn resource_link(pen: &mut Pen<'_>, node: &Handle) {
    let body = tree::child(node, "ac:link-body");
    let plain = tree::child(node, "ac:plain-text-link-body").map(|body| tree::verbatim_of(&body));
    let anchor = tree::attr(node, "ac:anchor").filter(|anchor| !anchor.is_empty());
    let resource = tree::elements(node)
        .into_iter()
        .find(|element| tree::name_of(element).starts_with("ri:"));
    let link = match (&resource, &anchor) {
        (Some(resource), _) => link_to(pen, resource, anchor.as_deref()),
        (None, Some(anchor)) => Some(pen.place().link_to_url(&format!("#{anchor}"))),
        (None, None) => None,
    };
    let label = plain.filter(|plain| !plain.trim().is_empty());
    match link {
        None => write_body(pen, body.as_ref(), label.as_deref().unwrap_or_default()),
        Some(link) => {
            let label = label.unwrap_or_else(|| label_of(resource.as_ref(), &link));
            to(pen, link, body.as_ref(), &label);
        }
    }
}

fn link_to(pen: &mut Pen<'_>, resource: &Handle, anchor: Option<&str>) -> Option<Link> {
    if tree::name_of(resource) == "ri:shortcut" {
        let target = shortcut(pen, resource)?;
        return Some(pen.place().link_to(target, anchor));
    }
    pen.place().link_to_resource(resource, anchor)
}

/// A shortcut's address is in the site's settings; Jira's is known.
fn shortcut(pen: &mut Pen<'_>, resource: &Handle) -> Option<LinkTarget> {
    let (key, value) = (
        tree::attr(resource, "ri:key")?,
        tree::attr(resource, "ri:parameter")?,
    );
    if key.eq_ignore_ascii_case("jira") {
        return Some(LinkTarget::External(pen.place().issue_url(&value)));
    }
    pen.warn(
        "link:ri:shortcut".to_owned(),
        "a shortcut link leads to an address that only the site knows",
    );
    Some(LinkTarget::External(format!("{key}:{value}")))
}

fn label_of(resource: Option<&Handle>, link: &Link) -> String {
    match resource.and_then(|resource| tree::attr(resource, "ri:parameter")) {
        Some(parameter) => parameter.to_string(),
        None if resource.is_none() => link.written.trim_start_matches('#').to_owned(),
        None => links::default_label(&link.target),
    }
}

fn write_body(pen: &mut Pen<'_>, body: Option<&Handle>, label: &str) {
    match body {
        Some(body) if has_content(body) => pen.children(body),
        _ => pen.text(label),
    }
}

/// Whether something inside can be seen.
fn has_content(node: &Handle) -> bool {
    !tree::text_of(node).trim().is_empty()
        || tree::any_below(node, &|element| tree::name_of(element).contains(':'))
}

/// Writes a link with a rich body or a label, and keeps it.
pub(super) fn to(pen: &mut Pen<'_>, link: Link, body: Option<&Handle>, label: &str) {
    let url = link.written.clone();
    let is_mention = matches!(link.target, LinkTarget::User(_)) && !body.is_some_and(has_content);
    let link = if is_mention {
        Link {
            written: escape::label(label),
            ..link
        }
    } else {
        link
    };
    pen.linked(url, "", link, |pen| write_body(pen, body, label));
}

/// Writes a mention.
pub(super) fn mention(pen: &mut Pen<'_>, resource: &Handle) {
    if let Some(link) = link_to(pen, resource, None) {
        let label = links::default_label(&link.target);
        to(pen, link, None, &label);
    }
}

pub(in crate::convert) fn profile_macro(pen: &mut Pen<'_>, found: &Macro) {
    match found.resource("user").or_else(|| found.resource("")) {
        Some(user) => mention(pen, &user),
        None => macros::framed(pen, found),
    }
}

pub(in crate::convert) fn anchor_macro(pen: &mut Pen<'_>, found: &Macro) {
    if let Some(id) = found.first_param(&["", "name"]) {
        place(pen, &id);
    }
}

/// Something shown from elsewhere: its address.
pub(in crate::convert) fn embedded_macro(pen: &mut Pen<'_>, found: &Macro) {
    let resource = ["url", "src", ""]
        .into_iter()
        .find_map(|name| found.resource(name));
    let url = resource
        .and_then(|resource| tree::attr(&resource, "ri:value"))
        .map(|url| url.to_string());
    match url.or_else(|| found.first_param(&["url", "src", ""])) {
        Some(url) => embedded(pen, &url),
        None => macros::framed(pen, found),
    }
}

pub(super) fn frame(pen: &mut Pen<'_>, node: &Handle) {
    if let Some(url) = tree::attr(node, "src") {
        embedded(pen, &url);
    }
}

fn embedded(pen: &mut Pen<'_>, url: &str) {
    let link = pen.place().link_to_url(url);
    pen.in_paragraph(|pen| autolink(pen, link));
}
