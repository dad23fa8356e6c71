//! The one path that every request takes.
//!
//! ```text
//! throttle → token → points → send → judge → decode
//!     ↑                                │
//!     └── wait, or replace the token ──┘
//! ```

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::{Instant, sleep};
use tracing::{debug, info, trace};

use super::endpoint::{Brings, Endpoint};
use super::exchange::{Received, exchange, request};
use super::retry::{Reply, Tried, Verdict, refusal, verdict};
use super::throttle::{Throttle, TooLong};
use super::{Error, ErrorKind, Options, Points, headers, wire};
use crate::auth::{self, AccessToken, Authenticator};
use crate::model::Timestamp;

/// How long to hold back after the server says that its limit is near. Burst limits are counted by the second.
const NEAR_LIMIT: Duration = Duration::from_secs(1);

/// A wait that somebody who watches would wonder at.
const NOTICEABLE: Duration = Duration::from_secs(1);

/// The most that is read of an answer, in bytes, where fewer items can be asked for instead.
const MANY_ITEMS: usize = 16 << 20;

/// The longest piece of an unexpected body that is logged, in characters.
const SNIPPET: usize = 200;

/// What a client has used up since it was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    /// Requests sent, retries included.
    pub requests: u64,
    /// Points those requests cost, by our own count.
    pub points: u64,
}

/// Takes requests to one site and brings the answers.
pub(super) struct Courier {
    options: Options,
    /// With a slash at its end.
    root: String,
    http: reqwest::Client,
    auth: Authenticator,
    points: Arc<Points>,
    throttle: Throttle,
    requests: AtomicU64,
    points_spent: AtomicU64,
}

/// A page of a listing, as it was brought.
#[derive(Debug)]
pub(super) struct Delivery {
    pub(super) listing: wire::Listing,
    /// When the request was sent, by the server's clock.
    pub(super) server_time: Option<Timestamp>,
    /// How often the request was sent.
    pub(super) attempts: u32,
}

/// Why an attempt did not bring an answer.
enum Setback {
    /// Try again after this wait.
    Passing(Duration, ErrorKind),
    /// The token may be to blame; try again with another one. Where there is none, the answer counts.
    TokenRefused(ErrorKind),
    /// Trying again would not help.
    Lasting(ErrorKind),
}

/// What came of one request.
struct Outcome {
    result: Result<wire::Listing, Setback>,
    /// What it cost; where that is unknown, the most it can have cost.
    points: u64,
}

impl Courier {
    pub(super) fn new(
        options: Options,
        http: reqwest::Client,
        auth: Authenticator,
        points: Arc<Points>,
    ) -> Self {
        Self {
            throttle: Throttle::new(
                options.requests_per_second,
                options.concurrency,
                options.retry_after_cap,
            ),
            root: format!("{}/", options.root.as_str().trim_end_matches('/')),
            options,
            http,
            auth,
            points,
            requests: AtomicU64::new(0),
            points_spent: AtomicU64::new(0),
        }
    }

    /// What sends requests. Without a token, they are nobody's.
    pub(super) fn http(&self) -> &reqwest::Client {
        &self.http
    }

    /// How the client behaves.
    pub(super) fn options(&self) -> &Options {
        &self.options
    }

    pub(super) fn spent(&self) -> Spent {
        Spent {
            requests: self.requests.load(Ordering::Relaxed),
            points: self.points_spent.load(Ordering::Relaxed),
        }
    }

    /// The points that its requests cost.
    pub(super) fn points(&self) -> &Points {
        &self.points
    }

    /// Whether the site takes us for an app.
    pub(super) fn is_app(&self) -> bool {
        self.points.spending().is_some()
    }

    /// Sends a request until it is answered or hopeless. Where it asks for many items and the site fails, it ends
    /// up asking for fewer.
    pub(super) async fn fetch(&self, endpoint: &mut Endpoint) -> Result<Delivery, Error> {
        self.send(endpoint, false).await
    }

    /// The same with a token that was just replaced, or that nothing newer exists for: what the site answers counts.
    pub(super) async fn probe(&self, endpoint: &mut Endpoint) -> Result<Delivery, Error> {
        self.send(endpoint, true).await
    }

