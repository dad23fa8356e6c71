//! One refresh for all who ask, early enough.

use futures_util::future::join_all;
use millpond::auth::{Choice, Grants};
use millpond::model::{Clock, Timestamp};

use super::{DAY, HOUR, MINUTE, Office, acme, http, lab};

#[tokio::test]
async fn two_sites_of_one_account_share_one_refresh() {
    let (office, _) = Office::connected().await;
    let daemon = office.process();
    let (of_acme, _) = daemon.authenticator_for(&acme()).await.unwrap();
    let (of_lab, _) = daemon.authenticator_for(&lab()).await.unwrap();
    office.time.advance(2 * HOUR);
    let (one, other) = tokio::join!(of_acme.access_token(), of_lab.access_token());
    assert_eq!(one.unwrap(), other.unwrap());
    assert_eq!(office.refreshes(), 1);
}

#[tokio::test]
async fn many_tasks_of_many_processes_cause_one_refresh() {
    let (office, _) = Office::connected().await;
    office.time.advance(2 * HOUR);
    let mut processes = Vec::new();
    for _ in 0..4 {
        processes.push(office.authenticator().await);
    }
    let callers = (0..20).map(|number| processes[number % 4].access_token());
    let tokens: Vec<_> = join_all(callers).await.into_iter().map(Result::unwrap).collect();
    assert!(tokens.iter().all(|token| *token == tokens[0]));
    assert!(office.accepts(&tokens[0]).await);
    assert_eq!(
        (office.refreshes(), office.asked()),
        (1, 2),
        "one exchange, one refresh"
    );
}

#[tokio::test]
async fn a_token_is_refreshed_before_it_expires() {
    let (office, daemon) = Office::connected().await;
    let first = daemon.access_token().await.unwrap();
    office.time.advance(50 * MINUTE);
    assert_eq!(daemon.access_token().await.unwrap(), first);
    office.time.advance(6 * MINUTE);
    assert_ne!(daemon.access_token().await.unwrap(), first);
    assert_eq!(office.refreshes(), 1);
}

#[tokio::test]
async fn a_refused_token_is_replaced_once_for_all_who_complain() {
    let (office, daemon) = Office::connected().await;
    let used = daemon.access_token().await.unwrap();
    office.atlassian.faults().expire_access_tokens();
    let complaints = (0..10).map(|_| daemon.replace(&used));
    let tokens: Vec<_> = join_all(complaints)
        .await
        .into_iter()
        .map(Result::unwrap)
        .collect();
    assert!(tokens.iter().all(|token| *token == tokens[0] && *token != used));
    // One who was late with the same complaint gets the present token.
    assert_eq!(daemon.replace(&used).await.unwrap(), tokens[0]);
    assert_eq!(office.refreshes(), 1);
}

#[tokio::test]
async fn what_another_process_refreshed_is_used_and_not_refreshed_again() {
    let (office, daemon) = Office::connected().await;
    let used = daemon.access_token().await.unwrap();
    let other = office.authenticator().await.replace(&used).await.unwrap();
    assert_eq!(daemon.replace(&used).await.unwrap(), other);
    assert_eq!(daemon.access_token().await.unwrap(), other);
    assert_eq!(office.refreshes(), 1);
}

#[tokio::test]
async fn a_wall_clock_that_is_set_back_by_years_breaks_nothing() {
    let (office, _) = Office::connected().await;
    let years_ago: Timestamp = "2019-01-01T00:00:00Z".parse().unwrap();
    let odd = Grants::open(
        office.store(),
        office.app.clone(),
        http(),
        office.options.clone(),
        Clock::from_fn(move || years_ago),
    );
    let (authenticator, _) = odd.authenticator_for(&acme()).await.unwrap();
    let token = authenticator.access_token().await.unwrap();
    assert!(office.accepts(&token).await);
    assert_eq!(authenticator.access_token().await.unwrap(), token);
    assert_eq!(office.refreshes(), 1, "a token from the future has no known age");
}

#[tokio::test]
async fn a_grant_that_is_kept_alive_outlives_the_idle_limit() {
    let (office, _) = Office::connected().await;
    for _ in 0..11 {
        office.time.advance(30 * DAY);
        let daemon = office.process();
        let refreshed = daemon.keep_alive(DAY).await.unwrap();
        assert!(matches!(refreshed[..], [(_, Ok(()))]));
        assert_eq!(
            daemon.keep_alive(DAY).await.unwrap().len(),
            0,
            "nothing is due twice"
        );
    }
    assert_eq!(
        (office.refreshes(), office.atlassian.log().reuse_past_leeway()),
        (11, 0)
    );
}

#[tokio::test]
async fn a_new_consent_is_taken_over_without_a_restart() {
    let (office, daemon) = Office::connected().await;
    let before = daemon.access_token().await.unwrap();
    let connected = office.consent(Choice::Domain(acme())).await.unwrap();
    let after = daemon.access_token().await.unwrap();
    assert_ne!(after, before);
    assert_eq!(after, connected.grant.access_token);
}
