//! The configuration: found, read once, and checked before anything is done with it.
//!
//! Three steps, each with its file: where the configuration is (`paths`), what is written in it (`file`), and what
//! that means (`check`). After [`Config::load`] every value has been checked, so nobody further down has to.

mod auth;
mod check;
mod environment;
mod error;
mod file;
mod paths;
mod secret;
mod service;
mod value;

use std::collections::BTreeSet;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono_tz::Tz;
use url::Url;

use crate::model::Domain;

pub use environment::Environment;
pub use error::{Error, Place};
pub use paths::personal_file;
pub use secret::{ClientSecret, SecretFile, TokenKeySource};
pub use value::Cron;

/// Everything that can be configured, checked.
#[derive(Clone, Debug)]
pub struct Config {
    /// The file it came from.
    pub file: PathBuf,
    /// Where the mirror, the credentials and the lock are.
    pub state_dir: PathBuf,
    /// The OAuth app.
    pub app: App,
    /// What the sites are asked at most.
    pub limits: Limits,
    /// What every connection does unless it says otherwise.
    pub sync: Sync,
    /// Who may ask the running daemon.
    pub control: Control,
    /// Where monitors may ask it.
    pub metrics: Metrics,
    /// Whom to tell of what a person must know.
    pub on_alert: OnAlert,
    /// The sites to mirror; at least one, each domain once.
    pub connections: Vec<Connection>,
}

/// The OAuth 2.0 (3LO) app that people consent to.
#[derive(Clone, Debug)]
pub struct App {
    /// Its public name at Atlassian; empty where no connection needs the app.
    pub client_id: String,
    /// Where its secret is.
    pub client_secret: ClientSecret,
    /// Where the key of the stored grants is, if they are encrypted.
    pub token_key: Option<TokenKeySource>,
    /// Where Atlassian sends the browser after the consent, as registered for the app.
    pub redirect_uri: Url,
    /// Atlassian's authorisation server.
    pub auth_url: Url,
    /// Atlassian's API gateway.
    pub api_url: Url,
    /// Every grant is refreshed at least this often.
    pub keep_alive: Duration,
}

/// Who may ask the running daemon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Control {
    /// The group that may, beside the account that the daemon runs as.
    pub group: Option<u32>,
}

/// Where monitors may ask the running daemon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metrics {
    /// The address, if there is to be one.
    pub listen: Option<SocketAddr>,
}

/// Whom to tell of what a person must know, and from when on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OnAlert {
    /// A program and its arguments; empty for none.
    pub command: Vec<String>,
    /// An address to post to.
    pub webhook: Option<Url>,
    /// After so many runs without a good one.
    pub missed_runs: u32,
    /// With less room than this for the mirror, in bytes.
    pub disk_free: u64,
}

/// How much is asked of Atlassian at most.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Per site.
    pub requests_per_second: u32,
    /// Requests in flight, per site.
    pub concurrency: usize,
    /// The hourly budget of the app, for all connections together; nothing for no budget.
    pub points_per_hour: Option<u32>,
}

/// When and what to mirror.
#[derive(Clone, Debug, PartialEq)]
pub struct Sync {
    /// When to ask what changed.
    pub delta: Cron,
    /// When to compare everything.
    pub sweep: Cron,
    /// The time zone of both.
    pub time_zone: Tz,
    /// What to mirror.
    pub content: BTreeSet<ContentWord>,
    /// Which properties of content to mirror, by key.
    pub properties: Vec<String>,
    /// Whether to mirror who may read content.
    pub restrictions: bool,
    /// What of attachments to download.
    pub attachments: Attachments,
    /// What a sweep may bury.
    pub deletion_guard: DeletionGuard,
}

/// What of attachments to download, if they are mirrored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachments {
    /// Whether their files are.
    pub download: bool,
    /// The largest file, in bytes.
    pub max_size: u64,
    /// Media types to download, in which `*` stands for anything; empty for all.
    pub include: Vec<String>,
    /// Media types to leave out, even if included.
    pub exclude: Vec<String>,
}

/// What keeps a sweep from burying what is not gone.
#[derive(Clone, Debug, PartialEq)]
pub struct DeletionGuard {
    /// At most this share of a space is buried at once, …
    pub max_fraction: f64,
    /// … unless it is no more than this many.
    pub min_items: u64,
    /// Absence counts when it is seen again this much later.
    pub confirm_after: Duration,
}

