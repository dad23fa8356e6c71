//! Forgetting a connection, and no more than that.

use serde_json::Value;

use super::DOMAIN;
use crate::support::installation::{Installation, world};
use crate::support::watched::Watched;

const UMBRA: &str = "umbra.atlassian.net";

/// Two mirrored sites behind one consent.
async fn two_sites() -> (Watched, Installation) {
    let (atlassian, alice) = world().await;
    for domain in [DOMAIN, UMBRA] {
        let site = atlassian.site(domain);
        site.member(&alice);
        site.space("ENG").page(&format!("Welcome to {domain}"));
    }
    let home = Installation::new(&atlassian, &[DOMAIN, UMBRA])
        .connected(DOMAIN)
        .await;
    home.done(&["sync"]).await;
    (atlassian, home)
}

fn titles(home: &Installation) -> Vec<String> {
    let mut titles: Vec<_> = home.mirrored().into_iter().map(|page| page.title).collect();
    titles.sort();
    titles
}

async fn disconnected(home: &Installation, arguments: &[&str]) -> Value {
    let arguments = [&["--json", "disconnect", "--yes"], arguments].concat();
    serde_json::from_str(&home.done(&arguments).await).unwrap()
}

#[tokio::test]
async fn a_consent_that_another_connection_needs_is_kept() {
    let (atlassian, home) = two_sites().await;
    let told = disconnected(&home, &[DOMAIN]).await;
    assert_eq!(
        (&told["kept"][0], &told["forgotten"]),
        (&"Alice Moreau".into(), &Value::Array(vec![]))
    );
    assert_eq!(titles(&home).len(), 2, "the content stays");
    home.done(&["sync", UMBRA]).await;

    home.configure(&atlassian, &[DOMAIN], "");
    let told = disconnected(&home, &[DOMAIN]).await;
    assert_eq!(told["forgotten"][0], "Alice Moreau");
    assert_eq!(home.millpond(&["token", DOMAIN]).await.status.code(), Some(4));
}

#[tokio::test]
async fn purging_deletes_the_content_of_that_site_and_nothing_else() {
    let (_atlassian, home) = two_sites().await;
    let told = disconnected(&home, &[DOMAIN, "--purge"]).await;
    assert_eq!((&told["purged"], &told["configured"]), (&1.into(), &true.into()));
    assert_eq!(titles(&home), [format!("Welcome to {UMBRA}")]);
    let hits = home.done(&["--json", "search", "welcome"]).await;
    assert_eq!(hits.lines().count(), 1, "{hits}");
    let told = disconnected(&home, &[DOMAIN, "--purge"]).await;
    assert_eq!(told["purged"], Value::Null);
}

#[tokio::test]
async fn it_says_what_to_remove_from_the_configuration() {
    let (_atlassian, home) = two_sites().await;
    let told = home.done(&["disconnect", DOMAIN, "--yes"]).await;
    let file = home.config().display().to_string();
    for words in [
        "Kept the consent of Alice Moreau: umbra.atlassian.net needs it.",
        &file,
        "Connected apps",
    ] {
        assert!(told.contains(words), "{told}");
    }
}

#[tokio::test]
async fn nothing_is_forgotten_unless_somebody_agrees_and_no_run_is_at_work() {
    let (atlassian, home) = two_sites().await;
    let before = std::fs::read_dir(home.path("state/credentials")).unwrap().count();
    let asked = home.millpond(&["disconnect", DOMAIN, "--purge"]).await;
    assert_eq!(asked.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&asked.stderr).contains("--yes"));

    atlassian.faults().at("GET /wiki/api/v2/spaces").stall_next(1);
    let mut run = home.spawn(&["sync"]);
    super::until("the run", || atlassian.log().count("GET /wiki/api/v2/spaces") > 2).await;
    let refused = home.millpond(&["disconnect", UMBRA, "--purge", "--yes"]).await;
    assert_eq!(refused.status.code(), Some(75));
    run.kill().await.unwrap();
    assert_eq!(titles(&home).len(), 2);
    assert_eq!(
        std::fs::read_dir(home.path("state/credentials")).unwrap().count(),
        before
    );
}
