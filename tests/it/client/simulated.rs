//! What the simulated site does, and what the client makes of it.

use std::time::{Duration, Instant};

use millpond::confluence::{ContentQuery, ErrorKind, Options, Order};
use millpond::model::{AccountId, Body, ContentId, ContentKind, ContentStatus, Rejected, SpaceId};

use super::connected::{Connected, all, titles};
use super::pages;

const PAGES: &str = "GET /wiki/api/v2/pages";

const SPACES: &str = "GET /wiki/api/v2/spaces";

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
async fn a_rate_limit_in_seconds_is_waited_out_in_full() {
    is_waited_out(confluence_sim::Faults::rate_limit_next_for).await;
}

#[tokio::test]
async fn a_rate_limit_until_a_date_is_waited_out_in_full() {
    is_waited_out(confluence_sim::Faults::rate_limit_next_until).await;
}

async fn is_waited_out(limit: impl FnOnce(&confluence_sim::Faults, u32, u64)) {
    let world = Connected::new().await;
    world.site.space("ENG").pages(["Runbook"]);
    limit(&world.atlassian.faults(), 1, 1);
    let started = Instant::now();
    assert_eq!(titles(&world.client(), &pages()).await, ["Runbook"]);
    assert!(started.elapsed() >= Duration::from_secs(1));
    assert_eq!(world.statuses(), [429, 200]);
}

#[tokio::test]
async fn a_rate_limit_that_does_not_say_how_long_backs_off() {
    let world = Connected::new().await;
    world.site.space("ENG").pages(["Runbook"]);
    world.atlassian.faults().rate_limit_without_retry_after(2);
    assert_eq!(titles(&world.client(), &pages()).await, ["Runbook"]);
    assert_eq!(world.statuses(), [429, 429, 200]);
}

#[tokio::test]
async fn near_its_limit_an_app_slows_down_before_it_is_refused() {
    let world = Connected::with_points(30).await;
    let titles: Vec<_> = (0..26).map(|n| format!("Page {n}")).collect();
    world.site.space("ENG").pages(titles.iter().map(String::as_str));
    let client = world.client();
    client.content(&pages(), None).await.unwrap();

    let started = Instant::now();
    let one = ContentQuery { limit: 1, ..pages() };
    client.content(&one, None).await.unwrap();

    assert!(started.elapsed() >= Duration::from_secs(1));
    assert_eq!(world.statuses(), [200, 200]);
}

#[tokio::test]
async fn a_long_rate_limit_is_reported_and_nothing_is_sent_until_it_ends() {
    let world = Connected::new().await;
    let client = world.client();
    world.atlassian.faults().rate_limit_next_for(1, 1_847);
    for _ in 0..3 {
        let error = client.content(&pages(), None).await.unwrap_err();
        let ErrorKind::RateLimited { until } = error.kind else {
            panic!("{error}");
        };
        let wait = until.since(world.clock.now());
        assert!((1_840..=1_847).contains(&wait.as_secs()), "{wait:?}");
    }
    assert_eq!(world.statuses(), [429]);
}

#[tokio::test]
async fn an_expired_token_that_looks_like_a_missing_page_is_replaced() {
    let world = Connected::new().await;
    world.site.space("ENG").pages(["Runbook"]);
    let client = world.client();
    client.content(&pages(), None).await.unwrap();
    world.atlassian.faults().expire_access_tokens();

    assert_eq!(titles(&client, &pages()).await, ["Runbook"]);

    assert_eq!(world.statuses(), [200, 404, 200]);
    assert_eq!(world.atlassian.log().refreshes().len(), 1);
}

#[tokio::test]
async fn a_refusal_is_believed_from_a_new_token_and_only_then() {
    let world = Connected::new().await;
    world.site.expel(&world.alice);
    let error = world.client().content(&pages(), None).await.unwrap_err();
    assert!(matches!(error.kind, ErrorKind::Forbidden), "{error}");
    assert_eq!(world.statuses(), [403, 403, 403]);
    assert_eq!(error.route, SPACES, "it is the whole site that is closed");
    assert_eq!(world.atlassian.log().refreshes().len(), 1);
}

