//! Storage format → Markdown.
//!
//! ```text
//! storage ── quick-xml events ─┐
//! ADF ────── JSON ─────────────┼─▶ tree of rcdom nodes ── html2md::walk ─▶ handlers ─▶ pen ─▶ Markdown
//! view ───── html5ever ────────┘
//! ```
//!
//! An HTML parser must not read storage format: it cuts CDATA at the first `>` and lets `<ac:… />` swallow what
//! follows. So the readers build the tree themselves, depth-capped, and only the walk is html2md's: every element
//! it knows has a handler here. Handlers write blocks and inline pieces through a `pen::Pen`; escaping, spacing
//! and the choice of delimiters happen once, when a block is printed.
//!
//! [`render`] is total: what cannot be said in Markdown is kept as a comment (see `comments`) and warned about.

mod adf;
mod comments;
mod emoticons;
mod entities;
mod escape;
mod flow;
mod handlers;
mod inline;
mod links;
mod macros;
mod pen;
mod renderer;
mod spacing;
mod storage;
mod tree;
mod view;
mod weave;
mod words;

use crate::model::Body;

pub use links::{Link, LinkTarget};

/// Counts up whenever the same body would become different Markdown. Stored with each page, so that older
/// renderings can be found and renewed.
pub const RENDERER_VERSION: u32 = 1;

/// Where a body stands: what its relative links and names are relative to.
#[derive(Clone, Copy, Debug)]
pub struct PageContext<'a> {
    /// The address of the site's wiki, such as `https://acme.atlassian.net/wiki`.
    pub wiki_url: &'a str,
    /// The space of the page: titles without a space key mean pages of this one.
    pub space_key: &'a str,
    /// The page itself: attachments without a page are this one's.
    pub page_id: &'a str,
}

/// What a body became.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rendered {
    /// CommonMark with GitHub's tables, tasks and alerts; one final newline, or nothing at all.
    pub markdown: String,
    /// The visible words, for the full-text index: no markup, no link targets.
    pub text: String,
    /// The links in the order they stand in.
    pub links: Vec<Link>,
    /// What could not be carried over whole.
    pub warnings: Vec<Warning>,
}

/// One thing that Markdown could not say, or that was broken in the body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// What it is about, such as `macro:vendor-x`.
    pub construct: String,
    /// What happened to it.
    pub detail: String,
}

/// Renders a body. Never fails: whatever the input, there is Markdown, and warnings say what was lost.
pub fn render(body: &Body, context: &PageContext<'_>) -> Rendered {
    match body {
        Body::Storage(text) => renderer::render(|warnings| storage::read(text, warnings), context),
        Body::Adf(text) => renderer::render(|warnings| adf::read(text, warnings), context),
    }
}

/// Renders HTML, such as the view of a page in an old export, or a comment's.
pub fn render_html(html: &str, context: &PageContext<'_>) -> Rendered {
    renderer::render(|warnings| view::read(html, warnings), context)
}
