//! The running daemon, asked by the other commands over its socket.

use std::fs::Permissions;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::net::UnixListener;
use std::time::{Duration, Instant};

use confluence_sim::{Account, Site};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;
use tokio::time::timeout;

use crate::daemon::{SOON, equals_the_site, signal, until};
use crate::grants::status::aged;
use crate::support::installation::{Installation, world};
use crate::support::program::Running;
use crate::support::watched::Watched;

const DOMAIN: &str = "acme.atlassian.net";
/// No run is due by itself after the first copy.
const RARELY: &str = "[sync]\ndelta = \"0 0 1 1 *\"\nsweep = \"0 0 1 1 *\"\n";

/// A daemon that has made its first copy and waits.
struct Office {
    atlassian: Watched,
    alice: Account,
    site: Site,
    home: Installation,
    daemon: Running,
}

impl Office {
    async fn open() -> Self {
        let (atlassian, alice) = world().await;
        let site = atlassian.site(DOMAIN);
        site.member(&alice);
        site.space("ENG").page("Runbook");
        let home = Installation::new(&atlassian, &[DOMAIN]).connected(DOMAIN).await;
        home.configure(&atlassian, &[DOMAIN], RARELY);
        let daemon = home.spawn(&["run"]);
        until("the first copy", || equals_the_site(&home, &site, &alice)).await;
        let office = Self {
            atlassian,
            alice,
            site,
            home,
            daemon,
        };
        office.says("is up to date").await;
        office
    }

    /// The status, once the daemon says of its connection what is `wanted`.
    async fn says(&self, wanted: &str) -> Value {
        let deadline = Instant::now() + SOON;
        loop {
            let status = self.home.done(&["--json", "status"]).await;
            let status: Value = serde_json::from_str(&status).unwrap();
            let doing = status["connections"][0]["now"]["state"].as_str();
            if doing.is_some_and(|doing| doing.contains(wanted)) {
                return status;
            }
            assert!(Instant::now() < deadline, "never {wanted}: {status}");
        }
    }

    /// The exit code and all that a command says.
    async fn millpond(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let output = self.home.millpond(arguments).await;
        let said = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8(said).unwrap())
    }

    async fn stop(&mut self) {
        signal(&self.daemon, "TERM").await;
        let ended = timeout(SOON, self.daemon.wait()).await.unwrap().unwrap();
        assert!(ended.success(), "{}", self.daemon.logged());
    }
}

#[tokio::test]
async fn a_sync_is_done_by_the_running_daemon_and_followed() {
    let office = Office::open().await;
    office.site.space("ENG").page("On call");
    let (code, said) = office.millpond(&["sync"]).await;
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("delta complete: 1 added"), "{said}");
    assert!(equals_the_site(&office.home, &office.site, &office.alice));

    let (_, said) = office.millpond(&["sync", "--sweep", "--json"]).await;
    let report: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(
        (&report["mode"], &report["outcome"]),
        (&"sweep".into(), &"complete".into())
    );
}

#[tokio::test]
async fn a_sync_by_the_daemon_ends_with_the_code_that_one_without_it_has() {
    let office = Office::open().await;
    let pages = "GET /wiki/api/v2/pages";
    office.atlassian.faults().at(pages).rate_limit_next_for(1, 3600);
    let (code, said) = office.millpond(&["sync"]).await;
    assert_eq!(code, Some(75), "{said}");
    let (code, said) = office.millpond(&["sync"]).await;
    assert_eq!(code, Some(75), "{said}");
    assert!(said.contains("the site asked to wait until"), "{said}");
    office.says("was asked to wait").await;
}

#[tokio::test]
async fn without_a_consent_the_daemon_sends_whoever_asks_for_a_run_to_a_person() {
    let office = Office::open().await;
    office.atlassian.revoke(&office.alice);
    office.atlassian.faults().expire_access_tokens();
    for _ in 0..2 {
        let (code, said) = office.millpond(&["sync"]).await;
        assert_eq!(code, Some(4), "{said}");
        assert!(
            said.contains("hint: millpond connect acme.atlassian.net"),
            "{said}"
        );
    }
    office.says("waits for a person").await;
}

