//! Disks that are full, read-only or damaged, under the started program: how it ends, what it says, and that nothing is
//! lost.
//!
//! The disks are real ones, mounted where the program alone sees them. That takes root; elsewhere these tests say that they
//! were skipped.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::process::Output;

use confluence_sim::{Account, Site};
use tokio::time::timeout;

use crate::daemon::SOON;
use crate::support::installation::{Installation, visible, world};
use crate::support::program::Program;
use crate::support::watched::Watched;

const DOMAIN: &str = "acme.atlassian.net";

/// Puts a small disk in the place of the state, and in the end what is on it back into that place.
const SMALL: &str = "set -e; state=$1; size=$2; shift 2; cp -a $state $state.before; \
    mount -t tmpfs -o size=$size none $state; cp -a $state.before/. $state/; code=0; \"$@\" || code=$?; \
    cp -a $state $state.after; exit $code";
/// Makes the state read-only.
const READ_ONLY: &str =
    "set -e; state=$1; shift; mount --bind $state $state; mount -o remount,bind,ro $state; exec \"$@\"";

/// A site of a few pages, and a mirror that equals it.
struct Stage {
    _atlassian: Watched,
    alice: Account,
    site: Site,
    home: Installation,
}

impl Stage {
    async fn set() -> Self {
        let (atlassian, alice) = world().await;
        let site = atlassian.site(DOMAIN);
        site.member(&alice);
        site.space("ENG").pages(["Runbook", "On call"]);
        let home = Installation::new(&atlassian, &[DOMAIN]).connected(DOMAIN).await;
        home.done(&["sync"]).await;
        Self {
            _atlassian: atlassian,
            alice,
            site,
            home,
        }
    }

    fn is_equal(&self) -> bool {
        self.home.mirrored() == visible(&self.site, &self.alice)
    }

    /// Every byte of the mirror that lasts.
    fn bytes(&self) -> Vec<u8> {
        fs::read(self.home.database()).unwrap()
    }

    /// The program where another one has mounted a disk.
    fn on(&self, disk: &str, more: &[&str], arguments: &[&str]) -> Program {
        let state = self.home.path("state");
        let state = state.to_str().unwrap();
        let mount = ["--mount", "sh", "-c", disk, "sh", state];
        self.home
            .command(arguments)
            .under("unshare", &[&mount[..], more].concat())
    }

    /// The small disk is taken out, and what is on it goes on elsewhere.
    fn replace_disk(&self) {
        let state = self.home.path("state");
        fs::remove_dir_all(&state).unwrap();
        fs::remove_dir_all(state.with_extension("before")).unwrap();
        fs::rename(state.with_extension("after"), &state).unwrap();
    }
}

/// Whether disks can be mounted here. Says so if not.
fn can_mount() -> bool {
    let is_root = fs::metadata("/proc/self").unwrap().uid() == 0;
    let can = is_root
        && std::process::Command::new("unshare")
            .args(["--mount", "mount", "-t", "tmpfs", "none", "/mnt"])
            .status()
            .is_ok_and(|status| status.success());
    if !can {
        eprintln!("skipped: no disk can be mounted here");
    }
    can
}

/// The exit code, and what a person reads. Whoever runs for ever has failed.
async fn ended(program: Program) -> (Option<i32>, String) {
    let Output { status, stderr, .. } = timeout(2 * SOON, program.ended()).await.unwrap();
    (status.code(), String::from_utf8(stderr).unwrap())
}

/// Text that no compression makes small.
fn noise(bytes: usize, seed: u64) -> String {
    let mut state = seed.wrapping_mul(2_685_821_657_736_338_717) | 1;
    let mut letter = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        char::from(b"abcdefghijklmnopqrstuvwxyz012345"[(state >> 59) as usize])
    };
    (0..bytes)
        .map(|at| if at % 9 == 8 { ' ' } else { letter() })
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_ends_everything_with_75_and_costs_nothing_that_was_mirrored() {
    if !can_mount() {
        return;
    }
    let stage = Stage::set().await;
    let before = stage.home.mirrored();
    stage.site.space("ENG").pages_generated(60, |n| {
        (format!("Long {n}"), format!("<p>{}</p>", noise(80_000, n)))
    });
    for command in ["sync", "run"] {
        let (code, said) = ended(stage.on(SMALL, &["4m"], &[command])).await;
        assert_eq!(code, Some(75), "{command}: {said}");
        assert!(
            said.contains("full") && said.contains("hint: make room"),
            "{said}"
        );
        stage.replace_disk();
        let kept = stage.home.mirrored();
        assert!(
            before.iter().all(|page| kept.contains(page)),
            "{command}: {kept:?}"
        );
        stage.home.done(&["check", "--full"]).await;
    }
    stage.home.done(&["sync"]).await;
    assert!(stage.is_equal());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_under_a_backup_or_an_export_means_75_as_well() {
    if !can_mount() {
        return;
    }
    let stage = Stage::set().await;
    let full = "set -e; mkdir -p $1.full; mount -t tmpfs -o size=64k none $1.full; shift; exec \"$@\"";
    let to = stage.home.path("state.full");
    stage
        .site
        .space("ENG")
        .pages_generated(20, |n| (format!("Long {n}"), noise(20_000, n)));
    stage.home.done(&["sync"]).await;
    for command in ["backup", "export"] {
        let (code, said) = ended(stage.on(full, &[], &[command, to.to_str().unwrap()])).await;
        assert_eq!(code, Some(75), "{command}: {said}");
        assert!(said.contains("hint: make room"), "{said}");
    }
    assert!(stage.is_equal());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_read_only_disk_ends_everything_with_5_and_changes_nothing() {
    if !can_mount() {
        return;
    }
    let stage = Stage::set().await;
    stage.site.space("ENG").page("Written meanwhile");
    let bytes = stage.bytes();
    for command in ["sync", "run"] {
        let (code, said) = ended(stage.on(READ_ONLY, &[], &[command])).await;
        assert_eq!(code, Some(5), "{command}: {said}");
        assert!(said.contains("mounted read-only"), "{said}");
        assert_eq!(stage.bytes(), bytes, "{command}");
    }
    stage.home.done(&["sync"]).await;
    assert!(stage.is_equal());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_database_ends_everything_with_5_and_is_kept_for_analysis() {
    let stage = Stage::set().await;
    let sound = stage.bytes();
    let page = 4096;
    for (what, range) in [
        ("its first page", 0..page),
        ("everything but its first page", page..sound.len()),
    ] {
        let mut damaged = sound.clone();
        damaged[range].fill(0xa5);
        fs::write(stage.home.database(), &damaged).unwrap();
        for command in ["sync", "run", "check"] {
            let (code, said) = ended(stage.home.command([command])).await;
            assert_eq!(code, Some(5), "{what}, {command}: {said}");
            assert!(stage.bytes() == damaged, "{what}: {command} changed the file");
        }
        let (_, said) = ended(stage.home.command(["sync"])).await;
        assert!(
            said.contains("nothing was deleted: keep the file"),
            "{what}: {said}"
        );
    }
    fs::write(stage.home.database(), &sound).unwrap();
    stage.home.done(&["sync"]).await;
    assert!(stage.is_equal());
}
