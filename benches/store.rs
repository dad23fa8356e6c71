//! How fast pages are written and found: `cargo bench --bench store [-- PAGES]`.
//!
//! Prints pages per second of CPU and wall time, the size of the file against its Markdown, and search times.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a measurement prints and ends where it cannot go on"
)]

use std::fmt::Write;
use std::fs;
use std::time::{Duration, Instant};

use millpond::model::{
    AccountId, Body, CloudId, Content, ContentId, ContentKind, ContentStatus, RunId, Site, Space, SpaceId,
    SpaceKey, SyncMode, Timestamp, Version,
};
use millpond::store::{
    ContentBatch, ContentWrite, LinkRow, LinkTarget, Options, Reader, Rendering, SearchQuery, Sighting, Store,
};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

const BATCH: usize = 250;
const VOCABULARY: u32 = 40_000;

fn main() {
    let pages = std::env::args()
        .find_map(|argument| argument.parse().ok())
        .unwrap_or(5_000);
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(measure(pages));
}

async fn measure(pages: u32) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(Options {
        dir: dir.path().to_owned(),
    })
    .await
    .unwrap();
    let (site, run) = prepare(&store).await;
    let mut rng = StdRng::seed_from_u64(1);
    let writes: Vec<ContentWrite> = (0..pages).map(|id| page(&mut rng, id, pages)).collect();
    let markdown: usize = writes.iter().map(|write| write.rendering.markdown.len()).sum();

    let first = timed("first copy", pages, || apply(&store, &site, run, &writes)).await;
    sizes(dir.path(), markdown);
    timed("same again", pages, || apply(&store, &site, run, &writes)).await;
    timed("sweep", pages, || sight(&store, &site, run, &writes)).await;
    let edited: Vec<ContentWrite> = writes.iter().map(|write| edited(&mut rng, write)).collect();
    timed("all edited", pages, || apply(&store, &site, run, &edited)).await;
    println!(
        "goal for the first copy of 5000: 1.5 s CPU; here {:.2} s",
        first.as_secs_f64()
    );

    search(dir.path());
    store.close().await.unwrap();
    let bytes = fs::metadata(dir.path().join("mirror.db")).unwrap().len();
    println!(
        "file {:.1} MB, {:.2} of the Markdown, two versions of each body included",
        bytes as f64 / 1e6,
        bytes as f64 / markdown as f64
    );
    sizes(dir.path(), markdown);
}

async fn timed<F: Future<Output = ()>>(what: &str, pages: u32, f: impl FnOnce() -> F) -> Duration {
    let (cpu, wall) = (cpu_time(), Instant::now());
    f().await;
    let (cpu, wall) = (cpu_time().saturating_sub(cpu), wall.elapsed());
    let rate = |time: Duration| f64::from(pages) / time.as_secs_f64();
    println!(
        "{what:12} {:8.0} pages/s CPU {:8.0} pages/s wall",
        rate(cpu),
        rate(wall)
    );
    cpu
}

/// Time this process spent on the processor, in ticks of 10 ms.
fn cpu_time() -> Duration {
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    let ticks: u64 = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
    Duration::from_millis(ticks * 10)
}

fn start() -> Timestamp {
    "2026-03-01T09:00:00Z".parse().unwrap()
}

async fn prepare(store: &Store) -> (CloudId, RunId) {
    let cloud_id = CloudId::new("cloud");
    let site = Site {
        cloud_id: cloud_id.clone(),
        domain: "acme.atlassian.net".parse().unwrap(),
        name: "Acme".to_owned(),
    };
    store.register_site(site, start()).await.unwrap();
    let space = Space {
        id: SpaceId::new("1"),
        key: SpaceKey::new("ENG"),
        name: "Engineering".to_owned(),
        kind: "global".to_owned(),
        status: "current".to_owned(),
        homepage: None,
    };
    store.apply_spaces(&cloud_id, vec![space], start()).await.unwrap();
    let run = store
        .begin_run(&cloud_id, SyncMode::Backfill, start())
        .await
        .unwrap();
    (cloud_id, run)
}

async fn apply(store: &Store, site: &CloudId, run: RunId, writes: &[ContentWrite]) {
    for writes in writes.chunks(BATCH) {
        let batch = ContentBatch {
            site: site.clone(),
            run,
            at: start(),
            writes: writes.to_vec(),
            findings: Vec::new(),
            details: Vec::new(),
            checkpoint: None,
            spending: None,
        };
        store.apply(batch).await.unwrap();
    }
}

async fn sight(store: &Store, site: &CloudId, run: RunId, writes: &[ContentWrite]) {
    let pass = RunId(run.0 + 1);
    for writes in writes.chunks(BATCH) {
        let sightings = writes
            .iter()
            .map(|write| Sighting::from(&write.content))
            .collect();
        let differing = store.sight(site, pass, sightings).await.unwrap();
        assert!(differing.is_empty());
    }
}

