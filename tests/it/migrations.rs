//! The schema: its files, its dump, its public columns.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;
use std::{env, fs};

use millpond::store::{Options, Store, migrations};
use rusqlite::Connection;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A mirror no one has written to yet.
async fn fresh() -> (tempfile::TempDir, Connection) {
    let dir = tempfile::tempdir().unwrap();
    let options = Options {
        dir: dir.path().to_owned(),
    };
    Store::open(options).await.unwrap().close().await.unwrap();
    #[expect(clippy::disallowed_methods, reason = "looks at the file from the outside")]
    let conn = Connection::open(dir.path().join("mirror.db")).unwrap();
    (dir, conn)
}

#[test]
fn every_migration_is_carried_by_the_program() {
    let on_disk: BTreeSet<String> = fs::read_dir(root().join("migrations"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| Path::new(name).extension().is_some_and(|end| end == "sql"))
        .collect();
    let carried: Vec<&str> = migrations().collect();
    assert_eq!(on_disk.iter().map(String::as_str).collect::<Vec<_>>(), carried);
    for (number, name) in (1..).zip(&carried) {
        assert!(name.starts_with(&format!("{number:04}_")), "{name}");
    }
}

#[tokio::test]
async fn the_documented_schema_is_the_real_one() {
    let (_dir, conn) = fresh().await;
    let mut schema = String::from(
        "-- The schema of mirror.db, as the migrations leave it. Read the views at the end: they are the interface.\n",
    );
    let mut statement = conn
        .prepare("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT GLOB 'page_fts_*' AND name NOT GLOB 'title_fts_*' AND name NOT GLOB 'sqlite_*' ORDER BY rowid")
        .unwrap();
    let mut rows = statement.query([]).unwrap();
    while let Some(row) = rows.next().unwrap() {
        let sql: String = row.get(0).unwrap();
        writeln!(schema, "\n{sql};").unwrap();
    }
    let path = root().join("docs/schema.sql");
    #[expect(clippy::disallowed_methods, reason = "asks the person who runs the test")]
    let is_refreshed = env::var_os("UPDATE_SCHEMA").is_some();
    if is_refreshed {
        fs::write(&path, &schema).unwrap();
    }
    assert_eq!(
        fs::read_to_string(&path).unwrap(),
        schema,
        "run with UPDATE_SCHEMA=1"
    );
}

#[tokio::test]
async fn the_file_says_what_it_is() {
    let (_dir, conn) = fresh().await;
    let pragma = |name: &str| -> i64 { conn.pragma_query_value(None, name, |row| row.get(0)).unwrap() };
    assert_eq!(pragma("application_id"), 0x4D50_4E44);
    assert_eq!(
        pragma("user_version"),
        i64::try_from(migrations().count()).unwrap()
    );
    let loose: i64 = conn
        .query_row(
            "SELECT count(*) FROM pragma_table_list
             WHERE schema = 'main' AND type = 'table' AND NOT strict AND name NOT GLOB 'sqlite_*'",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(loose, 0, "tables that are not strict");
}

/// The contract with readers: a query written today works next year.
#[tokio::test]
async fn the_public_views_have_the_promised_columns() {
    let (_dir, conn) = fresh().await;
    let columns = |view: &str| -> String {
        conn.query_row(
            "SELECT group_concat(name, ' ') FROM pragma_table_info(?)",
            [view],
            |row| row.get(0),
        )
        .unwrap()
    };
    for (view, expected) in [
        (
            "page",
            "site cloud_id id kind space_key space_id parent_id title status version author editor created_at \
             modified_at url markdown storage_size labels gone_at gone_reason rowid \
             embed_url",
        ),
        ("space", "site cloud_id id key name type status homepage_id"),
        (
            "comment",
            "site id page_id parent_id kind author created_at modified_at status markdown gone_at version resolution \
             selection plain gone_reason",
        ),
        (
            "attachment",
            "site id page_id title media_type file_size sha256 version path gone_at status author created_at \
             modified_at file_id gone_reason",
        ),
        ("label", "site cloud_id page_id name prefix"),
        ("person", "site cloud_id account_id display_name kind"),
        (
            "run",
            "site id mode outcome until error started_at finished_at seen added changed buried findings requests \
             points",
        ),
        (
            "finding",
            "site id run_id kind subject page_id detail opened_at closed_at space_id",
        ),
        (
            "completeness",
            "site space_key space_id kind listed listed_at mirrored gone refused failed",
        ),
        ("page_fts", "title body alt labels comments files facets"),
    ] {
        assert_eq!(columns(view), expected, "{view}");
    }
}
