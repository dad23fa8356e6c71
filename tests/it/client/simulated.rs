//! What the simulated site does, and what the client makes of it.

use std::time::Duration;

use millpond::confluence::{ContentQuery, ErrorKind, Options, Order};
use millpond::model::{Body, ContentId, ContentKind, ContentStatus, Rejected, SpaceId};

use super::connected::{Connected, all, titles};
use super::pages;

const PAGES: &str = "GET /wiki/api/v2/pages";

#[tokio::test]
async fn a_listing_goes_on_below_the_gateway_with_its_own_query_and_the_cursor() {
    let world = Connected::new().await;
    world.site.space("ENG").pages(["Runbook", "On call", "Glossary"]);
    let client = world.client();
    let query = ContentQuery { limit: 1, ..pages() };

    assert_eq!(titles(&client, &query).await, ["Runbook", "On call", "Glossary"]);

    let log = world.atlassian.log();
    let path = format!("/ex/confluence/{}/wiki/api/v2/pages", world.site.cloud_id());
    let requests: Vec<_> = log.to(PAGES).collect();
    assert_eq!(requests.len(), 3);
    assert!(
        requests
            .iter()
            .all(|request| request.path == path && request.status == 200)
    );
    assert_eq!(requests[0].query, "sort=id&limit=1");
    assert!(requests[1].query.starts_with("sort=id&limit=1&cursor="));
}

#[tokio::test]
async fn filters_and_order_are_those_of_the_query() {
    let world = Connected::new().await;
    let (eng, hr) = (world.site.space("ENG"), world.site.space("HR"));
    let runbook = eng.page("Runbook");
    hr.page("Holidays");
    let old = eng.page("Old");
    hr.blog_post("Welcome");
    world.site.edit(&runbook, "<p>new</p>");
    world.site.trash(&old);
    let client = world.client();

    let newest = ContentQuery {
        order: Order::NewestFirst,
        ..pages()
    };
    assert_eq!(titles(&client, &newest).await, ["Runbook", "Holidays"]);
    let one_space = ContentQuery {
        spaces: vec![SpaceId::new(hr.id())],
        ..pages()
    };
    assert_eq!(titles(&client, &one_space).await, ["Holidays"]);
    let both_spaces = ContentQuery {
        spaces: [&eng, &hr].map(|space| SpaceId::new(space.id())).to_vec(),
        ..pages()
    };
    assert_eq!(titles(&client, &both_spaces).await, ["Runbook", "Holidays"]);
    let blog = ContentQuery {
        kind: ContentKind::BlogPost,
        ..pages()
    };
    assert_eq!(titles(&client, &blog).await, ["Welcome"]);
    let probe = ContentQuery {
        ids: [&runbook, &old].map(|page| ContentId::new(page.id())).to_vec(),
        statuses: vec![
            ContentStatus::Current,
            ContentStatus::Archived,
            ContentStatus::Trashed,
        ],
        ..pages()
    };
    assert_eq!(titles(&client, &probe).await, ["Runbook", "Old"]);
}

#[tokio::test]
async fn bodies_arrive_as_they_were_written() {
    let body = "<p>Zeilen\n\tmit \"Anführung\", 😀, &nbsp; und \\u0000</p><ac:structured-macro ac:name=\"code\">\
                <ac:plain-text-body><![CDATA[if (a < b) { \\ }]]></ac:plain-text-body></ac:structured-macro>";
    let world = Connected::new().await;
    let eng = world.site.space("ENG");
    _ = eng.page("Runbook").body(body);
    _ = eng.page("Empty").body("");
    let client = world.client();

    let with_bodies = ContentQuery {
        bodies: true,
        ..pages()
    };
    let bodies: Vec<_> = all(&client, &with_bodies)
        .await
        .unwrap()
        .into_iter()
        .map(|item| item.unwrap().body)
        .collect();
    assert_eq!(
        bodies,
        [body, ""].map(|text| Some(Body::Storage(text.to_owned())))
    );
    let without = all(&client, &pages()).await.unwrap();
    assert!(without.into_iter().all(|item| item.unwrap().body.is_none()));
}

