//! Servers that no real site should be, but proxies and bugs may make of one.

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use millpond::auth::{AccessToken, Authenticator};
use millpond::confluence::{Client, ContentQuery, ErrorKind, Options, Points};
use millpond::model::{Clock, ContentId};
use serde_json::json;
use url::Url;

use super::stub::Stub;
use super::{http, impatient, pages};

fn client(root: &Url) -> Client {
    client_with(impatient(root.clone()))
}

fn client_with(options: Options) -> Client {
    let auth = Authenticator::lasting(AccessToken::new("the-token"));
    let points = Arc::new(Points::new(0, Clock::system()));
    Client::new(options, http(), auth, points)
}

fn ok(body: &serde_json::Value) -> (String, String) {
    ("200 OK".to_owned(), body.to_string())
}

fn page(id: u32) -> serde_json::Value {
    let instant = "2026-03-01T09:30:00Z";
    json!({ "id": id.to_string(), "status": "current", "title": "Page", "spaceId": "1", "createdAt": instant,
            "version": { "number": 1, "createdAt": instant },
            "body": { "storage": { "value": "<p>x</p>" } } })
}

/// The value of a parameter in a request line.
fn parameter(line: &str, name: &str) -> Option<String> {
    let target = line.split(' ').nth(1)?;
    let url = Url::parse("http://stub.invalid").unwrap().join(target).unwrap();
    url.query_pairs()
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
}

#[tokio::test]
async fn the_token_never_goes_to_the_host_of_the_links() {
    let trap = Stub::start(Duration::ZERO, |_| ok(&json!({ "results": [] }))).await;
    let base = trap.url.clone();
    let site = Stub::start(Duration::ZERO, move |line| {
        let mut listing = json!({ "results": [page(1)], "_links": { "base": format!("{base}wiki") } });
        if parameter(line, "cursor").is_none() {
            listing["_links"]["next"] = json!(format!("{base}wiki/api/v2/pages?limit=9&cursor=a%2Bb%3D"));
        }
        ok(&listing)
    })
    .await;
    let client = client(&site.url.join("ex/confluence/the-cloud/").unwrap());

    let first = client.content(&pages(), None).await.unwrap();
    let second = client.content(&pages(), first.next.as_ref()).await.unwrap();

    assert_eq!(second.next, None);
    assert_eq!(trap.heads(), Vec::<String>::new());
    let heads = site.heads();
    let lines: Vec<_> = heads.iter().map(|head| head.lines().next().unwrap()).collect();
    assert_eq!(
        lines,
        [
            "GET /ex/confluence/the-cloud/wiki/api/v2/pages?sort=id&limit=250 HTTP/1.1",
            "GET /ex/confluence/the-cloud/wiki/api/v2/pages?sort=id&limit=250&cursor=a%2Bb%3D HTTP/1.1",
        ]
    );
    assert!(
        heads
            .iter()
            .all(|head| head.contains("authorization: Bearer the-token\r\n"))
    );
}

#[tokio::test]
async fn a_redirect_is_an_error_and_is_not_followed() {
    let trap = Stub::start(Duration::ZERO, |_| ok(&json!({ "results": [] }))).await;
    let location = trap.url.clone();
    let site = Stub::start(Duration::ZERO, move |_| {
        (format!("302 Found\r\nLocation: {location}"), String::new())
    })
    .await;

    let error = client(&site.url).content(&pages(), None).await.unwrap_err();

    assert!(
        matches!(error.kind, ErrorKind::Status { status: 302, .. }),
        "{error}"
    );
    assert_eq!((site.heads().len(), trap.heads().len()), (1, 0));
}

#[tokio::test]
async fn no_more_requests_are_under_way_than_the_concurrency_allows() {
    let site = Stub::start(Duration::from_millis(20), |_| ok(&json!({ "results": [] }))).await;
    let client = client_with(Options {
        concurrency: 3,
        ..impatient(site.url.clone())
    });

    let query = pages();
    let all = (0..20).map(|_| client.content(&query, None));
    futures_util::future::try_join_all(all).await.unwrap();

    assert_eq!(site.heads().len(), 20);
    assert!(site.most_at_once() <= 3, "{}", site.most_at_once());
}

#[tokio::test]
async fn an_answer_beyond_the_limit_is_not_read_to_its_end() {
    let site = Stub::start(Duration::ZERO, |_| {
        ok(&json!({ "results": [], "x": "y".repeat(2_000) }))
    })
    .await;
    let client = client_with(Options {
        max_answer: 1_000,
        ..impatient(site.url.clone())
    });

    let error = client.content(&pages(), None).await.unwrap_err();

    assert!(
        matches!(error.kind, ErrorKind::TooLarge { limit: 1_000 }),
        "{error}"
    );
    assert_eq!(error.attempts, 1);
}

