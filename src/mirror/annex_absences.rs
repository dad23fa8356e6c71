//! Sweeps comments and attachments: lists everything, and buries what is gone on the evidence of [`super::burial`].
//!
//! What hangs on content that is gone or missing itself is not looked into: it shares the fate of that. The rest is
//! asked for one by one, since the site takes no list of ids here; what was missing before comes first.

use std::collections::BTreeMap;

use tracing::{info, warn};

use crate::model::{AnnexKind, ContentStatus, Finding, FindingKind, SpaceId, SyncMode, Watermark};
use crate::store::Unsighted;

use super::annexes::{Item, ONE_BY_ONE};
use super::burial::{Absentee, Answer, Verdict, judge};
use super::plan::Pass;
use super::spaces::Spaces;
use super::{Error, Run, Source};

impl<S: Source> Run<'_, S> {
    /// Compares everything of a kind. A sweep that is cut short resumes; until it has reached its end it buries
    /// nothing.
    pub(super) async fn sweep_annexes(
        &mut self,
        kind: AnnexKind,
        pass: &Pass,
        spaces: &Spaces,
    ) -> Result<(), Error> {
        let Some((listed, is_whole)) = self.copy_annexes(kind, SyncMode::Sweep, pass, spaces).await? else {
            return Ok(());
        };
        let (store, cloud_id) = (&self.mirror.store, &self.mirror.site.cloud_id);
        let (unsighted, absent) = store
            .unsighted_annexes(cloud_id, kind, &pass.spaces, listed.pass, ONE_BY_ONE)
            .await?;
        let absentees = if unsighted.is_empty() {
            Vec::new()
        } else {
            self.probe_annexes(kind, unsighted, is_whole, spaces).await?
        };
        // Of a space in which a rule keeps apps out, silence proves nothing.
        let (absentees, _) = self.heed_rules(absentees).await?;
        let living = store.living_annexes(cloud_id, kind).await?;
        let now = self.mirror.clock.now();
        let guard = &self.mirror.options.guard;
        let verdict = judge(absentees, &absent, &living, guard, false, now);
        self.carry_out_on_annexes(kind, verdict, &living, spaces).await?;
        let Watermark(candidate) = listed.candidate;
        self.finish(kind, SyncMode::Sweep, pass, Some(Watermark(candidate)), None)
            .await
    }

    /// Asks the site for each absentee, between two proofs that the token still opens the site. What turns out to be
    /// alive is written; of the rest the site's answer is returned. Where the listing was not whole, silence is none.
    async fn probe_annexes(
        &mut self,
        kind: AnnexKind,
        unsighted: Vec<Unsighted>,
        is_whole: bool,
        spaces: &Spaces,
    ) -> Result<Vec<Absentee>, Error> {
        let opened = self.is_open().await?;
        let mut answers = Vec::with_capacity(unsighted.len());
        for absentee in unsighted {
            let item = self.mirror.source.annex(kind, &absentee.id).await?;
            match answer(item.as_ref()) {
                Some(answer) => answers.push(Absentee::on_living(absentee, answer)),
                None => drop(
                    self.apply_annexes(kind, item.into_iter().collect(), spaces, None)
                        .await?,
                ),
            }
        }
        let is_proven = is_whole && opened && self.is_open().await?;
        answers.retain(|absentee| is_proven || absentee.answer != Answer::Nothing);
        Ok(answers)
    }

    async fn carry_out_on_annexes(
        &mut self,
        kind: AnnexKind,
        verdict: Verdict,
        living: &BTreeMap<SpaceId, u64>,
        spaces: &Spaces,
    ) -> Result<(), Error> {
        let now = self.mirror.clock.now();
        let (store, cloud_id) = (&self.mirror.store, &self.mirror.site.cloud_id);
        if !verdict.watch.is_empty() {
            let (count, what) = (verdict.watch.len(), kind.listing());
            info!(count, "{count} {what} are missing; the next sweep looks again");
            store
                .mark_annexes_missing(cloud_id, kind, verdict.watch, now)
                .await?;
        }
        for (reason, ids) in verdict.bury {
            self.counts.buried += store.bury_annexes(cloud_id, kind, ids, reason, now).await?;
        }
        let free = spaces
            .covered
            .iter()
            .filter(|(id, _)| !verdict.held.contains_key(*id));
        let free = free.map(|(_, key)| (FindingKind::DeletionGuard, guarded(kind, key.as_str())));
        store.close_findings(cloud_id, free.collect(), now).await?;
        let held = verdict.held.iter().map(|(space, count)| {
            let key = spaces
                .key(space)
                .map_or_else(|| space.to_string(), ToString::to_string);
            held(kind, &key, *count, living.get(space).copied().unwrap_or_default())
        });
        self.record_findings(held.collect()).await?;
        Ok(())
    }
}

/// What a single answer says of something that the listing lacked; nothing if it is there after all.
fn answer(item: Option<&Item>) -> Option<Answer> {
    match item {
        None => Some(Answer::Nothing),
        Some(Ok(annex)) => match annex.status {
            ContentStatus::Trashed => Some(Answer::Trashed),
            ContentStatus::Other(_) => Some(Answer::Nothing),
            ContentStatus::Current | ContentStatus::Archived => None,
        },
        // There, though it cannot be read.
        Some(Err(_)) => None,
    }
}

/// What findings call the burials of a kind in a space.
fn guarded(kind: AnnexKind, key: &str) -> String {
    format!("{} of {key}", kind.listing())
}

fn held(kind: AnnexKind, key: &str, count: u64, living: u64) -> Finding {
    let what = kind.listing();
    warn!(
        space.key = key,
        count, "the deletion guard holds the burial of {count} of {living} {what} of space {key}"
    );
    Finding {
        kind: FindingKind::DeletionGuard,
        subject: guarded(kind, key),
        content: None,
        space: None,
        detail: format!(
            "{count} of {living} {what} of space {key} are gone, more than the deletion guard lets through; \
             `millpond sync --sweep --accept-deletions` buries them"
        ),
    }
}
