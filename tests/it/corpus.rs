//! Real documents, all the way: served by the simulated site, mirrored, rendered, found.

use std::fs;
use std::path::{Path, PathBuf};

use confluence_sim::Site;

use crate::support::installation::{Installation, visible, world};

const DOMAIN: &str = "acme.atlassian.net";

/// Every storage-format document below `folder`.
fn documents(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if is_storage(&path) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn is_storage(path: &Path) -> bool {
    let name = path.file_name().unwrap().to_str().unwrap();
    let in_mark = path.components().any(|part| part.as_os_str() == "kovetskiy+mark");
    Path::new(name)
        .extension()
        .is_some_and(|extension| extension == "xhtml")
        || name == "input.xml"
        || name.ends_with("-input.xml")
        || (in_mark && name.ends_with(".html"))
}

/// The longest word of plain letters in a body's text: rare enough to be worth a search.
fn word(storage: &str) -> Option<String> {
    let mut text = String::new();
    let mut depth = 0;
    for c in storage.chars() {
        match c {
            '<' => depth = 1,
            '>' => (depth, text) = (0, text + " "),
            c if depth == 0 => text.push(c),
            _ => {}
        }
    }
    let is_word = |word: &&str| word.len() >= 4 && word.chars().all(|c| c.is_ascii_lowercase());
    text.split_whitespace()
        .filter(is_word)
        .max_by_key(|word| word.len())
        .map(str::to_owned)
}

fn serve(site: &Site, documents: &[PathBuf]) -> Vec<(String, Option<String>)> {
    let serve = |(number, path): (usize, &PathBuf)| {
        let body = String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned();
        let page = site
            .space("CORPUS")
            .page(&format!("Document {number}"))
            .body(&body);
        (page.id(), word(&body))
    };
    documents.iter().enumerate().map(serve).collect()
}

#[tokio::test]
async fn every_real_document_is_mirrored_rendered_and_found() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus/storage-format");
    if !corpus.is_dir() {
        println!("skipped: the corpus of real documents is not here");
        return;
    }
    let documents = documents(&corpus);
    let (atlassian, alice) = world().await;
    let site = atlassian.site(DOMAIN);
    site.member(&alice);
    let served = serve(&site, &documents);
    let home = Installation::new(&atlassian, &[DOMAIN]).connected(DOMAIN).await;

    home.done(&["sync"]).await;

    assert_eq!(home.mirrored(), visible(&site, &alice));
    let reader = millpond::store::Reader::open(&home.path("state")).unwrap();
    let mut searched = 0;
    for ((id, word), path) in served.iter().zip(&documents) {
        let Some(word) = word else { continue };
        let query = millpond::store::SearchQuery {
            limit: documents.len(),
            ..millpond::store::SearchQuery::new(word)
        };
        let hits = reader.search(&query).unwrap();
        assert!(
            hits.iter().any(|hit| hit.id.as_str() == id),
            "{word:?} of {}",
            path.display()
        );
        searched += 1;
    }
    println!(
        "{} documents mirrored, {searched} of them found by a word",
        documents.len()
    );
    assert!(
        searched * 10 > documents.len() * 7,
        "too few documents have a word to search for"
    );
}
