//! A secret that is replaced while the daemon runs.

use super::{DOMAIN, always_refreshing, until};
use crate::daemon::HASTY;
use crate::support::installation::{CLIENT_ID, CLIENT_SECRET, SCOPES};

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

#[tokio::test]
async fn a_credential_that_was_replaced_takes_a_restart_and_the_log_says_so() {
    let (atlassian, _, home) = always_refreshing().await;
    home.configure(&atlassian, &[DOMAIN], HASTY);
    // systemd copies its credentials when it starts a service, and what is replaced is not this copy.
    let copies = home.path("copies-of-systemd");
    std::fs::create_dir(&copies).unwrap();
    std::fs::write(copies.join("client_secret"), CLIENT_SECRET).unwrap();
    let start = || {
        let run = home.command(["run"]).env("CREDENTIALS_DIRECTORY", &copies);
        run.spawn()
    };
    let daemon = start();
    until("the first copy", || daemon.logged().contains("backfill of acme")).await;
    atlassian.app(CLIENT_ID, NEXT_SECRET, home.callback(), &SCOPES);
    atlassian.site(DOMAIN).space("ENG").page("Written afterwards");
    until("saying what to do", || {
        daemon.logged().contains("systemctl restart millpond")
    })
    .await;

    drop(daemon);
    std::fs::write(copies.join("client_secret"), NEXT_SECRET).unwrap();
    let _daemon = start();
    until("the copy after the restart", || {
        let mirrored = home.mirrored();
        mirrored.iter().any(|page| page.title == "Written afterwards")
    })
    .await;
}
