//! Every trap that is told of in `docs/traps.md` is shown by tests that exist.

use std::fs;
use std::path::Path;

use crate::promises::{rows, sources};

#[test]
fn every_trap_is_shown_by_tests_that_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let traps = fs::read_to_string(root.join("docs/traps.md")).unwrap();
    let mut code = String::new();
    for folder in ["src", "tests"] {
        sources(&root.join(folder), &mut code);
    }

    let traps = rows(&traps);
    assert!(traps.len() >= 19, "only {} traps were found", traps.len());
    for (trap, tests) in traps {
        for test in tests {
            assert!(
                code.contains(&format!("fn {test}(")),
                "no test {test} shows {trap:?}"
            );
        }
    }
}
