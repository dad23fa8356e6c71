//! Reads the Atlassian document format: JSON, which becomes the elements that storage format has for the same thing.
//!
//! So one set of handlers serves both, and the two forms of one page give the same Markdown. A node without such an
//! element becomes one of the prefix `adf:`, which the handlers keep with a comment.

mod extension;
mod json;
mod marks;
mod media;
mod table;

use chrono::DateTime;
use html2md::Handle;
use html5ever::LocalName;

use super::Warning;
use super::tree::{self, TreeBuilder};
use json::Json;

/// Builds the tree of a document. What is not JSON is kept as code, and warned about.
pub(super) fn read(json: &str, warnings: &mut Vec<Warning>) -> Handle {
    let mut writer = Writer {
        builder: TreeBuilder::new(),
    };
    match serde_json::from_str::<Json>(json) {
        Ok(document) => writer.node(&document),
        Err(_) if json.trim().is_empty() => {}
        Err(error) => {
            warnings.push(Warning {
                construct: "adf".to_owned(),
                detail: format!("not readable: {error}"),
            });
            writer.code(json, "json");
        }
    }
    let (root, flattened) = writer.builder.finish();
    warnings.extend(flattened.then(tree::too_deep));
    root
}

/// Attributes of an element, as names and values.
type Attributes<'a> = &'a [(&'a str, &'a str)];

/// Writes nodes as elements.
struct Writer {
    builder: TreeBuilder,
}

impl Writer {
    /// Writes an element with what `inside` writes.
    fn element(&mut self, name: &str, attributes: Attributes<'_>, inside: impl FnOnce(&mut Self)) {
        let name = LocalName::from(name);
        let attributes = attributes
            .iter()
            .map(|(name, value)| tree::attribute(name, value))
            .collect();
        self.builder.start(name.clone(), attributes);
        inside(self);
        self.builder.end(&name);
    }

    /// Writes an element of the node's content.
    fn container(&mut self, name: &str, attributes: Attributes<'_>, node: &Json) {
        self.element(name, attributes, |writer| writer.content(node));
    }

    fn text(&mut self, text: &str) {
        self.builder.text(text);
    }

    /// Writes a node's children, marks joined across neighbours.
    fn content(&mut self, node: &Json) {
        let mut open = Vec::new();
        for child in children(node) {
            let wanted = marks::of(child);
            self.switch_marks(&mut open, wanted);
            self.node(child);
        }
        self.switch_marks(&mut open, Vec::new());
    }

    fn node(&mut self, node: &Json) {
        match kind(node) {
            "text" => self.text(&string(node, &["text"]).replace('\n', " ")),
            "doc" => self.content(node),
            "paragraph" => self.paragraph(node),
            "heading" => self.heading(node),
            "hardBreak" => self.element("br", &[], |_| {}),
            "rule" => self.element("hr", &[], |_| {}),
            "blockquote" => self.container("blockquote", &[], node),
            "bulletList" => self.container("ul", &[], node),
            "orderedList" => self.container("ol", &[("start", &attr(node, "order"))], node),
            "listItem" => self.container("li", &[], node),
            "codeBlock" => self.code(&text_of(node), &attr(node, "language")),
            "panel" => self.panel(node),
            "expand" | "nestedExpand" => {
                self.macro_with("expand", &[("title", &attr(node, "title"))], |writer| {
                    writer.content(node);
                });
            }
            "taskList" => self.container("ac:task-list", &[], node),
            "taskItem" | "blockTaskItem" => self.task(node),
            "decisionList" => self.decisions(node),
            "table" => self.table(node),
            "layoutSection" => self.container("ac:layout-section", &[], node),
            "layoutColumn" => self.container("ac:layout-cell", &[], node),
            _ => self.inline_node(node),
        }
    }

