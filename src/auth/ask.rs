//! One question to a server that hands out credentials, and its answer.

use std::time::Duration;

use chrono::DateTime;
use reqwest::header::{ACCEPT, DATE, HeaderMap, RETRY_AFTER};
use reqwest::{RequestBuilder, StatusCode};
use url::Url;

use crate::model::Timestamp;

use super::Error;
use super::token_answer::classify;

/// Such answers are a few kilobytes; the rest of a longer one is not read.
const LARGEST_ANSWER: usize = 1024 * 1024;

/// What a server said, read.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    /// How long it asks to be left alone.
    retry_after: Option<Duration>,
    /// What time it is there.
    pub(super) date: Option<Timestamp>,
    pub(super) body: Vec<u8>,
}

/// Sends a request and reads the answer.
pub(super) async fn ask(
    doing: &'static str,
    request: RequestBuilder,
    timeout: Duration,
) -> Result<Answer, Error> {
    let mut response = request
        .header(ACCEPT, "application/json")
        .timeout(timeout)
        .send()
        .await
        .map_err(Error::transport(doing))?;
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(Error::transport(doing))? {
        if body.len() + chunk.len() > LARGEST_ANSWER {
            break;
        }
        body.extend_from_slice(&chunk);
    }
    let date = date(response.headers(), DATE.as_str());
    Ok(Answer {
        status: response.status(),
        retry_after: retry_after(response.headers()),
        date: date.map(|date| Timestamp::from_utc(date.to_utc())),
        body,
    })
}

impl Answer {
    /// What an answer means that is of no use, if it comes from an authorization server.
    pub(super) fn refusal(&self, doing: &'static str) -> Error {
        match classify(doing, self.status, &self.body) {
            Error::Unavailable { .. } => self.unavailable(doing),
            error => error,
        }
    }

    /// That the server, or something in its place, cannot be used now.
    pub(super) fn unavailable(&self, doing: &'static str) -> Error {
        Error::Unavailable {
            doing,
            status: self.status.as_u16(),
            retry_after: self.retry_after,
        }
    }
}

/// How long the server asks to be left alone: in seconds, or as a date that its own clock is compared with.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let wish = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    match wish.parse() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        Err(_) => (date(headers, RETRY_AFTER.as_str())? - date(headers, DATE.as_str())?)
            .to_std()
            .ok(),
    }
}

fn date(headers: &HeaderMap, name: &str) -> Option<DateTime<chrono::FixedOffset>> {
    let text = headers.get(name)?.to_str().ok()?;
    DateTime::parse_from_rfc2822(text.trim()).ok()
}

/// The address of `path` below `root`, whether or not that ends with a slash.
pub(super) fn below(root: &Url, path: &str) -> Url {
    let mut url = root.clone();
    url.set_path(&format!("{}/{path}", root.path().trim_end_matches('/')));
    url
}

/// A refusal that repeats what we sent would carry a secret into a log.
pub(super) fn redacted<'a>(body: &[u8], secrets: impl Iterator<Item = &'a str>) -> Vec<u8> {
    let text = String::from_utf8_lossy(body).into_owned();
    secrets
        .filter(|secret| !secret.is_empty())
        .fold(text, |text, secret| text.replace(secret, "[redacted]"))
        .into_bytes()
}

#[cfg(test)]
mod tests {
    use super::{below, redacted};

    #[test]
    fn the_server_may_ask_for_patience_in_seconds_or_until_a_date() {
        let patience = |retry_after: &str| {
            let rows = [
                ("date", "Sun, 01 Mar 2026 12:00:00 GMT"),
                ("retry-after", retry_after),
            ];
            let headers = rows.map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
            super::retry_after(&headers.into_iter().collect()).map(|patience| patience.as_secs())
        };
        assert_eq!(patience("7"), Some(7));
        assert_eq!(patience("Sun, 01 Mar 2026 12:01:30 GMT"), Some(90));
        assert_eq!(patience("Sun, 01 Mar 2026 11:00:00 GMT"), None);
        assert_eq!(patience("soon"), None);
    }

    #[test]
    fn a_root_may_have_a_path_and_a_slash() {
        for root in ["http://localhost:1/auth", "http://localhost:1/auth/"] {
            assert_eq!(
                below(&root.parse().unwrap(), "me").as_str(),
                "http://localhost:1/auth/me"
            );
        }
    }

    #[test]
    fn a_refusal_that_repeats_a_secret_is_redacted() {
        let body = br#"{"error":"bad s3cret","error_description":"unknown token t0ken"}"#;
        let clean = String::from_utf8(redacted(body, ["s3cret", "t0ken", ""].into_iter())).unwrap();
        assert_eq!(
            clean,
            r#"{"error":"bad [redacted]","error_description":"unknown token [redacted]"}"#
        );
    }
}
