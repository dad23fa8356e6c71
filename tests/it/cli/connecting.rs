//! From nothing to a search result, as a person would: connect, sync, search, each a process of its own.

use std::net::TcpListener;
use std::process::{Output, Stdio};

use confluence_sim::Account;
use tokio::io::AsyncWriteExt as _;

use super::Home;

use crate::support::program::Running;
use crate::support::watched::Watched;

const SCOPES: [&str; 4] = [
    "read:me",
    "read:space:confluence",
    "read:page:confluence",
    "read:user:confluence",
];
const SECRET: &str = "the-secret";

/// Atlassian with a site of two pages, and a home that is configured for it.
struct World {
    atlassian: Watched,
    alice: Account,
    home: Home,
}

impl World {
    async fn new() -> Self {
        Self::with(&SCOPES, "http://localhost:8585/callback").await
    }

    async fn with(scopes: &[&str], callback: &str) -> Self {
        let atlassian = Watched::start().await;
        let alice = atlassian.account("Alice Moreau");
        let site = atlassian.site("acme.atlassian.net");
        site.member(&alice);
        atlassian.app("client-1", SECRET, callback, scopes);
        atlassian.consents_as(&alice);
        let space = site.space("ENG");
        let runbook = space.page("Runbook").by(&alice).body("<p>Ring the bell.</p>");
        space
            .page("On call")
            .by(&alice)
            .under(&runbook)
            .body("<p>Carry the pager.</p>");
        let home = Home::new();
        home.write(".config/millpond/config.toml", &format!(
            "[app]\nclient_id = \"client-1\"\nredirect_uri = \"{callback}\"\nauth_url = \"{}\"\napi_url = \"{}\"\n[sync]\ncontent = [\"pages\", \"users\"]\n[[connection]]\ndomain = \"acme.atlassian.net\"\n",
            atlassian.auth_url(),
            atlassian.api_url(),
        ));
        Self {
            atlassian,
            alice,
            home,
        }
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.run_with(arguments, SECRET)
    }

    fn run_with(&self, arguments: &[&str], secret: &str) -> Output {
        self.home
            .command(arguments)
            .env("MILLPOND_CLIENT_SECRET", secret)
            .output()
    }

    /// Starts `connect`, and reads the address of the consent screen that it prints.
    async fn begin(&self, arguments: &[&str], secret: &str) -> (Running, String) {
        let command = self.home.command(arguments).env("MILLPOND_CLIENT_SECRET", secret);
        let mut running = command.stdin(Stdio::piped()).spawn();
        let address = running.prints(|line| line.starts_with("http")).await.unwrap();
        (running, address)
    }

    /// Connects by pasting; returns the exit code and both streams.
    async fn connect_by_pasting(&self, arguments: &[&str], secret: &str) -> (Option<i32>, String) {
        let arguments = [&["connect", "--paste"], arguments].concat();
        let (running, address) = self.begin(&arguments, secret).await;
        let output = paste(running, &consent(&address).await).await;
        (output.status.code(), text(&output))
    }
}

/// Pastes the address, and waits for the end.
pub(crate) async fn paste(mut running: Running, redirected: &str) -> Output {
    let mut stdin = running.stdin();
    stdin
        .write_all(format!("{redirected}\n").as_bytes())
        .await
        .unwrap();
    drop(stdin);
    running.ended().await
}

/// Plays the browser up to the redirect.
pub(crate) async fn consent(address: &str) -> String {
    let answer = browser().get(address).send().await.unwrap();
    answer.headers()["location"].to_str().unwrap().to_owned()
}

fn browser() -> reqwest::Client {
    millpond::app::http_client().unwrap()
}

