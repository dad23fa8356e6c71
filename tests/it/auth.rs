//! Grants against the simulated authorization server: connecting, rotating, losing, finding again.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use confluence_sim::{Account, Atlassian, SimClock};
use futures_util::future::join_all;
use millpond::auth::{
    AccessToken, Authenticator, Choice, Connected, Consent, Error, Grants, Loopback, OAuthApp, Options,
    StoredGrant, TokenStore, connect, scopes,
};
use millpond::model::{Clock, Domain, Timestamp};
use secrecy::SecretString;
use tokio::time::{Instant, sleep};
use url::Url;

const TOKEN: &str = "POST /oauth/token";
const MINUTE: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

/// Alice, her two sites, the app she consents to, and a folder for grants.
struct Office {
    atlassian: Atlassian,
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
        let atlassian = Atlassian::builder().clock(&time).start().await.unwrap();
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

mod connecting {
    use super::*;

    #[tokio::test]
    async fn a_consent_in_the_browser_ends_as_a_stored_grant() {
        let loopback = Loopback::bind(&"http://localhost:0/callback".parse().unwrap())
            .await
            .unwrap();
        let office = Office::with_callback(loopback.redirect_uri().clone()).await;
        let grants = office.process();
        let consent = Consent::begin(&office.app, scopes::wanted(scopes::Need::all()));

        let browser = async {
            let callback = office.follow(&consent).await;
            http().get(callback).send().await.unwrap().text().await.unwrap()
        };
        let (code, page) = tokio::join!(loopback.wait(&consent, MINUTE), browser);
        let connected = connect(&grants, &consent, &code.unwrap(), &Choice::Domain(acme()))
            .await
            .unwrap();

        assert!(page.contains("You can close this window"), "{page}");
        assert_eq!(connected.site.domain, acme());
        assert_eq!(connected.missing, Vec::<String>::new());
        assert_eq!(office.stored(), [connected.grant.clone()]);
        assert_eq!(connected.grant.account_name, "Alice Moreau");
        let (authenticator, site) = grants.authenticator_for(&acme()).await.unwrap();
        assert_eq!(
            site.cloud_id.as_str(),
            office.atlassian.site("acme.atlassian.net").cloud_id()
        );
        assert!(office.accepts(&authenticator.access_token().await.unwrap()).await);
    }

    #[tokio::test]
    async fn the_jira_of_a_site_is_not_a_second_site() {
        let office = Office::open().await;
        let connected = office.consent(Choice::Domain(acme())).await.unwrap();
        let domains: Vec<_> = connected
            .grant
            .sites
            .iter()
            .map(|entry| entry.site.domain.clone())
            .collect();
        assert_eq!(domains, [acme(), lab()]);
        for entry in &connected.grant.sites {
            assert!(
                entry.scopes.iter().all(|scope| scope.ends_with(":confluence")),
                "{entry:?}"
            );
        }
    }

    #[tokio::test]
    async fn a_declined_consent_says_so_and_stores_nothing() {
        let office = Office::open().await;
        office.atlassian.declines();
        let error = office.consent(Choice::Only).await.unwrap_err();
        assert!(matches!(error, Error::ConsentDeclined), "{error}");
        assert_eq!(office.stored(), []);
    }

    #[tokio::test]
    async fn the_redirect_of_another_consent_is_refused() {
        let office = Office::open().await;
        let (ours, other) = (0, 1);
        let consents = [ours, other].map(|_| Consent::begin(&office.app, scopes::wanted([])));
        let redirected = office.follow(&consents[other]).await;
        let error = consents[ours].accept_pasted(&redirected).unwrap_err();
        assert!(matches!(error, Error::StateMismatch), "{error}");
        assert_eq!(office.asked(), 0, "the code was not even sent");
    }

    #[tokio::test]
    async fn missing_scopes_are_named_and_nothing_is_stored() {
        let office = Office::open().await;
        for missing in ["offline_access", "read:me", "read:page:confluence"] {
            let mut scopes = scopes::wanted(scopes::Need::all());
            scopes.retain(|scope| scope != missing);
            let error = office
                .consent_to(scopes, Choice::Domain(acme()))
                .await
                .unwrap_err();
            assert!(
                matches!(&error, Error::MissingScopes { missing: named } if *named == [missing]),
                "{error}"
            );
            assert!(error.to_string().contains("connect again"), "{error}");
        }
        assert_eq!(office.stored(), []);
    }

