//! The documents to measure on, where they are at hand.

use std::fs;
use std::path::{Path, PathBuf};

/// The folder of the corpus; nothing where this checkout has none beside it.
pub(crate) fn folder() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus/storage-format");
    folder.canonicalize().ok()
}

/// The files of storage format, in order.
pub(crate) fn storage(folder: &Path) -> Vec<PathBuf> {
    files(folder, &|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.ends_with(".xhtml")
            || name == "input.xml"
            || name.ends_with("-input.xml")
            || (name.ends_with(".html") && path.components().any(|part| part.as_os_str() == "kovetskiy+mark"))
    })
}

/// All files below that `wanted` lets through, in order.
pub(crate) fn files(folder: &Path, wanted: &dyn Fn(&Path) -> bool) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        for path in entries.map(|entry| entry.path()) {
            if path.is_dir() {
                folders.push(path);
            } else if wanted(&path) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}
