//! Grants against the simulated authorization server: connecting, rotating, losing, finding again.

#![expect(
    clippy::unwrap_used,
    reason = "clippy knows test functions, not the helpers of a test binary"
)]

mod connecting;
mod losing_and_finding;
mod refreshing;
mod years;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use confluence_sim::{Account, Atlassian, SimClock};
use millpond::auth::{
    AccessToken, Authenticator, Choice, Connected, Consent, Error, Grants, OAuthApp, Options, StoredGrant,
    TokenStore, connect, scopes,
};
use millpond::model::{Clock, Domain, Timestamp};
use tokio::time::{Instant, sleep};
use url::Url;

use crate::support::watched::Watched;

const TOKEN: &str = "POST /oauth/token";
const MINUTE: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

/// Alice, her two sites, the app she consents to, and a folder for grants.
struct Office {
    atlassian: Watched,
    alice: Account,
    time: SimClock,
    folder: tempfile::TempDir,
    app: OAuthApp,
    options: Options,
}

impl Office {
    async fn open() -> Self {
        Self::with_callback("http://localhost:8585/callback".parse().unwrap()).await
    }

    async fn with_callback(redirect_uri: Url) -> Self {
        let start: DateTime<Utc> = "2026-03-01T12:00:00Z".parse().unwrap();
        let time = SimClock::manual(start);
        let atlassian = Watched::over(Atlassian::builder().clock(&time)).await;
        let alice = atlassian.account("Alice Moreau");
        for domain in ["acme.atlassian.net", "lab.atlassian.net"] {
            atlassian.site(domain).member(&alice);
        }
        atlassian.consents_as(&alice);
        let enabled = scopes::wanted(scopes::Need::all());
        let enabled: Vec<&str> = enabled.iter().map(String::as_str).collect();
        atlassian.app("millpond", "the-secret", redirect_uri.as_str(), &enabled);
        let app = OAuthApp {
            client_id: "millpond".to_owned(),
            client_secret: "the-secret".into(),
            redirect_uri,
            auth_url: atlassian.auth_url().parse().unwrap(),
            api_url: atlassian.api_url().parse().unwrap(),
        };
        let options = Options {
            request_timeout: Duration::from_secs(5),
            attempts: 3,
            first_backoff: Duration::from_millis(1),
            backoff_cap: Duration::from_millis(5),
            rest: Duration::ZERO,
            lock_patience: Duration::from_secs(10),
        };
        Self {
            atlassian,
            alice,
            time,
            folder: tempfile::tempdir().unwrap(),
            app,
            options,
        }
    }

    /// What another process would open: nothing is shared with earlier ones but the folder.
    fn process(&self) -> Grants {
        let clock = self.time.clone();
        Grants::open(
            self.store(),
            self.app.clone(),
            http(),
            self.options.clone(),
            Clock::from_fn(move || Timestamp::from_utc(clock.now())),
        )
    }

    fn store(&self) -> TokenStore {
        TokenStore::open(self.credentials()).unwrap()
    }

    fn credentials(&self) -> PathBuf {
        self.folder.path().join("credentials")
    }

    fn stored(&self) -> Vec<StoredGrant> {
        self.store()
            .list()
            .unwrap()
            .into_iter()
            .map(Result::unwrap)
            .collect()
    }

    /// Consents to everything in a browser whose address bar somebody copies.
    async fn consent(&self, choice: Choice) -> Result<Connected, Error> {
        self.consent_to(scopes::wanted(scopes::Need::all()), choice).await
    }

    async fn consent_to(&self, scopes: Vec<String>, choice: Choice) -> Result<Connected, Error> {
        let consent = Consent::begin(&self.app, scopes);
        let code = consent.accept_pasted(&self.follow(&consent).await)?;
        connect(&self.process(), &consent, &code, &choice).await
    }

    /// Where the consent screen sends the browser.
    async fn follow(&self, consent: &Consent) -> String {
        let response = http().get(consent.url().clone()).send().await.unwrap();
        assert_eq!(response.status(), 302, "{}", response.text().await.unwrap());
        response.headers()["location"].to_str().unwrap().to_owned()
    }

