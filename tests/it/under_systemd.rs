//! The shipped unit under a real systemd, in a container of its own. `tests/systemd/run` makes the container's root
//! and runs these tests, where that can be done.

mod container;

use std::time::Duration;

use confluence_sim::{Account, Atlassian, Site};
use serde_json::Value;
use tokio::time::Instant;

use crate::daemon::until;
use crate::support::installation::{mirrored, visible, world};
use crate::support::shown::is_shown;
use crate::support::watched::Watched;

use container::{CONFIG, Container, SCHEDULE};

const DOMAIN: &str = "acme.atlassian.net";
const DATABASE: &str = "mirror.db";
const TOKEN: &str = "POST /oauth/token";

/// A site with so many pages, and a machine whose service is connected to it but not started.
async fn installed(pages: u64) -> (Watched, Account, Site, Container) {
    let (atlassian, alice) = world().await;
    let site = atlassian.site(DOMAIN);
    site.member(&alice);
    let space = site.space("ENG");
    space.pages_generated(pages, |n| {
        (format!("Page {n}"), format!("<p>The {n}th page.</p>"))
    });
    let machine = Container::boot().await;
    machine.install(&atlassian, &[DOMAIN]).await;
    (atlassian, alice, site, machine)
}

async fn becomes_equal(machine: &Container, site: &Site, account: &Account) {
    let database = machine.state(DATABASE);
    until("the mirror being equal", || {
        database.exists() && equal(machine, site, account)
    })
    .await;
}

fn equal(machine: &Container, site: &Site, account: &Account) -> bool {
    mirrored(&machine.state(DATABASE)) == visible(site, account)
}

/// Lets an account that may read the mirror do so, with SQLite's own program and from Python.
async fn readers_count_the_pages(machine: &Container, wanted: usize) {
    let uri = "file:/var/lib/millpond/mirror.db?mode=ro";
    let sql = "SELECT count(*) FROM page WHERE gone_at IS NULL";
    let script =
        format!("import sqlite3; print(sqlite3.connect('{uri}', uri=True).execute('{sql}').fetchone()[0])");
    let as_reader = ["runuser", "-u", "reader", "--"];
    for program in [&["sqlite3", uri, sql][..], &["python3", "-c", &script]] {
        let counted = machine.done(&[&as_reader, program].concat()).await;
        assert_eq!(counted, wanted.to_string(), "{}", program[0]);
    }
}

