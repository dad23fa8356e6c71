//! The README promises nothing that no test keeps.

use std::fs;
use std::path::{Path, PathBuf};

/// The rows of the promises' table: what is promised, and the names of the tests that keep it.
fn promises(readme: &str) -> Vec<(&str, Vec<&str>)> {
    let section = readme.split("\n## Promises\n").nth(1).unwrap();
    rows(section.split("\n## ").next().unwrap())
}

/// The rows of a table: all but the last column, and the names of tests in that one.
pub(crate) fn rows(text: &str) -> Vec<(&str, Vec<&str>)> {
    let rows = text.lines().filter(|line| line.starts_with("| ")).skip(1);
    rows.map(|row| {
        let mut cells = row.trim_matches('|').rsplitn(2, '|');
        let tests = cells
            .next()
            .unwrap()
            .split(',')
            .map(|test| test.trim().trim_matches('`'))
            .collect();
        (cells.next().unwrap().trim(), tests)
    })
    .collect()
}

/// Appends the text of every Rust file below `folder`.
pub(crate) fn sources(folder: &Path, found: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path: PathBuf = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push_str(&fs::read_to_string(&path).unwrap());
        }
    }
}

#[test]
fn every_promise_is_kept_by_tests_that_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = fs::read_to_string(root.join("README.md")).unwrap();
    let mut code = String::new();
    sources(&root.join("src"), &mut code);
    sources(&root.join("tests"), &mut code);

    let promises = promises(&readme);
    assert!(
        promises.len() >= 10,
        "only {} promises were found",
        promises.len()
    );
    for (promise, tests) in promises {
        for test in tests {
            assert!(
                code.contains(&format!("fn {test}(")),
                "no test {test} keeps {promise:?}"
            );
        }
    }
}
