//! The ways in besides an app's access token: API tokens at both doors, and a Nango.

use std::time::Duration;

use confluence_sim::{Atlassian, SimClock};
use serde_json::{Value, json};

use super::visitor::{SCOPES, Scene};

const EMAIL: &str = "ada@example.com";

/// The status and the body that an API token gets.
async fn ask(scene: &Scene, root: &str, path: &str, token: &str) -> (u16, Value) {
    let request = scene.http.get(format!("{root}{path}"));
    let answer = request.basic_auth(EMAIL, Some(token)).send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

#[tokio::test]
async fn each_sort_of_api_token_works_at_its_own_door_and_costs_no_points() {
    let scene = Scene::new().await;
    scene.site.space("ENG").page("Runbook");
    scene.atlassian.api_token(&scene.alice, EMAIL, "classic");
    let scopes = ["read:page:confluence"];
    scene
        .atlassian
        .scoped_api_token(&scene.alice, EMAIL, "scoped", &scopes);
    let (gateway, host) = (scene.root(), scene.atlassian.site_url(&scene.site));
    let pages = "/wiki/api/v2/pages";

    for (root, token, expected) in [
        (&host, "classic", 200),
        (&host, "scoped", 401),
        (&gateway, "classic", 401),
        (&gateway, "scoped", 200),
        (&host, "made up", 401),
    ] {
        let (status, body) = ask(&scene, root, pages, token).await;
        assert_eq!(status, expected, "{token} at {root}");
        assert_eq!(body["results"][0]["title"] == "Runbook", expected == 200);
    }
    let spaces = ask(&scene, &gateway, "/wiki/api/v2/spaces", "scoped").await;
    assert_eq!(spaces.1["message"], "Unauthorized; scope does not match");
    let bearer = scene.http.get(format!("{host}{pages}")).bearer_auth(&scene.token);
    assert_eq!(bearer.send().await.unwrap().status(), 401);
    assert_eq!(scene.atlassian.points_spent(), 0);
    let tenant = ask(&scene, &host, "/_edge/tenant_info", "").await;
    assert_eq!(tenant, (200, json!({ "cloudId": scene.site.cloud_id() })));
}

#[tokio::test]
async fn an_expired_api_token_makes_its_holder_a_stranger() {
    let scene = Scene::new().await;
    scene.site.space("ENG").page("Runbook");
    scene.atlassian.api_token(&scene.alice, EMAIL, "classic");
    let host = scene.atlassian.site_url(&scene.site);
    let me = "/wiki/rest/api/user/current";
    assert_eq!(
        ask(&scene, &host, me, "classic").await.1["accountId"],
        scene.alice.id()
    );

    scene.atlassian.faults().expire_api_tokens();

    assert_eq!(ask(&scene, &host, me, "classic").await.1["type"], "anonymous");
    let (status, pages) = ask(&scene, &host, "/wiki/api/v2/pages", "classic").await;
    assert_eq!((status, pages["results"].as_array().unwrap().len()), (200, 0));
}

#[tokio::test]
async fn a_nango_refreshes_when_it_is_asked_and_only_shortly_before_the_end() {
    let clock = SimClock::manual("2026-03-01T09:30:00Z".parse().unwrap());
    let scene = Scene::of(Atlassian::builder().clock(&clock)).await;
    let names = ("confluence", "c-1");
    scene
        .atlassian
        .nango_connection("key", names, &scene.alice, &scene.site, SCOPES);
    let ask = async |query: &str| -> Value {
        let url = format!("{}/connection/c-1?{query}", scene.atlassian.nango_url());
        let answer = scene.http.get(url).bearer_auth("key").send().await.unwrap();
        answer.json().await.unwrap()
    };
    let token = async |query: &str| ask(query).await["credentials"]["access_token"].clone();
    let plain = "provider_config_key=confluence";

    let first = token(plain).await;
    clock.advance(Duration::from_mins(44));
    assert_eq!(token(plain).await, first);
    clock.advance(Duration::from_mins(2));
    let second = token(plain).await;
    assert_ne!(second, first);
    assert_ne!(token(&format!("{plain}&force_refresh=true")).await, second);
    assert_eq!(scene.atlassian.log().refreshes().len(), 2);
    assert_eq!(
        ask("provider_config_key=jira").await["error"]["code"],
        "unknown_provider_config"
    );
    assert_eq!(
        ask(plain).await["connection_config"]["cloudId"],
        scene.site.cloud_id()
    );
}
