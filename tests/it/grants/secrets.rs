//! What no command may say, at any level.

use super::{DOMAIN, always_refreshing};
use crate::support::installation::{CLIENT_SECRET, Installation};

/// Everything that a command says at the trace level, but for what it is asked to print.
async fn said(home: &Installation, arguments: &[&str]) -> Vec<u8> {
    let mut program = home.spawn(&[&["-vv", "--log", "trace"], arguments].concat());
    let status = program.wait().await.unwrap();
    let mut said = program.logged();
    if !arguments.contains(&"token") {
        said += &program.printed();
    }
    assert!(
        !said.is_empty() || !status.success(),
        "{arguments:?} says nothing"
    );
    said.into_bytes()
}

#[tokio::test]
async fn no_command_says_a_secret_at_the_trace_level() {
    let (atlassian, alice, home) = always_refreshing().await;
    let mut everything = Vec::new();
    let connected = home.connect_with(&["-vv", "--log", "trace"], DOMAIN).await;
    assert!(connected.status.success());
    everything.extend(connected.stdout);
    everything.extend(connected.stderr);
    let commands: [&[&str]; 10] = [
        &["sync"],
        &["sync", "--sweep"],
        &["token", DOMAIN],
        &["--json", "token", DOMAIN],
        &["doctor"],
        &["--json", "doctor"],
        &["status"],
        &["--json", "status"],
        &["search", "runbook"],
        &["show", "ENG:Runbook", "--meta"],
    ];
    for command in commands {
        everything.extend(said(&home, command).await);
    }
    // The same in bad weather, with the wrong secret, and without the consent.
    for strike in [
        &|| atlassian.faults().at(super::TOKEN).server_error_next(5, 502) as (),
        &|| home.write_secret("a-mistyped-secret"),
        &|| home.write_secret(CLIENT_SECRET),
        &|| atlassian.revoke(&alice),
    ] as [&dyn Fn(); 4]
    {
        strike();
        for command in [&["token", DOMAIN][..], &["sync"], &["doctor"]] {
            everything.extend(said(&home, command).await);
        }
    }
    everything.extend(said(&home, &["disconnect", DOMAIN, "--purge", "--yes"]).await);

    let mut secrets = atlassian.secrets();
    assert!(secrets.len() > 20, "the test looks for something");
    secrets.push("a-mistyped-secret".to_owned());
    for secret in secrets {
        let is_said = everything
            .windows(secret.len())
            .any(|window| window == secret.as_bytes());
        assert!(!is_said, "a secret of {} bytes is said", secret.len());
    }
}

#[tokio::test]
async fn a_daemon_says_no_secret_at_the_trace_level() {
    let (atlassian, _, home) = always_refreshing().await;
    let mut daemon = home.spawn(&["--log", "trace", "run"]);
    super::until("a few refreshes", || super::refreshes(&atlassian) > 1).await;
    daemon.kill().await.unwrap();
    let log = daemon.logged();
    assert!(log.contains("refreshed the tokens"), "{log}");
    for secret in atlassian.secrets() {
        assert!(
            !log.contains(&secret),
            "a secret of {} bytes is logged",
            secret.len()
        );
    }
}
