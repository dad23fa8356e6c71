//! What was asked and what happened, for assertions.

use chrono::{DateTime, Utc};

/// One request as the simulation saw it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// When, by the site's clock.
    pub at: DateTime<Utc>,
    /// The method.
    pub method: String,
    /// The route's template, such as `/wiki/api/v2/pages/{id}`; the path itself where no route matched.
    pub route: String,
    /// The path as it came.
    pub path: String,
    /// The query as it came, without its question mark. Secrets in it are not removed: this is a test's log.
    pub query: String,
    /// The id of the account whose token came along.
    pub account: Option<String>,
    /// The answer's status; 0 where the connection was broken or left without an answer.
    pub status: u16,
    /// What it cost.
    pub points: u64,
    /// How large the body of the answer was, uncompressed.
    pub bytes: u64,
    /// Whether an `Authorization` header came along. The media host must never see one.
    pub has_authorization: bool,
    /// The header `Range`.
    pub range: Option<String>,
}

impl Request {
    /// Method and route template, such as `GET /wiki/api/v2/pages`.
    pub fn template(&self) -> String {
        format!("{} {}", self.method, self.route)
    }
}

/// A successful refresh.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refresh {
    /// When, by the site's clock.
    pub at: DateTime<Utc>,
    /// Whose grant.
    pub account: String,
    /// Whether the token sent had been rotated out before, within the leeway.
    pub is_reuse: bool,
}

/// Everything recorded so far: a copy, which does not grow.
#[derive(Clone, Debug, Default)]
pub struct Log(Records);

#[derive(Clone, Debug, Default)]
pub(crate) struct Records {
    pub(crate) requests: Vec<Request>,
    pub(crate) refreshes: Vec<Refresh>,
    pub(crate) reuse_past_leeway: u64,
    pub(crate) revoked_families: u64,
    pub(crate) secrets: Vec<String>,
}

impl Log {
    pub(crate) fn new(records: Records) -> Self {
        Self(records)
    }

    /// Every request, oldest first.
    pub fn requests(&self) -> &[Request] {
        &self.0.requests
    }

    /// How many requests went to a route, such as `GET /wiki/api/v2/pages`.
    pub fn count(&self, template: &str) -> usize {
        self.to(template).count()
    }

    /// The requests to a route, such as `GET /wiki/api/v2/pages`.
    pub fn to<'a>(&'a self, template: &'a str) -> impl Iterator<Item = &'a Request> {
        self.0
            .requests
            .iter()
            .filter(move |request| request.template() == template)
    }

    /// Every refresh that succeeded on the server, whether or not its answer arrived.
    pub fn refreshes(&self) -> &[Refresh] {
        &self.0.refreshes
    }

    /// How often a rotated refresh token came back after its ten minutes: each is a lost grant.
    pub fn reuse_past_leeway(&self) -> u64 {
        self.0.reuse_past_leeway
    }

    /// How many families of refresh tokens were revoked: by late reuse, or by their account.
    pub fn revoked_families(&self) -> u64 {
        self.0.revoked_families
    }
}
