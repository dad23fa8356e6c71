//! What the doctor finds, and what it advises.

use std::fs::{Permissions, set_permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use confluence_sim::Account;
use serde_json::Value;

use super::DOMAIN;
use crate::support::installation::{Installation, world};
use crate::support::watched::Watched;

/// The exit code, and what was said of each check, in order.
async fn examined(home: &Installation) -> (Option<i32>, Vec<Value>) {
    let output = home.millpond(&["--json", "doctor"]).await;
    let lines = String::from_utf8(output.stdout).unwrap();
    let diagnoses = lines.lines().map(|line| serde_json::from_str(line).unwrap());
    (output.status.code(), diagnoses.collect())
}

/// The only diagnosis that is a failure.
async fn failure(home: &Installation) -> (String, String, String) {
    let (code, diagnoses) = examined(home).await;
    let failed: Vec<_> = diagnoses.iter().filter(|one| one["verdict"] == "fail").collect();
    assert_eq!((code, failed.len()), (Some(1), 1), "{diagnoses:#?}");
    let text = |key: &str| failed[0][key].as_str().unwrap().to_owned();
    (text("check"), text("found"), text("fix"))
}

async fn healthy() -> (Watched, Account, Installation) {
    let (atlassian, alice) = world().await;
    let site = atlassian.site(DOMAIN);
    site.member(&alice);
    site.space("ENG").page("Runbook");
    let home = Installation::new(&atlassian, &[DOMAIN]).connected(DOMAIN).await;
    (atlassian, alice, home)
}

#[tokio::test]
async fn a_healthy_installation_passes_every_check() {
    let (_atlassian, _, home) = healthy().await;
    let (code, diagnoses) = examined(&home).await;
    assert_eq!(code, Some(0), "{diagnoses:#?}");
    let checks: Vec<_> = diagnoses
        .iter()
        .map(|one| one["check"].as_str().unwrap())
        .collect();
    assert_eq!(
        checks,
        [
            "state folder",
            "disk",
            "stored consents",
            "authorization server",
            "API gateway",
            "clock",
            "client secret",
            "consent",
            "scopes",
            "access token",
            "spaces"
        ]
    );
    let told = home.done(&["doctor", DOMAIN]).await;
    assert!(
        told.contains(&format!("ok    {DOMAIN}: spaces: Alice Moreau sees 1")),
        "{told}"
    );
}

#[tokio::test]
async fn a_withdrawn_consent_is_found_with_its_command() {
    let (atlassian, alice, home) = healthy().await;
    atlassian.revoke(&alice);
    let (check, found, fix) = failure(&home).await;
    assert_eq!(
        (check.as_str(), fix.as_str()),
        ("spaces", "millpond connect acme.atlassian.net")
    );
    assert!(found.contains("the consent is not valid any more"), "{found}");
    let (check, found, fix) = failure(&home).await;
    assert_eq!(
        (check.as_str(), fix.as_str()),
        ("consent", "millpond connect acme.atlassian.net")
    );
    assert!(found.starts_with("withdrawn at "), "{found}");
}

#[tokio::test]
async fn a_missing_consent_is_found_with_its_command() {
    let (atlassian, _) = world().await;
    let home = Installation::new(&atlassian, &[DOMAIN]);
    let (check, found, fix) = failure(&home).await;
    assert_eq!(
        (check.as_str(), fix.as_str()),
        ("consent", "millpond connect acme.atlassian.net")
    );
    assert_eq!(found, "acme.atlassian.net is not connected");
    assert!(!home.path("state").exists(), "it only looks");
}

#[tokio::test]
async fn a_secret_is_found_that_is_wrong_or_not_there() {
    let (atlassian, _, home) = healthy().await;
    atlassian.faults().understate_lifetimes(Duration::ZERO);
    home.connect(DOMAIN).await;
    home.write_secret("mistyped");
    let (check, _, fix) = failure(&home).await;
    assert_eq!(check, "consent");
    assert!(fix.contains("Developer Console"), "{fix}");
    std::fs::remove_file(home.path("secret")).unwrap();
    let (check, _, fix) = failure(&home).await;
    assert_eq!(check, "client secret");
    assert!(fix.contains("client_secret_file"), "{fix}");
}

#[tokio::test]
async fn a_server_that_cannot_be_reached_is_named_with_its_setting() {
    let (atlassian, _, home) = healthy().await;
    let config = std::fs::read_to_string(home.config()).unwrap();
    let auth_url = format!("auth_url = \"{}\"", atlassian.auth_url());
    let elsewhere = config.replace(&auth_url, "auth_url = \"http://127.0.0.1:1\"");
    std::fs::write(home.config(), elsewhere).unwrap();
    let (check, found, fix) = failure(&home).await;
    assert_eq!(check, "authorization server");
    assert!(found.starts_with("127.0.0.1 cannot be reached: "), "{found}");
    assert!(fix.contains("app.auth_url"), "{fix}");
}

#[tokio::test]
async fn a_clock_that_is_off_is_found_by_the_servers_date() {
    let (atlassian, _, home) = healthy().await;
    atlassian.clock().advance(Duration::from_mins(95));
    let (code, diagnoses) = examined(&home).await;
    let clock = diagnoses.iter().find(|one| one["check"] == "clock").unwrap();
    assert_eq!((code, &clock["verdict"]), (Some(1), &"fail".into()));
    assert!(
        clock["found"].as_str().unwrap().contains(" behind Atlassian's"),
        "{clock}"
    );
}

#[tokio::test]
async fn credentials_that_others_can_read_are_found() {
    let (_atlassian, _, home) = healthy().await;
    set_permissions(home.path("state/credentials"), Permissions::from_mode(0o755)).unwrap();
    let (code, diagnoses) = examined(&home).await;
    let kept = diagnoses
        .iter()
        .find(|one| one["check"] == "stored consents")
        .unwrap();
    assert_eq!((code, &kept["verdict"]), (Some(1), &"fail".into()));
    assert!(kept["fix"].as_str().unwrap().starts_with("chmod go= "), "{kept}");
}

#[tokio::test]
async fn an_account_that_sees_no_space_or_not_the_configured_ones_is_found() {
    let (atlassian, alice, home) = healthy().await;
    let config = std::fs::read_to_string(home.config()).unwrap();
    let with_spaces = config + "spaces = { include = [\"eng\", \"HR\", \"~*\"] }\n";
    std::fs::write(home.config(), with_spaces).unwrap();
    let (code, diagnoses) = examined(&home).await;
    let last = diagnoses.last().unwrap();
    assert_eq!((code, &last["verdict"]), (Some(0), &"warn".into()));
    assert_eq!(
        last["found"],
        "HR is configured, and Alice Moreau does not see it"
    );

    atlassian.site(DOMAIN).space("ENG").hide_from(&alice);
    let (check, found, _) = failure(&home).await;
    assert_eq!(
        (check.as_str(), found.as_str()),
        ("spaces", "Alice Moreau sees none")
    );
}

#[tokio::test]
async fn content_that_the_consent_does_not_reach_is_named_with_its_scope() {
    let (atlassian, alice) = world().await;
    atlassian.site(DOMAIN).member(&alice);
    atlassian.site(DOMAIN).space("ENG");
    let home = Installation::new(&atlassian, &[DOMAIN]);
    home.configure(&atlassian, &[DOMAIN], "[sync]\ncontent = [\"pages\"]\n");
    let home = home.connected(DOMAIN).await;
    home.configure(&atlassian, &[DOMAIN], "");
    let (_, diagnoses) = examined(&home).await;
    let scopes = diagnoses.iter().find(|one| one["check"] == "scopes").unwrap();
    assert_eq!(scopes["verdict"], "warn");
    assert_eq!(scopes["found"], "users needs read:user:confluence");
    assert!(
        scopes["fix"].as_str().unwrap().contains("Granular scopes"),
        "{scopes}"
    );
}
