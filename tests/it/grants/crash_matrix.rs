//! `kill -9` at every step of a refresh.

use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::time::Duration;

use confluence_sim::Atlassian;
use rand::RngExt as _;
use serde_json::Value;
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep};

use super::{DOMAIN, TOKEN, accepts, always_refreshing, refreshes, until};
use crate::support::installation::Installation;

/// What the kernel sends to a process that writes more than it may.
const SIGXFSZ: i32 = 25;
/// How long the heir of a killed process may take, at most, to ask again: just inside the leeway of ten minutes.
const NINE_MINUTES: Duration = Duration::from_mins(9);
const KILLS: usize = 100;

/// The installation's one grant, as it lies on the disk.
struct OnDisk(PathBuf);

impl OnDisk {
    fn of(home: &Installation) -> Self {
        let files = std::fs::read_dir(home.path("state/credentials")).unwrap();
        let mut paths = files.map(|file| file.unwrap().path());
        Self(
            paths
                .find(|path| path.extension().is_some_and(|end| end == "json"))
                .unwrap(),
        )
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&std::fs::read(&self.0).unwrap()).unwrap()
    }

    fn is_pending(&self) -> bool {
        self.json()["pending_since"].is_string()
    }

    fn refresh_token(&self) -> String {
        self.json()["refresh_token"].as_str().unwrap().to_owned()
    }

    /// How much of the next content lies beside it.
    fn beside(&self) -> Option<u64> {
        std::fs::metadata(self.0.with_extension("new"))
            .ok()
            .map(|file| file.len())
    }
}

/// From now on the process dies at the first byte that it writes beyond `bytes` of a file.
async fn allow_files_of(bytes: u64, child: &Child) {
    let status = prlimit()
        .args(["--pid", &child.id().unwrap().to_string(), "--core=0"])
        .arg(format!("--fsize={bytes}"))
        .status()
        .await;
    assert!(status.unwrap().success());
}

/// Part of every Linux system's util-linux, and of no other system.
fn prlimit() -> Command {
    Command::new("prlimit")
}

/// Another process asks nine minutes later. It must get a token that counts.
async fn inherit(atlassian: &Atlassian, home: &Installation) {
    atlassian.clock().advance(NINE_MINUTES);
    let token = home.done(&["token", DOMAIN]).await;
    assert!(accepts(atlassian, &token).await);
    let disk = OnDisk::of(home);
    assert!(!disk.is_pending() && disk.beside().is_none());
}

fn assert_no_grant_was_lost(atlassian: &Atlassian) {
    let log = atlassian.log();
    assert_eq!((log.reuse_past_leeway(), log.revoked_families()), (0, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_killed_before_the_server_hears_of_it_costs_nothing() {
    let (atlassian, _, home) = always_refreshing().await;
    let disk = OnDisk::of(&home);
    let before = disk.refresh_token();
    atlassian.faults().at(TOKEN).ignore_next(1);
    let asked = atlassian.log().count(TOKEN);
    let mut child = home.spawn(&["token", DOMAIN]);
    until("the request", || atlassian.log().count(TOKEN) > asked).await;
    child.kill().await.unwrap();

    assert!(disk.is_pending());
    assert_eq!((disk.refresh_token(), refreshes(&atlassian)), (before, 0));
    inherit(&atlassian, &home).await;
    assert_no_grant_was_lost(&atlassian);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_killed_between_the_rotation_and_its_answer_costs_nothing() {
    let (atlassian, _, home) = always_refreshing().await;
    let disk = OnDisk::of(&home);
    let before = disk.refresh_token();
    atlassian.faults().at(TOKEN).stall_next(1);
    let mut child = home.spawn(&["token", DOMAIN]);
    until("the rotation", || refreshes(&atlassian) == 1).await;
    child.kill().await.unwrap();

    assert!(disk.is_pending());
    assert_eq!(disk.refresh_token(), before, "the server has retired it");
    inherit(&atlassian, &home).await;
    assert!(atlassian.log().refreshes()[1].is_reuse);
    assert_no_grant_was_lost(&atlassian);
}

/// Dies with the answer in its memory, after so many bytes of the new file.
async fn dies_while_writing(bytes: u64) {
    if prlimit().arg("--version").output().await.is_err() {
        eprintln!("skipped: there is no prlimit to stop a process in the middle of a write");
        return;
    }
    let (atlassian, _, home) = always_refreshing().await;
    let disk = OnDisk::of(&home);
    let before = disk.refresh_token();
    atlassian.faults().slow(Duration::from_millis(300));
    let mut child = home.spawn(&["token", DOMAIN]);
    until("the rotation", || refreshes(&atlassian) == 1).await;
    allow_files_of(bytes, &child).await;
    assert_eq!(child.wait().await.unwrap().signal(), Some(SIGXFSZ));
    atlassian.faults().slow(Duration::ZERO);

    assert_eq!(disk.beside(), Some(bytes));
    assert!(disk.is_pending());
    assert_eq!(disk.refresh_token(), before);
    inherit(&atlassian, &home).await;
    assert_no_grant_was_lost(&atlassian);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_killed_between_the_answer_and_its_first_byte_on_disk_costs_nothing() {
    dies_while_writing(0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_killed_in_the_middle_of_writing_costs_nothing() {
    dies_while_writing(1000).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_killed_after_writing_leaves_the_new_tokens() {
    let (atlassian, _, home) = always_refreshing().await;
    let disk = OnDisk::of(&home);
    let before = disk.refresh_token();
    let mut child = home.spawn(&["token", DOMAIN]);
    until("the new file", || disk.refresh_token() != before).await;
    child.kill().await.unwrap();

    assert!(!disk.is_pending());
    inherit(&atlassian, &home).await;
    assert!(
        atlassian
            .log()
            .refreshes()
            .iter()
            .all(|refresh| !refresh.is_reuse)
    );
    assert_no_grant_was_lost(&atlassian);
}

/// Where a kill caught the process, by what it left behind.
fn scene(disk: &OnDisk, before: &str, rotations: usize) -> &'static str {
    match (disk.refresh_token() == before, disk.is_pending(), rotations) {
        (true, false, _) => "before the intent was written",
        (true, true, 0) => "before the rotation",
        (true, true, _) if disk.beside().is_some() => "while writing",
        (true, true, _) => "between the rotation and the write",
        (false, ..) => "after the write",
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_kills_at_random_instants_cost_no_grant() {
    let (atlassian, _, home) = always_refreshing().await;
    let disk = OnDisk::of(&home);
    let mut scenes = std::collections::BTreeMap::<_, u32>::new();
    for number in 0..KILLS {
        let command = if number % 2 == 0 {
            &["token", DOMAIN][..]
        } else {
            &["sync"]
        };
        let latency = Duration::from_millis(rand::rng().random_range(0..15));
        atlassian.faults().slow(latency);
        let undisturbed = Instant::now();
        home.done(&["token", DOMAIN]).await;
        let longest = undisturbed.elapsed();

        let (before, rotations) = (disk.refresh_token(), refreshes(&atlassian));
        let mut child = home.spawn(command);
        sleep(longest.mul_f64(rand::rng().random_range(0.2..1.1))).await;
        child.kill().await.unwrap();
        *scenes
            .entry(scene(&disk, &before, refreshes(&atlassian) - rotations))
            .or_default() += 1;
        if rand::random() {
            inherit(&atlassian, &home).await;
        }
    }
    println!("{KILLS} kills: {scenes:?}");
    inherit(&atlassian, &home).await;
    assert_no_grant_was_lost(&atlassian);
}
