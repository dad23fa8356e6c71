//! A millpond as an administrator has it: a folder with a configuration, and the program.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Output;

use confluence_sim::{Account, Atlassian, PageSnapshot, Site};
use tempfile::TempDir;

pub(crate) use super::outsider::outsider;
use super::program::{Program, Running};
use super::watched::Watched;

/// What the consent asks for.
pub(crate) const SCOPES: [&str; 7] = [
    "offline_access",
    "read:attachment:confluence",
    "read:comment:confluence",
    "read:me",
    "read:page:confluence",
    "read:space:confluence",
    "read:user:confluence",
];

pub(crate) const CLIENT_ID: &str = "client-1";
pub(crate) const CLIENT_SECRET: &str = "a-secret-of-the-app";

/// A world with one app, and one account that consents to it.
pub(crate) async fn world() -> (Watched, Account) {
    let atlassian = Watched::start().await;
    let alice = atlassian.account("Alice Moreau");
    atlassian.consents_as(&alice);
    (atlassian, alice)
}

/// A configured installation.
pub(crate) struct Installation {
    folder: TempDir,
    callback: String,
}

impl Installation {
    /// Registers its callback with the app and configures a connection for each of `domains`.
    pub(crate) fn new(atlassian: &Atlassian, domains: &[&str]) -> Self {
        let installation = Self {
            folder: tempfile::tempdir().unwrap(),
            callback: free_callback(),
        };
        atlassian.app(CLIENT_ID, CLIENT_SECRET, &installation.callback, &SCOPES);
        installation.write_secret(CLIENT_SECRET);
        installation.configure(atlassian, domains, "");
        installation
    }

    /// Registers the app anew, with these scopes.
    pub(crate) fn register(&self, atlassian: &Atlassian, scopes: &[&str]) {
        atlassian.app(CLIENT_ID, CLIENT_SECRET, &self.callback, scopes);
    }

    /// Writes the configuration anew, with more of it at the top level of the file.
    pub(crate) fn configure(&self, atlassian: &Atlassian, domains: &[&str], more: &str) {
        let more = with_content(more);
        let connections: Vec<_> = domains
            .iter()
            .map(|domain| format!("[[connection]]\ndomain = \"{domain}\"\n"))
            .collect();
        let config = format!(
            "state_dir = \"state\"\n\
             [app]\nclient_id = \"{CLIENT_ID}\"\nclient_secret_file = \"secret\"\nredirect_uri = \"{}\"\n\
             auth_url = \"{}\"\napi_url = \"{}\"\n\
             [limits]\nrequests_per_second = 1000\n{more}\n{}",
            self.callback,
            atlassian.auth_url(),
            atlassian.api_url(),
            connections.concat(),
        );
        fs::write(self.config(), config).unwrap();
    }

    /// An installation without an app, whose one connection says what `connection` does. Its secret is in the file
    /// `secret`.
    pub(crate) fn without_app(atlassian: &Atlassian, secret: &str, connection: &str) -> Self {
        let installation = Self {
            folder: tempfile::tempdir().unwrap(),
            callback: String::new(),
        };
        installation.write_secret(secret);
        let config = format!(
            "state_dir = \"state\"\n[app]\nauth_url = \"{}\"\napi_url = \"{}\"\n\
             [limits]\nrequests_per_second = 1000\n{}[[connection]]\n{connection}",
            atlassian.auth_url(),
            atlassian.api_url(),
            with_content(""),
        );
        fs::write(installation.config(), config).unwrap();
        installation
    }

