//! The rules of consent and of rotating refresh tokens.

use std::time::Duration;

use confluence_sim::{Atlassian, SimClock};
use reqwest::Response;
use reqwest::header::LOCATION;
use serde_json::{Value, json};

use super::visitor::{CALLBACK, SCOPES, Scene, text};

const MINUTE: Duration = Duration::from_mins(1);
const DAY: Duration = Duration::from_hours(24);

fn clock() -> SimClock {
    SimClock::manual("2026-03-01T09:30:00Z".parse().unwrap())
}

async fn scene(clock: &SimClock) -> Scene {
    Scene::of(Atlassian::builder().clock(clock)).await
}

/// Status and error of a refused token request.
async fn refusal(answer: Response) -> (u16, String, String) {
    let status = answer.status().as_u16();
    let body: Value = answer.json().await.unwrap();
    (status, text(&body, "error"), text(&body, "error_description"))
}

fn dead() -> (u16, String, String) {
    (
        403,
        "invalid_grant".to_owned(),
        "Unknown or invalid refresh token.".to_owned(),
    )
}

#[tokio::test]
async fn a_consent_yields_tokens_for_the_scopes_that_exist() {
    let scene = scene(&clock()).await;
    let wanted = ["read:page:confluence", "read:dreams", "offline_access"];
    let tokens: Value = scene.connect(&wanted).await.json().await.unwrap();
    assert_eq!(tokens["scope"], "read:page:confluence offline_access");
    assert_eq!(
        (&tokens["expires_in"], &tokens["token_type"]),
        (&json!(3600), &json!("Bearer"))
    );
    assert!(text(&tokens, "access_token").len() > 2_000);

    let tokens: Value = scene
        .connect(&["read:page:confluence"])
        .await
        .json()
        .await
        .unwrap();
    assert!(
        tokens.get("refresh_token").is_none(),
        "no refresh token without offline_access"
    );
}

#[tokio::test]
async fn a_code_is_good_once_and_for_its_redirect_uri_only() {
    let scene = scene(&clock()).await;
    let exchange = |code: &str, redirect_uri: &str| {
        json!({
            "grant_type": "authorization_code", "client_id": "app", "client_secret": "hush",
            "code": code, "redirect_uri": redirect_uri,
        })
    };
    let code = scene.code(SCOPES).await;
    assert_eq!(scene.post_token(&exchange(&code, CALLBACK)).await.status(), 200);
    assert_eq!(scene.post_token(&exchange(&code, CALLBACK)).await.status(), 403);
    let code = scene.code(SCOPES).await;
    let elsewhere = exchange(&code, "http://localhost:9000/callback");
    assert_eq!(scene.post_token(&elsewhere).await.status(), 403);
}

#[tokio::test]
async fn the_consent_screen_refuses_what_the_app_may_not_ask() {
    let scene = scene(&clock()).await;
    assert_eq!(scene.authorize(&["write:page:confluence"]).await.status(), 400);
    let url = format!(
        "{}/authorize?client_id=app&scope=read:me",
        scene.atlassian.auth_url()
    );
    assert_eq!(scene.http.get(url).send().await.unwrap().status(), 400);

    scene.atlassian.declines();
    let answer = scene.authorize(SCOPES).await;
    let location = answer.headers()[LOCATION].to_str().unwrap();
    assert!(
        location.starts_with(CALLBACK) && location.contains("error=access_denied"),
        "{location}"
    );
    assert!(
        location.contains("state=s-1") && !location.contains("code="),
        "{location}"
    );
}

#[tokio::test]
async fn token_requests_come_as_json_or_as_forms() {
    let scene = scene(&clock()).await;
    let form = [
        ("grant_type", "refresh_token"),
        ("client_id", "app"),
        ("client_secret", "hush"),
        ("refresh_token", &scene.refresh_token),
    ];
    let url = format!("{}/oauth/token", scene.atlassian.auth_url());
    let answer = scene.http.post(url).form(&form).send().await.unwrap();
    assert_eq!(answer.status(), 200);
}

#[tokio::test]
async fn a_rotated_token_is_good_for_ten_minutes_and_then_ends_its_family() {
    let clock = clock();
    let scene = scene(&clock).await;
    let first: Value = scene.refresh(&scene.refresh_token).await.json().await.unwrap();
    clock.advance(10 * MINUTE);
    assert_eq!(scene.refresh(&scene.refresh_token).await.status(), 200);
    assert_eq!(scene.atlassian.log().refreshes().len(), 2);
    assert!(scene.atlassian.log().refreshes()[1].is_reuse);

    clock.advance(MINUTE);
    assert_eq!(refusal(scene.refresh(&scene.refresh_token).await).await, dead());
    assert_eq!(
        refusal(scene.refresh(&text(&first, "refresh_token")).await).await,
        dead()
    );
    let log = scene.atlassian.log();
    assert_eq!((log.reuse_past_leeway(), log.revoked_families()), (1, 1));
}

#[tokio::test]
async fn a_refresh_token_dies_of_idleness_and_of_age() {
    let clock = clock();
    let mut scene = scene(&clock).await;
    for _ in 0..4 {
        clock.advance(89 * DAY);
        let tokens = scene.refresh(&scene.refresh_token).await.json().await.unwrap();
        scene.adopt(&tokens);
    }
    clock.advance(10 * DAY);
    assert_eq!(
        refusal(scene.refresh(&scene.refresh_token).await).await,
        dead(),
        "366 days old"
    );

    let tokens = scene.connect(SCOPES).await.json().await.unwrap();
    scene.adopt(&tokens);
    clock.advance(91 * DAY);
    assert_eq!(
        refusal(scene.refresh(&scene.refresh_token).await).await,
        dead(),
        "91 days idle"
    );
}