fn text(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn connect_sync_and_search_work_one_after_the_other() {
    let world = World::new().await;
    let (code, said) = world.connect_by_pasting(&["acme.atlassian.net"], SECRET).await;
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("Connected acme.atlassian.net"), "{said}");
    assert!(said.contains("as Alice Moreau"), "{said}");

    let synced = world.run(&["sync"]);
    assert!(synced.status.success(), "{}", text(&synced));
    assert!(text(&synced).contains("2 added"), "{}", text(&synced));
    let again = world.run(&["sync", "--sweep", "--json"]);
    let report: serde_json::Value = serde_json::from_slice(&again.stdout).unwrap();
    assert_eq!(
        (&report["outcome"], &report["added"]),
        (&"complete".into(), &0.into()),
        "{report}"
    );

    let found = text(&world.run(&["search", "pager"]));
    assert!(found.starts_with("On call\n  ENG / Runbook · "), "{found}");
    let status = text(&world.run(&["status"]));
    assert!(
        status.contains("consent   by Alice Moreau, refreshed "),
        "{status}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_listener_receives_the_redirect_of_the_browser() {
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let world = World::with(&SCOPES, &format!("http://127.0.0.1:{port}/callback")).await;
    let (running, address) = world.begin(&["connect"], SECRET).await;
    let redirected = consent(&address).await;
    let page = browser().get(&redirected).send().await.unwrap();
    assert!(page.status().is_success());
    let output = running.ended().await;
    let said = text(&output);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("Connected acme.atlassian.net"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_goes_wrong_while_connecting_has_its_exit_code_and_stores_nothing() {
    let world = World::new().await;
    let credentials = world.home.path().join(".local/state/millpond/credentials");
    let stored = || {
        std::fs::read_dir(&credentials).map_or(0, |files| {
            files
                .filter(|file| {
                    file.as_ref()
                        .unwrap()
                        .path()
                        .extension()
                        .is_some_and(|end| end == "json")
                })
                .count()
        })
    };

    let (code, said) = world.connect_by_pasting(&[], "another-secret").await;
    assert_eq!((code, stored()), (Some(3), 0), "{said}");
    assert!(!said.contains("another-secret"), "{said}");
    let (code, said) = world.connect_by_pasting(&["other.atlassian.net"], SECRET).await;
    assert_eq!((code, stored()), (Some(4), 0), "{said}");
    assert!(said.contains("it opens acme.atlassian.net"), "{said}");
    world.atlassian.site("second.atlassian.net").member(&world.alice);
    let (code, said) = world.connect_by_pasting(&[], SECRET).await;
    assert_eq!((code, stored()), (Some(2), 0), "{said}");
    world.atlassian.declines();
    let (code, said) = world.connect_by_pasting(&[], SECRET).await;
    assert_eq!((code, stored()), (Some(4), 0), "{said}");
    assert!(said.contains("error: the consent was declined"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_consent_a_sync_exits_with_4_and_says_what_to_do() {
    let world = World::new().await;
    let output = world.run(&["sync"]);
    assert_eq!(output.status.code(), Some(4), "{}", text(&output));
    assert!(
        text(&output).contains("hint: millpond connect acme.atlassian.net"),
        "{}",
        text(&output)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unreachable_server_is_for_later() {
    let world = World::new().await;
    let (running, address) = world.begin(&["connect", "--paste"], SECRET).await;
    let redirected = consent(&address).await;
    drop(world.atlassian);
    let output = paste(running, &redirected).await;
    assert_eq!(output.status.code(), Some(75), "{}", text(&output));
    assert!(text(&output).contains("try again later"), "{}", text(&output));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_reaches_the_log_at_any_level() {
    let world = World::new().await;
    let (_, mut said) = world.connect_by_pasting(&["-vv", "--log", "trace"], SECRET).await;
    said += &text(&world.run(&["--log", "trace", "sync"]));
    for secret in world.atlassian.secrets() {
        // The code of the consent is in the address that the person pasted, never in what we say.
        assert!(!said.contains(&secret), "a secret was said");
    }
    assert!(!said.contains(SECRET));
}
