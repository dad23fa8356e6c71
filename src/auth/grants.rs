//! Which grant opens which site, and one [`Authenticator`] for each grant.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::model::{Clock, Domain, GrantId, Site};

use super::keep_alive::LEAD;
use super::rotation::Rotation;
use super::token_store::blocking;
use super::{Authenticator, Error, OAuthApp, OAuthClient, Options, StoredGrant, TokenStore};

/// The stored grants of one app.
///
/// Connections that share a grant share its authenticator, and with it every refresh. The folder is read
/// at every question, so a consent that another process stores is found without a restart.
#[derive(Clone, Debug)]
pub struct Grants {
    store: TokenStore,
    oauth: OAuthClient,
    options: Options,
    clock: Clock,
    authenticators: Arc<Mutex<BTreeMap<GrantId, Authenticator>>>,
}

impl Grants {
    /// The grants of `app` in `store`. `http` must not follow redirects.
    pub fn open(
        store: TokenStore,
        app: OAuthApp,
        http: reqwest::Client,
        options: Options,
        clock: Clock,
    ) -> Self {
        Self {
            store,
            oauth: OAuthClient::new(app, http, options.request_timeout),
            options,
            clock,
            authenticators: Arc::default(),
        }
    }

    /// The site at exactly `domain`, and the authenticator of the grant that opens it.
    ///
    /// If several accounts have connected it, a living grant is preferred, and of those the newest consent.
    pub async fn authenticator_for(&self, domain: &Domain) -> Result<(Authenticator, Site), Error> {
        let (grant, site) = self.grant_for(domain).await?;
        Ok((self.authenticator(&grant.id), site))
    }

    /// The same choice, as it is stored: its tokens may be used up by now.
    pub async fn grant_for(&self, domain: &Domain) -> Result<(StoredGrant, Site), Error> {
        let (grants, problems) = self.read().await?;
        let best = grants
            .into_iter()
            .filter_map(|grant| {
                grant
                    .site(domain)
                    .map(|found| found.site.clone())
                    .map(|site| (grant, site))
            })
            .max_by_key(|(grant, _)| (grant.withdrawn.is_none(), grant.consented_at));
        match best {
            Some(found) => Ok(found),
            // The file that cannot be read may be the one that was meant.
            None => Err(problems
                .into_iter()
                .next()
                .unwrap_or_else(|| Error::NotConnected {
                    domain: domain.clone(),
                })),
        }
    }

    /// Every grant of the app with its authenticator. A file that cannot be read is an error of its own.
    pub async fn all(&self) -> Result<Vec<Result<(StoredGrant, Authenticator), Error>>, Error> {
        let (grants, problems) = self.read().await?;
        let readable = grants.into_iter().map(|grant| {
            let authenticator = self.authenticator(&grant.id);
            Ok((grant, authenticator))
        });
        Ok(readable.chain(problems.into_iter().map(Err)).collect())
    }

    /// Refreshes every grant that is due for it before the next call, also those whose last refresh has an unknown
    /// outcome, and returns how each of these ended.
    ///
    /// Call it at the start and every minute or so: what a crash left open must be asked again within ten
    /// minutes. It is cheap as long as nothing is due. A file that cannot be read is left out here.
    pub async fn keep_alive(&self, interval: Duration) -> Result<Vec<(GrantId, Result<(), Error>)>, Error> {
        let (now, interval) = (self.clock.now(), interval.saturating_sub(LEAD));
        let mut ended = Vec::new();
        for (grant, authenticator) in self.all().await?.into_iter().flatten() {
            if grant.keep_alive_due(now, interval) {
                ended.push((grant.id, authenticator.refresh_now().await));
            }
        }
        Ok(ended)
    }

    /// Waits until no refresh of any grant is under way.
    pub async fn settle(&self) {
        let known: Vec<_> = self.known().values().cloned().collect();
        for authenticator in known {
            authenticator.settle().await;
        }
    }

    pub(super) fn store(&self) -> &TokenStore {
        &self.store
    }

    pub(super) fn oauth(&self) -> &OAuthClient {
        &self.oauth
    }

    pub(super) fn options(&self) -> &Options {
        &self.options
    }

    pub(super) fn clock(&self) -> &Clock {
        &self.clock
    }

    async fn read(&self) -> Result<(Vec<StoredGrant>, Vec<Error>), Error> {
        let store = self.store.clone();
        let mut grants = Vec::new();
        let mut problems = Vec::new();
        for entry in blocking(move || store.list()).await? {
            match entry {
                // A refresh token only works for the app it was issued to.
                Ok(grant) if grant.client_id == self.oauth.app().client_id => grants.push(grant),
                Ok(_) => {}
                Err(problem) => problems.push(problem),
            }
        }
        Ok((grants, problems))
    }

    pub(super) fn authenticator(&self, id: &GrantId) -> Authenticator {
        let new = || {
            Authenticator::rotating(Rotation::new(
                id.clone(),
                self.store.clone(),
                self.oauth.clone(),
                self.options.clone(),
                self.clock.clone(),
            ))
        };
        self.known().entry(id.clone()).or_insert_with(new).clone()
    }

    fn known(&self) -> MutexGuard<'_, BTreeMap<GrantId, Authenticator>> {
        self.authenticators.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
