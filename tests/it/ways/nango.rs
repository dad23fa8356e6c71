//! A Nango keeps the consent: what it is asked, how often, and what its errors mean.

use std::time::Duration;

use millpond::auth::{Error, Nango, NangoRefusal, Way};
use tokio_util::sync::CancellationToken;

use super::{DOMAIN, SCOPES, Scene, domain, http, options};

const KEY: &str = "a-key-to-nango";
const ASKED: &str = "GET /nango/connection/{id}";
const DAY: Duration = Duration::from_hours(24);

fn connect(scene: &Scene) -> Nango {
    let names = ("confluence", "connection-1");
    scene
        .atlassian
        .nango_connection(KEY, names, &scene.ada, &scene.site, &SCOPES);
    Nango {
        host: scene.atlassian.nango_url().parse().unwrap(),
        connection_id: names.1.to_owned(),
        provider_config_key: names.0.to_owned(),
        secret_key: KEY.into(),
        http: http(),
        timeout: Duration::from_secs(5),
        clock: scene.clock(),
    }
}

/// What is wrong when a site is entered and a token asked for.
async fn trouble(nango: Nango) -> Error {
    let entered = Way::nango(nango, options()).enter(&domain()).await;
    match entered {
        Ok(entrance) => entrance.authenticator.access_token().await.unwrap_err(),
        Err(error) => error,
    }
}

#[tokio::test]
async fn the_site_and_its_token_are_nangos_and_so_is_the_rotation() {
    let scene = Scene::new().await;
    let way = Way::nango(connect(&scene), options());
    let entrance = way.enter(&domain()).await.unwrap();
    assert_eq!(entrance.site.cloud_id.as_str(), scene.site.cloud_id());
    assert_eq!(entrance.site.domain.as_str(), DOMAIN);

    let token = entrance.authenticator.access_token().await.unwrap();
    assert_eq!(entrance.authenticator.access_token().await.unwrap(), token);
    assert_eq!(
        scene.atlassian.log().count(ASKED),
        2,
        "once for the site, once for the token"
    );
    assert!(scene.atlassian.log().refreshes().is_empty());

    scene.time.advance(Duration::from_mins(56));
    assert_ne!(entrance.authenticator.access_token().await.unwrap(), token);
    assert_eq!(scene.atlassian.log().refreshes().len(), 1);
    assert_eq!(scene.atlassian.log().count("POST /oauth/token"), 0);
}

#[tokio::test]
async fn a_connection_that_never_syncs_is_kept_alive_all_the_same() {
    let scene = Scene::new().await;
    let way = Way::nango(connect(&scene), options());
    for day in 1..=200 {
        scene.time.advance(DAY);
        // An interval of no time stands for one that has gone by.
        let stop = CancellationToken::new();
        let keeper = tokio::spawn(way.clone().keep_alive(Duration::ZERO, stop.clone()));
        until(|| scene.atlassian.log().refreshes().len() == day).await;
        stop.cancel();
        keeper.await.unwrap();
    }
    assert_eq!(scene.atlassian.log().reuse_past_leeway(), 0);
}

#[tokio::test]
async fn a_nango_that_does_not_answer_does_not_keep_the_daemon_from_stopping() {
    let scene = Scene::new().await;
    let way = Way::nango(connect(&scene), options());
    scene.atlassian.faults().at(ASKED).stall_next(9);
    let stop = CancellationToken::new();
    let keeper = tokio::spawn(way.keep_alive(DAY, stop.clone()));
    until(|| scene.atlassian.log().count(ASKED) == 1).await;

    stop.cancel();

    tokio::time::timeout(Duration::from_secs(3), keeper)
        .await
        .unwrap()
        .unwrap();
}

/// Waits for what happens in another task.
async fn until(is_so: impl Fn() -> bool) {
    let waited = async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), waited)
        .await
        .unwrap();
}

#[tokio::test]
async fn the_errors_of_nango_are_told_apart() {
    let scene = Scene::new().await;
    let nango = connect(&scene);
    let wrong_key = Nango {
        secret_key: "another".into(),
        ..nango.clone()
    };
    let unknown_integration = Nango {
        provider_config_key: "jira".to_owned(),
        ..nango.clone()
    };
    let unknown_connection = Nango {
        connection_id: "../connection 2".to_owned(),
        ..nango
    };
    for (nango, expected) in [
        (wrong_key, NangoRefusal::WrongKey),
        (unknown_integration, NangoRefusal::UnknownIntegration),
        (unknown_connection, NangoRefusal::UnknownConnection),
    ] {
        let error = trouble(nango).await;
        assert!(
            matches!(&error, Error::Nango(refusal) if *refusal == expected),
            "{error}"
        );
        assert!(!error.is_transient() && !error.needs_consent());
    }
}

#[tokio::test]
async fn a_connection_to_another_site_is_not_mistaken_for_this_one() {
    let scene = Scene::new().await;
    let other = scene.atlassian.site("umbra.atlassian.net");
    other.member(&scene.ada);
    let nango = connect(&scene);
    let names = ("confluence", "connection-1");
    scene
        .atlassian
        .nango_connection(KEY, names, &scene.ada, &other, &SCOPES);

    let error = trouble(nango).await;

    assert_eq!(
        error.to_string(),
        "Nango's connection opens umbra.atlassian.net, not acme.atlassian.net"
    );
}

#[tokio::test]
async fn a_failed_refresh_is_weather_until_nango_gives_up() {
    let scene = Scene::new().await;
    let nango = connect(&scene);
    scene.atlassian.revoke(&scene.ada);
    scene.time.advance(DAY);
    let error = trouble(nango.clone()).await;
    assert!(error.is_transient(), "{error}");

    scene.time.advance(DAY * 5);
    let error = trouble(nango.clone()).await;
    assert!(matches!(error, Error::Nango(NangoRefusal::Exhausted)), "{error}");
    assert!(error.needs_consent());

    scene.atlassian.faults().at(ASKED).html_instead_of_json(9);
    assert!(
        trouble(nango).await.is_transient(),
        "a captive portal is weather, too"
    );
}
