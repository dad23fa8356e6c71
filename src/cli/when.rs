//! Instants as people write and read them.

use std::time::Duration;

use crate::model::Timestamp;

pub(super) use crate::model::When;

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
    use super::distance;
    use crate::model::Timestamp;

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
