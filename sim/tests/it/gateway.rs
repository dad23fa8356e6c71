//! What the gateway lets through.

use std::time::Duration;

use confluence_sim::{Atlassian, SimClock};
use serde_json::json;

use super::visitor::Scene;

#[tokio::test]
async fn a_path_without_the_cloud_id_leads_nowhere() {
    let scene = Scene::new().await;
    for path in ["/wiki/api/v2/pages", "/ex/confluence/nobody/wiki/api/v2/pages"] {
        let url = format!("{}{path}", scene.atlassian.api_url());
        let answer = scene
            .http
            .get(url)
            .bearer_auth(&scene.token)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 404);
        assert!(answer.text().await.unwrap().contains("No message available"));
    }
    // A client that joins base and next as they stand.
    assert_eq!(scene.get("/wiki/wiki/api/v2/pages").await.status(), 404);
}

#[tokio::test]
async fn bad_tokens_missing_scopes_and_lost_membership_are_told_apart() {
    let mut scene = Scene::new().await;
    let narrow = scene.connect(&["read:space:confluence", "offline_access"]).await;
    scene.adopt(&narrow.json().await.unwrap());
    assert_eq!(
        scene.fails("/wiki/api/v2/pages").await,
        (
            401,
            json!({ "code": 401, "message": "Unauthorized; scope does not match" })
        )
    );
    scene.site.expel(&scene.alice);
    assert_eq!(scene.get("/wiki/api/v2/spaces").await.status(), 403);
    scene.token = "made up".to_owned();
    assert_eq!(
        scene.fails("/wiki/api/v2/pages").await,
        (401, json!({ "code": 401, "message": "Unauthorized" }))
    );
}

#[tokio::test]
async fn an_expired_token_looks_like_a_missing_page() {
    let clock = SimClock::manual("2026-03-01T09:30:00Z".parse().unwrap());
    let scene = Scene::of(Atlassian::builder().clock(&clock)).await;
    clock.advance(Duration::from_secs(3_599));
    assert_eq!(scene.get("/wiki/api/v2/pages").await.status(), 200);
    clock.advance(Duration::from_secs(1));
    assert_eq!(scene.get("/wiki/api/v2/pages").await.status(), 404);
    assert_eq!(scene.get("/wiki/rest/api/user/current").await.status(), 403);
}

#[tokio::test]
async fn tokens_can_be_made_to_expire_early() {
    let scene = Scene::new().await;
    scene.atlassian.faults().expire_access_tokens();
    assert_eq!(scene.get("/wiki/api/v2/spaces").await.status(), 404);
    assert_eq!(scene.refresh(&scene.refresh_token).await.status(), 200);
}

#[tokio::test]
async fn the_old_content_routes_are_gone() {
    let scene = Scene::new().await;
    for path in [
        "/content",
        "/content/65930",
        "/content/65930/child/page",
        "/space",
        "/space/ENG",
    ] {
        let (status, body) = scene.fails(&format!("/wiki/rest/api{path}")).await;
        assert_eq!(status, 410, "{path}");
        assert!(body["message"].as_str().unwrap().contains("GoneException"));
    }
    let me = scene.read("/wiki/rest/api/user/current").await;
    assert_eq!(me["accountId"], json!(scene.alice.id()));
}

#[tokio::test]
async fn a_site_that_keeps_version_1_answers_the_old_content_routes() {
    let scene = Scene::new().await;
    scene.site.keeps_version_1(true);
    let space = scene.site.space("ENG");
    let home = space.page("Home");
    let page = space
        .page("Runbook")
        .body("<p>Restart it.</p>")
        .labelled(&["howto"])
        .under(&home);
    space.homepage(&home);
    scene.site.attach(&page, "plan.txt", "text/plain", b"plan");
    let listing = "/wiki/rest/api/content?spaceKey=ENG&expand=body.view,metadata.labels,ancestors&limit=1";

    let first = scene.read(listing).await;
    assert_eq!(first["results"][0]["title"], "Home");
    let next = format!("/wiki{}", first["_links"]["next"].as_str().unwrap());
    let second = scene.read(&next).await;
    let found = &second["results"][0];
    assert_eq!(found["body"]["view"]["value"], "<p>Restart it.</p>");
    assert_eq!(found["metadata"]["labels"]["results"][0]["name"], "howto");
    assert_eq!(found["ancestors"][0]["id"], home.id());
    assert!(second["_links"]["next"].is_null());

    let of_page = format!("/wiki/rest/api/content/{}", page.id());
    assert_eq!(scene.read(&of_page).await["title"], "Runbook");
    let files = scene.read(&format!("{of_page}/child/attachment")).await;
    assert_eq!(files["results"][0]["extensions"]["fileSize"], 4);
    let labels = scene.read(&format!("{of_page}/label")).await;
    assert_eq!(labels["results"][0]["name"], "howto");
    let space = scene.read("/wiki/rest/api/space/ENG").await;
    assert_eq!(space["homepage"]["id"], home.id());
    assert_eq!(scene.read("/wiki/rest/api/space").await["size"], 1);

    // At the root as well, for whoever takes no address with a path. The visitor needs an API token there.
    let rooted = format!("{}/rest/api/space", scene.atlassian.api_url());
    assert_eq!(scene.http.get(rooted).send().await.unwrap().status(), 401);
}

#[tokio::test]
async fn the_site_tells_its_time_and_its_cloud_id() {
    let clock = SimClock::manual("2026-03-01T09:30:00Z".parse().unwrap());
    let scene = Scene::of(Atlassian::builder().clock(&clock)).await;
    let answer = scene.get("/wiki/api/v2/spaces").await;
    assert_eq!(answer.headers()["date"], "Sun, 01 Mar 2026 09:30:00 GMT");
    let url = format!("{}/_edge/tenant_info", scene.atlassian.auth_url());
    let body = scene.http.get(url).send().await.unwrap().text().await.unwrap();
    assert_eq!(body, json!({ "cloudId": scene.site.cloud_id() }).to_string());
}

#[tokio::test]
async fn a_dropped_simulation_answers_nobody() {
    let scene = Scene::new().await;
    let url = format!("{}/wiki/api/v2/spaces", scene.root());
    let Scene { atlassian, http, .. } = scene;
    drop(atlassian);
    tokio::time::timeout(Duration::from_secs(5), async {
        while http.get(&url).send().await.is_ok() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await
    .unwrap();
}
