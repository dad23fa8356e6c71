//! Storage format and its kin become Markdown.

mod adf;
mod blocks;
mod commonmark;
mod corpus;
mod fixtures;
mod inline;
mod robustness;
mod view;

use millpond::convert::{PageContext, Rendered, render};
use millpond::model::Body;

/// Where the pages of these tests stand.
pub(crate) const CONTEXT: PageContext<'static> = PageContext {
    wiki_url: "https://acme.atlassian.net/wiki",
    space_key: "DOCS",
    page_id: "4242",
};

/// A site without an address, so that addresses that begin at the root stay so.
pub(crate) const CONTEXT_AT_ROOT: PageContext<'static> = PageContext {
    wiki_url: "",
    ..CONTEXT
};

pub(crate) fn storage(body: &str) -> Rendered {
    render(&Body::Storage(body.to_owned()), &CONTEXT)
}
