//! The engine: what to fetch, in which order, and when it is done.
//!
//! A run lists the site's spaces, plans its passes over them ([`plan`]), walks each pass's listing and applies what
//! it finds, batch by batch. Four rules keep the mirror right whatever interrupts a run:
//!
//! - A batch and the checkpoint behind it are one transaction.
//! - A watermark is set once, when its pass has reached its end, and compared inclusively: two pages can carry the
//!   same instant.
//! - Whatever could not be mirrored is an open finding, and every run begins by trying the open findings again.
//! - Absence is no proof: only a listing that reached its end may bury, and only on the evidence of [`burial`].
//!
//! What changed comes first. Copying and sweeping come after it, in as many runs as their points take ([`allowance`],
//! [`round`]). What the grant does not reach is a finding as well ([`refusal`]), and the run goes on with what it does
//! reach.

mod absences;
mod allowance;
mod annex_absences;
mod annexes;
mod apply;
mod backfill;
mod burial;
mod delta;
mod details;
mod error;
mod files;
mod history;
mod homes;
mod label_price;
mod labels;
mod listing;
mod plan;
mod query;
mod refusal;
mod render;
mod rerender;
mod retry;
mod round;
mod run;
mod source;
mod spaces;
mod stubs;
mod sweep;
mod users;
mod walk;

use std::collections::BTreeSet;

use tokio_util::sync::CancellationToken;
use tracing::{Instrument, debug, info, info_span};

pub use burial::Guard;
pub use error::Error;
pub use files::Files;
pub use history::History;
pub use plan::Scope;
pub use rerender::{Rerendered, outdated, rerender};
pub use source::Source;

use crate::confluence::ErrorKind;
use crate::model::{
    AnnexKind, Clock, ContentKind, Counts, Domain, ListedKind, Outcome, RunId, Site, SyncMode, Timestamp,
};
use crate::store::{self, Store};

use run::Run;

/// The API lists at most this many items in one answer, and takes as many ids in one filter.
const PAGE_SIZE: u16 = 250;

/// What to mirror of a site, and how carefully.
#[derive(Clone, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a kind of content that a person asks for or not, whatever the others are"
)]
pub struct Options {
    /// Which spaces.
    pub scope: Scope,
    /// Which kinds of content that the site lists: pages, blog posts.
    pub kinds: Vec<ContentKind>,
    /// Which kinds of what hangs on content.
    pub annexes: Vec<AnnexKind>,
    /// Which files of attachments to download; nothing for none.
    pub files: Option<Files>,
    /// Whether to mirror folders, whiteboards, databases and smart links.
    pub stubs: bool,
    /// Whether to mirror the labels of content.
    pub labels: bool,
    /// Which properties of content to mirror, by key.
    pub properties: Vec<String>,
    /// Whether to mirror who may read content.
    pub restrictions: bool,
    /// Whether to look up the names of authors and editors.
    pub users: bool,
    /// What a sweep may bury.
    pub guard: Guard,
}

/// How a run ended and what it did.
#[derive(Debug)]
pub struct Summary {
    /// The run's number in the mirror.
    pub run: RunId,
    /// What the run was: a first copy may have been asked for as a delta.
    pub mode: SyncMode,
    /// How it ended.
    pub outcome: Outcome,
    /// What it did.
    pub counts: Counts,
    /// Why it did not complete, if the site or the grant is the reason.
    pub error: Option<Error>,
}

/// What a run tells whoever watches it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Advance {
    /// A page of a listing has come in.
    Listed {
        /// What the pass at work does.
        mode: SyncMode,
        /// What it lists.
        kind: ListedKind,
        /// Items that the pass has handled, those before a resumed checkpoint included.
        items: u64,
    },
    /// The run has ended.
    Ended,
}

/// Watches a run.
pub type Watch<'a> = &'a (dyn Fn(Advance) + Send + Sync);

/// Keeps one site's mirror equal to the site.
#[derive(Debug)]
pub struct Mirror<S> {
    source: S,
    store: Store,
    site: Site,
    options: Options,
    clock: Clock,
}

impl<S: Source> Mirror<S> {
    /// A mirror of `site`, fed by `source` into `store`.
    pub fn new(source: S, store: Store, site: Site, options: Options, clock: Clock) -> Self {
        Self {
            source,
            store,
            site,
            options,
            clock,
        }
    }

    /// Whether sweeps bury whatever the evidence allows, however much of a space it is: a person has looked at it.
    pub fn accept_deletions(&mut self, yes: bool) {
        self.options.guard.is_lifted = yes;
    }

    /// How many requests were sent on its behalf.
    pub fn requests(&self) -> u64 {
        self.source.spent().requests
    }

    /// The site.
    pub fn site(&self) -> &Site {
        &self.site
    }

