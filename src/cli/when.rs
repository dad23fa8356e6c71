//! Instants as people write and read them.

use std::str::FromStr;
use std::time::Duration;

use chrono::{NaiveDate, NaiveTime};

use crate::model::Timestamp;

/// A bound in time, as it is written on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum When {
    /// `2026-03-01` (its beginning, in UTC) or `2026-03-01T09:30:00Z`
    At(Timestamp),
    /// `30d`: that long ago
    Ago(Duration),
}

/// A text that is no bound in time.
#[derive(Debug, thiserror::Error)]
#[error(
    "it takes a day such as 2026-03-01, an instant such as 2026-03-01T09:30:00Z, or a time ago such as 30d"
)]
pub(super) struct InvalidWhen;

impl FromStr for When {
    type Err = InvalidWhen;

    fn from_str(given: &str) -> Result<Self, InvalidWhen> {
        if let Ok(day) = given.parse::<NaiveDate>() {
            let midnight = day.and_time(NaiveTime::MIN).and_utc();
            return Ok(Self::At(Timestamp::from_utc(midnight)));
        }
        if let Ok(instant) = given.parse() {
            return Ok(Self::At(instant));
        }
        humantime::parse_duration(given)
            .map(Self::Ago)
            .map_err(|_| InvalidWhen)
    }
}

impl When {
    pub(super) fn from(self, now: Timestamp) -> Timestamp {
        match self {
            Self::At(instant) => instant,
            Self::Ago(span) => now.minus(span),
        }
    }
}

/// An instant to the minute, in UTC: `2026-03-01 09:30`.
pub(super) fn minute(instant: Timestamp) -> String {
    instant.as_utc().format("%Y-%m-%d %H:%M").to_string()
}

/// The time of day to the minute, in UTC: `09:30`.
pub(super) fn time(instant: Timestamp) -> String {
    instant.as_utc().format("%H:%M").to_string()
}

/// A day, in UTC: `2026-03-01`.
pub(super) fn day(instant: Timestamp) -> String {
    instant.as_utc().format("%Y-%m-%d").to_string()
}

/// How far `instant` is from `now`, in its largest unit: `3 hours ago`, `in 12 days`, `now`.
pub(super) fn distance(instant: Timestamp, now: Timestamp) -> String {
    if instant > now {
        let ahead = largest_unit(instant.since(now));
        ahead.map_or_else(|| "now".to_owned(), |span| format!("in {span}"))
    } else {
        let behind = largest_unit(now.since(instant));
        behind.map_or_else(|| "now".to_owned(), |span| format!("{span} ago"))
    }
}

fn largest_unit(span: Duration) -> Option<String> {
    const UNITS: [(u64, &str); 4] = [(86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second")];
    let seconds = span.as_secs();
    let (unit, name) = UNITS.into_iter().find(|(unit, _)| seconds >= *unit)?;
    let count = seconds / unit;
    let plural = if count == 1 { "" } else { "s" };
    Some(format!("{count} {name}{plural}"))
}

#[cfg(test)]
mod tests {
    use super::{When, distance};
    use crate::model::Timestamp;

    #[test]
    fn a_bound_is_a_day_an_instant_or_a_time_ago() {
        let now: Timestamp = "2026-03-31T12:00:00Z".parse().unwrap();
        for (given, expected) in [
            ("2026-03-01", "2026-03-01T00:00:00.000Z"),
            ("2026-03-01T09:30:00+01:00", "2026-03-01T08:30:00.000Z"),
            ("30d", "2026-03-01T12:00:00.000Z"),
        ] {
            let bound: When = given.parse().unwrap();
            assert_eq!(bound.from(now).to_string(), expected);
        }
        assert!("last week".parse::<When>().is_err());
    }

    #[test]
    fn distances_are_told_in_their_largest_unit() {
        let now: Timestamp = "2026-03-31T12:00:00Z".parse().unwrap();
        for (instant, expected) in [
            ("2026-03-31T12:00:00Z", "now"),
            ("2026-03-31T11:59:00Z", "1 minute ago"),
            ("2026-03-29T13:00:00Z", "1 day ago"),
            ("2026-06-29T12:00:00Z", "in 90 days"),
        ] {
            assert_eq!(distance(instant.parse().unwrap(), now), expected);
        }
    }
}
