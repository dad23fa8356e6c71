//! What the headers of an answer say about time and limits.
//!
//! The facts are those of Atlassian's page on rate limiting. Headers with a `Beta-` prefix announce limits that are
//! not enforced yet and are therefore not read.

use std::time::Duration;

use chrono::{DateTime, NaiveDateTime};
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};

use crate::model::Timestamp;

/// When the server answered, by its own clock.
pub(super) fn server_time(headers: &HeaderMap) -> Option<Timestamp> {
    text(headers, DATE.as_str()).and_then(http_date)
}

/// How long the server asks to wait: `Retry-After`, in seconds or as a date.
pub(super) fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let value = text(headers, RETRY_AFTER.as_str())?;
    match value.parse() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        Err(_) => http_date(value).map(|date| date.since(now)),
    }
}

/// How long until the limit in force is lifted: `X-RateLimit-Reset`.
pub(super) fn until_reset(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let value = text(headers, "x-ratelimit-reset")?;
    // Seen without seconds, which RFC 3339 does not allow.
    let without_seconds = || {
        let instant = NaiveDateTime::parse_from_str(value, "%Y-%m-%dT%H:%MZ").ok()?;
        Some(Timestamp::from_utc(instant.and_utc()))
    };
    let reset = value.parse().ok().or_else(without_seconds)?;
    Some(reset.since(now))
}

/// Whether the limit in force is that of the whole app for the hour, not of one site or one second.
pub(super) fn is_app_quota(headers: &HeaderMap) -> bool {
    // The documented words and those seen differ, so they are matched loosely.
    let reason = text(headers, "ratelimit-reason")
        .unwrap_or_default()
        .to_ascii_lowercase();
    reason.contains("global") || (reason.contains("quota") && !reason.contains("tenant"))
}

/// Whether less than a fifth of the limit in force is left.
pub(super) fn is_near_limit(headers: &HeaderMap) -> bool {
    text(headers, "x-ratelimit-nearlimit").is_some_and(|value| value.eq_ignore_ascii_case("true"))
}

/// The points left in this hour, such as 11000 in `"global-app-quota";r=11000;t=600`; the least of all quotas named.
/// The server names them only once most are spent.
pub(super) fn points_left(headers: &HeaderMap) -> Option<u64> {
    let lists = headers
        .get_all("ratelimit")
        .iter()
        .filter_map(|value| value.to_str().ok());
    lists
        .flat_map(|list| list.split(','))
        .filter(|policy| policy.contains("app-quota"))
        .filter_map(|policy| policy.split(';').find_map(|part| part.trim().strip_prefix("r=")))
        .filter_map(|left| left.parse().ok())
        .min()
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

fn http_date(text: &str) -> Option<Timestamp> {
    let date = DateTime::parse_from_rfc2822(text).ok()?;
    Some(Timestamp::from_utc(date.to_utc()))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

    use super::{is_app_quota, points_left, retry_after, server_time, until_reset};
    use crate::model::Timestamp;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pair = |&(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value));
        pairs.iter().map(pair).collect()
    }

    fn now() -> Timestamp {
        "2026-03-26T15:59:00Z".parse().unwrap()
    }

    #[test]
    fn a_wait_is_seconds_or_a_date() {
        for (value, expected) in [
            ("1847", Some(1847)),
            ("0", Some(0)),
            (" 5 ", Some(5)),
            ("Thu, 26 Mar 2026 16:00:30 GMT", Some(90)),
            ("Thu, 26 Mar 2026 15:00:00 GMT", Some(0)),
            ("-3", None),
            ("soon", None),
        ] {
            let wait = retry_after(&headers(&[("retry-after", value)]), now());
            assert_eq!(wait, expected.map(Duration::from_secs), "{value:?}");
        }
        assert_eq!(retry_after(&headers(&[]), now()), None);
    }

    #[test]
    fn a_reset_may_come_without_seconds() {
        for (value, expected) in [
            ("2026-03-26T16:00Z", Some(60)),
            ("2026-03-26T16:00:10Z", Some(70)),
            ("2026-03-26T15:00:10Z", Some(0)),
            ("1774540800", None),
        ] {
            let wait = until_reset(&headers(&[("x-ratelimit-reset", value)]), now());
            assert_eq!(wait, expected.map(Duration::from_secs), "{value:?}");
        }
    }

    #[test]
    fn the_least_of_the_named_quotas_is_what_is_left() {
        for (value, expected) in [
            (r#""global-app-quota";r=11000;t=600"#, Some(11_000)),
            (
                r#""tenant-app-quota";t=600; r=7 , "global-app-quota";r=11000"#,
                Some(7),
            ),
            (r#""something-else";r=1"#, None),
            (r#""global-app-quota";q=65000;w=3600"#, None),
        ] {
            assert_eq!(
                points_left(&headers(&[("ratelimit", value)])),
                expected,
                "{value}"
            );
        }
        let beta = headers(&[("beta-ratelimit", r#""global-app-quota";r=1;t=600"#)]);
        assert_eq!(points_left(&beta), None);
    }

    #[test]
    fn the_quota_of_the_app_is_told_from_the_limits_of_a_site() {
        for (reason, expected) in [
            ("confluence-quota-global-based", true),
            ("conf-global-based", true),
            ("confluence-quota-tenant-based", false),
            ("confluence-burst-based", false),
        ] {
            assert_eq!(
                is_app_quota(&headers(&[("ratelimit-reason", reason)])),
                expected,
                "{reason}"
            );
        }
    }

    #[test]
    fn the_time_of_the_server_is_in_the_date() {
        let answered = server_time(&headers(&[("date", "Thu, 26 Mar 2026 15:59:00 GMT")]));
        assert_eq!(answered, Some(now()));
    }
}
