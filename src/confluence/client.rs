//! The client of one connection, and the one path that every request takes.

use std::fmt;
use std::sync::atomic::{AtomicU16, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::value::RawValue;
use tokio::time::{Instant, sleep};
use tracing::{debug, trace};

use super::endpoint::Endpoint;
use super::exchange::{Received, exchange, request};
use super::retry::{Reply, Tried, Verdict, refusal, verdict};
use super::throttle::{Throttle, TooLong};
use super::{Batch, ContentQuery, Error, ErrorKind, Options, Points, headers, listing, wire};
use crate::auth::{self, AccessToken, Authenticator};
use crate::model::{AccountId, Content, Cursor, Rejected, Space, Timestamp, User};

/// For how long a renewed token is beyond doubt. Tokens live an hour; a doubt costs one refresh.
const TRUSTED: Duration = Duration::from_mins(10);

/// How long to hold back after the server says that its limit is near. Burst limits are counted by the second.
const NEAR_LIMIT: Duration = Duration::from_secs(1);

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

/// Fetches from the site of one connection. Clones share everything. Cancelling a call is harmless.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    options: Options,
    root: String,
    http: reqwest::Client,
    auth: Authenticator,
    points: Arc<Points>,
    throttle: Throttle,
    renewed: Mutex<Option<(AccessToken, Instant)>>,
    /// How many bodies the site lately managed to send at once.
    bodies_at_once: AtomicU16,
    requests: AtomicU64,
    points_spent: AtomicU64,
}

/// Why an attempt did not bring an answer.
enum Setback {
    /// Try again after this wait.
    Passing(Duration, ErrorKind),
    /// The token was refused and replaced; try again at once.
    TokenReplaced,
    /// Trying again would not help.
    Lasting(ErrorKind),
}

/// A listing's page, and when the server sent it.
struct Answer {
    listing: wire::Listing,
    server_time: Option<Timestamp>,
}

impl Client {
    /// A client for the site at `options.root`.
    ///
    /// `http` must not follow redirects. `auth` is shared by the connections of a grant, `points` by those of an app.
    pub fn new(options: Options, http: reqwest::Client, auth: Authenticator, points: Arc<Points>) -> Self {
        let throttle = Throttle::new(
            options.requests_per_second,
            options.concurrency,
            options.retry_after_cap,
        );
        Self(Arc::new(Inner {
            root: format!("{}/", options.root.as_str().trim_end_matches('/')),
            options,
            http,
            auth,
            points,
            throttle,
            renewed: Mutex::new(None),
            bodies_at_once: AtomicU16::new(u16::MAX),
            requests: AtomicU64::new(0),
            points_spent: AtomicU64::new(0),
        }))
    }

    /// One page of the listing of all spaces, archived ones included.
    pub async fn spaces(&self, after: Option<&Cursor>) -> Result<Batch<Space>, Error> {
        self.0.list(&mut Endpoint::spaces(after), wire::space).await
    }

    /// One page of a listing of pages or blog posts.
    ///
    /// Where the site fails on a listing with bodies, fewer are asked for at once, down to one, and gradually more
    /// again afterwards; a page of the listing may therefore hold fewer than `query.limit` items. Where even one
    /// fails, the error is [`ErrorKind::BodyRefused`]: `query` without bodies and with a limit of 1 then names the
    /// item and leads past it.
    pub async fn content(
        &self,
        query: &ContentQuery,
        after: Option<&Cursor>,
    ) -> Result<Batch<Content>, Error> {
        let mut endpoint = Endpoint::content(query, after);
        let bodies_at_once = &self.0.bodies_at_once;
        if query.bodies {
            endpoint.limit = endpoint.limit.min(bodies_at_once.load(Ordering::Relaxed));
        }
        let batch = self
            .0
            .list(&mut endpoint, |item| wire::content(query.kind, item))
            .await?;
        if query.bodies {
            bodies_at_once.fetch_max(endpoint.limit.saturating_mul(2), Ordering::Relaxed);
        }
        Ok(batch)
    }

