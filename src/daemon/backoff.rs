//! How long to leave a failing site alone, and how often to speak of it.

use std::time::Duration;

use crate::model::Timestamp;

/// The wait after the first failure; it doubles with each further one.
const FIRST: Duration = Duration::from_secs(15);
/// The longest wait.
const LONGEST: Duration = Duration::from_mins(15);
/// A lasting failure is spoken of this often.
const REMINDER: Duration = Duration::from_hours(1);

/// The failures of a connection since its last good run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Failures {
    count: u32,
    spoken_at: Option<Timestamp>,
}

impl Failures {
    /// Takes note of a failure. Returns how long to wait, given a random `share` from 0 to 1, and whether to speak.
    ///
    /// The share spreads the retries of many connections, so that they do not all come back at the same instant.
    pub(super) fn note(&mut self, now: Timestamp, share: f64) -> (Duration, bool) {
        let ceiling = FIRST.saturating_mul(1 << self.count.min(16)).min(LONGEST);
        self.count = self.count.saturating_add(1);
        let speak = self
            .spoken_at
            .is_none_or(|at| at > now || now.since(at) >= REMINDER);
        if speak {
            self.spoken_at = Some(now);
        }
        (ceiling.mul_f64(0.5 + share / 2.0), speak)
    }

    /// Whether the last run was a good one.
    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Forgets the failures and returns how many there were.
    pub(super) fn clear(&mut self) -> u32 {
        std::mem::take(self).count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest_and_a_lasting_failure_is_told_hourly() {
        let start: Timestamp = "2026-03-01T00:00:00Z".parse().unwrap();
        let mut failures = Failures::default();
        let mut now = start;
        let mut told = 0;
        let mut waits = Vec::new();
        while now.since(start) < Duration::from_hours(3) {
            let (wait, speak) = failures.note(now, 1.0);
            told += u32::from(speak);
            waits.push(wait.as_secs());
            now = now.plus(wait);
        }
        assert_eq!(waits[..8], [15, 30, 60, 120, 240, 480, 900, 900]);
        assert_eq!(told, 3);
        assert_eq!(failures.clear() as usize, waits.len());
        assert_eq!(failures, Failures::default());
    }

    #[test]
    fn at_least_half_of_the_wait_is_served() {
        let now: Timestamp = "2026-03-01T00:00:00Z".parse().unwrap();
        assert_eq!(Failures::default().note(now, 0.0).0, Duration::from_millis(7500));
    }
}
