//! What the simulated site refuses, and when the client believes it.

use millpond::confluence::ErrorKind;
use millpond::model::AccountId;

use super::connected::{Connected, titles};
use super::pages;

const SPACES: &str = "GET /wiki/api/v2/spaces";

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
