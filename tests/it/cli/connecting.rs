//! From nothing to a search result, as a person would: connect, sync, search, each a process of its own.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::process::{Child, Output, Stdio};

use confluence_sim::Account;

use super::Home;

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
            "[app]\nclient_id = \"client-1\"\nredirect_uri = \"{callback}\"\nauth_url = \"{}\"\napi_url = \"{}\"\n[[connection]]\ndomain = \"acme.atlassian.net\"\n",
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
            .unwrap()
    }

    /// Starts `connect`, and reads the address of the consent screen that it prints.
    fn begin(
        &self,
        arguments: &[&str],
        secret: &str,
    ) -> (Child, BufReader<std::process::ChildStdout>, String) {
        let mut command = self.home.command(arguments);
        command.env("MILLPOND_CLIENT_SECRET", secret);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        while !line.starts_with("http") {
            line.clear();
            assert_ne!(stdout.read_line(&mut line).unwrap(), 0, "no address came");
        }
        (child, stdout, line.trim().to_owned())
    }

    /// Connects by pasting; returns the exit code and both streams.
    async fn connect_by_pasting(&self, arguments: &[&str], secret: &str) -> (Option<i32>, String) {
        let arguments = [&["connect", "--paste"], arguments].concat();
        let (mut child, mut stdout, address) = self.begin(&arguments, secret);
        let redirected = consent(&address).await;
        writeln!(child.stdin.take().unwrap(), "{redirected}").unwrap();
        let mut said = String::new();
        stdout.read_to_string(&mut said).unwrap();
        let output = child.wait_with_output().unwrap();
        (
            output.status.code(),
            said + &String::from_utf8_lossy(&output.stderr),
        )
    }
}

/// Plays the browser up to the redirect.
async fn consent(address: &str) -> String {
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
    let (child, mut stdout, address) = world.begin(&["connect"], SECRET);
    let redirected = consent(&address).await;
    let page = browser().get(&redirected).send().await.unwrap();
    assert!(page.status().is_success());
    let mut said = String::new();
    stdout.read_to_string(&mut said).unwrap();
    assert!(child.wait_with_output().unwrap().status.success(), "{said}");
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
    let (mut child, _stdout, address) = world.begin(&["connect", "--paste"], SECRET);
    let redirected = consent(&address).await;
    drop(world.atlassian);
    writeln!(child.stdin.take().unwrap(), "{redirected}").unwrap();
    let output = child.wait_with_output().unwrap();
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