    async fn send(&self, endpoint: &mut Endpoint, mut token_is_new: bool) -> Result<Delivery, Error> {
        let mut attempts = 0;
        // Each size gets its own attempts, but once the size is suspected it is halved at every failure.
        let mut at_this_size = 0;
        let mut suspect_size = false;
        loop {
            attempts += 1;
            at_this_size += 1;
            let tried = Tried {
                attempt: at_this_size,
                token_is_new,
                had_cursor: endpoint.cursor.is_some(),
            };
            let (wait, kind) = match self.attempt(endpoint, tried).await {
                Ok((listing, server_time)) => {
                    return Ok(Delivery {
                        listing,
                        server_time,
                        attempts,
                    });
                }
                Err(Setback::Lasting(kind)) => return Err(endpoint.failed(attempts, kind)),
                Err(Setback::TokenRefused(_)) => {
                    token_is_new = true;
                    at_this_size -= 1;
                    continue;
                }
                Err(Setback::Passing(wait, kind)) => (wait, kind),
            };
            let too_large = matches!(kind, ErrorKind::TooLarge { .. });
            suspect_size |= too_large || at_this_size > 1;
            if suspect_size && endpoint.halve(&kind) {
                at_this_size = 0;
            } else if too_large || at_this_size >= self.options.attempts {
                return Err(endpoint.failed(attempts, kind));
            }
            // Waiting makes no answer smaller.
            let wait = if too_large { Duration::ZERO } else { wait };
            tell(endpoint.route, attempts, wait, &kind);
            sleep(wait).await;
        }
    }

    /// Sends a request once.
    async fn attempt(
        &self,
        endpoint: &Endpoint,
        tried: Tried,
    ) -> Result<(wire::Listing, Option<Timestamp>), Setback> {
        let _slot = self.throttle.ready().await.map_err(|TooLong { left }| {
            let until = self.points.now().plus(left);
            Setback::Lasting(ErrorKind::RateLimited { until })
        })?;
        let token = self.auth.access_token().await?;
        let reserved = self.points.reserve(endpoint.most_points());
        let reserved = reserved.map_err(|until| self.wall(until))?;

        let started = Instant::now();
        let timeout = self.options.request_timeout;
        let request = request(&self.http, &self.root, endpoint, &token, timeout);
        self.requests.fetch_add(1, Ordering::Relaxed);
        let received = exchange(request, self.most_bytes(endpoint)).await;
        let took = started.elapsed();
        // The server dates its answer, but had read what it answers before.
        let date = received
            .as_ref()
            .ok()
            .and_then(|received| headers::server_time(&received.headers));
        let server_time = date.map(|date| date.minus(took));
        let status = received.as_ref().ok().map(|received| received.status.as_u16());
        let Outcome { result, points } = self.judge(endpoint, &token, tried, received);
        let points = self.points.settle(&reserved, points);
        self.points_spent.fetch_add(points, Ordering::Relaxed);
        if let Some(traffic) = &self.options.traffic {
            traffic.note(endpoint.route, status, took);
        }
        let duration_ms = took.as_millis();
        trace!(
            route = endpoint.route,
            attempt = tried.attempt,
            status,
            duration_ms,
            points,
            "request"
        );

        match result {
            Ok(listing) => Ok((listing, server_time)),
            Err(Setback::TokenRefused(kind)) => Err(self.with_another_token(&token, kind).await),
            Err(setback) => Err(setback),
        }
    }

    /// How large an answer may be.
    fn most_bytes(&self, endpoint: &Endpoint) -> usize {
        let most = self.options.max_answer;
        if endpoint.brings == Brings::Bodies && endpoint.limit > 1 {
            most.min(MANY_ITEMS)
        } else {
            most
        }
    }

    /// Has the token replaced that a request was refused with.
    async fn with_another_token(&self, used: &AccessToken, kind: ErrorKind) -> Setback {
        match self.auth.replace(used).await {
            Ok(_) => Setback::TokenRefused(kind),
            Err(auth::Error::NothingNewer) => Setback::Lasting(kind),
            Err(error) => error.into(),
        }
    }

