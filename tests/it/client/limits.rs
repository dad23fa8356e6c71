//! The limits that the simulated site sets, and how the client keeps them.

use std::time::{Duration, Instant};

use millpond::confluence::{ContentQuery, ErrorKind, Order};
use millpond::model::AccountId;

use super::connected::{Connected, titles};
use super::pages;

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
async fn points_are_counted_as_the_site_counts_them() {
    let world = Connected::new().await;
    let (eng, _) = (world.site.space("ENG"), world.site.space("HR"));
    eng.pages(["A", "B", "C", "D", "E"]);
    let points = world.points(60_000);
    let client = world.client_with(world.options(), points.clone());
    let before = world.atlassian.points_spent();

    client.spaces(Order::Id, None).await.unwrap();
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
