//! Every way to sign in, against the simulated site.

#![expect(
    clippy::unwrap_used,
    reason = "clippy knows test functions, not the helpers of a test binary"
)]

mod api_token;
mod equal;
mod nango;
mod service_account;

use std::time::Duration;

use confluence_sim::{Account, Atlassian, SimClock, Site};
use millpond::auth::Options;
use millpond::model::{Clock, Domain, Timestamp};

use crate::support::watched::Watched;

const DOMAIN: &str = "acme.atlassian.net";
const EMAIL: &str = "ada@example.com";
const SECRET: &str = "a-secret-of-nobody-else";

/// What a mirror asks for.
const SCOPES: [&str; 4] = [
    "offline_access",
    "read:page:confluence",
    "read:space:confluence",
    "read:user:confluence",
];

/// A site with one member, at an hour that the test moves on.
struct Scene {
    atlassian: Watched,
    ada: Account,
    site: Site,
    time: SimClock,
}

impl Scene {
    async fn new() -> Self {
        let time = SimClock::manual("2026-03-01T12:00:00Z".parse().unwrap());
        let atlassian = Watched::over(Atlassian::builder().clock(&time)).await;
        let ada = atlassian.account("Ada Moreau");
        let site = atlassian.site(DOMAIN);
        site.member(&ada);
        Self {
            atlassian,
            ada,
            site,
            time,
        }
    }

    fn clock(&self) -> Clock {
        let time = self.time.clone();
        Clock::from_fn(move || Timestamp::from_utc(time.now()))
    }
}

fn domain() -> Domain {
    DOMAIN.parse().unwrap()
}

fn http() -> reqwest::Client {
    millpond::app::http_client().unwrap()
}

/// No patience, and no rest after a failure.
fn options() -> Options {
    Options {
        attempts: 2,
        first_backoff: Duration::from_millis(1),
        rest: Duration::ZERO,
        ..Options::default()
    }
}