    /// Does one run and records it. Spaces that were never copied to the end are copied first, whatever the mode.
    ///
    /// Expected endings are outcomes; only a database that cannot be used is an error. When `stop` is cancelled the
    /// run ends at once, and the next one goes on from its checkpoint.
    pub async fn run(
        &self,
        wanted: SyncMode,
        stop: &CancellationToken,
        watch: Watch<'_>,
    ) -> Result<Summary, Error> {
        self.store
            .register_site(self.site.clone(), self.clock.now())
            .await?;
        let mode = self.mode(wanted).await?;
        let run = self
            .store
            .begin_run(&self.site.cloud_id, mode, self.clock.now())
            .await?;
        let span = info_span!("run", run.id = run.0, connection = %self.site.domain, mode = mode.as_str());
        let summary = self.record(run, mode, stop, watch).instrument(span).await;
        watch(Advance::Ended);
        summary
    }

    /// A run over a site without a single watermark is a backfill, whatever was asked for.
    async fn mode(&self, wanted: SyncMode) -> Result<SyncMode, Error> {
        for kind in &self.options.kinds {
            if !self
                .store
                .watermarks(&self.site.cloud_id, *kind)
                .await?
                .is_empty()
            {
                return Ok(wanted);
            }
        }
        Ok(SyncMode::Backfill)
    }

    async fn record(
        &self,
        run: RunId,
        mode: SyncMode,
        stop: &CancellationToken,
        watch: Watch<'_>,
    ) -> Result<Summary, Error> {
        let before = self.source.spent();
        let mut at_work = Run {
            mirror: self,
            id: run,
            mode,
            counts: Counts::default(),
            unfinished: None,
            asked_for: BTreeSet::new(),
            refused: BTreeSet::new(),
            watch,
        };
        let ended = tokio::select! {
            biased;
            () = stop.cancelled() => None,
            ended = at_work.all() => Some(ended),
        };
        let (mut counts, unfinished) = (at_work.counts, at_work.unfinished);
        let after = self.source.spent();
        counts.requests = after.requests - before.requests;
        counts.points = after.points - before.points;

        let (outcome, error) = match (ended, unfinished) {
            (None, _) => (Outcome::Interrupted, None),
            (Some(Ok(())), Some(until)) => (Outcome::Unfinished { until }, None),
            (Some(Ok(())), None) if self.has_findings().await? => (Outcome::Partial, None),
            (Some(Ok(())), None) => (Outcome::Complete, None),
            (Some(Err(error)), _) => (outcome(&error), Some(error)),
        };
        let detail = error.as_ref().map(describe);
        if let Some(spending) = self.source.spending() {
            self.store.note_spending(spending).await?;
        }
        self.store
            .finish_run(run, outcome, counts, detail, self.clock.now())
            .await?;
        report(&self.site.domain, mode, outcome, &counts);
        self.store.merge_index(|| !stop.is_cancelled()).await?;
        self.store.rest().await?;
        match error {
            Some(error) if error.is_of_the_disk() => Err(error),
            error => Ok(Summary {
                run,
                mode,
                outcome,
                counts,
                error,
            }),
        }
    }

    /// When the last run of each kind that did its work began.
    pub async fn last_runs(&self) -> Result<Vec<(SyncMode, Timestamp)>, Error> {
        self.store
            .register_site(self.site.clone(), self.clock.now())
            .await?;
        Ok(self.store.last_runs(&self.site.cloud_id).await?)
    }

    async fn has_findings(&self) -> Result<bool, store::Error> {
        Ok(!self.store.open_findings(&self.site.cloud_id).await?.is_empty())
    }
}

/// Says how a run ended. One that found nothing new is not worth a line at the usual level: a quiet day is quiet.
fn report(domain: &Domain, mode: SyncMode, outcome: Outcome, counts: &Counts) {
    let Counts {
        seen,
        added,
        changed,
        buried,
        requests,
        points,
        ..
    } = *counts;
    let ended = outcome.as_str();
    if outcome == Outcome::Complete && mode == SyncMode::Delta && added + changed == 0 {
        debug!(seen, requests, points, "{mode} of {domain}: nothing new");
    } else {
        info!(
            seen,
            added,
            changed,
            buried,
            requests,
            points,
            "{mode} of {domain} {ended}: {added} added, {changed} changed, {buried} buried"
        );
    }
}

/// What an error means for the run that met it.
fn outcome(error: &Error) -> Outcome {
    match error {
        Error::Remote(error) => match &error.kind {
            ErrorKind::RateLimited { until } | ErrorKind::PointsSpent { until } => {
                Outcome::Deferred { until: *until }
            }
            ErrorKind::Auth(error) if error.needs_consent() => Outcome::NeedsConsent,
            _ => Outcome::Failed,
        },
        Error::TooEarly { until } => Outcome::Deferred { until: *until },
        Error::Store(_) | Error::Render(_) | Error::File { .. } => Outcome::Failed,
    }
}

/// The error and its causes in one line.
pub(crate) fn describe(error: &Error) -> String {
    let mut causes = vec![error.to_string()];
    let mut next = std::error::Error::source(error);
    while let Some(cause) = next {
        causes.push(cause.to_string());
        next = cause.source();
    }
    causes.join(": ")
}
