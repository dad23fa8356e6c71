//! Which backups stay: `daily=7,weekly=4,monthly=12`.

use std::collections::BTreeSet;
use std::str::FromStr;

use crate::model::Timestamp;

/// How many backups stay: of each of so many periods the newest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keep {
    rules: Vec<(Period, usize)>,
}

/// A text that says not how many backups to keep.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{given}` says not what to keep: expected rules such as daily=7,weekly=4,monthly=12")]
pub struct InvalidKeep {
    given: String,
}

/// Backups of one period, in UTC, stand for each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Period {
    Instant,
    Hour,
    Day,
    Week,
    Month,
    Year,
}

impl Period {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "last" => Self::Instant,
            "hourly" => Self::Hour,
            "daily" => Self::Day,
            "weekly" => Self::Week,
            "monthly" => Self::Month,
            "yearly" => Self::Year,
            _ => return None,
        })
    }

    /// What is the same for all instants of one period.
    fn of(self, at: Timestamp) -> String {
        let format = match self {
            Self::Instant => return at.to_string(),
            Self::Hour => "%F %H",
            Self::Day => "%F",
            // Weeks belong to the year that has most of them.
            Self::Week => "%G-%V",
            Self::Month => "%Y-%m",
            Self::Year => "%Y",
        };
        at.as_utc().format(format).to_string()
    }
}

impl FromStr for Keep {
    type Err = InvalidKeep;

    fn from_str(given: &str) -> Result<Self, InvalidKeep> {
        let rule = |rule: &str| {
            let (name, count) = rule.split_once('=')?;
            Some((Period::named(name.trim())?, count.trim().parse().ok()?))
        };
        let rules: Option<Vec<_>> = given.split(',').map(rule).collect();
        rules.map(|rules| Self { rules }).ok_or_else(|| InvalidKeep {
            given: given.to_owned(),
        })
    }
}

impl Keep {
    /// Which of the good backups stay, of those taken at these instants. The newest always does.
    pub fn kept(&self, taken: &[Timestamp]) -> BTreeSet<Timestamp> {
        let mut newest_first: Vec<Timestamp> = taken.to_vec();
        newest_first.sort_unstable_by(|a, b| b.cmp(a));
        let mut kept: BTreeSet<Timestamp> = newest_first.first().copied().into_iter().collect();
        for (period, count) in &self.rules {
            let mut periods = BTreeSet::new();
            for at in &newest_first {
                if periods.len() == *count {
                    break;
                }
                if periods.insert(period.of(*at)) {
                    kept.insert(*at);
                }
            }
        }
        kept
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::time::Duration;

    use proptest::prelude::{prop, prop_assert, prop_assert_eq, proptest};

    use super::{Keep, Period};
    use crate::model::Timestamp;

    fn kept(rules: &str, taken: &[&str]) -> Vec<String> {
        let taken: Vec<Timestamp> = taken
            .iter()
            .map(|at| format!("2026-{at}:00Z").parse().unwrap())
            .collect();
        let kept = rules.parse::<Keep>().unwrap().kept(&taken);
        kept.iter().map(|at| at.to_string()[5..16].to_owned()).collect()
    }

    #[test]
    fn of_each_period_the_newest_stays() {
        let three_days = [
            "11-23T01:00",
            "11-23T02:00",
            "11-24T01:00",
            "11-25T01:00",
            "11-25T02:00",
        ];
        for (rules, expected) in [
            ("daily=7", vec!["11-23T02:00", "11-24T01:00", "11-25T02:00"]),
            ("daily=2", vec!["11-24T01:00", "11-25T02:00"]),
            ("daily=0", vec!["11-25T02:00"]),
            ("last=2", vec!["11-25T01:00", "11-25T02:00"]),
            ("weekly=4", vec!["11-25T02:00"]),
            ("daily=1,hourly=2", vec!["11-25T01:00", "11-25T02:00"]),
        ] {
            assert_eq!(kept(rules, &three_days), expected, "{rules}");
        }
        // The first days of a year can belong to the last week of the year before.
        assert_eq!(
            kept("weekly=9", &["01-01T00:00", "01-04T00:00", "01-05T00:00"]),
            ["01-04T00:00", "01-05T00:00"]
        );
        assert_eq!(
            kept("monthly=12", &["01-31T00:00", "02-01T00:00", "02-28T00:00"]),
            ["01-31T00:00", "02-28T00:00"]
        );
        assert!(kept("daily=7", &[]).is_empty());
    }

    #[test]
    fn what_says_nothing_about_keeping_is_refused() {
        for given in [
            "", "daily", "daily=", "daily=-1", "daily=x", "dayly=7", "daily=7,", "7",
        ] {
            assert!(given.parse::<Keep>().is_err(), "{given}");
        }
    }

    proptest! {
        #[test]
        fn the_newest_backup_is_never_deleted_and_no_period_is_lost(
            hours in prop::collection::vec(0_u64..24 * 800, 0..60),
            counts in prop::array::uniform3(0_usize..9),
        ) {
            let start: Timestamp = "2025-01-01T00:00:00Z".parse().unwrap();
            let taken: Vec<Timestamp> =
                hours.iter().map(|hour| start.plus(Duration::from_secs(hour * 3600))).collect();
            let [daily, weekly, monthly] = counts;
            let keep: Keep = format!("daily={daily},weekly={weekly},monthly={monthly}").parse().unwrap();

            let kept = keep.kept(&taken);

            prop_assert!(kept.iter().all(|at| taken.contains(at)));
            prop_assert_eq!(kept.last(), taken.iter().max());
            for (period, count) in [(Period::Day, daily), (Period::Week, weekly), (Period::Month, monthly)] {
                let of = |at: &Timestamp| period.of(*at);
                let all: BTreeSet<String> = taken.iter().map(of).collect();
                let still: BTreeSet<String> = kept.iter().map(of).collect();
                let wanted: Vec<&String> = all.iter().rev().take(count).collect();
                prop_assert!(wanted.into_iter().all(|period| still.contains(period)));
            }
            // Deciding again deletes no more.
            let again: Vec<Timestamp> = kept.iter().copied().collect();
            prop_assert_eq!(keep.kept(&again), kept);
        }
    }
}
