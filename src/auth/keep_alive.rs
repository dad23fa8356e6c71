//! Refreshes grants that nothing else refreshes, so that none dies of idleness.

use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::Grants;
use super::expiry::Reminders;

/// How often to look. Also how soon a refresh with an unknown outcome is asked for again, which must happen well
/// inside the ten minutes in which the retired token still counts.
const LOOK_EVERY: Duration = Duration::from_mins(1);

/// So much before its interval is over a grant is refreshed: the next look would be too late for it.
pub(super) const LEAD: Duration = Duration::from_mins(2);

/// Refreshes every grant at least once per `interval` until `stop` is cancelled, whatever its connections do. Says once
/// a day which of them come to their end, unless `reminders` know that it was said.
pub async fn keep_alive(grants: Grants, interval: Duration, reminders: Reminders, stop: CancellationToken) {
    let keep_alive = async {
        loop {
            refresh_due(&grants, interval).await;
            remind(&grants, &reminders).await;
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

async fn remind(grants: &Grants, reminders: &Reminders) {
    // A folder that cannot be read was spoken of just before.
    let Ok(all) = grants.all().await else { return };
    for (grant, _) in all.into_iter().flatten() {
        if let Some(warning) = reminders.due(&grant, grants.clock().now()) {
            warn!(grant = %grant.id, "{warning}");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio::time::{Instant, timeout};
    use tracing::subscriber::{NoSubscriber, set_default};

    use super::*;
    use crate::auth::grant::tests::{grant, noon};
    use crate::auth::{OAuthApp, Options, StoredGrant, TokenStore};
    use crate::model::Clock;

    const HOUR: Duration = Duration::from_hours(1);
    const DAY: Duration = Duration::from_hours(24);

    /// The grants in `folder`, by a clock that goes with tokio's.
    #[expect(clippy::disallowed_methods, reason = "a client that nothing is sent with")]
    fn opened(folder: &std::path::Path) -> Grants {
        drop(rustls::crypto::ring::default_provider().install_default());
        let nowhere = || "http://localhost:1/".parse().unwrap();
        let app = OAuthApp {
            client_id: grant().client_id,
            client_secret: "the-secret".into(),
            redirect_uri: nowhere(),
            auth_url: nowhere(),
            api_url: nowhere(),
        };
        let began = Instant::now();
        Grants::open(
            TokenStore::open(folder.join("credentials")).unwrap(),
            app,
            reqwest::Client::new(),
            Options::default(),
            Clock::from_fn(move || noon().plus(began.elapsed())),
        )
    }

    #[tokio::test(start_paused = true)]
    async fn a_nearing_end_is_said_once_a_day_and_no_oftener_after_a_reload() {
        let log = tempfile::NamedTempFile::new().unwrap();
        let file = Arc::new(log.reopen().unwrap());
        let subscriber = tracing_subscriber::fmt().with_writer(file).finish();
        let _logging = set_default(subscriber);
        // With one subscriber alone, threads that do not log would decide for all what is logged.
        let _second = tracing::Dispatch::new(NoSubscriber::new());
        let said = || {
            let log = std::fs::read_to_string(log.path()).unwrap();
            log.matches("the consent of Alice Moreau ends in ").count()
        };
        let folder = tempfile::tempdir().unwrap();
        let grants = opened(folder.path());
        let old = StoredGrant {
            consented_at: noon().minus(355 * DAY),
            ..grant()
        };
        grants.store().save(&old, HOUR).await.unwrap();
        let reminders = Reminders::default();
        let live = async |span| {
            let life = keep_alive(
                grants.clone(),
                30 * DAY,
                reminders.clone(),
                CancellationToken::new(),
            );
            timeout(span, life).await.unwrap_err();
        };

        live(23 * HOUR).await;
        assert_eq!(said(), 1, "on the first day");
        // As after a reload: the task is another one, what was said is known.
        live(HOUR / 2).await;
        assert_eq!(said(), 1, "still on the first day");
        live(HOUR).await;
        assert_eq!(said(), 2, "on the second day");
        live(HOUR).await;
        assert_eq!(said(), 2, "once on the second day, too");
    }
}
