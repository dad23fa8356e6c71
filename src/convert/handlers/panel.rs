//! Panels and what opens on a click.

use html2md::Handle;

use crate::convert::flow::{self, Block, Kind};
use crate::convert::inline::{Delimiter, Inline, Mark, Place};
use crate::convert::macros::Macro;
use crate::convert::pen::Pen;
use crate::convert::{escape, tree};

use super::block;

/// Storage format's names are shifted by one against GitHub's: its `warning` is red, its `note` yellow.
pub(in crate::convert) fn alert_macro(pen: &mut Pen<'_>, found: &Macro) {
    let sign = match found.name.as_str() {
        "info" => "NOTE",
        "tip" => "TIP",
        "note" => "WARNING",
        _ => "CAUTION",
    };
    alert(pen, Some(sign), found.param("title").as_deref(), &found.bodies);
}

/// A panel in colours of its own choice is a plain quote.
pub(in crate::convert) fn panel_macro(pen: &mut Pen<'_>, found: &Macro) {
    with_icon(
        pen,
        found.param("panelIconText").as_deref(),
        found.param("title").as_deref(),
        &found.bodies,
    );
}

/// Writes bodies as a quote, an icon before the text.
pub(super) fn with_icon(pen: &mut Pen<'_>, icon: Option<&str>, title: Option<&str>, bodies: &[Handle]) {
    announce(pen, title);
    let blocks = pen.nested(false, |pen| {
        if let Some(icon) = icon {
            pen.text(icon);
            pen.space();
        }
        content(pen, bodies, icon.is_some());
    });
    quote(pen, None, title, &blocks);
}

/// With an icon before it, the first paragraph goes on behind the icon.
fn content(pen: &mut Pen<'_>, bodies: &[Handle], goes_on: bool) {
    let mut goes_on = goes_on;
    for child in bodies.iter().flat_map(|body| body.children.borrow().clone()) {
        if goes_on && tree::name_of(&child) == "p" {
            pen.children(&child);
            pen.end_paragraph();
        } else {
            pen.node(&child);
        }
        goes_on = false;
    }
}

/// Writes bodies as an alert, or as a plain quote where there is no sign for it.
pub(super) fn alert(pen: &mut Pen<'_>, sign: Option<&str>, title: Option<&str>, bodies: &[Handle]) {
    announce(pen, title);
    let blocks = pen.nested(false, |pen| pen.all_children(bodies));
    quote(pen, sign, title, &blocks);
}

/// The sign stands alone on its line, the title on the next.
fn quote(pen: &mut Pen<'_>, sign: Option<&str>, title: Option<&str>, blocks: &[Block]) {
    if blocks.is_empty() && title.is_none() {
        return;
    }
    let mut parts = Vec::new();
    if let Some(title) = title {
        parts.push(bold(title));
    }
    if !blocks.is_empty() {
        parts.push(flow::join(blocks));
    }
    let content = parts.join("\n\n");
    match sign {
        Some(sign) => block::quoted(pen, &format!("[!{sign}]\n{content}")),
        None => block::quoted(pen, &content),
    }
}

/// The index has the title before the body.
fn announce(pen: &mut Pen<'_>, title: Option<&str>) {
    pen.end_paragraph();
    pen.index(title.unwrap_or_default());
}

fn bold(title: &str) -> String {
    let mut line = Inline::default();
    line.open(Mark::Delimited(Delimiter::Strong));
    line.text(title);
    line.close(Mark::Delimited(Delimiter::Strong));
    line.print(Place::Paragraph)
}

pub(in crate::convert) fn expand_macro(pen: &mut Pen<'_>, found: &Macro) {
    let title = found.first_param(&["title", ""]);
    expand(pen, title.as_deref(), &found.bodies);
}

/// Writes bodies below a title that opens them.
pub(super) fn expand(pen: &mut Pen<'_>, title: Option<&str>, bodies: &[Handle]) {
    let title = title.unwrap_or("Click here to expand…");
    pen.blocks(|pen| {
        let summary = title.split_whitespace().collect::<Vec<_>>().join(" ");
        pen.block(
            Kind::Other,
            format!("<details>\n<summary>{}</summary>", escape::html(&summary)),
        );
        pen.index(title);
        pen.all_children(bodies);
        pen.block(Kind::Other, "</details>".to_owned());
    });
}
