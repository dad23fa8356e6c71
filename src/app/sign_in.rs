//! How each connection signs in, and whose points it spends.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use url::Url;

use crate::auth::{ApiToken, Grants, Nango, Options, ServiceAccount, Tenant, Way};
use crate::config::{self, Auth, Config, SecretFile};
use crate::confluence::Points;
use crate::model::{Clock, Domain};
use crate::store::{self, Store};

use super::consents::replaceable;

/// How one connection signs in.
#[derive(Debug)]
pub(super) struct SignIn {
    pub(super) domain: Domain,
    pub(super) way: Way,
    /// Those of the app by which it signs in.
    pub(super) points: Arc<Points>,
}

impl SignIn {
    /// Goes on with the account of points that an earlier process kept: a restart must not spend an hour twice.
    pub(super) async fn resume(&self, store: &Store) -> Result<(), store::Error> {
        let Some(spending) = self.points.spending() else {
            return Ok(());
        };
        if let Some(earlier) = store.spending(&spending.app).await? {
            self.points.resume(&earlier);
        }
        Ok(())
    }
}

/// What all ways are made of.
pub(super) struct Means<'a> {
    pub(super) config: &'a Config,
    /// Opened if any connection needs a person's consent.
    pub(super) grants: Option<&'a Grants>,
    pub(super) http: &'a reqwest::Client,
    pub(super) clock: &'a Clock,
}

impl Means<'_> {
    /// How every connection signs in. Reads their secrets.
    pub(super) fn ways(&self, purses: &Purses) -> Result<Vec<SignIn>, config::Error> {
        let mut ways = Vec::new();
        for connection in &self.config.connections {
            if let Some(way) = self.way(connection)? {
                ways.push(SignIn {
                    domain: connection.domain.clone(),
                    way,
                    points: self.points(&connection.auth, purses),
                });
            }
        }
        Ok(ways)
    }

    /// How this connection signs in; nothing where it needs a consent and the grants are not opened.
    pub(super) fn way(&self, connection: &config::Connection) -> Result<Option<Way>, config::Error> {
        let (options, clock) = (Options::default(), self.clock.clone());
        let tenant = || Tenant::new(connection.site_url.clone(), self.http.clone(), Options::default());
        let file = |file: &SecretFile| replaceable(file.clone(), SecretFile::read, None);
        let way = match &connection.auth {
            Auth::OAuth => return Ok(self.grants.cloned().map(Way::consent)),
            Auth::ApiToken {
                email,
                token,
                is_scoped,
            } => Way::api_token(ApiToken::new(email, file(token)?, *is_scoped), tenant()),
            Auth::ServiceAccount {
                client_id,
                client_secret,
            } => {
                let account = ServiceAccount {
                    client_id: client_id.clone(),
                    client_secret: file(client_secret)?,
                    auth_url: self.config.app.auth_url.clone(),
                    http: self.http.clone(),
                    timeout: options.request_timeout,
                };
                Way::service_account(account, tenant(), options, clock)
            }
            Auth::Nango {
                host,
                connection_id,
                provider_config_key,
                secret_key,
            } => {
                let nango = Nango {
                    host: host.clone(),
                    connection_id: connection_id.clone(),
                    provider_config_key: provider_config_key.clone(),
                    secret_key: file(secret_key)?,
                    http: self.http.clone(),
                    timeout: options.request_timeout,
                    clock,
                };
                Way::nango(nango, options)
            }
        };
        Ok(Some(way))
    }

    /// Connections of one app share its points; an API token belongs to no app, and Atlassian counts none.
    fn points(&self, auth: &Auth, purses: &Purses) -> Arc<Points> {
        let purse = match auth {
            Auth::OAuth => Purse::App,
            Auth::ApiToken { .. } => return Arc::new(Points::free(self.clock.clone())),
            Auth::ServiceAccount { client_id, .. } => Purse::ServiceAccount(client_id.clone()),
            Auth::Nango {
                host,
                provider_config_key,
                ..
            } => Purse::Nango(host.clone(), provider_config_key.clone()),
        };
        let budget = self.config.limits.points_per_hour.unwrap_or(0).into();
        let app = purse.name(self.config);
        let new = || Arc::new(Points::new(budget, self.clock.clone()).of_app(app));
        let mut purses = purses.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(purses.entry((purse, budget)).or_insert_with(new))
    }
}

/// The points of every app, by the hourly budget they are kept to.
#[derive(Clone, Debug, Default)]
pub(super) struct Purses(Arc<Mutex<Kept>>);

type Kept = HashMap<(Purse, u64), Arc<Points>>;

/// Whose points are spent.
#[derive(Debug, PartialEq, Eq, Hash)]
enum Purse {
    /// Those of the configured app.
    App,
    /// Those of a service account's credential.
    ServiceAccount(String),
    /// Those of the app behind an integration in Nango.
    Nango(Url, String),
}

impl Purse {
    /// What its account is kept under from start to start.
    fn name(&self, config: &Config) -> String {
        match self {
            Self::App => config.app.client_id.clone(),
            Self::ServiceAccount(client_id) => client_id.clone(),
            Self::Nango(host, provider_config_key) => format!("{provider_config_key} at {host}"),
        }
    }
}
