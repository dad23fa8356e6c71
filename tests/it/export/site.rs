//! The export that a browser reads.

use std::fs;

use millpond::export::{Format, Options};
use millpond::model::{CloudId, ContentId, Site, SpaceId, SpaceKey, SyncMode};
use millpond::store::ContentBatch;

use crate::store::support::{Edit as _, at, cloud, page, space};

use super::reading::opens_clean;
use super::support::{SITE, Shelf, child, marks};

const WIKI: &str = "https://acme.atlassian.net/wiki";

fn html(shelf: &Shelf) -> Options {
    Options {
        format: Format::Html,
        ..shelf.options()
    }
}

async fn a_small_site() -> Shelf {
    let text = format!(
        "See [rota]({WIKI}/spaces/ENG/pages/7#Who-is-on-call) and [plan]({WIKI}/download/attachments/6/plan.png).\n\n\
         ## Who <b>\n\n| a | b |\n| --- | ---: |\n| 1 | 2 |\n"
    );
    let shelf = Shelf::with(vec![
        page("5", "Home & more", "Welcome."),
        child("6", "On <call>", &text, "5"),
        child("7", "Rota", "## Who is on call\n", "6"),
        page("8", "Pay", "x").with(|content| content.space = SpaceId::new("2")),
    ])
    .await;
    shelf.attach("6", "att9", "plan.png", b"png");
    shelf.attach("6", "att10", "evil.html", b"<script>alert(1)</script>");
    shelf.label("6", "ops");
    shelf.call_alice("Alice \"Al\" Moreau").await;
    shelf.comment("6", "c1", None, "footer", "Is this **right**?\n");
    shelf.comment("6", "c2", Some("c1"), "footer", "Yes.\n");
    shelf
}

#[tokio::test]
async fn a_page_for_the_browser_has_everything_about_it() {
    let shelf = a_small_site().await;
    let (report, _) = shelf.export_as(&html(&shelf));
    assert_eq!((report.pages, report.attachments), (4, 2));

    insta::assert_snapshot!(shelf.text("ENG/Home & more-5/On -call-6.html"));
    insta::assert_snapshot!(shelf.text("ENG/index.html"));
    insta::assert_snapshot!(fs::read_to_string(shelf.dir().join("index.html")).unwrap());

    let opened = opens_clean(&shelf.dir());
    assert_eq!((opened.documents, opened.anchors, opened.dead.len()), (7, 1, 0));
    let before = marks(&shelf.dir());
    let (second, _) = shelf.export_as(&html(&shelf));
    assert_eq!((second.written, second.removed), (0, 0));
    assert_eq!(marks(&shelf.dir()), before);
}

#[tokio::test]
async fn the_indexes_follow_the_site_and_the_other_format_takes_its_place() {
    let shelf = a_small_site().await;
    shelf.export_as(&html(&shelf));
    shelf
        .mirror
        .store
        .bury(&cloud(), vec![ContentId::new("8")], "trashed", at(3))
        .await
        .unwrap();
    shelf
        .mirror
        .apply(vec![child("7", "Rota", "moved", "5").version(2)])
        .await;

    shelf.export_as(&html(&shelf));

    let start = fs::read_to_string(shelf.dir().join("index.html")).unwrap();
    assert!(
        start.contains("ENG/index.html") && !start.contains("HR/index.html"),
        "{start}"
    );
    assert!(!shelf.dir().join(SITE).join("HR").exists());
    assert!(
        shelf
            .text("ENG/index.html")
            .contains("Home%20%26%20more-5/Rota-7.html")
    );
    opens_clean(&shelf.dir());

    shelf.export();
    assert!(!shelf.dir().join("index.html").exists() && !shelf.dir().join("style.css").exists());
    let pages = shelf.paths().iter().filter(|path| path.contains(".html")).count();
    assert_eq!(pages, 1, "the attachment of that name");
}

#[tokio::test]
async fn a_space_with_more_than_its_index_can_show_has_a_register() {
    let pages = (0..1150).map(|id| child(&(id + 100).to_string(), &format!("Page {id:04}"), "x", "5"));
    let shelf = Shelf::with(std::iter::once(page("5", "Home", "x")).chain(pages).collect()).await;

    shelf.export_as(&html(&shelf));

    let index = shelf.text("ENG/index.html");
    assert_eq!(index.matches("<li>").count(), 1000);
    let listed: usize = ["all.html", "all.2.html", "all.3.html"]
        .iter()
        .map(|name| shelf.text(&format!("ENG/{name}")).matches("<li>").count())
        .sum();
    assert_eq!(listed, 1151);
    assert_eq!(shelf.text("ENG/Home-5.html").matches("<li>").count(), 201);
    opens_clean(&shelf.dir());
}

#[tokio::test]
async fn what_is_left_out_leaves_no_hole_in_the_tree() {
    let shelf = a_small_site().await;
    shelf.label("7", "ops");
    let mut options = html(&shelf);
    options.scope.spaces = vec![SpaceKey::new("ENG")];
    options.scope.labels = vec!["ops".to_owned()];
    shelf.export_as(&options);
    assert!(shelf.text("ENG/index.html").contains("On &lt;call&gt;"));
    opens_clean(&shelf.dir());
}

#[tokio::test]
async fn two_sites_share_a_folder_and_each_can_be_exported_without_the_other() {
    let shelf = a_small_site().await;
    let store = &shelf.mirror.store;
    let other = CloudId::new("22222222-2222-4222-8222-222222222222");
    let site = Site {
        cloud_id: other.clone(),
        domain: "other.atlassian.net".parse().unwrap(),
        name: "Other".to_owned(),
    };
    store.register_site(site, at(0)).await.unwrap();
    // The same ids and keys as on the first site.
    store
        .apply_spaces(&other, vec![space("1", "ENG")], at(0))
        .await
        .unwrap();
    let text = format!(
        "[theirs]({WIKI}/spaces/ENG/pages/6) and https://other.atlassian.net/wiki/spaces/ENG/pages/6"
    );
    let batch = ContentBatch {
        site: other.clone(),
        run: store.begin_run(&other, SyncMode::Backfill, at(0)).await.unwrap(),
        ..shelf.mirror.batch(vec![
            page("5", "Home & more", &text),
            child("6", "On <call>", "Theirs", "5"),
        ])
    };
    store.apply(batch).await.unwrap();
    for format in [Format::Html, Format::Markdown] {
        let mut options = html(&shelf);
        options.format = format;
        let (report, _) = shelf.export_as(&options);
        assert_eq!(report.pages, 6);
        opens_clean(&shelf.dir());
        let (second, _) = shelf.export_as(&options);
        assert_eq!((second.written, second.removed), (0, 0));
    }
    let theirs = fs::read_to_string(shelf.dir().join("other.atlassian.net/ENG/Home & more-5.md")).unwrap();
    assert!(
        theirs.contains(&format!("[theirs]({WIKI}/spaces/ENG/pages/6)")),
        "{theirs}"
    );

    let mut options = shelf.options();
    options.sites = vec!["other.atlassian.net".parse().unwrap()];
    shelf.export_as(&options);
    assert_eq!(shelf.paths(), Vec::<String>::new());
    assert!(
        shelf
            .dir()
            .join("other.atlassian.net/ENG/Home & more-5/On -call-6.md")
            .exists()
    );
}
