//! Exports that are killed, by the program.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::process::Command;
use std::thread;
use std::time::Duration;

use millpond::store::ContentWrite;
use rand::RngExt as _;

use crate::store::support::{Edit as _, page};

use super::support::{SITE, Shelf, child, files, marks};

const PAGES: u32 = 60;
const ROUNDS: u32 = 20;

/// All pages as they are in a round: every text is another, every third title.
fn pages(round: u32) -> Vec<ContentWrite> {
    let page = |id: u32| {
        let title = format!("Page {id}.{}", if id.is_multiple_of(3) { round } else { 0 });
        let text = format!("Round {round}. ").repeat(200);
        let page = match id {
            0 => page("100", &title, &text),
            id => child(
                &(100 + id).to_string(),
                &title,
                &text,
                &(100 + id / 4).to_string(),
            ),
        };
        page.version(round + 1)
    };
    (0..PAGES).map(page).collect()
}

/// Kills an export at a random moment, or lets it end.
async fn killed(shelf: &Shelf, format: &str) {
    let mut child = shelf.command(format).spawn();
    let moment = rand::rng().random_range(0..300);
    thread::sleep(Duration::from_millis(moment));
    child.kill().await.unwrap();
}

#[tokio::test]
async fn a_killed_export_leaves_no_half_file_and_the_next_one_completes_it() {
    let shelf = Shelf::new().await;
    shelf.mirror.apply(pages(0)).await;
    shelf.attach("100", "att1", "big.bin", &vec![7; 1 << 20]);
    let mut allowed: BTreeMap<String, HashSet<Vec<u8>>> = BTreeMap::new();
    let mine = format!("{SITE}/ENG/mine.md");
    fs::create_dir_all(shelf.dir().join(SITE).join("ENG")).unwrap();
    fs::write(shelf.dir().join(&mine), "mine").unwrap();
    allowed.entry(mine.clone()).or_default().insert(b"mine".to_vec());
    let reference = tempfile::tempdir().unwrap();
    let mut options = shelf.options();
    options.dir = reference.path().to_owned();

    for round in 0..ROUNDS {
        shelf.mirror.apply(pages(round)).await;
        shelf.export_as(&options);
        for (path, content) in files(reference.path()) {
            allowed.entry(path).or_default().insert(content);
        }
        killed(&shelf, "markdown").await;
        for (path, content) in files(&shelf.dir()) {
            let may_be = allowed.get(&path).unwrap_or_else(|| panic!("whose is {path}?"));
            assert!(may_be.contains(&content), "{path} is half written");
        }
    }
    let output = shelf.command("markdown").output();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );

    let mut expected = files(reference.path());
    expected.insert(mine.clone(), b"mine".to_vec());
    assert!(files(&shelf.dir()) == expected, "the last export completes it");
    let before = marks(&shelf.dir());
    assert!(shelf.command("markdown").output().status.success());
    assert_eq!(marks(&shelf.dir()), before);
    expected.retain(|path, _| path.starts_with(SITE));
    for (path, content) in expected {
        let committed = Command::new("git")
            .current_dir(shelf.dir())
            .args(["cat-file", "blob", &format!("HEAD:{path}")])
            .output()
            .unwrap();
        assert_eq!(committed.status.success(), path != mine, "{path}");
        assert!(path == mine || committed.stdout == content, "{path} is as it was");
    }
}