/// A site that fails on every listing that would hold the body of page 2 of 3.
async fn site_with_a_poisoned_body() -> Stub {
    Stub::start(Duration::ZERO, |line| {
        let after: u32 = parameter(line, "cursor").map_or(0, |cursor| cursor.parse().unwrap());
        let limit: u32 = parameter(line, "limit").unwrap().parse().unwrap();
        let last = (after + limit).min(3);
        if parameter(line, "body-format").is_some() && (after + 1..=last).contains(&2) {
            return (
                "500 Internal Server Error".to_owned(),
                "<html>oops</html>".to_owned(),
            );
        }
        let mut listing = json!({ "results": (after + 1..=last).map(page).collect::<Vec<_>>() });
        if last < 3 {
            listing["_links"] = json!({ "next": format!("/wiki/api/v2/pages?cursor={last}") });
        }
        ok(&listing)
    })
    .await
}

#[tokio::test]
async fn a_body_that_the_site_cannot_deliver_is_cornered_and_passed() {
    let site = site_with_a_poisoned_body().await;
    let client = client(&site.url);
    let bodies = ContentQuery {
        bodies: true,
        ..pages()
    };
    let mut ids = Vec::new();

    let first = client.content(&bodies, None).await.unwrap();
    ids.extend(first.items.into_iter().map(|item| item.unwrap().id));
    let error = client.content(&bodies, first.next.as_ref()).await.unwrap_err();
    assert!(matches!(error.kind, ErrorKind::BodyRefused { .. }), "{error}");

    let bare = ContentQuery { limit: 1, ..pages() };
    let skipped = client.content(&bare, first.next.as_ref()).await.unwrap();
    ids.extend(skipped.items.into_iter().map(|item| item.unwrap().id));
    let rest = client.content(&bodies, skipped.next.as_ref()).await.unwrap();
    ids.extend(rest.items.into_iter().map(|item| item.unwrap().id));

    assert_eq!(rest.next, None);
    assert_eq!(ids, ["1", "2", "3"].map(ContentId::new));
}

#[tokio::test]
async fn nobody_answering_is_no_complete_answer_and_costs_nothing() {
    let gone = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let root = format!("http://{}/", gone.local_addr().unwrap()).parse().unwrap();
    drop(gone);
    let client = client(&root);

    let error = client.content(&pages(), None).await.unwrap_err();

    assert!(matches!(error.kind, ErrorKind::Transport(_)), "{error}");
    assert_eq!(client.spent().points, 0);
    let chain = format!("{:?}", anyhow::Error::new(error));
    assert!(!chain.contains("127.0.0.1"), "no address in the chain: {chain}");
}

/// A site whose listing holds nothing but links to more.
async fn bottomless_site() -> Stub {
    Stub::start(Duration::ZERO, |line| {
        let depth: u32 = parameter(line, "cursor").map_or(0, |cursor| cursor.parse().unwrap());
        let next = format!("/wiki/api/v2/pages?cursor={}", depth + 1);
        ok(&json!({ "results": [], "_links": { "next": next } }))
    })
    .await
}

#[tokio::test]
async fn empty_pages_for_ever_end_in_an_error() {
    let site = bottomless_site().await;
    let error = client(&site.url).content(&pages(), None).await.unwrap_err();
    assert!(matches!(error.kind, ErrorKind::CursorLoop), "{error}");
}

/// What was logged, as text.
#[derive(Clone, Default)]
struct Logged(Arc<Mutex<Vec<u8>>>);

impl io::Write for Logged {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn no_token_query_or_content_reaches_the_log() {
    let echo = "<html>You sent Authorization: Bearer the-token</html>";
    let site = Stub::start(Duration::ZERO, move |line| {
        if parameter(line, "cursor").is_some() {
            return ("502 Bad Gateway".to_owned(), echo.to_owned());
        }
        ok(&json!({ "results": [page(1)], "_links": { "next": "/x?cursor=the-cursor" } }))
    })
    .await;
    let logged = Logged::default();
    let writer = logged.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter("millpond=trace")
        .with_writer(move || writer.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let client = client(&site.url);

    let first = client.content(&pages(), None).await.unwrap();
    let error = client.content(&pages(), first.next.as_ref()).await.unwrap_err();

    let log = String::from_utf8(logged.0.lock().unwrap().clone()).unwrap();
    assert!(
        log.contains("GET /wiki/api/v2/pages") && log.contains("[redacted]"),
        "{log}"
    );
    for text in [log, format!("{error} {error:?} {client:?}")] {
        for secret in ["the-token", "the-cursor", "<p>x</p>", "limit="] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
    }
}

#[tokio::test]
async fn where_there_is_no_newer_token_the_answer_of_the_server_counts() {
    // That something is forbidden or missing is believed after the spaces were asked for, too.
    for (status, expected, probes) in [
        ("401 Unauthorized", "Unauthorized", 0),
        ("403 Forbidden", "Forbidden", 1),
        ("404 Not Found", "NotFound", 1),
    ] {
        let site = Stub::start(Duration::ZERO, move |_| (status.to_owned(), "{}".to_owned())).await;
        let error = client(&site.url).content(&pages(), None).await.unwrap_err();
        assert_eq!(format!("{:?}", error.kind), expected);
        assert_eq!(site.heads().len(), 1 + probes, "nothing is sent twice");
    }
}
