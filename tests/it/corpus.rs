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

/// All documents, if they are here.
pub(crate) fn documents_of_the_corpus() -> Option<Vec<PathBuf>> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus/storage-format");
    corpus.is_dir().then(|| documents(&corpus))
}

fn is_storage(path: &Path) -> bool {
    let has_extension = |extension: &str| path.extension().is_some_and(|found| found == extension);
    let in_mark = path.components().any(|part| part.as_os_str() == "kovetskiy+mark");
    let is_input = path.file_stem().unwrap().to_str().unwrap().ends_with("input");
    has_extension("xhtml") || (is_input && has_extension("xml")) || (in_mark && has_extension("html"))
}

/// Elements whose text people do not see as such.
const UNSEEN: [&str; 8] = [
    "ac:parameter",
    "ac:default-parameter",
    "ac:placeholder",
    "ac:adf-attribute",
    "ac:adf-parameter",
    "ac:task-id",
    "ac:task-uuid",
    "ac:task-status",
];

/// The longest word in what people see of a body: rare enough to be worth a search.
fn word(storage: &str) -> Option<String> {
    let mut seen = String::new();
    let mut inside: Option<&str> = None;
    for piece in storage.split('<') {
        if let Some(code) = piece.strip_prefix("![CDATA[") {
            seen = seen + " " + code.split("]]").next().unwrap();
            continue;
        }
        let Some((tag, text)) = piece.split_once('>') else {
            continue;
        };
        let name = tag.split([' ', '\n', '/']).next().unwrap();
        if UNSEEN.contains(&name) && !tag.ends_with('/') {
            inside = Some(name);
        } else if inside.is_some_and(|inside| tag == format!("/{inside}")) {
            inside = None;
        }
        if inside.is_none() && !tag.starts_with('!') {
            seen = seen + " " + text;
        }
    }
    let words = seen.split_whitespace().filter(|word| !word.contains('&'));
    let words = words.flat_map(|word| word.split(|c: char| !c.is_alphanumeric()));
    words
        .max_by_key(|word| word.len())
        .filter(|word| word.len() > 2)
        .map(str::to_owned)
}

pub(crate) fn serve(site: &Site, documents: &[PathBuf]) -> Vec<(String, Option<String>)> {
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
    let Some(documents) = documents_of_the_corpus() else {
        println!("skipped: the corpus of real documents is not here");
        return;
    };
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
        searched * 5 > documents.len() * 4,
        "too few documents have a word to search for"
    );
}
