//! A mirror with pages, comments and attachments, and the folder it is exported to.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use millpond::export::{self, Event, Format, Options, Report};
use millpond::model::{AccountId, ContentId, Parent, User};
use millpond::store::{ContentWrite, ExportScope};
use sha2::{Digest as _, Sha256};

use crate::store::support::{Edit as _, Mirror, at, cloud, page};
use crate::support::program::Program;

pub(crate) const SITE: &str = "acme.atlassian.net";

/// A mirror, and a folder to export it to.
pub(crate) struct Shelf {
    pub(crate) mirror: Mirror,
    folder: tempfile::TempDir,
}

impl Shelf {
    pub(crate) async fn new() -> Self {
        Self {
            mirror: Mirror::new().await,
            folder: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) async fn with(pages: Vec<ContentWrite>) -> Self {
        let shelf = Self::new().await;
        shelf.mirror.apply(pages).await;
        shelf
    }

    pub(crate) fn dir(&self) -> PathBuf {
        self.folder.path().join("out")
    }

    pub(crate) fn options(&self) -> Options {
        Options {
            dir: self.dir(),
            files: self.mirror.dir.path().to_owned(),
            format: Format::Markdown,
            sites: Vec::new(),
            scope: ExportScope::default(),
            comments: true,
            overwrite: false,
            hard_links: false,
            git: None,
        }
    }

    /// The program that exports and commits.
    pub(crate) fn command(&self, format: &str) -> Program {
        let home = self.folder.path();
        let config = home.join("config.toml");
        let state = format!(
            "state_dir = \"{}\"\n[[connection]]\ndomain = \"{SITE}\"\nauth = \"api_token\"\nemail = \"a@b.c\"\ntoken_file = \"token\"\n",
            self.mirror.dir.path().display()
        );
        fs::write(&config, state).unwrap();
        Program::new(home)
            .arg("--config")
            .arg(config)
            .args(["export", "--git", "--format", format])
            .arg(self.dir())
    }

    /// Exports, and says what was done and which files were left alone.
    pub(crate) fn export_as(&self, options: &Options) -> (Report, Vec<String>) {
        let deadline = Instant::now() + Duration::from_mins(1);
        loop {
            let mut kept = Vec::new();
            let report = export::export(&self.mirror.store.reader(), options, &mut |event| {
                if let Event::Kept { path } = event {
                    kept.push(path);
                }
            });
            match report {
                // Another test starts a program, which holds whatever is open here until it has begun.
                Err(export::Error::InUse { .. }) if Instant::now() < deadline => thread::yield_now(),
                report => return (report.unwrap(), kept),
            }
        }
    }

    pub(crate) fn export(&self) -> Report {
        let (report, kept) = self.export_as(&self.options());
        assert_eq!(kept, Vec::<String>::new());
        report
    }

    /// The paths of all files below the folder of the site.
    pub(crate) fn paths(&self) -> Vec<String> {
        let prefix = format!("{SITE}/");
        let files = files(&self.dir());
        files
            .keys()
            .filter_map(|path| path.strip_prefix(&prefix))
            .map(str::to_owned)
            .collect()
    }

    pub(crate) fn text(&self, path: &str) -> String {
        fs::read_to_string(self.dir().join(SITE).join(path)).unwrap()
    }

    /// Has the mirror know an attachment, and have its file.
    pub(crate) fn attach(&self, page: &str, id: &str, title: &str, content: &[u8]) {
        let sha256 = Sha256::digest(content)
            .iter()
            .fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
        let folder = self.mirror.dir.path().join("attachments").join(&sha256[..2]);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(&sha256), content).unwrap();
        self.attach_without_file(page, id, title, Some(&sha256));
    }

    pub(crate) fn attach_without_file(&self, page: &str, id: &str, title: &str, sha256: Option<&str>) {
        self.mirror
            .sql()
            .execute(
                "INSERT INTO attachments (site, attachment_id, page_id, title, media_type, file_size, version, status,
                     sha256, created_at, first_seen, last_seen)
                 VALUES (1, ?, ?, ?, 'image/png', 3, 1, 'current', ?, ?4, ?4, ?4)
                 ON CONFLICT DO UPDATE SET sha256 = excluded.sha256"
                    .replace("?4", "'2026-03-01T09:00:00.000Z'")
                    .as_str(),
                (id, page, title, sha256),
            )
            .unwrap();
    }

    pub(crate) fn comment(&self, page: &str, id: &str, parent: Option<&str>, kind: &str, markdown: &str) {
        self.mirror
            .sql()
            .execute(
                "INSERT INTO comments (site, comment_id, page_id, parent_id, kind, status, version, author_id, created_at,
                     modified_at, markdown, first_seen, last_seen)
                 VALUES (1, ?, ?, ?, ?, 'current', 1, 'account:alice', ?6, ?6, ?, ?6, ?6)"
                    .replace("?6", "'2026-03-01T09:05:00.000Z'")
                    .as_str(),
                (id, page, parent, kind, markdown),
            )
            .unwrap();
    }

    pub(crate) fn label(&self, page: &str, name: &str) {
        self.mirror
            .sql()
            .execute(
                "INSERT INTO labels (content, name) SELECT id, ? FROM contents WHERE content_id = ?",
                (name, page),
            )
            .unwrap();
    }

    /// Tells the mirror what the person is called who saved the pages.
    pub(crate) async fn call_alice(&self, name: &str) {
        let user = User {
            id: AccountId::new("account:alice"),
            display_name: name.to_owned(),
            kind: "atlassian".to_owned(),
        };
        self.mirror
            .store
            .apply_users(&cloud(), vec![user], at(2))
            .await
            .unwrap();
    }
}

/// A page that hangs under another.
pub(crate) fn child(id: &str, title: &str, text: &str, parent: &str) -> ContentWrite {
    let parent = Parent {
        id: ContentId::new(parent),
        kind: "page".to_owned(),
    };
    page(id, title, text).with(|content| content.parent = Some(parent))
}

/// All files below a folder but those that an export or git keeps for itself, with what they hold.
pub(crate) fn files(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![dir.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if matches!(name.as_str(), ".millpond" | ".git") {
                continue;
            }
            if path.is_dir() && !path.is_symlink() {
                folders.push(path);
            } else {
                let relative = path.strip_prefix(dir).unwrap().to_str().unwrap().to_owned();
                found.insert(relative, fs::read(&path).unwrap_or_default());
            }
        }
    }
    found
}

/// What tells whether a file was written again: its inode and its times.
pub(crate) fn marks(dir: &Path) -> BTreeMap<String, (u64, i64, i64)> {
    files(dir)
        .into_keys()
        .map(|path| {
            let file = fs::symlink_metadata(dir.join(&path)).unwrap();
            (path, (file.ino(), file.mtime_nsec(), file.ctime_nsec()))
        })
        .collect()
}
