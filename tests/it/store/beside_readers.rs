//! What readers cost the writer.

use std::fs::{self, Permissions};
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::support::{Edit as _, Mirror, page};

/// So many transactions are measured, of so many pages each.
const TRANSACTIONS: usize = 100;
const PAGES: usize = 20;

/// Reads everything again and again, each time in a transaction that stays open for a while.
const READER: &str = "
import sqlite3, sys, time
mirror = sqlite3.connect('file:' + sys.argv[1] + '?mode=ro', uri=True, isolation_level=None)
while True:
    mirror.execute('BEGIN')
    print(*mirror.execute('SELECT count(*), sum(length(markdown)) FROM page').fetchone(), flush=True)
    time.sleep(0.05)
    mirror.execute('COMMIT')
";

/// A process of another account, of the mirror's group, that reads all the time.
struct Reader(Child);

impl Reader {
    /// Returns once it has read.
    fn of(mirror: &Mirror) -> Self {
        fs::set_permissions(mirror.dir.path(), Permissions::from_mode(0o755)).unwrap();
        let group = fs::metadata(mirror.dir.path().join("mirror.db")).unwrap().gid();
        let group = format!("--regid={group}");
        let child = Command::new("setpriv")
            .args(["--reuid=61236", &group, "--clear-groups", "python3", "-c", READER])
            .arg(mirror.dir.path().join("mirror.db"))
            // What is in root's own folders is closed to others.
            .env("PATH", "/usr/bin:/bin")
            .stdout(Stdio::piped())
            .spawn();
        let mut reader = Self(child.unwrap());
        let mut first = String::new();
        let stdout = reader.0.stdout.as_mut().unwrap();
        BufReader::with_capacity(1, stdout).read_line(&mut first).unwrap();
        assert!(!first.is_empty(), "it cannot read");
        reader
    }

    /// How often it has read until now.
    fn end(mut self) -> usize {
        self.0.kill().unwrap();
        let stdout = self.0.stdout.take().unwrap();
        let reads = BufReader::new(stdout).lines().count();
        self.0.wait().unwrap();
        reads
    }
}

/// How long each transaction took, shortest first.
async fn written(mirror: &Mirror, round: u32) -> Vec<Duration> {
    let mut took = Vec::new();
    for transaction in 0..TRANSACTIONS {
        let write = |number: usize| {
            let text = format!(
                "Round {round}, {transaction}, {number}. {}",
                "words and more ".repeat(200)
            );
            let id = (1000 + transaction * PAGES + number).to_string();
            page(&id, "Page", &text).version(round + 1)
        };
        let pages = (0..PAGES).map(write).collect();
        let began = Instant::now();
        mirror.apply(pages).await;
        took.push(began.elapsed());
    }
    took.sort();
    took
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "measures, and takes root for the other account: cargo test --locked --test it beside_readers -- --ignored --nocapture"]
async fn another_account_that_reads_all_the_time_delays_the_writer_by_less_than_100_ms() {
    let mirror = Mirror::new().await;
    written(&mirror, 0).await;
    let alone = written(&mirror, 1).await;
    let reader = Reader::of(&mirror);
    let beside = written(&mirror, 2).await;
    let reads = reader.end();
    for (who, took) in [("alone", &alone), ("beside a reader", &beside)] {
        println!(
            "{who}: {TRANSACTIONS} transactions of {PAGES} pages, half within {:.1?}, 99 of 100 within {:.1?}, longest {:.1?}",
            took[TRANSACTIONS / 2],
            took[TRANSACTIONS * 99 / 100],
            took[TRANSACTIONS - 1]
        );
    }
    println!("the reader read everything {reads} times meanwhile");
    assert!(reads > 1);
    let longest = |took: &[Duration]| took[TRANSACTIONS - 1];
    assert!(longest(&beside) < longest(&alone) + Duration::from_millis(100));
}
