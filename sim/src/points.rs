//! The hourly points of each app.

use std::collections::HashMap;

use chrono::{DateTime, DurationRound, TimeDelta, Utc};

/// Counts what each app spends in the present hour, by client id.
#[derive(Debug)]
pub(crate) struct Meter {
    /// Points an app may spend in an hour.
    pub(crate) quota: u64,
    hour: DateTime<Utc>,
    spent: HashMap<String, u64>,
    /// Everything spent by anyone since the beginning.
    pub(crate) total: u64,
}

/// What one app has left, as the headers of every answer say.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Balance {
    pub(crate) quota: u64,
    pub(crate) remaining: u64,
    pub(crate) reset: DateTime<Utc>,
    pub(crate) seconds_to_reset: i64,
}

impl Balance {
    /// Whether more than 80 % is spent.
    pub(crate) fn is_near_limit(&self) -> bool {
        self.remaining < self.quota / 5
    }
}

impl Meter {
    pub(crate) fn new(quota: u64) -> Self {
        Self {
            quota,
            hour: DateTime::<Utc>::MIN_UTC,
            spent: HashMap::new(),
            total: 0,
        }
    }

    /// What the app has left at `now`.
    pub(crate) fn balance(&mut self, client_id: &str, now: DateTime<Utc>) -> Balance {
        let hour = now.duration_trunc(TimeDelta::hours(1)).unwrap_or(now);
        if hour != self.hour {
            self.hour = hour;
            self.spent.clear();
        }
        let reset = hour + TimeDelta::hours(1);
        Balance {
            quota: self.quota,
            remaining: self.quota.saturating_sub(self.spent(client_id)),
            reset,
            // Rounded up: who waits that long finds the new hour begun.
            seconds_to_reset: (reset - now).num_milliseconds().div_euclid(1000) + 1,
        }
    }

    pub(crate) fn charge(&mut self, client_id: &str, points: u64) {
        *self.spent.entry(client_id.to_owned()).or_default() += points;
        self.total += points;
    }

    /// What the app has spent in the present hour.
    pub(crate) fn spent(&self, client_id: &str) -> u64 {
        self.spent.get(client_id).copied().unwrap_or_default()
    }
}
