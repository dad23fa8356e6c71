//! What time it is on the simulated site.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};

/// The clock of a simulation: the machine's, or one that stands still. Both can be moved forward.
///
/// Clones share the same time, so a test keeps one and moves the site's.
#[derive(Clone, Debug)]
pub struct SimClock(Arc<Hands>);

#[derive(Debug)]
struct Hands {
    standing_at: Option<DateTime<Utc>>,
    ahead: Mutex<TimeDelta>,
}

impl SimClock {
    /// Runs with the machine's clock.
    pub fn system() -> Self {
        Self::new(None)
    }

    /// Stands at `start` until it is moved.
    pub fn manual(start: DateTime<Utc>) -> Self {
        Self::new(Some(start))
    }

    fn new(standing_at: Option<DateTime<Utc>>) -> Self {
        Self(Arc::new(Hands {
            standing_at,
            ahead: Mutex::new(TimeDelta::zero()),
        }))
    }

    /// Moves it forward.
    pub fn advance(&self, by: Duration) {
        let by = TimeDelta::from_std(by).unwrap_or(TimeDelta::MAX);
        let mut ahead = self.0.ahead.lock().unwrap_or_else(PoisonError::into_inner);
        *ahead = ahead.checked_add(&by).unwrap_or(TimeDelta::MAX);
    }

    /// The present instant, to the millisecond.
    #[expect(
        clippy::disallowed_methods,
        reason = "the simulation's one place that asks the machine"
    )]
    pub fn now(&self) -> DateTime<Utc> {
        let ahead = *self.0.ahead.lock().unwrap_or_else(PoisonError::into_inner);
        let base = self.0.standing_at.unwrap_or_else(Utc::now);
        (base + ahead).trunc_subsecs(3)
    }
}

#[cfg(test)]
mod tests {
    use super::SimClock;
    use std::time::Duration;

    #[test]
    fn a_manual_clock_moves_only_when_moved() {
        let clock = SimClock::manual("2026-03-01T09:30:00Z".parse().unwrap());
        let before = clock.now();
        assert_eq!(clock.now(), before);
        clock.clone().advance(Duration::from_mins(1));
        assert_eq!((clock.now() - before).num_seconds(), 60);
    }
}
