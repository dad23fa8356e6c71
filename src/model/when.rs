//! Bounds in time as people write them.

use std::str::FromStr;
use std::time::Duration;

use chrono::{NaiveDate, NaiveTime};

use super::Timestamp;

const DAY: Duration = Duration::from_hours(24);

/// A bound in time, as a person writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// `2026-03-01` (its beginning, in UTC) or `2026-03-01T09:30:00Z`
    At(Timestamp),
    /// `30d`: that long ago
    Ago(Duration),
    /// `today`, `yesterday`: the beginning, in UTC, of the day so long ago
    DayOf(Duration),
}

/// A text that is no bound in time.
#[derive(Debug, thiserror::Error)]
#[error(
    "it takes a day such as 2026-03-01, today or yesterday, an instant such as 2026-03-01T09:30:00Z, or a time ago \
     such as 30d"
)]
pub struct InvalidWhen;

impl FromStr for When {
    type Err = InvalidWhen;

    fn from_str(given: &str) -> Result<Self, InvalidWhen> {
        match given.to_ascii_lowercase().as_str() {
            "today" => return Ok(Self::DayOf(Duration::ZERO)),
            "yesterday" => return Ok(Self::DayOf(DAY)),
            _ => {}
        }
        if let Ok(day) = given.parse::<NaiveDate>() {
            return Ok(Self::At(midnight(day)));
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
    /// The instant that is meant now.
    pub fn from(self, now: Timestamp) -> Timestamp {
        match self {
            Self::At(instant) => instant,
            Self::Ago(span) => now.minus(span),
            Self::DayOf(span) => midnight(now.minus(span).as_utc().date_naive()),
        }
    }
}

impl Timestamp {
    /// The instant that is meant, where what counts from now is only meant if it is known when that is.
    pub fn from_words(given: &str, now: Option<Self>) -> Option<Self> {
        match (given.parse().ok()?, now) {
            (When::At(instant), _) => Some(instant),
            (when, Some(now)) => Some(when.from(now)),
            (_, None) => None,
        }
    }
}

fn midnight(day: NaiveDate) -> Timestamp {
    Timestamp::from_utc(day.and_time(NaiveTime::MIN).and_utc())
}

#[cfg(test)]
mod tests {
    use super::When;
    use crate::model::Timestamp;

    #[test]
    fn a_bound_is_a_day_an_instant_or_a_time_ago() {
        let now: Timestamp = "2026-03-31T12:00:00Z".parse().unwrap();
        for (given, expected) in [
            ("2026-03-01", "2026-03-01T00:00:00.000Z"),
            ("2026-03-01T09:30:00+01:00", "2026-03-01T08:30:00.000Z"),
            ("30d", "2026-03-01T12:00:00.000Z"),
            ("today", "2026-03-31T00:00:00.000Z"),
            ("Yesterday", "2026-03-30T00:00:00.000Z"),
        ] {
            let bound: When = given.parse().unwrap();
            assert_eq!(bound.from(now).to_string(), expected);
        }
        assert!("last week".parse::<When>().is_err());
        assert_eq!(Timestamp::from_words("7d", None), None);
    }
}
