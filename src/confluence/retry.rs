//! Judges an answer that is not a success: try again, wait, renew the token, or give up. Pure.

use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use serde_json::Value;

use super::{ErrorKind, headers};
use crate::model::Timestamp;

/// The longest message taken over from an error body, in characters.
const MESSAGE: usize = 200;

/// An answer that is not a success, as far as its judgement needs it.
#[derive(Debug)]
pub(super) struct Reply<'a> {
    pub(super) status: StatusCode,
    pub(super) headers: &'a HeaderMap,
    /// The beginning of it.
    pub(super) body: &'a [u8],
}

/// What preceded the answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tried {
    /// How often the request was sent, this time included.
    pub(super) attempt: u32,
    /// The token was replaced since the request was first sent, so it cannot have expired.
    pub(super) token_is_new: bool,
    /// The request went on from a cursor.
    pub(super) had_cursor: bool,
}

/// What to do with an answer.
#[derive(Debug)]
pub(super) enum Verdict {
    /// Send this request again after a while.
    Retry { after: Duration },
    /// Send nothing to the site for a while, then this request again.
    Pause { wait: Duration },
    /// Send nothing for the app for a while, or until the hour is over.
    CloseHour { wait: Option<Duration> },
    /// Have the token replaced, then send this request again.
    RefreshToken,
    /// The token is good and does not reach this far.
    LackScope,
    /// Nothing that is sent again would help.
    GiveUp(ErrorKind),
}

/// How long to wait before a request is sent again, where the server does not say.
#[derive(Clone, Copy, Debug)]
pub(super) struct Backoff {
    /// Before the second attempt; doubled before each further one.
    pub(super) first: Duration,
    /// The longest wait.
    pub(super) cap: Duration,
}

impl Backoff {
    /// The wait after `attempt` attempts, varied by 0.7 to 1.3; `chance` is in 0..1.
    pub(super) fn after(&self, attempt: u32, chance: f64) -> Duration {
        let doubled = self.first.saturating_mul(1 << attempt.saturating_sub(1).min(20));
        doubled.min(self.cap).mul_f64(0.7 + 0.6 * chance)
    }
}

/// Judges `reply` at the server's instant `now`.
pub(super) fn verdict(
    reply: &Reply<'_>,
    tried: Tried,
    now: Timestamp,
    backoff: Backoff,
    chance: f64,
) -> Verdict {
    let asked = headers::retry_after(reply.headers, now);
    let backoff = || backoff.after(tried.attempt, chance);
    match reply.status {
        StatusCode::TOO_MANY_REQUESTS => {
            let reset = headers::until_reset(reply.headers, now);
            if headers::is_app_quota(reply.headers) {
                Verdict::CloseHour {
                    wait: asked.max(reset),
                }
            } else {
                Verdict::Pause {
                    wait: asked.or(reset).unwrap_or_else(backoff),
                }
            }
        }
        StatusCode::UNAUTHORIZED if names(reply.body, "scope does not match") => Verdict::LackScope,
        // The gateway lets an expired token fall through to anonymous access, which sees 403 or 404.
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::NOT_FOUND if !tried.token_is_new => {
            Verdict::RefreshToken
        }
        StatusCode::BAD_REQUEST if tried.had_cursor && names(reply.body, "cursor") => {
            Verdict::GiveUp(ErrorKind::BadCursor)
        }
        status if status.is_server_error() || status == StatusCode::REQUEST_TIMEOUT => match asked {
            Some(wait) => Verdict::Pause { wait },
            None => Verdict::Retry { after: backoff() },
        },
        _ => Verdict::GiveUp(refusal(reply)),
    }
}

/// What to report where an answer is the last word.
pub(super) fn refusal(reply: &Reply<'_>) -> ErrorKind {
    match reply.status {
        StatusCode::UNAUTHORIZED => ErrorKind::Unauthorized,
        StatusCode::FORBIDDEN => ErrorKind::Forbidden,
        StatusCode::NOT_FOUND => ErrorKind::NotFound,
        status => ErrorKind::Status {
            status: status.as_u16(),
            message: message(reply.body),
        },
    }
}

/// Whether the beginning of a body holds `word`, in any case.
fn names(body: &[u8], word: &str) -> bool {
    String::from_utf8_lossy(body).to_ascii_lowercase().contains(word)
}

