//! The promise about grants, with the real program: connected once, connected for years.

mod aloud;
mod at_rest;
mod crash_matrix;
mod disconnecting;
mod doctor;
mod replacing;
mod secrets;
mod sharing;
pub(crate) mod status;
mod withdrawal;

use std::time::Duration;

use confluence_sim::{Account, Atlassian};
use tokio::time::{Instant, sleep};

use crate::support::installation::{Installation, world};
use crate::support::watched::Watched;

const DOMAIN: &str = "acme.atlassian.net";
const TOKEN: &str = "POST /oauth/token";

/// A connected installation, and a server that says of every token that it is used up: whoever asks for one
/// refreshes.
async fn always_refreshing() -> (Watched, Account, Installation) {
    let (atlassian, alice) = world().await;
    let site = atlassian.site(DOMAIN);
    site.member(&alice);
    site.space("ENG").page("Runbook");
    atlassian.faults().understate_lifetimes(Duration::ZERO);
    let home = Installation::new(&atlassian, &[DOMAIN]).connected(DOMAIN).await;
    (atlassian, alice, home)
}

fn refreshes(atlassian: &Atlassian) -> usize {
    atlassian.log().refreshes().len()
}

/// Whether the API takes what `millpond token` printed.
async fn accepts(atlassian: &Atlassian, printed: &str) -> bool {
    let me = format!("{}/me", atlassian.api_url());
    let http = millpond::app::http_client().unwrap();
    let answer = http.get(me).bearer_auth(printed.trim()).send().await.unwrap();
    answer.status().is_success()
}

/// Polls until the condition holds: other processes are at work.
async fn until(what: &str, condition: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !condition() {
        assert!(Instant::now() < deadline, "{what} did not happen");
        sleep(Duration::from_millis(1)).await;
    }
}
