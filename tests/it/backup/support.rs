//! A mirror, and the folder of its backups.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use millpond::backup::{self, Keep, Options, Taken};
use millpond::model::Timestamp;

use crate::export::support::{Shelf, child, files};
use crate::store::support::{Edit as _, page};
use crate::support::installation::outsider;

/// Hours after the first backup.
pub(crate) fn hour(hours: u64) -> Timestamp {
    let first: Timestamp = "2026-03-02T00:00:00Z".parse().unwrap();
    first.plus(std::time::Duration::from_secs(hours * 3600))
}

pub(crate) struct Backups {
    pub(crate) shelf: Shelf,
    folder: tempfile::TempDir,
}

impl Backups {
    pub(crate) async fn of_a_small_mirror() -> Self {
        let shelf = Shelf::with(vec![
            page("5", "Home", "Welcome."),
            child("6", "Ops", "Ring the bell.", "5"),
        ])
        .await;
        shelf.attach("6", "att1", "plan.png", b"a plan");
        shelf.attach("6", "att2", "big.bin", &vec![9; 300_000]);
        shelf.comment("6", "c1", None, "footer", "Which bell?");
        shelf.label("6", "ops");
        // What was put there from outside is indexed with the next change.
        shelf
            .mirror
            .apply(vec![child("6", "Ops", "Ring the bell twice.", "5").version(2)])
            .await;
        Self {
            shelf,
            folder: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) fn dir(&self) -> PathBuf {
        self.folder.path().join("backups")
    }

    /// A path beside the backups.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn options(&self, now: Timestamp) -> Options {
        Options {
            state_dir: self.shelf.mirror.dir.path().to_owned(),
            dir: self.dir(),
            compress: false,
            keep: None,
            now,
        }
    }

    pub(crate) fn take(&self, now: Timestamp) -> Taken {
        backup::take(&self.options(now), &mut |_| {}).unwrap()
    }

    pub(crate) fn take_and_keep(&self, now: Timestamp, rules: &str) -> Taken {
        let keep: Keep = rules.parse().unwrap();
        let options = Options {
            keep: Some(keep),
            ..self.options(now)
        };
        backup::take(&options, &mut |_| {}).unwrap()
    }

    /// The names of the backups.
    pub(crate) fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(self.dir())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.starts_with("20"))
            .collect();
        names.sort();
        names
    }

    /// The files of attachments that the backups share.
    pub(crate) fn pool(&self) -> usize {
        files(&self.dir().join("attachments")).len()
    }
}

/// Everything that a mirror has, as its readers see it, and the files of its attachments.
pub(crate) fn everything(state: &Path) -> (Vec<String>, BTreeMap<String, Vec<u8>>) {
    let conn = outsider(&state.join("mirror.db"));
    let mut rows = Vec::new();
    for view in [
        "page",
        "space",
        "comment",
        "attachment",
        "label",
        "person",
        "version",
        "link",
    ] {
        let mut statement = conn.prepare(&format!("SELECT * FROM {view}")).unwrap();
        let columns = statement.column_count();
        let found = statement.query_map([], |row| {
            let values: Vec<String> = (0..columns)
                .map(|column| format!("{:?}", row.get_ref(column).unwrap()))
                .collect();
            Ok(format!("{view} {}", values.join(" ")))
        });
        rows.extend(found.unwrap().map(Result::unwrap));
    }
    rows.sort();
    (rows, files(&state.join("attachments")))
}
