//! Can Atlassian's two servers be reached, and do they agree with our clock.

use std::time::Duration;

use chrono::DateTime;
use reqwest::header::DATE;
use url::Url;

use crate::config::Config;
use crate::model::{Clock, Timestamp};

use super::{Diagnosis, told};

/// How long to wait for an answer.
const PATIENCE: Duration = Duration::from_secs(15);
/// Schedules and the ends of consents are told by the local clock; a minute more or less is no harm.
const NEGLIGIBLE: Duration = Duration::from_mins(1);
/// From here on even certificates may seem not to be valid.
const ABSURD: Duration = Duration::from_hours(1);

pub(super) async fn examine(http: &reqwest::Client, config: &Config, clock: &Clock) -> Vec<Diagnosis> {
    let servers = [
        ("authorization server", "app.auth_url", &config.app.auth_url),
        ("API gateway", "app.api_url", &config.app.api_url),
    ];
    let mut diagnoses = Vec::new();
    let mut theirs = None;
    for (check, key, url) in servers {
        match http.get(url.clone()).timeout(PATIENCE).send().await {
            // Whatever it says about a request for nothing: it is there, and encryption works.
            Ok(answer) => {
                let date = answer.headers().get(DATE).and_then(|date| date.to_str().ok());
                let date = date.and_then(|date| DateTime::parse_from_rfc2822(date).ok());
                theirs = theirs.or(date.map(|date| Timestamp::from_utc(date.to_utc())));
                diagnoses.push(Diagnosis::ok(check, format!("{} answers", host(url))));
            }
            Err(error) => diagnoses.push(unreachable(check, key, url, &error.without_url())),
        }
    }
    if let Some(theirs) = theirs {
        diagnoses.push(agreement(clock.now(), theirs));
    }
    diagnoses
}

fn host(url: &Url) -> &str {
    url.host_str().unwrap_or("the server")
}

fn unreachable(check: &'static str, key: &str, url: &Url, error: &reqwest::Error) -> Diagnosis {
    let found = format!("{} cannot be reached: {}", host(url), told(error));
    let fix = if found.contains("dns error") {
        format!("check the name in `{key}`, and the name server of this machine")
    } else if found.contains("certificate") {
        "check this machine's clock; behind a proxy that re-encrypts, its certificate is not trusted"
            .to_owned()
    } else {
        format!("let this machine reach {url} through the firewall; the setting is `{key}`")
    };
    Diagnosis::fail(check, found, fix)
}

fn agreement(ours: Timestamp, theirs: Timestamp) -> Diagnosis {
    let (off, direction) = if ours < theirs {
        (theirs.since(ours), "behind")
    } else {
        (ours.since(theirs), "ahead of")
    };
    let whole = Duration::from_secs(off.as_secs());
    let found = format!("{} {direction} Atlassian's", humantime::format_duration(whole));
    let fix = "let the machine keep its time: timedatectl set-ntp true";
    match off {
        off if off >= ABSURD => Diagnosis::fail("clock", found, fix),
        off if off >= NEGLIGIBLE => Diagnosis::warn("clock", found, fix),
        _ => Diagnosis::ok("clock", "agrees with Atlassian's"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Verdict;
    use super::{Duration, Timestamp, agreement};

    #[test]
    fn a_clock_is_judged_by_how_far_it_is_off() {
        let noon: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
        for (seconds, verdict) in [
            (0, Verdict::Ok),
            (59, Verdict::Ok),
            (60, Verdict::Warn),
            (3600, Verdict::Fail),
        ] {
            let off = noon.plus(Duration::from_secs(seconds));
            assert_eq!(agreement(noon, off).verdict, verdict, "{seconds} behind");
            assert_eq!(agreement(off, noon).verdict, verdict, "{seconds} ahead");
        }
        assert_eq!(
            agreement(noon, noon.plus(Duration::from_secs(90))).found,
            "1m 30s behind Atlassian's"
        );
    }
}
