//! Macros: what each becomes. Adding one is a row here and a function.

mod invocation;

use std::collections::HashMap;
use std::sync::LazyLock;

use html2md::Handle;

use super::comments;
use super::handlers::{code, diagram, include, inline, jira, link, math, media, panel};
use super::pen::Pen;

pub(super) use invocation::Macro;

/// Writes one macro.
type Writer = fn(&mut Pen<'_>, &Macro);

/// Each macro's names and its function.
const MACROS: &[(&[&str], Writer)] = &[
    (&["code", "noformat", "preformatted"], code::block_macro),
    (&["html", "html-bobswift"], code::html_macro),
    (&["markdown", "markdown-from-attachment"], code::markdown_macro),
    (&["info", "tip", "note", "warning"], panel::alert_macro),
    (&["panel"], panel::panel_macro),
    (&["expand", "ui-expand"], panel::expand_macro),
    (&["status"], inline::status_macro),
    (&["anchor"], link::anchor_macro),
    (&["profile"], link::profile_macro),
    (&["widget", "iframe"], link::embedded_macro),
    (
        &[
            "view-file",
            "viewpdf",
            "viewdoc",
            "viewppt",
            "viewxls",
            "multimedia",
        ],
        media::file_macro,
    ),
    (&["include", "excerpt-include"], include::include_macro),
    (&["excerpt", "details"], framed),
    (
        &[
            "section",
            "column",
            "localtabgroup",
            "align",
            "center",
            "div",
            "span",
            "convertedtoblock",
        ],
        body_only,
    ),
    (&["localtab"], tab),
    (&["jira", "jiraissues"], jira::issues_macro),
    (&["drawio", "inc-drawio", "gliffy"], diagram::preview_macro),
    (
        &["mermaid-cloud", "mermaid-macro", "mermaid", "mermaid-diagram"],
        diagram::mermaid_macro,
    ),
    (&["plantuml", "plantumlrender"], diagram::plantuml_macro),
    (&["plantumlcloud"], diagram::plantuml_cloud_macro),
    (&["mathblock", "easy-math-block", "latex"], math::block_macro),
    (
        &["mathinline", "eazy-math-inline", "easy-math-inline"],
        math::inline_macro,
    ),
    (DYNAMIC, framed),
];

/// Macros whose content is made anew at each view. There is nothing of it in the page.
const DYNAMIC: &[&str] = &[
    "toc",
    "toc-zone",
    "children",
    "pagetree",
    "pagetreesearch",
    "recently-updated",
    "contentbylabel",
    "livesearch",
    "attachments",
    "gallery",
    "detailssummary",
    "tasks-report-macro",
    "blog-posts",
    "listlabels",
    "space-details",
    "roadmap",
    "chart",
    "contributors",
    "contributors-summary",
    "change-history",
    "content-report-table",
    "create-from-template",
    "favpages",
    "global-reports",
    "index",
    "labels",
    "navmap",
    "network",
    "popular-labels",
    "profile-picture",
    "recently-updated-dashboard",
    "related-labels",
    "rss",
    "spaces",
    "spacejump",
    "userlister",
    "jirachart",
    "jiraroadmap",
    "calendar",
];

static BY_NAME: LazyLock<HashMap<&str, Writer>> = LazyLock::new(|| {
    MACROS
        .iter()
        .flat_map(|(names, writer)| names.iter().map(|name| (*name, *writer)))
        .collect()
});

/// Writes an `ac:structured-macro`.
pub(super) fn structured_macro(pen: &mut Pen<'_>, node: &Handle) {
    let found = Macro::of(node);
    match BY_NAME.get(found.name.as_str()) {
        Some(writer) => writer(pen, &found),
        None => unknown(pen, &found),
    }
}

/// A macro that only its vendor knows.
fn unknown(pen: &mut Pen<'_>, found: &Macro) {
    pen.warn(
        format!("macro:{}", found.name),
        "unknown macro, kept as a comment",
    );
    framed(pen, found);
}

/// Only what is inside.
fn body_only(pen: &mut Pen<'_>, found: &Macro) {
    if is_inline_body(pen, found) {
        bodies(pen, found);
    } else {
        pen.blocks(|pen| bodies(pen, found));
    }
}

/// A tab's title is to be seen like a heading.
fn tab(pen: &mut Pen<'_>, found: &Macro) {
    if let Some(title) = found.param("title") {
        pen.paragraph(|pen| pen.strong(|pen| pen.text(&title)));
    }
    body_only(pen, found);
}

/// What is inside, between comments that say which macro it was and how it was set.
pub(super) fn framed(pen: &mut Pen<'_>, found: &Macro) {
    if !found.has_body() {
        remark(pen, found);
    } else if is_inline_body(pen, found) {
        bodies(pen, found);
        pen.note(found.comment());
    } else {
        frame(pen, found, |pen| bodies(pen, found));
    }
}

/// Comments around what `write` writes.
pub(super) fn frame(pen: &mut Pen<'_>, found: &Macro, write: impl FnOnce(&mut Pen<'_>)) {
    pen.framed(found.comment(), comments::close("macro"), write);
}

/// The comment alone: at the end of the paragraph, or on a line of its own.
pub(super) fn remark(pen: &mut Pen<'_>, found: &Macro) {
    pen.remark(found.comment());
}

fn is_inline_body(pen: &Pen<'_>, found: &Macro) -> bool {
    pen.is_inline() && found.plain.is_none() && !found.bodies.iter().any(super::handlers::has_blocks)
}

fn bodies(pen: &mut Pen<'_>, found: &Macro) {
    pen.all_children(&found.bodies);
    if let Some(plain) = &found.plain {
        code::fence(pen, plain, "");
    }
}
