//! What `docs/sql.md` says of the mirror is true of it: the views, their columns, and the queries.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

use crate::support::program::Program;

fn document(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(name)).unwrap()
}

/// The mirror of the simulated company, as `millpond demo` leaves it.
struct Demo {
    folder: tempfile::TempDir,
}

impl Demo {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let demo = Program::new(folder.path()).args(["demo", "--once", "--dir"]);
        let output = demo.arg(folder.path().join("demo")).output();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        Self { folder }
    }

    fn database(&self) -> PathBuf {
        self.folder.path().join("demo/state/mirror.db")
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "reads the mirror as any other program would"
    )]
    fn open(&self) -> Connection {
        Connection::open_with_flags(self.database(), OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap()
    }
}

/// The queries of the document.
fn queries(document: &str) -> Vec<&str> {
    let blocks = document.split("```sql\n").skip(1);
    blocks.map(|block| block.split("```").next().unwrap()).collect()
}

/// The columns that the document names, view by view.
fn documented(document: &str) -> BTreeMap<&str, Vec<&str>> {
    let section = document.split("\n## Queries\n").next().unwrap();
    let views = section.split("\n### `").skip(1).map(|view| {
        let (name, text) = view.split_once('`').unwrap();
        let rows = text.lines().filter(|line| line.starts_with("| `"));
        let columns = rows.flat_map(|row| row.split('|').nth(1).unwrap().split('`').skip(1).step_by(2));
        (name, columns.collect())
    });
    views.collect()
}

fn columns(conn: &Connection, view: &str) -> Vec<String> {
    let statement = conn.prepare(&format!("SELECT * FROM {view}")).unwrap();
    statement.column_names().map(str::to_owned).collect()
}

#[test]
fn every_query_of_the_document_finds_something_in_the_demo() {
    let demo = Demo::new();
    let conn = demo.open();
    let document = document("sql.md");
    let queries = queries(&document);
    assert!(queries.len() >= 10, "only {} queries", queries.len());
    for query in queries {
        let mut statement = conn
            .prepare(query)
            .unwrap_or_else(|error| panic!("{error}: {query}"));
        assert!(statement.readonly(), "{query}");
        let mut rows = statement.query([]).unwrap();
        assert!(rows.next().unwrap().is_some(), "nothing found by {query}");
    }
}

#[test]
fn every_view_and_every_column_is_documented_and_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let conn = empty_mirror(&folder.path().join("mirror.db"));
    let document = document("sql.md");
    let documented = documented(&document);
    let views_named: BTreeSet<String> = documented.keys().map(|name| (*name).to_owned()).collect();
    let mut views = conn
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'view' UNION SELECT 'page_fts'")
        .unwrap();
    let views = views.query_map([], |row| row.get::<_, String>(0)).unwrap();
    let views: BTreeSet<String> = views.map(Result::unwrap).collect();
    assert_eq!(views_named, views);
    for (view, columns_named) in documented {
        let expected: BTreeSet<String> = columns_named.into_iter().map(str::to_owned).collect();
        let actual: BTreeSet<String> = columns(&conn, view).into_iter().collect();
        assert_eq!(expected, actual, "the columns of {view}");
        assert!(
            view == "page_fts" || document_of_datasette().contains(&format!("\n      {view}:")),
            "Datasette is not told of {view}"
        );
    }
}

#[test]
fn datasette_hides_what_the_views_are_made_of() {
    let folder = tempfile::tempdir().unwrap();
    let conn = empty_mirror(&folder.path().join("mirror.db"));
    let mut tables = conn
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '%_fts%'")
        .unwrap();
    let tables = tables.query_map([], |row| row.get::<_, String>(0)).unwrap();
    for table in tables.map(Result::unwrap) {
        let hidden = format!("\n      {table}: {{hidden: true}}\n");
        assert!(document_of_datasette().contains(&hidden), "{table} is not hidden");
    }
}

/// A mirror without anything in it.
#[expect(
    clippy::disallowed_methods,
    reason = "reads the mirror as any other program would"
)]
fn empty_mirror(path: &Path) -> Connection {
    let conn = Connection::open(path).unwrap();
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations/0001_initial.sql");
    conn.execute_batch(&fs::read_to_string(schema).unwrap()).unwrap();
    conn
}

fn document_of_datasette() -> String {
    document("datasette.yaml")
}

#[test]
fn datasette_is_told_to_search_pages_through_their_index() {
    let text = document_of_datasette();
    assert!(text.contains("fts_table: page_fts\n        fts_pk: rowid\n"));
    for column in text
        .lines()
        .filter_map(|line| line.trim().strip_prefix("sort_desc: "))
    {
        assert!(document("sql.md").contains(&format!("`{column}`")), "{column}");
    }
}