    #[tokio::test]
    async fn scopes_that_are_not_essential_may_be_missing() {
        let office = Office::open().await;
        let narrow = scopes::wanted([scopes::Need::Users]);
        let connected = office
            .consent_to(narrow.clone(), Choice::Domain(acme()))
            .await
            .unwrap();
        assert_eq!(
            connected.missing,
            Vec::<String>::new(),
            "nothing else was asked for"
        );
        assert_eq!(
            scopes::missing(&connected.grant.scopes, &narrow),
            Vec::<String>::new()
        );
    }

    #[tokio::test]
    async fn a_wrong_client_secret_is_not_taken_for_a_declined_consent() {
        let mut office = Office::open().await;
        office.app.client_secret = "wrong".into();
        let error = office.consent(Choice::Domain(acme())).await.unwrap_err();
        assert!(matches!(error, Error::WrongClientSecret), "{error}");
        assert_eq!(office.stored(), []);
    }

    #[tokio::test]
    async fn a_code_works_once() {
        let office = Office::open().await;
        let consent = Consent::begin(&office.app, scopes::wanted([]));
        let code: SecretString = consent.accept_pasted(&office.follow(&consent).await).unwrap();
        let grants = office.process();
        connect(&grants, &consent, &code, &Choice::First).await.unwrap();
        let error = connect(&grants, &consent, &code, &Choice::First)
            .await
            .unwrap_err();
        assert!(matches!(error, Error::Refused { .. }), "{error}");
    }

    #[tokio::test]
    async fn a_site_that_the_consent_does_not_open_is_refused_with_the_list() {
        let office = Office::open().await;
        let error = office
            .consent(Choice::Domain("cme.atlassian.net".parse().unwrap()))
            .await
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "the consent does not open cme.atlassian.net; it opens acme.atlassian.net, lab.atlassian.net"
        );
        let error = office.consent(Choice::Only).await.unwrap_err();
        assert!(matches!(error, Error::AmbiguousSite { accessible } if accessible == [acme(), lab()]));
        assert_eq!(office.stored(), []);
    }

    /// The server has one grant per app and account, so after the mistake only the new tokens work.
    #[tokio::test]
    async fn a_second_consent_for_a_wrong_site_does_not_cost_the_first_its_grant() {
        let (office, daemon) = Office::connected().await;
        let before = office.stored();
        office.consent(Choice::Only).await.unwrap_err();
        assert_ne!(office.stored(), before);
        assert!(office.accepts(&daemon.access_token().await.unwrap()).await);
        office.time.advance(2 * HOUR);
        assert!(office.accepts(&daemon.access_token().await.unwrap()).await);
    }

    #[tokio::test]
    async fn bad_weather_between_code_and_grant_is_waited_out() {
        let office = Office::open().await;
        office.atlassian.faults().at("GET /me").server_error_next(1, 503);
        office
            .atlassian
            .faults()
            .at("GET /oauth/token/accessible-resources")
            .html_instead_of_json(1);
        office.consent(Choice::First).await.unwrap();
        assert_eq!(office.stored().len(), 1);
    }

    #[tokio::test]
    async fn a_domain_without_a_grant_is_not_connected() {
        let (office, _) = Office::connected().await;
        let elsewhere: Domain = "elsewhere.atlassian.net".parse().unwrap();
        let error = office.process().authenticator_for(&elsewhere).await.unwrap_err();
        assert!(matches!(error, Error::NotConnected { domain } if domain == elsewhere));
    }
}

mod refreshing {
    use super::*;

    #[tokio::test]
    async fn two_sites_of_one_account_share_one_refresh() {
        let (office, _) = Office::connected().await;
        let daemon = office.process();
        let (of_acme, _) = daemon.authenticator_for(&acme()).await.unwrap();
        let (of_lab, _) = daemon.authenticator_for(&lab()).await.unwrap();
        office.time.advance(2 * HOUR);
        let (one, other) = tokio::join!(of_acme.access_token(), of_lab.access_token());
        assert_eq!(one.unwrap(), other.unwrap());
        assert_eq!(office.refreshes(), 1);
    }

