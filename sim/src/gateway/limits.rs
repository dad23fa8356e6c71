//! What answers say about points, and what a limited request hears.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::json;

use crate::faults::Pause;
use crate::http::Reply;
use crate::points::Balance;

/// Adds what the app has left. The names begin with `Beta-`, as for an app whose quota is not enforced yet.
pub(crate) fn with_balance(reply: Reply, balance: Balance) -> Reply {
    let policy = format!("\"global-app-quota\";q={};w=3600", balance.quota);
    let reply = reply.with_header("beta-ratelimit-policy", policy);
    if !balance.is_near_limit() {
        return reply;
    }
    let left = format!(
        "\"global-app-quota\";r={};t={}",
        balance.remaining, balance.seconds_to_reset
    );
    reply
        .with_header("beta-ratelimit", left)
        .with_header("x-ratelimit-nearlimit", "true".to_owned())
}

/// The answer to everyone whose app has no points left in this hour.
pub(crate) fn exhausted(balance: Balance) -> Reply {
    too_many_requests()
        .with_header("retry-after", balance.seconds_to_reset.to_string())
        .with_header("x-ratelimit-limit", balance.quota.to_string())
        .with_header("x-ratelimit-remaining", "0".to_owned())
        // Atlassian has been seen to leave the seconds out.
        .with_header(
            "x-ratelimit-reset",
            balance.reset.format("%Y-%m-%dT%H:%MZ").to_string(),
        )
        .with_header("ratelimit-reason", "confluence-quota-global-based".to_owned())
}

/// A limit on bursts, or the gateway's own.
pub(crate) fn limited(pause: Pause, now: DateTime<Utc>) -> Reply {
    let in_seconds = |seconds: u64| now + TimeDelta::seconds(seconds.cast_signed());
    match pause {
        Pause::Seconds(seconds) => burst(in_seconds(seconds)).with_header("retry-after", seconds.to_string()),
        Pause::Date(seconds) => {
            let until = in_seconds(seconds);
            burst(until).with_header("retry-after", http_date(until))
        }
        Pause::Unsaid => {
            too_many_requests().with_header("x-failure-category", "FAILURE CLIENT RATE LIMITED".to_owned())
        }
    }
}

fn burst(until: DateTime<Utc>) -> Reply {
    too_many_requests()
        .with_header("x-ratelimit-remaining", "0".to_owned())
        .with_header(
            "x-ratelimit-reset",
            until.to_rfc3339_opts(SecondsFormat::Secs, true),
        )
        .with_header("ratelimit-reason", "confluence-burst-based".to_owned())
}

fn too_many_requests() -> Reply {
    Reply::json(
        429,
        &json!({ "error": "rate_limited", "message": "Too many requests" }),
    )
}

/// An instant as HTTP headers write it.
pub(crate) fn http_date(instant: DateTime<Utc>) -> String {
    instant.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}
