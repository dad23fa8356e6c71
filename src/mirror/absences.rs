//! Looks into what a complete listing lacked, and carries out the verdict of [`super::burial`].

use std::collections::{BTreeMap, BTreeSet, HashMap};

use tracing::{info, warn};

use crate::confluence::{ErrorKind, Order};
use crate::model::{ContentId, ContentKind, ContentStatus, Finding, FindingKind, RunId, SpaceId};
use crate::store::Unsighted;

use super::apply::{Item, listing};
use super::burial::{Absentee, Answer, Verdict, judge};
use super::spaces::Spaces;
use super::{Error, PAGE_SIZE, Run, Source};

/// How much is looked into at once: a space that vanished may have held a million pages.
const AT_ONCE: usize = 2_000;

impl<S: Source> Run<'_, S> {
    /// Looks into what the pass did not sight of a kind in these spaces, whose listing has reached its end. Unless it was
    /// whole, only the site's own word counts.
    pub(super) async fn look_into_absences(
        &mut self,
        kind: ContentKind,
        (of, pass_id, is_whole): (&[SpaceId], RunId, bool),
        spaces: &Spaces,
    ) -> Result<(), Error> {
        let (store, cloud_id) = (&self.mirror.store, &self.mirror.site.cloud_id);
        let absent = store.count_unsighted(cloud_id, kind, of, pass_id).await?;
        let absent = if absent.values().sum::<u64>() > AT_ONCE as u64 {
            absent
        } else {
            // Of few, only those count that turn out not to be there.
            BTreeMap::new()
        };
        let living = self.living_beside(kind).await?;
        let is_search = self.mirror.source.finds_by_search();
        let mut held_back = BTreeMap::new();
        let mut blocked = BTreeMap::new();
        let mut after = 0;
        loop {
            let place = (after, AT_ONCE);
            let unsighted = store.unsighted(cloud_id, kind, of, pass_id, place).await?;
            let Some(last) = unsighted.last() else { break };
            after = last.row;
            let absentees = self.probe(kind, unsighted, is_whole, spaces).await?;
            let (absentees, silenced) = self.heed_rules(absentees).await?;
            blocked.extend(silenced);
            let verdict = self.judge(absentees, &absent, &living);
            held_back.extend(verdict.held.clone());
            self.carry_out(verdict).await?;
        }
        let mut findings: Vec<_> = held_back
            .iter()
            .map(|(space, count)| {
                let living = living.get(space).copied().unwrap_or_default();
                held(kind, space, spaces, (*count, living), is_search)
            })
            .collect();
        findings.extend(
            blocked
                .iter()
                .map(|(space, why)| unproven(kind, space, spaces, why)),
        );
        self.report(kind, of, findings, spaces).await
    }

    fn judge(
        &self,
        absentees: Vec<Absentee>,
        absent: &BTreeMap<SpaceId, u64>,
        living: &BTreeMap<SpaceId, u64>,
    ) -> Verdict {
        let guard = &self.mirror.options.guard;
        let is_search = self.mirror.source.finds_by_search();
        judge(
            absentees,
            absent,
            living,
            guard,
            is_search,
            self.mirror.clock.now(),
        )
    }

    /// What became of spaces that the account saw once and does not see any more. Those that the site has in its
    /// trash are gone by its own word; of the others every page is asked for.
    pub(super) async fn look_into_lost_spaces(&mut self, spaces: &Spaces) -> Result<(), Error> {
        let lost: Vec<SpaceId> = spaces.lost.keys().cloned().collect();
        let mut trashed = Vec::new();
        for some in lost.chunks(PAGE_SIZE.into()) {
            let batch = self.mirror.source.trashed_spaces(some).await?;
            trashed.extend(batch.items.into_iter().flatten());
        }
        let (store, cloud_id) = (&self.mirror.store, &self.mirror.site.cloud_id);
        let now = self.mirror.clock.now();
        let ids: BTreeSet<_> = trashed.iter().map(|space| space.id.clone()).collect();
        store.apply_spaces(cloud_id, trashed, now).await?;
        let stubs = self.mirror.options.stubs.then_some(ContentKind::STUBS);
        let kinds = self.mirror.options.kinds.iter().copied();
        let kinds: Vec<_> = kinds.chain(stubs.into_iter().flatten()).collect();
        for kind in kinds {
            for space in &lost {
                let ended = if ids.contains(space) {
                    self.bury_space(kind, space, spaces).await
                } else {
                    let of = (std::slice::from_ref(space), self.id, true);
                    self.look_into_absences(kind, of, spaces).await
                };
                self.unless_refused(listing(kind), ended).await?;
            }
        }
        Ok(())
    }

    /// How much of each space is alive here. Beside stubs, all the rest counts: a space that has lost its only folder
    /// is not empty.
    async fn living_beside(&self, kind: ContentKind) -> Result<BTreeMap<SpaceId, u64>, Error> {
        let (store, cloud_id) = (&self.mirror.store, &self.mirror.site.cloud_id);
        let mut living = store.living(cloud_id, kind).await?;
        let beside = [ContentKind::Page, ContentKind::BlogPost].into_iter();
        for other in beside.chain(ContentKind::STUBS) {
            if kind.is_stub() && other != kind {
                for (space, count) in store.living(cloud_id, other).await? {
                    *living.entry(space).or_default() += count;
                }
            }
        }
        Ok(living)
    }

    /// Buries what a space held that is in the trash, as far as the guard lets it through.
    async fn bury_space(&mut self, kind: ContentKind, space: &SpaceId, spaces: &Spaces) -> Result<(), Error> {
        let (store, cloud_id) = (&self.mirror.store, &self.mirror.site.cloud_id);
        let of = std::slice::from_ref(space);
        let living = store.count_unsighted(cloud_id, kind, of, self.id).await?;
        let mut held_back = BTreeMap::new();
        let mut after = 0;
        loop {
            let place = (after, AT_ONCE);
            let some = store.unsighted(cloud_id, kind, of, self.id, place).await?;
            let Some(last) = some.last() else { break };
            after = last.row;
            let absentees = some.into_iter();
            let absentees = absentees.map(|content| Absentee::new(content, Answer::SpaceTrashed));
            let verdict = self.judge(absentees.collect(), &living, &living);
            held_back.extend(verdict.held.clone());
            self.carry_out(verdict).await?;
        }
        let findings = held_back
            .iter()
            .map(|(space, count)| held(kind, space, spaces, (*count, *count), false));
        let findings = findings.collect();
        self.report(kind, of, findings, spaces).await
    }

    /// Asks the site for each absentee by id, between two proofs that the token still opens the site. What turns
    /// out to be alive is fetched; of the rest the site's answer is returned.
    async fn probe(
        &mut self,
        kind: ContentKind,
        unsighted: Vec<Unsighted>,
        is_whole: bool,
        spaces: &Spaces,
    ) -> Result<Vec<Absentee>, Error> {
        let ids: Vec<_> = unsighted.iter().map(|absentee| absentee.id.clone()).collect();
        let opened = self.is_open().await?;
        let mut found = HashMap::new();
        for some in ids.chunks(PAGE_SIZE.into()) {
            for item in self.fetch_by_id(kind, some, false).await? {
                found.extend(identify(item, spaces));
            }
        }
        let is_proven = is_whole && opened && self.is_open().await?;

        let alive: Vec<_> = ids
            .into_iter()
            .filter(|id| matches!(found.get(id), Some(Found::Alive)))
            .collect();
        self.fetch_and_apply(kind, &alive, spaces).await?;
        let answer = |absentee: Unsighted| {
            let answer = match found.get(&absentee.id) {
                Some(Found::Absent(answer)) => *answer,
                None if is_proven => Answer::Nothing,
                Some(Found::Alive) | None => return None,
            };
            Some(Absentee::new(absentee, answer))
        };
        Ok(unsighted.into_iter().filter_map(answer).collect())
    }

    /// Whether the account still sees any space. Without a token that does, silence means nothing.
    pub(super) async fn is_open(&self) -> Result<bool, Error> {
        let source = &self.mirror.source;
        let spaces = match source.spaces(Order::Id, None).await {
            Err(error) if error.is_about_an_item() => source.spaces(Order::LastIdFirst, None).await?,
            answer => answer?,
        };
        Ok(!spaces.items.is_empty())
    }

    /// Leaves out the silence of spaces in which a rule keeps apps from content, or may do so: there it proves nothing.
    /// Returns those spaces, and why.
    pub(super) async fn heed_rules(
        &self,
        absentees: Vec<Absentee>,
    ) -> Result<(Vec<Absentee>, BTreeMap<SpaceId, String>), Error> {
        let silent = absentees
            .iter()
            .filter(|absentee| absentee.answer == Answer::Nothing);
        let silent: BTreeSet<SpaceId> = silent.map(|absentee| absentee.space.clone()).collect();
        let silent: Vec<_> = silent.into_iter().collect();
        let mut blocked = BTreeMap::new();
        for some in silent.chunks(PAGE_SIZE.into()) {
            match self.mirror.source.blocked_spaces(some).await {
                Ok(spaces) => blocked.extend(spaces.into_iter().map(|space| (space, A_RULE.to_owned()))),
                Err(error)
                    if error.is_refusal()
                        || matches!(error.kind, ErrorKind::NotFound | ErrorKind::Status { .. }) =>
                {
                    let why = format!("the site does not say whether a rule hides content: {error}");
                    blocked.extend(some.iter().map(|space| (space.clone(), why.clone())));
                }
                Err(error) => return Err(error.into()),
            }
        }
        let speaks = |absentee: &Absentee| {
            absentee.answer != Answer::Nothing || !blocked.contains_key(&absentee.space)
        };
        Ok((absentees.into_iter().filter(speaks).collect(), blocked))
    }

    async fn carry_out(&mut self, verdict: Verdict) -> Result<(), Error> {
        let now = self.mirror.clock.now();
        let (store, cloud_id) = (&self.mirror.store, &self.mirror.site.cloud_id);
        if !verdict.watch.is_empty() {
            let count = verdict.watch.len();
            info!(count, "{count} pages are missing; the next sweep looks again");
            store.mark_missing(cloud_id, verdict.watch, now).await?;
        }
        for (reason, ids) in verdict.bury {
            self.counts.buried += store.bury(cloud_id, ids, reason, now).await?;
        }
        Ok(())
    }

    /// Opens findings about absences in these spaces, and says so in the log where they are new. Those of earlier
    /// sweeps that are settled are closed.
    async fn report(
        &mut self,
        kind: ContentKind,
        of: &[SpaceId],
        findings: Vec<Finding>,
        spaces: &Spaces,
    ) -> Result<(), Error> {
        let is_open = |kind, subject: &str| {
            let same = |finding: &Finding| finding.kind == kind && finding.subject == subject;
            findings.iter().any(same)
        };
        let settled = of.iter().flat_map(|space| {
            let subject = subject(kind, space, spaces);
            [FindingKind::DeletionGuard, FindingKind::ContentBlocked].map(|kind| (kind, subject.clone()))
        });
        let settled = settled
            .filter(|(kind, subject)| !is_open(*kind, subject))
            .collect();
        let (store, cloud_id) = (&self.mirror.store, &self.mirror.site.cloud_id);
        store
            .close_findings(cloud_id, settled, self.mirror.clock.now())
            .await?;
        for finding in self.record_findings(findings).await? {
            warn!(subject = finding.subject, "{}", finding.detail);
        }
        Ok(())
    }
}

