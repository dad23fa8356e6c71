//! One rotation for all processes that ask.

use futures_util::future::join_all;
use serde_json::Value;

use super::{DOMAIN, accepts, always_refreshing, refreshes};
use crate::support::program::Running;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_processes_that_ask_at_once_cause_one_refresh_and_get_equal_answers() {
    let (atlassian, _, home) = always_refreshing().await;
    atlassian.faults().clear();
    let children: Vec<_> = (0..20).map(|_| home.spawn(&["token", DOMAIN])).collect();
    let outputs = join_all(children.into_iter().map(Running::ended)).await;
    let tokens: Vec<_> = outputs
        .into_iter()
        .inspect(|output| {
            assert!(
                output.status.success(),
                "{}",
                String::from_utf8_lossy(&output.stderr)
            );
        })
        .map(|output| String::from_utf8(output.stdout).unwrap())
        .collect();

    assert_eq!(refreshes(&atlassian), 1);
    assert!(
        tokens.iter().all(|token| *token == tokens[0]),
        "the answers differ"
    );
    assert!(accepts(&atlassian, &tokens[0]).await);
}

#[tokio::test]
async fn a_token_is_printed_with_its_end_and_refreshed_only_when_it_is_due() {
    let (atlassian, _, home) = always_refreshing().await;
    atlassian.faults().clear();
    let object =
        async || -> Value { serde_json::from_str(&home.done(&["--json", "token", DOMAIN]).await).unwrap() };
    let (first, second) = (object().await, object().await);
    assert_eq!(first, second);
    assert_eq!(refreshes(&atlassian), 1);
    assert_eq!(first["domain"], DOMAIN);
    assert_eq!(first["cloud_id"], atlassian.site(DOMAIN).cloud_id());
    let ends_at: chrono::DateTime<chrono::Utc> = first["expires_at"].as_str().unwrap().parse().unwrap();
    let left = (ends_at - atlassian.clock().now()).num_minutes();
    assert!((58..=60).contains(&left), "{left} minutes left");
    assert!(accepts(&atlassian, first["access_token"].as_str().unwrap()).await);
}

#[tokio::test]
async fn a_domain_that_nobody_has_connected_has_no_token() {
    let (_atlassian, _, home) = always_refreshing().await;
    let output = home.millpond(&["token", "elsewhere.atlassian.net"]).await;
    assert_eq!(output.status.code(), Some(4));
    assert!(output.stdout.is_empty());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.contains("millpond connect elsewhere.atlassian.net"),
        "{said}"
    );
}
