//! Refreshes grants that nothing else refreshes, so that none dies of idleness.

use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::Grants;
use super::expiry::Reminders;

/// How often to look. Also how soon a refresh with an unknown outcome is asked for again, which must happen well
/// inside the ten minutes in which the retired token still counts.
const LOOK_EVERY: Duration = Duration::from_mins(1);

/// Refreshes every grant at least once per `interval` until `stop` is cancelled, whatever its connections do. Says once
/// a day which of them come to their end.
pub async fn keep_alive(grants: Grants, interval: Duration, stop: CancellationToken) {
    let keep_alive = async {
        let mut reminders = Reminders::default();
        loop {
            refresh_due(&grants, interval).await;
            remind(&grants, &mut reminders).await;
            tokio::time::sleep(LOOK_EVERY).await;
        }
    };
    // A refresh that has begun goes on in a task of its own.
    tokio::select! {
        () = stop.cancelled() => {}
        () = keep_alive => {}
    }
}

async fn refresh_due(grants: &Grants, interval: Duration) {
    let refreshed = match grants.keep_alive(interval).await {
        Ok(refreshed) => refreshed,
        Err(error) => return warn!("the stored grants cannot be read: {error}"),
    };
    for (grant, ended) in refreshed {
        match ended {
            Ok(()) => info!(%grant, "kept the grant {grant} alive"),
            Err(error) => warn!(%grant, "the grant {grant} was not refreshed: {error}"),
        }
    }
}

async fn remind(grants: &Grants, reminders: &mut Reminders) {
    // A folder that cannot be read was spoken of just before.
    let Ok(all) = grants.all().await else { return };
    for (grant, _) in all.into_iter().flatten() {
        if let Some(warning) = reminders.due(&grant, grants.clock().now()) {
            warn!(grant = %grant.id, "{warning}");
        }
    }
}
