//! Times of searches: the processor's, since others use the machine, and the clock's.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use millpond::store::{Reader, SearchQuery};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::generate;

/// Searches of each kind.
const SEARCHES: usize = 60;
const FILTERS: [&str; 5] = [
    "",
    " space:S3",
    " label:audit",
    " since:2025-09-01",
    " author:soskef",
];

pub(super) type Make = fn(&mut StdRng, u32) -> String;

/// What people type, by kind.
pub(super) const KINDS: [(&str, Make); 8] = [
    ("one word", |rng, _| typical(rng)),
    ("stop word", |rng, _| generate::word_of(rng.random_range(1..60))),
    ("two words", |rng, pages| some(rng, pages, 2)),
    ("three words", |rng, pages| some(rng, pages, 3)),
    ("rare and stop", |rng, _| {
        format!("{} {}", generate::word_of(rng.random_range(1..60)), typical(rng))
    }),
    ("phrase", |rng, pages| phrase(rng, pages, false)),
    ("phrase of stop words", |rng, pages| phrase(rng, pages, true)),
    ("prefix", |rng, _| {
        format!("{}*", &generate::word_of(rng.random_range(3_600..200_000))[..6])
    }),
];

/// A word as searches have them: neither in all pages nor in none.
fn typical(rng: &mut StdRng) -> String {
    generate::word_of(100.0_f64.mul_add(200.0_f64.powf(rng.random()), 0.0) as u32)
}

fn words(rng: &mut StdRng, pages: u32) -> Vec<String> {
    let page = generate::page(rng.random_range(0..pages));
    page.rendering
        .text
        .split_whitespace()
        .map(str::to_owned)
        .collect()
}

/// Words of one page that are not among the sixty most frequent.
fn some(rng: &mut StdRng, pages: u32, count: usize) -> String {
    let words: Vec<String> = words(rng, pages)
        .into_iter()
        .filter(|word| !is_stop_word(word))
        .collect();
    let picked = (0..count).map(|_| {
        words
            .get(rng.random_range(0..words.len().max(1)))
            .cloned()
            .unwrap_or_default()
    });
    picked.collect::<Vec<_>>().join(" ")
}

/// Two words in a row of some page, both of them stop words or not.
fn phrase(rng: &mut StdRng, pages: u32, of_stop_words: bool) -> String {
    loop {
        let words = words(rng, pages);
        let pairs = words
            .windows(2)
            .filter(|pair| pair.iter().all(|word| is_stop_word(word)) == of_stop_words);
        let pairs: Vec<_> = pairs.collect();
        if !pairs.is_empty() {
            return format!("\"{}\"", pairs[rng.random_range(0..pairs.len())].join(" "));
        }
    }
}

/// Whether it is one of the sixty most frequent, which have one syllable.
fn is_stop_word(word: &str) -> bool {
    word.len() <= 3
}

pub(crate) fn all(dir: &Path, pages: u32) {
    let size = fs::metadata(dir.join("mirror.db")).unwrap().len();
    println!("{pages} pages, file {:.2} GB", size as f64 / 1e9);
    sizes(dir);
    let reader = Reader::open(dir).unwrap();
    println!(
        "{:28} {:>17} {:>17}",
        "warm, in one process", "CPU p50/p95 ms", "wall p50/p95 ms"
    );
    let mut all = Vec::new();
    for filter in FILTERS {
        for (kind, make) in KINDS {
            let mut rng = StdRng::seed_from_u64(7);
            let texts: Vec<String> = (0..SEARCHES).map(|_| make(&mut rng, pages) + filter).collect();
            let search = |text: &String| drop(reader.search(&SearchQuery::new(text.clone())).unwrap());
            // The first time round warms what is read.
            texts.iter().for_each(search);
            let times: Vec<_> = texts.iter().map(|text| timed(|| search(text))).collect();
            all.extend_from_slice(&times);
            report(&format!("{kind}{filter}"), times);
        }
    }
    report("all of these", all);
    plain(dir, pages);
}

/// FTS5's own ranking with its defaults, without snippets.
#[expect(clippy::disallowed_methods, reason = "looks at the file from the outside")]
fn plain(dir: &Path, pages: u32) {
    let conn = rusqlite::Connection::open(dir.join("mirror.db")).unwrap();
    let mut statement = conn
        .prepare("SELECT rowid FROM page_fts WHERE page_fts MATCH ? ORDER BY bm25(page_fts) LIMIT 20")
        .unwrap();
    for (kind, make) in KINDS {
        let mut rng = StdRng::seed_from_u64(7);
        let texts: Vec<String> = (0..SEARCHES).map(|_| make(&mut rng, pages)).collect();
        let mut search = |text: &String| {
            let rows = statement.query_map([text], |row| row.get::<_, i64>(0)).unwrap();
            rows.count();
        };
        texts.iter().for_each(&mut search);
        report(
            &format!("{kind}, plain bm25"),
            texts.iter().map(|text| timed(|| search(text))).collect(),
        );
    }
}

fn timed(f: impl FnOnce()) -> (Duration, Duration) {
    let (cpu, wall) = (ran("/proc/thread-self/schedstat"), Instant::now());
    f();
    (
        ran("/proc/thread-self/schedstat").saturating_sub(cpu),
        wall.elapsed(),
    )
}

/// Time on the processor, to the nanosecond.
pub(super) fn ran(schedstat: &str) -> Duration {
    // The kernel counts what a thread took whenever it looks for another one to run.
    std::thread::yield_now();
    let stat = fs::read_to_string(schedstat).unwrap();
    Duration::from_nanos(stat.split_whitespace().next().unwrap().parse().unwrap())
}

pub(super) fn report(what: &str, times: Vec<(Duration, Duration)>) {
    let (mut cpu, mut wall): (Vec<_>, Vec<_>) = times.into_iter().unzip();
    cpu.sort();
    wall.sort();
    let at = |times: &[Duration], share: f64| {
        times[((times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3
    };
    println!(
        "  {what:28} {:8.1} {:8.1} {:8.1} {:8.1}",
        at(&cpu, 0.5),
        at(&cpu, 0.95),
        at(&wall, 0.5),
        at(&wall, 0.95)
    );
}

#[expect(clippy::disallowed_methods, reason = "looks at the file from the outside")]
fn sizes(dir: &Path) {
    let conn = rusqlite::Connection::open(dir.join("mirror.db")).unwrap();
    for index in ["page_fts", "title_fts"] {
        let bytes: i64 = conn
            .query_row(
                &format!("SELECT coalesce(sum(length(block)), 0) FROM {index}_data"),
                [],
                |row| row.get(0),
            )
            .unwrap();
        println!("{index}: {:.3} GB", bytes as f64 / 1e9);
    }
}
