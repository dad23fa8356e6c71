//! Macros: what each becomes. Adding one is a row here and a function.

use std::collections::HashMap;
use std::sync::LazyLock;

use html2md::Handle;
use serde_json::{Value, json};

use super::comments::{self, Pairs};
use super::handlers::{code, diagram, include, inline, jira, link, math, media, panel};
use super::pen::Pen;
use super::tree;

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
            "localtab",
            "localtabgroup",
            "align",
            "center",
            "div",
            "span",
            "convertedtoblock",
        ],
        body_only,
    ),
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
    (
        &[
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
            "excerpt-include-list",
            "contributors",
            "contributors-summary",
            "change-history",
            "content-report-table",
            "create-from-template",
            "favpages",
            "global-reports",
            "im",
            "index",
            "labels",
            "navmap",
            "network",
            "popular-labels",
            "profile-picture",
            "recently-updated-dashboard",
            "related-labels",
            "rss",
            "search",
            "spaces",
            "spacejump",
            "userlister",
            "jirachart",
            "jiraroadmap",
            "team-calendar",
            "calendar",
        ],
        framed,
    ),
];

static BY_NAME: LazyLock<HashMap<&str, Writer>> = LazyLock::new(|| {
    MACROS
        .iter()
        .flat_map(|(names, writer)| names.iter().map(|name| (*name, *writer)))
        .collect()
});

/// A macro as it stands in a page.
pub(super) struct Macro {
    /// Its name.
    pub(super) name: String,
    /// Its parameter elements, in order.
    params: Vec<Handle>,
    /// Its rich bodies; a few macros have several.
    pub(super) bodies: Vec<Handle>,
    /// Its plain body.
    pub(super) plain: Option<String>,
}

impl Macro {
    /// Reads an `ac:structured-macro`, or an `ac:macro` of old.
    pub(super) fn of(node: &Handle) -> Self {
        let mut found = Self {
            name: tree::attr(node, "ac:name").unwrap_or_default().to_string(),
            params: Vec::new(),
            bodies: Vec::new(),
            plain: None,
        };
        for part in node.children.borrow().iter() {
            match tree::name_of(part) {
                "ac:parameter" | "ac:default-parameter" => found.params.push(part.clone()),
                "ac:rich-text-body" => found.bodies.push(part.clone()),
                "ac:plain-text-body" => found.plain = Some(tree::verbatim_of(part)),
                _ => {}
            }
        }
        found
    }

    /// A parameter's text, without the white space around it.
    pub(super) fn param(&self, name: &str) -> Option<String> {
        let text = tree::text_of(self.param_element(name)?);
        let text = text.trim();
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// The first of these parameters that has text.
    pub(super) fn first_param(&self, names: &[&str]) -> Option<String> {
        names.iter().find_map(|name| self.param(name))
    }

    /// The resource that a parameter holds, such as `ri:attachment`.
    pub(super) fn resource(&self, name: &str) -> Option<Handle> {
        resources_in(self.param_element(name)?).into_iter().next()
    }

    fn param_element(&self, name: &str) -> Option<&Handle> {
        self.params.iter().find(|param| param_name(param) == name)
    }

    /// Whether it has something inside.
    pub(super) fn has_body(&self) -> bool {
        !self.bodies.is_empty() || self.plain.is_some()
    }

    /// Its parameters, for a comment.
    fn pairs(&self) -> Pairs {
        self.params
            .iter()
            .map(|param| (param_name(param), value_of(param)))
            .collect()
    }

    /// The comment that says all of it but the body.
    pub(super) fn comment(&self) -> String {
        comments::open("macro", &[("name", &self.name)], &self.pairs())
    }
}

fn param_name(param: &Handle) -> String {
    tree::attr(param, "ac:name").unwrap_or_default().to_string()
}

/// The resource identifiers inside a parameter; links around them do not count.
fn resources_in(param: &Handle) -> Vec<Handle> {
    let unwrap = |element: Handle| {
        if tree::name_of(&element) == "ac:link" {
            tree::elements(&element)
        } else {
            vec![element]
        }
    };
    tree::elements(param)
        .into_iter()
        .flat_map(unwrap)
        .filter(|element| tree::name_of(element).starts_with("ri:"))
        .collect()
}

fn value_of(param: &Handle) -> Value {
    let mut resources: Vec<Value> = resources_in(param).iter().map(resource_value).collect();
    match resources.len() {
        0 => tree::text_of(param).into(),
        1 => resources.swap_remove(0),
        _ => resources.into(),
    }
}

fn resource_value(resource: &Handle) -> Value {
    let attr = |name| tree::attr(resource, name).map(|value| value.to_string());
    let holder = tree::elements(resource).first().map(resource_value);
    match tree::name_of(resource) {
        "ri:page" | "ri:blog-post" => match attr("ri:space-key") {
            Some(space) => json!({"page": attr("ri:content-title"), "space": space}),
            None => json!({"page": attr("ri:content-title")}),
        },
        "ri:attachment" => match holder {
            Some(holder) => json!({"attachment": attr("ri:filename"), "of": holder}),
            None => json!({"attachment": attr("ri:filename")}),
        },
        "ri:user" => {
            json!({"user": attr("ri:account-id").or_else(|| attr("ri:userkey")).or_else(|| attr("ri:username"))})
        }
        "ri:url" => json!({"url": attr("ri:value")}),
        "ri:space" => json!({"space": attr("ri:space-key")}),
        "ri:content-entity" => json!({"content": attr("ri:content-id")}),
        name => json!({"resource": name}),
    }
}

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
