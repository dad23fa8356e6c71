//! Who may open a mirror.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use millpond::store::{Error, Options, Store};

use super::support::{Mirror, at, cloud, open, page};

fn options(dir: &tempfile::TempDir) -> Options {
    Options {
        dir: dir.path().to_owned(),
    }
}

#[tokio::test]
async fn one_writer_per_database() {
    let mirror = Mirror::new().await;
    match Store::open(options(&mirror.dir)).await {
        Err(Error::InUse { pid, .. }) => assert_eq!(pid, Some(std::process::id())),
        other => panic!("{other:?}"),
    }
    mirror.store.close().await.unwrap();
    let store = open(&mirror.dir).await;
    let clone = store.clone();
    store.close().await.unwrap();
    assert!(matches!(clone.recover(at(1)).await, Err(Error::Closed)));
}

#[tokio::test]
async fn a_newer_database_is_refused_and_untouched() {
    let mirror = Mirror::new().await;
    mirror.store.close().await.unwrap();
    let path = mirror.dir.path().join("mirror.db");
    raw(&path, "PRAGMA user_version = 99; PRAGMA journal_mode = DELETE;");
    let before = fs::read(&path).unwrap();
    match Store::open(options(&mirror.dir)).await {
        Err(Error::SchemaTooNew { found: 99, supported }) => assert!(supported < 99),
        other => panic!("{other:?}"),
    }
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[tokio::test]
async fn a_file_of_another_program_is_refused_and_untouched() {
    for (setup, expected) in [
        ("PRAGMA application_id = 7; CREATE TABLE t (x);", 7),
        ("CREATE TABLE t (x);", 0),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("mirror.db");
        raw(&path, setup);
        let before = fs::read(&path).unwrap();
        match Store::open(options(&dir)).await {
            Err(Error::NotOurs { found, .. }) => assert_eq!(found, expected),
            other => panic!("{other:?}"),
        }
        assert_eq!(fs::read(&path).unwrap(), before);
    }
    let dir = tempfile::tempdir().unwrap();
    fs::write(
        dir.path().join("mirror.db"),
        "no database at all, but long enough to have a header",
    )
    .unwrap();
    let outcome = Store::open(options(&dir)).await;
    assert!(matches!(outcome, Err(Error::Corrupt { .. })), "{outcome:?}");
}

#[expect(clippy::disallowed_methods, reason = "plays another program")]
fn raw(path: &std::path::Path, sql: &str) {
    rusqlite::Connection::open(path)
        .unwrap()
        .execute_batch(sql)
        .unwrap();
}

#[tokio::test]
async fn the_mirror_is_for_its_group_to_read() {
    let dir = tempfile::tempdir().unwrap();
    let state = dir.path().join("deep/state");
    let store = Store::open(Options { dir: state.clone() }).await.unwrap();
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&state), 0o750);
    for name in ["mirror.db", "mirror.db-wal", "mirror.db-shm"] {
        assert_eq!(mode(&state.join(name)), 0o640, "{name}");
    }
    store.close().await.unwrap();
    assert!(state.join("mirror.db-wal").exists());
}

#[tokio::test]
async fn a_mirror_left_by_a_crash_opens_with_all_that_was_acknowledged() {
    let mirror = Mirror::new().await;
    mirror.apply(vec![page("10", "Title", "words")]).await;

    // What a power cut leaves: the files as they are while the writer lives.
    let crashed = tempfile::tempdir().unwrap();
    for name in ["mirror.db", "mirror.db-wal"] {
        fs::copy(mirror.dir.path().join(name), crashed.path().join(name)).unwrap();
    }
    let store = open(&crashed).await;
    assert_eq!(store.recover(at(9)).await.unwrap(), 1);
    assert_eq!(store.recover(at(9)).await.unwrap(), 0);
    let living = store
        .living(&cloud(), millpond::model::ContentKind::Page)
        .await
        .unwrap();
    assert_eq!(living.values().sum::<u64>(), 1);
}