    #[tokio::test]
    async fn many_tasks_of_many_processes_cause_one_refresh() {
        let (office, _) = Office::connected().await;
        office.time.advance(2 * HOUR);
        let mut processes = Vec::new();
        for _ in 0..4 {
            processes.push(office.authenticator().await);
        }
        let callers = (0..20).map(|number| processes[number % 4].access_token());
        let tokens: Vec<_> = join_all(callers).await.into_iter().map(Result::unwrap).collect();
        assert!(tokens.iter().all(|token| *token == tokens[0]));
        assert!(office.accepts(&tokens[0]).await);
        assert_eq!(
            (office.refreshes(), office.asked()),
            (1, 2),
            "one exchange, one refresh"
        );
    }

    #[tokio::test]
    async fn a_token_is_refreshed_before_it_expires() {
        let (office, daemon) = Office::connected().await;
        let first = daemon.access_token().await.unwrap();
        office.time.advance(50 * MINUTE);
        assert_eq!(daemon.access_token().await.unwrap(), first);
        office.time.advance(6 * MINUTE);
        assert_ne!(daemon.access_token().await.unwrap(), first);
        assert_eq!(office.refreshes(), 1);
    }

    #[tokio::test]
    async fn a_refused_token_is_replaced_once_for_all_who_complain() {
        let (office, daemon) = Office::connected().await;
        let used = daemon.access_token().await.unwrap();
        office.atlassian.faults().expire_access_tokens();
        let complaints = (0..10).map(|_| daemon.replace(&used));
        let tokens: Vec<_> = join_all(complaints)
            .await
            .into_iter()
            .map(Result::unwrap)
            .collect();
        assert!(tokens.iter().all(|token| *token == tokens[0] && *token != used));
        // One who was late with the same complaint gets the present token.
        assert_eq!(daemon.replace(&used).await.unwrap(), tokens[0]);
        assert_eq!(office.refreshes(), 1);
    }

    #[tokio::test]
    async fn what_another_process_refreshed_is_used_and_not_refreshed_again() {
        let (office, daemon) = Office::connected().await;
        let used = daemon.access_token().await.unwrap();
        let other = office.authenticator().await.replace(&used).await.unwrap();
        assert_eq!(daemon.replace(&used).await.unwrap(), other);
        assert_eq!(daemon.access_token().await.unwrap(), other);
        assert_eq!(office.refreshes(), 1);
    }

    #[tokio::test]
    async fn a_wall_clock_that_is_set_back_by_years_breaks_nothing() {
        let (office, _) = Office::connected().await;
        let years_ago: Timestamp = "2019-01-01T00:00:00Z".parse().unwrap();
        let odd = Grants::open(
            office.store(),
            office.app.clone(),
            http(),
            office.options.clone(),
            { Clock::from_fn(move || years_ago) },
        );
        let (authenticator, _) = odd.authenticator_for(&acme()).await.unwrap();
        let token = authenticator.access_token().await.unwrap();
        assert!(office.accepts(&token).await);
        assert_eq!(authenticator.access_token().await.unwrap(), token);
        assert_eq!(office.refreshes(), 1, "a token from the future has no known age");
    }

    #[tokio::test]
    async fn a_grant_that_is_kept_alive_outlives_the_idle_limit() {
        let (office, _) = Office::connected().await;
        for _ in 0..11 {
            office.time.advance(30 * DAY);
            for entry in office.process().all().await.unwrap() {
                let (grant, authenticator) = entry.unwrap();
                assert!(grant.keep_alive_due(Timestamp::from_utc(office.time.now()), DAY));
                authenticator.refresh_now().await.unwrap();
            }
        }
        assert_eq!(
            (office.refreshes(), office.atlassian.log().reuse_past_leeway()),
            (11, 0)
        );
    }

    #[tokio::test]
    async fn a_new_consent_is_taken_over_without_a_restart() {
        let (office, daemon) = Office::connected().await;
        let before = daemon.access_token().await.unwrap();
        let connected = office.consent(Choice::Domain(acme())).await.unwrap();
        let after = daemon.access_token().await.unwrap();
        assert_ne!(after, before);
        assert_eq!(after, connected.grant.access_token);
    }
}

mod losing_and_finding {
    use super::*;

    #[tokio::test]
    async fn a_lost_answer_is_asked_for_again_with_the_same_token() {
        let (office, daemon) = Office::connected().await;
        office.time.advance(2 * HOUR);
        office.atlassian.faults().lose_answer_of_next_refresh();
        let token = daemon.access_token().await.unwrap();
        assert!(office.accepts(&token).await);
        let log = office.atlassian.log();
        let reuses: Vec<_> = log.refreshes().iter().map(|refresh| refresh.is_reuse).collect();
        assert_eq!(reuses, [false, true]);
        assert_eq!((log.reuse_past_leeway(), log.revoked_families()), (0, 0));
    }

