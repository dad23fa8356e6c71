//! One function per kind of value: what is accepted, and a sentence when something else is given.

use std::net::IpAddr;
use std::time::Duration;

use bytesize::ByteSize;
use chrono_tz::Tz;
use croner::errors::CronError;
use croner::parser::{CronParser, Seconds};
use url::{Host, Url};

use super::error::nearest;

/// Atlassian ends a grant that was not refreshed for 90 days. A third of that leaves room for a long outage.
pub(super) const LONGEST_KEEP_ALIVE: Duration = Duration::from_hours(30 * 24);

/// When something happens: a cron expression of six fields, seconds first.
#[derive(Clone, Debug, PartialEq)]
pub struct Cron {
    text: String,
    parsed: croner::Cron,
}

impl Cron {
    /// Six fields: second, minute, hour, day of month, month, day of week.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The expression, parsed.
    pub fn parsed(&self) -> &croner::Cron {
        &self.parsed
    }
}

/// Accepts five fields or six, and only what happens at all.
pub(super) fn cron(given: &str) -> Result<Cron, String> {
    let fields: Vec<_> = given.split_whitespace().collect();
    let expression = match fields.len() {
        5 => format!("0 {}", fields.join(" ")),
        6 => fields.join(" "),
        1 => return Err("it has one field".to_owned()),
        count => return Err(format!("it has {count} fields")),
    };
    // As the scheduler reads it: a restricted day of month and a restricted day of week must both match.
    let parser = CronParser::builder()
        .seconds(Seconds::Required)
        .dom_and_dow(true)
        .build();
    let parsed = parser.parse(&expression).map_err(|error| cron_reason(&error))?;
    parsed
        .find_next_occurrence(&chrono::DateTime::UNIX_EPOCH, true)
        .map_err(|_| "that never happens".to_owned())?;
    Ok(Cron {
        text: expression,
        parsed,
    })
}

fn cron_reason(error: &CronError) -> String {
    match error {
        CronError::ComponentError(reason)
        | CronError::InvalidPattern(reason)
        | CronError::IllegalCharacters(reason) => sentence(reason),
        other => sentence(other),
    }
}

/// The reason of another library in our manner: lower case, no full stop.
fn sentence(error: &impl ToString) -> String {
    let text = error.to_string();
    let text = text.trim_end_matches('.');
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_lowercase().chain(letters).collect(),
        None => String::new(),
    }
}

/// Accepts a span of time with its unit, and not nothing.
pub(super) fn duration(given: &str) -> Result<Duration, String> {
    let span = humantime::parse_duration(given).map_err(|error| sentence(&error))?;
    if span.is_zero() {
        return Err("it is no time at all".to_owned());
    }
    Ok(span)
}

/// Accepts a number of bytes with its unit.
pub(super) fn size(given: &str) -> Result<u64, String> {
    let text = given.trim();
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("it has no unit".to_owned());
    }
    let size: ByteSize = text.parse().map_err(|_| "it is no size".to_owned())?;
    Ok(size.as_u64())
}

/// Accepts a pattern over media types.
pub(super) fn media_type(given: &str) -> Result<String, String> {
    let text = given.trim();
    let is_pattern = |c: char| c.is_ascii_alphanumeric() || "!#$&-^_.+*/".contains(c);
    match text.split('/').count() {
        _ if text == "*" => Ok(text.to_owned()),
        2 if text.chars().all(is_pattern) && !text.starts_with('/') && !text.ends_with('/') => {
            Ok(text.to_owned())
        }
        _ => Err("it is no media type".to_owned()),
    }
}

/// Accepts what keeps a grant alive.
pub(super) fn keep_alive(given: &str) -> Result<Duration, String> {
    let span = duration(given)?;
    if span > LONGEST_KEEP_ALIVE {
        return Err("a grant that is refreshed so rarely is lost".to_owned());
    }
    if span < Duration::from_mins(1) {
        return Err("that would refresh all the time".to_owned());
    }
    Ok(span)
}

/// Accepts a time zone of the IANA database.
pub(super) fn time_zone(given: &str) -> Result<Tz, String> {
    given.parse().map_err(|_| {
        let names: Vec<_> = chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name()).collect();
        match nearest(given, &names) {
            Some(name) => format!("there is no such time zone (did you mean `{name}`?)"),
            None => "there is no such time zone".to_owned(),
        }
    })
}

