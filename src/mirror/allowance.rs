//! Decides how far copying and sweeping may draw on the points of the hour. Pure: tested with tables.
//!
//! Points are the app's, and every connection spends the same. What changed is asked for again and again at a low
//! price, and must not wait for a site of a million pages to be copied or compared; so those stop while there is
//! something left, and go on in the next hour.

use crate::model::{Balance, SyncMode, Timestamp};

/// Until when this work must wait for points; nothing if it may go on.
pub(super) fn wait(work: SyncMode, balance: &Balance) -> Option<Timestamp> {
    let left = balance.left?;
    let kept_back = balance.per_hour.map_or(0, |per_hour| kept_back(work, per_hour));
    (left <= kept_back && kept_back > 0).then_some(balance.returns_at)
}

/// What a full page of a listing costs.
const A_LISTING: u64 = 251;

/// What this work leaves of an hour's points to work that is more urgent.
fn kept_back(work: SyncMode, per_hour: u64) -> u64 {
    let share = match work {
        SyncMode::Delta => return 0,
        SyncMode::Backfill => per_hour / 10,
        SyncMode::Sweep => per_hour / 4,
    };
    // A listing that does not fit into the rest would be refused, and the whole connection would wait.
    share.max(A_LISTING.min(per_hour / 2))
}

#[cfg(test)]
mod tests {
    use super::wait;
    use crate::model::{Balance, SyncMode};

    #[test]
    fn copying_leaves_a_tenth_of_the_points_to_deltas_and_sweeping_a_quarter() {
        let (delta, backfill, sweep) = (SyncMode::Delta, SyncMode::Backfill, SyncMode::Sweep);
        for (work, per_hour, left, may_go_on) in [
            (delta, Some(60_000), Some(0), true),
            (backfill, Some(60_000), Some(60_000), true),
            (backfill, Some(60_000), Some(6_001), true),
            (backfill, Some(60_000), Some(6_000), false),
            (sweep, Some(60_000), Some(15_001), true),
            (sweep, Some(60_000), Some(15_000), false),
            (sweep, Some(60_000), Some(0), false),
            (backfill, Some(1_000), Some(252), true),
            (backfill, Some(1_000), Some(251), false),
            // Without a budget the server alone knows, and says so in its own time.
            (sweep, None, None, true),
            (sweep, None, Some(5), true),
            (sweep, Some(3), Some(3), true),
        ] {
            let returns_at = "2026-03-01T10:00:00Z".parse().unwrap();
            let balance = Balance {
                per_hour,
                left,
                returns_at,
            };
            let expected = (!may_go_on).then_some(returns_at);
            assert_eq!(
                wait(work, &balance),
                expected,
                "{work} with {left:?} of {per_hour:?}"
            );
        }
    }
}
