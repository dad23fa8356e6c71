//! Decides what a finished sweep may bury. Pure: tested with tables.
//!
//! Absence is no proof. Content is buried if the site itself says that it is in the trash, or if it was missing
//! from a complete listing, missing from a probe by id, and missing again at least [`Guard::confirm_after`] later.
//! Whatever the evidence, a sweep buries no more of a space than the guard lets through.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::model::{ContentId, SpaceId, Timestamp};
use crate::store::Unsighted;

/// How much a sweep may bury, and how soon.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Guard {
    /// The share of a space's living content that one sweep may bury, from 0 to 1.
    pub max_fraction: f64,
    /// Burials of fewer items than this in a space are let through whatever their share.
    pub min_items: u64,
    /// How long content must have been missing before its absence counts.
    pub confirm_after: Duration,
    /// A person looked at what the guard held, and said yes.
    pub is_lifted: bool,
}

impl Guard {
    /// Whether a sweep may not bury `count` of `living` items without a person who looked at it.
    pub(super) fn is_large_share(&self, count: u64, living: u64) -> bool {
        #[expect(clippy::cast_precision_loss, reason = "shares need no more than 52 bits")]
        let is_large = count as f64 > living as f64 * self.max_fraction;
        !self.is_lifted && count >= self.min_items && is_large
    }
}

/// What the site says of content that a complete listing lacked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// It is in the trash.
    Trashed,
    /// The space that holds it is in the trash.
    SpaceTrashed,
    /// It lives in a space that the connection does not mirror.
    OutOfScope,
    /// Nothing: purged, or hidden from the account.
    Nothing,
}

impl Answer {
    pub(super) fn reason(self) -> &'static str {
        match self {
            Self::Trashed => "trashed",
            Self::SpaceTrashed => "space trashed",
            Self::OutOfScope => "moved out of scope",
            Self::Nothing => "gone or hidden",
        }
    }
}

/// Content that lives in the mirror and was not in the listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Absentee {
    pub(super) id: ContentId,
    pub(super) space: SpaceId,
    pub(super) missing_since: Option<Timestamp>,
    pub(super) answer: Answer,
    /// Whether it hangs on content that the site still shows: then its space is not hidden.
    pub(super) is_on_living: bool,
}

impl Absentee {
    /// A comment or attachment of living content.
    pub(super) fn on_living(absentee: Unsighted, answer: Answer) -> Self {
        Self {
            is_on_living: true,
            ..Self::new(absentee, answer)
        }
    }

    pub(super) fn new(absentee: Unsighted, answer: Answer) -> Self {
        let Unsighted {
            id,
            space,
            missing_since,
            row: _,
        } = absentee;
        Self {
            id,
            space,
            missing_since,
            answer,
            is_on_living: false,
        }
    }
}

/// What to do about all absentees of a sweep.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Verdict {
    /// To bury now, by reason.
    pub(super) bury: BTreeMap<&'static str, Vec<ContentId>>,
    /// Absent for the first time: to be looked for again.
    pub(super) watch: Vec<ContentId>,
    /// Spaces in which the guard holds a burial, and of how many items.
    pub(super) held: BTreeMap<SpaceId, u64>,
}

/// Judges the absentees of a complete listing, given how much of each space is absent and how much is alive in the
/// mirror. Where only some of the absentees are judged, all count: a landslide is not let through bit by bit.
///
/// What a search does not find may be there all the same: only a person can say that it is gone.
pub(super) fn judge(
    absentees: Vec<Absentee>,
    absent: &BTreeMap<SpaceId, u64>,
    living: &BTreeMap<SpaceId, u64>,
    guard: &Guard,
    is_search: bool,
    now: Timestamp,
) -> Verdict {
    let mut verdict = Verdict::default();
    let mut graves: BTreeMap<SpaceId, Vec<Absentee>> = BTreeMap::new();
    for absentee in absentees {
        if !is_proven(&absentee, guard, now) {
            verdict
                .watch
                .extend(absentee.missing_since.is_none().then_some(absentee.id));
        } else if is_search && absentee.answer == Answer::Nothing && !guard.is_lifted {
            *verdict.held.entry(absentee.space).or_default() += 1;
        } else {
            graves.entry(absentee.space.clone()).or_default().push(absentee);
        }
    }
    for (space, absentees) in graves {
        let count = absent.get(&space).copied().unwrap_or_default();
        let count = count.max(absentees.len() as u64);
        if holds(
            &absentees,
            count,
            living.get(&space).copied().unwrap_or_default(),
            guard,
        ) {
            *verdict.held.entry(space).or_default() += count;
            continue;
        }
        for absentee in absentees {
            verdict
                .bury
                .entry(absentee.answer.reason())
                .or_default()
                .push(absentee.id);
        }
    }
    verdict
}

fn is_proven(absentee: &Absentee, guard: &Guard, now: Timestamp) -> bool {
    match absentee.answer {
        Answer::Trashed | Answer::SpaceTrashed | Answer::OutOfScope => true,
        Answer::Nothing => absentee
            .missing_since
            .is_some_and(|since| now.since(since) >= guard.confirm_after),
    }
}

