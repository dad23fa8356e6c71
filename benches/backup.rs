//! What a backup costs: `cargo bench --bench backup [-- PAGES]`.
//!
//! Makes a mirror of so many pages of 3 KB, and compares `backup` with `cp` of the same files; then changes one page in a
//! hundred and backs up again. While the first backup is taken, a writer goes on, and how long its transactions take is
//! compared with those before.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    clippy::disallowed_methods,
    reason = "a measurement prints and ends where it cannot go on"
)]

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use millpond::backup::{self, Options};
use millpond::model::{
    AccountId, Body, Clock, CloudId, Content, ContentId, ContentKind, ContentStatus, RunId, Site, Space,
    SpaceId, SpaceKey, SyncMode, Timestamp, Version,
};
use millpond::store::{self, ContentBatch, ContentWrite, Rendering, Store};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use sha2::{Digest as _, Sha256};

const BATCH: usize = 250;
/// How long the writer goes on after a backup.
const AFTERWARDS: Duration = Duration::from_secs(5);

fn main() {
    let pages = std::env::args()
        .find_map(|argument| argument.parse().ok())
        .unwrap_or(20_000);
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
        .block_on(measure(pages));
}

struct Mirror {
    store: Store,
    site: CloudId,
    run: RunId,
    rng: StdRng,
}

async fn measure(pages: u32) {
    // Not among temporary files, which may be in memory.
    let place = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let state = place.path().join("state");
    let mut mirror = Mirror::new(&state).await;
    mirror.write(0..pages, 1).await;
    attach(&state, &mut mirror.rng, 0..pages);
    let size = bytes(&state);
    println!("{pages} pages, mirror of {:.0} MB", size / 1e6);

    let copying = |to: &str| {
        let to = place.path().join(to);
        let began = Instant::now();
        let copied = Command::new("sh")
            .args(["-c", "cp -r \"$0\" \"$1\" && sync -f \"$1\""])
            .args([&state, &to])
            .status();
        assert!(copied.unwrap().success());
        let time = began.elapsed();
        delete(&to);
        time
    };
    let taking = |name: &str, compress: bool| {
        let options = Options {
            state_dir: state.clone(),
            dir: place.path().join(name),
            compress,
            keep: None,
            now: now(),
        };
        let began = Instant::now();
        let taken = backup::take(&options, &mut |_| {}).unwrap();
        (began.elapsed(), taken)
    };

    // Four times each, in turn, so that neither has the warmer cache.
    for _ in 0..4 {
        let cp = copying("copy");
        let (time, _) = taking("first", false);
        let share = time.as_secs_f64() / cp.as_secs_f64();
        println!("cp {cp:.1?}, backup {time:.1?}: {share:.2} times");
        delete(&place.path().join("first"));
    }
    let (time, taken) = taking("compressed", true);
    println!("compressed: {time:.1?}, {:.0} MB", taken.database as f64 / 1e6);

    let (_, first) = taking("daily", false);
    mirror.write(0..pages / 100, 2).await;
    attach(&state, &mut mirror.rng, 0..pages / 100);
    let (time, second) = taking("daily", false);
    println!(
        "after 1 % of the pages changed: {time:.1?}, database of {:.0} MB, {} new attachments (first: {} with {:.0} MB)",
        second.database as f64 / 1e6,
        second.new_attachments,
        first.new_attachments,
        first.new_bytes as f64 / 1e6,
    );
    let began = Instant::now();
    let verified = backup::verify(&second.path, &mut |_| {}).unwrap();
    println!(
        "verified in {:.1?}: {} contents",
        began.elapsed(),
        verified.contents
    );

    let alone = mirror
        .slowest_while(pages, || std::thread::sleep(Duration::from_secs(10)))
        .await;
    let dir = place.path().join("beside");
    let options = Options {
        state_dir: state.clone(),
        dir,
        compress: false,
        keep: None,
        now: now(),
    };
    let work = move || drop(backup::take(&options, &mut |_| {}).unwrap());
    let beside = mirror.slowest_while(pages, work).await;
    println!("transactions of one page, alone: {alone}\n... during a backup: {beside}");
}

impl Mirror {
    async fn new(state: &Path) -> Self {
        let store = Store::open(store::Options {
            dir: state.to_owned(),
        })
        .await
        .unwrap();
        let site = CloudId::new("cloud");
        store
            .register_site(
                Site {
                    cloud_id: site.clone(),
                    domain: "acme.atlassian.net".parse().unwrap(),
                    name: String::new(),
                },
                now(),
            )
            .await
            .unwrap();
        let space = Space {
            id: SpaceId::new("1"),
            key: SpaceKey::new("ENG"),
            name: "Engineering".to_owned(),
            kind: "global".to_owned(),
            status: "current".to_owned(),
            homepage: None,
        };
        store.apply_spaces(&site, vec![space], now()).await.unwrap();
        let run = store.begin_run(&site, SyncMode::Backfill, now()).await.unwrap();
        let rng = StdRng::seed_from_u64(1);
        Self {
            store,
            site,
            run,
            rng,
        }
    }

