//! How long a grant lasts, and when a person should hear of it. Pure.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::model::{GrantId, Timestamp};

use super::StoredGrant;

const DAY: Duration = Duration::from_hours(24);

/// How long before its end a grant is worth a warning.
const WARN_FROM: Duration = Duration::from_hours(14 * 24);

/// The nearer of the two ends of a grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    /// The refresh token was not used for 90 days.
    Idle(Timestamp),
    /// The consent is 365 days old.
    Age(Timestamp),
}

impl Ending {
    /// When.
    fn at(self) -> Timestamp {
        match self {
            Self::Idle(at) | Self::Age(at) => at,
        }
    }
}

impl StoredGrant {
    /// How it ends if nothing changes.
    fn ending(&self) -> Ending {
        if self.dies_idle_at() < self.dies_of_age_at() {
            Ending::Idle(self.dies_idle_at())
        } else {
            Ending::Age(self.dies_of_age_at())
        }
    }

    /// What to tell a person about its end, if that is near. A withdrawn one has ended already.
    pub fn warning(&self, now: Timestamp) -> Option<String> {
        let ending = self.ending();
        let left = ending.at().since(now);
        if left > WARN_FROM || self.withdrawn.is_some() {
            return None;
        }
        let days = days(left);
        let left = match days {
            0 => "within a day".to_owned(),
            1 => "in 1 day".to_owned(),
            days => format!("in {days} days"),
        };
        let name = &self.account_name;
        let why = match ending {
            Ending::Idle(_) => "it could not be refreshed for weeks, and Atlassian forgets it after 90 days",
            Ending::Age(_) => "Atlassian may end a consent 365 days after it was given",
        };
        let domain = self
            .sites
            .first()
            .map_or("DOMAIN", |entry| entry.site.domain.as_str());
        Some(format!(
            "the consent of {name} ends {left}: {why}. Renew it: millpond connect {domain}"
        ))
    }
}

/// The whole days in `span`.
fn days(span: Duration) -> u64 {
    span.as_secs() / DAY.as_secs()
}

/// When the nearing end of each grant was last spoken of. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Reminders(Arc<Mutex<BTreeMap<GrantId, Timestamp>>>);

impl Reminders {
    /// The warning about `grant`, unless there is none or it was given within a day.
    pub(super) fn due(&self, grant: &StoredGrant, now: Timestamp) -> Option<String> {
        let mut given = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(warning) = grant.warning(now) else {
            given.remove(&grant.id);
            return None;
        };
        // A last time in the future means that the clock was set back.
        let is_known = |at: &Timestamp| *at <= now && now.since(*at) < DAY;
        if given.get(&grant.id).is_some_and(is_known) {
            return None;
        }
        given.insert(grant.id.clone(), now);
        Some(warning)
    }
}

#[cfg(test)]
mod tests {
    use super::{DAY, Ending, Reminders};
    use crate::auth::grant::tests::{grant, noon};
    use crate::auth::{StoredGrant, Withdrawal};
    use crate::model::Timestamp;

    /// A grant of so many days that was last refreshed so many days ago, as seen at `noon`.
    fn seen_after(consented: u32, refreshed: u32) -> StoredGrant {
        StoredGrant {
            consented_at: noon().minus(DAY * consented),
            refreshed_at: noon().minus(DAY * refreshed),
            ..grant()
        }
    }

    #[test]
    fn the_nearer_end_counts_and_is_warned_of_from_fourteen_days() {
        let soon = Some("the consent of Alice Moreau ends in 14 days: ");
        let now = Some("the consent of Alice Moreau ends within a day: ");
        for (consented, refreshed, warning, is_idle) in [
            (0, 0, None, true),
            (75, 75, None, true),
            (76, 76, soon, true),
            (90, 90, now, true),
            (4000, 91, now, false),
            (350, 1, None, false),
            (351, 1, soon, false),
            (365, 0, now, false),
            (
                351,
                80,
                Some("the consent of Alice Moreau ends in 10 days: "),
                true,
            ),
        ] {
            let grant = seen_after(consented, refreshed);
            let case = format!("consented {consented}, refreshed {refreshed} days ago");
            assert_eq!(matches!(grant.ending(), Ending::Idle(_)), is_idle, "{case}");
            let given = grant.warning(noon());
            assert_eq!(given.is_some(), warning.is_some(), "{case}: {given:?}");
            if let (Some(given), Some(begin)) = (given, warning) {
                assert!(given.starts_with(begin), "{case}: {given}");
                assert!(given.ends_with("millpond connect acme.atlassian.net"), "{given}");
            }
        }
        let withdrawn = StoredGrant {
            withdrawn: Some(Withdrawal {
                at: noon(),
                description: "gone".to_owned(),
            }),
            ..seen_after(365, 90)
        };
        assert_eq!(withdrawn.warning(noon()), None);
    }

    #[test]
    fn a_nearing_end_is_told_once_a_day_and_again_after_a_renewal() {
        let reminders = Reminders::default();
        let speaks = |grant: &StoredGrant, now: Timestamp| reminders.due(grant, now).is_some();
        let old = seen_after(355, 0);
        assert!(speaks(&old, noon()));
        assert!(!speaks(&old, noon().plus(DAY / 2)));
        assert!(speaks(&old, noon().plus(DAY)));
        assert!(speaks(&old, noon().minus(DAY)), "the clock was set back");
        assert!(!speaks(&seen_after(0, 0), noon()));
        assert!(speaks(&old, noon()), "another consent, another warning");
    }
}