#[tokio::test]
async fn a_paused_connection_rests_over_a_restart_and_its_grant_lives() {
    let mut office = Office::open().await;
    let (code, said) = office.millpond(&["pause", DOMAIN]).await;
    assert_eq!(code, Some(0), "{said}");
    office.says("is paused").await;
    office.site.space("ENG").page("On call");
    let (code, said) = office.millpond(&["sync"]).await;
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains("hint: millpond resume acme.atlassian.net"),
        "{said}"
    );

    office.stop().await;
    aged(&office.home, "refreshed_at", 2);
    let refreshed = office.atlassian.log().refreshes().len();
    office.daemon = office.home.spawn(&["run"]);
    office.says("is paused").await;
    until("keeping the grant alive", || {
        office.atlassian.log().refreshes().len() > refreshed
    })
    .await;
    assert_eq!(office.home.mirrored().len(), 1);
    let status = office.home.done(&["status"]).await;
    assert!(
        status.contains("`millpond resume acme.atlassian.net` ends it"),
        "{status}"
    );

    assert_eq!(office.millpond(&["resume", DOMAIN]).await.0, Some(0));
    assert_eq!(office.millpond(&["sync"]).await.0, Some(0));
    assert_eq!(office.home.mirrored().len(), 2);
}

#[tokio::test]
async fn a_pause_ends_the_first_copy_at_hand_and_it_goes_on_where_it_stopped() {
    let (atlassian, alice) = world().await;
    let site = atlassian.site(DOMAIN);
    site.member(&alice);
    site.space("ENG")
        .pages_generated(3000, |n| (format!("Page {n}"), String::new()));
    let home = Installation::new(&atlassian, &[DOMAIN]).connected(DOMAIN).await;
    let listings = || atlassian.log().count("GET /wiki/api/v2/pages");
    let before = listings();
    atlassian.faults().slow(Duration::from_millis(500));
    let daemon = home.spawn(&["run"]);
    until("the first pages", || listings() > before + 1).await;

    home.done(&["pause", DOMAIN]).await;
    until("the end of the run", || daemon.logged().contains("interrupted")).await;
    atlassian.faults().slow(Duration::ZERO);
    home.done(&["resume", DOMAIN]).await;
    until("the copy", || equals_the_site(&home, &site, &alice)).await;
    let sent = listings() - before;
    assert!(sent <= 3000 / 250 + 3, "{sent} listings");
}

#[tokio::test]
async fn a_reload_is_asked_for_and_a_bad_file_is_refused_with_its_reason() {
    let office = Office::open().await;
    let (code, said) = office.millpond(&["reload"]).await;
    assert_eq!(code, Some(0), "{said}");

    let beta = office.atlassian.site("beta.atlassian.net");
    beta.member(&office.alice);
    office
        .home
        .configure(&office.atlassian, &[DOMAIN, "beta.atlassian.net"], RARELY);
    let (code, said) = office.millpond(&["sync", "beta.atlassian.net"]).await;
    assert_eq!(code, Some(3), "{said}");
    assert!(said.contains("millpond reload"), "{said}");
    assert_eq!(office.millpond(&["reload"]).await.0, Some(0));
    let (code, said) = office.millpond(&["pause", "beta.atlassian.net"]).await;
    assert_eq!(code, Some(0), "{said}");

    // Right in itself, but the secret that it names is gone.
    std::fs::remove_file(office.home.path("secret")).unwrap();
    let (code, said) = office.millpond(&["reload"]).await;
    assert_eq!(code, Some(3), "{said}");
    assert!(said.contains("client secret"), "{said}");
    office.says("is up to date").await;
}

#[tokio::test]
async fn the_socket_is_the_owners_alone_and_goes_with_the_daemon() {
    let mut office = Office::open().await;
    let socket = office.home.path("state/millpond.sock");
    let mode = std::fs::metadata(&socket).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    // A crash leaves the socket behind: nobody takes it for a daemon, and the next one takes its place.
    office.daemon.kill().await.unwrap();
    assert!(socket.exists());
    let status = office.home.done(&["status"]).await;
    assert!(status.contains("no daemon is running"), "{status}");
    let (code, said) = office.millpond(&["pause", DOMAIN]).await;
    assert_eq!(code, Some(75), "{said}");
    assert!(said.contains("no daemon is running"), "{said}");
    assert_eq!(office.millpond(&["sync"]).await.0, Some(0));
    office.daemon = office.home.spawn(&["run"]);
    office.says("is up to date").await;

    office.stop().await;
    assert!(!socket.exists());
}

