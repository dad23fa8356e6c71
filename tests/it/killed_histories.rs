//! Random histories over HTTP: the real program mirrors many sites at once, and is killed at random moments.

use std::collections::BTreeMap;
use std::time::Duration;

use confluence_sim::{Account, Page, Site};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::Value;
use tokio::time::sleep;

use crate::support::installation::{Installation, Mirrored, mirrored, outsider, visible, world};
use crate::support::program::Running;
use crate::support::watched::Watched;

/// One process mirrors so many sites, each of which lives through a history of its own. A kill hits all of them, each
/// wherever it is.
const SITES: usize = 40;
const KILLS: usize = 4;

/// Everything is asked for, and what is missing may go as soon as it is missed twice.
const SETTINGS: &str = "concurrency = 2\npoints_per_hour = 0\n[sync]\n\
    content = [\"pages\", \"blogposts\", \"comments\", \"attachments\", \"users\"]\n\
    deletion_guard = { confirm_after = \"1ms\" }\n";

/// A site and what people know of it.
struct Stage {
    site: Site,
    alice: Account,
    pages: Vec<Page>,
    number: usize,
}

impl Stage {
    fn new(atlassian: &Watched, alice: &Account, number: usize) -> Self {
        let site = atlassian.site(&format!("site-{number}.atlassian.net"));
        site.member(alice);
        for key in ["ENG", "HR"] {
            site.space(key);
        }
        let mut stage = Self {
            site,
            alice: alice.clone(),
            pages: Vec::new(),
            number,
        };
        for _ in 0..6 {
            stage.write();
        }
        stage
    }

    fn write(&mut self) {
        let nth = self.pages.len();
        let space = self.site.space(["ENG", "HR"][nth % 2]);
        let title = format!("Page {nth} of site {}", self.number);
        let page = if is_post(nth) {
            space.blog_post(&title)
        } else {
            space.page(&title)
        };
        self.pages.push(page);
    }

    /// Something happens on the site.
    fn happen(&mut self, rng: &mut StdRng) {
        let site = &self.site;
        let pick = |rng: &mut StdRng| rng.random_range(0..self.pages.len());
        let nth = pick(rng);
        let page = &self.pages[nth];
        match rng.random_range(0..12) {
            0 | 1 => self.write(),
            2 | 3 => site.edit(page, format!("<p>Edited {}.</p>", rng.random::<u32>())),
            4 => site.rename(page, &format!("{} renamed", rng.random::<u32>())),
            5 => site.trash(page),
            6 => site.restore(page),
            7 => site.purge(page),
            8 if !is_post(nth) => site.archive(page),
            9 => _ = site.comment(&self.alice, page, "<p>Seen.</p>"),
            10 => _ = site.attach(page, "gauge.txt", "text/plain", b"high"),
            _ => {
                let under = pick(rng);
                if under != nth && !is_post(nth) && !is_post(under) {
                    site.move_under(page, &self.pages[under]);
                }
            }
        }
    }

    /// What a visitor sees.
    fn seen(&self) -> Vec<Mirrored> {
        let mut seen = visible(&self.site, &self.alice);
        let posts = self.site.visible_blog_posts(&self.alice).into_iter();
        seen.extend(posts.map(|post| Mirrored {
            id: post.id,
            space_key: post.space_key,
            parent: post.parent,
            title: post.title,
            status: post.status,
            version: post.version,
        }));
        seen
    }
}

/// Every fifth is a blog post, which is neither archived nor moved.
fn is_post(nth: usize) -> bool {
    nth % 5 == 4
}

/// Everything lives on while the program works, until it is killed or ends.
async fn disturb(mut program: Running, stages: &mut [Stage], atlassian: &Watched, rng: &mut StdRng) -> bool {
    let asked = || atlassian.log().count("GET /wiki/api/v2/pages");
    let target = asked() + rng.random_range(1..2 * SITES);
    while asked() < target {
        if program.try_wait().unwrap().is_some() {
            return false;
        }
        let site = rng.random_range(0..stages.len());
        stages[site].happen(rng);
        sleep(Duration::from_millis(2)).await;
    }
    program.kill().await.unwrap();
    true
}

