//! Images and files.

use html2md::Handle;

use crate::convert::inline::{Delimiter, Mark};
use crate::convert::links::{self, LinkTarget};
use crate::convert::macros::{self, Macro};
use crate::convert::pen::Pen;
use crate::convert::{escape, tree};

use super::link;

/// An image as the page describes it.
#[derive(Default)]
pub(super) struct Image {
    pub(super) alt: String,
    pub(super) title: String,
    /// Where a click leads.
    pub(super) href: Option<String>,
}

/// `ac:image`: a paragraph of its own, unless it stands in one.
pub(super) fn image(pen: &mut Pen<'_>, node: &Handle) {
    let attr = |name| {
        tree::attr(node, name)
            .map(|value| value.to_string())
            .filter(|value| !value.is_empty())
    };
    let resource = tree::elements(node)
        .into_iter()
        .find(|element| tree::name_of(element).starts_with("ri:"));
    let target = resource.and_then(|resource| pen.place().target_of(&resource));
    if let Some(target) = target {
        let image = Image {
            alt: attr("ac:alt").unwrap_or_default(),
            title: attr("ac:title").unwrap_or_default(),
            href: attr("ac:href"),
        };
        pen.in_paragraph(|pen| show(pen, target, image));
    }
    if let Some(caption) = tree::child(node, "ac:caption") {
        pen.paragraph(|pen| {
            pen.marked(&Mark::Delimited(Delimiter::Emphasis), |pen| {
                pen.children(&caption);
            });
        });
    }
}

pub(super) fn html_image(pen: &mut Pen<'_>, node: &Handle) {
    let attr = |name| {
        tree::attr(node, name)
            .map(|value| value.to_string())
            .unwrap_or_default()
    };
    if let Some(source) = tree::attr(node, "src").filter(|source| !source.is_empty()) {
        let image = Image {
            alt: attr("alt"),
            title: attr("title"),
            href: None,
        };
        show(pen, LinkTarget::External(source.to_string()), image);
    }
}

/// Writes an image within a paragraph.
pub(super) fn show(pen: &mut Pen<'_>, target: LinkTarget, image: Image) {
    let alt = if image.alt.is_empty() {
        alt_of(&target)
    } else {
        image.alt
    };
    pen.index(&alt);
    let link = pen.place().link_to(target, None);
    let title = if image.title.is_empty() {
        String::new()
    } else {
        format!(" \"{}\"", escape::title(&image.title))
    };
    let markdown = format!("![{}]({}{title})", escape::alt(&alt), link.written);
    pen.keep_link(link);
    match image.href {
        Some(href) => {
            let link = pen.place().link_to_url(&href);
            let url = link.written.clone();
            pen.linked(url, "", link, |pen| pen.finished(&markdown));
        }
        None => pen.finished(&markdown),
    }
}

fn alt_of(target: &LinkTarget) -> String {
    match target {
        LinkTarget::External(_) => String::new(),
        target => links::default_label(target),
    }
}

/// Macros that show a file: a link to it.
pub(in crate::convert) fn file_macro(pen: &mut Pen<'_>, found: &Macro) {
    let resource = ["name", "", "file", "page"]
        .into_iter()
        .find_map(|name| found.resource(name));
    let target = match resource {
        Some(resource) => pen.place().target_of(&resource),
        None => found
            .first_param(&["name", ""])
            .map(|name| LinkTarget::Attachment { holder: None, name }),
    };
    match target {
        Some(target) => pen.in_paragraph(|pen| file(pen, target)),
        None => macros::framed(pen, found),
    }
}

/// Writes a link to a file.
pub(super) fn file(pen: &mut Pen<'_>, target: LinkTarget) {
    let label = links::default_label(&target);
    let link = pen.place().link_to(target, None);
    pen.separate_links();
    link::to(pen, link, None, &label);
}
