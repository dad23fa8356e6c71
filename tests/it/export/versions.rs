//! Exports that are committed: by whom, when, and what is left alone.

use std::fs;
use std::process::Command;

use millpond::export::{Error, Options, Report, export};
use millpond::model::{ContentId, Timestamp};

use crate::store::support::{Edit as _, at, cloud, page};

use super::support::{SITE, Shelf, child};

fn now() -> Timestamp {
    "2026-04-01T12:00:00Z".parse().unwrap()
}

fn committing(shelf: &Shelf) -> Options {
    Options {
        git: Some(now()),
        ..shelf.options()
    }
}

fn commit(shelf: &Shelf) -> Report {
    shelf.export_as(&committing(shelf)).0
}

/// What a person sees who has no configuration of git.
fn git(shelf: &Shelf, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .current_dir(shelf.dir())
        .args(arguments)
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .env("HOME", shelf.dir().parent().unwrap())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

fn log(shelf: &Shelf) -> Vec<String> {
    let log = git(
        shelf,
        &[
            "log",
            "--reverse",
            "--format=%an %ad %s",
            "--date=format:%d.%m. %H:%M",
        ],
    );
    log.lines().map(str::to_owned).collect()
}

async fn two_pages() -> Shelf {
    let shelf = Shelf::with(vec![page("5", "Home", "x"), child("6", "Ops", "x", "5")]).await;
    shelf.call_alice("Alice Moreau").await;
    shelf.attach("6", "att1", "plan.png", b"png");
    shelf
}

#[tokio::test]
async fn each_edit_is_a_commit_of_its_author_and_a_second_run_makes_none() {
    let shelf = two_pages().await;
    assert_eq!(commit(&shelf).commits, 2);
    assert_eq!(git(&shelf, &["status", "--porcelain"]), "");
    assert_eq!(commit(&shelf).commits, 0);

    let edited = child("6", "Ops", "new", "5").version(2).with(|content| {
        content.version.created_at = at(30);
        content.version.message = "Say more".to_owned();
    });
    shelf.mirror.apply(vec![edited]).await;
    assert_eq!(commit(&shelf).commits, 1);
    assert_eq!(commit(&shelf).commits, 0);

    insta::assert_debug_snapshot!(log(&shelf));
    assert_eq!(
        git(&shelf, &["log", "-1", "--format=%ae|%b|%cn %cI"]).trim(),
        "account:alice@acme.atlassian.net|Say more\n|millpond 2026-04-01T12:00:00Z"
    );
    assert_eq!(
        git(&shelf, &["show", "--name-only", "--format=", "HEAD"]).trim(),
        format!("{SITE}/ENG/Home-5/Ops-6.md")
    );
    assert_eq!(git(&shelf, &["status", "--porcelain"]), "");
}

#[tokio::test]
async fn what_nobody_wrote_is_committed_by_millpond() {
    let shelf = two_pages().await;
    commit(&shelf);
    // A new title above moves the file of what hangs below, which nobody edited.
    let renamed = page("5", "Start", "x")
        .version(2)
        .with(|content| content.version.created_at = at(40));
    shelf.mirror.apply(vec![renamed]).await;
    assert_eq!(commit(&shelf).commits, 2);
    shelf
        .mirror
        .store
        .bury(&cloud(), vec![ContentId::new("6")], "trashed", at(50))
        .await
        .unwrap();
    assert_eq!(commit(&shelf).commits, 1);
    insta::assert_debug_snapshot!(log(&shelf));
    assert_eq!(
        git(&shelf, &["ls-files"]).trim(),
        format!("{SITE}/ENG/Start-5.md")
    );
    assert_eq!(git(&shelf, &["status", "--porcelain"]), "");
}

#[tokio::test]
async fn files_of_others_are_neither_committed_nor_unstaged() {
    let shelf = two_pages().await;
    commit(&shelf);
    fs::write(shelf.dir().join("notes.md"), "mine").unwrap();
    fs::write(shelf.dir().join("staged.md"), "mine, too").unwrap();
    git(&shelf, &["add", "staged.md"]);
    let changed = shelf.dir().join(SITE).join("ENG/Home-5.md");
    fs::write(&changed, "my words").unwrap();
    shelf
        .mirror
        .apply(vec![page("5", "Home", "new").version(2), page("9", "New", "x")])
        .await;

    shelf.export_as(&committing(&shelf));

    let status = git(&shelf, &["status", "--porcelain"]);
    assert_eq!(
        status,
        format!(" M {SITE}/ENG/Home-5.md\nA  staged.md\n?? notes.md\n")
    );
    assert_eq!(fs::read_to_string(changed).unwrap(), "my words");
    assert_eq!(
        git(&shelf, &["ls-tree", "-r", "--name-only", "HEAD"])
            .lines()
            .count(),
        4
    );
}

#[tokio::test]
async fn a_commit_that_was_interrupted_is_made_once() {
    let shelf = two_pages().await;
    shelf.export();
    let list = shelf.dir().join(".millpond/manifest.jsonl");
    let before = fs::read(&list).unwrap();
    commit(&shelf);
    // As if that run had been killed once the branch had moved, and before it could take note.
    fs::write(&list, before).unwrap();
    git(&shelf, &["rm", "-r", "-q", "--cached", "."]);

    assert_eq!(commit(&shelf).commits, 0);

    assert_eq!(log(&shelf).len(), 2);
    assert_eq!(git(&shelf, &["status", "--porcelain"]), "");
}

#[tokio::test]
async fn what_git_refuses_is_told_in_its_words_and_the_next_export_commits_it() {
    let shelf = two_pages().await;
    commit(&shelf);
    git(&shelf, &["checkout", "-q", "--detach"]);
    shelf.mirror.apply(vec![page("9", "New", "x")]).await;
    let failed = export(&shelf.mirror.store.reader(), &committing(&shelf), &mut |_| {});
    assert!(matches!(failed, Err(Error::Git { .. })), "{failed:?}");
    git(&shelf, &["checkout", "-q", "main"]);
    assert_eq!(commit(&shelf).commits, 1);
}

#[tokio::test]
async fn without_git_the_files_are_written_and_the_error_says_what_to_do() {
    let shelf = two_pages().await;
    let output = shelf
        .command("markdown")
        .env("PATH", "/nowhere")
        .env("MILLPOND_LOG", "warn")
        .output();
    assert_eq!(output.status.code(), Some(1));
    insta::assert_snapshot!(String::from_utf8_lossy(&output.stderr));
    assert!(shelf.text("ENG/Home-5.md").ends_with("\nx\n"));
}
