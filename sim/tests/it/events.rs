//! What people do, and what it changes.

use confluence_sim::Page;
use serde_json::{Value, json};

use super::visitor::Scene;

async fn version(scene: &Scene, page: &Page) -> Value {
    let one = scene.read(&format!("/wiki/api/v2/pages/{}", page.id())).await;
    one["version"].clone()
}

#[tokio::test]
async fn edits_and_new_titles_are_versions() {
    let scene = Scene::new().await;
    let page = scene.site.space("ENG").page("Runbook");
    let first = version(&scene, &page).await;
    scene.site.edit(&page, "<p>Restart it.</p>");
    scene.site.rename(&page, "Run book");
    let third = version(&scene, &page).await;
    assert_eq!((&first["number"], &third["number"]), (&json!(1), &json!(3)));
    assert!(first["createdAt"].as_str() < third["createdAt"].as_str());

    let path = format!("/wiki/api/v2/pages/{}?version=1&body-format=storage", page.id());
    let old = scene.read(&path).await;
    assert_eq!(
        (&old["title"], &old["status"]),
        (&json!("Runbook"), &json!("historical"))
    );
    assert_eq!(old["body"]["storage"]["value"], "<p>Runbook</p>");
    let versions = scene
        .walk(&format!("/wiki/api/v2/pages/{}/versions?limit=2", page.id()))
        .await;
    let numbers: Vec<&Value> = versions.iter().map(|version| &version["number"]).collect();
    assert_eq!(numbers, [3, 2, 1]);
}

#[tokio::test]
async fn moves_labels_files_and_comments_are_no_versions() {
    let scene = Scene::new().await;
    let space = scene.site.space("ENG");
    let (page, home) = (space.page("Runbook"), space.page("Home"));
    let before = version(&scene, &page).await;
    scene.site.move_under(&page, &home);
    scene.site.label(&page, "howto");
    scene.site.attach(&page, "plan.txt", "text/plain", b"plan");
    scene.site.comment(&scene.alice, &page, "<p>Thanks!</p>");
    assert_eq!(version(&scene, &page).await, before);

    let path = format!("/wiki/api/v2/pages/{}?include-labels=true", page.id());
    let one = scene.read(&path).await;
    assert_eq!(
        (&one["parentId"], &one["parentType"]),
        (&json!(home.id()), &json!("page"))
    );
    assert_eq!(one["labels"]["results"][0]["name"], "howto");
    scene.site.unlabel(&page, "howto");
    assert!(
        scene
            .walk(&format!("/wiki/api/v2/pages/{}/labels", page.id()))
            .await
            .is_empty()
    );
}

#[tokio::test]
async fn a_trashed_page_leaves_the_listings_and_its_children_move_up() {
    let scene = Scene::new().await;
    let space = scene.site.space("ENG");
    let home = space.page("Home");
    let folder = space.folder("Designs").under(&home);
    let page = space.page("Runbook").under(&folder);
    let child = space.page("Details").under(&page);
    scene.site.trash(&page);

    assert_eq!(
        scene.titles("/wiki/api/v2/pages?sort=title").await,
        ["Details", "Home"]
    );
    assert_eq!(
        scene.titles("/wiki/api/v2/pages?status=trashed").await,
        ["Runbook"]
    );
    let path = format!("/wiki/api/v2/pages/{}", page.id());
    assert_eq!(scene.read(&path).await["status"], "trashed");
    let child = scene.read(&format!("/wiki/api/v2/pages/{}", child.id())).await;
    assert_eq!(
        (&child["parentId"], &child["parentType"]),
        (&json!(folder.id()), &json!("folder"))
    );

    scene.site.restore(&page);
    let restored = scene.read(&path).await;
    assert_eq!(
        (&restored["status"], &restored["parentId"]),
        (&json!("current"), &json!(folder.id()))
    );
    scene.site.archive(&page);
    assert_eq!(scene.read(&path).await["status"], "archived");
    assert_eq!(scene.titles("/wiki/api/v2/pages?status=current").await.len(), 2);
    scene.site.purge(&page);
    let (status, body) = scene.fails(&path).await;
    assert_eq!((status, &body["errors"][0]["code"]), (404, &json!("NOT_FOUND")));
}

