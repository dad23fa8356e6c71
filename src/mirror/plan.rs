//! Decides which spaces each step of a run covers. Pure: tested with tables.

use std::collections::BTreeMap;

use crate::model::{Checkpoint, Space, SpaceId, SyncMode, Watermark};

/// The API takes at most this many `space-id` filters in one request.
pub(super) const SPACES_PER_LISTING: usize = 100;

/// Which spaces a connection mirrors, by patterns over their keys in which `*` stands for anything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// Spaces to mirror; empty means all.
    pub include: Vec<String>,
    /// Spaces to leave out, even if included.
    pub exclude: Vec<String>,
}

impl Scope {
    /// Whether a space with this key is mirrored.
    pub fn covers(&self, key: &str) -> bool {
        let matches = |patterns: &[String]| patterns.iter().any(|pattern| matches(pattern, key));
        (self.include.is_empty() || matches(&self.include)) && !matches(&self.exclude)
    }

    /// The keys that are included by name and not in `visible`: configured, but hidden from the account or gone.
    pub fn hidden<'a>(&'a self, visible: &'a [Space]) -> impl Iterator<Item = &'a str> {
        let is_name = |pattern: &&String| !pattern.contains('*');
        let is_visible = move |key: &str| {
            visible
                .iter()
                .any(|space| space.key.as_str().eq_ignore_ascii_case(key))
        };
        self.include
            .iter()
            .filter(is_name)
            .map(String::as_str)
            .filter(move |key| !is_visible(key))
    }
}

/// Whether `text` matches `pattern`, in which `*` stands for any run of characters. ASCII case does not count.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.to_ascii_lowercase(), text.to_ascii_lowercase());
    let Some((first, rest)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let Some(mut text) = text.strip_prefix(first) else {
        return false;
    };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let last = parts.pop().unwrap_or_default();
    for part in parts {
        match text.find(part) {
            Some(at) => text = &text[at + part.len()..],
            None => return false,
        }
    }
    text.ends_with(last)
}

/// One listing and the spaces it covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pass {
    /// The spaces, in order of id.
    pub(super) spaces: Vec<SpaceId>,
}

impl Pass {
    /// The `space-id` filter of the listing. Nothing means the whole site: that is what more spaces than
    /// a filter can name stand for, so a checkpoint needs to remember nothing but its spaces.
    pub(super) fn filter(&self) -> Vec<SpaceId> {
        if self.spaces.len() > SPACES_PER_LISTING {
            Vec::new()
        } else {
            self.spaces.clone()
        }
    }
}

/// What a run does for one kind of content: first copies, then listings of what changed or of everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Plan {
    /// Spaces without a watermark: never copied to the end.
    pub(super) backfill: Vec<Pass>,
    /// Spaces with one.
    pub(super) follow: Vec<Pass>,
}

/// Plans a run over the spaces `visible` to the account of which `scope` covers some.
///
/// A backfill that stopped at the checkpoint `begun` goes on first, over the same spaces, if they are still to be
/// copied.
pub(super) fn plan(
    visible: &[Space],
    scope: &Scope,
    watermarks: &BTreeMap<SpaceId, Watermark>,
    begun: Option<&Checkpoint>,
    mode: SyncMode,
) -> Plan {
    let covered = || {
        visible
            .iter()
            .filter(|space| scope.covers(space.key.as_str()))
            .map(|space| &space.id)
    };
    // A backfill that is asked for copies again what was copied before.
    let is_followed = |id: &&SpaceId| mode != SyncMode::Backfill && watermarks.contains_key(*id);
    let mut missing: Vec<_> = covered().filter(|id| !is_followed(id)).cloned().collect();
    let follow: Vec<_> = covered().filter(is_followed).cloned().collect();

    let mut backfill = Vec::new();
    if let Some(begun) = begun.filter(|begun| begun.spaces.iter().all(|id| missing.contains(id))) {
        missing.retain(|id| !begun.spaces.contains(id));
        backfill.push(Pass {
            spaces: begun.spaces.clone(),
        });
    }
    backfill.extend(passes(missing, visible.len()));
    Plan {
        backfill,
        follow: followed(follow),
    }
}

/// Cuts the spaces into listings of what changed: two at most. Beyond that many spaces, one listing over the whole site
/// is read past what is not mirrored.
fn followed(mut spaces: Vec<SpaceId>) -> Vec<Pass> {
    if spaces.len() <= 2 * SPACES_PER_LISTING {
        return passes(spaces, usize::MAX);
    }
    spaces.sort();
    vec![Pass { spaces }]
}

