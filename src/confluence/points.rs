//! The app's hourly points, shared by every connection of the app.
//!
//! Atlassian charges an app one point a request and one or two for every object read, and refuses all its requests
//! once the hour's points are gone, until the top of the next UTC hour. A request reserves what it may cost at
//! most before it is sent and settles afterwards, so that requests in flight cannot overdraw together.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use chrono::{DurationRound, TimeDelta};

use crate::model::{Balance, Clock, Spending, Timestamp};

const HOUR: Duration = Duration::from_hours(1);

/// The points of one app: what was spent in the present UTC hour, and what is left.
#[derive(Debug)]
pub struct Points {
    clock: Clock,
    /// Names the app.
    app: String,
    /// Nothing costs anything: what is sent belongs to no app.
    is_free: bool,
    budget: Option<u64>,
    hour: Mutex<Hour>,
}

#[derive(Debug)]
struct Hour {
    began: Timestamp,
    spent: u64,
    /// What may be spent in this hour: the budget, or less where the server said that less is left.
    limit: Option<u64>,
    closed_until: Option<Timestamp>,
}

/// Points set aside for a request. They stay spent unless [settled](Points::settle): the server charges for a
/// request even where its answer never arrives.
#[derive(Debug)]
pub(super) struct Reservation {
    hour: Timestamp,
    amount: u64,
}

impl Points {
    /// At most `per_hour` points in a UTC hour; 0 sets no budget and leaves it to the server.
    pub fn new(per_hour: u64, clock: Clock) -> Self {
        let budget = (per_hour > 0).then_some(per_hour);
        let hour = Mutex::new(Hour::beginning(hour_of(clock.now()), budget));
        Self {
            clock,
            app: String::new(),
            is_free: false,
            budget,
            hour,
        }
    }

    /// Those of the app of that name.
    #[must_use]
    pub fn of_app(self, app: impl Into<String>) -> Self {
        Self {
            app: app.into(),
            ..self
        }
    }

    /// Takes over what an earlier process spent in this hour, and the refusal that it met.
    pub fn resume(&self, earlier: &Spending) {
        self.with_hour(|hour| {
            if earlier.hour == hour.began {
                hour.spent = hour.spent.max(earlier.points);
            }
            hour.closed_until = hour.closed_until.max(earlier.closed_until);
        });
    }

    /// For credentials that the quota does not know, such as API tokens: nothing is counted.
    pub fn free(clock: Clock) -> Self {
        Self {
            is_free: true,
            ..Self::new(0, clock)
        }
    }

    /// What was spent in the present hour, by our own count.
    pub fn spent(&self) -> u64 {
        self.with_hour(|hour| hour.spent)
    }

    /// What was spent in the present hour, for an account that outlives this process. Nothing where nothing is counted.
    pub fn spending(&self) -> Option<Spending> {
        (!self.is_free).then(|| {
            self.with_hour(|hour| Spending {
                app: self.app.clone(),
                hour: hour.began,
                points: hour.spent,
                closed_until: hour.closed_until,
            })
        })
    }

    /// What is left of the present hour, of how many, and when there are new ones.
    pub fn balance(&self) -> Balance {
        let began = self.with_hour(|hour| hour.began);
        Balance {
            per_hour: self.budget,
            left: self.left(),
            returns_at: began.plus(HOUR),
        }
    }

    /// What is left of the present hour; `None` where there is no budget and the server has not said.
    pub fn left(&self) -> Option<u64> {
        let now = self.now();
        self.with_hour(|hour| match hour.closed_until {
            Some(until) if now < until => Some(0),
            _ => hour.limit.map(|limit| limit.saturating_sub(hour.spent)),
        })
    }

    /// The clock that hours are counted by.
    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Sets `most` points aside, or says when to come back.
    pub(super) fn reserve(&self, most: u64) -> Result<Reservation, Timestamp> {
        let (now, most) = (self.now(), self.price(most));
        self.with_hour(|hour| {
            if let Some(until) = hour.closed_until.filter(|until| now < *until) {
                return Err(until);
            }
            let over = hour.limit.is_some_and(|limit| hour.spent + most > limit);
            // The first request of an hour always passes, or a budget below one listing would wait for ever.
            if over && hour.spent > 0 {
                return Err(hour.began.plus(HOUR));
            }
            hour.spent += most;
            Ok(Reservation {
                hour: hour.began,
                amount: most,
            })
        })
    }

    /// Turns what was set aside into what it cost, and returns that.
    pub(super) fn settle(&self, reservation: &Reservation, cost: u64) -> u64 {
        let cost = self.price(cost);
        self.with_hour(|hour| {
            if hour.began == reservation.hour {
                hour.spent = hour.spent.saturating_sub(reservation.amount) + cost;
            }
        });
        cost
    }

    fn price(&self, points: u64) -> u64 {
        if self.is_free { 0 } else { points }
    }

    /// The server says that `left` points remain in this hour. It knows better, but only ever lowers our own count.
    pub(super) fn observe_left(&self, left: u64) {
        self.with_hour(|hour| {
            let limit = hour.spent + left;
            hour.limit = Some(hour.limit.map_or(limit, |known| known.min(limit)));
        });
    }

    /// The server refuses the app for `wait`; without a word how long, until the hour is over.
    pub(super) fn close(&self, wait: Option<Duration>) -> Timestamp {
        let now = self.now();
        self.with_hour(|hour| {
            let until = wait.map_or(hour.began.plus(HOUR), |wait| now.plus(wait));
            let until = hour.closed_until.map_or(until, |known| known.max(until));
            hour.closed_until = Some(until);
            until
        })
    }