#[tokio::test]
async fn hidden_pages_and_spaces_are_silently_missing() {
    let scene = Scene::new().await;
    let space = scene.site.space("ENG");
    let secret = space.page("Salaries").hidden_from(&scene.alice);
    space.page("Runbook");
    scene.site.space("HR").page("Holidays");
    assert_eq!(
        scene.titles("/wiki/api/v2/pages?sort=title").await,
        ["Holidays", "Runbook"]
    );
    assert_eq!(
        scene
            .get(&format!("/wiki/api/v2/pages/{}", secret.id()))
            .await
            .status(),
        404
    );

    scene.site.space("HR").block_apps(true);
    assert_eq!(scene.titles("/wiki/api/v2/pages").await, ["Runbook"]);
    let policies = scene.walk("/wiki/api/v2/data-policies/spaces").await;
    assert_eq!(policies[1]["dataPolicy"]["anyContentBlocked"], true);

    space.hide_from(&scene.alice);
    assert!(scene.titles("/wiki/api/v2/pages").await.is_empty());
    assert!(scene.site.visible_pages(&scene.alice).is_empty());
    space.show_to(&scene.alice);
    let seen = scene.site.visible_pages(&scene.alice);
    assert_eq!((seen.len(), seen[0].title.as_str()), (1, "Runbook"));
}

#[tokio::test]
async fn ids_are_told_their_types() {
    let scene = Scene::new().await;
    let space = scene.site.space("ENG");
    let page = space.page("Runbook");
    let post = space.blog_post("News");
    let hidden = space.page("Salaries").hidden_from(&scene.alice);
    let comment = scene.site.comment(&scene.alice, &page, "<p>Thanks!</p>");
    let answer = scene.site.reply(&scene.alice, &comment, "<p>Welcome.</p>");
    let ids = json!({ "contentIds": [page.id(), post.id(), hidden.id(), comment.id(), "1"] });
    let types: Value = scene
        .post("/wiki/api/v2/content/convert-ids-to-types", &ids)
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(
        types["results"],
        json!({
            page.id(): "page", post.id(): "blogpost", hidden.id(): null,
            comment.id(): "footer-comment", "1": null,
        })
    );
    let children = scene
        .walk(&format!("/wiki/api/v2/footer-comments/{}/children", comment.id()))
        .await;
    assert_eq!(children[0]["id"], json!(answer.id()));
}

#[tokio::test]
async fn children_without_positions_end_after_the_first_page() {
    let scene = Scene::new().await;
    let space = scene.site.space("ENG");
    let home = space.page("Home");
    for title in ["One", "Two", "Three"] {
        space.page(title).under(&home).unpositioned();
    }
    let path = format!("/wiki/api/v2/pages/{}/direct-children?limit=2", home.id());
    assert_eq!(scene.walk(&path).await.len(), 2);
    assert_eq!(scene.walk(&format!("{path}&sort=id")).await.len(), 3);
    let below = scene
        .walk(&format!("/wiki/api/v2/pages/{}/descendants", home.id()))
        .await;
    assert_eq!(below.len(), 3);
}

#[tokio::test]
async fn a_branch_moves_as_a_whole_and_never_below_itself() {
    let scene = Scene::new().await;
    let (eng, ops) = (scene.site.space("ENG"), scene.site.space("OPS"));
    let home = ops.page("Home");
    let page = eng.page("Runbook");
    let child = eng.page("Details").under(&page);
    scene.site.move_under(&page, &home);
    scene.site.move_under(&page, &child);
    let place = |page: &Page| {
        let pages = scene.site.visible_pages(&scene.alice);
        let found = pages.into_iter().find(|seen| seen.id == page.id()).unwrap();
        (found.space_key, found.parent)
    };
    assert_eq!(place(&page), ("OPS".to_owned(), Some(home.id())));
    assert_eq!(place(&child), ("OPS".to_owned(), Some(page.id())));
    scene.site.move_to_top_of(&page, &eng);
    assert_eq!(place(&page), ("ENG".to_owned(), None));
    assert_eq!(place(&child), ("ENG".to_owned(), Some(page.id())));
}

#[tokio::test]
async fn spaces_and_sites_change_their_names_and_keep_their_ids() {
    let scene = Scene::new().await;
    let (cloud_id, space) = (scene.site.cloud_id(), scene.site.space("ENG"));
    let page = space.page("Runbook");
    scene.site.rename_to("acme-inland.atlassian.net");
    space.rename_key("TECH").archive();
    assert_eq!(
        (scene.site.cloud_id(), scene.site.space("TECH").id()),
        (cloud_id, space.id())
    );
    let listing = scene.read("/wiki/api/v2/spaces?status=archived").await;
    assert_eq!(listing["results"][0]["key"], "TECH");
    assert_eq!(
        listing["_links"]["base"],
        "https://acme-inland.atlassian.net/wiki"
    );
    let item = scene.read(&format!("/wiki/api/v2/pages/{}", page.id())).await;
    let webui = format!("/spaces/TECH/pages/{}/Runbook", page.id());
    assert_eq!(item["_links"]["webui"], json!(webui));

    space.delete();
    assert_eq!(
        scene
            .get(&format!("/wiki/api/v2/pages/{}", page.id()))
            .await
            .status(),
        404
    );
    assert!(scene.walk("/wiki/api/v2/spaces").await.is_empty());
}