    #[tokio::test]
    async fn a_process_that_died_in_a_refresh_leaves_a_mark_that_the_next_one_heeds() {
        let (mut office, _) = Office::connected().await;
        office.options.attempts = 1;
        let doomed = office.authenticator().await;
        office.atlassian.faults().lose_answer_of_next_refresh();
        doomed.refresh_now().await.unwrap_err();
        assert!(office.stored()[0].pending_since.is_some());
        assert!(office.stored()[0].keep_alive_due(Timestamp::from_utc(office.time.now()), DAY));

        // The access token is good for most of an hour, the retired refresh token for ten minutes.
        office.time.advance(9 * MINUTE);
        let heir = office.authenticator().await;
        heir.access_token().await.unwrap();
        assert_eq!(office.stored()[0].pending_since, None);
        office.time.advance(2 * HOUR);
        assert!(office.accepts(&heir.access_token().await.unwrap()).await);
        assert_eq!(office.atlassian.log().reuse_past_leeway(), 0);
    }

    #[tokio::test]
    async fn a_caller_that_goes_away_does_not_take_the_refresh_with_it() {
        let (office, daemon) = Office::connected().await;
        office.time.advance(2 * HOUR);
        office.atlassian.faults().slow(Duration::from_millis(50));
        tokio::select! {
            _ = daemon.access_token() => panic!("the server is slower than that"),
            () = until("the rotation", || office.refreshes() == 1) => {}
        }
        daemon.settle().await;
        office.atlassian.faults().clear();
        let grant = &office.stored()[0];
        assert_eq!(grant.pending_since, None);
        assert_eq!(daemon.access_token().await.unwrap(), grant.access_token);
        assert!(office.accepts(&grant.access_token).await);
        assert_eq!(office.refreshes(), 1);
    }

    #[tokio::test]
    async fn nothing_is_asked_for_that_could_not_be_written_down() {
        let (office, daemon) = Office::connected().await;
        office.time.advance(2 * HOUR);
        let obstacle = office
            .credentials()
            .join(format!("{}.new", office.stored()[0].id));
        std::fs::create_dir(&obstacle).unwrap();
        let error = daemon.access_token().await.unwrap_err();
        assert!(matches!(error, Error::TokenFile { .. }), "{error}");
        assert_eq!(office.refreshes(), 0);
        std::fs::remove_dir(&obstacle).unwrap();
        assert!(office.accepts(&daemon.access_token().await.unwrap()).await);
    }

    #[tokio::test]
    async fn new_tokens_that_the_disk_did_not_take_are_kept_until_it_does() {
        let (office, daemon) = Office::connected().await;
        let obstacle = office
            .credentials()
            .join(format!("{}.new", office.stored()[0].id));
        office.time.advance(2 * HOUR);
        office.atlassian.faults().slow(Duration::from_millis(50));
        let block_the_write = async {
            until("the rotation", || office.refreshes() == 1).await;
            std::fs::create_dir(&obstacle).unwrap();
        };
        let (token, ()) = tokio::join!(daemon.access_token(), block_the_write);
        assert!(
            matches!(token, Err(Error::TokenFile { .. })),
            "not durable, so not handed out"
        );
        office.atlassian.faults().clear();

        std::fs::remove_dir(&obstacle).unwrap();
        let token = daemon.access_token().await.unwrap();
        assert_eq!(office.stored()[0].access_token, token);
        assert!(office.accepts(&token).await);
        assert_eq!(office.refreshes(), 1);
    }

    #[tokio::test]
    async fn a_withdrawn_consent_is_recognised_and_not_asked_about_again() {
        let (office, daemon) = Office::connected().await;
        office.time.advance(2 * HOUR);
        office.atlassian.revoke(&office.alice);
        let error = daemon.access_token().await.unwrap_err();
        assert!(
            matches!(error, Error::ConsentWithdrawn { .. }) && !error.is_transient(),
            "{error}"
        );
        let asked = office.asked();
        assert!(matches!(
            daemon.access_token().await,
            Err(Error::ConsentWithdrawn { .. })
        ));
        assert!(matches!(
            office.authenticator().await.access_token().await,
            Err(Error::ConsentWithdrawn { .. })
        ));
        assert_eq!(office.asked(), asked);
        assert!(office.stored()[0].withdrawn.is_some(), "kept, and marked");

        office.consent(Choice::Domain(acme())).await.unwrap();
        assert!(office.accepts(&daemon.access_token().await.unwrap()).await);
    }

