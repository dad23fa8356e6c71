//! Decides what a round of sweeping still owes, and in which order. Pure: tested with tables.
//!
//! A sweep costs as many points as the site has pages, so it goes round the spaces in as many runs as it takes. A space
//! is done in this round if its last complete listing ended after the round began; nothing else is remembered.

use std::cmp::Reverse;

use crate::model::{Checkpoint, SpaceId, Timestamp};
use crate::store::Awaiting;

use super::plan::{Pass, SPACES_PER_LISTING};

/// Small spaces share a listing of about so many items: one of their own would cost each of them a request.
const ITEMS_PER_PASS: u64 = 5_000;

/// The passes that the round begun at `since` still owes.
///
/// A listing that was begun goes on first. Then come the spaces in which a burial is held, if `is_lifted`, even when
/// they are done: a person has just looked at them. Then those that were not listed for longest.
pub(super) fn owed(
    spaces: Vec<Awaiting>,
    since: Timestamp,
    begun: Option<&Checkpoint>,
    is_lifted: bool,
) -> Vec<Pass> {
    let is_released = |space: &Awaiting| is_lifted && space.is_held;
    let is_done = |space: &Awaiting| space.listed_at.is_some_and(|at| at > since);
    let mut due: Vec<_> = spaces
        .into_iter()
        .filter(|space| is_released(space) || !is_done(space))
        .collect();
    due.sort_by_key(|space| (Reverse(is_released(space)), space.listed_at, space.id.clone()));

    let mut passes = Vec::new();
    let still_due = |begun: &&Checkpoint| {
        let is_due = |id: &SpaceId| due.iter().any(|space| space.id == *id);
        begun.spaces.len() <= SPACES_PER_LISTING && begun.spaces.iter().all(is_due)
    };
    if let Some(begun) = begun.filter(still_due) {
        due.retain(|space| !begun.spaces.contains(&space.id));
        passes.push(Pass {
            spaces: begun.spaces.clone(),
        });
    }
    passes.extend(grouped(due));
    passes
}

/// Cuts the spaces into listings, in their order.
fn grouped(due: Vec<Awaiting>) -> Vec<Pass> {
    let mut groups: Vec<(Pass, u64)> = Vec::new();
    for space in due {
        match groups.last_mut() {
            Some((pass, items))
                if *items + space.listed <= ITEMS_PER_PASS && pass.spaces.len() < SPACES_PER_LISTING =>
            {
                pass.spaces.push(space.id);
                *items += space.listed;
            }
            _ => groups.push((
                Pass {
                    spaces: vec![space.id],
                },
                space.listed,
            )),
        }
    }
    let sorted = |(mut pass, _): (Pass, u64)| {
        pass.spaces.sort();
        pass
    };
    groups.into_iter().map(sorted).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::model::{RunId, Watermark};

    fn at(hour: u32) -> Timestamp {
        format!("2026-03-01T{hour:02}:00:00Z").parse().unwrap()
    }

    fn space(id: u32, listed: u64, hour: Option<u32>) -> Awaiting {
        Awaiting {
            id: SpaceId::new(format!("{id:03}")),
            listed,
            listed_at: hour.map(at),
            is_held: false,
        }
    }

    fn begun(spaces: &[u32]) -> Checkpoint {
        Checkpoint {
            pass: RunId(1),
            spaces: spaces.iter().map(|id| SpaceId::new(format!("{id:03}"))).collect(),
            cursor: None,
            last: None,
            is_backwards: false,
            candidate: Watermark(at(0)),
            items: 0,
            listed: BTreeMap::new(),
        }
    }

    /// The numbers of the spaces, pass by pass, that a round begun at ten owes.
    fn owes(spaces: Vec<Awaiting>, begun: Option<&Checkpoint>, is_lifted: bool) -> Vec<Vec<u32>> {
        let passes = owed(spaces, at(10), begun, is_lifted);
        let number = |id: &SpaceId| id.as_str().parse().unwrap();
        passes
            .iter()
            .map(|pass| pass.spaces.iter().map(number).collect())
            .collect()
    }

    #[test]
    fn a_round_owes_the_spaces_that_were_not_listed_since_it_began_oldest_first() {
        let big = |id, hour| space(id, 9_000, hour);
        for (spaces, expected) in [
            (vec![], vec![]),
            (
                vec![big(1, Some(9)), big(2, Some(8)), big(3, None)],
                vec![vec![3], vec![2], vec![1]],
            ),
            (
                vec![big(1, Some(10)), big(2, Some(11)), big(3, Some(9))],
                vec![vec![3], vec![1]],
            ),
            (vec![big(1, Some(11)), big(2, Some(23))], vec![]),
        ] {
            assert_eq!(owes(spaces.clone(), None, false), expected, "{spaces:?}");
        }
    }

    #[test]
    fn small_spaces_share_a_listing_and_a_big_one_has_its_own() {
        let spaces = vec![
            space(1, 2_000, None),
            space(2, 3_000, None),
            space(3, 1, None),
            space(4, 70_000, None),
            space(5, 10, None),
        ];
        assert_eq!(owes(spaces, None, false), [vec![1, 2], vec![3], vec![4], vec![5]]);

        let many = (0..250).map(|id| space(id, 3, None)).collect();
        let sizes: Vec<_> = owes(many, None, false).iter().map(Vec::len).collect();
        assert_eq!(
            sizes,
            [100, 100, 50],
            "a filter names no more than a hundred spaces"
        );
    }

    #[test]
    fn a_listing_that_was_begun_goes_on_first_if_all_of_it_is_still_due() {
        let spaces = || {
            vec![
                space(1, 9_000, Some(1)),
                space(2, 9_000, Some(2)),
                space(3, 9_000, Some(11)),
            ]
        };
        for (spaces_begun, expected) in [
            (&[2][..], vec![vec![2], vec![1]]),
            (&[1, 2], vec![vec![1, 2]]),
            (&[2, 3], vec![vec![1], vec![2]]),
            (&[4], vec![vec![1], vec![2]]),
        ] {
            let begun = begun(spaces_begun);
            assert_eq!(owes(spaces(), Some(&begun), false), expected, "{spaces_begun:?}");
        }
        let whole_site = begun(&(0..101).collect::<Vec<_>>());
        let all = (0..101).map(|id| space(id, 1, None)).collect();
        assert_eq!(
            owes(all, Some(&whole_site), false).len(),
            2,
            "a listing of the whole site is no share of a round"
        );
    }

    #[test]
    fn what_a_person_has_accepted_is_looked_at_first_and_at_once() {
        let spaces = || {
            let held = Awaiting {
                is_held: true,
                ..space(3, 9_000, Some(11))
            };
            vec![space(1, 9_000, Some(1)), held]
        };
        assert_eq!(owes(spaces(), None, true), [vec![3], vec![1]]);
        assert_eq!(owes(spaces(), None, false), [vec![1]]);
    }
}