/// Why silence proves nothing where apps are kept out.
const A_RULE: &str = "a rule of the site keeps apps from some of its content";

/// What a probe by id says of one piece of content.
enum Found {
    Alive,
    Absent(Answer),
}

fn identify(item: Item, spaces: &Spaces) -> Option<(ContentId, Found)> {
    match item {
        Ok(content) => {
            let found = match content.status {
                ContentStatus::Trashed => Found::Absent(Answer::Trashed),
                ContentStatus::Other(_) => Found::Absent(Answer::Nothing),
                _ if spaces.is_left_out(&content.space) => Found::Absent(Answer::OutOfScope),
                _ => Found::Alive,
            };
            Some((content.id, found))
        }
        // There, though it cannot be read.
        Err(rejected) => rejected.id.map(|id| (id, Found::Alive)),
    }
}

/// What findings about absences in a space are about.
fn subject(kind: ContentKind, space: &SpaceId, spaces: &Spaces) -> String {
    format!("{} {}", spaces.name(space), listing(kind))
}

fn held(
    kind: ContentKind,
    space: &SpaceId,
    spaces: &Spaces,
    (count, living): (u64, u64),
    is_search: bool,
) -> Finding {
    let name = spaces.name(space);
    let what = listing(kind);
    let why = if is_search {
        "are not found by the search, which proves nothing; if they are gone,"
    } else {
        "are gone, more than the deletion guard lets through;"
    };
    Finding {
        kind: FindingKind::DeletionGuard,
        subject: subject(kind, space, spaces),
        content: None,
        space: Some(space.clone()),
        detail: format!(
            "{count} of {living} {what} of space {name} {why} `millpond sync --accept-deletions` buries them"
        ),
    }
}

fn unproven(kind: ContentKind, space: &SpaceId, spaces: &Spaces, why: &str) -> Finding {
    let name = spaces.name(space);
    let what = listing(kind);
    Finding {
        kind: FindingKind::ContentBlocked,
        subject: subject(kind, space, spaces),
        content: None,
        space: Some(space.clone()),
        detail: format!("{what} of space {name} are missing, which proves nothing: {why}; nothing is buried"),
    }
}
