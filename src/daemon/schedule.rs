//! When a run is due.
//!
//! The cron library only ticks. It fixes a zone's offset when a job is added, starts a job again while the last one
//! is still at work, and forgets what fell into a restart; so a tick here means "look at the clock", and what is due
//! follows from the parsed expression, the zone, and when the last good run began. That makes one rule of daylight
//! saving, catching up after downtime, and clocks that jump.

use std::sync::Arc;
use std::time::Duration;

use chrono_tz::Tz;
use croner::Cron;
use tokio::sync::Notify;
use tokio_cron_scheduler::{Job, JobScheduler, JobSchedulerError};

use crate::model::{SyncMode, Timestamp};

const LONGEST_JITTER: Duration = Duration::from_secs(20);

/// When a connection's runs are due.
#[derive(Clone, Debug)]
pub struct Schedule {
    /// When to ask what changed.
    pub delta: Cron,
    /// When to compare everything.
    pub sweep: Cron,
    /// The zone that both are written in.
    pub time_zone: Tz,
}

/// When the last run of each mode that did its work began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LastRuns {
    /// The last backfill or delta.
    pub delta: Option<Timestamp>,
    /// The last sweep, or the first copy, which left nothing to sweep.
    pub sweep: Option<Timestamp>,
}

impl LastRuns {
    /// Takes note of a run that did its work.
    pub fn note(&mut self, mode: SyncMode, began: Timestamp) {
        match mode {
            SyncMode::Backfill => {
                *self = Self {
                    delta: Some(began),
                    sweep: Some(began),
                }
            }
            SyncMode::Delta => self.delta = Some(began),
            SyncMode::Sweep => self.sweep = Some(began),
        }
    }
}

impl Schedule {
    /// What is due now, if anything. However many times were missed, one run makes up for them.
    pub fn due(&self, last: &LastRuns, now: Timestamp) -> Option<SyncMode> {
        if self.has_passed(&self.delta, last.delta, now) {
            Some(SyncMode::Delta)
        } else if self.has_passed(&self.sweep, last.sweep, now) {
            Some(SyncMode::Sweep)
        } else {
            None
        }
    }

    /// The next time that anything is due.
    pub fn next(&self, now: Timestamp) -> Option<Timestamp> {
        let next = |cron: &Cron| self.after(cron, now);
        [next(&self.delta), next(&self.sweep)].into_iter().flatten().min()
    }

    /// The longest random wait before a run that is due now: short against the time to the next one, so that
    /// connections do not all ask at the full minute and none is late.
    pub fn jitter(&self, now: Timestamp) -> Duration {
        let next = self.next(now).map_or(LONGEST_JITTER, |next| next.since(now) / 10);
        next.min(LONGEST_JITTER)
    }

    /// Whether a time of `cron` lies between the last run and now. A last run in the future means that the clock was
    /// set back: nothing can be said of it, so the run is due.
    fn has_passed(&self, cron: &Cron, last: Option<Timestamp>, now: Timestamp) -> bool {
        match last {
            Some(last) if last <= now => self.after(cron, last).is_some_and(|next| next <= now),
            _ => true,
        }
    }

    fn after(&self, cron: &Cron, instant: Timestamp) -> Option<Timestamp> {
        let local = instant.as_utc().with_timezone(&self.time_zone);
        cron.find_next_occurrence(&local, false)
            .ok()
            .map(|next| Timestamp::from_utc(next.to_utc()))
    }
}

/// Starts the ticker: it wakes everyone who waits on `tick`, every second.
pub(super) async fn start_ticking(tick: Arc<Notify>) -> Result<JobScheduler, JobSchedulerError> {
    let scheduler = JobScheduler::new().await?;
    let job = Job::new_async("* * * * * *", move |_, _| {
        tick.notify_waiters();
        Box::pin(async {})
    })?;
    scheduler.add(job).await?;
    scheduler.start().await?;
    Ok(scheduler)
}

#[cfg(test)]
mod tests {
    use std::str::FromStr;

    use super::*;

    fn schedule(delta: &str, sweep: &str, zone: &str) -> Schedule {
        let cron = |text| Cron::from_str(text).unwrap();
        Schedule {
            delta: cron(delta),
            sweep: cron(sweep),
            time_zone: zone.parse().unwrap(),
        }
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn ran(delta: &str, sweep: &str) -> LastRuns {
        LastRuns {
            delta: Some(at(delta)),
            sweep: Some(at(sweep)),
        }
    }

    #[test]
    fn a_run_is_due_once_when_its_time_has_passed() {
        let schedule = schedule("*/15 * * * *", "30 2 * * *", "UTC");
        for (delta, sweep, now, due) in [
            (
                "2026-03-01T10:00:05Z",
                "2026-03-01T02:30:02Z",
                "2026-03-01T10:14:59Z",
                None,
            ),
            (
                "2026-03-01T10:00:05Z",
                "2026-03-01T02:30:02Z",
                "2026-03-01T10:15:00Z",
                Some(SyncMode::Delta),
            ),
            (
                "2026-03-01T10:15:01Z",
                "2026-03-01T02:30:02Z",
                "2026-03-01T10:15:02Z",
                None,
            ),
            // Three days down: one delta makes up for them, then one sweep.
            (
                "2026-03-01T10:15:01Z",
                "2026-03-01T02:30:02Z",
                "2026-03-04T10:20:00Z",
                Some(SyncMode::Delta),
            ),
            (
                "2026-03-04T10:20:00Z",
                "2026-03-01T02:30:02Z",
                "2026-03-04T10:21:00Z",
                Some(SyncMode::Sweep),
            ),
            // The clock was a year ahead when the last runs began.
            (
                "2027-03-04T10:20:00Z",
                "2027-03-04T02:30:00Z",
                "2026-03-04T10:21:00Z",
                Some(SyncMode::Delta),
            ),
        ] {
            assert_eq!(
                schedule.due(&ran(delta, sweep), at(now)),
                due,
                "{delta} {sweep} {now}"
            );
        }
        assert_eq!(
            schedule.due(&LastRuns::default(), at("2026-03-01T10:00:00Z")),
            Some(SyncMode::Delta)
        );
    }

    /// Counts the sweeps of three days around a change of the clocks, looking every ten minutes.
    fn sweeps(first_day: &str, zone: &str) -> Vec<String> {
        let schedule = schedule("0 0 1 1 *", "30 2 * * *", zone);
        let begin = at(first_day);
        let mut last = LastRuns {
            delta: Some(begin),
            sweep: Some(begin),
        };
        let mut found = Vec::new();
        for minutes in (0..3 * 24 * 60).step_by(10) {
            let now = begin.plus(Duration::from_mins(minutes));
            if schedule.due(&last, now) == Some(SyncMode::Sweep) {
                last.note(SyncMode::Sweep, now);
                found.push(now.to_string());
            }
        }
        found
    }

    #[test]
    fn a_change_of_the_clocks_neither_skips_nor_repeats_a_run() {
        // Berlin, clocks forward on 29 March 2026: 02:30 does not exist that night.
        let spring = sweeps("2026-03-27T23:00:00Z", "Europe/Berlin");
        assert_eq!(spring[0], "2026-03-28T01:30:00.000Z");
        assert!(spring[1].starts_with("2026-03-29T01:"), "{spring:?}");
        assert_eq!(spring[2], "2026-03-30T00:30:00.000Z");
        assert_eq!(spring.len(), 3);
        // Back on 25 October: 02:30 happens twice.
        let autumn = sweeps("2026-10-23T22:00:00Z", "Europe/Berlin");
        assert_eq!(autumn.len(), 3, "{autumn:?}");
    }
}
