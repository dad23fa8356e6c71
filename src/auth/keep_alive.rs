//! Refreshes grants that nothing else refreshes, so that none dies of idleness.

use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::model::Clock;

use super::{Error, Grants};

/// How often to look. A grant is overdue by at most this much, also right after a long sleep of the machine.
const LOOK_EVERY: Duration = Duration::from_mins(5);

/// Refreshes every grant at least once per `interval` until `stop` is cancelled, whatever its connections do.
pub async fn keep_alive(grants: Grants, interval: Duration, clock: Clock, stop: CancellationToken) {
    loop {
        if let Err(error) = refresh_due(&grants, interval, &clock).await {
            warn!("the stored grants cannot be read: {error}");
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(LOOK_EVERY.min(interval)) => {}
        }
    }
}

async fn refresh_due(grants: &Grants, interval: Duration, clock: &Clock) -> Result<(), Error> {
    for grant in grants.all().await? {
        let (grant, authenticator) = match grant {
            Ok(grant) => grant,
            Err(error) => {
                warn!("a stored grant cannot be used: {error}");
                continue;
            }
        };
        if grant.withdrawn.is_some() || !grant.keep_alive_due(clock.now(), interval) {
            continue;
        }
        match authenticator.refresh_now().await {
            Ok(()) => info!(grant = %grant.id, "kept the grant of {} alive", grant.account_name),
            Err(error) => {
                let who = &grant.account_name;
                warn!(grant = %grant.id, "the grant of {who} was not refreshed: {error}");
            }
        }
    }
    Ok(())
}
