//! One item that the simulated site cannot deliver, and a site that delivers nothing.

use millpond::confluence::{ContentQuery, ErrorKind, Order};
use millpond::model::{AccountId, AnnexKind, ContentId};

use super::connected::{Connected, SCOPES, all};
use super::pages;

const PAGES: &str = "GET /wiki/api/v2/pages";

const LETTERS: [&str; 10] = ["A", "B", "C", "D", "E", "F", "G", "H", "I", "J"];

#[tokio::test]
async fn a_listing_without_bodies_is_halved_down_to_the_item_that_the_site_cannot_deliver() {
    let world = Connected::new().await;
    let letters = world.site.space("ENG").pages(LETTERS);
    world.atlassian.faults().undeliverable(&letters[6].id());
    let client = world.client();

    let mut got = Vec::new();
    let mut cursor = None;
    let error = loop {
        match client.content(&pages(), cursor.as_ref()).await {
            Ok(batch) => {
                got.extend(batch.items.into_iter().map(|item| item.unwrap().title));
                cursor = batch.next;
            }
            Err(error) => break error,
        }
    };
    assert_eq!(got, LETTERS[..6]);
    assert!(matches!(error.kind, ErrorKind::ItemRefused { .. }), "{error}");
    assert_eq!(
        error.in_full(),
        "GET /wiki/api/v2/pages: the site cannot deliver the next item (after 6 attempts): the site answered 500: \
         Internal Server Error"
    );
    let log = world.atlassian.log();
    let limits: Vec<_> = log
        .to(PAGES)
        .map(|request| {
            request
                .query
                .split("limit=")
                .nth(1)
                .unwrap()
                .split('&')
                .next()
                .unwrap()
                .to_owned()
        })
        .collect();
    let expected = "250 250 125 62 31 15 7 3 3 6 6 3 1 1 1";
    assert_eq!(limits.join(" "), expected);

    let backwards = ContentQuery {
        order: Order::LastIdFirst,
        limit: 3,
        ..pages()
    };
    let batch = client.content(&backwards, None).await.unwrap();
    let got: Vec<_> = batch.items.into_iter().map(|item| item.unwrap().title).collect();
    assert_eq!(got, ["J"], "one at a time is what the site managed last");
}

#[tokio::test]
async fn a_site_that_fails_altogether_is_blamed_itself_and_given_up_soon() {
    let world = Connected::new().await;
    world.site.space("ENG").pages(LETTERS);
    let client = world.client();
    world.atlassian.faults().break_down(&world.site, 500);

    let error = all(&client, &pages()).await.unwrap_err();
    assert!(
        matches!(error.kind, ErrorKind::Status { status: 500, .. }),
        "{error}"
    );
    assert!(
        world.statuses().len() <= 18,
        "{} requests",
        world.statuses().len()
    );
}

#[tokio::test]
async fn one_thing_that_the_site_cannot_deliver_by_its_id_is_there_all_the_same() {
    let world = Connected::with_scopes(&[&SCOPES[..], &["read:comment:confluence"]].concat()).await;
    let page = world.site.space("ENG").page("Runbook");
    let comment = world.site.comment(&world.alice, &page, "<p>hm</p>");
    let client = world.client();
    let id = ContentId::new(comment.id());
    let found = client.annex(AnnexKind::FooterComment, &id).await;
    assert!(found.unwrap().unwrap().is_ok());

    world.atlassian.faults().undeliverable(id.as_str());
    let found = client
        .annex(AnnexKind::FooterComment, &id)
        .await
        .unwrap()
        .unwrap();
    let rejected = found.unwrap_err();
    assert_eq!(rejected.id, Some(id.clone()));
    assert!(
        rejected.reason.contains("the site answered 500"),
        "{}",
        rejected.reason
    );

    // Nothing is known of it while the site fails altogether.
    world.atlassian.faults().break_down(&world.site, 503);
    assert!(client.annex(AnnexKind::FooterComment, &id).await.is_err());
}

#[tokio::test]
async fn an_item_is_blamed_even_where_the_first_space_cannot_be_delivered_either() {
    let world = Connected::new().await;
    let eng = world.site.space("ENG");
    world.site.space("HR").page("Holidays");
    let page = eng.page("Runbook");
    let client = world.client();
    for id in [eng.id(), page.id()] {
        world.atlassian.faults().undeliverable(&id);
    }
    let query = ContentQuery {
        ids: vec![ContentId::new(page.id())],
        ..pages()
    };
    let error = all(&client, &query).await.unwrap_err();
    assert!(matches!(error.kind, ErrorKind::ItemRefused { .. }), "{error}");
}

#[tokio::test]
async fn people_are_looked_up_without_the_one_that_the_site_fails_over() {
    let world = Connected::new().await;
    let people: Vec<_> = ["Bob", "Carol", "Dora", "Emil"]
        .map(|name| world.atlassian.account(name))
        .into_iter()
        .collect();
    for person in &people {
        world.site.member(person);
    }
    let ids: Vec<_> = people.iter().map(|person| AccountId::new(person.id())).collect();
    world.atlassian.faults().undeliverable(ids[2].as_str());

    let users = world.client().users(&ids).await.unwrap();
    let names: Vec<_> = users.into_iter().map(|user| user.display_name).collect();
    assert_eq!(names, ["Bob", "Carol", "Emil"]);

    for id in &ids {
        world.atlassian.faults().undeliverable(id.as_str());
    }
    assert!(world.client().users(&ids).await.is_err(), "it is not them");
}
