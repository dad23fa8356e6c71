//! Lost answers, dead processes, full disks, bad weather, and the real end of a grant.

use std::time::Duration;

use millpond::auth::{Choice, Error};
use millpond::model::Timestamp;

use super::{DAY, HOUR, MINUTE, Office, acme, until};

#[tokio::test]
async fn a_lost_answer_is_asked_for_again_with_the_same_token() {
    let (office, daemon) = Office::connected().await;
    office.time.advance(2 * HOUR);
    office.atlassian.faults().lose_answer_of_next_refresh();
    let token = daemon.access_token().await.unwrap();
    assert!(office.accepts(&token).await);
    let log = office.atlassian.log();
    let reuses: Vec<_> = log.refreshes().iter().map(|refresh| refresh.is_reuse).collect();
    assert_eq!(reuses, [false, true]);
    assert_eq!((log.reuse_past_leeway(), log.revoked_families()), (0, 0));
}

#[tokio::test]
async fn a_process_that_died_in_a_refresh_leaves_a_mark_that_the_next_one_heeds() {
    let (mut office, _) = Office::connected().await;
    office.options.attempts = 1;
    let doomed = office.authenticator().await;
    office.atlassian.faults().lose_answer_of_next_refresh();
    doomed.refresh_now().await.unwrap_err();
    assert!(office.stored()[0].pending_since.is_some());
    assert!(office.stored()[0].keep_alive_due(Timestamp::from_utc(office.time.now()), DAY));

    // The access token is good for most of an hour, the retired refresh token for ten minutes.
    office.time.advance(9 * MINUTE);
    let heir = office.authenticator().await;
    heir.access_token().await.unwrap();
    assert_eq!(office.stored()[0].pending_since, None);
    office.time.advance(2 * HOUR);
    assert!(office.accepts(&heir.access_token().await.unwrap()).await);
    assert_eq!(office.atlassian.log().reuse_past_leeway(), 0);
}

#[tokio::test]
async fn a_caller_that_goes_away_does_not_take_the_refresh_with_it() {
    let (office, daemon) = Office::connected().await;
    office.time.advance(2 * HOUR);
    office.atlassian.faults().slow(Duration::from_millis(50));
    tokio::select! {
        _ = daemon.access_token() => panic!("the server is slower than that"),
        () = until("the rotation", || office.refreshes() == 1) => {}
    }
    daemon.settle().await;
    office.atlassian.faults().clear();
    let grant = &office.stored()[0];
    assert_eq!(grant.pending_since, None);
    assert_eq!(daemon.access_token().await.unwrap(), grant.access_token);
    assert!(office.accepts(&grant.access_token).await);
    assert_eq!(office.refreshes(), 1);
}

#[tokio::test]
async fn nothing_is_asked_for_that_could_not_be_written_down() {
    let (office, daemon) = Office::connected().await;
    office.time.advance(2 * HOUR);
    let obstacle = office
        .credentials()
        .join(format!("{}.new", office.stored()[0].id));
    std::fs::create_dir(&obstacle).unwrap();
    let error = daemon.access_token().await.unwrap_err();
    assert!(matches!(error, Error::TokenFile { .. }), "{error}");
    assert_eq!(office.refreshes(), 0);
    std::fs::remove_dir(&obstacle).unwrap();
    assert!(office.accepts(&daemon.access_token().await.unwrap()).await);
}

#[tokio::test]
async fn new_tokens_that_the_disk_did_not_take_are_kept_until_it_does() {
    let (office, daemon) = Office::connected().await;
    let obstacle = office
        .credentials()
        .join(format!("{}.new", office.stored()[0].id));
    office.time.advance(2 * HOUR);
    office.atlassian.faults().slow(Duration::from_millis(50));
    let block_the_write = async {
        until("the rotation", || office.refreshes() == 1).await;
        std::fs::create_dir(&obstacle).unwrap();
    };
    let (token, ()) = tokio::join!(daemon.access_token(), block_the_write);
    assert!(
        matches!(token, Err(Error::TokenFile { .. })),
        "not durable, so not handed out"
    );
    office.atlassian.faults().clear();

    std::fs::remove_dir(&obstacle).unwrap();
    let token = daemon.access_token().await.unwrap();
    assert_eq!(office.stored()[0].access_token, token);
    assert!(office.accepts(&token).await);
    assert_eq!(office.refreshes(), 1);
}

#[tokio::test]
async fn a_withdrawn_consent_is_recognised_and_not_asked_about_again() {
    let (office, daemon) = Office::connected().await;
    office.time.advance(2 * HOUR);
    office.atlassian.revoke(&office.alice);
    let error = daemon.access_token().await.unwrap_err();
    assert!(
        matches!(error, Error::ConsentWithdrawn { .. }) && !error.is_transient(),
        "{error}"
    );
    let asked = office.asked();
    assert!(matches!(
        daemon.access_token().await,
        Err(Error::ConsentWithdrawn { .. })
    ));
    assert!(matches!(
        office.authenticator().await.access_token().await,
        Err(Error::ConsentWithdrawn { .. })
    ));
    assert_eq!(office.asked(), asked);
    assert!(office.stored()[0].withdrawn.is_some(), "kept, and marked");

    office.consent(Choice::Domain(acme())).await.unwrap();
    assert!(office.accepts(&daemon.access_token().await.unwrap()).await);
}

