//! The client against the simulated site, and against servers that are odder than that.

pub(crate) mod connected;
mod limits;
mod odd_servers;
mod refused;
pub(crate) mod search;
mod simulated;
mod stub;
mod undelivered;

use std::time::Duration;

use millpond::confluence::{ContentQuery, Options, Order};
use millpond::model::ContentKind;
use url::Url;

/// Waits of milliseconds, and no limit on the rate that a test would notice.
fn impatient(root: Url) -> Options {
    Options {
        requests_per_second: 100_000,
        attempts: 3,
        first_backoff: Duration::from_millis(1),
        backoff_cap: Duration::from_millis(4),
        retry_after_cap: Duration::from_secs(30),
        request_timeout: Duration::from_secs(20),
        ..Options::new(root)
    }
}

fn http() -> reqwest::Client {
    // Whoever comes first installs it for all tests.
    drop(rustls::crypto::ring::default_provider().install_default());
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap()
}

/// All pages by id, without bodies.
fn pages() -> ContentQuery {
    ContentQuery {
        kind: ContentKind::Page,
        spaces: Vec::new(),
        ids: Vec::new(),
        statuses: Vec::new(),
        order: Order::Id,
        bodies: false,
        limit: 250,
    }
}