/// No refresh was repeated too late, and no family of tokens was ended.
fn grant_is_unharmed(atlassian: &Atlassian) {
    let log = atlassian.log();
    assert_eq!((log.reuse_past_leeway(), log.revoked_families()), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs root and systemd-nspawn: tests/systemd/run"]
async fn the_unit_starts_with_encrypted_credentials_says_what_it_does_and_logs_fields() {
    let (_atlassian, alice, site, machine) = installed(3).await;

    // Type=notify: this returns once the daemon said that it is ready.
    machine.done(&["systemctl", "start", "millpond"]).await;
    becomes_equal(&machine, &site, &alice).await;
    machine
        .until("StatusText", |text| {
            text.starts_with("acme.atlassian.net is up to date, next run ")
        })
        .await;

    assert_eq!(machine.shows("ActiveState").await, "active");
    assert_eq!(machine.shows("NRestarts").await, "0");
    // Runs are due every second here, and what it shows must be the calm between two of them.
    let status = loop {
        let status = machine
            .done(&["systemctl", "status", "--lines=0", "millpond"])
            .await;
        if status.contains("is up to date") {
            break status;
        }
    };
    // But for what this test adds to the shipped unit.
    let shipped = |line: &&str| !line.contains("Drop-In:") && !line.contains("test.conf");
    is_shown(
        "systemctl status",
        &status.lines().filter(shipped).collect::<Vec<_>>().join("\n"),
    );

    let journal = machine.journal().await;
    let is_end = |entry: &Value| {
        let message = entry["MESSAGE"].as_str().unwrap_or_default();
        message.starts_with("backfill of acme.atlassian.net complete")
    };
    let mut entries = journal.lines().map(|line| serde_json::from_str(line).unwrap());
    let entry: Value = entries.find(is_end).unwrap_or_else(|| panic!("{journal}"));
    for (field, value) in [
        ("CONNECTION", DOMAIN),
        ("MODE", "backfill"),
        ("ADDED", "3"),
        ("PRIORITY", "5"),
        ("SYSLOG_IDENTIFIER", "millpond"),
        ("_SYSTEMD_UNIT", "millpond.service"),
    ] {
        assert_eq!(entry[field], value, "{field} in {entry}");
    }
    let of_connection = ["journalctl", "--output=cat", "CONNECTION=acme.atlassian.net"];
    let selected = machine.done(&of_connection).await;
    assert!(
        selected.contains("backfill of acme.atlassian.net complete"),
        "{selected}"
    );
    machine.done(&["systemctl", "stop", "millpond"]).await;
    assert_eq!(machine.shows("Result").await, "success");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs root and systemd-nspawn: tests/systemd/run"]
async fn the_shipped_unit_needs_no_client_secret_unless_a_site_wants_a_consent() {
    let (atlassian, alice) = world().await;
    let site = atlassian.site(DOMAIN);
    site.member(&alice).space("ENG").page("Runbook");
    atlassian.api_token(&alice, "alice@example.com", "a-token-of-alice");
    let machine = Container::boot().await;
    machine.write("etc/millpond/api_token", "a-token-of-alice");
    for change in [&["chown", "millpond"][..], &["chmod", "600"]] {
        machine
            .done(&[change, &["/etc/millpond/api_token"]].concat())
            .await;
    }
    let config = format!(
        "[app]\nauth_url = \"{}\"\napi_url = \"{}\"\n{SCHEDULE}[[connection]]\ndomain = \"{DOMAIN}\"\n\
         auth = \"api_token\"\nemail = \"alice@example.com\"\ntoken_file = \"api_token\"\nsite_url = \"{}\"\n",
        atlassian.auth_url(),
        atlassian.api_url(),
        atlassian.site_url(&site),
    );
    machine.write(CONFIG, &config);
    let started = machine.run(&["systemctl", "start", "millpond"]).await;
    assert!(started.status.success(), "{}", machine.journal().await);
    becomes_equal(&machine, &site, &alice).await;
    machine.done(&["systemctl", "stop", "millpond"]).await;

    machine.configure(&atlassian, &[DOMAIN]);
    let refused = machine.run(&["systemctl", "start", "millpond"]).await;
    assert!(!refused.status.success());
    assert_eq!(machine.shows("ExecMainStatus").await, "3");
    let restarts = machine.shows("NRestarts").await;
    assert_eq!(restarts, "0", "restarting would change nothing");
    let journal = machine.journal().await;
    for told in ["no client secret", "/etc/millpond/client_secret"] {
        assert!(journal.contains(told), "{journal}");
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs root and systemd-nspawn: tests/systemd/run"]
async fn the_unit_comes_back_after_a_kill_and_when_it_hangs() {
    let (atlassian, alice, site, machine) = installed(3).await;
    machine.done(&["systemctl", "start", "millpond"]).await;
    becomes_equal(&machine, &site, &alice).await;

    machine
        .done(&["systemctl", "kill", "--signal=KILL", "millpond"])
        .await;
    machine.until("NRestarts", |count| count == "1").await;
    machine.until("ActiveState", |state| state == "active").await;

    // Stopped in its tracks it cannot feed the watchdog.
    let began = Instant::now();
    machine
        .done(&["systemctl", "kill", "--signal=STOP", "millpond"])
        .await;
    machine.until("NRestarts", |count| count == "2").await;
    machine.until("ActiveState", |state| state == "active").await;
    println!(
        "hanging, it was back after {:.1?}, of which the watchdog waited 3 s",
        began.elapsed()
    );
    let journal = machine.journal().await;
    assert!(journal.contains("Watchdog timeout"), "{journal}");

    site.space("ENG").page("Written meanwhile");
    becomes_equal(&machine, &site, &alice).await;
    grant_is_unharmed(&atlassian);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs root and systemd-nspawn: tests/systemd/run"]
async fn the_unit_stops_within_seconds_in_a_backfill_and_goes_on_afterwards() {
    let (atlassian, alice, site, machine) = installed(5000).await;
    atlassian.faults().slow(Duration::from_millis(50));
    machine.done(&["systemctl", "start", "millpond"]).await;
    let listings = || atlassian.log().count("GET /wiki/api/v2/pages");
    until("the middle of the copy", || listings() >= 5).await;

    let began = Instant::now();
    machine.done(&["systemctl", "stop", "millpond"]).await;
    println!(
        "in the middle of a backfill, stopping took {:.1?}",
        began.elapsed()
    );
    assert!(began.elapsed() < Duration::from_secs(10));
    assert_eq!(machine.shows("Result").await, "success");
    assert!(!equal(&machine, &site, &alice), "the copy had ended before");

    machine.done(&["systemctl", "start", "millpond"]).await;
    becomes_equal(&machine, &site, &alice).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs root and systemd-nspawn: tests/systemd/run"]
async fn the_unit_stopped_in_a_refresh_keeps_its_grant() {
    let (atlassian, alice, site, machine) = installed(3).await;
    machine.done(&["systemctl", "start", "millpond"]).await;
    becomes_equal(&machine, &site, &alice).await;

    let refreshes = || atlassian.log().count(TOKEN);
    let before = refreshes();
    // The server rotates the token, and the answer never comes.
    atlassian.faults().at(TOKEN).stall_next(1);
    atlassian.faults().expire_access_tokens();
    until("the refresh", || refreshes() > before).await;
    let began = Instant::now();
    machine.done(&["systemctl", "stop", "millpond"]).await;
    println!(
        "in the middle of a refresh without an answer, stopping took {:.1?}",
        began.elapsed()
    );
    // The result of a stop that systemd lost its patience with would be "timeout".
    assert_eq!(machine.shows("Result").await, "success");

    machine.done(&["systemctl", "start", "millpond"]).await;
    site.space("ENG").page("Written meanwhile");
    becomes_equal(&machine, &site, &alice).await;
    grant_is_unharmed(&atlassian);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs root and systemd-nspawn: tests/systemd/run"]
async fn the_unit_reloads_without_a_restart() {
    let (atlassian, alice) = world().await;
    let domains = [DOMAIN, "beta.atlassian.net"];
    let sites = domains.map(|domain| {
        let site = atlassian.site(domain);
        site.member(&alice);
        site.space(&domain[..3]).page("Runbook");
        site
    });
    let machine = Container::boot().await;
    machine.install(&atlassian, &domains).await;
    machine.configure(&atlassian, &domains[..1]);
    machine.done(&["systemctl", "start", "millpond"]).await;
    becomes_equal(&machine, &sites[0], &alice).await;
    let process = machine.shows("MainPID").await;

    machine.configure(&atlassian, &domains);
    machine.done(&["systemctl", "reload", "millpond"]).await;
    let both = |text: &str| {
        domains
            .iter()
            .all(|domain| text.contains(&format!("{domain} is up to date")))
    };
    machine.until("StatusText", both).await;
    machine.write(CONFIG, "[sync]\ndelta = \"whenever\"\n");
    machine.done(&["systemctl", "reload", "millpond"]).await;

    machine.until("StatusText", both).await;
    assert_eq!(machine.shows("MainPID").await, process);
    assert!(
        machine.journal().await.contains("whenever"),
        "nobody was told why"
    );
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs root and systemd-nspawn: tests/systemd/run"]
async fn another_account_reads_while_the_unit_runs_is_stopped_or_was_killed() {
    let (_atlassian, alice, site, machine) = installed(2000).await;
    machine.done(&["useradd", "--groups", "millpond", "reader"]).await;
    machine.done(&["systemctl", "start", "millpond"]).await;
    becomes_equal(&machine, &site, &alice).await;
    readers_count_the_pages(&machine, 2000).await;

    machine.done(&["systemctl", "stop", "millpond"]).await;
    readers_count_the_pages(&machine, 2000).await;

    machine.write(
        "etc/systemd/system/millpond.service.d/final.conf",
        "[Service]\nRestart=no\n",
    );
    machine.done(&["systemctl", "daemon-reload"]).await;
    machine.done(&["systemctl", "start", "millpond"]).await;
    site.space("ENG").page("Written at last");
    becomes_equal(&machine, &site, &alice).await;
    machine
        .done(&["systemctl", "kill", "--signal=KILL", "millpond"])
        .await;
    machine.until("ActiveState", |state| state == "failed").await;
    readers_count_the_pages(&machine, 2001).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs root and systemd-nspawn: tests/systemd/run"]
async fn the_timer_checks_the_mirror_beside_the_running_daemon() {
    let (_atlassian, alice, site, machine) = installed(3).await;
    machine
        .done(&["systemctl", "start", "millpond", "millpond-check.timer"])
        .await;
    becomes_equal(&machine, &site, &alice).await;

    machine.done(&["systemctl", "start", "millpond-check"]).await;
    println!(
        "{}",
        machine
            .done(&["journalctl", "--unit=millpond-check", "--output=cat"])
            .await
    );
    println!(
        "{}",
        machine
            .done(&["systemctl", "list-timers", "--no-pager", "millpond-*"])
            .await
    );
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs root and systemd-nspawn: tests/systemd/run"]
async fn the_timer_backs_the_mirror_up_beside_the_running_daemon_and_where_it_is_told_to() {
    let (atlassian, alice, site, machine) = installed(3).await;
    let tell = "[on_alert]\ncommand = [\"/bin/sh\", \"-c\", \"cat >> /var/lib/millpond/told\"]\ndisk_free = \"1B\"\n";
    machine.configure_with(&atlassian, &[DOMAIN], tell);
    machine
        .done(&["systemctl", "start", "millpond", "millpond-backup.timer"])
        .await;
    becomes_equal(&machine, &site, &alice).await;
    let timers = ["systemctl", "list-timers", "--no-pager", "millpond-backup.timer"];
    println!("{}", machine.done(&timers).await);

    machine.done(&["systemctl", "start", "millpond-backup"]).await;
    let log = ["journalctl", "--unit=millpond-backup", "--output=cat"];
    let said = machine.done(&log).await;
    assert!(said.contains("verified: /var/lib/millpond-backup/"), "{said}");
    let owner = ["stat", "--format=%U %a", "/var/lib/millpond-backup"];
    assert_eq!(machine.done(&owner).await, "millpond 750");

    let place = "[Service]\nEnvironment=BACKUPS=/srv/confluence\nReadWritePaths=/srv/confluence\n";
    machine.write("etc/systemd/system/millpond-backup.service.d/place.conf", place);
    machine.done(&["systemctl", "daemon-reload"]).await;
    let folder = [
        "install",
        "--directory",
        "--owner=millpond",
        "--mode=750",
        "/srv/confluence",
    ];
    machine.done(&folder).await;
    machine.done(&["systemctl", "start", "millpond-backup"]).await;
    let status = ["runuser", "-u", "millpond", "--", "millpond"];
    let status = [&status[..], &["--config", "/etc/millpond/config.toml", "status"]].concat();
    let told = machine.done(&status).await;
    assert!(
        told.contains("\nlast backup ") && told.contains(", to /srv/confluence"),
        "{told}"
    );

    machine.done(&["chown", "root", "/srv/confluence"]).await;
    let failed = machine.run(&["systemctl", "start", "millpond-backup"]).await;
    assert!(!failed.status.success());
    let said = machine.done(&log).await;
    assert!(
        said.contains("hint: let this account read and write there"),
        "{said}"
    );
    let told = machine.done(&status).await;
    assert!(told.contains("\nlast backup failed "), "{told}");
    println!("{}", machine.done(&log).await);

    // Somebody is told by the daemon, which looks at its start and once a minute.
    let told = |state: &str| {
        let told = std::fs::read_to_string(machine.state("told")).unwrap_or_default();
        told.contains(&format!("{{\"alert\":\"backup\",\"state\":\"{state}\""))
    };
    machine.done(&["systemctl", "restart", "millpond"]).await;
    until("the alert", || told("raised")).await;
    machine.done(&["chown", "millpond", "/srv/confluence"]).await;
    machine.done(&["systemctl", "start", "millpond-backup"]).await;
    machine.done(&["systemctl", "restart", "millpond"]).await;
    until("the end of the alert", || told("over")).await;
}
