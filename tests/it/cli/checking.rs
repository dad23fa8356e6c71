//! `check`: what it finds, what it repairs, and what it leaves to others.

use insta::assert_snapshot;
use millpond::model::{Body, Clock};
use millpond::store::Lookup;

use super::Home;
use super::reading::a_mirrored_site;
use crate::store::support::{Edit, Mirror, at, page};

/// The transcript, with what differs from run to run named.
fn transcript(home: &Home, mirror: &Mirror, arguments: &[&str]) -> String {
    let state_dir = mirror.dir.path().display().to_string();
    let process = std::process::id().to_string();
    home.transcript(arguments)
        .replace(&state_dir, "STATE")
        .replace(&format!("process {process}"), "process PID")
}

/// The same mirror, with nobody at work on it.
async fn at_rest(mirror: Mirror) -> Mirror {
    let Mirror { dir, store, run } = mirror;
    let resting = store.clone();
    store.close().await.unwrap();
    Mirror {
        dir,
        store: resting,
        run,
    }
}

/// Damages one thing of each kind.
fn tamper(mirror: &Mirror) {
    let sql = "
        -- A byte of a body.
        UPDATE bodies SET zstd = CAST(substr(zstd, 1, length(zstd) - 1) || x'00' AS BLOB) WHERE id = 1;
        -- A row of the search index.
        INSERT INTO page_fts (page_fts, rowid, title, body, alt, labels, comments, files)
        SELECT 'delete', id, title, body, alt, '', '', '' FROM texts WHERE id = 2;
        -- A label that is not indexed.
        INSERT INTO labels (content, name) VALUES (1, 'unheard');
        -- A text, and its words in the index.
        DELETE FROM texts WHERE id = 3;
        -- Links of nothing.
        PRAGMA foreign_keys = OFF;
        INSERT INTO links (content, kind, written) VALUES (999, 'external', 'x');
    ";
    mirror.sql().execute_batch(sql).unwrap();
}

#[tokio::test]
async fn a_sound_mirror_is_called_sound_and_the_rest_is_left_to_others() {
    let (home, mirror) = a_mirrored_site().await;
    let beside_the_daemon = transcript(&home, &mirror, &["check"]);
    let repair = transcript(&home, &mirror, &["check", "--repair"]);
    let render = transcript(&home, &mirror, &["check", "--render"]);
    let mirror = at_rest(mirror).await;
    assert_snapshot!(
        [
            beside_the_daemon,
            repair,
            render,
            transcript(&home, &mirror, &["check"]),
            transcript(&home, &mirror, &["check", "--full", "--json"]),
            transcript(&home, &mirror, &["check", "--repair"]),
            transcript(&home, &mirror, &["check", "--render"]),
            transcript(&home, &mirror, &["check", "--render=all", "--json"]),
            transcript(&home, &mirror, &["check", "--render=some"]),
        ]
        .join("\n")
    );
}

#[tokio::test]
async fn flaws_are_found_named_and_repaired() {
    let (home, mirror) = a_mirrored_site().await;
    tamper(&mirror);
    let mirror = at_rest(mirror).await;
    assert_snapshot!(
        [
            transcript(&home, &mirror, &["check"]),
            transcript(&home, &mirror, &["check", "--json"]),
            transcript(&home, &mirror, &["check", "--repair"]),
            transcript(&home, &mirror, &["check", "--repair", "--json"]),
        ]
        .join("\n")
    );
    mirror.check_index();
    assert_eq!(mirror.number("SELECT count(*) FROM contents"), 3);
    assert_eq!(mirror.number("SELECT count(*) FROM links"), 0);
    assert!(
        mirror.markdown("102").contains("A bell"),
        "rendered from its body"
    );
}

#[tokio::test]
async fn a_damaged_body_is_mended_by_the_next_answer_of_the_site() {
    let mirror = Mirror::new().await;
    let write = page("10", "On call", "duty");
    mirror.apply(vec![write.clone()]).await;
    mirror.sql().execute_batch("UPDATE bodies SET size = 3").unwrap();
    let dir = mirror.dir.path().to_owned();
    let mirror = at_rest(mirror).await;
    let repaired = millpond::app::repair(
        &dir,
        millpond::store::Depth::Quick,
        &Clock::from_fn(|| at(5)),
        &|_| {},
    )
    .await
    .unwrap();
    assert_eq!(repaired.left.flaws.len(), 1);

    let store = crate::store::support::open(&mirror.dir).await;
    let open = store
        .open_findings(&crate::store::support::cloud())
        .await
        .unwrap();
    assert_eq!(open.len(), 1, "the next run asks for it");
    store.apply(mirror.batch(vec![write])).await.unwrap();

    assert!(
        store
            .open_findings(&crate::store::support::cloud())
            .await
            .unwrap()
            .is_empty()
    );
    let Lookup::Found(page) = store.reader().page(&"10".parse().unwrap()).unwrap() else {
        panic!("the page is there");
    };
    let body = store.reader().body(&page).unwrap();
    assert_eq!(body, Some(Body::Storage("<p>duty</p>".to_owned())));
}

#[tokio::test]
async fn a_damaged_earlier_body_is_found() {
    let (home, mirror) = a_mirrored_site().await;
    mirror
        .apply(vec![page("100", "Handbook", "Anew.").version(2)])
        .await;
    mirror
        .sql()
        .execute_batch("UPDATE versions SET sha256 = x'00'")
        .unwrap();
    let found = transcript(&home, &mirror, &["check"]);
    assert!(
        found.contains("100 on acme.atlassian.net: the body of version 1 is damaged"),
        "{found}"
    );
    assert!(found.ends_with("[exit code 5]\n"), "{found}");
}

#[tokio::test]
async fn a_damaged_file_is_reported_and_not_written() {
    let (home, mirror) = a_mirrored_site().await;
    let pages = (0..400).map(|id| page(&id.to_string(), &format!("Page {id}"), &"words ".repeat(300)));
    mirror.apply(pages.collect()).await;
    let mirror = at_rest(mirror).await;
    let path = mirror.dir.path().join("mirror.db");
    let mut file = std::fs::read(&path).unwrap();
    // The pages of a table, from their headers on.
    let root = mirror.number("SELECT rootpage FROM sqlite_schema WHERE name = 'bodies'");
    let start = usize::try_from(root - 1).unwrap() * 4096;
    file[start..start + 4096].fill(0xff);
    std::fs::write(&path, &file).unwrap();

    for arguments in [&["check"][..], &["check", "--repair"]] {
        let found = transcript(&home, &mirror, arguments);
        assert!(found.contains("flaw mirror.db: "), "{found}");
        assert!(
            found.contains("not checked the stored bodies: the file is damaged"),
            "{found}"
        );
        assert!(found.ends_with("[exit code 5]\n"), "{found}");
        assert!(std::fs::read(&path).unwrap() == file, "the file was written");
    }
}