#[tokio::test]
async fn what_the_account_does_ends_its_grants() {
    let mut scene = scene(&clock()).await;
    scene.atlassian.change_password(&scene.alice);
    assert_eq!(refusal(scene.refresh(&scene.refresh_token).await).await, dead());
    assert_eq!(scene.get("/wiki/api/v2/spaces").await.status(), 200);

    let tokens = scene.connect(SCOPES).await.json().await.unwrap();
    scene.adopt(&tokens);
    scene.atlassian.revoke(&scene.alice);
    assert_eq!(refusal(scene.refresh(&scene.refresh_token).await).await, dead());
    assert_eq!(scene.get("/wiki/api/v2/spaces").await.status(), 401);
}

#[tokio::test]
async fn a_second_consent_replaces_the_first() {
    let mut scene = scene(&clock()).await;
    let narrow = scene.connect(&["offline_access", "read:space:confluence"]).await;
    let narrow: Value = narrow.json().await.unwrap();
    assert_eq!(refusal(scene.refresh(&scene.refresh_token).await).await, dead());
    assert_eq!(scene.get("/wiki/api/v2/spaces").await.status(), 401);
    scene.adopt(&narrow);
    assert_eq!(scene.get("/wiki/api/v2/spaces").await.status(), 200);
    assert_eq!(scene.get("/wiki/api/v2/pages").await.status(), 401);
}

#[tokio::test]
async fn wrong_secrets_and_unknown_tokens_have_their_own_words() {
    let scene = scene(&clock()).await;
    let unknown = refusal(scene.refresh("never issued").await).await;
    let expected = (
        403,
        "unauthorized_client".to_owned(),
        "refresh_token is invalid".to_owned(),
    );
    assert_eq!(unknown, expected);
    let wrong = json!({
        "grant_type": "refresh_token", "client_id": "app", "client_secret": "wrong",
        "refresh_token": scene.refresh_token,
    });
    let wrong = refusal(scene.post_token(&wrong).await).await;
    assert_eq!(
        wrong,
        (401, "access_denied".to_owned(), "Unauthorized".to_owned())
    );
}

#[tokio::test]
async fn a_lost_answer_is_recovered_with_the_same_token() {
    let scene = scene(&clock()).await;
    scene.atlassian.faults().lose_answer_of_next_refresh();
    let url = format!("{}/oauth/token", scene.atlassian.auth_url());
    let body = json!({
        "grant_type": "refresh_token", "client_id": "app", "client_secret": "hush",
        "refresh_token": scene.refresh_token,
    });
    assert!(scene.http.post(url).json(&body).send().await.is_err());
    assert_eq!(scene.atlassian.log().refreshes().len(), 1);
    assert_eq!(scene.refresh(&scene.refresh_token).await.status(), 200);
}

#[tokio::test]
async fn accessible_sites_come_once_for_each_product() {
    let scene = scene(&clock()).await;
    let other = scene.atlassian.site("other.atlassian.net");
    other.member(&scene.alice);
    scene.atlassian.site("foreign.atlassian.net");
    let sites = accessible(&scene).await;
    let ids: Vec<String> = sites.iter().map(|site| text(site, "id")).collect();
    let (acme, other) = (scene.site.cloud_id(), other.cloud_id());
    assert_eq!(ids, [acme.clone(), acme, other.clone(), other]);
    assert!(sites[0]["scopes"].to_string().contains("jira"));
    assert_eq!(sites[1]["url"], "https://acme.atlassian.net");
    assert!(sites[1]["scopes"].to_string().contains("read:page:confluence"));
}

#[tokio::test]
async fn a_consent_for_one_site_reaches_no_other() {
    let mut scene = scene(&clock()).await;
    let other = scene.atlassian.site("other.atlassian.net");
    other.member(&scene.alice);
    scene.atlassian.consents_for(&scene.alice, &[&other]);
    let tokens = scene.connect(SCOPES).await.json().await.unwrap();
    scene.adopt(&tokens);
    assert_eq!(accessible(&scene).await.len(), 2);
    assert_eq!(scene.get("/wiki/api/v2/spaces").await.status(), 401);
}

async fn accessible(scene: &Scene) -> Vec<Value> {
    let url = format!("{}/oauth/token/accessible-resources", scene.atlassian.api_url());
    let request = scene.http.get(url).bearer_auth(&scene.token);
    request.send().await.unwrap().json().await.unwrap()
}

#[tokio::test]
async fn a_service_account_exchanges_its_credentials() {
    let mut scene = scene(&clock()).await;
    let bot = scene
        .atlassian
        .service_account("Mirror", "bot", "psst", &["read:space:confluence"]);
    scene.site.member(&bot);
    scene.token = scene.service_token("bot", "psst").await;
    assert_eq!(scene.get("/wiki/api/v2/spaces").await.status(), 200);
    assert_eq!(scene.get("/wiki/api/v2/pages").await.status(), 401);
}

#[tokio::test]
async fn who_i_am_needs_its_scope() {
    let scene = scene(&clock()).await;
    let url = format!("{}/me", scene.atlassian.api_url());
    let me: Value = scene
        .http
        .get(url)
        .bearer_auth(&scene.token)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(
        (&me["account_id"], &me["name"]),
        (&json!(scene.alice.id()), &json!("Alice Moreau"))
    );
}

#[tokio::test]
async fn every_secret_is_known_to_the_log() {
    let scene = scene(&clock()).await;
    let secrets = scene.atlassian.secrets();
    for secret in [&scene.token, &scene.refresh_token, "hush"] {
        assert!(secrets.iter().any(|known| known == secret));
    }
}