    /// A connected office, and the authenticator that a daemon would have.
    async fn connected() -> (Self, Authenticator) {
        let office = Self::open().await;
        office.consent(Choice::Domain(acme())).await.unwrap();
        let authenticator = office.authenticator().await;
        (office, authenticator)
    }

    async fn authenticator(&self) -> Authenticator {
        self.process().authenticator_for(&acme()).await.unwrap().0
    }

    /// Whether the API takes the token.
    async fn accepts(&self, token: &AccessToken) -> bool {
        let me = self.app.api_url.join("me").unwrap();
        let response = http().get(me).bearer_auth(token.expose()).send().await.unwrap();
        response.status() == 200
    }

    fn refreshes(&self) -> usize {
        self.atlassian.log().refreshes().len()
    }

    fn asked(&self) -> usize {
        self.atlassian.log().count(TOKEN)
    }

    fn faults_at_the_token_endpoint(&self) -> confluence_sim::Faults {
        self.atlassian.faults().at(TOKEN)
    }
}

fn http() -> reqwest::Client {
    rustls::crypto::ring::default_provider().install_default().ok();
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap()
}

fn acme() -> Domain {
    "acme.atlassian.net".parse().unwrap()
}

fn lab() -> Domain {
    "lab.atlassian.net".parse().unwrap()
}

/// Polls until the condition holds, which takes a real server a few milliseconds.
async fn until(what: &str, condition: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while !condition() {
        assert!(Instant::now() < deadline, "{what} did not happen");
        sleep(Duration::from_millis(1)).await;
    }
}

/// Logs everything that happens in this thread to `file`, down to the last detail, until the guards go.
fn log_everything(file: std::fs::File) -> (tracing::subscriber::DefaultGuard, tracing::Dispatch) {
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(Arc::new(file))
        .finish();
    let logging = tracing::subscriber::set_default(subscriber);
    // While there is only one subscriber, a thread that does not log turns off for all threads what it
    // meets first. A second subscriber makes tracing ask both.
    (
        logging,
        tracing::Dispatch::new(tracing::subscriber::NoSubscriber::new()),
    )
}

#[tokio::test]
async fn no_secret_is_in_what_is_printed_or_logged() {
    let log = tempfile::NamedTempFile::new().unwrap();
    let logging = log_everything(log.reopen().unwrap());
    let (mut office, daemon) = Office::connected().await;
    let mut printed = vec![format!("{:?} {daemon:?}", office.process())];
    printed.push(format!("{:?}", office.consent(Choice::First).await.unwrap()));
    office.time.advance(2 * HOUR);
    printed.push(format!("{:?}", daemon.access_token().await.unwrap()));
    let mut fail = async |office: &Office| {
        office.time.advance(2 * HOUR);
        let error = office.authenticator().await.access_token().await.unwrap_err();
        let first: &dyn std::error::Error = &error;
        let chain = std::iter::successors(Some(first), |error| error.source());
        printed.extend(chain.map(|error| format!("{error} {error:?}")));
    };
    office.faults_at_the_token_endpoint().reset_connection_next(3);
    fail(&office).await;
    office.faults_at_the_token_endpoint().server_error_next(3, 502);
    fail(&office).await;
    office.app.client_secret = "a-mistyped-secret".into();
    fail(&office).await;
    office.app.client_secret = "the-secret".into();
    office.atlassian.revoke(&office.alice);
    fail(&office).await;

    drop(logging);
    let logged = std::fs::read_to_string(log.path()).unwrap();
    for met in [
        "stored the consent",
        "refreshed the tokens",
        "asking again",
        "must consent again",
    ] {
        assert!(logged.contains(met), "the log lacks `{met}`");
    }
    let everything = printed.join("\n") + &logged;
    let mut secrets = office.atlassian.secrets();
    secrets.push("a-mistyped-secret".to_owned());
    assert!(secrets.len() > 4, "the test looks for something");
    for secret in secrets {
        assert!(!everything.contains(&secret), "a secret is printed");
    }
}
