//! What a person reads, word for word: connecting, looking, and being told what is wrong.

use std::fmt::Write as _;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Output, Stdio};

use confluence_sim::Account;
use insta::{assert_snapshot, with_settings};
use millpond::auth::scopes::{self, Need};

use super::DOMAIN;
use crate::cli::connecting::{consent, paste};
use crate::support::installation::{CLIENT_SECRET, Installation, SCOPES, world};
use crate::support::watched::Watched;

/// What an app has that was made by an older guide.
const CLASSIC: [&str; 4] = [
    "offline_access",
    "read:me",
    "search:confluence",
    "read:confluence-user",
];

/// What was read so far.
struct Reading {
    atlassian: Watched,
    alice: Account,
    home: Installation,
    said: String,
}

impl Reading {
    async fn begin() -> Self {
        let (atlassian, alice) = world().await;
        let site = atlassian.site(DOMAIN);
        site.member(&alice);
        site.space("ENG").page("Runbook");
        let home = Installation::new(&atlassian, &[DOMAIN]);
        Self {
            atlassian,
            alice,
            home,
            said: String::new(),
        }
    }

    /// The same, connected.
    async fn connected() -> Self {
        let reading = Self::begin().await;
        let home = reading.home.connected(DOMAIN).await;
        Self { home, ..reading }
    }

    /// Lets a person connect, who pastes the address that the browser ended at.
    async fn connect(&mut self, arguments: &[&str]) {
        let arguments = [&["connect", "--paste"], arguments].concat();
        let command = self.home.command(&arguments).stdin(Stdio::piped());
        let mut running = command.spawn();
        let output = match running.prints(|line| line.starts_with("http")).await {
            Some(address) => paste(running, &consent(&address).await).await,
            None => running.ended().await,
        };
        self.note(&arguments, &output);
    }

    async fn millpond(&mut self, arguments: &[&str]) {
        let output = self.home.millpond(arguments).await;
        self.note(arguments, &output);
    }

    fn note(&mut self, arguments: &[&str], output: &Output) {
        writeln!(self.said, "$ millpond {}", arguments.join(" ")).unwrap();
        for stream in [&output.stdout, &output.stderr] {
            self.said += &String::from_utf8_lossy(stream);
        }
        writeln!(self.said, "[exit code {}]\n", output.status.code().unwrap()).unwrap();
    }

    /// Everything that a stored consent has to do with.
    async fn every_command(&mut self) {
        for command in [&["status"][..], &["doctor"], &["token", DOMAIN], &["sync"]] {
            self.millpond(command).await;
        }
    }

    /// What was read, without what differs from day to day and from place to place.
    fn check(self, name: &str) {
        let home = self
            .home
            .path("")
            .to_string_lossy()
            .trim_end_matches('/')
            .to_owned();
        let said = self.said.replace(&home, "HOME");
        with_settings!({ omit_expression => true, filters => [
            (r"(127\.0\.0\.1|localhost)(:|%3A)\d+", "HOST:PORT"),
            (r"state=[0-9a-f]+", "state=STATE"),
            (r"\b[0-9a-f]{16,}\b", "ID"),
            (r"eyJ\S+|\baccess-\S+", "TOKEN"),
            (r"712020-[0-9a-f-]+", "ACCOUNT"),
            (r"\d{4}-\d\d-\d\dT[0-9:.]+Z", "INSTANT"),
            (r"\d{4}-\d\d-\d\d \d\d:\d\d( UTC)?", "MINUTE"),
            (r"\d{4}-\d\d-\d\d", "DAY"),
            (r"\bin \d+ (second|minute|hour|day)s?", "in A WHILE"),
            (r"\b(now|\d+ (second|minute)s? ago)\b", "A WHILE AGO"),
            (r"\d+(\.\d+)? [TGMK]i?B", "SIZE"),
            (r"\d+(\.\d+)? ?m?s\b", "DURATION"),
            (r"line \d+, column \d+", "line LINE, column COLUMN"),
            (r"(?m)^points of app .*\n", ""),
        ] }, { assert_snapshot!(name, said) });
    }
}

