//! Labels: putting them on and taking them off bumps no version.

use std::time::Duration;

use confluence_sim::{Account, Atlassian, Page, Site};

use super::ALL_SCOPES;
use crate::support::installation::{Installation, outsider, world};
use crate::support::watched::Watched;

const DOMAIN: &str = "acme.atlassian.net";
const OF_A_PAGE: &str = "GET /wiki/api/v2/pages/{id}/labels";
const CARRIERS: &str = "GET /wiki/api/v2/labels/{id}/pages";

async fn installed(atlassian: &Atlassian) -> Installation {
    let home = Installation::new(atlassian, &[DOMAIN]);
    home.register(atlassian, &ALL_SCOPES);
    home.configure(
        atlassian,
        &[DOMAIN],
        "[sync]\ncontent = [\"pages\", \"blogposts\", \"labels\"]\n",
    );
    home.connected(DOMAIN).await
}

async fn site() -> (Watched, Account, Site) {
    let (atlassian, alice) = world().await;
    let site = atlassian.site(DOMAIN);
    site.member(&alice);
    (atlassian, alice, site)
}

/// Title and labels of what lives in the mirror, in order of titles.
fn mirrored(home: &Installation) -> Vec<(String, Vec<String>)> {
    let db = outsider(&home.database());
    let mut statement = db
        .prepare("SELECT title, labels FROM page WHERE gone_at IS NULL ORDER BY title")
        .unwrap();
    let rows = statement.query_map([], |row| {
        let labels: String = row.get(1)?;
        Ok((row.get(0)?, serde_json::from_str(&labels).unwrap()))
    });
    rows.unwrap().map(Result::unwrap).collect()
}

/// The same of the site.
fn visible(site: &Site, account: &Account) -> Vec<(String, Vec<String>)> {
    let pages = site.visible_pages(account);
    let posts = site.visible_blog_posts(account);
    let mut visible: Vec<_> = pages
        .into_iter()
        .chain(posts)
        .map(|page| (page.title, page.labels))
        .collect();
    visible.sort();
    visible
}

#[tokio::test]
async fn labels_of_pages_and_blog_posts_come_with_the_first_copy() {
    let (atlassian, alice, site) = site().await;
    let space = site.space("ENG");
    space.page("Runbook").labelled(&["howto", "on-call"]);
    space.page("Glossary");
    space.blog_post("We moved").labelled(&["howto"]);
    let home = installed(&atlassian).await;

    home.done(&["sync"]).await;

    assert_eq!(mirrored(&home), visible(&site, &alice));
    let found = home.done(&["--json", "search", "on-call"]).await;
    assert!(found.contains("Runbook"), "{found}");
}

#[tokio::test]
async fn labels_put_on_and_taken_off_are_found_by_the_sweep() {
    let (atlassian, alice, site) = site().await;
    let pages = site.space("ENG").pages(["Runbook", "On call", "Glossary"]);
    site.label(&pages[0], "howto");
    site.label(&pages[1], "howto");
    let home = installed(&atlassian).await;
    home.done(&["sync"]).await;

    site.unlabel(&pages[0], "howto");
    site.label(&pages[2], "howto");
    home.done(&["sync", "--sweep"]).await;

    assert_eq!(mirrored(&home), visible(&site, &alice));
}

#[tokio::test]
async fn a_label_that_is_new_to_the_site_is_found_by_the_next_delta() {
    let (atlassian, alice, site) = site().await;
    let pages = site.space("ENG").pages(["Runbook", "On call"]);
    site.label(&pages[0], "howto");
    let home = installed(&atlassian).await;
    home.done(&["sync"]).await;

    site.label(&pages[1], "urgent");
    home.done(&["sync"]).await;

    assert_eq!(mirrored(&home), visible(&site, &alice));
}

#[tokio::test]
async fn the_labels_of_an_edited_page_come_with_the_next_delta() {
    let (atlassian, alice, site) = site().await;
    let pages = site.space("ENG").pages(["Runbook", "On call"]);
    site.label(&pages[0], "howto");
    let home = installed(&atlassian).await;
    home.done(&["sync"]).await;

    site.label(&pages[1], "howto");
    site.unlabel(&pages[0], "howto");
    for page in &pages {
        site.edit(page, "<p>edited</p>");
    }
    home.done(&["sync"]).await;

    assert_eq!(mirrored(&home), visible(&site, &alice));
}

#[tokio::test]
async fn few_labels_cost_no_request_for_each_page() {
    let (atlassian, alice, site) = site().await;
    let pages = site
        .space("ENG")
        .pages_generated(600, |n| (format!("Page {n:03}"), String::new()));
    for page in &pages {
        site.label(page, "howto");
    }
    site.label(&pages[7], "urgent");
    let home = installed(&atlassian).await;

    home.done(&["sync"]).await;

    assert_eq!(mirrored(&home), visible(&site, &alice));
    // 600 in pages of 250, and one.
    assert_eq!(
        (atlassian.log().count(OF_A_PAGE), atlassian.log().count(CARRIERS)),
        (0, 4)
    );
    home.done(&["sync", "--sweep"]).await;
    assert_eq!(atlassian.log().count(OF_A_PAGE), 0);
}

