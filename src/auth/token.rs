//! Tokens, and how long they last. None of them prints.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use reqwest::RequestBuilder;
use secrecy::{ExposeSecret, SecretString};
use tokio::time::Instant;

use crate::model::Timestamp;

/// What goes into the `Authorization` header. Cheap to clone; two are equal if their text is.
#[derive(Clone)]
pub struct AccessToken(Arc<Credentials>);

enum Credentials {
    Bearer(SecretString),
    Basic { email: String, token: SecretString },
}

impl AccessToken {
    /// Takes a bearer token as the server wrote it.
    pub fn new(token: impl Into<SecretString>) -> Self {
        Self(Arc::new(Credentials::Bearer(token.into())))
    }

    /// Takes an account's API token, which is sent along with its email address.
    pub fn basic(email: &str, token: SecretString) -> Self {
        let email = email.to_owned();
        Self(Arc::new(Credentials::Basic { email, token }))
    }

    /// The token itself, for an `Authorization` header and nothing else.
    pub fn expose(&self) -> &str {
        match &*self.0 {
            Credentials::Bearer(token) | Credentials::Basic { token, .. } => token.expose_secret(),
        }
    }

    /// Adds the header to a request, marked as not to be printed.
    pub fn authorize(&self, request: RequestBuilder) -> RequestBuilder {
        match &*self.0 {
            Credentials::Bearer(token) => request.bearer_auth(token.expose_secret()),
            Credentials::Basic { email, token } => request.basic_auth(email, Some(token.expose_secret())),
        }
    }

    /// Text of another system, without the token in any form in which it may have repeated it.
    pub fn redact(&self, text: &str) -> String {
        let clean = text.replace(self.expose(), "[redacted]");
        match &*self.0 {
            Credentials::Bearer(_) => clean,
            Credentials::Basic { email, token } => {
                let sent = BASE64_STANDARD.encode(format!("{email}:{}", token.expose_secret()));
                clean.replace(&sent, "[redacted]")
            }
        }
    }
}

impl PartialEq for AccessToken {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

impl Eq for AccessToken {}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccessToken([redacted])")
    }
}

/// What buys the next pair of tokens, once.
#[derive(Clone)]
pub struct RefreshToken(SecretString);

impl RefreshToken {
    /// Takes the token as the server wrote it.
    pub fn new(token: impl Into<SecretString>) -> Self {
        Self(token.into())
    }

    /// The token itself, for the token endpoint and the grant's file.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl PartialEq for RefreshToken {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

impl Eq for RefreshToken {}

impl fmt::Debug for RefreshToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RefreshToken([redacted])")
    }
}

/// What the token endpoint answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenSet {
    /// The new access token.
    pub access: AccessToken,
    /// The next refresh token. Absent without `offline_access`, or when the one that was sent stays valid.
    pub refresh: Option<RefreshToken>,
    /// How long the access token lasts, counted from the request.
    pub expires_in: Duration,
    /// The scopes that were granted; absent if they are those that were requested.
    pub scopes: Option<Vec<String>>,
}

/// How much of its life a token is given up early: a request may be under way for a while, and the
/// refresh may need a few attempts. At most five minutes, and no more than a fifth of a short life.
fn margin(expires_in: Duration) -> Duration {
    (expires_in / 5).min(Duration::from_mins(5))
}

/// When an access token is used up.
///
/// Two clocks judge it and the earlier verdict counts. The monotonic one survives a wall clock that is
/// set back by years. The wall clock notices that the machine slept, and means the same to every process.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lifetime {
    /// The monotonic instant of the end.
    ends: Instant,
    /// The wall clock when the token was asked for.
    issued_at: Timestamp,
    expires_in: Duration,
}

impl Lifetime {
    /// The life of a token that was asked for at these instants.
    pub(super) fn new(asked: Instant, issued_at: Timestamp, expires_in: Duration) -> Self {
        Self {
            ends: asked + expires_in,
            issued_at,
            expires_in,
        }
    }