#[tokio::test]
async fn a_404_or_403_is_believed_after_the_token_is_fresh_and_a_known_good_probe_answers() {
    for (status, probe) in [(404, None), (403, None), (404, Some(403)), (403, Some(404))] {
        let world = Connected::new().await;
        world.site.space("ENG").pages(["Runbook"]);
        let client = world.client();
        client.content(&pages(), None).await.unwrap();
        world.atlassian.faults().expire_access_tokens();
        let faults = world.atlassian.faults();
        faults.at("GET /wiki/api/v2/pages").server_error_next(2, status);
        if let Some(status) = probe {
            faults.at(SPACES).server_error_next(1, status);
        }

        let error = client.content(&pages(), None).await.unwrap_err();

        let route = probe.map_or("GET /wiki/api/v2/pages", |_| SPACES);
        assert_eq!(error.route, route);
        let last = probe.unwrap_or(status);
        let is_told = match error.kind {
            ErrorKind::NotFound => last == 404,
            ErrorKind::Forbidden => last == 403,
            _ => false,
        };
        assert!(is_told, "{error}");
        assert_eq!(world.atlassian.log().refreshes().len(), 1);
    }
}

#[tokio::test]
async fn a_missing_scope_causes_no_refresh() {
    let scopes = [
        "read:me",
        "offline_access",
        "read:space:confluence",
        "read:page:confluence",
    ];
    let world = Connected::with_scopes(&scopes).await;
    let error = world
        .client()
        .users(&[AccountId::new(world.alice.id())])
        .await
        .unwrap_err();
    assert!(matches!(error.kind, ErrorKind::ScopeMismatch { .. }), "{error}");
    assert_eq!(world.statuses(), [401]);
    assert_eq!(world.atlassian.log().refreshes().len(), 0);
}

#[tokio::test]
async fn a_withdrawn_consent_is_told_apart() {
    let world = Connected::new().await;
    let client = world.client();
    world.atlassian.revoke(&world.alice);
    let error = client.content(&pages(), None).await.unwrap_err();
    let withdrawn =
        |error: &millpond::auth::Error| matches!(error, millpond::auth::Error::ConsentWithdrawn { .. });
    assert!(
        matches!(&error.kind, ErrorKind::Auth(error) if withdrawn(error)),
        "{error:?}"
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
    let space = client.spaces(None).await.unwrap().items.remove(0).unwrap();
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
async fn points_are_counted_as_the_site_counts_them() {
    let world = Connected::new().await;
    let (eng, _) = (world.site.space("ENG"), world.site.space("HR"));
    eng.pages(["A", "B", "C", "D", "E"]);
    let points = world.points(60_000);
    let client = world.client_with(world.options(), points.clone());
    let before = world.atlassian.points_spent();

    client.spaces(None).await.unwrap();
    titles(&client, &ContentQuery { limit: 2, ..pages() }).await;
    let users = client.users(&[AccountId::new(world.alice.id())]).await.unwrap();

    assert_eq!(users[0].display_name, "Alice Moreau");
    let spent = client.spent();
    assert_eq!(spent.points, world.atlassian.points_spent() - before);
    assert_eq!((spent.requests, spent.points), (5, 5 + 2 + 5 + 2));
    assert_eq!(points.left(), Some(60_000 - spent.points));
}

#[tokio::test]
async fn a_spent_budget_stops_every_connection_of_the_app_before_it_asks() {
    let world = Connected::new().await;
    let points = world.points(300);
    let clients = [(); 2].map(|()| world.client_with(world.options(), points.clone()));
    // Reserves 251 of the 300; an answer without items costs one.
    clients[0].content(&pages(), None).await.unwrap();
    let heavy: Vec<_> = (0..60).map(|n| format!("Page {n}")).collect();
    world.site.space("ENG").pages(heavy.iter().map(String::as_str));
    clients[0].content(&pages(), None).await.unwrap();
    let asked = world.statuses().len();

    for client in &clients {
        let error = client.content(&pages(), None).await.unwrap_err();
        assert!(matches!(error.kind, ErrorKind::PointsSpent { .. }), "{error}");
    }
    assert_eq!(world.statuses().len(), asked);
}

#[tokio::test]
async fn the_points_that_the_site_refuses_to_go_beyond_come_back_with_the_hour() {
    let world = Connected::with_points(5).await;
    world.site.space("ENG").pages(["A", "B", "C", "D", "E"]);
    let points = world.points(60_000);
    let clients = [(); 2].map(|()| world.client_with(world.options(), points.clone()));
    clients[0].content(&pages(), None).await.unwrap();

    for client in &clients {
        let error = client.content(&pages(), None).await.unwrap_err();
        let ErrorKind::PointsSpent { until } = error.kind else {
            panic!("{error}");
        };
        assert!(until >= "2026-03-01T10:00:00Z".parse().unwrap(), "{until}");
    }
    assert_eq!(world.statuses(), [200, 429]);
    assert_eq!(points.left(), Some(0));
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
