//! Wiring: builds every layer from the configuration, top to bottom, and nothing else.

use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rustls::crypto::ring;
use tokio_util::sync::CancellationToken;
use tracing::warn;
use url::Url;

use crate::auth::scopes::{self, Need};
use crate::auth::{self, Authenticator, Grants, OAuthApp, TokenKey, TokenStore};
use crate::config::{self, Config, ContentWord, TokenKeySource};
use crate::confluence::{self, Client, Points};
use crate::daemon::{self, Connection, Schedule, Unopened};
use crate::mirror::{Advance, Guard, Mirror, Options, Scope};
use crate::model::{Clock, CloudId, ContentKind, Domain};
use crate::store::{self, Store};

/// Connecting to Atlassian takes no longer than this, or not at all.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);

/// Why the program could not be put together.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The configuration, or the client secret it points to.
    #[error("could not read the configuration")]
    Config(#[from] config::Error),
    /// The state directory.
    #[error("could not make the state directory {}", .path.display())]
    StateDir {
        /// Where it should be.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The stored grants.
    #[error("could not read the stored grants")]
    Auth(#[from] auth::Error),
    /// The database.
    #[error("could not open the mirror")]
    Store(#[from] store::Error),
    /// The daemon.
    #[error("could not go on running")]
    Daemon(#[from] daemon::Error),
    /// The HTTP client.
    #[error("could not set up the HTTP client")]
    Http(#[source] reqwest::Error),
}

/// Everything that writes: the store with its lock, the grants, and the way to the sites. Clones share it.
#[derive(Clone, Debug)]
pub struct App {
    config: Arc<Config>,
    store: Store,
    grants: Grants,
    http: reqwest::Client,
    points: Arc<Points>,
    clock: Clock,
}

/// Watches the runs of all connections.
pub type Watch = Arc<dyn Fn(&Domain, Advance) + Send + Sync>;

impl App {
    /// Takes the instance lock, opens the mirror and marks the runs that a crash left behind.
    pub async fn open(config: Config, clock: Clock) -> Result<Self, Error> {
        let http = http_client()?;
        let grants = grants(&config, oauth_app(&config)?, http.clone(), clock.clone())?;
        let dir = config.state_dir.clone();
        let store = Store::open(store::Options { dir }).await?;
        store.recover(clock.now()).await?;
        let points = Points::new(config.limits.points_per_hour.unwrap_or(0).into(), clock.clone());
        Ok(Self {
            config: Arc::new(config),
            store,
            grants,
            http,
            points: Arc::new(points),
            clock,
        })
    }

    /// The mirror of a connection. Fails as long as nobody has consented.
    pub async fn mirror(&self, connection: &config::Connection) -> Result<Mirror<Client>, auth::Error> {
        let (grant, _) = self.grants.grant_for(&connection.domain).await?;
        if let Some(withdrawal) = grant.withdrawn {
            return Err(withdrawal.into());
        }
        for (word, missing) in lacking(&self.config, &grant.scopes) {
            let (domain, word, missing) = (&connection.domain, word.as_str(), missing.join(" "));
            warn!(connection = %domain, "the consent for {domain} does not allow to mirror {word}: it lacks {missing}");
        }
        let (authenticator, site) = self.grants.authenticator_for(&connection.domain).await?;
        let client = self.client(&site.cloud_id, authenticator);
        let options = mirror_options(&self.config.sync, connection);
        Ok(Mirror::new(
            client,
            self.store.clone(),
            site,
            options,
            self.clock.clone(),
        ))
    }

    /// Mirrors every connection and keeps every grant alive, until `stop` is cancelled. Closes the store.
    pub async fn run(self, stop: CancellationToken, watch: Watch) -> Result<(), Error> {
        let interval = self.config.app.keep_alive;
        let keep_alive = auth::keep_alive(self.grants.clone(), interval, stop.clone());
        let connections = self
            .config
            .connections
            .iter()
            .map(|one| self.connect(one, Arc::clone(&watch)));
        let daemon = async {
            let ended = daemon::run(connections.collect(), self.clock.clone(), stop.clone()).await;
            stop.cancel();
            ended
        };
        let (ended, ()) = tokio::join!(daemon, keep_alive);
        self.close().await?;
        Ok(ended?)
    }

    /// Waits for refreshes under way, whose answers are the only copies of the next tokens, and closes the store.
    pub async fn close(self) -> Result<(), Error> {
        self.grants.settle().await;
        Ok(self.store.close().await?)
    }

    /// What the daemon needs to know of a connection.
    fn connect(&self, connection: &config::Connection, watch: Watch) -> Connection<Client> {
        let domain = connection.domain.clone();
        let (app, opened) = (self.clone(), connection.clone());
        let (grants, consented) = (self.grants.clone(), domain.clone());
        Connection {
            domain: domain.clone(),
            schedule: Schedule {
                delta: connection.delta.parsed().clone(),
                sweep: connection.sweep.parsed().clone(),
                time_zone: self.config.sync.time_zone,
            },
            open: Box::new(move || {
                let (app, opened) = (app.clone(), opened.clone());
                Box::pin(async move {
                    app.mirror(&opened)
                        .await
                        .map_err(|error| Unopened::new(opened.domain.clone(), &error, error.needs_consent()))
                })
            }),
            consented_at: Box::new(move || {
                let (grants, domain) = (grants.clone(), consented.clone());
                Box::pin(async move { Some(grants.grant_for(&domain).await.ok()?.0.consented_at) })
            }),
            watch: Box::new(move |advance| watch(&domain, advance)),
        }
    }

    fn client(&self, site: &CloudId, authenticator: Authenticator) -> Client {
        let (http, points) = (self.http.clone(), Arc::clone(&self.points));
        client(&self.config, site, authenticator, http, points)
    }
}

/// The way to a site.
pub fn client(
    config: &Config,
    site: &CloudId,
    authenticator: Authenticator,
    http: reqwest::Client,
    points: Arc<Points>,
) -> Client {
    let limits = &config.limits;
    let options = confluence::Options {
        requests_per_second: limits.requests_per_second,
        concurrency: limits.concurrency,
        ..confluence::Options::new(gateway(&config.app.api_url, site))
    };
    Client::new(options, http, authenticator, points)
}

/// The client of every request: encrypted by `rustls`, and blind to redirects, since a token must not follow one.
pub fn http_client() -> Result<reqwest::Client, Error> {
    // Only the first call of a process can install it, and only that one needs to.
    drop(ring::default_provider().install_default());
    reqwest::Client::builder()
        .user_agent(concat!("millpond/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT_TIMEOUT)
        .build()
        .map_err(Error::Http)
}

/// The stored grants of the app, with the way to refresh them.
pub fn grants(config: &Config, app: OAuthApp, http: reqwest::Client, clock: Clock) -> Result<Grants, Error> {
    let store = credentials(config)?;
    Ok(Grants::open(store, app, http, auth::Options::default(), clock))
}

/// Where the grants are. Makes the state directory too, which others may look into, unlike the folder inside.
pub fn credentials(config: &Config) -> Result<TokenStore, Error> {
    let made = DirBuilder::new()
        .recursive(true)
        .mode(0o750)
        .create(&config.state_dir);
    made.map_err(|source| Error::StateDir {
        path: config.state_dir.clone(),
        source,
    })?;
    stored_credentials(config)
}

/// The same, for those who only look: the state directory is not made.
pub fn stored_credentials(config: &Config) -> Result<TokenStore, Error> {
    let key = config
        .app
        .token_key
        .as_ref()
        .map(TokenKeySource::read)
        .transpose()?;
    let key = key.as_ref().map(TokenKey::parse).transpose()?;
    Ok(TokenStore::open(config.credentials_dir())?.sealed_with(key))
}

/// The OAuth app, its secret read from where the configuration says.
pub fn oauth_app(config: &Config) -> Result<OAuthApp, config::Error> {
    let app = &config.app;
    Ok(OAuthApp {
        client_id: app.client_id.clone(),
        client_secret: app.client_secret.read()?,
        redirect_uri: app.redirect_uri.clone(),
        auth_url: app.auth_url.clone(),
        api_url: app.api_url.clone(),
    })
}

/// What a grant must allow for everything that is configured.
pub fn needs(config: &Config) -> impl Iterator<Item = Need> {
    config.sync.content.iter().map(|word| need(*word))
}

/// The configured content that a grant with these scopes does not reach, and what it lacks.
pub fn lacking(config: &Config, granted: &[String]) -> Vec<(ContentWord, Vec<String>)> {
    let lacks = |word: &ContentWord| {
        let missing = scopes::missing(granted, &scopes::wanted([need(*word)]));
        (!missing.is_empty()).then_some((*word, missing))
    };
    config.sync.content.iter().filter_map(lacks).collect()
}

fn need(word: ContentWord) -> Need {
    match word {
        ContentWord::Pages | ContentWord::Blogposts => Need::Pages,
        ContentWord::Users => Need::Users,
    }
}

/// Where the gateway has a site. All of its routes are below, and the token goes nowhere else.
fn gateway(api_url: &Url, site: &CloudId) -> Url {
    let mut root = api_url.clone();
    root.set_path(&format!(
        "{}/ex/confluence/{site}/",
        api_url.path().trim_end_matches('/')
    ));
    root
}

fn mirror_options(sync: &config::Sync, connection: &config::Connection) -> Options {
    let kind = |word: &ContentWord| match word {
        ContentWord::Pages => Some(ContentKind::Page),
        ContentWord::Blogposts => Some(ContentKind::BlogPost),
        ContentWord::Users => None,
    };
    let spaces = &connection.spaces;
    Options {
        scope: Scope {
            include: spaces.include.clone(),
            exclude: spaces.exclude.clone(),
        },
        kinds: sync.content.iter().filter_map(kind).collect(),
        users: sync.content.contains(&ContentWord::Users),
        guard: Guard {
            max_fraction: sync.deletion_guard.max_fraction,
            min_items: sync.deletion_guard.min_items,
            confirm_after: sync.deletion_guard.confirm_after,
            is_lifted: false,
        },
    }
}