/// Accepts an address to which secrets may be sent: encrypted, or on this machine.
pub(super) fn url(given: &str) -> Result<Url, String> {
    let url = Url::parse(given).map_err(|_| "it is not a web address".to_owned())?;
    if url.query().is_some()
        || url.fragment().is_some()
        || !url.username().is_empty()
        || url.password().is_some()
    {
        return Err("it has more than a host, a port and a path".to_owned());
    }
    match (url.scheme(), url.host()) {
        ("https", Some(_)) => Ok(url),
        ("http", Some(host)) if is_this_machine(&host) => Ok(url),
        ("http", _) => Err("tokens would travel unencrypted".to_owned()),
        _ => Err("it is not a web address".to_owned()),
    }
}

fn is_this_machine(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost",
        Host::Ipv4(address) => IpAddr::from(*address).is_loopback(),
        Host::Ipv6(address) => IpAddr::from(*address).is_loopback(),
    }
}

/// Accepts a space key in which `*` stands for any run of characters.
pub(super) fn space_pattern(given: &str) -> Result<String, String> {
    match given
        .chars()
        .find(|c| c.is_whitespace() || matches!(c, '?' | '[' | ']' | '{' | '}' | '!'))
    {
        Some(c) => Err(format!("no space key holds {c:?}, and `*` is the only wildcard")),
        None if given.is_empty() => Err("it is empty".to_owned()),
        None => Ok(given.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::{cron, duration, keep_alive, space_pattern, time_zone, url};

    #[test]
    fn cron_takes_five_fields_or_six_and_only_what_happens() {
        for (given, expected) in [
            ("*/15 * * * *", Ok("0 */15 * * * *")),
            ("  30  2 * * MON-FRI ", Ok("0 30 2 * * MON-FRI")),
            ("*/5 * * * * *", Ok("*/5 * * * * *")),
            ("* * *", Err("it has 3 fields")),
            ("@daily", Err("it has one field")),
            ("", Err("it has 0 fields")),
            ("0 0 31 2 *", Err("that never happens")),
        ] {
            let parsed = cron(given);
            assert_eq!(
                parsed.as_ref().map(super::Cron::as_str).map_err(String::as_str),
                expected,
                "{given:?}"
            );
        }
        assert!(cron("99 * * * *").is_err());
        assert!(cron("*/15 * * * blue").is_err());
    }

    #[test]
    fn a_grant_is_kept_alive_often_enough() {
        assert!(keep_alive("1d").is_ok() && keep_alive("30d").is_ok());
        assert!(keep_alive("30days 1s").is_err());
        assert!(keep_alive("5s").is_err());
        assert!(duration("0s").is_err());
        assert!(duration("15").is_err());
        assert!(duration("ten minutes").is_err());
    }

    #[test]
    fn tokens_only_go_where_nobody_listens_in() {
        for accepted in [
            "https://api.atlassian.com",
            "https://gov.example/atlassian/",
            "http://localhost:8585/callback",
            "http://127.0.0.1:9000",
            "http://[::1]:9000/",
        ] {
            assert!(url(accepted).is_ok(), "{accepted}");
        }
        for refused in [
            "http://api.atlassian.com",
            "http://localhost.evil.example/",
            "ftp://localhost/",
            "https://user:word@api.atlassian.com",
            "https://api.atlassian.com/?x=1",
            "api.atlassian.com",
            "",
        ] {
            assert!(url(refused).is_err(), "{refused}");
        }
    }

    #[test]
    fn an_unknown_time_zone_names_the_nearest() {
        assert!(time_zone("Europe/Berlin").is_ok());
        assert!(time_zone("Europe/Berln").unwrap_err().contains("`Europe/Berlin`"));
    }

    #[test]
    fn a_space_pattern_is_a_key_with_stars() {
        assert!(space_pattern("ENG").is_ok() && space_pattern("~*").is_ok());
        assert!(space_pattern("").is_err() && space_pattern("E N").is_err() && space_pattern("E?").is_err());
    }
}
