//! The tree that every reader builds and the handlers read.
//!
//! Nodes are rcdom's, because that is what `html2md::walk` walks. Element names stay qualified (`ac:link`). Text is
//! an attribute of an element of ours, so that a handler of ours, not html2md's own text path, writes it.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use html2md::{Handle, NodeData};
use html5ever::tendril::StrTendril;
use html5ever::{Attribute, LocalName, Namespace, QualName};
use markup5ever_rcdom::Node;

use super::Warning;
use super::comments::Pairs;

/// The root of every tree.
pub(super) const ROOT: &str = "#root";
/// Text, with references resolved.
pub(super) const TEXT: &str = "#text";
/// Text that the author typed as it is: CDATA.
pub(super) const VERBATIM: &str = "#cdata";
/// The attribute of lists whose items stand apart, whatever is in them.
pub(super) const LOOSE: &str = "#loose";
/// The prefix of elements that stand for ADF nodes without a counterpart in storage format.
pub(super) const ADF: &str = "adf:";
/// Stands for an element below the depth cap: its content as blocks.
const FLATTENED: &str = "div";

/// How deep a tree may get. A level costs the walk about 2 KiB of stack, and tokio's workers have 2 MiB.
pub(super) const MAX_DEPTH: usize = 200;

/// So many open elements are looked through one by one; hardly a page has more.
const NEAR: usize = 32;

/// The warning about a tree that was deeper.
pub(super) fn too_deep() -> Warning {
    let detail = format!("nested deeper than {MAX_DEPTH} levels: flattened");
    Warning {
        construct: "depth".to_owned(),
        detail,
    }
}

/// An element without children.
pub(super) fn element(name: LocalName, attributes: Vec<Attribute>) -> Handle {
    Node::new(NodeData::Element {
        name: QualName::new(None, Namespace::default(), name),
        attrs: RefCell::new(attributes),
        template_contents: RefCell::new(None),
        mathml_annotation_xml_integration_point: false,
    })
}

/// An attribute under its qualified name.
pub(super) fn attribute(name: &str, value: &str) -> Attribute {
    Attribute {
        name: QualName::new(None, Namespace::default(), LocalName::from(name)),
        value: StrTendril::from_slice(value),
    }
}

/// The element's qualified name; nothing for text, comments and the like.
pub(super) fn name_of(node: &Handle) -> &str {
    match &node.data {
        NodeData::Element { name, .. } => &name.local,
        _ => "",
    }
}

/// The value of an attribute.
pub(super) fn attr(node: &Handle, wanted: &str) -> Option<StrTendril> {
    let NodeData::Element { attrs, .. } = &node.data else {
        return None;
    };
    attrs
        .borrow()
        .iter()
        .find(|attribute| &*attribute.name.local == wanted)
        .map(|attribute| attribute.value.clone())
}

/// Whether the node is text without a word, or no content at all.
pub(super) fn is_blank(node: &Handle) -> bool {
    match &node.data {
        NodeData::Element { name, .. } if !name.local.starts_with('#') => false,
        NodeData::Element { .. } => text_of(node).trim().is_empty(),
        NodeData::Text { contents } => contents.borrow().trim().is_empty(),
        _ => true,
    }
}

/// An element that only holds these nodes.
pub(super) fn holder_of(nodes: Vec<Handle>) -> Handle {
    let holder = element(LocalName::from(FLATTENED), Vec::new());
    holder.children.replace(nodes);
    holder
}

/// The attributes by name, in order.
pub(super) fn attributes(node: &Handle) -> Pairs {
    let NodeData::Element { attrs, .. } = &node.data else {
        return Pairs::new();
    };
    let pair = |attribute: &Attribute| (attribute.name.local.to_string(), (*attribute.value).into());
    attrs.borrow().iter().map(pair).collect()
}

/// Whether the attribute holds `word`, as `class` and `style` do.
pub(super) fn attr_has(node: &Handle, wanted: &str, word: &str) -> bool {
    attr(node, wanted).is_some_and(|value| value.contains(word))
}

/// The child elements, in order.
pub(super) fn elements(node: &Handle) -> Vec<Handle> {
    let is_element = |child: &&Handle| !name_of(child).starts_with('#') && !name_of(child).is_empty();
    node.children
        .borrow()
        .iter()
        .filter(is_element)
        .cloned()
        .collect()
}

/// The first child element of that name.
pub(super) fn child(node: &Handle, wanted: &str) -> Option<Handle> {
    node.children
        .borrow()
        .iter()
        .find(|child| name_of(child) == wanted)
        .cloned()
}

/// Whether any element below satisfies `wanted`.
pub(super) fn any_below(node: &Handle, wanted: &dyn Fn(&Handle) -> bool) -> bool {
    node.children
        .borrow()
        .iter()
        .any(|child| wanted(child) || any_below(child, wanted))
}

/// The first element of that name below.
pub(super) fn below(node: &Handle, wanted: &str) -> Option<Handle> {
    find_below(node, &|element| name_of(element) == wanted)
}

/// The first element below that satisfies `wanted`.
pub(super) fn find_below(node: &Handle, wanted: &dyn Fn(&Handle) -> bool) -> Option<Handle> {
    let children = node.children.borrow();
    children.iter().find_map(|child| {
        if wanted(child) {
            Some(child.clone())
        } else {
            find_below(child, wanted)
        }
    })
}

