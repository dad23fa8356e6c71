//! The ways to sign in, behind one interface: what goes into the `Authorization` header, and where the site is.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};
use url::Url;

use crate::model::{Clock, Domain, Site};

use super::keep_alive::LEAD;
use super::lease::{Lease, Lender};
use super::retry::persist;
use super::scopes;
use super::{ApiToken, Authenticator, Error, Grants, Nango, Options, ServiceAccount, Tenant};

/// How often to look whether Nango was asked lately.
const LOOK_EVERY: Duration = Duration::from_mins(1);

/// How one connection signs in. Clones share their tokens.
#[derive(Clone, Debug)]
pub struct Way(Kind);

#[derive(Clone, Debug)]
enum Kind {
    Consent(Grants),
    ApiToken {
        token: ApiToken,
        tenant: Tenant,
    },
    ServiceAccount {
        lease: Arc<Lease>,
        tenant: Tenant,
    },
    Nango {
        nango: Nango,
        options: Options,
        lease: Arc<Lease>,
    },
}

/// A site that was found, and the key to it.
#[derive(Clone, Debug)]
pub struct Entrance {
    /// The site.
    pub site: Site,
    /// What opens it.
    pub authenticator: Authenticator,
    /// Where it takes that key.
    pub door: Door,
    /// Whether the site may take the holder of an expired key for a stranger, and answer as it answers strangers.
    pub admits_strangers: bool,
    /// Whether it opens the site's search only, and not its listings.
    pub only_search: bool,
}

/// Where a site is entered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Door {
    /// At the gateway of Atlassian's API, below the site's cloud id.
    Gateway,
    /// At the site's own host.
    Site(Url),
}

impl Way {
    /// By the consent of a person, as stored in `grants`.
    pub fn consent(grants: Grants) -> Self {
        Self(Kind::Consent(grants))
    }

    /// By an account's API token.
    pub fn api_token(token: ApiToken, tenant: Tenant) -> Self {
        Self(Kind::ApiToken { token, tenant })
    }

    /// As a service account.
    pub fn service_account(account: ServiceAccount, tenant: Tenant, options: Options, clock: Clock) -> Self {
        let lease = Arc::new(Lease::new(Lender::ServiceAccount(account), options, clock));
        Self(Kind::ServiceAccount { lease, tenant })
    }

    /// With the tokens of a Nango.
    pub fn nango(nango: Nango, options: Options) -> Self {
        let lender = Lender::Nango(nango.clone());
        let lease = Arc::new(Lease::new(lender, options.clone(), nango.clock.clone()));
        Self(Kind::Nango {
            nango,
            options,
            lease,
        })
    }

    /// Finds the site at exactly `domain`, and what opens it. For most ways that takes a request.
    pub async fn enter(&self, domain: &Domain) -> Result<Entrance, Error> {
        let mut only_search = false;
        let (authenticator, site, door) = match &self.0 {
            Kind::Consent(grants) => {
                let (grant, site) = grants.grant_for(domain).await?;
                only_search = scopes::only_search(&grant.scopes);
                (grants.authenticator(&grant.id), site, Door::Gateway)
            }
            Kind::ApiToken { token, tenant } => {
                let door = if token.is_scoped() {
                    Door::Gateway
                } else {
                    Door::Site(tenant.site_url().clone())
                };
                (token.authenticator(), tenant.site(domain).await?, door)
            }
            Kind::ServiceAccount { lease, tenant } => {
                let authenticator = Authenticator::leased(Arc::clone(lease));
                (authenticator, tenant.site(domain).await?, Door::Gateway)
            }
            Kind::Nango {
                nango,
                options,
                lease,
            } => {
                let site = persist(options, || nango.site(domain), |_| {}).await?;
                (Authenticator::leased(Arc::clone(lease)), site, Door::Gateway)
            }
        };
        Ok(Entrance {
            site,
            authenticator,
            door,
            admits_strangers: matches!(self.0, Kind::ApiToken { .. }),
            only_search,
        })
    }

    /// Asks Nango for its token at least once per `interval` until `stop` is cancelled, whatever the connection
    /// does: Nango only refreshes when it is asked. The other ways have nothing to keep alive here.
    pub async fn keep_alive(self, interval: Duration, stop: CancellationToken) {
        let Kind::Nango { nango, lease, .. } = &self.0 else {
            return;
        };
        // Nothing rotates here, so a question that is cut short is as good as none.
        stop.run_until_cancelled(keep_asking(
            &nango.connection_id,
            lease,
            interval.saturating_sub(LEAD),
        ))
        .await;
    }
}

async fn keep_asking(id: &str, lease: &Lease, interval: Duration) {
    loop {
        if lease.is_idle_for(interval).await {
            match lease.renew().await {
                Ok(()) => info!(connection_id = %id, "asked Nango for the token of {id}"),
                Err(error) => warn!(connection_id = %id, "the token of {id} was not kept alive: {error}"),
            }
        }
        sleep(LOOK_EVERY).await;
    }
}
