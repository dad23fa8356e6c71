//! Instants as the mirror keeps them, and the clock that everyone asks.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use chrono::{DateTime, SecondsFormat, SubsecRound, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// An instant in UTC, to the millisecond, written `2026-03-01T09:30:00.000Z`: that text sorts like time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Timestamp(DateTime<Utc>);

/// A text that is not an RFC 3339 instant.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{given}` is not an instant such as 2026-03-01T09:30:00Z")]
pub struct InvalidTimestamp {
    given: String,
}

impl Timestamp {
    /// The instant, cut to the millisecond.
    pub fn from_utc(instant: DateTime<Utc>) -> Self {
        Self(instant.trunc_subsecs(3))
    }

    /// For calendar arithmetic and for formats other than ours.
    pub fn as_utc(&self) -> DateTime<Utc> {
        self.0
    }

    /// The instant `by` later, or the last representable one.
    #[must_use]
    pub fn plus(self, by: std::time::Duration) -> Self {
        let by = TimeDelta::from_std(by).unwrap_or(TimeDelta::MAX);
        Self(self.0.checked_add_signed(by).unwrap_or(DateTime::<Utc>::MAX_UTC))
    }

    /// The instant `by` earlier, or the first representable one.
    #[must_use]
    pub fn minus(self, by: std::time::Duration) -> Self {
        let by = TimeDelta::from_std(by).unwrap_or(TimeDelta::MAX);
        Self(self.0.checked_sub_signed(by).unwrap_or(DateTime::<Utc>::MIN_UTC))
    }

    /// How long ago `earlier` was; zero if it lies ahead.
    pub fn since(self, earlier: Self) -> std::time::Duration {
        (self.0 - earlier.0).to_std().unwrap_or_default()
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.to_rfc3339_opts(SecondsFormat::Millis, true))
    }
}

impl FromStr for Timestamp {
    type Err = InvalidTimestamp;

    fn from_str(given: &str) -> Result<Self, InvalidTimestamp> {
        DateTime::parse_from_rfc3339(given)
            .map(|instant| Self::from_utc(instant.to_utc()))
            .map_err(|_| InvalidTimestamp {
                given: given.to_owned(),
            })
    }
}

impl TryFrom<String> for Timestamp {
    type Error = InvalidTimestamp;

    fn try_from(given: String) -> Result<Self, InvalidTimestamp> {
        given.parse()
    }
}

impl From<Timestamp> for String {
    fn from(instant: Timestamp) -> Self {
        instant.to_string()
    }
}

/// Answers what time it is. Code that judges time is given one, so that tests can choose the hour.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl Clock {
    /// The machine's wall clock.
    #[expect(clippy::disallowed_methods, reason = "the one place that asks the machine")]
    pub fn system() -> Self {
        Self::from_fn(|| Timestamp::from_utc(Utc::now()))
    }

    /// A clock that answers what `now` returns.
    pub fn from_fn(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// The present instant.
    pub fn now(&self) -> Timestamp {
        (self.0)()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Clock").field(&self.now()).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Timestamp;

    #[test]
    fn an_instant_is_utc_to_the_millisecond_and_its_text_sorts() {
        let early: Timestamp = "2026-03-01T10:30:00+01:00".parse().unwrap();
        let late: Timestamp = "2026-03-01T09:30:00.0019Z".parse().unwrap();
        assert_eq!(early.to_string(), "2026-03-01T09:30:00.000Z");
        assert_eq!(late.to_string(), "2026-03-01T09:30:00.001Z");
        assert!(early < late && early.to_string() < late.to_string());
        assert!("yesterday".parse::<Timestamp>().is_err());
    }

    #[test]
    fn arithmetic_saturates() {
        let now: Timestamp = "2026-03-01T09:30:00Z".parse().unwrap();
        assert_eq!(
            now.plus(Duration::from_mins(1)).since(now),
            Duration::from_mins(1)
        );
        assert_eq!(now.since(now.plus(Duration::from_mins(1))), Duration::ZERO);
        assert!(now.plus(Duration::MAX) > now);
        assert!(now.minus(Duration::MAX) < now);
    }
}