#[tokio::test]
async fn a_daemon_that_does_not_answer_is_said_to() {
    let (atlassian, _) = world().await;
    let home = Installation::new(&atlassian, &[DOMAIN]);
    std::fs::create_dir(home.path("state")).unwrap();
    let _stuck = UnixListener::bind(home.path("state/millpond.sock")).unwrap();
    let (status, sync) = tokio::join!(home.done(&["status"]), home.millpond(&["sync"]));
    assert!(status.contains("does not answer"), "{status}");
    assert_eq!(sync.status.code(), Some(75));
    let said = String::from_utf8(sync.stderr).unwrap();
    assert!(
        said.contains("does not answer") && said.contains("systemctl restart"),
        "{said}"
    );
}

#[tokio::test]
async fn what_the_daemon_does_not_understand_it_refuses_and_says_why() {
    let office = Office::open().await;
    let mut socket = UnixStream::connect(office.home.path("state/millpond.sock"))
        .await
        .unwrap();
    let asked = format!(
        "POST /sync/{DOMAIN} HTTP/1.1\r\nhost: millpond\r\nconnection: close\r\ncontent-length: 4\r\n\r\nsoon"
    );
    socket.write_all(asked.as_bytes()).await.unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 422 "), "{answer}");
    assert!(
        answer.contains("it does not understand what is asked: expected value at line 1"),
        "{answer}"
    );
    office.says("is up to date").await;
}

/// A refresh under way is waited for. Who does not want to wait says so again.
#[tokio::test]
async fn a_second_signal_ends_the_daemon_at_once() {
    let mut office = Office::open().await;
    office.atlassian.faults().expire_access_tokens();
    office.atlassian.faults().at("POST /oauth/token").stall_next(1);
    let tried = office.atlassian.log().refreshes().len();
    let asking = office.home.spawn(&["sync"]);
    until("the refresh", || office.atlassian.log().refreshes().len() > tried).await;
    signal(&office.daemon, "TERM").await;
    until("the first signal", || {
        office.daemon.logged().contains("SIGTERM: stopping")
    })
    .await;
    signal(&office.daemon, "TERM").await;
    let ended = timeout(Duration::from_secs(5), office.daemon.wait()).await;
    assert_eq!(ended.unwrap().unwrap().code(), Some(1));
    // Whether the run could still say that it was interrupted, or the daemon was gone before.
    let asked = asking.ended().await;
    assert!(matches!(asked.status.code(), Some(1 | 75)), "{:?}", asked.status);
}

/// No account of a machine has it.
const GROUP: u32 = 61_234;

#[tokio::test]
async fn members_of_the_configured_group_may_ask_and_others_may_not() {
    if std::fs::metadata("/proc/self").unwrap().uid() != 0 {
        eprintln!("skipped: only root can give a file to any group");
        return;
    }
    let mut office = Office::open().await;
    office.stop().await;
    let group = format!("[control]\ngroup = \"{GROUP}\"\n{RARELY}");
    office.home.configure(&office.atlassian, &[DOMAIN], &group);
    office.daemon = office.home.spawn(&["run"]);
    office.says("is up to date").await;
    let (home, state) = (office.home.path(""), office.home.path("state"));
    let socket = std::fs::metadata(state.join("millpond.sock")).unwrap();
    assert_eq!((socket.mode() & 0o777, socket.gid()), (0o660, GROUP));

    // The folder of the state is the group's as well, as that of the service is.
    std::os::unix::fs::chown(&state, None, Some(GROUP)).unwrap();
    for (folder, mode) in [(home, 0o755), (state, 0o750)] {
        std::fs::set_permissions(folder, Permissions::from_mode(mode)).unwrap();
    }
    let asked_as = async |group: u32| {
        let account = ["--reuid=61235", &format!("--regid={group}"), "--clear-groups"];
        let pause = office.home.command(["pause", DOMAIN]).under("setpriv", &account);
        pause.ended().await.status.code()
    };
    assert_eq!(asked_as(GROUP + 1).await, Some(1), "a stranger");
    office.says("is up to date").await;
    assert_eq!(asked_as(GROUP).await, Some(0), "a member");
    office.says("is paused").await;
}