    fn inline_node(&mut self, node: &Json) {
        match kind(node) {
            "mention" => self.mention(node),
            "emoji" => self.emoji(node),
            "date" => self.element("time", &[("datetime", &date(&attr(node, "timestamp")))], |_| {}),
            "status" => self.macro_element(
                "status",
                &[("title", &attr(node, "text")), ("colour", &attr(node, "color"))],
            ),
            "placeholder" => self.element("ac:placeholder", &[], |writer| writer.text(&attr(node, "text"))),
            "inlineCard" => self.card(node, "inline"),
            "blockCard" => self.card(node, "block"),
            "embedCard" => self.card(node, "embed"),
            "mediaSingle" | "mediaGroup" | "mediaInline" | "media" => self.media(node),
            "caption" => self.container("p", &[], node),
            "extension" | "inlineExtension" | "bodiedExtension" | "multiBodiedExtension" => {
                self.extension(node);
            }
            "extensionFrame" => self.content(node),
            _ => self.unknown(node),
        }
    }

    /// Only a table's header makes something of the alignment.
    fn paragraph(&mut self, node: &Json) {
        let mark = marks_on(node).iter().find(|mark| kind(mark) == "alignment");
        let style = match mark.map(|mark| string(mark, &["attrs", "align"])).as_deref() {
            Some("center") => "text-align: center;",
            Some("end") => "text-align: right;",
            _ => return self.container("p", &[], node),
        };
        self.container("p", &[("style", style)], node);
    }

    fn heading(&mut self, node: &Json) {
        let level = attr(node, "level").parse().unwrap_or(1_u8).clamp(1, 6);
        self.container(&format!("h{level}"), &[], node);
    }

    fn code(&mut self, code: &str, language: &str) {
        self.element("ac:structured-macro", &[("ac:name", "code")], |writer| {
            writer.parameter("language", language);
            writer.element("ac:plain-text-body", &[], |writer| writer.builder.verbatim(code));
        });
    }

    /// The names are shifted by one against storage format's macros; the purple `note` has no macro at all.
    fn panel(&mut self, node: &Json) {
        let icon = attr(node, "panelIconText");
        let (name, params): (_, Attributes<'_>) = match attr(node, "panelType").as_str() {
            "info" => ("info", &[]),
            "tip" | "success" => ("tip", &[]),
            "warning" => ("note", &[]),
            "error" => ("warning", &[]),
            "note" => return self.purple_panel(node),
            _ => ("panel", &[("panelIconText", &icon)]),
        };
        self.macro_with(name, params, |writer| writer.content(node));
    }

    fn purple_panel(&mut self, node: &Json) {
        self.adf_node("panel", &[("panel-type", "note")], |writer| {
            writer.container("ac:adf-content", &[], node);
        });
    }

    /// An `ac:adf-extension`, as the editor stores what storage format has no element for.
    fn adf_node(&mut self, kind: &str, attributes: Attributes<'_>, inside: impl FnOnce(&mut Self)) {
        self.element("ac:adf-extension", &[], |writer| {
            writer.element("ac:adf-node", &[("type", kind)], |writer| {
                writer.adf_attributes(attributes);
                inside(writer);
            });
        });
    }

    fn adf_attributes(&mut self, attributes: Attributes<'_>) {
        for (key, value) in attributes {
            self.element("ac:adf-attribute", &[("key", key)], |writer| writer.text(value));
        }
    }

    fn decisions(&mut self, list: &Json) {
        self.adf_node("decision-list", &[], |writer| {
            for item in children(list) {
                writer.element("ac:adf-node", &[("type", "decision-item")], |writer| {
                    writer.adf_attributes(&[("state", &attr(item, "state"))]);
                    writer.container("ac:adf-content", &[], item);
                });
            }
        });
    }

    fn task(&mut self, node: &Json) {
        let status = if attr(node, "state") == "DONE" {
            "complete"
        } else {
            "incomplete"
        };
        self.element("ac:task", &[], |writer| {
            writer.element("ac:task-status", &[], |writer| writer.text(status));
            writer.container("ac:task-body", &[], node);
        });
    }

