//! A secret that is replaced while the daemon runs.

use super::{DOMAIN, always_refreshing, until};
use crate::daemon::HASTY;
use crate::support::installation::{CLIENT_ID, SCOPES};

const NEXT_SECRET: &str = "the-next-secret-of-the-app";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_secret_that_is_replaced_is_taken_over_without_a_restart() {
    let (atlassian, _, home) = always_refreshing().await;
    home.configure(&atlassian, &[DOMAIN], HASTY);
    let daemon = home.spawn(&["run"]);
    until("the first copy", || daemon.logged().contains("backfill of acme")).await;

    home.write_secret(NEXT_SECRET);
    atlassian.app(CLIENT_ID, NEXT_SECRET, home.callback(), &SCOPES);
    atlassian.site(DOMAIN).space("ENG").page("Written afterwards");
    until("the copy with the new secret", || {
        let mirrored = home.mirrored();
        mirrored.iter().any(|page| page.title == "Written afterwards")
    })
    .await;
    until("saying so", || {
        daemon.logged().contains("the secret was replaced")
    })
    .await;
    assert!(!daemon.logged().contains(NEXT_SECRET));
}
