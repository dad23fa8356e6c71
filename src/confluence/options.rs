//! How a client behaves towards its site.

use std::time::Duration;

use url::Url;

use super::retry::Backoff;
use super::traffic::Traffic;

/// How a client behaves towards its site.
#[derive(Clone, Debug)]
pub struct Options {
    /// What all routes are below: `{api_url}/ex/confluence/{cloudId}/`. The token goes nowhere else.
    pub root: Url,
    /// Whether the site may take us for a stranger rather than refuse expired credentials. Then it has to say who
    /// we are before its silence is believed.
    pub admits_strangers: bool,
    /// Whether content and spaces are found by search, for a grant that does not open their listings.
    pub by_search: bool,
    /// How many requests are begun in a second; at least one.
    pub requests_per_second: u32,
    /// How many requests are under way at once; at least one.
    pub concurrency: usize,
    /// How often a request is sent before it is given up.
    pub attempts: u32,
    /// The wait before the second attempt, where the server names none; doubled before each further one.
    pub first_backoff: Duration,
    /// The longest of those waits.
    pub backoff_cap: Duration,
    /// The longest wait asked for by the server, or for points, that is waited out. A longer one ends the request
    /// with an error that says until when; nothing is sent before then.
    pub retry_after_cap: Duration,
    /// How long a request may take, its answer included.
    pub request_timeout: Duration,
    /// The largest answer that is read, in bytes.
    pub max_answer: usize,
    /// Who counts the requests.
    pub traffic: Option<Traffic>,
}

impl Options {
    /// The defaults, for the site at `root`. The waits are those that Atlassian recommends.
    pub fn new(root: Url) -> Self {
        Self {
            root,
            admits_strangers: false,
            by_search: false,
            requests_per_second: 10,
            concurrency: 4,
            attempts: 5,
            first_backoff: Duration::from_secs(5),
            backoff_cap: Duration::from_secs(30),
            retry_after_cap: Duration::from_mins(5),
            request_timeout: Duration::from_mins(2),
            max_answer: 64 << 20,
            traffic: None,
        }
    }

    pub(super) fn backoff(&self) -> Backoff {
        Backoff {
            first: self.first_backoff,
            cap: self.backoff_cap,
        }
    }
}
