//! What the grant or its account cannot reach: a finding, and no failure. The run goes on with the rest.

use std::collections::BTreeSet;

use tracing::warn;

use crate::confluence::{self, ErrorKind};
use crate::model::{Finding, FindingKind, SyncMode};

use super::{Error, Run, Source};

/// What the finding calls all that a search stands in for.
const LISTINGS: &str = "listings";

const BY_SEARCH: &str = "the consent has classic scopes only, so content is found by search: 50 pages a request instead of \
                         250, changes when the index has them, and what is missing is not buried unasked; \
                         `millpond doctor` says which scopes end that";

impl<S: Source> Run<'_, S> {
    /// Takes what came of the work on a listing. A listing that was refused is an open finding until its work gets
    /// done; nothing else comes of it, so what the mirror has of it stays, its watermark and checkpoint too.
    ///
    /// Returns what the work brought, and nothing where it was refused. Every kind of content goes through here:
    ///
    /// ```ignore
    /// let ended = self.mirror_kind(kind, &spaces).await;
    /// self.unless_refused("blogposts", ended).await?;
    /// ```
    pub(super) async fn unless_refused<T>(
        &mut self,
        listing: &'static str,
        ended: Result<T, Error>,
    ) -> Result<Option<T>, Error> {
        self.asked_for.insert(listing);
        match ended {
            Err(Error::Remote(error)) if error.is_refusal() || error.is_about_an_item() => {
                let opened = self.record_findings(vec![refused(listing, &error)]).await?;
                self.refused.insert(listing.to_owned());
                // Once is enough: `status` has it from then on.
                if !opened.is_empty() {
                    warn!("{listing} cannot be mirrored: {error}");
                }
                Ok(None)
            }
            Ok(done) => {
                self.close_refusals(vec![listing.to_owned()]).await?;
                Ok(Some(done))
            }
            Err(error) => Err(error),
        }
    }

    /// What earlier runs found refused.
    pub(super) async fn recall_refusals(&mut self) -> Result<(), Error> {
        let (store, cloud_id) = (&self.mirror.store, &self.mirror.site.cloud_id);
        let open = store.open_findings(cloud_id).await?.into_iter();
        let refusals =
            open.filter(|finding| finding.kind == FindingKind::Refused && finding.content.is_none());
        self.refused = refusals.map(|finding| finding.subject).collect();
        Ok(())
    }

    /// Closes what earlier runs found refused and nobody asks for any more, because the configuration changed. A
    /// delta may ask for less than other runs do.
    pub(super) async fn settle_refusals(&mut self) -> Result<(), Error> {
        if self.mode == SyncMode::Delta {
            return Ok(());
        }
        let unasked = unasked(&self.refused, &self.asked_for);
        self.close_refusals(unasked).await
    }

    /// What a search costs and misses is an open finding for as long as the grant allows no more.
    pub(super) async fn note_search(&mut self) -> Result<(), Error> {
        if !self.mirror.source.finds_by_search() {
            return self.close_refusals(vec![LISTINGS.to_owned()]).await;
        }
        self.asked_for.insert(LISTINGS);
        let finding = Finding {
            kind: FindingKind::Refused,
            subject: LISTINGS.to_owned(),
            content: None,
            space: None,
            detail: BY_SEARCH.to_owned(),
        };
        self.refused.insert(LISTINGS.to_owned());
        if !self.record_findings(vec![finding]).await?.is_empty() {
            warn!("{BY_SEARCH}");
        }
        Ok(())
    }

    async fn close_refusals(&mut self, mut subjects: Vec<String>) -> Result<(), Error> {
        // Most runs have nothing to close, and are spared the transactions.
        subjects.retain(|subject| self.refused.remove(subject));
        let (store, cloud_id) = (&self.mirror.store, &self.mirror.site.cloud_id);
        let subjects = subjects
            .into_iter()
            .map(|subject| (FindingKind::Refused, subject));
        store
            .close_findings(cloud_id, subjects.collect(), self.mirror.clock.now())
            .await?;
        Ok(())
    }
}

/// The listings that were refused once and that this run did not ask for.
fn unasked(refused: &BTreeSet<String>, asked_for: &BTreeSet<&'static str>) -> Vec<String> {
    let unasked = refused
        .iter()
        .filter(|subject| !asked_for.contains(subject.as_str()));
    unasked.cloned().collect()
}

fn refused(listing: &'static str, error: &confluence::Error) -> Finding {
    let remedy = match error.kind {
        ErrorKind::ScopeMismatch { .. } => {
            "allow it to the app or token, then connect again; `millpond doctor` says how"
        }
        ErrorKind::ItemRefused { .. } => "the site itself is in trouble there; the next run tries again",
        _ => "let the account see it, or take it out of the configuration",
    };
    Finding {
        kind: FindingKind::Refused,
        subject: listing.to_owned(),
        content: None,
        space: None,
        detail: format!("{listing} cannot be mirrored: {}; {remedy}", error.in_full()),
    }
}
