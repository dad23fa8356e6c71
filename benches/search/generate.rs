//! A mirror of any size: words as frequent as in natural text, lengths as those of real pages.

use std::path::Path;
use std::time::Instant;

use millpond::model::{
    AccountId, Body, CloudId, Content, ContentId, ContentKind, ContentStatus, RunId, Site, Space, SpaceId,
    SpaceKey, SyncMode, Timestamp, User, Version,
};
use millpond::store::{ContentBatch, ContentWrite, Options, Rendering, Store};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::vocabulary::{rank, spell};

const BATCH: u32 = 2_000;
const SPACES: u32 = 40;
const PEOPLE: u32 = 500;

/// Writes the mirror batch by batch, as a first copy does.
pub(crate) async fn mirror(dir: &Path, pages: u32) {
    drop(std::fs::remove_dir_all(dir));
    let options = Options { dir: dir.to_owned() };
    let store = Store::open(options).await.unwrap();
    let (site, run) = prepare(&store).await;
    let started = Instant::now();
    for first in (0..pages).step_by(BATCH as usize) {
        let ids = first..pages.min(first + BATCH);
        let batch = ContentBatch {
            site: site.clone(),
            run,
            at: instant(0),
            writes: ids.map(page).collect(),
            findings: Vec::new(),
            details: Vec::new(),
            checkpoint: None,
            spending: None,
        };
        store.apply(batch).await.unwrap();
        if first % 50_000 == 0 {
            println!("{first} pages after {:.0} s", started.elapsed().as_secs_f64());
        }
    }
    store.merge_index(|| true).await.unwrap();
    store.close().await.unwrap();
    label(dir);
}

/// One page in fifty is a `runbook`, one in two thousand an `audit`.
#[expect(
    clippy::disallowed_methods,
    reason = "the listing of labels is not part of the measurement"
)]
fn label(dir: &Path) {
    rusqlite::Connection::open(dir.join("mirror.db"))
        .unwrap()
        .execute_batch(
            "INSERT INTO labels (content, name) SELECT id, 'runbook' FROM contents WHERE id % 50 = 7;
             INSERT INTO labels (content, name) SELECT id, 'audit' FROM contents WHERE id % 2000 = 7;
             UPDATE texts SET labels = (SELECT group_concat(name, char(10)) FROM labels WHERE content = texts.id)
             WHERE id % 50 = 7;",
        )
        .unwrap();
}

async fn prepare(store: &Store) -> (CloudId, RunId) {
    let cloud_id = CloudId::new("cloud");
    let site = Site {
        cloud_id: cloud_id.clone(),
        domain: "acme.atlassian.net".parse().unwrap(),
        name: "Acme".to_owned(),
    };
    store.register_site(site, instant(0)).await.unwrap();
    let spaces = (0..SPACES).map(|number| Space {
        id: SpaceId::new(number.to_string()),
        key: SpaceKey::new(format!("S{number}")),
        name: format!("Space {number}"),
        kind: "global".to_owned(),
        status: "current".to_owned(),
        homepage: None,
    });
    store
        .apply_spaces(&cloud_id, spaces.collect(), instant(0))
        .await
        .unwrap();
    let people = (0..PEOPLE).map(|number| User {
        id: account(number),
        display_name: format!("Person {}", word_of(number + 1_000)),
        kind: "atlassian".to_owned(),
    });
    store
        .apply_users(&cloud_id, people.collect(), instant(0))
        .await
        .unwrap();
    let run = store
        .begin_run(&cloud_id, SyncMode::Backfill, instant(0))
        .await
        .unwrap();
    (cloud_id, run)
}

fn account(number: u32) -> AccountId {
    AccountId::new(format!("712020:{number}"))
}

/// A day of the six years before March 2026.
fn instant(days_ago: u32) -> Timestamp {
    let start: Timestamp = "2026-03-01T09:00:00Z".parse().unwrap();
    start.minus(std::time::Duration::from_secs(u64::from(days_ago) * 86_400))
}

/// A word at random, as frequent as in natural text.
fn word(rng: &mut StdRng) -> String {
    word_of(rank(rng.random()))
}

/// One that says something: rarer than so many.
fn telling(rng: &mut StdRng, rarer_than: u32) -> String {
    loop {
        let number = rank(rng.random());
        if number > rarer_than {
            return word_of(number);
        }
    }
}

/// The word of this number: low numbers are frequent.
pub(crate) fn word_of(number: u32) -> String {
    let mut word = String::new();
    spell(&mut word, number);
    word
}

/// Half of all pages are shorter than 1 KB, one in a hundred longer than 6 KB.
fn length(rng: &mut StdRng) -> usize {
    let normal: f64 = (0..12).map(|_| rng.random::<f64>()).sum::<f64>() - 6.0;
    (1_000.0 * (0.8 * normal).exp()) as usize
}

/// A page that is the same whenever it is asked for.
pub(crate) fn page(id: u32) -> ContentWrite {
    let mut rng = StdRng::seed_from_u64(u64::from(id));
    let words = rng.random_range(2..7);
    let title: Vec<String> = (0..words).map(|_| telling(&mut rng, 20)).collect();
    let length = length(&mut rng);
    let mut text = String::with_capacity(length + 20);
    // A page has its subject: some words come again and again.
    let subject: Vec<String> = (0..5).map(|_| telling(&mut rng, 50)).collect();
    while text.len() < length {
        if rng.random_ratio(1, 20) {
            text += &subject[rng.random_range(0..subject.len())];
        } else {
            text += &word(&mut rng);
        }
        text.push(if rng.random_ratio(1, 12) { '\n' } else { ' ' });
    }
    ContentWrite::new(
        content(&mut rng, id, title.join(" "), format!("<p>{text}</p>")),
        Rendering {
            markdown: text.clone(),
            text,
            renderer: 1,
            links: Vec::new(),
            warnings: Vec::new(),
        },
    )
}

fn content(rng: &mut StdRng, id: u32, title: String, body: String) -> Content {
    let age = rng.random_range(0..2_190);
    let space = (f64::from(SPACES).powf(rng.random()) - 1.0) as u32;
    Content {
        id: ContentId::new((65_536 + id).to_string()),
        kind: ContentKind::Page,
        space: SpaceId::new(space.to_string()),
        parent: None,
        position: None,
        embed_url: None,
        webui: format!(
            "/spaces/S{space}/pages/{}/{}",
            65_536 + id,
            title.replace(' ', "+")
        ),
        title,
        status: ContentStatus::Current,
        author: Some(account(rng.random_range(0..PEOPLE))),
        created_at: instant(age),
        version: Version {
            number: 1,
            message: String::new(),
            is_minor: false,
            author: Some(account(rng.random_range(0..PEOPLE))),
            created_at: instant(age),
        },
        body: Some(Body::Storage(body)),
    }
}
