//! The commands that read: beside a daemon or without one, and without a secret.

use std::collections::BTreeMap;

use insta::assert_snapshot;
use millpond::model::{AccountId, SpaceId, SyncMode};
use millpond::model::{
    ContentId, ContentKind, ContentStatus, Finding, FindingKind, Outcome, Parent, User, Watermark,
};
use millpond::store::{Coverage, FinishedPass};

use super::Home;
use crate::store::support::{Edit, Mirror, at, cloud, page};

/// A home with a mirror that was copied, swept, and found wanting in one place. A daemon has it open.
pub(super) async fn a_mirrored_site() -> (Home, Mirror) {
    let mirror = Mirror::new().await;
    let parent = |id: &str| {
        Some(Parent {
            id: ContentId::new(id),
            kind: "page".to_owned(),
        })
    };
    let handbook = page("100", "Handbook", "How we work, and why.");
    let mut deploy = page("101", "Deploying", "Ring the bell, then deploy to production.").with(|content| {
        content.parent = parent("100");
    });
    deploy.rendering.warnings = vec![("macro jira".to_owned(), "ENG-7".to_owned())];
    let hostile = page("102", "Bells\u{1b}[31m & whistles", "A bell\u{7} that rings.").with(|content| {
        content.parent = parent("101");
    });
    let mut batch = mirror.batch(vec![handbook, deploy, hostile]);
    batch.findings.push(Finding {
        kind: FindingKind::BodyMissing,
        subject: "103".to_owned(),
        content: Some(ContentId::new("103")),
        space: Some(SpaceId::new("1")),
        detail: "the site sent no body".to_owned(),
    });
    let store = &mirror.store;
    let counts = store.apply(batch).await.unwrap();
    let alice = AccountId::new("account:alice");
    let alice = User {
        id: alice,
        display_name: "Alice Moreau".to_owned(),
        kind: "atlassian".to_owned(),
    };
    store.apply_users(&cloud(), vec![alice], at(1)).await.unwrap();
    store
        .finish_pass(FinishedPass {
            site: cloud(),
            kind: ContentKind::Page.into(),
            mode: SyncMode::Backfill,
            spaces: vec![SpaceId::new("1")],
            watermark: Some(Watermark(at(0))),
            coverage: Some(Coverage {
                listed: BTreeMap::from([(ContentKind::Page, [(SpaceId::new("1"), 4)].into())]),
                at: at(0),
            }),
        })
        .await
        .unwrap();
    store
        .finish_run(mirror.run, Outcome::Partial, counts, None, at(2))
        .await
        .unwrap();

    let home = Home::new();
    let config = format!(
        "state_dir = \"{}\"\n[app]\nclient_id = \"client-1\"\n[[connection]]\ndomain = \"acme.atlassian.net\"\n",
        mirror.dir.path().display()
    );
    home.write(".config/millpond/config.toml", &config);
    (home, mirror)
}

