//! `ac:adf-extension`: what the newer editor made and storage format has no element for.
//!
//! It holds its content twice, as nodes and as HTML for readers that do not know it. One of the two is written.

use html2md::Handle;
use serde_json::Value;

use crate::convert::comments::{self, Pairs};
use crate::convert::flow::{self, Kind};
use crate::convert::pen::Pen;
use crate::convert::tree;

use super::{list, panel};

pub(super) fn extension(pen: &mut Pen<'_>, node: &Handle) {
    let adf = tree::child(node, "ac:adf-node");
    let kind = adf
        .as_ref()
        .and_then(|adf| tree::attr(adf, "type"))
        .unwrap_or_default();
    match (adf, &*kind) {
        (Some(adf), "panel") => adf_panel(pen, &adf),
        (Some(adf), "decision-list") => decisions(pen, &adf),
        (Some(adf), _) => unknown(pen, node, &adf, &kind),
        (None, _) => fallback(pen, node),
    }
}

fn adf_panel(pen: &mut Pen<'_>, node: &Handle) {
    let sign = match attribute(node, "panel-type").as_str() {
        "info" => Some("NOTE"),
        "note" => Some("IMPORTANT"),
        "success" | "tip" => Some("TIP"),
        "warning" => Some("WARNING"),
        "error" => Some("CAUTION"),
        _ => None,
    };
    let icon = attribute(node, "panel-icon-text");
    let contents = contents(node);
    if sign.is_some() || icon.is_empty() {
        panel::alert(pen, sign, None, &contents);
    } else {
        panel::with_icon(pen, Some(&icon), None, &contents);
    }
}

fn decisions(pen: &mut Pen<'_>, node: &Handle) {
    let is_item = |part: &Handle| tree::name_of(part) == "ac:adf-node";
    let items = tree::elements(node).into_iter().filter(is_item).map(|item| {
        let blocks = pen.listed(|pen| pen.nested(true, |pen| decision(pen, &item)));
        list::item(&flow::join_tight(&blocks), pen.prefix("- "))
    });
    let items: Vec<String> = items.collect();
    if !items.is_empty() {
        pen.block(Kind::Bullets, items.join("\n"));
    }
}

fn decision(pen: &mut Pen<'_>, item: &Handle) {
    let state = attribute(item, "state");
    let label = match state.as_str() {
        "DECIDED" | "" => "Decision:".to_owned(),
        other => format!("Decision ({other}):"),
    };
    pen.strong(|pen| pen.text(&label));
    pen.space();
    pen.all_children(&contents(item));
}

/// An app's extension: comments around its content, or around its fallback.
fn unknown(pen: &mut Pen<'_>, node: &Handle, adf: &Handle, kind: &str) {
    let key = attribute(adf, "extension-key");
    let name = if key.is_empty() { kind } else { &key };
    pen.warn(
        format!("extension:{name}"),
        "unknown extension, kept as a comment",
    );
    let comment = comments::open("macro", &[("name", name), ("type", kind)], &parameters(adf));
    pen.framed(comment, comments::close("macro"), |pen| match contents(adf) {
        contents if contents.is_empty() => fallback(pen, node),
        contents => pen.all_children(&contents),
    });
}

fn fallback(pen: &mut Pen<'_>, node: &Handle) {
    if let Some(fallback) = tree::child(node, "ac:adf-fallback") {
        pen.blocks(|pen| pen.children(&fallback));
    }
}

fn contents(node: &Handle) -> Vec<Handle> {
    tree::elements(node)
        .into_iter()
        .filter(|part| tree::name_of(part) == "ac:adf-content")
        .collect()
}

fn attribute(node: &Handle, key: &str) -> String {
    let is_wanted = |part: &Handle| {
        tree::name_of(part) == "ac:adf-attribute"
            && tree::attr(part, "key").is_some_and(|found| &*found == key)
    };
    tree::elements(node)
        .iter()
        .find(|part| is_wanted(part))
        .map(tree::text_of)
        .unwrap_or_default()
}

/// Its attributes and parameters. A parameter may hold others.
fn parameters(node: &Handle) -> Pairs {
    tree::elements(node)
        .iter()
        .filter(|part| matches!(tree::name_of(part), "ac:adf-parameter" | "ac:adf-attribute"))
        .map(|part| {
            (
                tree::attr(part, "key").unwrap_or_default().to_string(),
                value_of(part),
            )
        })
        .filter(|(key, _)| !matches!(key.as_str(), "local-id" | "extension-key"))
        .collect()
}

fn value_of(parameter: &Handle) -> Value {
    let parts = parameters(parameter);
    if parts.is_empty() {
        tree::text_of(parameter).into()
    } else {
        parts.into_iter().collect()
    }
}