/// Hands over the text of a text element, uncopied.
pub(super) fn with_text(node: &Handle, take: impl FnOnce(&str)) {
    if let NodeData::Element { attrs, .. } = &node.data
        && let Some(text) = attrs.borrow().first()
    {
        take(&text.value);
    }
}

/// All text below, as it stands; `br` is a line break.
pub(super) fn text_of(node: &Handle) -> String {
    let mut text = String::new();
    collect_text(node, &mut text);
    text
}

fn collect_text(node: &Handle, into: &mut String) {
    match &node.data {
        NodeData::Text { contents } => into.push_str(&contents.borrow()),
        NodeData::Element { name, .. } if &*name.local == "br" => into.push('\n'),
        NodeData::Element { name, .. } if matches!(&*name.local, TEXT | VERBATIM) => {
            with_text(node, |text| into.push_str(text));
        }
        _ => node
            .children
            .borrow()
            .iter()
            .for_each(|child| collect_text(child, into)),
    }
}

/// What an element that holds CDATA says: around CDATA, other text is only pretty-printing.
pub(super) fn verbatim_of(node: &Handle) -> String {
    let children = node.children.borrow();
    let parts: Vec<&Handle> = children
        .iter()
        .filter(|child| name_of(child) == VERBATIM)
        .collect();
    if parts.is_empty() {
        return text_of(node);
    }
    parts.into_iter().map(text_of).collect()
}

/// Builds a tree from starts, ends and text, whatever their order.
pub(super) struct TreeBuilder {
    /// The path from the root to where the next node goes, at most [`MAX_DEPTH`] long.
    path: Vec<Handle>,
    /// The names of all open elements, also of those too deep to have a node.
    open: Vec<LocalName>,
    /// How often each name is open further out than [`NEAR`], so that an end tag without a start costs little.
    far: HashMap<LocalName, usize>,
    /// Text not yet in the tree: neighbouring texts and references make one node.
    text: String,
    flattened: bool,
}

impl TreeBuilder {
    pub(super) fn new() -> Self {
        Self {
            path: vec![element(LocalName::from(ROOT), Vec::new())],
            open: Vec::new(),
            far: HashMap::new(),
            text: String::new(),
            flattened: false,
        }
    }

    /// Opens an element. Below the depth cap it is flattened into a block of the last one that fits.
    pub(super) fn start(&mut self, name: LocalName, attributes: Vec<Attribute>) {
        self.flush_text();
        if self.open.len() < MAX_DEPTH {
            let node = element(name.clone(), attributes);
            self.append(Rc::clone(&node));
            self.path.push(node);
        } else {
            self.flattened = true;
        }
        self.open.push(name);
        if let Some(name) = self.just_beyond() {
            *self.far.entry(name).or_default() += 1;
        }
    }

    /// Closes the innermost element of that name and what is open inside it; nothing if there is none.
    pub(super) fn end(&mut self, name: &LocalName) {
        if !self.is_open(name) {
            return;
        }
        self.flush_text();
        loop {
            if let Some(count) = self.just_beyond().and_then(|name| self.far.get_mut(&name)) {
                *count -= 1;
            }
            let Some(closed) = self.open.pop() else {
                break;
            };
            if self.open.len() < MAX_DEPTH {
                self.path.pop();
            }
            if closed == *name {
                break;
            }
        }
    }

    /// Whether such an element is open.
    pub(super) fn is_open(&self, name: &LocalName) -> bool {
        self.open.iter().rev().take(NEAR).any(|open| open == name)
            || self.far.get(name).is_some_and(|count| *count > 0)
    }

    /// The innermost open element that is not near.
    fn just_beyond(&self) -> Option<LocalName> {
        let at = self.open.len().checked_sub(NEAR + 1)?;
        self.open.get(at).cloned()
    }

    /// Adds text.
    pub(super) fn text(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Adds text that stands exactly as typed.
    pub(super) fn verbatim(&mut self, text: &str) {
        self.flush_text();
        self.append_text(VERBATIM, text);
    }

    /// Closes what is open. The flag tells whether something was too deep.
    pub(super) fn finish(mut self) -> (Handle, bool) {
        self.flush_text();
        (self.path.swap_remove(0), self.flattened)
    }

    fn flush_text(&mut self) {
        if self.text.is_empty() {
            return;
        }
        let text = std::mem::take(&mut self.text);
        self.append_text(TEXT, &text);
        self.text = text;
        self.text.clear();
    }

    fn append_text(&self, kind: &str, text: &str) {
        self.append(element(LocalName::from(kind), vec![attribute(kind, text)]));
    }

    fn append(&self, node: Handle) {
        let Some(parent) = self.path.last() else {
            return;
        };
        // Rows and items skip bare text, so what was too deep for a node of its own comes as a block.
        if self.open.len() >= MAX_DEPTH {
            let block = element(LocalName::from(FLATTENED), Vec::new());
            block.children.borrow_mut().push(node);
            parent.children.borrow_mut().push(block);
        } else {
            parent.children.borrow_mut().push(node);
        }
    }
}
