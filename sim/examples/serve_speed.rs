//! How fast the simulation serves a large site: `cargo run --release -p confluence-sim --example serve_speed -- 100000`.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement, run by hand"
)]

use std::time::Instant;

use confluence_sim::Atlassian;
use serde::Deserialize;
use serde::de::IgnoredAny;

#[derive(Deserialize)]
struct Listing {
    results: Vec<IgnoredAny>,
    #[serde(rename = "_links")]
    links: Links,
}

#[derive(Deserialize)]
struct Links {
    next: Option<String>,
}

#[tokio::main]
async fn main() {
    let count: u64 = std::env::args()
        .nth(1)
        .map_or(5_000, |count| count.parse().unwrap());
    let scopes = ["read:page:confluence"];
    let builder = Atlassian::builder().points_per_hour(u64::MAX);
    let atlassian = builder.start().await.unwrap();
    let bot = atlassian.service_account("Mirror", "bot", "psst", &scopes);
    let site = atlassian.site("acme.atlassian.net");
    site.member(&bot);

    let started = Instant::now();
    let sentence = "The quick brown fox jumps over the lazy dog &amp; \"quotes\" it. ";
    let body = format!("<p>{}</p>", sentence.repeat(46));
    site.space("ENG").pages_generated(count, move |n| {
        (format!("Page {n}"), format!("<h1>{n}</h1>{body}"))
    });
    println!("{count} pages made in {:?}", started.elapsed());

    drop(rustls::crypto::ring::default_provider().install_default());
    let http = reqwest::Client::builder().build().unwrap();
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", "bot"),
        ("client_secret", "psst"),
    ];
    let url = format!("{}/oauth/token", atlassian.auth_url());
    let tokens: serde_json::Value = http
        .post(url)
        .form(&form)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let token = tokens["access_token"].as_str().unwrap();

    let root = format!("{}/ex/confluence/{}", atlassian.api_url(), site.cloud_id());
    let mut next = Some("/wiki/api/v2/pages?limit=250&sort=id&body-format=storage".to_owned());
    let (mut pages, mut bytes) = (0, 0);
    let started = Instant::now();
    while let Some(path) = next {
        let answer = http
            .get(format!("{root}{path}"))
            .bearer_auth(token)
            .send()
            .await
            .unwrap();
        let answer = answer.bytes().await.unwrap();
        bytes += answer.len();
        let listing: Listing = serde_json::from_slice(&answer).unwrap();
        pages += listing.results.len();
        next = listing.links.next;
    }
    println!(
        "{pages} pages, {} KiB, served in {:?}",
        bytes / 1024,
        started.elapsed()
    );
}
