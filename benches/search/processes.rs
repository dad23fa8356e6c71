//! `millpond search` as a process, from start to exit.

use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rand::SeedableRng;
use rand::rngs::StdRng;

use super::measure::{KINDS, ran, report};

/// Whole processes of each kind.
const PROCESSES: usize = 15;

/// `millpond search` from start to exit, as built in the same profile.
pub(crate) fn all(dir: &Path, pages: u32) {
    let config = dir.join("config.toml");
    let text = format!(
        "state_dir = \"{}\"\n[app]\nclient_id = \"client\"\n[[connection]]\ndomain = \"acme.atlassian.net\"\n",
        dir.canonicalize().unwrap().display()
    );
    fs::write(&config, text).unwrap();
    for is_cold in [false, true] {
        let state = if is_cold { "cold" } else { "warm" };
        println!("whole process, {state}");
        for (kind, make) in KINDS {
            let mut rng = StdRng::seed_from_u64(9);
            let times = (0..PROCESSES).map(|_| {
                let text = make(&mut rng, pages);
                if is_cold {
                    forget(&dir.join("mirror.db"));
                } else {
                    process(&config, &text);
                }
                process(&config, &text)
            });
            report(kind, times.collect());
        }
    }
}

fn process(config: &Path, text: &str) -> (Duration, Duration) {
    let started = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_millpond"))
        .args(["search", "--config"])
        .arg(config)
        .args(["--", text])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut output = Vec::new();
    child.stdout.take().unwrap().read_to_end(&mut output).unwrap();
    let stat = format!("/proc/{}/stat", child.id());
    // Its times can be read once it has ended and before it is waited for.
    while !fs::read_to_string(&stat).unwrap().contains(") Z ") {
        std::thread::yield_now();
    }
    let wall = started.elapsed();
    let cpu = ran(&format!("/proc/{}/schedstat", child.id()));
    child.wait().unwrap();
    (cpu, wall)
}

/// Drops the file from the system's cache.
fn forget(path: &Path) {
    let file = fs::File::open(path).unwrap();
    file.sync_all().unwrap();
    rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::DontNeed).unwrap();
}
