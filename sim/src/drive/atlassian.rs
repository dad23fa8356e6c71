//! The whole of Atlassian, running.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::clock::SimClock;
use crate::faults::Faults;
use crate::log::Log;
use crate::oauth::{App, Consent, ServiceCredential};
use crate::server::{Shared, serve};
use crate::state::{AccountId, World};
use crate::{gateway, nango};

use super::{Account, Site};

/// A running simulation: `auth.atlassian.com` and `api.atlassian.com` on one port of this machine, the media host on
/// another. It stops when dropped.
#[derive(Debug)]
pub struct Atlassian {
    shared: Shared,
    address: SocketAddr,
    /// The servers stop when this goes away.
    _running: watch::Sender<()>,
}

/// Settings of a simulation.
#[derive(Debug)]
pub struct Builder {
    clock: SimClock,
    points_per_hour: u64,
    port: u16,
}

impl Builder {
    /// The clock; the machine's unless set.
    #[must_use]
    pub fn clock(mut self, clock: &SimClock) -> Self {
        self.clock = clock.clone();
        self
    }

    /// The points each app may spend in an hour; 65,000 unless set.
    #[must_use]
    pub fn points_per_hour(mut self, points: u64) -> Self {
        self.points_per_hour = points;
        self
    }

    /// The port of OAuth and the API; a free one unless set.
    #[must_use]
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Starts the servers on the present tokio runtime. Fails where a port cannot be had.
    pub async fn start(self) -> io::Result<Atlassian> {
        let api = TcpListener::bind((Ipv4Addr::LOCALHOST, self.port)).await?;
        let media = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = api.local_addr()?;
        let media_url = format!("http://{}", media.local_addr()?);
        let shared = Shared::new(World::new(self.clock, self.points_per_hour, media_url));
        let (running, stopped) = watch::channel(());
        serve(api, shared.clone(), gateway::answer, stopped.clone());
        serve(media, shared.clone(), gateway::answer_media, stopped);
        Ok(Atlassian {
            shared,
            address,
            _running: running,
        })
    }
}

impl Atlassian {
    /// Settings to start with.
    pub fn builder() -> Builder {
        Builder {
            clock: SimClock::system(),
            points_per_hour: 65_000,
            port: 0,
        }
    }

    /// Starts with the machine's clock, the usual points and free ports.
    ///
    /// # Panics
    /// Where this machine has no free port.
    pub async fn start() -> Self {
        let started = Self::builder().start().await;
        started.unwrap_or_else(|error| panic!("no free port for the simulation: {error}"))
    }

    /// Stands for `https://auth.atlassian.com`.
    pub fn auth_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Stands for `https://api.atlassian.com`.
    pub fn api_url(&self) -> String {
        self.auth_url()
    }

    /// Stands for `https://api.media.atlassian.com`.
    pub fn media_url(&self) -> String {
        self.shared.lock().media_url.clone()
    }

    /// Its clock.
    pub fn clock(&self) -> SimClock {
        self.shared.lock().clock.clone()
    }

    /// Registers an OAuth 2.0 (3LO) app in the developer console, or changes it.
    pub fn app(&self, client_id: &str, secret: &str, callback: &str, scopes: &[&str]) {
        let app = App {
            secret: secret.to_owned(),
            callback: callback.to_owned(),
            scopes: owned(scopes),
        };
        let mut world = self.shared.lock();
        world.records.secrets.push(secret.to_owned());
        world.grants.apps.insert(client_id.to_owned(), app);
    }

    /// A new account.
    pub fn account(&self, name: &str) -> Account {
        let id = self.shared.lock().add_person(name, "atlassian");
        Account::new(id, name)
    }

    /// A new service account with an OAuth 2.0 credential.
    pub fn service_account(&self, name: &str, client_id: &str, secret: &str, scopes: &[&str]) -> Account {
        let mut world = self.shared.lock();
        let account = world.add_person(name, "app");
        let credential = ServiceCredential {
            secret: secret.to_owned(),
            account: AccountId::clone(&account),
            scopes: owned(scopes),
        };
        world.records.secrets.push(secret.to_owned());
        world.grants.services.insert(client_id.to_owned(), credential);
        Account::new(account, name)
    }

    /// The account makes itself a classic API token, which opens all its sites at their own hosts.
    pub fn api_token(&self, account: &Account, email: &str, token: &str) {
        self.add_api_token(account, email, token, None);
    }