    /// The state of the present hour; an hour that is over is forgotten, but a refusal is kept to its end.
    fn with_hour<T>(&self, f: impl FnOnce(&mut Hour) -> T) -> T {
        let present = hour_of(self.now());
        let mut hour = self.hour.lock().unwrap_or_else(PoisonError::into_inner);
        if hour.began < present {
            let closed_until = hour.closed_until;
            *hour = Hour::beginning(present, self.budget);
            hour.closed_until = closed_until;
        }
        f(&mut hour)
    }
}

impl Hour {
    fn beginning(began: Timestamp, budget: Option<u64>) -> Self {
        Self {
            began,
            spent: 0,
            limit: budget,
            closed_until: None,
        }
    }
}

fn hour_of(instant: Timestamp) -> Timestamp {
    let utc = instant.as_utc();
    // Fails only centuries away, where the instant itself is as good an hour as any.
    Timestamp::from_utc(utc.duration_trunc(TimeDelta::hours(1)).unwrap_or(utc))
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};
    use std::time::Duration;

    use super::{HOUR, Points};
    use crate::model::{Clock, Timestamp};

    const MINUTE: Duration = Duration::from_mins(1);

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    /// Points on a clock that the test advances, beginning at 09:30.
    fn points(per_hour: u64) -> (Points, impl Fn(Duration)) {
        let now = Arc::new(Mutex::new(at("2026-03-01T09:30:00Z")));
        let clock = Clock::from_fn({
            let now = now.clone();
            move || *now.lock().unwrap()
        });
        let advance = move |by| {
            let mut now = now.lock().unwrap();
            *now = now.plus(by);
        };
        (Points::new(per_hour, clock), advance)
    }

    #[test]
    fn a_request_reserves_the_most_and_settles_for_its_cost() {
        let (points, _) = points(1_000);
        let reservation = points.reserve(251).unwrap();
        assert_eq!((points.spent(), points.left()), (251, Some(749)));
        points.settle(&reservation, 3);
        assert_eq!((points.spent(), points.left()), (3, Some(997)));
    }

    #[test]
    fn a_spent_budget_is_a_wall_until_the_top_of_the_hour() {
        let (points, advance) = points(500);
        points.reserve(251).unwrap();
        assert_eq!(points.reserve(251).unwrap_err(), at("2026-03-01T10:00:00Z"));
        assert!(points.reserve(101).is_ok(), "what still fits may pass");
        advance(MINUTE * 30);
        assert_eq!(points.spent(), 0);
        assert!(points.reserve(251).is_ok());
    }

    #[test]
    fn a_budget_below_one_listing_lets_one_request_an_hour_pass() {
        let (points, advance) = points(100);
        points.reserve(251).unwrap();
        assert!(points.reserve(1).is_err());
        advance(HOUR);
        assert!(points.reserve(251).is_ok());
    }

    #[test]
    fn the_server_can_only_lower_what_is_left() {
        let (points, advance) = points(1_000);
        points.observe_left(5_000);
        assert_eq!(points.left(), Some(1_000));
        points.observe_left(40);
        assert_eq!(points.left(), Some(40));
        advance(HOUR);
        assert_eq!(points.left(), Some(1_000));
    }

    #[test]
    fn a_restart_forgets_neither_the_hours_spending_nor_a_refusal() {
        let (before, advance) = points(1_000);
        before.reserve(300).unwrap();
        let closed = before.close(Some(MINUTE * 90));
        let spending = before.spending().unwrap();
        let restarted = || {
            let after = Points::new(1_000, before.clock.clone()).of_app("app");
            after.resume(&spending);
            after
        };

        assert_eq!(restarted().spent(), 300);
        assert_eq!(restarted().reserve(1).unwrap_err(), closed);
        advance(HOUR);
        assert_eq!(restarted().spent(), 0);
        assert_eq!(restarted().reserve(1).unwrap_err(), closed);
        advance(HOUR);
        assert_eq!(restarted().balance().left, Some(1_000));
    }

    #[test]
    fn without_a_budget_only_the_server_sets_limits() {
        let (points, _) = points(0);
        points.reserve(1_000_000).unwrap();
        assert_eq!(points.left(), None);
        points.observe_left(10);
        assert!(points.reserve(11).is_err());
        assert!(points.reserve(10).is_ok());
    }

    #[test]
    fn a_refusal_by_the_server_outlives_the_hour_when_it_says_so() {
        let (points, advance) = points(1_000);
        assert_eq!(points.close(None), at("2026-03-01T10:00:00Z"));
        assert_eq!(points.close(Some(MINUTE * 40)), at("2026-03-01T10:10:00Z"));
        assert_eq!(points.left(), Some(0));
        advance(MINUTE * 35);
        assert_eq!(points.reserve(1).unwrap_err(), at("2026-03-01T10:10:00Z"));
        advance(MINUTE * 5);
        assert!(points.reserve(1).is_ok());
    }

    #[test]
    fn what_belongs_to_no_app_costs_nothing() {
        let points = Points::free(Clock::from_fn(|| at("2026-03-01T09:30:00Z")));
        let reservation = points.reserve(251).unwrap();
        assert_eq!(points.settle(&reservation, 251), 0);
        assert_eq!((points.spent(), points.left()), (0, None));
    }

    #[test]
    fn a_settlement_does_not_reach_into_the_next_hour() {
        let (points, advance) = points(1_000);
        let reservation = points.reserve(251).unwrap();
        advance(HOUR);
        points.reserve(10).unwrap();
        points.settle(&reservation, 1);
        assert_eq!(points.spent(), 10);
    }
}
