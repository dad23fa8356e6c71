//! A service account: an hour at a time, and no refresh token.

use std::time::Duration;

use futures_util::future::join_all;
use millpond::auth::{Error, ServiceAccount, Tenant, Way};

use super::{SCOPES, SECRET, Scene, domain, http, options};

const TOKEN: &str = "POST /oauth/token";

fn way(scene: &Scene, secret: &str) -> Way {
    let bot = scene
        .atlassian
        .service_account("Mirror", "the-bot", SECRET, &SCOPES);
    scene.site.member(&bot);
    let account = ServiceAccount {
        client_id: "the-bot".to_owned(),
        client_secret: secret.into(),
        auth_url: scene.atlassian.auth_url().parse().unwrap(),
        http: http(),
        timeout: Duration::from_secs(5),
    };
    let site_url = scene.atlassian.site_url(&scene.site).parse().unwrap();
    let tenant = Tenant::new(site_url, http(), options());
    Way::service_account(account, tenant, options(), scene.clock())
}

#[tokio::test]
async fn all_who_ask_share_a_token_until_it_is_about_to_end() {
    let scene = Scene::new().await;
    let way = way(&scene, SECRET);
    let entrance = way.enter(&domain()).await.unwrap();

    let first = join_all((0..20).map(|_| entrance.authenticator.access_token())).await;
    let first: Vec<_> = first.into_iter().map(Result::unwrap).collect();
    assert!(first.iter().all(|token| *token == first[0]));
    assert_eq!(scene.atlassian.log().count(TOKEN), 1);

    scene.time.advance(Duration::from_mins(54));
    assert_eq!(entrance.authenticator.access_token().await.unwrap(), first[0]);
    scene.time.advance(Duration::from_mins(2));
    assert_ne!(entrance.authenticator.access_token().await.unwrap(), first[0]);
    assert_eq!(scene.atlassian.log().count(TOKEN), 2);
}

#[tokio::test]
async fn bad_weather_is_survived_with_the_old_token_while_it_lasts() {
    let scene = Scene::new().await;
    let way = way(&scene, SECRET);
    let authenticator = way.enter(&domain()).await.unwrap().authenticator;
    let token = authenticator.access_token().await.unwrap();

    scene.atlassian.faults().at(TOKEN).server_error_next(9, 503);
    scene.time.advance(Duration::from_mins(56));
    assert_eq!(authenticator.access_token().await.unwrap(), token);
    scene.time.advance(Duration::from_mins(5));
    let error = authenticator.access_token().await.unwrap_err();
    assert!(error.is_transient(), "{error}");
    scene.atlassian.faults().clear();
    assert_ne!(authenticator.access_token().await.unwrap(), token);
}

#[tokio::test]
async fn a_wrong_secret_and_a_fresh_token_that_is_refused_are_final() {
    let scene = Scene::new().await;
    let wrong = way(&scene, "another").enter(&domain()).await.unwrap();
    let error = wrong.authenticator.access_token().await.unwrap_err();
    assert!(matches!(error, Error::WrongClientSecret), "{error}");

    let right = way(&scene, SECRET).enter(&domain()).await.unwrap();
    let token = right.authenticator.access_token().await.unwrap();
    let error = right.authenticator.replace(&token).await.unwrap_err();
    assert!(matches!(error, Error::NothingNewer), "{error}");
    assert!(!format!("{right:?}").contains(SECRET));
}
