//! A site of any size in a process of its own, for measurements: `measured_site PAGES [--latency MILLISECONDS] [--version-1]`.
//!
//! It says on its first line, in JSON, where it is and who may enter. Then it does what it is told on standard input,
//! a line each: `edit` edits one page in a hundred, `report` says what was asked for since the last report. It ends
//! with its input.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a measurement prints its figures, and stops where it cannot be made"
)]

mod body;
mod dice;
mod macros;
mod vocabulary;
mod words;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use confluence_sim::{Account, Atlassian, Page, SimClock, Site};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};

use words::Text;

const DOMAIN: &str = "acme.atlassian.net";
const SPACES: u64 = 10;
const SCOPES: [&str; 13] = [
    "read:space:confluence",
    "read:page:confluence",
    "read:comment:confluence",
    "read:attachment:confluence",
    "readonly:content.attachment:confluence",
    "read:label:confluence",
    "read:user:confluence",
    "read:hierarchical-content:confluence",
    "read:folder:confluence",
    "read:whiteboard:confluence",
    "read:database:confluence",
    "read:embed:confluence",
    "search:confluence",
];

#[tokio::main(worker_threads = 2)]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let value_of = |name: &str| {
        let place = arguments.iter().position(|argument| argument == name)?;
        arguments.get(place + 1)?.parse().ok()
    };
    let pages: u64 = arguments[0].parse().unwrap();
    let clock = SimClock::system();
    let atlassian = Atlassian::builder()
        .clock(&clock)
        .points_per_hour(u64::MAX / 2)
        .start()
        .await
        .unwrap();
    let mut stage = Stage::set(&atlassian, pages);
    // All that has been there for a while, as on any site.
    clock.advance(Duration::from_hours(1));
    if let Some(milliseconds) = value_of("--latency") {
        atlassian.faults().slow(Duration::from_millis(milliseconds));
    }
    stage
        .site
        .keeps_version_1(arguments.iter().any(|argument| argument == "--version-1"));
    println!("{}", stage.address(&atlassian));
    let mut orders = BufReader::new(tokio::io::stdin()).lines();
    let mut reported = 0;
    while let Some(order) = orders.next_line().await.unwrap() {
        match order.as_str() {
            "edit" => println!("{}", stage.edit()),
            "report" => println!("{}", report(&atlassian, &mut reported)),
            other => panic!("no such order: {other}"),
        }
    }
}

/// A site with its content.
struct Stage {
    site: Site,
    text: Arc<Text>,
    pages: Vec<Page>,
    edition: u64,
}

impl Stage {
    fn set(atlassian: &Atlassian, count: u64) -> Self {
        let text = Arc::new(Text::new());
        let reader = atlassian.service_account("Reader", "measure", "measure-secret", &SCOPES);
        atlassian.api_token(&reader, "reader@example.org", "measure-token");
        let site = atlassian.site(DOMAIN);
        site.member(&reader);
        let mut pages = Vec::new();
        for space in 0..SPACES {
            let share = count / SPACES + u64::from(space < count % SPACES);
            let text = Arc::clone(&text);
            let write = move |number| body::page(&text, number * SPACES + space, 0);
            pages.push(site.space(&format!("S{space}")).pages_generated(share, write));
        }
        let stage = Self {
            site,
            text,
            pages: in_turn(pages),
            edition: 0,
        };
        stage.hang(&atlassian.account("Commentator"));
        stage
    }

    /// Ten pages hang under each that has any; one in twenty is commented, one in fifty labelled, one in two hundred
    /// has a file.
    fn hang(&self, commentator: &Account) {
        let spaces = usize::try_from(SPACES).unwrap();
        for (number, page) in self.pages.iter().enumerate() {
            let (of_space, space) = (number / spaces, number % spaces);
            if of_space == 0 {
                self.site.space(&format!("S{space}")).homepage(page);
            } else {
                let parent = (of_space - 1) / 10 * spaces + space;
                self.site.move_under(page, &self.pages[parent]);
            }
            if number % 20 == 3 {
                let said = format!(
                    "<p>{}</p>",
                    self.text
                        .words(number as u64)
                        .some(&mut dice::Dice::of(number as u64), 80)
                );
                self.site.comment(commentator, page, &said);
            }
            if number % 50 == 7 {
                self.site
                    .label(page, ["runbook", "howto", "decision"][number / 50 % 3]);
            }
            if number % 200 == 11 {
                let bytes = vec![b'x'; 20_000 + number % 1_000];
                self.site.attach(page, "plan.txt", "text/plain", &bytes);
            }
        }
    }

    fn address(&self, atlassian: &Atlassian) -> Value {
        json!({
            "auth_url": atlassian.auth_url(),
            "api_url": atlassian.api_url(),
            "site_url": atlassian.site_url(&self.site),
            "cloud_id": self.site.cloud_id(),
            "domain": DOMAIN,
            "client_id": "measure",
            "client_secret": "measure-secret",
            "email": "reader@example.org",
            "token": "measure-token",
        })
    }

    /// One page in a hundred says something else.
    fn edit(&mut self) -> Value {
        self.edition += 1;
        let edited = self.pages.iter().enumerate().skip(1).step_by(100);
        let mut count = 0;
        for (number, page) in edited {
            self.site
                .edit(page, body::page(&self.text, number as u64, self.edition).1);
            count += 1;
        }
        json!({ "edited": count })
    }
}

/// Of each space one page, then of each the next.
fn in_turn(spaces: Vec<Vec<Page>>) -> Vec<Page> {
    let mut spaces: Vec<_> = spaces.into_iter().map(Vec::into_iter).collect();
    let mut pages = Vec::new();
    loop {
        let before = pages.len();
        pages.extend(spaces.iter_mut().filter_map(Iterator::next));
        if pages.len() == before {
            return pages;
        }
    }
}

/// What was asked for since `reported` requests.
fn report(atlassian: &Atlassian, reported: &mut usize) -> Value {
    let log = atlassian.log();
    let requests = &log.requests()[*reported..];
    *reported = log.requests().len();
    let mut routes = BTreeMap::<String, usize>::new();
    for request in requests {
        *routes.entry(request.template()).or_default() += 1;
    }
    json!({
        "requests": requests.len(),
        "points": requests.iter().map(|request| request.points).sum::<u64>(),
        "bytes": requests.iter().map(|request| request.bytes).sum::<u64>(),
        "refused": requests.iter().filter(|request| request.status >= 400).count(),
        "routes": routes,
    })
}
