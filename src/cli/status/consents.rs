//! What the status says about each grant, whichever connections it serves.

use std::time::Duration;

use serde::Serialize;

use crate::auth::StoredGrant;
use crate::config::Config;
use crate::model::{Domain, Timestamp};

const DAY: Duration = Duration::from_hours(24);

/// One account's consent to one app.
#[derive(Debug, Serialize)]
pub(super) struct GrantStatus {
    pub(super) account: String,
    /// The client id of the app.
    pub(super) app: String,
    /// The sites that it opens.
    pub(super) sites: Vec<Domain>,
    pub(super) scopes: Vec<String>,
    pub(super) consented_at: Timestamp,
    pub(super) refreshed_at: Timestamp,
    /// Absent if nobody refreshes it: it was withdrawn, or is to another app than the configured one.
    pub(super) next_refresh_at: Option<Timestamp>,
    pub(super) withdrawn_at: Option<Timestamp>,
    /// Whole days until it dies of idleness, 90 days after its last refresh.
    pub(super) idle_days_left: u64,
    /// Whole days until it may die of age, 365 days after the consent.
    pub(super) age_days_left: u64,
    /// What to do about a near end.
    pub(super) warning: Option<String>,
}

impl GrantStatus {
    pub(super) fn of(config: &Config, grant: &StoredGrant, now: Timestamp) -> Self {
        let is_kept = grant.withdrawn.is_none() && grant.client_id == config.app.client_id;
        let days_until = |at: Timestamp| at.since(now).as_secs() / DAY.as_secs();
        Self {
            account: grant.account_name.clone(),
            app: grant.client_id.clone(),
            sites: grant
                .sites
                .iter()
                .map(|entry| entry.site.domain.clone())
                .collect(),
            scopes: grant.scopes.clone(),
            consented_at: grant.consented_at,
            refreshed_at: grant.refreshed_at,
            next_refresh_at: is_kept.then(|| grant.refreshed_at.plus(config.app.keep_alive)),
            withdrawn_at: grant.withdrawn.as_ref().map(|withdrawal| withdrawal.at),
            idle_days_left: days_until(grant.dies_idle_at()),
            age_days_left: days_until(grant.dies_of_age_at()),
            warning: grant.warning(now),
        }
    }
}
