//! Renders files of storage format, ADF or HTML to standard output: `cargo run --example render -- page.xhtml`.
#![expect(clippy::print_stdout, reason = "that is what it is for")]

use std::path::Path;

use anyhow::Context;
use millpond::convert::{PageContext, render, render_html};
use millpond::model::Body;

fn main() -> anyhow::Result<()> {
    let context = PageContext {
        wiki_url: "https://acme.atlassian.net/wiki",
        space_key: "DOCS",
        page_id: "4242",
    };
    for path in std::env::args().skip(1) {
        let text = std::fs::read_to_string(&path).with_context(|| format!("could not read {path}"))?;
        let rendered = match Path::new(&path)
            .extension()
            .and_then(|extension| extension.to_str())
        {
            Some("adf" | "json") => render(&Body::Adf(text), &context),
            Some("html") => render_html(&text, &context),
            _ => render(&Body::Storage(text), &context),
        };
        print!("{}", rendered.markdown);
        for warning in rendered.warnings {
            println!("<!-- warning: {}: {} -->", warning.construct, warning.detail);
        }
    }
    Ok(())
}
