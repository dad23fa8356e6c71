//! Every fault strikes whom it should, as often as it should.

use std::time::{Duration, Instant};

use confluence_sim::Page;
use reqwest::Response;
use serde_json::{Value, json};

use super::visitor::Scene;

const PAGES: &str = "/wiki/api/v2/pages?limit=2&sort=id&body-format=storage";

async fn scene() -> (Scene, Vec<Page>) {
    let scene = Scene::new().await;
    let pages = scene
        .site
        .space("ENG")
        .pages(["One", "Two", "Three", "Four", "Five"]);
    (scene, pages)
}

fn header<'a>(answer: &'a Response, name: &str) -> Option<&'a str> {
    answer.headers().get(name).map(|value| value.to_str().unwrap())
}

#[tokio::test]
async fn rate_limits_say_how_long_in_three_ways() {
    let (scene, _) = scene().await;
    let faults = scene.atlassian.faults();
    faults.rate_limit_next_for(1, 7);
    faults.rate_limit_next_until(1, 7);
    faults.rate_limit_without_retry_after(1);
    let answer = scene.get(PAGES).await;
    assert_eq!(
        (answer.status().as_u16(), header(&answer, "retry-after")),
        (429, Some("7"))
    );
    let answer = scene.get(PAGES).await;
    assert!(header(&answer, "retry-after").unwrap().ends_with(" GMT"));
    let answer = scene.get(PAGES).await;
    assert_eq!(
        (answer.status().as_u16(), header(&answer, "retry-after")),
        (429, None)
    );
    assert_eq!(scene.get(PAGES).await.status(), 200);
    assert_eq!(
        scene.atlassian.points_spent(),
        3,
        "a limited request costs nothing"
    );
}

#[tokio::test]
async fn a_fault_can_be_aimed() {
    let (scene, _) = scene().await;
    let faults = scene.atlassian.faults();
    faults.at("GET /wiki/api/v2/spaces").server_error_next(1, 503);
    faults.at("POST /oauth/token").server_error_next(1, 500);
    assert_eq!(scene.get(PAGES).await.status(), 200);
    assert_eq!(scene.get("/wiki/api/v2/spaces").await.status(), 503);
    assert_eq!(scene.get("/wiki/api/v2/spaces").await.status(), 200);
    assert_eq!(scene.refresh(&scene.refresh_token).await.status(), 500);
    assert_eq!(scene.refresh(&scene.refresh_token).await.status(), 200);
}

#[tokio::test]
async fn answers_are_cut_truncated_reset_and_replaced() {
    let (scene, _) = scene().await;
    let faults = scene.atlassian.faults();

    faults.cut_body_next(1);
    let answer = scene.get(PAGES).await;
    assert_eq!(answer.status(), 200);
    assert!(
        answer.bytes().await.is_err(),
        "the connection ends within the body"
    );

    faults.truncate_json_next(1);
    let body = scene.get(PAGES).await.bytes().await.unwrap();
    assert!(serde_json::from_slice::<Value>(&body).is_err());

    faults.html_instead_of_json(1);
    let answer = scene.get(PAGES).await;
    assert_eq!(answer.status(), 200);
    assert!(answer.text().await.unwrap().starts_with("<!doctype html>"));

    faults.reset_connection_next(1);
    assert!(scene.try_get(PAGES).await.is_err());
    assert_eq!(scene.get(PAGES).await.status(), 200);
}

#[tokio::test]
async fn a_stalled_answer_never_comes() {
    let (scene, _) = scene().await;
    scene.atlassian.faults().stall_next(1);
    let patience = Duration::from_millis(100);
    assert!(
        tokio::time::timeout(patience, scene.try_get(PAGES))
            .await
            .is_err()
    );
    assert_eq!(scene.get(PAGES).await.status(), 200);
    assert_eq!(
        scene
            .atlassian
            .log()
            .requests()
            .iter()
            .filter(|request| request.status == 0)
            .count(),
        1
    );
}

#[tokio::test]
async fn slow_answers_take_their_time() {
    let (scene, _) = scene().await;
    scene.atlassian.faults().slow(Duration::from_millis(50));
    let started = Instant::now();
    scene.read(PAGES).await;
    assert!(started.elapsed() >= Duration::from_millis(50));
}

#[tokio::test]
async fn listings_have_empty_pages_and_cursors_that_repeat_or_fail() {
    let (scene, _) = scene().await;
    let faults = scene.atlassian.faults();
    faults.empty_page_with_next(2);
    assert_eq!(scene.titles(PAGES).await.len(), 5, "nothing is skipped");
    assert_eq!(scene.atlassian.log().count("GET /wiki/api/v2/pages"), 5);

    let next = scene.read(PAGES).await["_links"]["next"].clone();
    let next = next.as_str().unwrap();
    faults.repeat_cursor(1);
    let cursor = |url: &str| {
        url.split("cursor=")
            .nth(1)
            .unwrap()
            .split('&')
            .next()
            .unwrap()
            .to_owned()
    };
    let repeated = scene.read(next).await["_links"]["next"].clone();
    assert_eq!(cursor(repeated.as_str().unwrap()), cursor(next));

    faults.reject_cursors(1);
    assert_eq!(
        scene.get(PAGES).await.status(),
        200,
        "there is no cursor to refuse"
    );
    let (status, body) = scene.fails(next).await;
    assert_eq!(status, 400);
    assert!(body["errors"][0]["title"].as_str().unwrap().contains("'cursor'"));
    assert_eq!(scene.get(next).await.status(), 200);
}

#[tokio::test]
async fn limits_are_lowered_or_fail() {
    let (scene, _) = scene().await;
    let faults = scene.atlassian.faults();
    faults.lower_limit(2);
    let page = scene.read("/wiki/api/v2/pages?limit=250").await;
    assert_eq!(page["results"].as_array().unwrap().len(), 2);
    faults.clear();
    faults.fail_listings_with_limit_over(100);
    assert_eq!(scene.get("/wiki/api/v2/pages?limit=250").await.status(), 500);
    assert_eq!(scene.get("/wiki/api/v2/pages?limit=100").await.status(), 200);
}

#[tokio::test]
async fn single_items_are_odd() {
    let (scene, pages) = scene().await;
    let faults = scene.atlassian.faults();
    faults.null_bodies(&pages[0]);
    faults.odd_item(&pages[1]);
    faults.item_without_id(&pages[2]);
    faults.unknown_status(&pages[3]);
    let items = scene.walk(PAGES).await;
    assert_eq!(items[0]["body"], Value::Null);
    assert_eq!((&items[1]["title"], items[1].get("version")), (&json!(42), None));
    assert!(items[2]["id"].is_object());
    assert_eq!(items[3]["status"], "quarantined");
    assert_eq!(items[4]["title"], "Five");
    let one = scene
        .read(&format!(
            "/wiki/api/v2/pages/{}?body-format=storage",
            pages[0].id()
        ))
        .await;
    assert_eq!(one["body"], Value::Null);
}

#[tokio::test]
async fn ids_become_numbers_and_words_unheard_of() {
    let (scene, pages) = scene().await;
    scene.atlassian.faults().ids_as_numbers();
    scene.atlassian.faults().unknown_enum_values();
    let number: u64 = pages[0].id().parse().unwrap();
    assert_eq!(scene.walk(PAGES).await[0]["id"], json!(number));
    assert_eq!(scene.walk("/wiki/api/v2/spaces").await[0]["type"], "hologram");
}