    /// What comes of an answer, or of the lack of one.
    fn judge(
        &self,
        endpoint: &Endpoint,
        token: &AccessToken,
        tried: Tried,
        received: Result<Received, ErrorKind>,
    ) -> Outcome {
        let received = match received {
            Ok(received) => received,
            Err(kind) => {
                let never_sent = matches!(&kind, ErrorKind::Transport(error) if error.is_connect());
                return Outcome {
                    result: Err(self.again(tried, kind)),
                    points: if never_sent { 0 } else { endpoint.most_points() },
                };
            }
        };
        self.heed(&received);
        let result = if endpoint.brings == Brings::Address && received.status.is_redirection() {
            wire::Listing::of_redirect(&received.headers)
                .map_err(|reason| self.again(tried, ErrorKind::Decode { reason }))
        } else if received.status.is_success() {
            let listing = if endpoint.brings.is_one() {
                wire::Listing::of_one(&received.body)
            } else {
                wire::Listing::parse(&received.body)
            };
            listing.map_err(|reason| self.again(tried, ErrorKind::Decode { reason }))
        } else {
            Err(self.refused(endpoint, tried, &received))
        };
        let points = match &result {
            Ok(listing) => endpoint.points(listing.results.len()),
            Err(_) if received.status.is_success() => endpoint.most_points(),
            Err(_) => endpoint.points(0),
        };
        if result.is_err() {
            log_unexpected(endpoint, token, &received);
        }
        Outcome { result, points }
    }

    /// Obeys what the headers of any answer say about limits.
    fn heed(&self, received: &Received) {
        if headers::is_near_limit(&received.headers) {
            self.throttle.pause_for(NEAR_LIMIT);
        }
        if let Some(left) = headers::points_left(&received.headers) {
            self.points.observe_left(left);
        }
    }

    /// What follows from an answer that is not a success.
    fn refused(&self, endpoint: &Endpoint, tried: Tried, received: &Received) -> Setback {
        let reply = Reply {
            status: received.status,
            headers: &received.headers,
            body: &received.body,
        };
        // The server's dates are read by the server's clock.
        let now = headers::server_time(&received.headers).unwrap_or_else(|| self.points.now());
        match verdict(&reply, tried, now, self.options.backoff(), fastrand::f64()) {
            Verdict::Retry { after } => Setback::Passing(after, refusal(&reply)),
            Verdict::Pause { wait } => {
                self.throttle.pause_for(wait);
                let until = self.points.now().plus(wait);
                Setback::Passing(Duration::ZERO, ErrorKind::RateLimited { until })
            }
            Verdict::CloseHour { wait } => self.wall(self.points.close(wait)),
            Verdict::RefreshToken => Setback::TokenRefused(refusal(&reply)),
            Verdict::LackScope => Setback::Lasting(ErrorKind::ScopeMismatch {
                scopes: endpoint.need.scopes(),
            }),
            Verdict::GiveUp(kind) => Setback::Lasting(kind),
        }
    }

    fn again(&self, tried: Tried, kind: ErrorKind) -> Setback {
        let wait = self.options.backoff().after(tried.attempt, fastrand::f64());
        Setback::Passing(wait, kind)
    }

    /// The app's points return at `until`: worth waiting for, or not.
    fn wall(&self, until: Timestamp) -> Setback {
        let wait = until.since(self.points.now());
        let kind = ErrorKind::PointsSpent { until };
        if wait > self.options.retry_after_cap {
            Setback::Lasting(kind)
        } else {
            Setback::Passing(wait, kind)
        }
    }
}

impl From<auth::Error> for Setback {
    fn from(error: auth::Error) -> Self {
        Self::Lasting(error.into())
    }
}

impl fmt::Debug for Courier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Courier")
            .field("root", &self.root)
            .field("throttle", &self.throttle)
            .field("spent", &self.spent())
            .finish_non_exhaustive()
    }
}

/// Keeps the beginning of a body that is no JSON, in case a proxy along the way explains itself there.
fn log_unexpected(endpoint: &Endpoint, token: &AccessToken, received: &Received) {
    let body = String::from_utf8_lossy(&received.body);
    if body.trim_start().starts_with(['{', '[']) {
        return;
    }
    let snippet: String = body.chars().take(SNIPPET).collect();
    // Some proxies repeat the headers of the request they refuse.
    let snippet = token.redact(&snippet);
    let status = received.status.as_u16();
    debug!(route = endpoint.route, status, ?snippet, "the answer is no JSON");
}

/// Says that a request is tried again: once where somebody at a terminal would wonder at the silence, else for the
/// curious.
fn tell(route: &str, attempts: u32, wait: Duration, kind: &ErrorKind) {
    if attempts == 1 && wait >= NOTICEABLE {
        info!(route, "{route}: {kind}; trying again");
    } else {
        debug!(route, attempts, reason = %kind, "trying again");
    }
}
