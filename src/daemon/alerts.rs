//! What a person must know of, decided from what is known: a pure function each for what is amiss, and for what is new
//! about that. Telling somebody is the business of others.

use std::collections::BTreeMap;
use std::time::Duration;

use bytesize::ByteSize;

use super::board::State;
use crate::model::{Domain, Timestamp};

/// What is known at one moment.
#[derive(Clone, Debug)]
pub struct Facts {
    /// That moment.
    pub now: Timestamp,
    /// Each connection.
    pub connections: Vec<Condition>,
    /// The room that is left for the mirror, in bytes.
    pub disk_free: Option<u64>,
    /// That the last backup failed, and why.
    pub backup: Option<String>,
}

/// What is known of a connection.
#[derive(Clone, Debug)]
pub struct Condition {
    /// Which one.
    pub domain: Domain,
    /// What it does.
    pub state: State,
    /// When its last good run ended.
    pub succeeded_at: Option<Timestamp>,
    /// Since when it could have had one.
    pub watched_since: Timestamp,
    /// How far its runs are apart.
    pub interval: Duration,
    /// What the deletion guard holds, if it does.
    pub held: Option<String>,
}

/// From when on somebody must know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thresholds {
    /// So many runs without a good one.
    pub missed_runs: u32,
    /// Less room than this, in bytes.
    pub disk_free: u64,
}

/// What is amiss, and in which words; by a key that stays the same for as long as it lasts.
pub type Matters = BTreeMap<String, String>;

/// What is amiss.
pub fn matters(facts: &Facts, thresholds: &Thresholds) -> Matters {
    let mut matters = Matters::new();
    for condition in &facts.connections {
        of_connection(condition, facts.now, thresholds, &mut matters);
    }
    if let Some(free) = facts.disk_free.filter(|free| *free < thresholds.disk_free) {
        let told = format!(
            "the disk of the mirror is nearly full: {} left",
            ByteSize::b(free)
        );
        matters.insert("disk".to_owned(), told);
    }
    if let Some(failed) = &facts.backup {
        matters.insert("backup".to_owned(), failed.clone());
    }
    matters
}

fn of_connection(condition: &Condition, now: Timestamp, thresholds: &Thresholds, matters: &mut Matters) {
    let Condition { domain, state, .. } = condition;
    if let Some(held) = &condition.held {
        matters.insert(format!("guard {domain}"), format!("{domain}: {held}"));
    }
    match state {
        State::NeedsConsent { remedy } => {
            matters.insert(
                format!("consent {domain}"),
                format!("{domain} waits for a person: {remedy}"),
            );
        }
        // A person wants it so, or it is getting there.
        State::Paused | State::Running { .. } => {}
        _ => {
            let since = condition
                .succeeded_at
                .map_or(condition.watched_since, |at| at.max(condition.watched_since));
            let longest = condition.interval.saturating_mul(thresholds.missed_runs);
            if now.since(since) > longest {
                let told = match condition.succeeded_at {
                    Some(at) => format!("{domain} has not been mirrored since {at}"),
                    None => format!("{domain} has not been mirrored yet"),
                };
                matters.insert(format!("success {domain}"), told);
            }
        }
    }
}

/// Something that somebody is to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct News {
    /// Which matter.
    pub key: String,
    /// In which words.
    pub text: String,
    /// Whether it is over.
    pub is_over: bool,
}

