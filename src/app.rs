//! Wiring: builds every layer from the configuration, top to bottom, and nothing else.

mod alerting;
mod consents;
mod desk;
mod engine;
mod http;
mod metrics;
mod reach;
mod running;
mod sign_in;
mod upkeep;

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinError;
use tokio::time::timeout;
use tracing::warn;

pub use consents::{credentials, grants, oauth_app, stored_credentials};
pub use engine::client;
pub use http::http_client;
pub use reach::{lacking, needs};
pub use running::Load;
pub use upkeep::{Inspection, Repaired, Unchecked, inspect, repair, rerender};

use crate::auth::{self, Entrance, Grants, Reminders, Way};
use crate::config::{self, Auth, Config};
use crate::confluence::{Client, Traffic};
use crate::control;
use crate::daemon;
use crate::mirror::{self, Advance, Mirror};
use crate::model::{Clock, Domain};
use crate::store::{self, Store};

use engine::mirror_options;
use http::local_client;
use sign_in::{Means, Purses, SignIn};

/// Stopping waits this long for a refresh under way. One that takes longer meets bad weather and is marked on disk.
const SETTLE: Duration = Duration::from_secs(30);

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
    #[error(transparent)]
    Auth(#[from] auth::Error),
    /// The database.
    #[error("could not open the mirror")]
    Store(#[from] store::Error),
    /// Pages that are mirrored already.
    #[error("could not render the mirror again")]
    Render(#[from] mirror::Error),
    /// A look at the mirror died: a bug.
    #[error("could not look over the mirror")]
    Look(#[source] JoinError),
    /// The daemon.
    #[error("could not go on running")]
    Daemon(#[from] daemon::Error),
    /// The state directory changed while the daemon was running.
    #[error("`state_dir` is {} now; that takes a restart", .path.display())]
    StateDirMoved {
        /// Where it is to be.
        path: PathBuf,
    },
    /// The operating system refused a signal handler.
    #[error("could not listen for signals")]
    Signals(#[source] io::Error),
    /// The running daemon.
    #[error("could not ask the running daemon")]
    Control(#[from] control::Error),
    /// The metrics: a bug.
    #[error("could not set up the metrics")]
    Metrics(#[source] prometheus::Error),
    /// The HTTP client.
    #[error("could not set up the HTTP client")]
    Http(#[source] reqwest::Error),
}

/// Everything that writes: the store with its lock, the grants, and the way to the sites. Clones share it.
#[derive(Clone, Debug)]
pub struct App {
    config: Arc<Config>,
    store: Store,
    /// The stored consents; nothing where no connection needs one.
    grants: Option<Grants>,
    /// How each connection signs in, in the order of the configuration.
    ways: Arc<[SignIn]>,
    purses: Purses,
    /// The requests of all connections.
    traffic: Traffic,
    /// Which ends of consents were spoken of.
    reminders: Reminders,
    http: reqwest::Client,
    clock: Clock,
}

/// Watches the runs of all connections.
pub type Watch = Arc<dyn Fn(&Domain, Advance) + Send + Sync>;

impl App {
    /// Takes the instance lock, opens the mirror and marks the runs that a crash left behind.
    pub async fn open(config: Config, clock: Clock) -> Result<Self, Error> {
        let http = http_client()?;
        let purses = Purses::default();
        // Secrets first: nothing is made where one of them is missing.
        let (grants, ways) = sign_in(&config, &http, &clock, &purses)?;
        let dir = config.state_dir.clone();
        let store = Store::open(store::Options { dir }).await?;
        store.recover(clock.now()).await?;
        for sign_in in ways.iter() {
            sign_in.resume(&store).await?;
        }
        Ok(Self {
            config: Arc::new(config),
            store,
            grants,
            ways,
            purses,
            traffic: Traffic::new().map_err(Error::Metrics)?,
            reminders: Reminders::default(),
            http,
            clock,
        })
    }

    /// The same with another configuration: the store stays open, and what was spent of the points is not forgotten.
    fn with(&self, config: Config) -> Result<Self, Error> {
        if config.state_dir != self.config.state_dir {
            let path = config.state_dir;
            return Err(Error::StateDirMoved { path });
        }
        let (grants, ways) = sign_in(&config, &self.http, &self.clock, &self.purses)?;
        Ok(Self {
            config: Arc::new(config),
            grants,
            ways,
            ..self.clone()
        })
    }

    /// The mirror of a connection. Fails as long as nobody has consented.
    pub async fn mirror(&self, connection: &config::Connection) -> Result<Mirror<Client>, auth::Error> {
        let domain = &connection.domain;
        let sign_in = self.ways.iter().find(|sign_in| sign_in.domain == *domain);
        let sign_in = sign_in.ok_or_else(|| auth::Error::NotConnected {
            domain: domain.clone(),
        })?;
        if connection.auth == Auth::OAuth {
            self.judge_grant(domain).await?;
        }
        let entrance = sign_in.way.enter(domain).await?;
        let site = entrance.site.clone();
        let points = Arc::clone(&sign_in.points);
        let traffic = Some(self.traffic.clone());
        let client = client(&self.config, entrance, self.http.clone(), points, traffic);
        let options = mirror_options(&self.config.sync, connection);
        Ok(Mirror::new(
            client,
            self.store.clone(),
            site,
            options,
            self.clock.clone(),
        ))
    }

    /// Waits for refreshes under way, whose answers are the only copies of the next tokens, and closes the store.
    pub async fn close(self) -> Result<(), Error> {
        if let Some(grants) = &self.grants
            && timeout(SETTLE, grants.settle()).await.is_err()
        {
            warn!("a refresh is still unanswered; the next start asks again with the same token");
        }
        Ok(self.store.close().await?)
    }

    /// Refuses a grant that is withdrawn, and says what one does not reach.
    async fn judge_grant(&self, domain: &Domain) -> Result<(), auth::Error> {
        let Some(grants) = &self.grants else { return Ok(()) };
        let (grant, _) = grants.grant_for(domain).await?;
        if let Some(withdrawal) = grant.withdrawn {
            return Err(withdrawal.into());
        }
        for (word, missing) in lacking(&self.config, &grant.scopes) {
            let missing = missing.join(" ");
            warn!(connection = %domain, "the consent for {domain} does not allow to mirror {word}: it lacks {missing}");
        }
        Ok(())
    }
}

/// The grants, if any connection needs them, and how every connection signs in. Reads their secrets.
fn sign_in(
    config: &Config,
    http: &reqwest::Client,
    clock: &Clock,
    purses: &Purses,
) -> Result<(Option<Grants>, Arc<[SignIn]>), Error> {
    let oauth = config.needs_app().then(|| oauth_app(config)).transpose()?;
    let opened = oauth.map(|oauth| grants(config, oauth, http.clone(), clock.clone()));
    let grants = opened.transpose()?;
    let means = Means {
        config,
        grants: grants.as_ref(),
        http,
        clock,
    };
    let ways = means.ways(purses)?.into();
    Ok((grants, ways))
}

/// What opens a site, whether or not it is configured, for those who only ask.
pub async fn enter(
    config: &Config,
    domain: &Domain,
    http: &reqwest::Client,
    clock: &Clock,
) -> Result<Entrance, Error> {
    let connection = config.connection(domain);
    let other = connection.filter(|connection| connection.auth != Auth::OAuth);
    let way = if let Some(connection) = other {
        let means = Means {
            config,
            grants: None,
            http,
            clock,
        };
        means.way(connection)?
    } else {
        let grants = grants(config, oauth_app(config)?, http.clone(), clock.clone())?;
        Some(Way::consent(grants))
    };
    let way = way.ok_or_else(|| auth::Error::NotConnected {
        domain: domain.clone(),
    })?;
    Ok(way.enter(domain).await?)
}

/// The daemon that runs with this configuration, if there is one.
pub async fn daemon(config: &Config) -> Result<Option<control::Client>, Error> {
    let path = control::socket(&config.state_dir);
    if !control::is_there(&path).await? {
        return Ok(None);
    }
    let http = local_client(&path)?;
    Ok(Some(control::Client::new(path, http)))
}