    /// The users with these ids, at most 250. Those the account may not see are left out.
    pub async fn users(&self, ids: &[AccountId]) -> Result<Vec<User>, Error> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let batch = self.0.list(&mut Endpoint::users(ids), wire::user).await?;
        let understood = batch.items.into_iter().filter_map(|user| {
            user.inspect_err(|odd| debug!(reason = odd.reason, "a user was not understood"))
                .ok()
        });
        Ok(understood.collect())
    }

    /// What this client has used up since it was made.
    pub fn spent(&self) -> Spent {
        Spent {
            requests: self.0.requests.load(Ordering::Relaxed),
            points: self.0.points_spent.load(Ordering::Relaxed),
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("root", &self.0.root)
            .field("spent", &self.spent())
            .finish_non_exhaustive()
    }
}

impl Inner {
    async fn list<T>(
        &self,
        endpoint: &mut Endpoint,
        decode: impl Fn(&RawValue) -> Result<T, Rejected>,
    ) -> Result<Batch<T>, Error> {
        let (answer, attempts) = self.fetch(endpoint).await?;
        let items: Vec<_> = answer.listing.results.iter().map(|item| decode(item)).collect();
        let next = listing::advance(endpoint.cursor.as_ref(), items.len(), answer.listing.next());
        Ok(Batch {
            items,
            next: next.map_err(|kind| failed(endpoint, attempts, kind))?,
            server_time: answer.server_time,
        })
    }

    /// Sends a request until it is answered or hopeless; says how often it was sent.
    async fn fetch(&self, endpoint: &mut Endpoint) -> Result<(Answer, u32), Error> {
        let mut attempts = 0;
        // Each size gets its own attempts, but once the size is suspected it is halved at every failure.
        let mut at_this_size = 0;
        let mut suspect_size = false;
        let mut renewed = false;
        loop {
            attempts += 1;
            at_this_size += 1;
            let (wait, kind) = match self.attempt(endpoint, at_this_size, renewed).await {
                Ok(answer) => return Ok((answer, attempts)),
                Err(Setback::Lasting(kind)) => return Err(failed(endpoint, attempts, kind)),
                Err(Setback::TokenReplaced) => {
                    renewed = true;
                    at_this_size -= 1;
                    continue;
                }
                Err(Setback::Passing(wait, kind)) => (wait, kind),
            };
            let too_large = matches!(kind, ErrorKind::TooLarge { .. });
            suspect_size |= too_large || at_this_size > 1;
            if suspect_size && kind.may_be_size() && endpoint.halve() {
                self.bodies_at_once.fetch_min(endpoint.limit, Ordering::Relaxed);
                at_this_size = 0;
            } else if too_large || at_this_size >= self.options.attempts {
                return Err(failed(endpoint, attempts, kind));
            }
            debug!(route = endpoint.route, attempts, reason = %kind, "trying again");
            sleep(wait).await;
        }
    }

    /// Sends a request once.
    async fn attempt(&self, endpoint: &Endpoint, attempt: u32, renewed: bool) -> Result<Answer, Setback> {
        let _slot = self.throttle.ready().await.map_err(|TooLong { left }| {
            let until = self.points.now().plus(left);
            Setback::Lasting(ErrorKind::RateLimited { until })
        })?;
        let token = self.auth.access_token().await?;
        let reserved = self.points.reserve(endpoint.most_points());
        let reserved = reserved.map_err(|until| self.wall(until))?;

        let started = Instant::now();
        let request = request(
            &self.http,
            &self.root,
            endpoint,
            &token,
            self.options.request_timeout,
        );
        self.requests.fetch_add(1, Ordering::Relaxed);
        let received = exchange(request, self.options.max_answer).await;
        let status = received.as_ref().ok().map(|received| received.status.as_u16());
        let tried = Tried {
            attempt,
            token_is_new: renewed || self.was_renewed_lately(&token),
            had_cursor: endpoint.cursor.is_some(),
        };
        let (outcome, cost) = self.judge(endpoint, &token, tried, received);
        self.points.settle(&reserved, cost);
        self.points_spent.fetch_add(cost, Ordering::Relaxed);
        let duration_ms = started.elapsed().as_millis();
        trace!(
            route = endpoint.route,
            attempt,
            status,
            duration_ms,
            points = cost,
            "request"
        );

        if let Err(Setback::TokenReplaced) = outcome {
            let newer = self.auth.replace(&token).await?;
            *self.renewed.lock().unwrap_or_else(PoisonError::into_inner) = Some((newer, Instant::now()));
        }
        outcome
    }

