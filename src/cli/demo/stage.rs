//! The simulated site and the folder of a demo, with a configuration like any other.

use std::fs;
use std::io;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use confluence_sim::Atlassian;
use confluence_sim::demo::Company;

use crate::auth::scopes::{self, Need};
use crate::config::ContentWord;

/// The site of the demo.
pub(super) const DOMAIN: &str = "acme-inland.atlassian.net";

const CLIENT_ID: &str = "demo-app";
const CLIENT_SECRET: &str = "demo-secret-of-no-value";

/// Everything around the daemon.
pub(super) struct Stage {
    folder: PathBuf,
    company: Company,
    /// Serves as long as it lives.
    _atlassian: Atlassian,
}

impl Stage {
    pub(super) async fn set(folder: Option<&Path>) -> anyhow::Result<Self> {
        let folder = make(folder)?;
        // An address rather than a name: not every machine knows `localhost`.
        let callback = format!("http://127.0.0.1:{}/callback", free_port()?);
        let atlassian = Atlassian::builder()
            .start()
            .await
            .context("could not start the simulated site")?;
        let scopes = scopes::wanted(Need::all());
        let scopes: Vec<&str> = scopes.iter().map(String::as_str).collect();
        atlassian.app(CLIENT_ID, CLIENT_SECRET, &callback, &scopes);
        let company = Company::open(&atlassian, DOMAIN);
        atlassian.consents_as(company.administrator());

        let secret = folder.join("client_secret");
        write(&secret, CLIENT_SECRET)?;
        fs::set_permissions(&secret, fs::Permissions::from_mode(0o600))
            .context("could not protect the secret")?;
        let config = configuration(&folder, &callback, &atlassian);
        write(&folder.join("config.toml"), &config)?;
        Ok(Self {
            folder,
            company,
            _atlassian: atlassian,
        })
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(super) fn config_file(&self) -> PathBuf {
        self.folder.join("config.toml")
    }

    pub(super) fn page_count(&self) -> usize {
        self.company.page_count()
    }

    /// Lets the next thing happen on the site, and says what it was.
    pub(super) fn carry_on(&mut self) -> String {
        self.company.carry_on()
    }
}

/// A folder of our own: one that is new, or at least empty, so that nothing of anybody else's is touched.
fn make(folder: Option<&Path>) -> anyhow::Result<PathBuf> {
    let Some(folder) = folder else {
        let made = tempfile::Builder::new().prefix("millpond-demo-").tempdir();
        return Ok(made.context("could not make a folder for the demo")?.keep());
    };
    let doing = || format!("could not make the folder {}", folder.display());
    fs::create_dir_all(folder).with_context(doing)?;
    if fs::read_dir(folder).with_context(doing)?.next().is_some() {
        bail!(
            "{} is not empty; the demo wants a folder of its own",
            folder.display()
        );
    }
    folder.canonicalize().with_context(doing)
}

/// A port that is free now. The callback address of an app is fixed, so it has to be known beforehand.
fn free_port() -> anyhow::Result<u16> {
    let port = |listener: TcpListener| listener.local_addr().map(|address| address.port());
    TcpListener::bind(("127.0.0.1", 0))
        .and_then(port)
        .context("could not find a free port")
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    let written: io::Result<()> = fs::write(path, text);
    written.with_context(|| format!("could not write {}", path.display()))
}

fn configuration(folder: &Path, callback: &str, atlassian: &Atlassian) -> String {
    let quoted = |text: &str| toml::Value::from(text).to_string();
    format!(
        "# The demo's configuration: like any other, but for its addresses and its haste.\n\
         state_dir = {state}\n\n\
         [app]\n\
         client_id = {id}\n\
         client_secret_file = \"client_secret\"\n\
         redirect_uri = {callback}\n\
         auth_url = {auth}\n\
         api_url = {api}\n\n\
         [limits]\n\
         requests_per_second = 100\n\n\
         [sync]\n\
         content = {content}\n\
         delta = \"*/3 * * * * *\"\n\
         sweep = \"*/20 * * * * *\"\n\
         deletion_guard = {{ confirm_after = \"10s\" }}\n\n\
         [[connection]]\n\
         domain = {domain}\n",
        state = quoted(&folder.join("state").display().to_string()),
        id = quoted(CLIENT_ID),
        callback = quoted(callback),
        auth = quoted(&atlassian.auth_url()),
        api = quoted(&atlassian.api_url()),
        domain = quoted(DOMAIN),
        content = toml::Value::from(ContentWord::ALL.map(ContentWord::as_str).to_vec()),
    )
}