/// What is new, if `told` was told already: each matter once, and once more when it is over.
pub fn news(told: &Matters, present: &Matters) -> Vec<News> {
    let new = |(from, against, is_over): (&Matters, &Matters, bool)| -> Vec<News> {
        let unknown = from.iter().filter(|(key, _)| !against.contains_key(*key));
        let news = unknown.map(|(key, text)| News {
            key: key.clone(),
            text: text.clone(),
            is_over,
        });
        news.collect()
    };
    [new((present, told, false)), new((told, present, true))].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::SyncMode;

    const QUARTER: Duration = Duration::from_mins(15);

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn now() -> Timestamp {
        at("2026-03-02T12:00:00Z")
    }

    fn condition(state: State) -> Condition {
        Condition {
            domain: "acme.atlassian.net".parse().unwrap(),
            state,
            succeeded_at: Some(now().minus(Duration::from_mins(10))),
            watched_since: at("2026-03-01T00:00:00Z"),
            interval: QUARTER,
            held: None,
        }
    }

    fn keys(condition: Condition, disk_free: Option<u64>, backup: Option<&str>) -> Vec<String> {
        let facts = Facts {
            now: now(),
            connections: vec![condition],
            disk_free,
            backup: backup.map(str::to_owned),
        };
        let thresholds = Thresholds {
            missed_runs: 8,
            disk_free: 1000,
        };
        matters(&facts, &thresholds).into_keys().collect()
    }

    #[test]
    fn a_person_is_told_of_the_few_things_that_nothing_else_mends() {
        let failing = || State::Failing {
            reason: "no".to_owned(),
            until: now(),
        };
        let idle = || State::Idle { next: None };
        let running = || State::Running {
            mode: SyncMode::Backfill,
            items: 7,
        };
        let consent = || State::NeedsConsent {
            remedy: "millpond connect acme.atlassian.net".to_owned(),
        };
        let hours = |hours| Some(now().minus(Duration::from_hours(hours)));
        let last = |state, succeeded_at| Condition {
            succeeded_at,
            ..condition(state)
        };
        let young = |state| Condition {
            watched_since: now().minus(QUARTER),
            ..last(state, None)
        };
        let held = Condition {
            held: Some("60 pages are held".to_owned()),
            ..condition(idle())
        };
        let success = "success acme.atlassian.net";
        for (what, condition, disk, expected) in [
            ("all is well", condition(idle()), Some(1000), vec![]),
            ("it fails for a moment", condition(failing()), None, vec![]),
            ("it fails for two hours", last(failing(), hours(2)), None, vec![]),
            (
                "it fails for three hours",
                last(failing(), hours(3)),
                None,
                vec![success],
            ),
            ("it never worked", last(failing(), None), None, vec![success]),
            ("it has hardly begun", young(failing()), None, vec![]),
            ("the first copy takes a day", last(running(), None), None, vec![]),
            (
                "somebody paused it",
                last(State::Paused, hours(100)),
                None,
                vec![],
            ),
            (
                "nobody consents",
                last(consent(), hours(100)),
                None,
                vec!["consent acme.atlassian.net"],
            ),
            ("the guard holds", held, None, vec!["guard acme.atlassian.net"]),
            (
                "the disk is nearly full",
                condition(idle()),
                Some(999),
                vec!["disk"],
            ),
        ] {
            assert_eq!(keys(condition, disk, None), expected, "{what}");
        }
        let failed = keys(condition(idle()), None, Some("no room"));
        assert_eq!(failed, ["backup"], "the last backup failed");
    }

    #[test]
    fn each_matter_is_told_once_and_once_when_it_is_over() {
        let matters = |keys: &[&str]| -> Matters {
            keys.iter()
                .map(|key| ((*key).to_owned(), format!("the {key}")))
                .collect()
        };
        let told = |before: &[&str], present: &[&str]| -> Vec<(String, bool)> {
            let news = news(&matters(before), &matters(present)).into_iter();
            news.map(|news| (news.text, news.is_over)).collect()
        };
        assert_eq!(told(&[], &["disk"]), [("the disk".to_owned(), false)]);
        assert_eq!(told(&["disk"], &["disk"]), []);
        assert_eq!(told(&["disk"], &[]), [("the disk".to_owned(), true)]);
        assert_eq!(
            told(&["disk"], &["guard"]),
            [("the guard".to_owned(), false), ("the disk".to_owned(), true)]
        );
    }
}