#[tokio::test]
async fn a_cursor_that_leads_to_itself_is_a_loop() {
    let world = Connected::new().await;
    world.site.space("ENG").pages(["Runbook", "On call", "Glossary"]);
    world.atlassian.faults().repeat_cursor(1);

    let query = ContentQuery { limit: 1, ..pages() };
    let error = all(&world.client(), &query).await.unwrap_err();

    assert!(matches!(error.kind, ErrorKind::CursorLoop), "{error}");
    assert_eq!(error.route, PAGES);
}

#[tokio::test]
async fn an_empty_page_with_a_next_one_is_passed() {
    let world = Connected::new().await;
    world.site.space("ENG").pages(["Runbook", "On call"]);
    world.atlassian.faults().empty_page_with_next(3);
    assert_eq!(titles(&world.client(), &pages()).await, ["Runbook", "On call"]);
}

#[tokio::test]
async fn a_stretch_of_hidden_pages_does_not_end_a_listing() {
    let world = Connected::new().await;
    let eng = world.site.space("ENG");
    for title in ["Salaries", "Reviews", "Severance"] {
        _ = eng.page(title).hidden_from(&world.alice);
    }
    eng.page("Runbook");
    let query = ContentQuery { limit: 1, ..pages() };
    assert_eq!(titles(&world.client(), &query).await, ["Runbook"]);
}

#[tokio::test]
async fn a_refused_cursor_says_that_the_listing_must_begin_again() {
    let world = Connected::new().await;
    world.site.space("ENG").pages(["Runbook", "On call"]);
    world.atlassian.faults().reject_cursors(1);
    let query = ContentQuery { limit: 1, ..pages() };
    let error = all(&world.client(), &query).await.unwrap_err();
    assert!(matches!(error.kind, ErrorKind::BadCursor), "{error}");
}

#[tokio::test]
async fn a_lowered_limit_loses_nothing() {
    let world = Connected::new().await;
    let letters = ["A", "B", "C", "D", "E"];
    world.site.space("ENG").pages(letters);
    world.atlassian.faults().lower_limit(2);
    assert_eq!(titles(&world.client(), &pages()).await, letters);
}

#[tokio::test]
async fn an_answer_that_breaks_off_or_is_no_listing_is_asked_for_again() {
    let world = Connected::new().await;
    world.site.space("ENG").pages(["Runbook"]);
    let client = world.client();
    let faults = world.atlassian.faults();
    for arm in [
        confluence_sim::Faults::cut_body_next,
        confluence_sim::Faults::truncate_json_next,
        confluence_sim::Faults::html_instead_of_json,
        confluence_sim::Faults::reset_connection_next,
    ] {
        let before = client.spent().requests;
        arm(&faults, 2);
        assert_eq!(titles(&client, &pages()).await, ["Runbook"]);
        assert_eq!(client.spent().requests - before, 3);
    }
}

#[tokio::test]
async fn a_page_for_people_in_place_of_a_listing_is_given_up_after_all_attempts() {
    let world = Connected::new().await;
    world.atlassian.faults().html_instead_of_json(99);
    let error = world.client().content(&pages(), None).await.unwrap_err();
    assert!(matches!(error.kind, ErrorKind::Decode { .. }), "{error}");
    assert_eq!(error.attempts, 3);
    assert!(!error.to_string().contains("right back"), "{error}");
}

#[tokio::test]
async fn a_request_without_an_answer_ends_in_time() {
    let world = Connected::new().await;
    world.site.space("ENG").pages(["Runbook"]);
    world.atlassian.faults().stall_next(1);
    let options = Options {
        request_timeout: Duration::from_millis(500),
        ..world.options()
    };
    let client = world.client_with(options, world.points(0));
    assert_eq!(titles(&client, &pages()).await, ["Runbook"]);
    assert!(client.spent().requests > 1);
}

