//! Renders one file of storage format or ADF to standard output: `cargo run --example render -- page.xhtml`.
#![expect(clippy::print_stdout, reason = "that is what it is for")]

use std::path::Path;

use anyhow::Context;
use millpond::convert::{PageContext, render};
use millpond::model::Body;

fn main() -> anyhow::Result<()> {
    let context = PageContext {
        wiki_url: "https://acme.atlassian.net/wiki",
        space_key: "DOCS",
        page_id: "4242",
    };
    for path in std::env::args().skip(1) {
        let text = std::fs::read_to_string(&path).with_context(|| format!("could not read {path}"))?;
        let is_json = Path::new(&path)
            .extension()
            .is_some_and(|extension| extension == "adf" || extension == "json");
        let body = if is_json {
            Body::Adf(text)
        } else {
            Body::Storage(text)
        };
        let rendered = render(&body, &context);
        print!("{}", rendered.markdown);
        for warning in rendered.warnings {
            println!("<!-- warning: {}: {} -->", warning.construct, warning.detail);
        }
    }
    Ok(())
}