    #[tokio::test]
    async fn a_grant_dies_of_idleness_and_of_a_changed_password() {
        let (office, daemon) = Office::connected().await;
        office.time.advance(91 * DAY);
        assert!(matches!(
            daemon.access_token().await,
            Err(Error::ConsentWithdrawn { .. })
        ));

        office.consent(Choice::Domain(acme())).await.unwrap();
        office.atlassian.change_password(&office.alice);
        let used = daemon.access_token().await.unwrap();
        assert!(matches!(
            daemon.replace(&used).await,
            Err(Error::ConsentWithdrawn { .. })
        ));
    }

    #[tokio::test]
    async fn weather_at_the_token_endpoint_costs_no_grant() {
        let (office, daemon) = Office::connected().await;
        office.time.advance(2 * HOUR);
        let faults = office.faults_at_the_token_endpoint();
        for strike in [
            &|| faults.server_error_next(3, 503) as (),
            &|| faults.html_instead_of_json(3),
            &|| faults.cut_body_next(3),
            &|| faults.reset_connection_next(3),
            &|| faults.rate_limit_without_retry_after(3),
        ] as [&dyn Fn(); 5]
        {
            strike();
            let error = daemon.access_token().await.unwrap_err();
            assert!(error.is_transient(), "{error}");
        }
        assert!(office.accepts(&daemon.access_token().await.unwrap()).await);
        assert_eq!(office.atlassian.log().revoked_families(), 0);
    }

    #[tokio::test]
    async fn a_token_that_is_still_good_serves_while_the_server_is_out_of_reach() {
        let (office, daemon) = Office::connected().await;
        let token = daemon.access_token().await.unwrap();
        office.time.advance(56 * MINUTE);
        office.faults_at_the_token_endpoint().server_error_next(3, 500);
        assert_eq!(daemon.access_token().await.unwrap(), token);
        assert_ne!(daemon.access_token().await.unwrap(), token);
    }

    #[tokio::test]
    async fn a_server_that_asks_for_patience_is_left_alone() {
        let (office, daemon) = Office::connected().await;
        office.time.advance(2 * HOUR);
        office.faults_at_the_token_endpoint().rate_limit_next_for(1, 3600);
        assert!(daemon.access_token().await.unwrap_err().is_transient());
        let asked = office.asked();
        assert!(daemon.access_token().await.unwrap_err().is_transient());
        assert_eq!(office.asked(), asked);
    }

    #[tokio::test]
    async fn a_wrong_client_secret_harms_no_grant() {
        let (mut office, _) = Office::connected().await;
        office.time.advance(2 * HOUR);
        office.app.client_secret = "mistyped".into();
        let error = office.authenticator().await.access_token().await.unwrap_err();
        assert!(matches!(error, Error::WrongClientSecret), "{error}");
        let grant = &office.stored()[0];
        assert_eq!((grant.pending_since, grant.withdrawn.is_none()), (None, true));
        office.app.client_secret = "the-secret".into();
        assert!(
            office
                .accepts(&office.authenticator().await.access_token().await.unwrap())
                .await
        );
    }
}

#[tokio::test]
async fn no_secret_is_in_what_can_be_printed() {
    let (mut office, daemon) = Office::connected().await;
    let mut printed = vec![format!("{:?} {daemon:?}", office.process())];
    printed.push(format!("{:?}", office.consent(Choice::First).await.unwrap()));
    let mut fail = async |office: &Office| {
        office.time.advance(2 * HOUR);
        let error = office.authenticator().await.access_token().await.unwrap_err();
        let error: Arc<dyn std::error::Error> = Arc::new(error);
        let sources = std::iter::successors(Some(&*error as &dyn std::error::Error), |error| error.source());
        printed.extend(sources.map(|error| format!("{error} {error:?}")));
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

    let printed = printed.join("\n");
    let mut secrets = office.atlassian.secrets();
    secrets.push("a-mistyped-secret".to_owned());
    assert!(secrets.len() > 4, "the test looks for something");
    for secret in secrets {
        assert!(!printed.contains(&secret), "a secret is printed");
    }
}
