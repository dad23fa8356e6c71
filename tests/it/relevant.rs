//! Searches find first what people look for, and better so than the index's own order does.

use crate::measure::corpus;
use crate::relevance::{self, Score};

fn missed(typed: &str, seen: &[String]) {
    eprintln!("{typed}: {seen:?}");
}

/// Below this, searching has become worse: `cargo bench --bench search` prints what it was.
fn assert_good((ours, plain): (Score, Score), least: Score) {
    eprintln!("{ours}; with plain bm25 {plain}");
    assert!(ours.reciprocal_rank >= least.reciprocal_rank, "{ours}");
    assert!(ours.recall >= least.recall, "{ours}");
    assert!(ours.reciprocal_rank > plain.reciprocal_rank, "{plain}");
}

#[tokio::test]
async fn searches_of_the_demos_site_find_first_what_is_looked_for() {
    let dir = tempfile::tempdir().unwrap();
    relevance::demo(dir.path()).await;
    let compared = relevance::compared(dir.path(), &relevance::about_the_demo(), missed);
    let least = Score {
        reciprocal_rank: 0.96,
        recall: 0.98,
    };
    assert_good(compared, least);
}

#[tokio::test]
async fn searches_of_real_documents_find_first_what_is_looked_for() {
    let Some(folder) = corpus::folder() else {
        eprintln!("skipped: the corpus of real documents is not here");
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let documents = relevance::documents(&folder, &corpus::storage(&folder));
    relevance::corpus(dir.path(), &documents).await;
    let compared = relevance::compared(dir.path(), &relevance::about_the_corpus(), missed);
    let least = Score {
        reciprocal_rank: 0.93,
        recall: 0.97,
    };
    assert_good(compared, least);
}

/// The first column of the tables under a heading of the documentation.
fn examples(heading: &str) -> Vec<&'static str> {
    let page = include_str!("../../docs/search.md");
    let (_, section) = page.split_once(heading).unwrap();
    let section = section.split("\n## ").next().unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    let cells = rows.filter_map(|row| row.split(" | ").next());
    cells
        .flat_map(|cell| cell.split('`').skip(1).step_by(2))
        .collect()
}

#[tokio::test]
async fn every_example_of_the_documentation_finds_something_in_the_demo() {
    let dir = tempfile::tempdir().unwrap();
    relevance::demo(dir.path()).await;
    let reader = millpond::store::Reader::open(dir.path()).unwrap();
    let found = |typed: &str| relevance::titles(&reader, typed);
    let (queries, filters) = (examples("## What can be typed"), examples("## Filters"));
    assert!(queries.len() > 6 && filters.len() > 8, "{queries:?} {filters:?}");
    for typed in queries.iter().chain(&filters) {
        // The demo has neither blog posts nor anything archived or gone.
        let is_none = ["type:blogpost", "is:archived", "is:gone"].contains(typed);
        assert_eq!(found(typed).is_empty(), is_none, "{typed}");
    }
    let (all, without) = (found("gauge"), found("gauge -flood"));
    assert!(without.len() < all.len() && without.iter().all(|title| all.contains(title)));
    assert_eq!(
        found("flood OR ice").len() + found("flood ice").len(),
        found("flood").len() + found("ice").len()
    );
    assert!(
        found("title:gauge")
            .iter()
            .all(|title| title.to_lowercase().contains("gauge"))
    );
    assert!(found("cafe").iter().any(|title| title.contains("Café")));
}
