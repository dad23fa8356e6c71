//! What `CommonMark`'s examples say survives the way to Markdown and back.

use millpond::convert::{render, render_html};
use millpond::model::Body;

use crate::measure::{commonmark, reading};

/// Raw HTML that XML reads otherwise: tags cut off at the end (kept as text), CDATA, processing instructions,
/// declarations and comments that HTML ends earlier, and a block in a row, which HTML moves out of its table.
const OTHERWISE_AS_STORAGE: usize = 9;

#[test]
fn the_meaning_of_commonmarks_examples_survives_as_storage_format_too() {
    let Some(examples) = commonmark::examples() else {
        eprintln!(
            "the_meaning_of_commonmarks_examples_survives_as_storage_format_too: skipped, run npm install"
        );
        return;
    };
    let changed = |html: &&String| {
        let body = Body::Storage(commonmark::as_storage(html));
        let returned = reading::plain_html(&render(&body, &super::CONTEXT_AT_ROOT).markdown);
        commonmark::meaning(html) != commonmark::meaning(&returned)
    };
    let changed: Vec<&String> = examples.iter().filter(changed).collect();
    assert!(
        changed.len() <= OTHERWISE_AS_STORAGE,
        "{}: {changed:#?}",
        changed.len()
    );
}

#[test]
fn the_meaning_of_commonmarks_examples_survives_the_way_to_markdown_and_back() {
    let Some(examples) = commonmark::examples() else {
        eprintln!(
            "the_meaning_of_commonmarks_examples_survives_the_way_to_markdown_and_back: skipped, \
             run npm install in tests/commonmark"
        );
        return;
    };
    let changed = |html: &&String| {
        let returned = reading::plain_html(&render_html(html, &super::CONTEXT_AT_ROOT).markdown);
        commonmark::meaning(html) != commonmark::meaning(&returned)
    };
    let changed: Vec<&String> = examples.iter().filter(changed).collect();
    assert!(changed.is_empty(), "{}: {changed:#?}", changed.len());
}
