//! Listings of pages.

use serde_json::json;

use super::visitor::Scene;

#[tokio::test]
async fn a_listing_is_walked_from_cursor_to_cursor() {
    let scene = Scene::new().await;
    let space = scene.site.space("ENG");
    let pages = space.pages(["Runbook", "On call", "Glossary", "Überblick", "Post-mortems"]);

    let first = scene
        .read("/wiki/api/v2/pages?limit=2&sort=id&body-format=storage")
        .await;
    let next = first["_links"]["next"].as_str().unwrap();
    assert!(next.starts_with("/wiki/api/v2/pages?"), "{next}");
    assert_eq!(first["_links"]["base"], "https://acme.atlassian.net/wiki");
    assert_eq!(first["results"][0]["id"], json!(pages[0].id()));
    assert_eq!(
        first["results"][0]["body"],
        json!({ "storage": { "representation": "storage", "value": "<p>Runbook</p>" } })
    );

    for sort in ["id", "-id", "title", "-title", "created-date", "-modified-date"] {
        for path in ["/wiki/api/v2/pages", "/api/v2/pages"] {
            let mut titles = scene.titles(&format!("{path}?limit=2&sort={sort}")).await;
            if sort == "title" {
                assert_eq!(titles[0], "Glossary");
            }
            titles.sort();
            assert_eq!(
                titles,
                ["Glossary", "On call", "Post-mortems", "Runbook", "Überblick"]
            );
        }
    }
}

#[tokio::test]
async fn spaces_are_listed_and_found_by_key() {
    let scene = Scene::new().await;
    for key in ["ENG", "HR", "~712020"] {
        scene.site.space(key);
    }
    assert_eq!(scene.walk("/wiki/api/v2/spaces?limit=1").await.len(), 3);
    let found = scene.walk("/wiki/api/v2/spaces?keys=HR").await;
    assert_eq!((found.len(), &found[0]["key"]), (1, &json!("HR")));
    scene.site.space("HR").hide_from(&scene.alice);
    assert_eq!(scene.walk("/wiki/api/v2/spaces?sort=-name").await.len(), 2);
}