/// A word; low numbers are frequent, as in natural text.
fn word(rng: &mut StdRng) -> String {
    let uniform: f64 = rng.random();
    let number = f64::from(VOCABULARY).powf(uniform) as u32;
    name(number)
}

fn name(mut number: u32) -> String {
    let mut word = String::new();
    loop {
        word.push(['b', 'd', 'f', 'g', 'k', 'l', 'm', 'n', 'r', 's', 't', 'v'][number as usize % 12]);
        word.push(['a', 'e', 'i', 'o', 'u'][number as usize / 12 % 5]);
        number /= 60;
        if number == 0 {
            return word;
        }
    }
}

/// A page of 3 KB with three links and a mention.
fn page(rng: &mut StdRng, id: u32, pages: u32) -> ContentWrite {
    let mut text = String::new();
    while text.len() < 2_700 {
        text += &word(rng);
        text.push(if rng.random_ratio(1, 12) { '\n' } else { ' ' });
    }
    let mut markdown = text.clone();
    let mut links = Vec::new();
    for _ in 0..3 {
        let title = title(rng.random_range(0..pages));
        let written = format!(
            "https://acme.atlassian.net/wiki/display/ENG/{}",
            title.replace(' ', "+")
        );
        write!(markdown, "[{title}]({written}) ").unwrap();
        links.push(LinkRow {
            target: LinkTarget::Page {
                space_key: SpaceKey::new("ENG"),
                title,
            },
            written,
            anchor: None,
        });
    }
    ContentWrite::new(
        content(id, format!("<p>{}</p>", text.replace('\n', "</p><p>"))),
        Rendering {
            markdown,
            text,
            renderer: 1,
            links,
            warnings: Vec::new(),
        },
    )
}

fn title(id: u32) -> String {
    format!("{} {} {id}", name(id % 700), name(id % 1_300))
}

fn content(id: u32, body: String) -> Content {
    Content {
        id: ContentId::new((65_536 + id).to_string()),
        kind: ContentKind::Page,
        space: SpaceId::new("1"),
        parent: None,
        position: None,
        title: title(id),
        status: ContentStatus::Current,
        author: Some(AccountId::new(format!("712020:{}", id % 50))),
        created_at: start(),
        version: Version {
            number: 1,
            message: String::new(),
            is_minor: false,
            author: Some(AccountId::new(format!("712020:{}", id % 70))),
            created_at: start(),
        },
        embed_url: None,
        webui: format!(
            "/spaces/ENG/pages/{}/{}",
            65_536 + id,
            title(id).replace(' ', "+")
        ),
        body: Some(Body::Storage(body)),
    }
}

fn edited(rng: &mut StdRng, write: &ContentWrite) -> ContentWrite {
    let mut write = write.clone();
    let added = word(rng);
    write.content.version.number += 1;
    write.content.body = write
        .content
        .body
        .map(|body| Body::Storage(format!("{}<p>{added}</p>", body.as_str())));
    write.rendering.markdown += &added;
    write.rendering.text += &added;
    write
}

fn search(dir: &std::path::Path) {
    let reader = Reader::open(dir).unwrap();
    for (what, text) in [
        ("frequent word", name(1)),
        ("typical word", name(300)),
        ("rare word", name(20_000)),
        ("two words", format!("{} {}", name(100), name(200))),
        ("phrase", format!("\"{} {}\"", name(1), name(2))),
        ("prefix", "bad*".to_owned()),
    ] {
        let query = SearchQuery::new(text);
        let mut times = Vec::new();
        let mut hits = 0;
        for _ in 0..20 {
            let started = Instant::now();
            hits = reader.search(&query).unwrap().len();
            times.push(started.elapsed());
        }
        times.sort();
        println!(
            "search, {what:14} {hits:3} hits, median {:6.2} ms",
            times[10].as_secs_f64() * 1e3
        );
    }
}

#[expect(clippy::disallowed_methods, reason = "looks at the file from the outside")]
fn sizes(dir: &std::path::Path, markdown: usize) {
    let conn = rusqlite::Connection::open(dir.join("mirror.db")).unwrap();
    let Ok(mut statement) =
        conn.prepare("SELECT name, sum(pgsize) FROM dbstat GROUP BY name ORDER BY 2 DESC LIMIT 12")
    else {
        return;
    };
    let mut rows = statement.query([]).unwrap();
    while let Some(row) = rows.next().unwrap() {
        let (name, size): (String, i64) = (row.get(0).unwrap(), row.get(1).unwrap());
        println!(
            "  {name:28} {:5.2} of the Markdown",
            size as f64 / markdown as f64
        );
    }
    let without_bodies: i64 = conn
        .query_row(
            "SELECT sum(pgsize) FROM dbstat WHERE name NOT IN ('bodies', 'versions')",
            [],
            |row| row.get(0),
        )
        .unwrap();
    println!(
        "without bodies               {:5.2} of the Markdown; goal 1.80",
        without_bodies as f64 / markdown as f64
    );
}