    pub(crate) fn write_secret(&self, secret: &str) {
        let path = self.path("secret");
        fs::write(&path, secret).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The address that the app's consent comes back to.
    pub(crate) fn callback(&self) -> &str {
        &self.callback
    }

    pub(crate) fn config(&self) -> PathBuf {
        self.path("config.toml")
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.path("state/mirror.db")
    }

    /// The program, about to run with these arguments.
    pub(crate) fn command<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Program {
        let program = Program::new(self.folder.path())
            .arg("--config")
            .arg(self.config());
        program.args(arguments)
    }

    /// Runs the program to its end. Returns what a person sees, who asked for no more than the usual log.
    pub(crate) async fn millpond(&self, arguments: &[&str]) -> Output {
        self.command(arguments).ended().await
    }

    /// Runs the program to its end, which must be a good one, and returns what it printed.
    pub(crate) async fn done(&self, arguments: &[&str]) -> String {
        let output = self.millpond(arguments).await;
        assert!(
            output.status.success(),
            "{arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap()
    }

    /// Starts `connect` and lets the person at the browser answer. Returns how it ended.
    pub(crate) async fn connect(&self, domain: &str) -> Output {
        self.connect_with(&[], domain).await
    }

    /// The same, with more arguments. The output lacks the address of the consent.
    pub(crate) async fn connect_with(&self, more: &[&str], domain: &str) -> Output {
        self.consent(&[more, &["--json", "connect", domain]].concat())
            .await
    }

    /// The same, with these arguments.
    pub(crate) async fn consent(&self, arguments: &[&str]) -> Output {
        let mut child = self.command(arguments).spawn();
        if let Some(line) = child.prints(|_| true).await {
            let asked: serde_json::Value = serde_json::from_str(&line).unwrap();
            visit(asked["consent_url"].as_str().unwrap()).await;
        }
        child.ended().await
    }

    /// Connects, which must work.
    pub(crate) async fn connected(self, domain: &str) -> Self {
        let output = self.connect(domain).await;
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        self
    }

    /// Starts the program in the background.
    pub(crate) fn spawn(&self, arguments: &[&str]) -> Running {
        self.command(arguments).spawn()
    }

    /// What the mirror holds as alive, in order of id.
    pub(crate) fn mirrored(&self) -> Vec<Mirrored> {
        mirrored(&self.database())
    }
}

/// Follows the consent screen back to the listener, as a browser does.
pub(crate) async fn visit(url: &str) {
    // The first client of a process chooses who encrypts.
    millpond::app::http_client().unwrap();
    let browser = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::limited(5))
        .build()
        .unwrap();
    // Whatever the listener answers is for the person; the program's own end is what counts.
    drop(browser.get(url).send().await);
}

/// Pages and people only, unless a test says what it wants: a mirror of everything asks for more than most tests count.
fn with_content(more: &str) -> String {
    let plain = "[sync]\ncontent = [\"pages\", \"users\"]\n";
    if more.contains("content =") {
        more.to_owned()
    } else if more.contains("[sync]\n") {
        more.replacen("[sync]\n", plain, 1)
    } else {
        format!("{more}{plain}")
    }
}

pub(crate) fn free_callback() -> String {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    format!(
        "http://localhost:{}/callback",
        listener.local_addr().unwrap().port()
    )
}

/// A page as the mirror or the site has it, but for its body.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Mirrored {
    pub(crate) id: String,
    pub(crate) space_key: String,
    pub(crate) parent: Option<String>,
    pub(crate) title: String,
    pub(crate) status: String,
    pub(crate) version: u32,
}

/// What a mirror holds as alive, in order of id.
pub(crate) fn mirrored(database: &Path) -> Vec<Mirrored> {
    let db = outsider(database);
    let sql = "SELECT id, space_key, parent_id, title, status, version FROM page WHERE gone_at IS NULL";
    let mut statement = db.prepare(sql).unwrap();
    let rows = statement.query_map([], |row| {
        Ok(Mirrored {
            id: row.get(0)?,
            space_key: row.get(1)?,
            parent: row.get(2)?,
            title: row.get(3)?,
            status: row.get(4)?,
            version: row.get(5)?,
        })
    });
    let mut mirrored: Vec<_> = rows.unwrap().map(Result::unwrap).collect();
    mirrored.sort();
    mirrored
}

/// What a visitor sees on a site, in order of id.
pub(crate) fn visible(site: &Site, account: &Account) -> Vec<Mirrored> {
    let seen = |page: PageSnapshot| Mirrored {
        id: page.id,
        space_key: page.space_key,
        parent: page.parent,
        title: page.title,
        status: page.status,
        version: page.version,
    };
    let mut visible: Vec<_> = site.visible_pages(account).into_iter().map(seen).collect();
    visible.sort();
    visible
}
