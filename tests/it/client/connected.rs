//! A simulated site, and a client that an account has connected to it.

use std::sync::Arc;
use std::time::Duration;

use confluence_sim::{Account, Atlassian, SimClock, Site};
use millpond::auth::{self, Authenticator, Choice, Consent, Grants, OAuthApp, TokenStore};
use millpond::confluence::{Batch, Client, ContentQuery, Error, Options, Points, Seen};
use millpond::model::{Clock, Content, Rejected, Timestamp};
use tempfile::TempDir;

use super::{http, impatient};

use crate::support::watched::Watched;

const CALLBACK: &str = "http://localhost:8585/callback";

/// Everything that the client asks for.
pub(crate) const SCOPES: [&str; 5] = [
    "read:me",
    "offline_access",
    "read:space:confluence",
    "read:page:confluence",
    "read:user:confluence",
];

/// What Atlassian lets an app spend in an hour.
const POINTS: u64 = 65_000;

/// A site with one member, Alice, who has consented to the app. It is half past nine and stays so.
pub(crate) struct Connected {
    pub(crate) atlassian: Watched,
    pub(crate) alice: Account,
    pub(crate) site: Site,
    pub(crate) clock: Clock,
    auth: Authenticator,
    _state: TempDir,
}

impl Connected {
    pub(crate) async fn new() -> Self {
        Self::with(&SCOPES, POINTS).await
    }

    pub(crate) async fn with_scopes(scopes: &[&str]) -> Self {
        Self::with(scopes, POINTS).await
    }

    /// Atlassian itself refuses the app after so many points.
    pub(crate) async fn with_points(points: u64) -> Self {
        Self::with(&SCOPES, points).await
    }

    async fn with(scopes: &[&str], points: u64) -> Self {
        let start: Timestamp = "2026-03-01T09:30:00Z".parse().unwrap();
        let hands = SimClock::manual(start.as_utc());
        let builder = Atlassian::builder().clock(&hands).points_per_hour(points);
        let atlassian = Watched::over(builder).await;
        let clock = Clock::from_fn(move || Timestamp::from_utc(hands.now()));
        let alice = atlassian.account("Alice Moreau");
        let site = atlassian.site("acme.atlassian.net");
        site.member(&alice);
        atlassian.app("the-app", "the-secret", CALLBACK, scopes);
        atlassian.consents_as(&alice);

        let state = TempDir::new().unwrap();
        let app = app(&atlassian);
        let store = TokenStore::open(state.path().join("credentials")).unwrap();
        let grants = Grants::open(
            store,
            app.clone(),
            http(),
            auth::Options::default(),
            clock.clone(),
        );
        let scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        let consent = Consent::begin(&app, scopes);
        let screen = http().get(consent.url().clone()).send().await.unwrap();
        let redirected = screen.headers()["location"].to_str().unwrap();
        let code = consent.accept_pasted(redirected).unwrap();
        let connected = auth::connect(&grants, &consent, &code, &Choice::Only)
            .await
            .unwrap();
        let (auth, _) = grants.authenticator_for(&connected.site.domain).await.unwrap();
        Self {
            atlassian,
            alice,
            site,
            clock,
            auth,
            _state: state,
        }
    }

    pub(crate) fn client(&self) -> Client {
        self.client_with(self.options(), self.points(0))
    }

    pub(crate) fn client_with(&self, options: Options, points: Arc<Points>) -> Client {
        Client::new(options, http(), self.auth.clone(), points)
    }

    pub(crate) fn options(&self) -> Options {
        let root = format!(
            "{}/ex/confluence/{}/",
            self.atlassian.api_url(),
            self.site.cloud_id()
        );
        impatient(root.parse().unwrap())
    }

    /// Time passes, for the site as for us.
    pub(crate) fn wait(&self, by: Duration) {
        self.atlassian.clock().advance(by);
    }

    pub(crate) fn points(&self, per_hour: u64) -> Arc<Points> {
        Arc::new(Points::new(per_hour, self.clock.clone()))
    }

    /// How often each status was answered to requests for content.
    pub(crate) fn statuses(&self) -> Vec<u16> {
        let log = self.atlassian.log();
        let content = log
            .requests()
            .iter()
            .filter(|request| request.route.starts_with("/wiki/"));
        content.map(|request| request.status).collect()
    }
}

fn app(atlassian: &Atlassian) -> OAuthApp {
    OAuthApp {
        client_id: "the-app".to_owned(),
        client_secret: "the-secret".into(),
        redirect_uri: CALLBACK.parse().unwrap(),
        auth_url: atlassian.auth_url().parse().unwrap(),
        api_url: atlassian.api_url().parse().unwrap(),
    }
}

/// Follows a listing to its end.
pub(crate) async fn all(
    client: &Client,
    query: &ContentQuery,
) -> Result<Vec<Result<Content, Rejected>>, Error> {
    let mut items = Vec::new();
    let mut seen = Seen::new();
    let mut cursor = None;
    loop {
        let Batch {
            items: more, next, ..
        } = client.content(query, cursor.as_ref()).await?;
        items.extend(more);
        match next {
            Some(next) => {
                assert!(!seen.repeats(&next), "{next:?} was handed out twice");
                cursor = Some(next);
            }
            None => return Ok(items),
        }
    }
}

/// The titles of a listing, in its order.
pub(crate) async fn titles(client: &Client, query: &ContentQuery) -> Vec<String> {
    let items = all(client, query).await.unwrap();
    items.into_iter().map(|item| item.unwrap().title).collect()
}
