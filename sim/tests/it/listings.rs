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

#[tokio::test]
async fn edits_during_a_walk_by_id_neither_hide_nor_repeat_anything() {
    let scene = Scene::new().await;
    let space = scene.site.space("ENG");
    let pages = space.pages(["One", "Two", "Three", "Four", "Five", "Six"]);
    let first = scene.read("/wiki/api/v2/pages?limit=2&sort=id").await;
    scene.site.edit(&pages[0], "<p>New</p>");
    scene.site.trash(&pages[1]);
    scene.site.rename(&pages[4], "5");
    space.page("Seven");
    let rest = scene.titles(first["_links"]["next"].as_str().unwrap()).await;
    assert_eq!(rest, ["Three", "Four", "5", "Six", "Seven"]);
}

#[tokio::test]
async fn edits_during_a_walk_by_date_move_in_front_of_the_cursor() {
    let scene = Scene::new().await;
    let pages = scene.site.space("ENG").pages(["One", "Two", "Three", "Four"]);
    let first = scene.read("/wiki/api/v2/pages?limit=2&sort=-modified-date").await;
    scene.site.edit(&pages[0], "<p>New</p>");
    let rest = scene.titles(first["_links"]["next"].as_str().unwrap()).await;
    assert_eq!(rest, ["Two"]);
}

#[tokio::test]
async fn filters_take_repeated_and_joined_values() {
    let scene = Scene::new().await;
    let spaces: Vec<_> = ["A", "B", "C"].map(|key| scene.site.space(key)).into();
    let pages: Vec<_> = spaces.iter().map(|space| space.page("Home")).collect();
    scene.site.trash(&pages[0]);
    scene.site.archive(&pages[1]);
    let (a, b) = (spaces[0].id(), spaces[1].id());
    let (page_a, page_b) = (pages[0].id(), pages[1].id());
    for (query, expected) in [
        (String::new(), 2),
        ("status=current,trashed".to_owned(), 2),
        ("status=current&status=trashed&status=archived".to_owned(), 3),
        ("status=deleted".to_owned(), 0),
        (format!("space-id={a},{b}"), 1),
        (format!("space-id={a}&space-id={b}&status=trashed"), 1),
        (format!("id={page_a},{page_b}&status=current,archived,trashed"), 2),
        (format!("id={page_a}&id={page_b}"), 1),
        ("title=Home".to_owned(), 2),
        ("title=home".to_owned(), 0),
    ] {
        let found = scene.walk(&format!("/wiki/api/v2/pages?{query}")).await;
        assert_eq!(found.len(), expected, "{query}");
    }
    let of_space = scene
        .walk(&format!("/wiki/api/v2/spaces/{b}/pages?depth=root"))
        .await;
    assert_eq!(of_space.len(), 1);
}

#[tokio::test]
async fn what_the_specification_does_not_allow_is_refused() {
    let scene = Scene::new().await;
    for query in [
        "limit=251",
        "limit=0",
        "limit=many",
        "sort=shape",
        "status=draft",
        "body-format=view",
        "space-id=ENG",
        "cursor=%2Fwiki%2Fapi%2Fv2%2Fpages%3Fcursor%3Dabc",
    ] {
        let (status, body) = scene.fails(&format!("/wiki/api/v2/pages?{query}")).await;
        assert_eq!(status, 400, "{query}");
        assert_eq!(body["errors"][0]["code"], "INVALID_REQUEST_PARAMETER", "{query}");
    }
    for query in ["status=archived", "sort=title"] {
        assert_eq!(
            scene
                .get(&format!("/wiki/api/v2/blogposts?{query}"))
                .await
                .status(),
            400,
            "{query}"
        );
    }
}

#[tokio::test]
async fn restricted_pages_leave_gaps_and_not_ends() {
    let scene = Scene::new().await;
    let space = scene.site.space("ENG");
    for title in ["One", "Two"] {
        space.page(title).hidden_from(&scene.alice);
    }
    space.page("Three");
    let first = scene.read("/wiki/api/v2/pages?limit=2").await;
    assert_eq!(first["results"], json!([]));
    assert_eq!(
        scene.titles(first["_links"]["next"].as_str().unwrap()).await,
        ["Three"]
    );
}

#[tokio::test]
async fn blog_posts_are_listed_apart_from_pages() {
    let scene = Scene::new().await;
    let space = scene.site.space("ENG");
    space.page("Runbook");
    let post = space.blog_post("We moved");
    assert_eq!(scene.titles("/wiki/api/v2/blogposts").await, ["We moved"]);
    let of_space = scene
        .titles(&format!("/wiki/api/v2/spaces/{}/blogposts", space.id()))
        .await;
    assert_eq!(of_space, ["We moved"]);
    assert_eq!(
        scene
            .get(&format!("/wiki/api/v2/pages/{}", post.id()))
            .await
            .status(),
        404
    );
}

#[tokio::test]
async fn a_body_comes_in_the_format_asked_for_or_not_at_all() {
    let scene = Scene::new().await;
    scene
        .site
        .space("ENG")
        .page("Runbook")
        .body("<p>Restart <em>it</em></p>");
    let without = scene.walk("/wiki/api/v2/pages").await;
    assert_eq!(without[0]["body"], json!({}));
    let document = scene
        .walk("/wiki/api/v2/pages?body-format=atlas_doc_format")
        .await;
    let document = document[0]["body"]["atlas_doc_format"]["value"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(document.contains("Restart it"), "{document}");
}

#[tokio::test]
async fn generated_pages_are_served_like_written_ones() {
    let scene = Scene::new().await;
    let write = |n: u64| (format!("Page {n}"), format!("<p>Number {n} &amp; \"more\"</p>"));
    let pages = scene.site.space("ENG").pages_generated(600, write);
    scene.site.edit(&pages[7], "<p>Edited</p>");
    let items = scene
        .walk("/wiki/api/v2/pages?limit=250&sort=id&body-format=storage")
        .await;
    assert_eq!(items.len(), 600);
    assert_eq!(
        items[599]["body"]["storage"]["value"],
        "<p>Number 599 &amp; \"more\"</p>"
    );
    assert_eq!(items[7]["body"]["storage"]["value"], "<p>Edited</p>");
    assert_eq!(
        scene
            .titles("/wiki/api/v2/pages?sort=-modified-date&limit=250")
            .await[0],
        "Page 7"
    );
}