    /// The account makes itself an API token with scopes, which opens all its sites at the gateway.
    pub fn scoped_api_token(&self, account: &Account, email: &str, token: &str, scopes: &[&str]) {
        self.add_api_token(account, email, token, Some(owned(scopes)));
    }

    fn add_api_token(&self, account: &Account, email: &str, token: &str, scopes: Option<Vec<String>>) {
        let mut world = self.shared.lock();
        world.records.secrets.push(token.to_owned());
        let account = AccountId::clone(&account.id);
        world.api_tokens.add(account, email, token, scopes);
    }

    /// Stands for `https://{domain}`, the site's own host.
    pub fn site_url(&self, site: &Site) -> String {
        format!("{}/sites/{}", self.auth_url(), site.domain())
    }

    /// Stands for a Nango somewhere.
    pub fn nango_url(&self) -> String {
        format!("{}/nango", self.auth_url())
    }

    /// The account consents to Nango's own app, for the connection `(provider_config_key, connection_id)` to `site`.
    /// Nango has one secret key: the last that was named.
    pub fn nango_connection(
        &self,
        secret_key: &str,
        connection: (&str, &str),
        account: &Account,
        site: &Site,
        scopes: &[&str],
    ) {
        let scopes = (site.index(), owned(scopes));
        let mut world = self.shared.lock();
        nango::connect(&mut world, secret_key, connection, &account.id, scopes);
    }

    /// The account calls itself something else.
    pub fn rename_account(&self, account: &Account, name: &str) {
        if let Some(person) = self.shared.lock().people.get_mut(&account.id) {
            name.clone_into(&mut person.name);
        }
    }

    /// Closes an account: it is listed as such from now on, and its consents end.
    pub fn close_account(&self, account: &Account) {
        if let Some(person) = self.shared.lock().people.get_mut(&account.id) {
            person.status = "closed";
        }
        self.revoke(account);
    }

    /// The site of that domain; a new one where there is none.
    pub fn site(&self, domain: &str) -> Site {
        let index = self.shared.lock().site_of(domain);
        Site::new(self.shared.clone(), index)
    }

    /// From now on `account` sits at every consent screen, and accepts for all its sites.
    pub fn consents_as(&self, account: &Account) {
        self.at_the_screen(Consent::Accept {
            account: AccountId::clone(&account.id),
            sites: None,
        });
    }

    /// From now on `account` sits at every consent screen, and accepts for these sites only.
    pub fn consents_for(&self, account: &Account, sites: &[&Site]) {
        self.at_the_screen(Consent::Accept {
            account: AccountId::clone(&account.id),
            sites: Some(sites.iter().map(|site| site.cloud_id()).collect()),
        });
    }

    /// From now on whoever sits at the consent screen presses Cancel.
    pub fn declines(&self) {
        self.at_the_screen(Consent::Decline);
    }

    fn at_the_screen(&self, consent: Consent) {
        self.shared.lock().grants.at_the_screen = Some(consent);
    }

    /// From now on no consent ends by its age, as in today's documents: by disuse only.
    pub fn consents_do_not_age(&self) {
        self.shared.lock().grants.age = false;
    }

    /// The account takes back its consents in its settings: all its tokens are dead.
    pub fn revoke(&self, account: &Account) {
        let mut world = self.shared.lock();
        world.records.revoked_families += world.grants.revoke(&account.id);
    }

    /// The account changes its password: its refresh tokens are dead, access tokens live on until they expire.
    pub fn change_password(&self, account: &Account) {
        self.shared.lock().grants.stop_refreshing(&account.id);
    }

    /// What can go wrong.
    pub fn faults(&self) -> Faults {
        Faults::new(self.shared.clone())
    }

    /// What has happened so far.
    pub fn log(&self) -> Log {
        Log::new(self.shared.lock().records.clone())
    }

    /// Every token, code, client secret and signed link there ever was, so that a test can look for leaks.
    pub fn secrets(&self) -> Vec<String> {
        self.shared.lock().records.secrets.clone()
    }

    /// Points spent since the beginning, by all apps.
    pub fn points_spent(&self) -> u64 {
        self.shared.lock().meter.total
    }
}

fn owned(scopes: &[&str]) -> Vec<String> {
    scopes.iter().map(|scope| (*scope).to_owned()).collect()
}
