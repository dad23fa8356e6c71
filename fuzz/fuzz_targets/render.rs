//! Any text, in each of the three forms, becomes Markdown: the same each time, and not much longer than it.
//! How to run it, and what came of it: `fuzz/README.md`.

#![no_main]
#![allow(dead_code, unused_imports, reason = "only the renderer is asked")]

#[path = "../../src/convert/mod.rs"]
mod convert;
#[path = "../../src/model/mod.rs"]
mod model;

use convert::{PageContext, render, render_html};
use libfuzzer_sys::fuzz_target;
use model::Body;

const CONTEXT: PageContext<'static> = PageContext {
    wiki_url: "https://acme.atlassian.net/wiki",
    space_key: "DOCS",
    page_id: "4242",
};

fuzz_target!(|text: &str| {
    let render = || match text.as_bytes().first() {
        Some(b'{') => render(&Body::Adf(text.to_owned()), &CONTEXT),
        Some(b'\n') => render_html(text, &CONTEXT),
        _ => render(&Body::Storage(text.to_owned()), &CONTEXT),
    };
    let rendered = render();
    assert_eq!(rendered, render());
    assert!(rendered.markdown.len() < 64 * 1024 + 64 * text.len());
});
