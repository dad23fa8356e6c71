//! What the service manager is told: that we are ready, what we are doing, and that we are alive.

use std::time::Duration;

use sd_notify::NotifyState;
use tokio::time::{MissedTickBehavior, interval};
use tracing::{debug, error};

use super::board::Board;

/// How often to say what we are doing, where no watchdog asks for more.
const USUAL_PACE: Duration = Duration::from_secs(5);

/// The longest that a worker may be busy with one thing. A request may be waited for, and the site may ask to wait
/// before the next one, for some minutes each; more is not progress.
pub const LONGEST_SILENCE: Duration = Duration::from_mins(15);

/// The configuration has been read and the database is open.
pub(super) fn ready() {
    tell(&[NotifyState::Ready]);
}

/// We are about to stop.
pub(super) fn stopping() {
    tell(&[NotifyState::Stopping]);
}

/// The configuration is being read again; [`ready`] ends that.
pub fn reloading() {
    match NotifyState::monotonic_usec_now() {
        Ok(now) => tell(&[NotifyState::Reloading, now]),
        Err(error) => debug!("the service manager could not be told: {error}"),
    }
}

/// The reload has ended, for better or worse.
pub fn reloaded() {
    ready();
}

/// Says what all connections do, and feeds the watchdog as long as every worker makes progress.
pub(super) async fn report(board: Board) {
    let watchdog = sd_notify::watchdog_enabled();
    // Half of the limit would do; a third forgives one late beat on a busy machine.
    let pace = watchdog.map_or(USUAL_PACE, |limit| (limit / 3).min(USUAL_PACE));
    let mut ticks = interval(pace);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut said, mut is_starved) = (String::new(), false);
    loop {
        ticks.tick().await;
        let summary = board.summary();
        if summary != said {
            tell(&[NotifyState::Status(&summary)]);
            said = summary;
        }
        if watchdog.is_none() {
            continue;
        }
        let silent = board.silent(LONGEST_SILENCE);
        if silent.is_empty() {
            tell(&[NotifyState::Watchdog]);
        } else if !std::mem::replace(&mut is_starved, true) {
            let names = silent.iter().map(AsRef::as_ref).collect::<Vec<&str>>().join(", ");
            error!("no progress for {names}; the service manager is to restart the daemon");
        }
    }
}

fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        debug!("the service manager could not be told: {error}");
    }
}
