//! How well and how fast a mirror is searched: `cargo bench --bench search -- [PAGES]`.
//!
//! Prints first how early the pages come that people look for, beside FTS5's own order with its defaults. Then writes a
//! mirror of generated pages (20,000 unless said otherwise) to `target/search-PAGES`, through the store's own functions and
//! unless it is there, and searches it as people do: warm in one process, and by `millpond search` from start to exit.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a measurement prints and ends where it cannot go on"
)]

#[path = "../tests/measure/corpus.rs"]
mod corpus;
#[path = "search/generate.rs"]
mod generate;
#[path = "search/measure.rs"]
mod measure;
#[path = "search/processes.rs"]
mod processes;
#[path = "../tests/relevance/mod.rs"]
mod relevance;
#[path = "../sim/src/bin/measured_site/vocabulary.rs"]
mod vocabulary;

use std::path::{Path, PathBuf};

use relevance::Wish;

fn main() {
    let pages = std::env::args()
        .find_map(|argument| argument.parse().ok())
        .unwrap_or(20_000);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(found_early());
    let dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("../search-{pages}"));
    // Written last: what was left half-way is made anew.
    let complete = dir.join("complete");
    if !complete.exists() {
        runtime.block_on(generate::mirror(&dir, pages));
        std::fs::write(complete, "").unwrap();
    }
    measure::all(&dir, pages);
    processes::all(&dir, pages);
}

async fn found_early() {
    let dir = tempfile::tempdir().unwrap();
    relevance::demo(dir.path()).await;
    scores("the demo's site", dir.path(), &relevance::about_the_demo());
    let Some(folder) = corpus::folder() else {
        println!("There is no corpus beside this checkout.");
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let documents = relevance::documents(&folder, &corpus::storage(&folder));
    relevance::corpus(dir.path(), &documents).await;
    scores("real documents", dir.path(), &relevance::about_the_corpus());
}

fn scores(what: &str, dir: &Path, wishes: &[Wish]) {
    let (ours, plain) = relevance::compared(dir, wishes, |_, _| {});
    println!(
        "{what}, {} queries: {ours}; with plain bm25 {plain}",
        wishes.len()
    );
}
