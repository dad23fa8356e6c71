//! Keeps the layers apart: Rust allows cycles between the modules of one crate, this test does not.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Who may import whom; the picture is in the crate's documentation.
const LAYERS: [(&str, &[&str]); 15] = [
    ("model", &[]),
    ("config", &["model"]),
    ("telemetry", &[]),
    ("auth", &["model"]),
    ("confluence", &["model", "auth"]),
    ("convert", &["model"]),
    ("store", &["model"]),
    ("export", &["model", "store"]),
    ("backup", &["model", "store"]),
    ("mirror", &["model", "confluence", "convert", "store"]),
    ("daemon", &["model", "mirror", "store"]),
    ("control", &["model", "daemon"]),
    (
        "app",
        &[
            "model",
            "config",
            "telemetry",
            "auth",
            "confluence",
            "convert",
            "store",
            "mirror",
            "daemon",
            "control",
        ],
    ),
    (
        "cli",
        &[
            "model",
            "config",
            "telemetry",
            "auth",
            "confluence",
            "convert",
            "store",
            "mirror",
            "daemon",
            "control",
            "export",
            "backup",
            "app",
        ],
    ),
    ("main", &["cli", "config", "telemetry", "app"]),
];

#[test]
fn every_module_imports_only_the_layers_below_it() {
    let mut violations = Vec::new();
    for source in sources() {
        let Some((_, allowed)) = LAYERS.iter().find(|(layer, _)| *layer == source.layer) else {
            assert_eq!(source.layer, "lib", "{} belongs to no layer", source.name);
            continue;
        };
        for import in imports(&source.text) {
            if import != source.layer && !allowed.contains(&import.as_str()) {
                violations.push(format!("{} imports {import}", source.name));
            }
        }
    }
    assert_eq!(violations, Vec::<String>::new());
}

#[test]
fn the_environment_is_read_in_one_place() {
    assert_eq!(places_of(&["env::var", "env::vars"]), ["config/environment.rs"]);
}

#[test]
fn standard_output_is_written_in_one_place() {
    let places = places_of(&["println!", "print!(", "stdout()"]);
    assert_eq!(places, ["cli/output.rs"]);
}

#[test]
fn sql_is_written_in_one_place() {
    for place in places_of(&["rusqlite::"]) {
        assert!(place.starts_with("store/"), "{place} knows SQLite");
    }
}

/// One file under `src/`, without comments and unit tests.
struct Source {
    name: String,
    layer: String,
    text: String,
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&root, &mut files);
    assert!(
        files.len() > 10,
        "only {} files under {}",
        files.len(),
        root.display()
    );
    files.sort();
    files.iter().map(|path| source(&root, path)).collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

fn source(root: &Path, path: &Path) -> Source {
    let relative = path.strip_prefix(root).unwrap();
    let layer = Path::new(relative.components().next().unwrap().as_os_str()).with_extension("");
    let text = fs::read_to_string(path).unwrap();
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
    Source {
        name: relative.display().to_string(),
        layer: layer.display().to_string(),
        text: text
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"))
            .fold(String::new(), |mut text, line| {
                text.push_str(line);
                text.push('\n');
                text
            }),
    }
}

/// The modules that a source names in its paths: `crate::a::…`, `crate::{a, b::c}`, `use millpond::a`.
fn imports(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let (inside, outside) = (text.split("crate::"), text.split("use millpond::"));
    for path in inside.skip(1).chain(outside.skip(1)) {
        match path.strip_prefix('{') {
            Some(group) => found.extend(heads(group)),
            None => found.extend(head(path)),
        }
    }
    found
}

/// The first names of each path in a group `{a, b::{c, d}}`, of which the opening brace is already gone.
fn heads(group: &str) -> Vec<String> {
    let mut depth = 0;
    let mut heads = Vec::new();
    let mut start = 0;
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => {
                heads.extend(head(&group[start..at]));
                break;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                heads.extend(head(&group[start..at]));
                start = at + 1;
            }
            _ => {}
        }
    }
    heads
}

/// The lower-case name that a path begins with: a module of ours.
fn head(path: &str) -> Option<String> {
    let name: String = path
        .trim_start()
        .chars()
        .take_while(|c| c.is_ascii_lowercase() || *c == '_')
        .collect();
    (!name.is_empty()).then_some(name)
}

fn places_of(words: &[&str]) -> Vec<String> {
    let holds = |source: &Source| words.iter().any(|word| source.text.contains(word));
    sources()
        .into_iter()
        .filter(holds)
        .map(|source| source.name)
        .collect()
}

#[test]
fn imports_are_found_in_every_way_to_write_them() {
    let text = "use crate::model::{Domain, Site};\nuse crate::{auth, store::{Reader, Store}};\nlet x = crate::convert::render();";
    let expected = ["auth", "convert", "model", "store"].map(str::to_owned);
    assert_eq!(imports(text), expected.into());
}
