//! The daemon as a process: it follows the site, and stops when it is told to.

use std::path::Path;
use std::time::Duration;

use confluence_sim::{Account, Site};
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep, timeout};

use crate::support::installation::{Installation, outsider, visible, world};
use crate::support::program::Program;
use crate::support::watched::record;

const DOMAIN: &str = "acme.atlassian.net";

/// Every second, so that no test waits for a quarter of an hour.
pub(crate) const HASTY: &str = "[sync]\ndelta = \"* * * * * *\"\nsweep = \"*/2 * * * * *\"\n\
                     deletion_guard = { confirm_after = \"1ms\" }\n";

/// Far below what stopping may take, far above what a busy machine makes of it.
pub(crate) const SOON: Duration = Duration::from_secs(30);

pub(crate) async fn until(what: &str, condition: impl Fn() -> bool) {
    let deadline = Instant::now() + SOON;
    while !condition() {
        assert!(Instant::now() < deadline, "{what} did not happen");
        sleep(Duration::from_millis(10)).await;
    }
}

pub(crate) async fn signal(child: &Child, name: &str) {
    let process = child.id().unwrap().to_string();
    let sent = Command::new("kill")
        .args([&format!("-{name}"), &process])
        .status()
        .await
        .unwrap();
    assert!(sent.success());
}

pub(crate) fn equals_the_site(home: &Installation, site: &Site, account: &Account) -> bool {
    has_run(&home.database()) && home.mirrored() == visible(site, account)
}

/// Whether a run has ended well.
fn has_run(database: &Path) -> bool {
    let ended = "SELECT count(*) FROM run WHERE outcome = 'complete'";
    database.exists()
        && outsider(database)
            .query_row(ended, [], |row| row.get::<_, i64>(0))
            .is_ok_and(|count| count > 0)
}

#[tokio::test]
async fn the_daemon_follows_the_site_and_stops_at_sigterm() {
    let (atlassian, alice) = world().await;
    let site = atlassian.site(DOMAIN);
    site.member(&alice);
    let pages = site.space("ENG").pages(["Runbook", "On call", "Glossary"]);
    let home = Installation::new(&atlassian, &[DOMAIN]).connected(DOMAIN).await;
    home.configure(&atlassian, &[DOMAIN], HASTY);
    let mut daemon = home.spawn(&["run"]);
    until("the first copy", || equals_the_site(&home, &site, &alice)).await;

    site.edit(&pages[0], "<p>Changed.</p>");
    site.trash(&pages[1]);
    site.space("HR").page("Holidays");
    until("following the site", || equals_the_site(&home, &site, &alice)).await;

    signal(&daemon, "TERM").await;
    let ended = timeout(SOON, daemon.wait()).await.unwrap().unwrap();
    assert!(ended.success(), "{ended}");
}

#[tokio::test]
async fn a_backfill_stopped_by_sigterm_is_recorded_and_goes_on() {
    let (atlassian, alice) = world().await;
    let site = atlassian.site(DOMAIN);
    site.member(&alice);
    site.space("ENG")
        .pages_generated(5000, |n| (format!("Page {n}"), String::new()));
    let home = Installation::new(&atlassian, &[DOMAIN]).connected(DOMAIN).await;
    atlassian.faults().slow(Duration::from_millis(50));
    let mut daemon = home.spawn(&["run"]);
    let listings = || atlassian.log().count("GET /wiki/api/v2/pages");
    until("the middle of the copy", || listings() >= 5).await;

    signal(&daemon, "TERM").await;
    let ended = timeout(SOON, daemon.wait()).await.unwrap().unwrap();
    assert!(ended.success(), "{ended}");
    let outcome =
        outsider(&home.database()).query_row("SELECT outcome FROM run", [], |row| row.get::<_, String>(0));
    assert_eq!(outcome.unwrap(), "interrupted");

    atlassian.faults().clear();
    home.done(&["sync"]).await;
    assert_eq!(home.mirrored(), visible(&site, &alice));
    assert!(listings() <= 20 + 3, "{} listings of 20 pages", listings());
}

#[tokio::test]
async fn sigusr1_asks_for_a_run_now() {
    let (atlassian, alice) = world().await;
    let site = atlassian.site(DOMAIN);
    site.member(&alice);
    let page = site.space("ENG").page("Runbook");
    let home = Installation::new(&atlassian, &[DOMAIN]).connected(DOMAIN).await;
    home.configure(&atlassian, &[DOMAIN], "[sync]\ndelta = \"0 0 1 1 *\"\n");
    let mut daemon = home.spawn(&["run"]);
    until("the first copy", || equals_the_site(&home, &site, &alice)).await;

    site.edit(&page, "<p>Changed.</p>");
    signal(&daemon, "USR1").await;
    until("the run that was asked for", || {
        equals_the_site(&home, &site, &alice)
    })
    .await;

    signal(&daemon, "TERM").await;
    assert!(timeout(SOON, daemon.wait()).await.unwrap().unwrap().success());
}

#[tokio::test]
async fn a_site_that_fails_delays_no_other() {
    let (atlassian, alice) = world().await;
    let good = atlassian.site("good.atlassian.net");
    good.member(&alice);
    good.space("ENG").page("Runbook");
    let domains = ["gone.atlassian.net", "good.atlassian.net"];
    let home = Installation::new(&atlassian, &domains)
        .connected(domains[1])
        .await;
    let mut daemon = home.spawn(&["run"]);

    until("the copy of the good site", || {
        equals_the_site(&home, &good, &alice)
    })
    .await;
    signal(&daemon, "INT").await;
    assert!(timeout(SOON, daemon.wait()).await.unwrap().unwrap().success());
}