#[tokio::test]
async fn a_search_shows_what_was_found_and_where() {
    let (home, _daemon) = a_mirrored_site().await;
    // Age counts towards the score.
    let filters = vec![
        (r"\d+ days ago", "N days ago"),
        (r#""score":[0-9.e-]+"#, r#""score":N"#),
    ];
    insta::with_settings!({filters => filters}, {
        assert_snapshot!(
            [
                home.transcript(&["search", "bell"]),
                home.transcript(&[
                    "search",
                    "bell",
                    "production",
                    "--space",
                    "ENG",
                    "--author",
                    "alice"
                ]),
                home.transcript(&["search", "bell", "--until", "2026-01-01"]),
                home.transcript(&["search", "deployng bels"]),
                home.transcript(&["search", "--author", "alice", "--limit", "1", "--offset", "1"]),
                home.transcript(&["search", "bell -whistles author:\"Alice Moreau\" space:eng"]),
                home.transcript(&["search", "bell OR AND (\""]),
                home.transcript(&["search", "nothing-like-it"]),
                home.transcript(&["--json", "search", "bell", "--limit", "1"]),
            ]
            .join("\n")
        );
    });
}

#[tokio::test]
async fn a_page_is_shown_by_id_by_address_and_by_title() {
    let (home, _daemon) = a_mirrored_site().await;
    let by_id = home.output(&["show", "101"]).stdout;
    assert_eq!(
        String::from_utf8_lossy(&by_id),
        "Ring the bell, then deploy to production.\n"
    );
    for name in [
        "https://acme.atlassian.net/wiki/spaces/ENG/pages/101/Deploying",
        "ENG:Deploying",
        "eng:deploying",
    ] {
        assert_eq!(home.output(&["show", name]).stdout, by_id, "{name}");
    }
    assert_snapshot!(
        [
            home.transcript(&["show", "101", "--storage"]),
            home.transcript(&["show", "101", "--meta"]),
            home.transcript(&["show", "ENG:Deployng"]),
            home.transcript(&["show", "9999"]),
            home.transcript(&["show", "what page"]),
        ]
        .join("\n")
    );
}

#[tokio::test]
async fn what_is_gone_or_archived_says_so_beside_the_page() {
    let (home, mirror) = a_mirrored_site().await;
    let gone = vec![ContentId::new("101")];
    mirror.store.bury(&cloud(), gone, "trashed", at(9)).await.unwrap();
    let archived = page("104", "Old ways", "As it was.").with(|content| {
        content.status = ContentStatus::Archived;
    });
    mirror.apply(vec![archived]).await;
    let gone = home.output(&["show", "101"]);
    assert_eq!(
        String::from_utf8_lossy(&gone.stdout),
        "Ring the bell, then deploy to production.\n",
        "standard output has the page and nothing else"
    );
    assert_snapshot!(
        [
            home.transcript(&["show", "101"]),
            home.transcript(&["show", "104"])
        ]
        .join("\n")
    );
}

#[tokio::test]
async fn a_page_as_json_has_everything_but_the_body() {
    let (home, _daemon) = a_mirrored_site().await;
    let output = home.output(&["show", "101", "--json"]);
    let page: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(page["title"], "Deploying");
    assert_eq!(page["markdown"], "Ring the bell, then deploy to production.\n");
    assert_eq!(page["ancestors"][0]["title"], "Handbook");
    let body = home.output(&["show", "101", "--storage", "--json"]);
    let body: serde_json::Value = serde_json::from_slice(&body.stdout).unwrap();
    assert_eq!(body["format"], "storage");
}

#[tokio::test]
async fn the_tree_is_indented_and_cannot_move_the_cursor() {
    let (home, _daemon) = a_mirrored_site().await;
    assert_snapshot!(
        [
            home.transcript(&["tree"]),
            home.transcript(&["tree", "ENG", "--json"]),
            home.transcript(&["tree", "NOPE"]),
        ]
        .join("\n")
    );
}

#[tokio::test]
async fn the_status_says_what_is_there_and_what_is_amiss() {
    let (home, mirror) = a_mirrored_site().await;
    let state_dir = mirror.dir.path().display().to_string();
    let status = home.transcript(&["status"]).replace(&state_dir, "STATE");
    insta::with_settings!({ filters => vec![
        (r"in \d+ \w+|now", "[ahead]"),
        (r"\d+ \w+ ago", "[ago]"),
        (r"\d+\.\d+ KiB", "[size]"),
    ] }, { assert_snapshot!(status); });
}

#[tokio::test]
async fn the_status_as_json_is_one_object_for_monitors() {
    let (home, _daemon) = a_mirrored_site().await;
    let output = home.output(&["status", "--json"]);
    let status: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let connection = &status["connections"][0];
    assert_eq!(connection["domain"], "acme.atlassian.net");
    assert_eq!(connection["consent"]["state"], "missing");
    assert_eq!(connection["mirror"]["last_runs"][0]["outcome"], "partial");
    assert_eq!(connection["mirror"]["findings"][0]["subject"], "103");
    assert_eq!(status["points"]["budget"], 60_000);
    assert!(connection["next_delta"].as_str() <= connection["next_sweep"].as_str());
}

#[tokio::test]
async fn a_second_writer_is_told_to_come_back_later() {
    let (home, _daemon) = a_mirrored_site().await;
    let output = home
        .command(&["sync"])
        .env("MILLPOND_CLIENT_SECRET", "s3cr3t")
        .output();
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(75), "{message}");
    assert!(message.contains("is in use"), "{message}");
}

#[tokio::test]
async fn a_database_from_a_newer_release_exits_with_5_and_stays_as_it_is() {
    let (home, mirror) = a_mirrored_site().await;
    let Mirror { dir, store, .. } = mirror;
    store.close().await.unwrap();
    let path = dir.path().join("mirror.db");
    newer(&path);
    let before = std::fs::read(&path).unwrap();
    for command in ["run", "sync", "status"] {
        let output = home
            .command(&[command])
            .env("MILLPOND_CLIENT_SECRET", "s3cr3t")
            .output();
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(5), "{command}: {message}");
        assert!(message.contains("schema version 9999"), "{command}: {message}");
    }
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[tokio::test]
async fn a_damaged_database_exits_with_5_and_stays_as_it_is() {
    let (home, mirror) = a_mirrored_site().await;
    let Mirror { dir, store, .. } = mirror;
    store.close().await.unwrap();
    let path = dir.path().join("mirror.db");
    let mut damaged = std::fs::read(&path).unwrap();
    damaged[..64].fill(b'x');
    std::fs::write(&path, &damaged).unwrap();
    for command in ["run", "sync", "status"] {
        let output = home
            .command(&[command])
            .env("MILLPOND_CLIENT_SECRET", "s3cr3t")
            .output();
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(5), "{command}: {message}");
        assert!(
            message.contains("damaged") && message.contains("hint: "),
            "{command}: {message}"
        );
    }
    assert_eq!(std::fs::read(&path).unwrap(), damaged);
}

/// Gives the file the version of a release that does not exist yet.
#[expect(clippy::disallowed_methods, reason = "plays another program")]
fn newer(path: &std::path::Path) {
    let conn = rusqlite::Connection::open(path).unwrap();
    conn.pragma_update(None, "user_version", 9999).unwrap();
}
