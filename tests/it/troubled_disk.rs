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
use crate::export::support::files;
use crate::support::installation::{Installation, visible, world};
use crate::support::program::Program;
use crate::support::watched::Watched;

const DOMAIN: &str = "acme.atlassian.net";

/// Puts a small disk in the place of the state, and in the end what is on it back into that place.
const SMALL: &str = "set -e; state=$1; size=$2; shift 2; cp -a $state $state.before; \
    mount -t tmpfs -o size=$size none $state; cp -a $state.before/. $state/; code=0; \"$@\" || code=$?; \
    cp -a $state $state.after; exit $code";
/// Makes the state, or what is named of it, read-only.
const READ_ONLY: &str =
    "set -e; part=$1/$2; shift 2; mount --bind $part $part; mount -o remount,bind,ro $part; exec \"$@\"";
/// What a disk answers that is about to die.
const FAILING: &str = "error=EIO:when=";
/// Everything that the tests below need.
const WITH_FILES: &str = "[sync]\ncontent = [\"pages\", \"attachments\", \"users\"]\n";

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
        let home = Installation::new(&atlassian, &[DOMAIN]);
        // Before the consent, which is asked for what is configured.
        home.configure(&atlassian, &[DOMAIN], WITH_FILES);
        let home = home.connected(DOMAIN).await;
        home.done(&["sync"]).await;
        Self {
            _atlassian: atlassian,
            alice,
            site,
            home,
        }
    }

    /// The same, with an attachment of so many bytes that is not mirrored yet.
    async fn with_a_file(bytes: usize) -> (Self, Vec<u8>) {
        let stage = Self::set().await;
        let page = stage.site.space("ENG").page("With a plan");
        let file = noise(bytes, 7).into_bytes();
        stage
            .site
            .attach(&page, "plan.bin", "application/octet-stream", &file);
        (stage, file)
    }

    fn is_equal(&self) -> bool {
        self.home.mirrored() == visible(&self.site, &self.alice)
    }

    /// Every file of an attachment, whole or not.
    fn files(&self) -> Vec<Vec<u8>> {
        let state = files(&self.home.path("state"));
        let files = state
            .into_iter()
            .filter(|(path, _)| path.starts_with("attachments/"));
        files.map(|(_, content)| content).collect()
    }

    /// Once the disk is well, everything is there, and nothing else.
    async fn is_mended(&self, file: &[u8]) {
        self.home.done(&["sync"]).await;
        assert!(self.is_equal());
        assert_eq!(self.files(), [file]);
        self.home.done(&["check", "--full"]).await;
    }

    /// The program on a disk that fails at some of these calls, of those of them that meet `path` if one is named.
    fn failing(&self, calls: &str, when: &str, path: Option<&str>, command: &str) -> Program {
        let (trace, inject) = (
            format!("trace={calls}"),
            format!("inject={calls}:{FAILING}{when}"),
        );
        let mut arguments = vec!["-D", "-f", "-qq", "-o/dev/null", "-e", &trace, "-e", &inject];
        let path = path.map(|path| self.home.path(path).display().to_string());
        arguments.extend(path.iter().flat_map(|path| ["-P", path]));
        arguments.push("--");
        self.home.command([command]).under("strace", &arguments)
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

/// Whether calls of a program can be made to fail here. Says so if not.
fn can_fail() -> bool {
    let can = std::process::Command::new("strace")
        .args(["-qq", "-o/dev/null", "true"])
        .status()
        .is_ok_and(|status| status.success());
    if !can {
        eprintln!("skipped: strace is not installed, or may not trace here");
    }
    can
}

/// The exit code, and what a person reads. Whoever runs for ever has failed.
async fn ended(program: Program) -> (Option<i32>, String) {
    let said = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let mut running = program.spawn();
    let ended = timeout(2 * SOON, running.wait()).await;
    assert!(ended.is_ok(), "it goes on: {}", running.logged());
    let Output { status, stderr, .. } = running.ended().await;
    (status.code(), said(stderr))
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
async fn a_full_disk_under_the_file_of_an_attachment_ends_everything_with_75_and_leaves_no_part_of_it() {
    if !can_mount() {
        return;
    }
    let (stage, file) = Stage::with_a_file(5 << 20).await;
    for command in ["sync", "run"] {
        let (code, said) = ended(stage.on(SMALL, &["4m"], &[command])).await;
        assert_eq!(code, Some(75), "{command}: {said}");
        for told in ["of attachment att", "No space left", "hint: make room"] {
            assert!(said.contains(told), "{command}: {said}");
        }
        stage.replace_disk();
        assert!(stage.files().is_empty(), "{command} left a part of it");
        assert!(stage.is_equal(), "{command}: the pages were there before");
    }
    stage.is_mended(&file).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failing_disk_ends_everything_with_75_and_costs_nothing_that_was_mirrored() {
    if !can_fail() {
        return;
    }
    let (stage, file) = Stage::with_a_file(1 << 20).await;
    let before = stage.home.mirrored();
    let incoming = Some("state/attachments/incoming/0");
    for (calls, when, path) in [
        ("pwrite64,fdatasync", "12+", None),
        ("write,fsync", "1+", incoming),
    ] {
        for command in ["sync", "run"] {
            let (code, said) = ended(stage.failing(calls, when, path, command)).await;
            assert_eq!(code, Some(75), "{command}, {calls}: {said}");
            assert!(
                said.contains("hint: look at the disk"),
                "{command}, {calls}: {said}"
            );
            let kept = stage.home.mirrored();
            assert!(before.iter().all(|page| kept.contains(page)), "{kept:?}");
            assert!(stage.files().is_empty(), "{command}, {calls}");
        }
    }
    stage.is_mended(&file).await;
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
        let (code, said) = ended(stage.on(READ_ONLY, &["."], &[command])).await;
        assert_eq!(code, Some(5), "{command}: {said}");
        assert!(said.contains("mounted read-only"), "{said}");
        assert_eq!(stage.bytes(), bytes, "{command}");
    }
    stage.home.done(&["sync"]).await;
    assert!(stage.is_equal());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_read_only_database_or_folder_of_attachments_means_5_as_well() {
    if !can_mount() {
        return;
    }
    let (stage, file) = Stage::with_a_file(1000).await;
    fs::create_dir(stage.home.path("state/attachments")).unwrap();
    for part in ["mirror.db", "attachments"] {
        for command in ["sync", "run"] {
            let (code, said) = ended(stage.on(READ_ONLY, &[part], &[command])).await;
            assert_eq!(code, Some(5), "{command}, {part}: {said}");
            assert!(said.contains("mounted read-only"), "{command}, {part}: {said}");
            assert!(stage.files().is_empty(), "{command}, {part}");
        }
    }
    stage.is_mended(&file).await;
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
