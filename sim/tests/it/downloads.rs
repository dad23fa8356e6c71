//! Attachments and the media host.

use std::time::Duration;

use confluence_sim::{Atlassian, SimClock};
use reqwest::header::LOCATION;

use super::visitor::Scene;

#[tokio::test]
async fn a_download_is_redirected_to_the_media_host() {
    let clock = SimClock::manual("2026-03-01T09:30:00Z".parse().unwrap());
    let scene = Scene::of(Atlassian::builder().clock(&clock)).await;
    let page = scene.site.space("ENG").page("Runbook");
    let plan = scene.site.attach(&page, "plan.txt", "text/plain", b"first");
    scene.site.replace_file(&plan, b"second");
    let path = format!(
        "/wiki/rest/api/content/{}/child/attachment/{}/download",
        page.id(),
        plan.id()
    );

    for (query, expected) in [("", "second"), ("?version=1", "first")] {
        let answer = scene.get(&format!("{path}{query}")).await;
        assert_eq!(answer.status(), 302);
        let location = answer.headers()[LOCATION].to_str().unwrap();
        assert!(location.starts_with(&scene.atlassian.media_url()));
        let file = scene.http.get(location).send().await.unwrap();
        assert_eq!(file.headers()["content-type"], "text/plain");
        assert_eq!(file.text().await.unwrap(), expected);
    }
    assert_eq!(scene.get(&format!("{path}?version=3")).await.status(), 400);
    let elsewhere = format!("/wiki/rest/api/content/1/child/attachment/{}/download", plan.id());
    assert_eq!(scene.get(&elsewhere).await.status(), 404);
}

#[tokio::test]
async fn a_link_expires_and_a_leaked_header_is_seen() {
    let clock = SimClock::manual("2026-03-01T09:30:00Z".parse().unwrap());
    let scene = Scene::of(Atlassian::builder().clock(&clock)).await;
    let page = scene.site.space("ENG").page("Runbook");
    let plan = scene.site.attach(&page, "plan.txt", "text/plain", b"first");
    let path = format!(
        "/wiki/rest/api/content/{}/child/attachment/{}/download",
        page.id(),
        plan.id()
    );
    let answer = scene.get(&path).await;
    let location = answer.headers()[LOCATION].to_str().unwrap().to_owned();

    scene
        .http
        .get(&location)
        .bearer_auth(&scene.token)
        .send()
        .await
        .unwrap();
    clock.advance(Duration::from_secs(601));
    assert_eq!(scene.http.get(&location).send().await.unwrap().status(), 403);
    let log = scene.atlassian.log();
    let leaks: Vec<bool> = log
        .to("GET /file/{id}/binary")
        .map(|request| request.has_authorization)
        .collect();
    assert_eq!(leaks, [true, false]);
}