#[tokio::test]
async fn a_site_that_never_answers_and_one_that_is_broken_delay_no_other() {
    let (atlassian, alice) = world().await;
    let domains = [
        "hangs.atlassian.net",
        "broken.atlassian.net",
        "good.atlassian.net",
    ];
    let [hanging, broken, good] = domains.map(|domain| {
        let site = atlassian.site(domain);
        site.member(&alice);
        site.space("ENG").page("Runbook");
        site
    });
    let home = Installation::new(&atlassian, &domains)
        .connected(domains[2])
        .await;
    home.configure(&atlassian, &domains, HASTY);
    atlassian.faults().hang(&hanging);
    atlassian.faults().break_down(&broken, 500);
    let mut daemon = home.spawn(&["run"]);

    until("the copy of the good site", || {
        equals_the_site(&home, &good, &alice)
    })
    .await;
    for title in ["Weather", "Tides", "Moon"] {
        good.space("ENG").page(title);
        until("following the good site", || {
            equals_the_site(&home, &good, &alice)
        })
        .await;
    }
    let log = atlassian.log();
    let asked = |site: &Site| {
        let path = format!("/ex/confluence/{}/", site.cloud_id());
        log.requests()
            .iter()
            .any(|request| request.path.starts_with(&path))
    };
    assert!(
        asked(&hanging) && asked(&broken),
        "all are asked at the same time"
    );

    // A request that nobody answers keeps nobody from stopping.
    signal(&daemon, "TERM").await;
    assert!(timeout(SOON, daemon.wait()).await.unwrap().unwrap().success());
}

#[tokio::test]
async fn the_demo_shows_a_first_copy_and_a_search() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("demo");
    let output = demo(&dir).arg("--once").ended().await;

    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{printed}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(
        printed.contains("Connected acme-inland.atlassian.net"),
        "{printed}"
    );
    assert!(
        printed.contains("https://acme-inland.atlassian.net/wiki/spaces/"),
        "{printed}"
    );
    // Not every machine can resolve that name.
    let config = std::fs::read_to_string(dir.join("config.toml")).unwrap();
    assert!(!config.contains("localhost"), "{config}");
    let pages = outsider(&dir.join("state/mirror.db"))
        .query_row("SELECT count(*) FROM page", [], |row| row.get::<_, i64>(0));
    assert!(pages.unwrap() >= 200);
}

#[tokio::test]
async fn the_commands_that_the_demo_proposes_work_and_ctrl_c_ends_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut running = demo(&folder.path().join("demo")).spawn();
    running.prints(|line| line.contains("Ctrl-C")).await.unwrap();
    let printed = running.printed();
    let commands = printed.lines().filter(|line| line.contains("--config"));
    let proposed: Vec<_> = commands.filter_map(|line| line.strip_prefix("  ")).collect();

    assert_eq!(proposed.len(), 4, "{proposed:?}");
    for command in proposed {
        let output = Command::new("sh").args(["-c", command]).output().await.unwrap();
        assert!(
            output.status.success(),
            "{command}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        // A search that finds nothing says so in one line.
        assert!(
            String::from_utf8_lossy(&output.stdout).lines().count() > 1,
            "{command} shows nothing"
        );
    }
    signal(&running, "INT").await;
    let ended = timeout(SOON, running.wait()).await.unwrap().unwrap();
    assert!(ended.success(), "{ended}");
}

#[tokio::test]
async fn the_demo_touches_no_folder_that_holds_something() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("precious.txt"), "mine").unwrap();
    let output = demo(folder.path()).arg("--once").ended().await;

    assert_eq!(output.status.code(), Some(1));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

fn demo(dir: &Path) -> Program {
    Program::new(dir).args(["demo", "--dir"]).arg(dir)
}

/// `script` opens a terminal for what it starts; when it is killed, that terminal is gone.
#[tokio::test]
async fn a_terminal_that_closes_stops_the_daemon_in_it() {
    let (atlassian, alice) = world().await;
    let site = atlassian.site(DOMAIN);
    site.member(&alice);
    site.space("ENG").page("Runbook");
    let home = Installation::new(&atlassian, &[DOMAIN]).connected(DOMAIN).await;
    let log = home.path("log");
    let in_a_terminal = format!(
        "exec script --quiet --command \"$* 2> {}\" /dev/null",
        log.display()
    );
    let terminal = home
        .command(["run"])
        .under("sh", &["-c", &in_a_terminal, "sh"])
        .spawn();
    until("the first copy", || equals_the_site(&home, &site, &alice)).await;
    let socket = home.path("state/millpond.sock");
    until("its socket", || socket.exists()).await;

    signal(&terminal, "KILL").await;
    until("its end", || !socket.exists()).await;
    let logged = std::fs::read(&log).unwrap();
    record(&logged);
    let logged = String::from_utf8_lossy(&logged);
    assert!(logged.contains("SIGHUP: stopping"), "{logged}");
    let lock = std::fs::File::open(home.path("state/millpond.lock")).unwrap();
    until("a mirror that nobody holds", || lock.try_lock().is_ok()).await;
    drop(lock);
    home.done(&["sync"]).await;
}