    /// What came of a request, and what it cost. Where that is unknown, the most it can have cost.
    fn judge(
        &self,
        endpoint: &Endpoint,
        token: &AccessToken,
        tried: Tried,
        received: Result<Received, ErrorKind>,
    ) -> (Result<Answer, Setback>, u64) {
        let backoff = self.options.backoff();
        let again = |kind| Setback::Passing(backoff.after(tried.attempt, rand::random()), kind);
        let received = match received {
            Ok(received) => received,
            Err(ErrorKind::Transport(error)) if error.is_connect() => {
                return (Err(again(ErrorKind::Transport(error))), 0);
            }
            Err(kind) => return (Err(again(kind)), endpoint.most_points()),
        };
        if headers::is_near_limit(&received.headers) {
            self.throttle.pause_for(NEAR_LIMIT);
        }
        if let Some(left) = headers::points_left(&received.headers) {
            self.points.observe_left(left);
        }
        let server_time = headers::server_time(&received.headers);
        let reply = Reply {
            status: received.status,
            headers: &received.headers,
            body: &received.body,
        };
        let now = server_time.unwrap_or_else(|| self.points.now());
        let setback = match verdict(&reply, tried, now, backoff, rand::random()) {
            Verdict::Accept => match wire::Listing::parse(&received.body) {
                Ok(listing) => {
                    let cost = endpoint.points(listing.results.len());
                    return (Ok(Answer { listing, server_time }), cost);
                }
                Err(reason) => {
                    log_unexpected(endpoint, token, &received);
                    return (Err(again(ErrorKind::Decode { reason })), endpoint.most_points());
                }
            },
            Verdict::Retry { after } => Setback::Passing(after, refusal(&reply)),
            Verdict::Pause { wait } => {
                self.throttle.pause_for(wait);
                let until = self.points.now().plus(wait);
                Setback::Passing(Duration::ZERO, ErrorKind::RateLimited { until })
            }
            Verdict::CloseHour { wait } => self.wall(self.points.close(wait)),
            Verdict::RefreshToken => Setback::TokenReplaced,
            Verdict::GiveUp(kind) => Setback::Lasting(kind),
        };
        log_unexpected(endpoint, token, &received);
        (Err(setback), endpoint.points(0))
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

    fn was_renewed_lately(&self, token: &AccessToken) -> bool {
        let renewed = self.renewed.lock().unwrap_or_else(PoisonError::into_inner);
        renewed
            .as_ref()
            .is_some_and(|(newer, at)| newer == token && at.elapsed() < TRUSTED)
    }
}

impl From<auth::Error> for Setback {
    fn from(error: auth::Error) -> Self {
        Self::Lasting(error.into())
    }
}

fn failed(endpoint: &Endpoint, attempts: u32, kind: ErrorKind) -> Error {
    let kind = if endpoint.has_bodies && endpoint.limit == 1 && kind.may_be_size() {
        ErrorKind::BodyRefused {
            cause: Box::new(kind),
        }
    } else {
        kind
    };
    Error {
        route: endpoint.route,
        attempts,
        kind,
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
    let snippet = snippet.replace(token.expose(), "[redacted]");
    let status = received.status.as_u16();
    debug!(route = endpoint.route, status, ?snippet, "the answer is no JSON");
}
