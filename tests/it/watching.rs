//! What monitors read, and what somebody is told unasked: the health, the figures and the alerts of the running daemon.

use std::path::Path;

use insta::{assert_snapshot, with_settings};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::time::timeout;

use crate::daemon::{SOON, equals_the_site, signal, until};
use crate::support::installation::{Installation, outsider, world};

const DOMAIN: &str = "acme.atlassian.net";

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    listener.local_addr().unwrap().port()
}

/// The value of a metric, by its name and labels.
fn value(page: &str, metric: &str) -> f64 {
    let line = page
        .lines()
        .find_map(|line| line.strip_prefix(metric)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("no {metric} in {page}"))
        .parse()
        .unwrap()
}

#[tokio::test]
async fn a_monitor_reads_health_and_figures_on_loopback_and_at_the_socket() {
    let (atlassian, alice) = world().await;
    let site = atlassian.site(DOMAIN);
    site.member(&alice);
    site.space("ENG").pages(["Runbook", "On call"]);
    let home = Installation::new(&atlassian, &[DOMAIN]).connected(DOMAIN).await;
    let port = free_port();
    let listen =
        format!("[sync]\ncontent = [\"pages\", \"users\"]\n[metrics]\nlisten = \"127.0.0.1:{port}\"\n");
    home.configure(&atlassian, &[DOMAIN], &listen);
    let mut daemon = home.spawn(&["run"]);
    until("the first copy", || equals_the_site(&home, &site, &alice)).await;

    let http = millpond::app::http_client().unwrap();
    let get = async |path: &str| {
        let answer = http
            .get(format!("http://127.0.0.1:{port}{path}"))
            .send()
            .await
            .unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    let (status, health) = get("/healthz").await;
    assert_eq!(
        (status, health.starts_with("ok: acme.atlassian.net ")),
        (200, true),
        "{health}"
    );
    let (status, page) = get("/metrics").await;
    assert_eq!(status, 200, "{page}");
    assert!(
        (value(
            &page,
            "millpond_content{kind=\"page\",site=\"acme.atlassian.net\"}"
        ) - 2.0)
            .abs()
            < 0.1
    );
    let ended = value(
        &page,
        "millpond_last_success_timestamp_seconds{mode=\"backfill\",site=\"acme.atlassian.net\"}",
    );
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap();
    assert!((0.0..600.0).contains(&(now.as_secs_f64() - ended)), "{ended}");
    let pages = "millpond_request_seconds_count{route=\"GET /wiki/api/v2/pages\",status=\"200\"}";
    assert!(value(&page, pages) >= 1.0);
    for secret in atlassian.secrets() {
        assert!(!page.contains(&secret), "a secret is among the figures");
    }
    // Who only watches cannot ask for anything.
    assert_eq!(get("/status").await.0, 404);

    let socket = home.path("state/millpond.sock");
    let local = reqwest::Client::builder().unix_socket(socket).build().unwrap();
    let same = local
        .get("http://millpond/metrics")
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert!(same.contains("millpond_points_left{app=\"client-1\"}"), "{same}");
    let names: Vec<_> = page.lines().filter(|line| !line.contains("_bucket{")).collect();
    with_settings!({ omit_expression => true, filters => [
        (r"(?m) [0-9][0-9.e+-]*$", " N"),
        (r"712020:[0-9a-f-]+|712020-[0-9a-f-]+", "ACCOUNT"),
        (r#"status="\d+""#, "status=\"STATUS\""),
        (r#"state="[a-z_]+""#, "state=\"STATE\""),
        (r#"version="[0-9.]+""#, "version=\"VERSION\""),
    ] }, { assert_snapshot!("metrics", names.join("\n")) });

    signal(&daemon, "TERM").await;
    assert!(timeout(SOON, daemon.wait()).await.unwrap().unwrap().success());
}

/// What the command was told, in order.
fn told(file: &Path) -> Vec<(String, String)> {
    let lines = std::fs::read_to_string(file).unwrap_or_default();
    let told = lines.lines().map(|line| {
        let message: Value = serde_json::from_str(line).unwrap();
        let text = |key: &str| message[key].as_str().unwrap().to_owned();
        (text("alert"), text("state"))
    });
    told.collect()
}

#[tokio::test]
async fn who_must_know_is_told_once_and_once_when_it_is_over() {
    let (atlassian, alice) = world().await;
    let site = atlassian.site(DOMAIN);
    site.member(&alice);
    site.space("ENG").page("Runbook");
    let home = Installation::new(&atlassian, &[DOMAIN]).connected(DOMAIN).await;
    let (file, hook) = (home.path("told"), TcpListener::bind("127.0.0.1:0").await.unwrap());
    let address = hook.local_addr().unwrap();
    let posted = tokio::spawn(async move {
        let (mut stream, _) = hook.accept().await.unwrap();
        let mut request = Vec::new();
        while !request.ends_with(b"}") {
            let mut part = [0; 4096];
            let count = stream.read(&mut part).await.unwrap();
            request.extend(&part[..count]);
        }
        stream
            .write_all(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n")
            .await
            .unwrap();
        String::from_utf8(request).unwrap()
    });
    let tell = |enough: &str, more: &str| {
        let command = format!("cat >> {0}; echo >> {0}", file.display());
        let alert = format!(
            "[on_alert]\ncommand = [\"/bin/sh\", \"-c\", \"{command}\"]\ndisk_free = \"{enough}\"\n{more}"
        );
        home.configure(&atlassian, &[DOMAIN], &alert);
    };
    let disk = |state: &str| ("disk".to_owned(), state.to_owned());

    tell("1000PiB", &format!("webhook = \"http://{address}/hook\"\n"));
    let daemon = home.spawn(&["run"]);
    until("the alert", || told(&file) == [disk("raised")]).await;
    let posted = posted.await.unwrap();
    assert!(
        posted.starts_with("POST /hook ") && posted.contains("\"state\":\"raised\""),
        "{posted}"
    );
    let noted = || {
        let sql = "SELECT count(*) FROM alerts";
        outsider(&home.database())
            .query_row(sql, [], |row| row.get(0))
            .unwrap_or(0)
    };
    until("taking note of it", || noted() == 1).await;
    drop(daemon);

    // The next start knows what was told, and the one after that tells that it is over.
    tell("1000PiB", "");
    let daemon = home.spawn(&["run"]);
    until("the start", || daemon.logged().contains("mirroring acme")).await;
    home.done(&["sync"]).await;
    drop(daemon);
    tell("1B", "");
    let _daemon = home.spawn(&["run"]);
    until("the end of the alert", || told(&file).len() > 1).await;
    assert_eq!(told(&file), [disk("raised"), disk("over")]);
}

#[tokio::test]
async fn a_backup_that_failed_is_told_once_and_once_when_the_next_one_is_good() {
    let (atlassian, alice) = world().await;
    let site = atlassian.site(DOMAIN);
    site.member(&alice);
    site.space("ENG").page("Runbook");
    let home = Installation::new(&atlassian, &[DOMAIN]).connected(DOMAIN).await;
    let (file, backups) = (home.path("told"), home.path("backups"));
    let tell = format!("cat >> {0}; echo >> {0}", file.display());
    let alert = format!("[on_alert]\ncommand = [\"/bin/sh\", \"-c\", \"{tell}\"]\ndisk_free = \"1B\"\n");
    home.configure(&atlassian, &[DOMAIN], &alert);
    home.done(&["sync"]).await;
    let backup = async || {
        let to = backups.to_str().unwrap();
        home.millpond(&["backup", to, "--verify", "--keep", "last=1"])
            .await
    };
    let failed = |state: &str| ("backup".to_owned(), state.to_owned());

    // A disk that takes nothing: a file where the folder should be.
    std::fs::write(&backups, "in the way").unwrap();
    assert_eq!(backup().await.status.code(), Some(1));
    let daemon = home.spawn(&["run"]);
    until("the alert", || told(&file) == [failed("raised")]).await;
    let raised = || home.database().exists() && count(&home, "alerts") == 1;
    until("taking note of it", raised).await;
    let status = home.done(&["status"]).await;
    for told in ["\nlast backup failed ", ": the backup to "] {
        assert!(status.contains(told), "{status}");
    }
    drop(daemon);

    // It fails again, another way: that was told already.
    assert!(!backup().await.status.success());
    let daemon = home.spawn(&["run"]);
    until("the start", || daemon.logged().contains("mirroring acme")).await;
    home.done(&["sync"]).await;
    drop(daemon);
    std::fs::remove_file(&backups).unwrap();
    let good = backup().await;
    let printed = String::from_utf8_lossy(&good.stdout);
    assert!(
        good.status.success() && printed.contains("\nverified: "),
        "{printed}"
    );
    let _daemon = home.spawn(&["run"]);
    until("the end of the alert", || told(&file).len() > 1).await;
    assert_eq!(told(&file), [failed("raised"), failed("over")]);
    until("taking note of that", || count(&home, "alerts") == 0).await;
    let status = home.done(&["status"]).await;
    assert!(
        status.contains("\nlast backup ") && !status.contains("alert"),
        "{status}"
    );
}

#[tokio::test]
async fn deletions_that_are_held_are_told_once_and_once_when_somebody_accepted_them() {
    let (atlassian, alice) = world().await;
    let site = atlassian.site(DOMAIN);
    site.member(&alice);
    let pages = site
        .space("ENG")
        .pages_generated(30, |n| (format!("Page {n}"), String::new()));
    let home = Installation::new(&atlassian, &[DOMAIN]).connected(DOMAIN).await;
    let file = home.path("told");
    let tell = format!("cat >> {0}; echo >> {0}", file.display());
    let alert = format!("[on_alert]\ncommand = [\"/bin/sh\", \"-c\", \"{tell}\"]\ndisk_free = \"1B\"\n");
    home.configure(&atlassian, &[DOMAIN], &alert);
    home.done(&["sync"]).await;
    for page in &pages[..25] {
        site.trash(page);
    }
    home.done(&["sync", "--sweep"]).await;
    let guard = |state: &str| (format!("guard {DOMAIN}"), state.to_owned());

    let daemon = home.spawn(&["run"]);
    until("the alert", || told(&file) == [guard("raised")]).await;
    until("taking note of it", || count(&home, "alerts") == 1).await;
    home.done(&["sync", "--sweep", "--accept-deletions"]).await;
    drop(daemon);
    let _daemon = home.spawn(&["run"]);
    until("the end of the alert", || told(&file).len() > 1).await;
    assert_eq!(told(&file), [guard("raised"), guard("over")]);
}

fn count(home: &Installation, table: &str) -> u32 {
    let sql = format!("SELECT count(*) FROM {table}");
    let count = outsider(&home.database()).query_row(&sql, [], |row| row.get(0));
    count.unwrap_or(0)
}

#[tokio::test]
async fn no_other_machine_watches_unless_the_configuration_says_so() {
    let (atlassian, _) = world().await;
    let home = Installation::new(&atlassian, &[DOMAIN]);
    home.configure(&atlassian, &[DOMAIN], "[metrics]\nlisten = \"0.0.0.0:9464\"\n");
    let refused = home.millpond(&["run"]).await;
    let said = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(3), "{said}");
    for told in [
        "`metrics.listen`",
        "other machines could read it there",
        "`metrics.anywhere = true`",
    ] {
        assert!(said.contains(told), "{said}");
    }
    assert!(!home.database().exists(), "nothing was begun");
}
