//! One document per construct and trap, and what becomes of it.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use millpond::convert::{PageContext, Rendered, render};
use millpond::model::Body;

/// Compares each document of a folder of fixtures with its snapshot.
fn check(kind: &str, render: impl Fn(&str) -> Rendered) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(kind);
    let mut paths: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(format!("../../snapshots/{kind}"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for path in paths {
            let body = fs::read_to_string(&path).unwrap();
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            insta::assert_snapshot!(name, shown(&render(&body)));
        }
    });
}

#[test]
fn every_construct_becomes_its_markdown() {
    check("storage", super::storage);
}

#[test]
fn every_node_of_adf_becomes_its_markdown() {
    check("adf", |json| render(&Body::Adf(json.to_owned()), &super::CONTEXT));
}

/// All that a rendering holds, as text.
fn shown(rendered: &Rendered) -> String {
    let mut out = rendered.markdown.clone();
    write!(out, "\n===== text\n{}\n", rendered.text).unwrap();
    for link in &rendered.links {
        write!(
            out,
            "===== link {:?}\n      {} {:?}\n",
            link.target, link.written, link.anchor
        )
        .unwrap();
    }
    for warning in &rendered.warnings {
        writeln!(out, "===== warning {}: {}", warning.construct, warning.detail).unwrap();
    }
    out
}

/// The text of the first block that the fence opens.
fn block_of<'a>(page: &'a str, fence: &str, closing: &str) -> &'a str {
    let (_, block) = page.split_once(fence).unwrap();
    block.split_once(closing).unwrap().0
}

#[test]
fn the_example_in_the_documentation_is_what_comes_out() {
    let page = include_str!("../../../docs/markdown.md");
    let (before, after) = (
        block_of(page, "```xml\n", "\n```\n"),
        block_of(page, "````markdown\n", "````\n"),
    );
    let context = PageContext {
        space_key: "OPS",
        ..super::CONTEXT
    };
    assert_eq!(
        render(&Body::Storage(before.to_owned()), &context).markdown,
        after
    );
}