    /// The name that the document has for a user may be old, but may be all there is.
    fn mention(&mut self, node: &Json) {
        let (id, name) = (attr(node, "id"), attr(node, "text"));
        self.element("ac:link", &[], |writer| {
            writer.element("ri:user", &[("ri:account-id", &id)], |_| {});
            writer.element("ac:plain-text-link-body", &[], |writer| writer.text(&name));
        });
    }

    fn emoji(&mut self, node: &Json) {
        let (id, name, text) = (attr(node, "id"), attr(node, "shortName"), attr(node, "text"));
        let attributes = [
            ("ac:emoji-id", &*id),
            ("ac:emoji-shortname", &*name),
            ("ac:emoji-fallback", &*text),
        ];
        self.element("ac:emoticon", &attributes, |_| {});
    }

    fn card(&mut self, node: &Json, look: &str) {
        let url = [attr(node, "url"), string(node, &["attrs", "data", "url"])]
            .into_iter()
            .find(|url| !url.is_empty());
        match url {
            Some(url) => {
                self.element("a", &[("href", &url), ("data-card-appearance", look)], |writer| {
                    writer.text(&url);
                });
            }
            None => self.unknown(node),
        }
    }

    /// A macro without a body.
    fn macro_element(&mut self, name: &str, params: Attributes<'_>) {
        self.element("ac:structured-macro", &[("ac:name", name)], |writer| {
            writer.parameters(params);
        });
    }

    /// A macro around what `body` writes.
    fn macro_with(&mut self, name: &str, params: Attributes<'_>, body: impl FnOnce(&mut Self)) {
        self.element("ac:structured-macro", &[("ac:name", name)], |writer| {
            writer.parameters(params);
            writer.element("ac:rich-text-body", &[], body);
        });
    }

    fn parameters(&mut self, params: Attributes<'_>) {
        for (name, value) in params {
            self.parameter(name, value);
        }
    }

    fn parameter(&mut self, name: &str, value: &str) {
        self.element("ac:parameter", &[("ac:name", name)], |writer| writer.text(value));
    }

    /// A node of a later day: its content, or what text it has.
    fn unknown(&mut self, node: &Json) {
        let attributes = node.get("attrs").map(Json::fields).unwrap_or_default();
        let attributes: Vec<(&str, String)> = attributes
            .iter()
            .filter(|(name, _)| name != "localId")
            .map(|(name, value)| (name.as_str(), value.to_string()))
            .collect();
        let attributes: Vec<(&str, &str)> = attributes
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        let name = if kind(node).is_empty() { "node" } else { kind(node) };
        self.element(&format!("{}{name}", tree::ADF), &attributes, |writer| {
            if children(node).is_empty() {
                let text = [attr(node, "text"), attr(node, "url")]
                    .into_iter()
                    .find(|text| !text.is_empty());
                writer.text(&text.unwrap_or_default());
            }
            writer.content(node);
        });
    }
}

fn kind(node: &Json) -> &str {
    match node.get("type") {
        Some(Json::Scalar(kind)) => kind,
        _ => "",
    }
}

fn children(node: &Json) -> &[Json] {
    node.get("content").map(Json::items).unwrap_or_default()
}

fn marks_on(node: &Json) -> &[Json] {
    node.get("marks").map(Json::items).unwrap_or_default()
}

/// An attribute as text; empty if there is none.
fn attr(node: &Json, name: &str) -> String {
    string(node, &["attrs", name])
}

/// The text below several fields; empty if there is none.
fn string(node: &Json, path: &[&str]) -> String {
    node.at(path).map(Json::to_string).unwrap_or_default()
}

/// All text below a node, as it stands.
fn text_of(node: &Json) -> String {
    match kind(node) {
        "text" => string(node, &["text"]),
        "hardBreak" => "\n".to_owned(),
        _ => children(node).iter().map(text_of).collect(),
    }
}

/// The day of an instant in milliseconds.
fn date(timestamp: &str) -> String {
    let instant = timestamp.parse().ok().and_then(DateTime::from_timestamp_millis);
    instant.map_or_else(
        || timestamp.to_owned(),
        |instant| instant.format("%Y-%m-%d").to_string(),
    )
}