/// One site to mirror.
#[derive(Clone, Debug, PartialEq)]
pub struct Connection {
    /// The host name of the site.
    pub domain: Domain,
    /// How it signs in.
    pub auth: Auth,
    /// Where the site's own host is reached: at its domain, unless a proxy stands before it.
    pub site_url: Url,
    /// Which of its spaces.
    pub spaces: Spaces,
    /// When to ask what changed.
    pub delta: Cron,
    /// When to compare everything.
    pub sweep: Cron,
}

/// How a connection signs in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Auth {
    /// By a person's consent to the OAuth app.
    OAuth,
    /// With an API token that an account made for itself.
    ApiToken {
        /// The account's email address.
        email: String,
        /// The token.
        token: SecretFile,
        /// Whether the token has scopes, and so works at the gateway only.
        is_scoped: bool,
    },
    /// As a service account with an OAuth 2.0 credential.
    ServiceAccount {
        /// The credential's public half.
        client_id: String,
        /// The credential's secret half.
        client_secret: SecretFile,
    },
    /// With the tokens of a running Nango.
    Nango {
        /// Its address.
        host: Url,
        /// The connection there.
        connection_id: String,
        /// The integration that the connection belongs to.
        provider_config_key: String,
        /// What proves to Nango who asks.
        secret_key: SecretFile,
    },
}

impl Auth {
    /// The word of the configuration.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::OAuth => "oauth",
            Self::ApiToken { .. } => "api_token",
            Self::ServiceAccount { .. } => "service_account",
            Self::Nango { .. } => "nango",
        }
    }
}

/// Which spaces to mirror. `*` in a pattern stands for any run of characters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spaces {
    /// Keys or patterns of the spaces to mirror; empty for all.
    pub include: Vec<String>,
    /// Keys or patterns of spaces to leave out, also where `include` takes them in.
    pub exclude: Vec<String>,
}

/// A kind of content, in the word of the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ContentWord {
    /// Pages.
    Pages,
    /// Blog posts.
    Blogposts,
    /// Comments, at their foot and on their text.
    Comments,
    /// Files on them.
    Attachments,
    /// The labels of pages and blog posts.
    Labels,
    /// Folders, whiteboards, databases and smart links: what stands in the tree beside pages.
    Folders,
    /// The people who wrote them: their display names.
    Users,
}

impl ContentWord {
    /// Whether it stands for itself, rather than for something about what does.
    pub(crate) fn is_content(self) -> bool {
        matches!(self, Self::Pages | Self::Blogposts)
    }

    /// Every kind this release can mirror.
    pub const ALL: [Self; 7] = [
        Self::Pages,
        Self::Blogposts,
        Self::Comments,
        Self::Attachments,
        Self::Labels,
        Self::Folders,
        Self::Users,
    ];
    /// What is mirrored unless the configuration says otherwise.
    pub const DEFAULT: [Self; 7] = Self::ALL;

    /// The word of the configuration.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pages => "pages",
            Self::Blogposts => "blogposts",
            Self::Comments => "comments",
            Self::Attachments => "attachments",
            Self::Labels => "labels",
            Self::Folders => "folders",
            Self::Users => "users",
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

impl Config {
    /// Finds, reads and checks the configuration. `explicit` is the file named on the command line.
    pub fn load(explicit: Option<&Path>, env: &Environment) -> Result<Self, Error> {
        let path = paths::config_file(explicit, env)?;
        let text = fs::read_to_string(&path).map_err(|source| Error::Unreadable {
            path: path.clone(),
            source,
        })?;
        Self::parse(&path, &text, env)
    }

    /// Checks `text` as if it stood in the file `path`.
    pub fn parse(path: &Path, text: &str, env: &Environment) -> Result<Self, Error> {
        let file = toml::from_str(text).map_err(|error| Error::from_toml(path, text, &error))?;
        check::Check { path, text }.config(file, env)
    }

    /// Where the grants are kept.
    pub fn credentials_dir(&self) -> PathBuf {
        self.state_dir.join("credentials")
    }

    /// Whether any connection needs the OAuth app and a person's consent to it.
    pub fn needs_app(&self) -> bool {
        self.connections
            .iter()
            .any(|connection| connection.auth == Auth::OAuth)
    }

    /// The connection of a domain, if it is configured.
    pub fn connection(&self, domain: &Domain) -> Option<&Connection> {
        self.connections
            .iter()
            .find(|connection| connection.domain == *domain)
    }
}
