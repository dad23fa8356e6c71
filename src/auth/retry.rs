//! Asking again while the weather is bad.

use std::future::Future;

use tokio::time::sleep;

use super::{Error, Options};

/// Asks until there is a definite answer or no attempt left; `note` hears of every failure.
///
/// A server that wants to be left alone for longer than any of our waits is obeyed: that ends it, too.
pub(super) async fn persist<T, F: Future<Output = Result<T, Error>>>(
    options: &Options,
    ask: impl Fn() -> F,
    mut note: impl FnMut(&Error),
) -> Result<T, Error> {
    let mut attempt = 1;
    loop {
        let error = match ask().await {
            Ok(answer) => return Ok(answer),
            Err(error) => error,
        };
        note(&error);
        let wished = error.retry_after().unwrap_or_default();
        if !error.is_transient() || attempt >= options.attempts || wished > options.backoff_cap {
            return Err(error);
        }
        tracing::debug!(attempt, cause = &error as &dyn std::error::Error, "asking again");
        sleep(options.backoff(attempt).max(wished)).await;
        attempt += 1;
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::time::Duration;

    use tokio::time::Instant;

    use super::persist;
    use crate::auth::{Error, Options};

    fn weather(retry_after: Option<u64>) -> Error {
        Error::Unavailable {
            doing: "refresh",
            status: 503,
            retry_after: retry_after.map(Duration::from_secs),
        }
    }

    /// Fails with `failures` in turn, then succeeds. Returns the attempts, the waits and the result.
    async fn attempts(failures: &[Error]) -> (usize, Duration, Result<(), Error>) {
        let (asked, started) = (Cell::new(0), Instant::now());
        let ask = || async {
            asked.set(asked.get() + 1);
            failures.get(asked.get() - 1).cloned().map_or(Ok(()), Err)
        };
        let result = persist(&Options::default(), ask, |_| {}).await;
        (asked.get(), started.elapsed(), result)
    }

    #[tokio::test(start_paused = true)]
    async fn bad_weather_is_waited_out_with_growing_patience() {
        let (asked, waited, result) = attempts(&[weather(None), weather(None)]).await;
        assert!(result.is_ok());
        assert_eq!((asked, waited.as_millis()), (3, 1500));
        let (asked, _, result) = attempts(&vec![weather(None); 9]).await;
        assert_eq!((asked, result.is_err()), (5, true));
    }

    #[tokio::test(start_paused = true)]
    async fn the_servers_wish_is_obeyed() {
        let (asked, waited, result) = attempts(&[weather(Some(7))]).await;
        assert_eq!((asked, waited.as_secs(), result.is_ok()), (2, 7, true));
        let (asked, _, result) = attempts(&[weather(Some(3600))]).await;
        assert_eq!(
            (asked, result.is_err()),
            (1, true),
            "nobody waits an hour in place"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_definite_answer_is_not_argued_with() {
        let (asked, _, result) = attempts(&[Error::WrongClientSecret]).await;
        assert_eq!(asked, 1);
        assert!(matches!(result, Err(Error::WrongClientSecret)));
    }
}