/// Plays as many histories as there are sites. Returns how many kills hit the program at work.
async fn play(seed: u64) -> usize {
    let mut rng = StdRng::seed_from_u64(seed);
    let (atlassian, alice) = world().await;
    let mut stages: Vec<_> = (0..SITES)
        .map(|number| Stage::new(&atlassian, &alice, number))
        .collect();
    let domains: Vec<_> = stages.iter().map(|stage| stage.site.domain()).collect();
    let domains: Vec<&str> = domains.iter().map(String::as_str).collect();
    let home = Installation::new(&atlassian, &domains)
        .connected(domains[0])
        .await;
    home.configure(&atlassian, &domains, SETTINGS);

    let mut kills = 0;
    let mut follower = BTreeMap::new();
    for _ in 0..KILLS {
        let run: &[&str] = if rng.random() {
            &["sync"]
        } else {
            &["sync", "--sweep"]
        };
        let program = home.spawn(&[&["--log", "warn"], run].concat());
        kills += usize::from(disturb(program, &mut stages, &atlassian, &mut rng).await);
        catch_up(&home, &mut follower).await;
    }
    for run in [
        &["sync"][..],
        &["sync", "--sweep"],
        &["sync", "--sweep"],
        &["sync", "--sweep"],
    ] {
        let accepting = if run.len() > 1 {
            &["--accept-deletions"][..]
        } else {
            &[]
        };
        home.millpond(&[&["--log", "warn"], run, accepting].concat())
            .await;
    }

    let mut on_sites: Vec<_> = stages.iter().flat_map(Stage::seen).collect();
    on_sites.sort();
    assert_eq!(mirrored(&home.database()), on_sites, "seed {seed}");
    catch_up(&home, &mut follower).await;
    let living: BTreeMap<_, _> = follower
        .into_iter()
        .filter(|(_, (_, is_gone))| !is_gone)
        .collect();
    assert_eq!(living.len(), on_sites.len(), "seed {seed}");
    let titles: Vec<_> = living.into_values().map(|(title, _)| title).collect();
    assert_eq!(titles, titles_in(&home), "seed {seed}");
    kills
}

/// The titles of what lives in the mirror, in the order of site and id.
fn titles_in(home: &Installation) -> Vec<String> {
    let db = outsider(&home.database());
    let mut statement = db
        .prepare("SELECT title FROM page WHERE gone_at IS NULL ORDER BY site, id")
        .unwrap();
    let rows = statement.query_map([], |row| row.get(0)).unwrap();
    rows.map(Result::unwrap).collect()
}

/// What a follower of the change feed knows: title and fate of content by its site and id.
type Known = BTreeMap<(String, String), (String, bool)>;

/// Reads on from where the follower stands, which it remembers as if it were content of its own.
async fn catch_up(home: &Installation, known: &mut Known) {
    let place = (String::new(), String::new());
    let since = known
        .remove(&place)
        .map_or_else(|| "0".to_owned(), |(seq, _)| seq);
    if !home.database().exists() {
        return;
    }
    let printed = home
        .millpond(&["--log", "warn", "changes", "--since", &since])
        .await
        .stdout;
    let mut seq: i64 = since.parse().unwrap();
    for line in String::from_utf8(printed).unwrap().lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        assert!(line["seq"].as_i64().unwrap() > seq, "told twice, or out of order");
        seq = line["seq"].as_i64().unwrap();
        if matches!(line["kind"].as_str(), Some("page" | "blogpost")) {
            let word = |name: &str| line[name].as_str().unwrap().to_owned();
            known.insert(
                (word("site"), word("id")),
                (word("title"), line["change"] == "gone"),
            );
        }
    }
    known.insert(place, (seq.to_string(), true));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn histories_over_http_with_kills_leave_every_mirror_equal_to_its_site() {
    let kills = play(1).await;
    assert!(kills > 0, "no kill hit the program at work");
}

/// `cargo test --test it killed_histories -- --ignored --nocapture` plays four times as many more.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes a minute or two; the shorter one runs always"]
async fn two_hundred_histories_over_http_with_kills_leave_every_mirror_equal_to_its_site() {
    let mut kills = 0;
    for seed in 1..=5 {
        kills += play(seed).await;
    }
    eprintln!("{} histories, {kills} kills: equal", 5 * SITES);
}
