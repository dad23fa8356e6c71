//! How patient the refreshing of tokens is.

use std::time::Duration;

/// How patient the refreshing of tokens is.
///
/// All attempts together must fit well inside the ten minutes in which Atlassian forgives that a refresh
/// token is sent twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// How long one request may take.
    pub request_timeout: Duration,
    /// How often a refresh is tried before its caller is told about the weather.
    pub attempts: u32,
    /// The wait before the second attempt; it doubles from there.
    pub first_backoff: Duration,
    /// The longest wait between two attempts.
    pub backoff_cap: Duration,
    /// How long nobody asks again after a refresh failed. A server that wishes for more gets it.
    pub rest: Duration,
    /// How long to wait for another process that is refreshing the same grant.
    pub lock_patience: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            request_timeout: Duration::from_secs(30),
            attempts: 5,
            first_backoff: Duration::from_millis(500),
            backoff_cap: Duration::from_secs(10),
            rest: Duration::from_secs(15),
            lock_patience: Duration::from_mins(4),
        }
    }
}

impl Options {
    /// The wait after the attempt number `attempt`, which counts from 1.
    pub(super) fn backoff(&self, attempt: u32) -> Duration {
        let doublings = attempt.saturating_sub(1).min(20);
        self.first_backoff
            .saturating_mul(1 << doublings)
            .min(self.backoff_cap)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Options;

    #[test]
    fn every_attempt_of_a_refresh_fits_into_the_leeway() {
        let options = Options::default();
        let waits: Duration = (1..options.attempts)
            .map(|attempt| options.backoff(attempt))
            .sum();
        let longest = options.request_timeout * options.attempts + waits;
        assert!(longest < Duration::from_mins(5), "{longest:?}");
        assert!(
            longest < options.lock_patience,
            "a waiting process outlasts a refresh"
        );
    }

    #[test]
    fn waits_double_up_to_the_cap() {
        let options = Options {
            first_backoff: Duration::from_millis(100),
            backoff_cap: Duration::from_millis(350),
            ..Options::default()
        };
        let waits: Vec<_> = [1, 2, 3, 90]
            .map(|attempt| options.backoff(attempt).as_millis())
            .into();
        assert_eq!(waits, [100, 200, 350, 350]);
    }
}