#[tokio::test]
async fn connecting_is_read_aloud() {
    let mut reading = Reading::begin().await;
    reading.every_command().await;
    reading.home.write_secret("a-mistyped-secret");
    reading.connect(&[DOMAIN]).await;
    reading.millpond(&["doctor"]).await;
    reading.home.write_secret(CLIENT_SECRET);
    reading.atlassian.declines();
    reading.connect(&[DOMAIN]).await;
    reading.atlassian.consents_as(&reading.alice);
    reading.home.register(&reading.atlassian, &CLASSIC);
    reading.connect(&["--classic", DOMAIN]).await;
    reading.millpond(&["doctor"]).await;
    reading.home.register(&reading.atlassian, &SCOPES);
    reading.connect(&["elsewhere.atlassian.net"]).await;
    reading.connect(&[DOMAIN]).await;
    reading.every_command().await;
    reading.millpond(&["disconnect", DOMAIN]).await;
    reading
        .millpond(&["disconnect", DOMAIN, "--purge", "--yes"])
        .await;
    reading.millpond(&["disconnect", DOMAIN, "--yes"]).await;
    reading.check("connecting");
}

#[tokio::test]
async fn what_a_consent_lacks_is_read_aloud() {
    let mut reading = Reading::connected().await;
    let everything = "[sync]\nrestrictions = true\n\
        content = [\"pages\", \"blogposts\", \"comments\", \"attachments\", \"labels\", \"folders\", \"users\"]\n";
    reading.home.configure(&reading.atlassian, &[DOMAIN], everything);
    reading.every_command().await;
    reading.millpond(&["status"]).await;
    reading.home.register(&reading.atlassian, &CLASSIC);
    reading.connect(&["--classic", DOMAIN]).await;
    reading.millpond(&["doctor"]).await;
    let all = scopes::wanted(Need::all());
    let all: Vec<_> = all.iter().map(String::as_str).collect();
    reading.home.register(&reading.atlassian, &all);
    reading.connect(&[DOMAIN]).await;
    reading.millpond(&["doctor"]).await;
    reading.check("missing_scopes");
}

#[tokio::test]
async fn what_is_wrong_with_a_consent_is_read_aloud() {
    let mut reading = Reading::connected().await;
    reading.home.write_secret("a-mistyped-secret");
    reading
        .atlassian
        .faults()
        .understate_lifetimes(std::time::Duration::ZERO);
    reading.atlassian.faults().expire_access_tokens();
    reading.every_command().await;
    reading.home.write_secret(CLIENT_SECRET);
    reading.atlassian.revoke(&reading.alice);
    reading.every_command().await;
    reading.millpond(&["status"]).await;
    reading.check("a_withdrawn_consent");
}

#[tokio::test]
async fn what_is_wrong_with_the_file_of_a_consent_is_read_aloud() {
    let mut reading = Reading::connected().await;
    let files = fs::read_dir(reading.home.path("state/credentials")).unwrap();
    let mut paths = files.map(|file| file.unwrap().path());
    let file = paths
        .find(|path| path.extension().is_some_and(|end| end == "json"))
        .unwrap();
    fs::set_permissions(&file, Permissions::from_mode(0o644)).unwrap();
    reading.every_command().await;
    reading.millpond(&["disconnect", DOMAIN, "--yes"]).await;
    fs::set_permissions(&file, Permissions::from_mode(0o600)).unwrap();

    let whole = fs::read(&file).unwrap();
    fs::write(&file, &whole[..whole.len() / 2]).unwrap();
    reading.every_command().await;
    fs::write(&file, whole).unwrap();

    let config = fs::read_to_string(reading.home.config()).unwrap();
    let keyed = config.replace("[app]\n", "[app]\ntoken_key_file = \"key\"\n");
    fs::write(reading.home.config(), keyed).unwrap();
    let key = reading.home.path("key");
    let write_key = |digit: &str| {
        fs::write(&key, digit.repeat(64)).unwrap();
        fs::set_permissions(&key, Permissions::from_mode(0o600)).unwrap();
    };
    write_key("a");
    reading.home.done(&["token", DOMAIN]).await;
    reading.atlassian.faults().expire_access_tokens();
    reading.home.done(&["sync"]).await;
    write_key("b");
    reading.every_command().await;
    write_key("not a key");
    reading.every_command().await;
    reading.check("the_file_of_a_consent");
}