/// Whether the guard holds the burial of these absentees of one space.
fn holds(absentees: &[Absentee], count: u64, living: u64, guard: &Guard) -> bool {
    // A space that answers nothing at all looks the same whether it was emptied or hidden.
    let may_be_hidden = |absentee: &Absentee| absentee.answer == Answer::Nothing && !absentee.is_on_living;
    let is_whole_space = count >= living && absentees.iter().any(may_be_hidden);
    !guard.is_lifted && (is_whole_space || guard.is_large_share(count, living))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guard() -> Guard {
        let confirm_after = Duration::from_hours(1);
        Guard {
            max_fraction: 0.1,
            min_items: 20,
            confirm_after,
            is_lifted: false,
        }
    }

    fn now() -> Timestamp {
        "2026-03-01T12:00:00Z".parse().unwrap()
    }

    fn absentees(count: u64, answer: Answer, missing_for: Option<Duration>) -> Vec<Absentee> {
        let missing_since = missing_for.map(|duration| now().minus(duration));
        (0..count)
            .map(|n| Absentee {
                id: ContentId::new(n.to_string()),
                space: SpaceId::new("1"),
                missing_since,
                answer,
                is_on_living: false,
            })
            .collect()
    }

    /// How many are buried, watched and held, of a space with `living` pages.
    fn outcome(absentees: Vec<Absentee>, living: u64, guard: &Guard) -> (usize, usize, u64) {
        let verdict = judge(
            absentees,
            &BTreeMap::new(),
            &BTreeMap::from([(SpaceId::new("1"), living)]),
            guard,
            false,
            now(),
        );
        let buried = verdict.bury.values().map(Vec::len).sum();
        (buried, verdict.watch.len(), verdict.held.values().sum())
    }

    #[test]
    fn nothing_is_buried_without_evidence() {
        let hours = |n| Some(Duration::from_hours(n));
        for (answer, missing_for, expected) in [
            (Answer::Trashed, None, (1, 0, 0)),
            (Answer::SpaceTrashed, None, (1, 0, 0)),
            (Answer::OutOfScope, None, (1, 0, 0)),
            (Answer::Nothing, None, (0, 1, 0)),
            (Answer::Nothing, Some(Duration::from_mins(59)), (0, 0, 0)),
            (Answer::Nothing, hours(1), (1, 0, 0)),
            (Answer::Nothing, hours(48), (1, 0, 0)),
        ] {
            let found = outcome(absentees(1, answer, missing_for), 100, &guard());
            assert_eq!(found, expected, "{answer:?} missing for {missing_for:?}");
        }
    }

    #[test]
    fn the_guard_holds_large_shares_and_whole_silent_spaces() {
        let long = Some(Duration::from_hours(9));
        for (count, answer, living, expected) in [
            (19, Answer::Trashed, 20, (19, 0, 0)),
            (20, Answer::Trashed, 200, (20, 0, 0)),
            (21, Answer::Trashed, 200, (0, 0, 21)),
            (3, Answer::Trashed, 3, (3, 0, 0)),
            (3, Answer::Nothing, 3, (0, 0, 3)),
            (2, Answer::Nothing, 3, (2, 0, 0)),
        ] {
            let found = outcome(absentees(count, answer, long), living, &guard());
            assert_eq!(found, expected, "{count} of {living} {answer:?}");
        }
    }

    #[test]
    fn what_was_not_asked_for_yet_counts_towards_a_landslide() {
        let space = SpaceId::new("1");
        let living = BTreeMap::from([(space.clone(), 1000)]);
        for (absent, expected) in [(50, 0), (500, 500)] {
            let some = absentees(50, Answer::Trashed, None);
            let absent = BTreeMap::from([(space.clone(), absent)]);
            let verdict = judge(some, &absent, &living, &guard(), false, now());
            assert_eq!(verdict.held.get(&space).copied().unwrap_or_default(), expected);
        }
    }

    #[test]
    fn the_only_comment_of_a_space_can_go_while_its_page_is_there() {
        let mut only = absentees(1, Answer::Nothing, Some(Duration::from_hours(2)));
        only[0].is_on_living = true;
        assert_eq!(outcome(only, 1, &guard()), (1, 0, 0));
    }

    #[test]
    fn what_a_search_does_not_find_waits_for_a_person() {
        let long = Some(Duration::from_hours(9));
        let living = BTreeMap::from([(SpaceId::new("1"), 100)]);
        let judged = |answer, guard: &Guard| {
            let verdict = judge(
                absentees(2, answer, long),
                &BTreeMap::new(),
                &living,
                guard,
                true,
                now(),
            );
            let buried: usize = verdict.bury.values().map(Vec::len).sum();
            (buried, verdict.held.values().sum::<u64>())
        };
        let lifted = Guard {
            is_lifted: true,
            ..guard()
        };
        assert_eq!(judged(Answer::Nothing, &guard()), (0, 2));
        assert_eq!(judged(Answer::Nothing, &lifted), (2, 0));
        assert_eq!(judged(Answer::OutOfScope, &guard()), (2, 0));
    }

    #[test]
    fn a_person_can_lift_the_guard() {
        let lifted = Guard {
            is_lifted: true,
            ..guard()
        };
        let absentees = absentees(200, Answer::Nothing, Some(Duration::from_hours(2)));
        assert_eq!(outcome(absentees, 200, &lifted), (200, 0, 0));
    }
}
