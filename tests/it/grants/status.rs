//! What the status says about a consent that comes to its end.

use serde_json::Value;

use super::{DOMAIN, always_refreshing};
use crate::support::installation::Installation;

/// Lets an instant of the stored consent be longer ago, by the days given.
pub(crate) fn aged(home: &Installation, instant: &str, days: i64) {
    let files = std::fs::read_dir(home.path("state/credentials")).unwrap();
    let mut paths = files.map(|file| file.unwrap().path());
    let path = paths
        .find(|path| path.extension().is_some_and(|end| end == "json"))
        .unwrap();
    let mut grant: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    let at: chrono::DateTime<chrono::Utc> = grant[instant].as_str().unwrap().parse().unwrap();
    grant[instant] = (at - chrono::TimeDelta::days(days)).to_rfc3339().into();
    std::fs::write(path, grant.to_string()).unwrap();
}

async fn grant(home: &Installation) -> Value {
    let status: Value = serde_json::from_str(&home.done(&["--json", "status"]).await).unwrap();
    status["grants"][0].clone()
}

#[tokio::test]
async fn the_status_tells_of_each_consent_and_warns_before_its_end() {
    let (atlassian, _, home) = always_refreshing().await;
    let told = grant(&home).await;
    assert_eq!(
        (&told["account"], &told["app"]),
        (&"Alice Moreau".into(), &"client-1".into())
    );
    assert_eq!(told["sites"][0], DOMAIN);
    assert!(
        told["scopes"]
            .as_array()
            .unwrap()
            .contains(&"read:page:confluence".into())
    );
    assert_eq!(
        (&told["idle_days_left"], &told["age_days_left"]),
        (&89.into(), &364.into())
    );
    assert_eq!(told["warning"], Value::Null);

    aged(&home, "consented_at", 355);
    let told = grant(&home).await;
    assert_eq!(told["age_days_left"], 9);
    let warning = told["warning"].as_str().unwrap();
    assert!(
        warning.ends_with("millpond connect acme.atlassian.net"),
        "{warning}"
    );
    let readable = home.done(&["status"]).await;
    for words in [
        "consent of Alice Moreau",
        "89 days if it is not refreshed, 9 days in any case",
        warning,
    ] {
        assert!(readable.contains(words), "{readable}");
    }
    drop(atlassian);
}

#[tokio::test]
async fn a_daemon_says_that_a_consent_comes_to_its_end() {
    let (_atlassian, _, home) = always_refreshing().await;
    aged(&home, "consented_at", 355);
    let mut daemon = home.spawn(&["run"]);
    super::until("the warning", || {
        daemon
            .logged()
            .contains("the consent of Alice Moreau ends in 9 days")
    })
    .await;
    daemon.kill().await.unwrap();
}