    /// The life of a token that some process stored: only the wall clock is known.
    ///
    /// A token from the future says that the clock was set back, and so nothing about its age: it counts
    /// as used up.
    pub(super) fn recalled(
        issued_at: Timestamp,
        expires_in: Duration,
        instant: Instant,
        now: Timestamp,
    ) -> Self {
        let jitter = Duration::from_secs(5);
        let left = if issued_at > now.plus(jitter) {
            Duration::ZERO
        } else {
            expires_in.saturating_sub(now.since(issued_at))
        };
        Self {
            ends: instant + left,
            issued_at,
            expires_in,
        }
    }

    /// Whether it is time for a new token.
    pub(super) fn is_due(&self, instant: Instant, now: Timestamp) -> bool {
        self.left(instant, now) <= margin(self.expires_in)
    }

    /// Whether the token is of no use any more.
    pub(super) fn is_over(&self, instant: Instant, now: Timestamp) -> bool {
        self.left(instant, now).is_zero()
    }

    fn left(&self, instant: Instant, now: Timestamp) -> Duration {
        let by_wall_clock = self.expires_in.saturating_sub(now.since(self.issued_at));
        self.ends.saturating_duration_since(instant).min(by_wall_clock)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::Instant;

    use super::{AccessToken, Lifetime, RefreshToken};
    use crate::model::Timestamp;

    const HOUR: Duration = Duration::from_hours(1);

    fn noon() -> Timestamp {
        "2026-03-01T12:00:00Z".parse().unwrap()
    }

    #[test]
    fn no_token_prints() {
        let tokens = (AccessToken::new("s3cret"), RefreshToken::new("s3cret"));
        assert!(!format!("{tokens:?}").contains("s3cret"));
    }

    #[test]
    fn an_api_token_is_redacted_as_it_is_and_as_it_is_sent() {
        let token = AccessToken::basic("ada@example.com", "s3cret".into());
        let sent = "Basic YWRhQGV4YW1wbGUuY29tOnMzY3JldA==";
        let text = format!("you sent {sent}, that is s3cret");
        assert_eq!(
            token.redact(&text),
            "you sent Basic [redacted], that is [redacted]"
        );
    }

    #[test]
    fn a_token_is_given_up_five_minutes_early_or_after_four_fifths_of_a_short_life() {
        for (expires_in, due_after) in [(3600, 3300), (60, 48), (0, 0), (86_400, 86_100)] {
            let asked = Instant::now();
            let life = Lifetime::new(asked, noon(), Duration::from_secs(expires_in));
            let due = |secs| life.is_due(asked + Duration::from_secs(secs), noon());
            assert!(due(due_after), "{expires_in}");
            assert!(due_after == 0 || !due(due_after - 1), "{expires_in}");
        }
    }

    #[test]
    fn a_wall_clock_set_back_does_not_lengthen_a_life() {
        let asked = Instant::now();
        let life = Lifetime::new(asked, noon(), HOUR);
        let years_ago = noon().minus(Duration::from_hours(24 * 3000));
        assert!(!life.is_due(asked, years_ago));
        assert!(life.is_over(asked + HOUR, years_ago));
    }

    #[test]
    fn a_machine_that_slept_sees_by_the_wall_clock_that_the_token_is_old() {
        let asked = Instant::now();
        let life = Lifetime::new(asked, noon(), HOUR);
        assert!(life.is_over(asked, noon().plus(HOUR)));
    }

    #[test]
    fn a_stored_token_is_as_old_as_the_wall_clock_says() {
        let started = Instant::now();
        let recalled = |now| Lifetime::recalled(noon(), HOUR, started, now);
        assert!(!recalled(noon().plus(HOUR / 2)).is_due(started, noon().plus(HOUR / 2)));
        assert!(recalled(noon().plus(HOUR)).is_over(started, noon().plus(HOUR)));
        // Half its life went by before this process read it; the rest is counted monotonically.
        assert!(recalled(noon().plus(HOUR / 2)).is_over(started + HOUR / 2, noon()));
    }

    #[test]
    fn a_stored_token_from_the_future_counts_as_used_up() {
        let started = Instant::now();
        let before = noon().minus(HOUR);
        assert!(Lifetime::recalled(noon(), HOUR, started, before).is_over(started, before));
    }
}