#[tokio::test]
async fn a_busy_server_is_asked_again_but_not_for_ever() {
    let world = Connected::new().await;
    world.site.space("ENG").pages(["Runbook"]);
    let client = world.client();
    world.atlassian.faults().server_error_next(2, 503);
    assert_eq!(titles(&client, &pages()).await, ["Runbook"]);

    world.atlassian.faults().server_error_next(99, 503);
    let error = client.content(&pages(), None).await.unwrap_err();
    assert!(
        matches!(error.kind, ErrorKind::Status { status: 503, .. }),
        "{error}"
    );
    assert_eq!(error.attempts, 3);
}

#[tokio::test]
async fn fewer_bodies_at_once_are_asked_for_where_many_fail() {
    let world = Connected::new().await;
    let letters = ["A", "B", "C", "D", "E", "F", "G", "H", "I", "J"];
    world.site.space("ENG").pages(letters);
    world.atlassian.faults().fail_listings_with_limit_over(3);
    let client = world.client();
    let with_bodies = ContentQuery {
        bodies: true,
        limit: 12,
        ..pages()
    };
    assert_eq!(titles(&client, &with_bodies).await, letters);

    world.atlassian.faults().clear();
    let error_free = world.statuses().len();
    assert_eq!(titles(&client, &with_bodies).await, letters);
    let later = &world.statuses()[error_free..];
    assert!(
        later.len() < 3,
        "larger pages again, not {} requests",
        later.len()
    );
}

#[tokio::test]
async fn an_odd_item_is_rejected_alone() {
    let world = Connected::new().await;
    let found = world
        .site
        .space("ENG")
        .pages(["Runbook", "Odd", "Nameless", "Glossary"]);
    world.atlassian.faults().odd_item(&found[1]);
    world.atlassian.faults().item_without_id(&found[2]);

    let items = all(&world.client(), &pages()).await.unwrap();

    let understood: Vec<_> = items.iter().flatten().map(|page| page.title.as_str()).collect();
    assert_eq!(understood, ["Runbook", "Glossary"]);
    let rejected: Vec<Rejected> = items.into_iter().filter_map(Result::err).collect();
    let ids: Vec<_> = rejected.iter().map(|odd| odd.id.clone()).collect();
    assert_eq!(ids, [Some(ContentId::new(found[1].id())), None]);
}

#[tokio::test]
async fn numbers_for_ids_and_unheard_of_words_change_nothing() {
    let world = Connected::new().await;
    let eng = world.site.space("ENG");
    let runbook = eng.page("Runbook");
    let steps = eng.page("Steps").under(&runbook);
    let client = world.client();
    let before = all(&client, &pages()).await.unwrap();

    world.atlassian.faults().ids_as_numbers();
    assert_eq!(all(&client, &pages()).await.unwrap(), before);

    world.atlassian.faults().unknown_enum_values();
    world.atlassian.faults().unknown_status(&steps);
    let odd = all(&client, &pages()).await.unwrap().pop().unwrap().unwrap();
    assert!(matches!(odd.status, ContentStatus::Other(_)), "{:?}", odd.status);
    assert_eq!(odd.parent.unwrap().id, ContentId::new(runbook.id()));
    let space = client
        .spaces(Order::Id, None)
        .await
        .unwrap()
        .items
        .remove(0)
        .unwrap();
    assert_eq!(space.key.as_str(), "ENG");
}

#[tokio::test]
async fn a_missing_body_is_no_body() {
    let world = Connected::new().await;
    let runbook = world.site.space("ENG").page("Runbook");
    world.atlassian.faults().null_bodies(&runbook);
    let with_bodies = ContentQuery {
        bodies: true,
        ..pages()
    };
    let page = all(&world.client(), &with_bodies)
        .await
        .unwrap()
        .remove(0)
        .unwrap();
    assert_eq!(page.body, None);
}

#[tokio::test]
async fn a_batch_is_dated_by_the_site_and_not_later_than_it_was_asked_for() {
    let world = Connected::new().await;
    let asked = world.clock.now();
    let batch = world.client().content(&pages(), None).await.unwrap();
    let time = batch.server_time.unwrap();
    assert!(time <= asked, "{time} {asked}");
    assert!(asked.since(time) < Duration::from_secs(5), "{time} {asked}");
}