#[tokio::test]
async fn a_grant_dies_of_idleness_and_of_a_changed_password() {
    let (office, daemon) = Office::connected().await;
    office.time.advance(91 * DAY);
    assert!(matches!(
        daemon.access_token().await,
        Err(Error::ConsentWithdrawn { .. })
    ));

    office.consent(Choice::Domain(acme())).await.unwrap();
    office.atlassian.change_password(&office.alice);
    let used = daemon.access_token().await.unwrap();
    assert!(matches!(
        daemon.replace(&used).await,
        Err(Error::ConsentWithdrawn { .. })
    ));
}

#[tokio::test]
async fn weather_at_the_token_endpoint_costs_no_grant() {
    let (office, daemon) = Office::connected().await;
    office.time.advance(2 * HOUR);
    let faults = office.faults_at_the_token_endpoint();
    for strike in [
        &|| faults.server_error_next(3, 503) as (),
        &|| faults.html_instead_of_json(3),
        &|| faults.cut_body_next(3),
        &|| faults.reset_connection_next(3),
        &|| faults.rate_limit_without_retry_after(3),
    ] as [&dyn Fn(); 5]
    {
        strike();
        let error = daemon.access_token().await.unwrap_err();
        assert!(error.is_transient(), "{error}");
    }
    assert!(office.accepts(&daemon.access_token().await.unwrap()).await);
    assert_eq!(office.atlassian.log().revoked_families(), 0);
}

#[tokio::test]
async fn a_token_that_is_still_good_serves_while_the_server_is_out_of_reach() {
    let (office, daemon) = Office::connected().await;
    let token = daemon.access_token().await.unwrap();
    office.time.advance(56 * MINUTE);
    office.faults_at_the_token_endpoint().server_error_next(3, 500);
    assert_eq!(daemon.access_token().await.unwrap(), token);
    assert_ne!(daemon.access_token().await.unwrap(), token);
}

#[tokio::test]
async fn a_server_that_asks_for_patience_is_left_alone() {
    let (office, daemon) = Office::connected().await;
    office.time.advance(2 * HOUR);
    office.faults_at_the_token_endpoint().rate_limit_next_for(1, 3600);
    assert!(daemon.access_token().await.unwrap_err().is_transient());
    let asked = office.asked();
    assert!(daemon.access_token().await.unwrap_err().is_transient());
    assert_eq!(office.asked(), asked);
}

#[tokio::test]
async fn a_wrong_client_secret_harms_no_grant() {
    let (mut office, _) = Office::connected().await;
    office.time.advance(2 * HOUR);
    office.app.client_secret = "mistyped".into();
    let error = office.authenticator().await.access_token().await.unwrap_err();
    assert!(matches!(error, Error::WrongClientSecret), "{error}");
    let grant = &office.stored()[0];
    assert_eq!((grant.pending_since, grant.withdrawn.is_none()), (None, true));
    office.app.client_secret = "the-secret".into();
    assert!(
        office
            .accepts(&office.authenticator().await.access_token().await.unwrap())
            .await
    );
}

#[tokio::test]
async fn a_withdrawn_grant_is_tried_once_a_day_in_case_it_was_revived() {
    let (office, _) = Office::connected().await;
    let daemon = office.process();
    office.atlassian.revoke(&office.alice);
    for _ in 0..3 {
        office.time.advance(DAY);
        let ended = daemon.keep_alive(DAY).await.unwrap();
        assert!(matches!(ended[..], [(_, Err(Error::ConsentWithdrawn { .. }))]));
        assert_eq!(daemon.keep_alive(DAY).await.unwrap().len(), 0);
    }
    assert_eq!(office.asked(), 4, "one exchange, three tries");
}

#[tokio::test]
async fn only_a_request_that_may_have_arrived_leaves_the_outcome_open() {
    let (mut office, _) = Office::connected().await;
    let open = async |office: &Office| {
        office.authenticator().await.refresh_now().await.unwrap_err();
        office.stored()[0].pending_since.is_some()
    };
    office.faults_at_the_token_endpoint().rate_limit_next_for(1, 60);
    assert!(!open(&office).await, "a rate limit is a definite no");
    let auth_url = std::mem::replace(&mut office.app.auth_url, "http://127.0.0.1:1".parse().unwrap());
    assert!(!open(&office).await, "nobody listens there");
    office.app.auth_url = auth_url;
    office.faults_at_the_token_endpoint().server_error_next(3, 504);
    assert!(
        open(&office).await,
        "a gateway does not know what happened behind it"
    );
}
