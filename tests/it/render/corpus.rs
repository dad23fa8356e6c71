//! Real pages lose nothing.

use std::fmt::Write;
use std::fs;
use std::path::PathBuf;

use percent_encoding::percent_decode_str;

use crate::measure::{self, codes, corpus, reading, source};

/// The storage-format files of the corpus, or a word on why there are none.
fn pages(test: &str) -> Vec<(PathBuf, String)> {
    let Some(folder) = corpus::folder() else {
        eprintln!("{test}: skipped, there is no corpus beside this checkout");
        return Vec::new();
    };
    let read = |path: PathBuf| {
        let body = fs::read_to_string(&path).unwrap();
        (path, body)
    };
    corpus::storage(&folder).into_iter().map(read).collect()
}

#[test]
fn every_visible_word_of_a_page_is_in_its_markdown() {
    let mut lost = String::new();
    for (path, body) in pages("every_visible_word_of_a_page_is_in_its_markdown") {
        let rendered = super::storage(&body);
        let wanted = source::read(&body).words;
        let found = reading::read(&reading::html(&rendered.markdown)).words;
        let missing = measure::lost(&wanted, &found);
        if !missing.is_empty() {
            writeln!(lost, "{}: {missing:?}", path.display()).unwrap();
        }
    }
    assert_eq!(lost, "");
}

#[test]
fn every_code_body_is_rendered_byte_for_byte() {
    let Some(folder) = corpus::folder() else {
        eprintln!(
            "every_code_body_is_rendered_byte_for_byte: skipped, there is no corpus beside this checkout"
        );
        return;
    };
    for codes in [
        codes::in_storage(&folder, &super::CONTEXT),
        codes::in_adf(&folder, &super::CONTEXT),
        codes::in_views(&folder, &super::CONTEXT),
    ] {
        assert!(codes.count > 0, "found none");
        assert!(codes.changed.is_empty(), "{:#?}", codes.changed);
    }
}

#[test]
fn every_task_keeps_its_state() {
    for (path, body) in pages("every_task_keeps_its_state") {
        let rendered = super::storage(&body);
        let mut found = reading::read(&reading::html(&rendered.markdown)).tasks;
        let mut wanted = source::read(&body).tasks;
        found.sort_unstable();
        wanted.sort_unstable();
        assert_eq!(found, wanted, "{}", path.display());
    }
}

#[test]
fn every_image_and_address_of_a_page_is_in_its_markdown() {
    for (path, body) in pages("every_image_and_address_of_a_page_is_in_its_markdown") {
        let wanted = source::read(&body);
        let found = reading::read(&reading::html(&super::storage(&body).markdown));
        assert!(
            found.images >= wanted.images,
            "{}: {} images",
            path.display(),
            found.images
        );
        let decoded = |address: &String| percent_decode_str(address).decode_utf8_lossy().into_owned();
        let found: Vec<String> = found.addresses.iter().map(decoded).collect();
        for address in wanted.addresses.iter().map(decoded) {
            assert!(found.contains(&address), "{}: {address}", path.display());
        }
    }
}

#[test]
fn the_same_page_gives_the_same_bytes_and_no_markup_leaks() {
    for (path, body) in pages("the_same_page_gives_the_same_bytes_and_no_markup_leaks") {
        let rendered = super::storage(&body);
        assert_eq!(rendered, super::storage(&body), "{}", path.display());
        let prose = reading::read(&reading::html(&rendered.markdown)).prose;
        for leak in [
            "ac:structured",
            "ac:parameter",
            "ri:page",
            "ri:attachment",
            "ac:name",
        ] {
            assert!(!prose.contains(leak), "{}: {leak}", path.display());
        }
    }
}
