//! A handler for every element: by family, and the table that registers them.

pub(super) mod block;
pub(super) mod code;
pub(super) mod diagram;
pub(super) mod extension;
pub(super) mod include;
pub(super) mod inline;
pub(super) mod jira;
pub(super) mod link;
pub(super) mod list;
pub(super) mod math;
pub(super) mod media;
pub(super) mod panel;
pub(super) mod preformatted;
pub(super) mod table;
pub(super) mod task;

use html2md::Handle;

use super::pen::Pen;
use super::renderer::ElementWriter;
use super::tree;
use super::{comments, macros};

/// Every element that is written in a way of its own. Others are only their content.
pub(super) const ELEMENTS: &[(&[&str], ElementWriter)] = &[
    (&[tree::ROOT], block::root),
    (&[tree::TEXT, tree::VERBATIM], inline::text),
    (
        &[
            "div",
            "section",
            "header",
            "footer",
            "article",
            "main",
            "aside",
            "nav",
            "figure",
            "figcaption",
            "center",
            "address",
            "fieldset",
            "form",
            "body",
            "html",
            "dl",
            "details",
            "ac:layout",
            "ac:layout-section",
            "ac:layout-cell",
            "ac:rich-text-body",
            "ac:task-body",
            "xml",
        ],
        block::container,
    ),
    (&["p", "summary"], block::paragraph),
    (&["h1", "h2", "h3", "h4", "h5", "h6"], block::heading),
    (&["hr"], block::rule),
    (&["blockquote"], block::quote),
    (&["dt"], block::term),
    (&["dd"], block::container),
    (&["br"], inline::line_break),
    (&["strong", "b"], inline::strong),
    (&["em", "i", "cite"], inline::emphasis),
    (&["strong-again"], inline::strong_again),
    (&["em-again"], inline::emphasis_again),
    (&["s", "del", "strike"], inline::strike),
    (&["u", "ins"], inline::underline),
    (&["sub"], inline::sub),
    (&["sup"], inline::sup),
    (&["kbd"], inline::kbd),
    (&["small"], inline::small),
    (&["mark"], inline::mark),
    (&["q"], inline::quotation),
    (&["span"], inline::span),
    (&["time"], inline::time),
    (&["ac:emoticon"], inline::emoticon),
    (&["ac:placeholder"], inline::placeholder),
    (
        &[
            "font",
            "big",
            "ac:inline-comment-marker",
            "ac:link-body",
            "label",
            "abbr",
        ],
        inline::content,
    ),
    (&["code", "tt", "samp"], code::span),
    (&["pre"], preformatted::preformatted),
    (&["ul", "menu", "dir"], list::bullets),
    (&["ol"], list::numbers),
    (&["li"], list::orphan_item),
    (&["ac:task-list"], task::tasks),
    (&["ac:task"], task::orphan_task),
    (&["table"], table::table),
    (
        &["thead", "tbody", "tfoot", "tr", "td", "th", "caption"],
        block::container,
    ),
    (&["a"], link::anchor),
    (&["ac:link"], link::resource_link),
    (&["iframe"], link::frame),
    (&["img"], media::html_image),
    (&["ac:image"], media::image),
    (&["ac:structured-macro", "ac:macro"], macros::structured_macro),
    (&["ac:adf-extension"], extension::extension),
    (
        &[
            "head",
            "title",
            "script",
            "style",
            "colgroup",
            "col",
            "template",
            "ac:parameter",
            "ac:default-parameter",
            "ac:task-id",
            "ac:task-uuid",
            "ac:task-status",
            "ac:adf-mark",
            "ac:adf-fragment-mark",
            "ac:adf-fragment-mark-detail",
            "ac:adf-attribute",
            "ac:adf-parameter",
            "ac:adf-parameter-value",
        ],
        block::nothing,
    ),
];

/// An element of Confluence's that this program does not know: its content, and a comment that names it.
pub(super) fn unknown(pen: &mut Pen<'_>, node: &Handle) {
    let name = tree::name_of(node);
    let (kind, name) = name
        .strip_prefix(tree::ADF)
        .map_or(("element", name), |name| ("node", name));
    pen.warn(format!("{kind}:{name}"), "unknown, kept as a comment");
    let comment = comments::open(kind, &[("name", name)], &tree::attributes(node));
    let is_inline = pen.is_inline() && !has_blocks(node);
    if tree::text_of(node).trim().is_empty() && node.children.borrow().is_empty() {
        pen.remark(comment);
    } else if is_inline {
        pen.children(node);
        pen.note(comment);
    } else {
        pen.framed(comment, comments::close(kind), |pen| pen.children(node));
    }
}

/// Whether something inside cannot stand within a paragraph.
pub(super) fn has_blocks(node: &Handle) -> bool {
    tree::any_below(node, &|element| {
        matches!(
            tree::name_of(element),
            "p" | "div"
                | "section"
                | "h1"
                | "h2"
                | "h3"
                | "h4"
                | "h5"
                | "h6"
                | "hr"
                | "blockquote"
                | "pre"
                | "ul"
                | "ol"
                | "dl"
                | "table"
                | "ac:task-list"
                | "ac:layout"
                | "ac:adf-extension"
                | "ac:plain-text-body"
        )
    })
}
