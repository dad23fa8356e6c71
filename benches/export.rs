//! What an export takes, and that its memory does not grow with the mirror: `cargo bench --bench export [-- PAGES]…`.
//!
//! Makes a mirror of so many pages (5,000 and 20,000 unless said otherwise), and exports it by a process of its own, whose
//! most resident memory is read from the kernel: Markdown, Markdown with commits, and HTML, each twice.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a measurement prints and ends where it cannot go on"
)]

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use millpond::model::{
    AccountId, Body, Clock, CloudId, Content, ContentId, ContentKind, ContentStatus, Parent, Site, Space,
    SpaceId, SpaceKey, SyncMode, Version,
};
use millpond::store::{self, ContentBatch, ContentWrite, Rendering, Store};

const BATCH: usize = 250;

fn main() {
    let mut sizes: Vec<u32> = std::env::args()
        .skip(1)
        .filter_map(|size| size.parse().ok())
        .collect();
    if sizes.is_empty() {
        sizes = vec![5_000, 20_000];
    }
    println!(
        "{:>8}  {:<16}  {:>8}  {:>9}  {:>9}",
        "pages", "", "seconds", "peak MiB", "again s"
    );
    for pages in sizes {
        let place = tempfile::tempdir().unwrap();
        tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap()
            .block_on(fill(&place.path().join("state"), pages));
        fs::write(place.path().join("config.toml"), CONFIG).unwrap();
        for (name, more) in [
            ("markdown", &[][..]),
            ("markdown --git", &["--git"]),
            ("html", &["--format", "html"]),
        ] {
            let (first, peak) = export(place.path(), name, more);
            let (again, _) = export(place.path(), name, more);
            println!(
                "{pages:>8}  {name:<16}  {:>8.2}  {:>9.0}  {:>9.2}",
                first.as_secs_f64(),
                peak as f64 / 1024.0,
                again.as_secs_f64()
            );
        }
    }
}

const CONFIG: &str = "state_dir = \"state\"\n[[connection]]\ndomain = \"acme.atlassian.net\"\nauth = \"api_token\"\n\
    email = \"a@b.c\"\ntoken_file = \"token\"\n";

/// How long it took, and the most memory it held.
fn export(place: &Path, name: &str, more: &[&str]) -> (Duration, u64) {
    let began = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_millpond"))
        .arg("--config")
        .arg(place.join("config.toml"))
        .args(["--quiet", "export"])
        .arg(place.join(name))
        .args(more)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let process = child.id().to_string();
    let mut peak = 0;
    while child.try_wait().unwrap().is_none() {
        peak = peak_kib(&process).max(peak);
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(child.wait().unwrap().success());
    (began.elapsed(), peak)
}

/// The most memory that a process has held; 0 once it is gone.
fn peak_kib(process: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok())
        .unwrap_or(0)
}

async fn fill(state: &Path, pages: u32) {
    let now = Clock::system().now();
    let store = Store::open(store::Options {
        dir: state.to_owned(),
    })
    .await
    .unwrap();
    let cloud = CloudId::new("cloud");
    let site = Site {
        cloud_id: cloud.clone(),
        domain: "acme.atlassian.net".parse().unwrap(),
        name: String::new(),
    };
    store.register_site(site, now).await.unwrap();
    let space = Space {
        id: SpaceId::new("1"),
        key: SpaceKey::new("ENG"),
        name: "Engineering".to_owned(),
        kind: "global".to_owned(),
        status: "current".to_owned(),
        homepage: None,
    };
    store.apply_spaces(&cloud, vec![space], now).await.unwrap();
    let run = store.begin_run(&cloud, SyncMode::Backfill, now).await.unwrap();
    let ids: Vec<u32> = (0..pages).collect();
    for ids in ids.chunks(BATCH) {
        let batch = ContentBatch {
            site: cloud.clone(),
            run,
            at: now,
            writes: ids.iter().map(|id| page(*id)).collect(),
            findings: Vec::new(),
            details: Vec::new(),
            checkpoint: None,
            spending: None,
        };
        store.apply(batch).await.unwrap();
    }
    store.close().await.unwrap();
}

/// About 3 KB in a tree of ten below each, with a link to another page.
fn page(id: u32) -> ContentWrite {
    let at = Clock::system().now();
    let text = format!(
        "[next](https://acme.atlassian.net/wiki/spaces/ENG/pages/{}) {}",
        100_000 + id / 2,
        format!("Page {id} says something about everything. ").repeat(70)
    );
    let author = Some(AccountId::new(format!("account:{}", id % 50)));
    let parent = (id > 0).then(|| Parent {
        id: ContentId::new((100_000 + id / 10).to_string()),
        kind: "page".to_owned(),
    });
    ContentWrite::new(
        Content {
            id: ContentId::new((100_000 + id).to_string()),
            kind: ContentKind::Page,
            space: SpaceId::new("1"),
            parent,
            position: None,
            title: format!("Page {id}"),
            status: ContentStatus::Current,
            author: author.clone(),
            created_at: at,
            version: Version {
                number: 1,
                message: String::new(),
                is_minor: false,
                author,
                created_at: at,
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
