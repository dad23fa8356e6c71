//! From a consent to a stored grant.

use millpond::auth::{Choice, Consent, Error, Loopback, connect, scopes};
use millpond::model::Domain;
use secrecy::SecretString;

use super::{HOUR, MINUTE, Office, acme, http, lab};

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
    assert_eq!(office.stored(), std::slice::from_ref(&connected.grant));
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
            matches!(&error, Error::MissingScopes { missing: named, .. } if *named == [missing]),
            "{error}"
        );
        assert!(error.to_string().contains("connect again"), "{error}");
    }
    assert_eq!(office.stored(), []);
}

#[tokio::test]
async fn an_app_with_classic_scopes_is_told_exactly_which_granular_ones_to_add() {
    let office = Office::open().await;
    let classic = [
        "offline_access",
        "read:me",
        "read:confluence-content.all",
        "read:confluence-space.summary",
    ];
    let callback = office.app.redirect_uri.as_str();
    office.atlassian.app("millpond", "the-secret", callback, &classic);
    let error = office
        .consent_to(classic.map(str::to_owned).into(), Choice::Only)
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "the consent lacks the scopes read:space:confluence read:page:confluence: add them in the Developer Console \
         (your app > Permissions > Confluence API > Granular scopes; read:me is under User identity API), then \
         connect again. What it has is classic, and version 2 of the API takes none of it: \
         read:confluence-content.all read:confluence-space.summary"
    );
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

#[tokio::test]
async fn a_grant_to_another_app_is_none_of_ours() {
    let (mut office, _) = Office::connected().await;
    office.app.client_id = "another".to_owned();
    let error = office.process().authenticator_for(&acme()).await.unwrap_err();
    assert!(matches!(error, Error::NotConnected { .. }), "{error}");
}

#[tokio::test]
async fn of_two_accounts_on_a_site_the_newest_living_grant_is_used() {
    let (office, _) = Office::connected().await;
    let bob = office.atlassian.account("Bob Ferreira");
    office.atlassian.site("acme.atlassian.net").member(&bob);
    office.atlassian.consents_as(&bob);
    office.time.advance(HOUR);
    let newest = office.consent(Choice::Only).await.unwrap().grant.access_token;
    let daemon = office.process();
    let (of_bob, _) = daemon.authenticator_for(&acme()).await.unwrap();
    assert_eq!(of_bob.access_token().await.unwrap(), newest);

    office.atlassian.revoke(&bob);
    of_bob.refresh_now().await.unwrap_err();
    let (of_alice, _) = daemon.authenticator_for(&acme()).await.unwrap();
    assert!(office.accepts(&of_alice.access_token().await.unwrap()).await);
}
