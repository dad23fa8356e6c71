//! Keeps a connection's requests to its site within bounds: so many a second, so many at once, none while the
//! site asked to wait.
//!
//! governor decides *whether* a request may go, tokio how long to sleep. The bucket runs on tokio's clock because
//! governor's own waiting sleeps on real time and would ignore a paused test clock.

use std::fmt;
use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, sleep, sleep_until};

/// Waiters of one pause wake up within this time, not all in the same instant.
const WAKE_UP: Duration = Duration::from_millis(200);

/// One per connection. Cancelling a wait is harmless.
pub(super) struct Throttle {
    slots: Semaphore,
    bucket: RateLimiter<NotKeyed, InMemoryState, TokioClock, NoOpMiddleware<Duration>>,
    paused_until: Mutex<Instant>,
    patience: Duration,
}

/// The pause is longer than a request may wait.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TooLong {
    /// How much of it is left.
    pub(super) left: Duration,
}

impl Throttle {
    /// At most `per_second` and `at_once` requests (at least one each), which wait for pauses up to `patience`.
    pub(super) fn new(per_second: u32, at_once: usize, patience: Duration) -> Self {
        // A burst of one spreads the requests evenly. The bound keeps the interval above governor's zero.
        let rate = NonZeroU32::new(per_second.min(1_000_000)).unwrap_or(NonZeroU32::MIN);
        let quota = Quota::per_second(rate).allow_burst(NonZeroU32::MIN);
        let clock = TokioClock {
            start: Instant::now(),
        };
        Self {
            slots: Semaphore::new(at_once.clamp(1, Semaphore::MAX_PERMITS)),
            paused_until: Mutex::new(clock.start),
            bucket: RateLimiter::direct_with_clock(quota, clock),
            patience,
        }
    }

    /// Waits until one more request may be sent. The request is under way until the permit is dropped.
    pub(super) async fn ready(&self) -> Result<SemaphorePermit<'_>, TooLong> {
        // The semaphore is never closed; were it, there would be nothing left to wait for.
        let Ok(slot) = self.slots.acquire().await else {
            return Err(TooLong { left: Duration::MAX });
        };
        loop {
            let until = self.paused_until();
            let left = until.saturating_duration_since(Instant::now());
            if left > self.patience {
                return Err(TooLong { left });
            }
            if !left.is_zero() {
                sleep_until(until + WAKE_UP.mul_f64(fastrand::f64())).await;
                continue;
            }
            // Nothing is awaited between a permit and the return, so no pause can slip in between.
            match self.bucket.check() {
                Ok(()) => return Ok(slot),
                Err(not_yet) => sleep(not_yet.wait_time_from(self.bucket.clock().now())).await,
            }
        }
    }

    /// Sends nothing for `wait` from now. A pause only ever grows.
    pub(super) fn pause_for(&self, wait: Duration) {
        // A century stands for ever where the sum is not representable.
        const CENTURY: Duration = Duration::from_hours(876_000);
        let until = Instant::now() + wait.min(CENTURY);
        let mut paused_until = self.paused_until.lock().unwrap_or_else(PoisonError::into_inner);
        *paused_until = until.max(*paused_until);
    }

    fn paused_until(&self) -> Instant {
        *self.paused_until.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Throttle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Throttle")
            .field("free_slots", &self.slots.available_permits())
            .field("paused_until", &self.paused_until())
            .finish_non_exhaustive()
    }
}

/// governor's view of tokio's clock: the time since the throttle was made.
#[derive(Clone, Debug)]
struct TokioClock {
    start: Instant,
}

impl Clock for TokioClock {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.start.elapsed()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures_util::future::join_all;
    use tokio::time::{Instant, sleep};

    use super::{Throttle, TooLong};

    const MINUTE: Duration = Duration::from_mins(1);

    #[tokio::test(start_paused = true)]
    async fn requests_are_spread_evenly() {
        let throttle = Throttle::new(2, 4, MINUTE);
        let started = Instant::now();
        for _ in 0..11 {
            drop(throttle.ready().await.unwrap());
        }
        assert_eq!(started.elapsed().as_millis().div_ceil(10), 500);
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_is_served_once_by_all_waiters() {
        let throttle = Throttle::new(1_000, 4, MINUTE);
        throttle.pause_for(Duration::from_secs(30));
        let started = Instant::now();

        join_all((0..10).map(async |_| drop(throttle.ready().await.unwrap()))).await;

        assert_eq!(started.elapsed().as_secs(), 30);
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_that_grows_while_it_is_served_is_served_in_full() {
        let throttle = Throttle::new(1_000, 4, MINUTE);
        throttle.pause_for(Duration::from_secs(10));
        let started = Instant::now();
        let extend = async {
            sleep(Duration::from_secs(5)).await;
            throttle.pause_for(Duration::from_secs(20));
            throttle.pause_for(Duration::from_secs(1));
        };

        let (permit, ()) = tokio::join!(throttle.ready(), extend);

        assert!(permit.is_ok());
        assert_eq!(started.elapsed().as_secs(), 25);
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_beyond_patience_is_refused_at_once_and_stays() {
        let throttle = Throttle::new(10, 4, MINUTE);
        throttle.pause_for(MINUTE * 30);
        sleep(MINUTE * 10).await;
        let refused = throttle.ready().await.map(drop);
        assert_eq!(refused, Err(TooLong { left: MINUTE * 20 }));
        sleep(MINUTE * 19).await;
        assert!(throttle.ready().await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_than_the_slots_are_under_way() {
        let throttle = Throttle::new(1_000, 2, MINUTE);
        let first = throttle.ready().await.unwrap();
        let _second = throttle.ready().await.unwrap();
        let third = throttle.ready();
        tokio::pin!(third);
        assert!(futures_util::poll!(&mut third).is_pending());
        drop(first);
        assert!(third.await.is_ok());
    }
}