/// A site of 400 pages, one in ten of which is a `howto` and one `urgent`, that is mirrored and has been quiet since.
async fn quiet_site() -> (Watched, Account, Site, Vec<Page>, Installation) {
    let (atlassian, alice, site) = site().await;
    let pages = site
        .space("ENG")
        .pages_generated(400, |n| (format!("Page {n:03}"), String::new()));
    for page in pages.iter().step_by(10) {
        site.label(page, "howto");
    }
    site.label(&pages[7], "urgent");
    let home = installed(&atlassian).await;
    home.done(&["sync"]).await;
    atlassian.clock().advance(Duration::from_hours(1));
    (atlassian, alice, site, pages, home)
}

#[tokio::test]
async fn many_edits_cost_a_request_for_each_label_rather_than_for_each_page() {
    let (atlassian, alice, site, pages, home) = quiet_site().await;
    let before = atlassian.log().count(CARRIERS);
    // The label of the first is taken off, and the second gets one.
    site.unlabel(&pages[0], "howto");
    site.label(&pages[1], "urgent");
    site.label(&pages[3], "new");
    for page in &pages[..60] {
        site.edit(page, "<p>edited</p>");
    }
    home.done(&["sync"]).await;

    assert_eq!(mirrored(&home), visible(&site, &alice));
    assert_eq!(
        atlassian.log().count(OF_A_PAGE),
        1,
        "that a label was taken off is asked of the page itself"
    );
    assert_eq!(
        atlassian.log().count(CARRIERS) - before,
        4,
        "one for each label, and another for the one that is on more pages than usual"
    );
}

#[tokio::test]
async fn what_carries_a_label_is_read_as_far_back_as_something_was_edited() {
    let (atlassian, alice, site, pages, home) = quiet_site().await;
    for page in &pages[..60] {
        site.label(page, "urgent");
        site.edit(page, "<p>edited</p>");
    }
    home.done(&["sync"]).await;

    assert_eq!(mirrored(&home), visible(&site, &alice));
    assert_eq!(atlassian.log().count(OF_A_PAGE), 0);
}

#[tokio::test]
async fn labels_are_asked_of_each_page_where_a_listing_is_not_in_its_order() {
    let (atlassian, alice, site, pages, home) = quiet_site().await;
    for page in &pages[..60] {
        site.label(page, "howto");
        site.edit(page, "<p>edited</p>");
        atlassian.clock().advance(Duration::from_secs(1));
    }
    atlassian.faults().at(CARRIERS).ignore_order_next(2);
    home.done(&["sync"]).await;

    assert_eq!(mirrored(&home), visible(&site, &alice));
    assert_eq!(atlassian.log().count(OF_A_PAGE), 60);
}

#[tokio::test]
async fn many_labels_are_read_page_by_page() {
    let (atlassian, alice, site) = site().await;
    let pages = site.space("ENG").pages(["Runbook", "On call"]);
    for n in 0..40 {
        site.label(&pages[n % 2], &format!("label-{n}"));
    }
    let home = installed(&atlassian).await;

    home.done(&["sync"]).await;

    assert_eq!(mirrored(&home), visible(&site, &alice));
    assert_eq!(
        (atlassian.log().count(OF_A_PAGE), atlassian.log().count(CARRIERS)),
        (2, 0)
    );
}

/// Inside a page the site lists fifty at most, and some of its searches return fewer still.
#[tokio::test]
async fn a_page_with_three_hundred_labels_has_them_all() {
    let (atlassian, alice, site) = site().await;
    let page = site.space("ENG").page("Runbook");
    for n in 0..300 {
        site.label(&page, &format!("label-{n}"));
    }
    let home = installed(&atlassian).await;

    home.done(&["sync"]).await;

    let mirrored = mirrored(&home);
    assert_eq!(mirrored[0].1.len(), 300);
    assert_eq!(mirrored, visible(&site, &alice));
}

#[tokio::test]
async fn a_label_keeps_its_prefix() {
    let (atlassian, _, site) = site().await;
    let page = site.space("ENG").page("Runbook");
    for label in ["todo", "my:todo", "team:todo", "system:hidden"] {
        site.label(&page, label);
    }
    let home = installed(&atlassian).await;

    home.done(&["sync"]).await;

    let labels: String = outsider(&home.database())
        .query_row(
            "SELECT group_concat(prefix || ':' || name, ' ' ORDER BY prefix) FROM label",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(labels, "global:todo my:todo system:hidden team:todo");
}

#[tokio::test]
async fn a_page_that_is_hidden_keeps_its_labels() {
    let (atlassian, alice, site) = site().await;
    let pages = site
        .space("ENG")
        .pages_generated(30, |n| (format!("Page {n:02}"), String::new()));
    for page in &pages {
        site.label(page, "howto");
    }
    let home = installed(&atlassian).await;
    home.done(&["sync"]).await;

    let hidden = pages[3].clone().hidden_from(&alice);
    home.done(&["sync", "--sweep"]).await;
    let labelled = mirrored(&home)
        .into_iter()
        .filter(|(_, labels)| labels == &["howto"]);
    assert_eq!(labelled.count(), 30);

    hidden.shown_to(&alice);
    home.done(&["sync", "--sweep"]).await;
    assert_eq!(mirrored(&home), visible(&site, &alice));
}

#[tokio::test]
async fn a_site_that_hides_its_labels_takes_none_from_the_mirror() {
    let (atlassian, alice, site) = site().await;
    let pages = site.space("ENG").pages(["Runbook", "On call", "Glossary"]);
    for page in &pages {
        site.label(page, "howto");
    }
    let home = installed(&atlassian).await;
    home.done(&["sync"]).await;

    site.hide_labels(true);
    home.done(&["sync", "--sweep"]).await;

    assert_eq!(mirrored(&home), visible(&site, &alice));
}
