//! Points and their hour.

use std::time::Duration;

use confluence_sim::{Atlassian, SimClock};
use serde_json::json;

use super::visitor::Scene;

#[tokio::test]
async fn requests_cost_one_and_what_they_read() {
    let scene = Scene::new().await;
    let pages = scene.site.space("ENG").pages(["One", "Two", "Three"]);
    let users = json!({ "accountIds": [scene.alice.id(), "nobody"] });
    let mut spent = 0;
    for (path, points) in [
        ("/wiki/api/v2/pages".to_owned(), 4),
        ("/wiki/api/v2/spaces".to_owned(), 2),
        (format!("/wiki/api/v2/pages/{}", pages[0].id()), 2),
        ("/wiki/api/v2/pages/1".to_owned(), 1),
        ("/wiki/api/v2/pages?limit=251".to_owned(), 1),
    ] {
        scene.get(&path).await;
        spent += points;
        assert_eq!(scene.atlassian.points_spent(), spent, "{path}");
    }
    scene.post("/wiki/api/v2/users-bulk", &users).await;
    assert_eq!(scene.atlassian.points_spent(), spent + 3);
    assert_eq!(scene.atlassian.log().requests().last().unwrap().points, 3);
}

#[tokio::test]
async fn an_exhausted_hour_is_answered_429_until_it_is_over() {
    let clock = SimClock::manual("2026-03-01T09:30:00Z".parse().unwrap());
    let scene = Scene::of(Atlassian::builder().clock(&clock).points_per_hour(10)).await;
    scene.site.space("ENG").pages(["1", "2", "3", "4"]);
    let first = scene.get("/wiki/api/v2/pages").await;
    assert_eq!(
        first.headers()["beta-ratelimit-policy"],
        "\"global-app-quota\";q=10;w=3600"
    );
    let second = scene.get("/wiki/api/v2/pages").await;
    assert_eq!(second.headers()["x-ratelimit-nearlimit"], "true");

    let refused = scene.get("/wiki/api/v2/pages").await;
    assert_eq!(refused.status(), 429);
    assert_eq!(refused.headers()["x-ratelimit-reset"], "2026-03-01T10:00Z");
    assert_eq!(
        refused.headers()["ratelimit-reason"],
        "confluence-quota-global-based"
    );
    let wait: u64 = refused.headers()["retry-after"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!((1799..=1801).contains(&wait), "{wait}");
    clock.advance(Duration::from_secs(wait));
    assert_eq!(scene.get("/wiki/api/v2/pages").await.status(), 200);
}
