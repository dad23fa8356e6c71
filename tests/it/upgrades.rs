//! Mirrors that earlier releases wrote.

use std::fs;
use std::path::Path;

use millpond::store::{Options, Store, migrations};
use tempfile::TempDir;

use crate::support::outsider::outsider;
use crate::support::program::Program;

/// What a mirror of each schema held, the first schema first. Who adds a migration adds a file, and leaves those of
/// released schemas as they are.
const HELD: [&str; 1] = [include_str!("upgrades/schema-1.sql")];

/// A mirror as the release with this schema left it.
fn left_by(schema: usize) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let conn = outsider(&dir.path().join("mirror.db"));
    conn.pragma_update(None, "journal_mode", "WAL").unwrap();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    for name in migrations().take(schema) {
        conn.execute_batch(&fs::read_to_string(folder.join(name)).unwrap())
            .unwrap();
    }
    conn.pragma_update(None, "application_id", 0x4D50_4E44).unwrap();
    conn.pragma_update(None, "user_version", u32::try_from(schema).unwrap())
        .unwrap();
    conn.execute_batch(HELD[schema - 1]).unwrap();
    dir
}

/// What readers see, by columns that every schema has.
fn seen(dir: &TempDir) -> Vec<String> {
    let conn = outsider(&dir.path().join("mirror.db"));
    let mut seen = Vec::new();
    for query in [
        "SELECT concat_ws('|', 'page', id, space_key, title, version, author, editor, labels, gone_at, markdown) FROM page",
        "SELECT concat_ws('|', 'comment', id, page_id, author, markdown, gone_at) FROM comment",
        "SELECT concat_ws('|', 'attachment', id, page_id, title, file_size, gone_at) FROM attachment",
        "SELECT concat_ws('|', 'person', account_id, display_name) FROM person",
        "SELECT concat_ws('|', 'run', mode, outcome, points) FROM run",
        "SELECT concat_ws('|', 'found', title) FROM page_fts WHERE page_fts MATCH 'notices'",
    ] {
        let mut statement = conn.prepare(query).unwrap();
        let rows = statement.query_map([], |row| row.get(0)).unwrap();
        seen.extend(rows.map(|row| row.unwrap()));
    }
    seen.sort();
    seen
}

fn run(dir: &TempDir, arguments: &[&str]) -> String {
    let config = dir.path().join("config.toml");
    let text = format!(
        "state_dir = \"{}\"\n[[connection]]\ndomain = \"acme-inland.atlassian.net\"\nauth = \"api_token\"\n\
         email = \"a@b.c\"\ntoken_file = \"token\"\n",
        dir.path().display()
    );
    fs::write(&config, text).unwrap();
    let output = Program::new(dir.path())
        .arg("--config")
        .arg(config)
        .args(arguments)
        .output();
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(output.status.success(), "{arguments:?}: {said}");
    said
}

#[test]
fn every_schema_has_a_mirror_to_upgrade_from() {
    assert_eq!(HELD.len(), migrations().count());
}

#[tokio::test]
async fn a_mirror_that_any_release_left_opens_with_all_that_it_held() {
    for schema in 1..=HELD.len() {
        let dir = left_by(schema);
        let before = seen(&dir);
        assert!(before.len() > 10, "{before:?}");
        let options = Options {
            dir: dir.path().to_owned(),
        };
        Store::open(options).await.unwrap().close().await.unwrap();

        assert_eq!(seen(&dir), before, "schema {schema}");
        let version: u32 = outsider(&dir.path().join("mirror.db"))
            .pragma_query_value(None, "user_version", |row| row.get(0))
            .unwrap();
        assert_eq!(usize::try_from(version).unwrap(), migrations().count());
        run(&dir, &["check", "--full"]);
        assert!(run(&dir, &["search", "skippers"]).contains("Notices to Skippers"));
        assert!(run(&dir, &["history", "65556"]).contains("first draft"));
    }
}