    async fn write(&mut self, ids: std::ops::Range<u32>, version: u32) {
        let ids: Vec<u32> = ids.collect();
        for ids in ids.chunks(BATCH) {
            let writes = ids.iter().map(|id| page(&mut self.rng, *id, version)).collect();
            self.apply(writes).await;
        }
    }

    async fn apply(&self, writes: Vec<ContentWrite>) {
        let batch = ContentBatch {
            site: self.site.clone(),
            run: self.run,
            at: now(),
            writes,
            findings: Vec::new(),
            details: Vec::new(),
            checkpoint: None,
            spending: None,
        };
        self.store.apply(batch).await.unwrap();
    }

    /// How long transactions take while something else goes on, and for a moment afterwards: what could not be folded
    /// meanwhile is folded then.
    async fn slowest_while(&mut self, pages: u32, work: impl FnOnce() + Send + 'static) -> String {
        let working = std::thread::spawn(work);
        let mut times = Vec::new();
        let mut number = 3;
        let mut ended = None;
        while ended.is_none_or(|ended: Instant| ended.elapsed() < AFTERWARDS) {
            if ended.is_none() && working.is_finished() {
                ended = Some(Instant::now());
            }
            let write = page(&mut self.rng, number % pages, number);
            number += 1;
            let began = Instant::now();
            self.apply(vec![write]).await;
            times.push(began.elapsed());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        working.join().unwrap();
        times.sort_unstable();
        let of = |share: usize| times.get(times.len() * share / 100).copied().unwrap_or_default();
        format!(
            "{:.1?} half of them, {:.1?} 99 %, {:.1?} at most, {} transactions",
            of(50),
            of(99),
            times.last().unwrap(),
            times.len()
        )
    }
}

/// About 3 KB of words that do not repeat too much.
fn page(rng: &mut StdRng, id: u32, version: u32) -> ContentWrite {
    let words: Vec<String> = (0..400)
        .map(|_| format!("w{}", rng.random_range(0..40_000)))
        .collect();
    let text = words.join(" ");
    let author = Some(AccountId::new("account:1"));
    ContentWrite::new(
        Content {
            id: ContentId::new((100_000 + id).to_string()),
            kind: ContentKind::Page,
            space: SpaceId::new("1"),
            parent: None,
            position: None,
            title: format!("Page {id}"),
            status: ContentStatus::Current,
            author: author.clone(),
            created_at: now(),
            version: Version {
                number: version,
                message: String::new(),
                is_minor: false,
                author,
                created_at: now(),
            },
            webui: format!("/spaces/ENG/pages/{id}"),
            embed_url: None,
            body: Some(Body::Storage(format!("<p>{text}</p>"))),
        },
        Rendering {
            markdown: format!("{text}\n"),
            text,
            renderer: 1,
            ..Rendering::default()
        },
    )
}

/// Gives every fiftieth page a file of 200 KB.
fn attach(state: &Path, rng: &mut StdRng, ids: std::ops::Range<u32>) {
    let conn = rusqlite::Connection::open(state.join("mirror.db")).unwrap();
    for id in ids.step_by(50) {
        let content: Vec<u8> = (0..200_000).map(|_| rng.random()).collect();
        let digest = Sha256::digest(&content)
            .iter()
            .fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
        let folder = state.join("attachments").join(&digest[..2]);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(&digest), content).unwrap();
        conn.execute(
            "INSERT INTO attachments (site, attachment_id, page_id, title, media_type, file_size, version, status, sha256,
                 created_at, first_seen, last_seen)
             VALUES (1, ?, ?, 'file', 'image/png', 200000, 1, 'current', ?, '', '', '')",
            (format!("att{id}-{digest}"), (100_000 + id).to_string(), digest),
        )
        .unwrap();
    }
}

/// Until the disk has nothing more to do for it.
fn delete(folder: &Path) {
    fs::remove_dir_all(folder).unwrap();
    let synced = Command::new("sync")
        .arg("-f")
        .arg(env!("CARGO_TARGET_TMPDIR"))
        .status();
    assert!(synced.unwrap().success());
}

fn now() -> Timestamp {
    Clock::system().now()
}

/// How much there is below a folder.
fn bytes(folder: &Path) -> f64 {
    let entries = fs::read_dir(folder).unwrap().map(Result::unwrap);
    entries
        .map(|entry| match entry.metadata().unwrap() {
            file if file.is_dir() => bytes(&entry.path()),
            file => file.len() as f64,
        })
        .sum()
}