/// The server's own words out of an error body, in any of the shapes its layers use.
fn message(body: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let words = ["/errors/0/title", "/message", "/error"]
        .into_iter()
        .find_map(|place| body.pointer(place)?.as_str())?;
    let line = words.split_whitespace().collect::<Vec<_>>().join(" ");
    Some(line.chars().take(MESSAGE).collect())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use reqwest::StatusCode;
    use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

    use super::{Backoff, Reply, Tried, message, verdict};
    use crate::model::Timestamp;

    const BACKOFF: Backoff = Backoff {
        first: Duration::from_secs(5),
        cap: Duration::from_secs(30),
    };

    const FIRST: Tried = Tried {
        attempt: 1,
        token_is_new: false,
        had_cursor: true,
    };

    const RENEWED: Tried = Tried {
        token_is_new: true,
        ..FIRST
    };

    /// The verdict in a word or two. Half way through the hour, with a chance that leaves waits as they are.
    fn judge(tried: Tried, status: u16, pairs: &[(&'static str, &'static str)], body: &str) -> String {
        let pair = |&(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value));
        let headers: HeaderMap = pairs.iter().map(pair).collect();
        let reply = Reply {
            status: StatusCode::from_u16(status).unwrap(),
            headers: &headers,
            body: body.as_bytes(),
        };
        let now: Timestamp = "2026-03-26T15:30:00Z".parse().unwrap();
        format!("{:?}", verdict(&reply, tried, now, BACKOFF, 0.5))
    }

    const SCOPE: &str = r#"{"code":401,"message":"Unauthorized; scope does not match"}"#;
    const CURSOR: &str = r#"{"errors":[{"status":400,"code":"INVALID_REQUEST_PARAMETER",
        "title":"Provided value for 'cursor' is not the correct type."}]}"#;

    #[test]
    fn an_answer_is_judged_by_its_status_first() {
        for (tried, status, body, expected) in [
            (FIRST, 500, "", "Retry { after: 5s }"),
            (
                FIRST,
                502,
                "<html>scope does not match</html>",
                "Retry { after: 5s }",
            ),
            (Tried { attempt: 2, ..FIRST }, 503, "", "Retry { after: 10s }"),
            (Tried { attempt: 9, ..FIRST }, 504, "", "Retry { after: 30s }"),
            (FIRST, 408, "", "Retry { after: 5s }"),
            (FIRST, 401, "", "RefreshToken"),
            (FIRST, 401, "<html>", "RefreshToken"),
            (RENEWED, 401, "", "GiveUp(Unauthorized)"),
            (FIRST, 401, SCOPE, "LackScope"),
            (RENEWED, 401, SCOPE, "LackScope"),
            (FIRST, 403, "", "RefreshToken"),
            (RENEWED, 403, "", "GiveUp(Forbidden)"),
            (FIRST, 404, "", "RefreshToken"),
            (RENEWED, 404, "", "GiveUp(NotFound)"),
            (FIRST, 400, CURSOR, "GiveUp(BadCursor)"),
            (
                Tried {
                    had_cursor: false,
                    ..FIRST
                },
                400,
                r#"{"errors":[{"title":"no cursor here"}]}"#,
                r#"GiveUp(Status { status: 400, message: Some("no cursor here") })"#,
            ),
            (FIRST, 302, "", "GiveUp(Status { status: 302, message: None })"),
            (FIRST, 410, "", "GiveUp(Status { status: 410, message: None })"),
        ] {
            assert_eq!(judge(tried, status, &[], body), expected, "{status} {body}");
        }
    }

    #[test]
    fn the_wishes_of_the_server_come_before_our_own_waits() {
        let seconds = ("retry-after", "1847");
        let date = ("retry-after", "Thu, 26 Mar 2026 15:30:40 GMT");
        let reset = ("x-ratelimit-reset", "2026-03-26T16:00Z");
        let app = ("ratelimit-reason", "confluence-quota-global-based");
        let tenant = ("ratelimit-reason", "confluence-quota-tenant-based");
        for (status, headers, expected) in [
            (429, vec![], "Pause { wait: 5s }"),
            (429, vec![seconds], "Pause { wait: 1847s }"),
            (429, vec![date], "Pause { wait: 40s }"),
            (429, vec![reset], "Pause { wait: 1800s }"),
            (429, vec![date, reset], "Pause { wait: 40s }"),
            (429, vec![tenant, seconds], "Pause { wait: 1847s }"),
            (429, vec![app], "CloseHour { wait: None }"),
            (429, vec![app, seconds], "CloseHour { wait: Some(1847s) }"),
            (429, vec![app, date, reset], "CloseHour { wait: Some(1800s) }"),
            (503, vec![seconds], "Pause { wait: 1847s }"),
            (503, vec![reset], "Retry { after: 5s }"),
        ] {
            assert_eq!(
                judge(FIRST, status, &headers, ""),
                expected,
                "{status} {headers:?}"
            );
        }
    }

    #[test]
    fn waits_double_up_to_the_cap_and_vary() {
        let waits = [1, 2, 3, 4, 60].map(|attempt| BACKOFF.after(attempt, 0.5).as_secs());
        assert_eq!(waits, [5, 10, 20, 30, 30]);
        assert_eq!(BACKOFF.after(1, 0.0).as_millis(), 3_500);
        assert_eq!(BACKOFF.after(1, 1.0).as_millis(), 6_500);
    }

    #[test]
    fn the_words_of_the_server_are_found_in_every_shape() {
        for (body, expected) in [
            (
                r#"{"errors":[{"title":"No content\nfound"}]}"#,
                Some("No content found"),
            ),
            (r#"{"code":401,"message":"Unauthorized"}"#, Some("Unauthorized")),
            (r#"{"error":"rate_limited"}"#, Some("rate_limited")),
            ("<html>", None),
            ("{}", None),
            ("[]", None),
        ] {
            assert_eq!(message(body.as_bytes()).as_deref(), expected, "{body}");
        }
        let long = format!(r#"{{"message":"{}"}}"#, "é".repeat(999));
        assert_eq!(
            message(long.as_bytes()).map(|words| words.chars().count()),
            Some(200)
        );
    }
}