/// Cuts the spaces into listings: one over the whole site if it has no others, else one per hundred.
fn passes(mut spaces: Vec<SpaceId>, visible: usize) -> Vec<Pass> {
    spaces.sort();
    if spaces.len() == visible && visible > SPACES_PER_LISTING {
        return vec![Pass { spaces }];
    }
    spaces
        .chunks(SPACES_PER_LISTING)
        .map(|chunk| Pass {
            spaces: chunk.to_vec(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{RunId, SpaceKey, Timestamp};

    fn space(id: usize, key: &str) -> Space {
        Space {
            id: SpaceId::new(format!("{id:05}")),
            key: SpaceKey::new(key),
            name: key.to_owned(),
            kind: "global".to_owned(),
            status: "current".to_owned(),
            homepage: None,
        }
    }

    fn scope(include: &[&str], exclude: &[&str]) -> Scope {
        let owned = |patterns: &[&str]| patterns.iter().map(ToString::to_string).collect();
        Scope {
            include: owned(include),
            exclude: owned(exclude),
        }
    }

    fn watermark() -> Watermark {
        Watermark("2026-01-01T00:00:00Z".parse::<Timestamp>().unwrap())
    }

    #[test]
    fn a_scope_is_patterns_over_keys() {
        for (include, exclude, key, covered) in [
            (&[][..], &[][..], "ENG", true),
            (&["ENG"], &[], "ENG", true),
            (&["eng"], &[], "ENG", true),
            (&["ENG"], &[], "ENGINE", false),
            (&["ENG*"], &[], "ENGINE", true),
            (&["*"], &["~*"], "~712020abc", false),
            (&["*"], &["~*"], "HR", true),
            (&["A*C*E"], &[], "ABCDE", true),
            (&["A*C*E"], &[], "ABCD", false),
            (&["*é*"], &[], "caé", true),
            (&["AA*A"], &[], "AA", false),
        ] {
            assert_eq!(
                scope(include, exclude).covers(key),
                covered,
                "{include:?} {exclude:?} {key}"
            );
        }
    }

    #[test]
    fn spaces_without_a_watermark_are_copied_first_whatever_the_mode() {
        let visible = [space(1, "ENG"), space(2, "HR"), space(3, "~me")];
        let marks = BTreeMap::from([(visible[0].id.clone(), watermark())]);
        let plan = plan(&visible, &scope(&[], &["~*"]), &marks, None, SyncMode::Delta);
        assert_eq!(
            plan.backfill,
            [Pass {
                spaces: vec![visible[1].id.clone()]
            }]
        );
        assert_eq!(
            plan.follow,
            [Pass {
                spaces: vec![visible[0].id.clone()]
            }]
        );
    }

    #[test]
    fn a_backfill_that_was_begun_goes_on_before_new_spaces_are_copied() {
        let visible = [space(1, "ENG"), space(2, "HR"), space(3, "OPS")];
        let begun = |spaces: &[usize]| Checkpoint {
            pass: RunId(1),
            spaces: spaces.iter().map(|n| visible[n - 1].id.clone()).collect(),
            cursor: None,
            last: None,
            is_backwards: false,
            candidate: watermark(),
            items: 500,
            listed: BTreeMap::new(),
        };
        let spaces = |marks: &[usize], begun: &Checkpoint| -> Vec<Vec<SpaceId>> {
            let marks = marks
                .iter()
                .map(|n| (visible[n - 1].id.clone(), watermark()))
                .collect();
            let plan = plan(&visible, &Scope::default(), &marks, Some(begun), SyncMode::Delta);
            plan.backfill.into_iter().map(|pass| pass.spaces).collect()
        };
        let ids = |ns: &[usize]| ns.iter().map(|n| visible[n - 1].id.clone()).collect::<Vec<_>>();

        assert_eq!(spaces(&[], &begun(&[1, 3])), [ids(&[1, 3]), ids(&[2])]);
        assert_eq!(spaces(&[3], &begun(&[1, 3])), [ids(&[1, 2])]);
    }

    #[test]
    fn a_backfill_copies_again_what_has_a_watermark() {
        let visible = [space(1, "ENG")];
        let marks = BTreeMap::from([(visible[0].id.clone(), watermark())]);
        let plan = plan(&visible, &Scope::default(), &marks, None, SyncMode::Backfill);
        assert_eq!((plan.backfill.len(), plan.follow.len()), (1, 0));
    }

    #[test]
    fn a_thousand_spaces_are_one_listing_if_nothing_is_left_out() {
        let visible: Vec<_> = (0..1000).map(|n| space(n, &format!("S{n}"))).collect();
        let whole = plan(
            &visible,
            &Scope::default(),
            &BTreeMap::new(),
            None,
            SyncMode::Backfill,
        );
        assert_eq!(whole.backfill.len(), 1);
        assert!(whole.backfill[0].filter().is_empty());

        let part = plan(
            &visible,
            &scope(&[], &["S999"]),
            &BTreeMap::new(),
            None,
            SyncMode::Backfill,
        );
        assert_eq!(part.backfill.len(), 10);
        assert!(
            part.backfill
                .iter()
                .all(|pass| pass.filter().len() == pass.spaces.len())
        );
    }

    #[test]
    fn what_changed_is_asked_for_by_two_listings_at_most() {
        for (count, expected) in [(1, 1), (100, 1), (101, 2), (200, 2), (201, 1), (5_000, 1)] {
            let visible: Vec<_> = (0..count).map(|n| space(n, &format!("S{n}"))).collect();
            let marks = visible
                .iter()
                .map(|space| (space.id.clone(), watermark()))
                .collect();
            let plan = plan(&visible, &scope(&[], &["X"]), &marks, None, SyncMode::Delta);
            assert_eq!(plan.follow.len(), expected, "{count} spaces");
            let covered: usize = plan.follow.iter().map(|pass| pass.spaces.len()).sum();
            assert_eq!(covered, count);
        }
    }

    #[test]
    fn a_space_configured_by_name_that_nobody_sees_is_named() {
        let visible = [space(1, "ENG")];
        let scope = scope(&["eng", "LEGAL", "OLD*"], &[]);
        assert_eq!(scope.hidden(&visible).collect::<Vec<_>>(), ["LEGAL"]);
    }
}
