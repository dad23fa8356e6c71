//! What Confluence's HTML was in storage format.

use html2md::{Handle, NodeData};
use html5ever::{Attribute, LocalName};

use crate::convert::tree::{self, attr};

/// What an element of HTML becomes.
#[derive(Default)]
pub(super) struct Shape {
    pub(super) parts: Vec<Part>,
    /// Whether its content does not follow.
    pub(super) is_closed: bool,
}

/// An element, first to last: those that are open lie inside each other.
pub(super) enum Part {
    /// It holds what follows.
    Open(LocalName, Vec<Attribute>),
    /// It holds this text only.
    Leaf(LocalName, Vec<Attribute>, String),
}

impl Shape {
    /// Nothing at all.
    fn nothing() -> Self {
        Self {
            is_closed: true,
            ..Self::default()
        }
    }

    fn open(mut self, name: &str, attributes: &[(&str, &str)]) -> Self {
        self.parts
            .push(Part::Open(LocalName::from(name), with(attributes)));
        self
    }

    fn leaf(mut self, name: &str, attributes: &[(&str, &str)], text: &str) -> Self {
        self.parts.push(Part::Leaf(
            LocalName::from(name),
            with(attributes),
            text.to_owned(),
        ));
        self
    }

    /// Opens a macro.
    fn of_macro(name: &str) -> Self {
        Self::default().open("ac:structured-macro", &[("ac:name", name)])
    }

    fn parameter(self, name: &str, value: &str) -> Self {
        self.leaf("ac:parameter", &[("ac:name", name)], value.trim())
    }

    fn closed(self) -> Self {
        Self {
            is_closed: true,
            ..self
        }
    }
}

fn with(attributes: &[(&str, &str)]) -> Vec<Attribute> {
    attributes
        .iter()
        .map(|(name, value)| tree::attribute(name, value))
        .collect()
}

/// The elements that an element of HTML stands for; mostly itself.
pub(super) fn shape(node: &Handle) -> Shape {
    let class = attr(node, "class").unwrap_or_default();
    let has = |word: &str| class.split_ascii_whitespace().any(|found| found == word);
    match tree::name_of(node) {
        "div" if has("confluence-information-macro") => information(&class),
        "div" if has("expand-container") => expand(node),
        "div" if has("expand-control") => Shape::nothing(),
        "span" if has("confluence-information-macro-icon") => Shape::nothing(),
        "span" if has("status-macro") => status(node),
        "p" if has("title") => Shape::default().open("p", &[]).open("strong", &[]),
        "pre" => code(node),
        "img" if has("emoticon") => emoticon(node),
        "img" => image(node),
        "a" if has("confluence-userlink") => user(node),
        "a" if has("confluence-embedded-file") => file(node),
        "ul" if has("inline-task-list") => Shape::default().open("ac:task-list", &[]),
        "li" if attr(node, "data-inline-task-id").is_some() => task(has("checked")),
        _ => itself(node),
    }
}

fn itself(node: &Handle) -> Shape {
    let mut shape = Shape::default();
    if let NodeData::Element { name, attrs, .. } = &node.data {
        shape
            .parts
            .push(Part::Open(name.local.clone(), attrs.borrow().clone()));
    }
    shape
}

fn information(class: &str) -> Shape {
    let is_kind = |name: &&str| class.contains(&format!("information-macro-{name}"));
    let name = ["tip", "note", "warning"]
        .into_iter()
        .find(is_kind)
        .unwrap_or("info");
    Shape::of_macro(name).open("ac:rich-text-body", &[])
}

fn expand(node: &Handle) -> Shape {
    let is_title = |element: &Handle| tree::attr_has(element, "class", "expand-control-text");
    let title = tree::find_below(node, &is_title)
        .map(|title| tree::text_of(&title))
        .unwrap_or_default();
    Shape::of_macro("expand")
        .parameter("title", &title)
        .open("ac:rich-text-body", &[])
}

fn status(node: &Handle) -> Shape {
    Shape::of_macro("status")
        .parameter("title", &tree::text_of(node))
        .closed()
}

/// The view says `java` also where the page says nothing.
fn code(node: &Handle) -> Shape {
    let settings = attr(node, "data-syntaxhighlighter-params").unwrap_or_default();
    let brush = settings
        .split(';')
        .find_map(|setting| setting.trim().strip_prefix("brush:"));
    let brush = brush.map(str::trim).filter(|brush| *brush != "java");
    let class = tree::child(node, "code")
        .and_then(|code| attr(&code, "class"))
        .unwrap_or_default();
    let language = brush
        .or_else(|| class.strip_prefix("language-"))
        .unwrap_or_default();
    let code = tree::text_of(node);
    Shape::of_macro("code")
        .parameter("language", language)
        .leaf("ac:plain-text-body", &[], &code)
        .closed()
}

fn emoticon(node: &Handle) -> Shape {
    let attr = |name| attr(node, name).unwrap_or_default();
    let attributes = [
        ("ac:name", &*attr("data-emoticon-name")),
        ("ac:emoji-id", &*attr("data-emoji-id")),
        ("ac:emoji-shortname", &*attr("data-emoji-shortname")),
        ("ac:emoji-fallback", &*attr("data-emoji-fallback")),
    ];
    Shape::default().open("ac:emoticon", &attributes)
}

/// An image that is an attachment is known by its name; its address carries a version and a size.
fn image(node: &Handle) -> Shape {
    let Some(name) = attr(node, "data-linked-resource-default-alias") else {
        return itself(node);
    };
    let alt = attr(node, "alt").unwrap_or_default();
    Shape::default().open("ac:image", &[("ac:alt", &alt)]).leaf(
        "ri:attachment",
        &[("ri:filename", &name)],
        "",
    )
}

fn user(node: &Handle) -> Shape {
    match attr(node, "data-account-id").or_else(|| attr(node, "data-username")) {
        Some(id) => Shape::default()
            .open("ac:link", &[])
            .leaf("ri:user", &[("ri:account-id", &id)], "")
            .open("ac:link-body", &[]),
        None => itself(node),
    }
}

/// A file shown as a picture of itself.
fn file(node: &Handle) -> Shape {
    match attr(node, "data-linked-resource-default-alias") {
        Some(name) => Shape::of_macro("view-file")
            .open("ac:parameter", &[("ac:name", "name")])
            .leaf("ri:attachment", &[("ri:filename", &name)], "")
            .closed(),
        None => itself(node),
    }
}

fn task(is_done: bool) -> Shape {
    let status = if is_done { "complete" } else { "incomplete" };
    Shape::default()
        .open("ac:task", &[])
        .leaf("ac:task-status", &[], status)
        .open("ac:task-body", &[])
}
