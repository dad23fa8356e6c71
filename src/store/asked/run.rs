//! What is asked of the store about runs, and what they could not mirror.

use crate::model::{CloudId, Counts, Finding, FindingKind, Outcome, RunId, SyncMode, Timestamp};

use crate::store::{Error, Store, findings, runs, sites};

impl Store {
    /// Until when the site asked its last run to wait.
    pub async fn deferred_until(&self, site: &CloudId) -> Result<Option<Timestamp>, Error> {
        let site = site.clone();
        self.writer
            .transaction("read how the last run ended", move |tx| {
                let site = sites::number(tx, &site)?;
                runs::deferred_until(tx, site)
            })
            .await
    }

    /// Begins a run.
    pub async fn begin_run(&self, site: &CloudId, mode: SyncMode, at: Timestamp) -> Result<RunId, Error> {
        let site = site.clone();
        self.writer
            .transaction("begin a run", move |tx| {
                let site = sites::number(tx, &site)?;
                runs::begin(tx, site, mode, at)
            })
            .await
    }

    /// Records how a run ended and what it did.
    pub async fn finish_run(
        &self,
        run: RunId,
        outcome: Outcome,
        counts: Counts,
        error: Option<String>,
        at: Timestamp,
    ) -> Result<(), Error> {
        self.writer
            .transaction("finish a run", move |tx| {
                runs::finish(tx, run, outcome, counts, error.as_deref(), at)
            })
            .await
    }

    /// When the last run of each mode that did its work began, oldest first.
    pub async fn last_runs(&self, site: &CloudId) -> Result<Vec<(SyncMode, Timestamp)>, Error> {
        let site = site.clone();
        self.writer
            .transaction("read the last runs", move |tx| {
                let site = sites::number(tx, &site)?;
                runs::last(tx, site)
            })
            .await
    }

    /// Marks the runs that a crash left running as interrupted, and says how many.
    pub async fn recover(&self, at: Timestamp) -> Result<u64, Error> {
        self.writer
            .transaction("recover from a crash", move |tx| runs::recover(tx, at))
            .await
    }

    /// Opens findings, or brings the open ones of the same kind and subject up to date. Returns those that it opened.
    pub async fn record_findings(
        &self,
        site: &CloudId,
        run: RunId,
        findings: Vec<Finding>,
        at: Timestamp,
    ) -> Result<Vec<Finding>, Error> {
        let site = site.clone();
        self.writer
            .transaction("record findings", move |tx| {
                let site = sites::number(tx, &site)?;
                findings::record(tx, site, run, &findings, at)
            })
            .await
    }

    /// Closes the open findings of these kinds and subjects.
    pub async fn close_findings(
        &self,
        site: &CloudId,
        subjects: Vec<(FindingKind, String)>,
        at: Timestamp,
    ) -> Result<(), Error> {
        if subjects.is_empty() {
            return Ok(());
        }
        let site = site.clone();
        self.writer
            .transaction("close findings", move |tx| {
                let site = sites::number(tx, &site)?;
                findings::close(tx, site, &subjects, at)
            })
            .await
    }

    /// The open findings, oldest first.
    pub async fn open_findings(&self, site: &CloudId) -> Result<Vec<Finding>, Error> {
        let site = site.clone();
        self.writer
            .transaction("read findings", move |tx| {
                let site = sites::number(tx, &site)?;
                findings::open(tx, site)
            })
            .await
    }
}
