//! The machine that the daemon runs on: its disk, its clock, and what restarts the daemon.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;

use tokio::process::Command;

use crate::daemon::signal;
use crate::support::installation::Installation;
use crate::support::program::Running;

const FAKETIME: &str = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1";
const DISK: &str = "size=256m";

/// Every 40th of the writes and syncs fails, from the 200th on. The program stays the child that it was.
const FAULTY_DISK: [&str; 9] = [
    "-D",
    "-f",
    "-qq",
    "-o/dev/null",
    "-e",
    "trace=pwrite64,fdatasync",
    "-e",
    "inject=pwrite64,fdatasync:error=EIO:when=200+40",
    "--",
];

/// How the daemon is started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Start {
    Plain,
    /// Now and then, writing and syncing fail with an error of the disk.
    WithDiskErrors,
}

/// The most that was seen in one minute, in bytes.
#[derive(Clone, Copy, Debug, Default)]
struct Peak {
    resident: u64,
    wal: u64,
}

pub(super) struct Machine {
    state: PathBuf,
    clock: PathBuf,
    has_small_disk: bool,
    daemon: Option<Running>,
    /// How often the daemon ended, and how.
    ends: BTreeMap<String, u32>,
    kills: u32,
    peaks: BTreeMap<u64, Peak>,
}

impl Machine {
    pub(super) async fn new(state: PathBuf, clock: PathBuf) -> Self {
        fs::create_dir(&state).unwrap();
        let mount = ["-t", "tmpfs", "-o", DISK, "tmpfs"];
        let mounted = Command::new("mount").args(mount).arg(&state).status().await;
        let has_small_disk = mounted.is_ok_and(|status| status.success());
        for (is_there, what) in [
            (has_small_disk, "a full disk: mounting takes root"),
            (
                Path::new(FAKETIME).exists(),
                "wrong clocks: libfaketime is not installed",
            ),
            (has_strace(), "errors of the disk: strace is not installed"),
        ] {
            if !is_there {
                eprintln!("skipped: {what}");
            }
        }
        let machine = Self {
            state,
            clock,
            has_small_disk,
            daemon: None,
            ends: BTreeMap::new(),
            kills: 0,
            peaks: BTreeMap::new(),
        };
        machine.set_clock("+0");
        machine
    }

    /// Sets the clock that far off.
    pub(super) fn set_clock(&self, offset: &str) {
        fs::write(&self.clock, offset).unwrap();
    }

    /// Starts the daemon unless it runs, as a service manager does.
    pub(super) fn keep_running(&mut self, home: &Installation, start: Start) {
        if let Some(daemon) = &mut self.daemon {
            match daemon.try_wait().unwrap() {
                None => return,
                Some(ended) => self.ended(ended),
            }
        }
        // A whole hour at the trace level would not fit into memory.
        let mut program = home.command(["run"]).env("MILLPOND_LOG", "info");
        if Path::new(FAKETIME).exists() {
            program = program
                .env("LD_PRELOAD", FAKETIME)
                .env("FAKETIME_TIMESTAMP_FILE", &self.clock)
                .env("FAKETIME_NO_CACHE", "1")
                .env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
        }
        if start == Start::WithDiskErrors && has_strace() {
            program = program.under("strace", &FAULTY_DISK);
        }
        self.daemon = Some(program.spawn());
    }

    fn ended(&mut self, status: ExitStatus) {
        *self.ends.entry(status.to_string()).or_default() += 1;
    }

    pub(super) async fn hang_up(&self) {
        if let Some(daemon) = self.daemon.as_ref().filter(|daemon| daemon.id().is_some()) {
            signal(daemon, "HUP").await;
        }
    }

    pub(super) async fn kill(&mut self) {
        if let Some(mut daemon) = self.daemon.take() {
            daemon.kill().await.unwrap();
            self.kills += 1;
        }
    }

    pub(super) async fn stop(&mut self) {
        if let Some(mut daemon) = self.daemon.take() {
            signal(&daemon, "TERM").await;
            let ended = daemon.wait().await.unwrap();
            assert!(ended.success(), "{ended}");
        }
    }

    /// Fills the disk to its last byte.
    pub(super) fn fill_disk(&self) {
        if !self.has_small_disk {
            return;
        }
        let mut balloon = File::create(self.balloon()).unwrap();
        for size in [1 << 20, 1 << 10, 1] {
            while balloon.write_all(&vec![0; size]).is_ok() {}
        }
    }

    pub(super) fn empty_disk(&self) {
        // It is only there after the disk was filled.
        drop(fs::remove_file(self.balloon()));
    }

    fn balloon(&self) -> PathBuf {
        self.state.join("balloon")
    }

    /// The disk has room again, and the clock is right.
    pub(super) fn settle(&self) {
        self.empty_disk();
        self.set_clock("+0");
    }

    /// Notes how much memory the daemon has, and how long its log of writes is.
    pub(super) fn sample(&mut self, minute: u64) {
        let peak = self.peaks.entry(minute).or_default();
        let wal = fs::metadata(self.state.join("mirror.db-wal")).map_or(0, |file| file.len());
        peak.wal = peak.wal.max(wal);
        if let Some(process) = self.daemon.as_ref().and_then(|daemon| daemon.id()) {
            peak.resident = peak.resident.max(resident(process));
        }
    }

    /// Says how often the daemon ended and how, and what it took in every tenth of the time.
    pub(super) fn report(&self) {
        eprintln!("killed {} times; ended by itself: {:?}", self.kills, self.ends);
        let peaks: Vec<_> = self.peaks.values().collect();
        eprintln!("minute  peak memory  longest log of writes");
        for (tenth, peaks) in peaks.chunks(peaks.len().div_ceil(10).max(1)).enumerate() {
            let most = |bytes: fn(&Peak) -> u64| {
                peaks.iter().map(|peak| bytes(peak)).max().unwrap_or_default() >> 20
            };
            let minute = tenth * peaks.len();
            eprintln!(
                "{minute:>6}  {:>7} MiB  {:>7} MiB",
                most(|peak| peak.resident),
                most(|peak| peak.wal)
            );
        }
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        drop(self.daemon.take());
        if self.has_small_disk {
            let unmounted = std::process::Command::new("umount")
                .arg("--lazy")
                .arg(&self.state)
                .status();
            drop(unmounted);
        }
    }
}

fn has_strace() -> bool {
    Path::new("/usr/bin/strace").exists()
}

/// The resident memory of a process, in bytes.
fn resident(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kibibytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kibibytes.unwrap_or_default() << 10
}
