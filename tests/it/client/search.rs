//! What the client makes of the search of version 1.

use millpond::confluence::{Client, ContentQuery, ErrorKind, Options};
use millpond::model::{AccountId, ContentId};

use super::connected::{Connected, all, titles};
use super::pages;

const SEARCH: &str = "GET /wiki/rest/api/content/search";

/// Everything of a client with classic scopes.
pub(crate) async fn searching() -> (Connected, Client) {
    let world = Connected::with_scopes(&[
        "read:me",
        "offline_access",
        "search:confluence",
        "read:confluence-user",
    ])
    .await;
    let options = Options {
        by_search: true,
        ..world.options()
    };
    let client = world.client_with(options, world.points(0));
    (world, client)
}

fn bodies() -> ContentQuery {
    ContentQuery {
        bodies: true,
        ..pages()
    }
}

#[tokio::test]
async fn a_search_is_followed_to_its_end_although_the_last_page_promises_another() {
    let (world, client) = searching().await;
    world
        .site
        .space("ENG")
        .pages_generated(100, |n| (format!("Page {n}"), String::new()));

    assert_eq!(all(&client, &bodies()).await.unwrap().len(), 100);

    let log = world.atlassian.log();
    let asked: Vec<_> = log.to(SEARCH).collect();
    // Two full pages, and the empty one that the second promises.
    assert_eq!(asked.len(), 3);
    assert!(
        asked
            .iter()
            .all(|request| request.status == 200 && request.query.contains("limit=50"))
    );
}

#[tokio::test]
async fn a_search_that_fails_for_one_body_is_halved_until_only_that_body_is_left() {
    let (world, client) = searching().await;
    let pages = world.site.space("ENG").pages(["Runbook", "On call", "Glossary"]);
    world.atlassian.faults().unsearchable_body(&pages[0]);

    let error = client.content(&bodies(), None).await.unwrap_err();
    assert!(matches!(error.kind, ErrorKind::BodyRefused { .. }), "{error}");
    let bare = ContentQuery {
        bodies: false,
        limit: 1,
        ..bodies()
    };
    let named = client.content(&bare, None).await.unwrap();
    assert_eq!(named.items[0].as_ref().unwrap().title, "Runbook");
    let rest = client.content(&bodies(), named.next.as_ref()).await.unwrap();
    let rest: Vec<_> = rest.items.into_iter().map(|item| item.unwrap().title).collect();
    assert_eq!(rest[0], "On call");
}

#[tokio::test]
async fn content_is_searched_by_id_and_names_come_from_version_1() {
    let (world, client) = searching().await;
    let space = world.site.space("ENG");
    let runbook = space.page("Runbook");
    space.page("On call");
    let one = ContentQuery {
        ids: vec![ContentId::new(runbook.id())],
        ..pages()
    };
    assert_eq!(titles(&client, &one).await, ["Runbook"]);

    let alice = AccountId::new(world.alice.id());
    let users = client.users(&[alice, AccountId::new("nobody")]).await.unwrap();
    assert_eq!(users.len(), 1);
    assert_eq!(users[0].display_name, "Alice Moreau");
}
