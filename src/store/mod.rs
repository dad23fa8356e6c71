//! The mirror on disk: one SQLite file, one writer, readers that never wait for it.
//!
//! [`Store`] writes. It holds the instance lock and a thread that owns the only read-write connection; every
//! method is one transaction on that thread. [`Reader`] reads, in this process or any other, without the lock.
//! All SQL is in synchronous functions over a transaction, one file per topic.

mod alt;
mod annexes;
mod apply;
mod batch;
mod blobs;
mod bodies;
mod columns;
mod comments;
mod contents;
mod due;
mod error;
mod exports;
mod files;
mod filter;
mod findings;
mod fit;
mod flaws;
mod fold;
mod labels;
mod link_views;
mod links;
mod lock;
mod migrate;
mod open;
mod page_ref;
mod pages;
mod passage;
mod people;
mod progress;
mod query;
mod rank;
mod reader;
mod recent;
mod repair;
mod rerender;
mod rewrite;
mod rounds;
mod runs;
mod search;
mod sites;
mod snippet;
mod spending;
mod status;
mod suggest;
mod sweep;
mod texts;
mod threads;
mod titles;
mod tree;
mod versions;
mod writer;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::model::{
    AccountId, AnnexKind, Checkpoint, CloudId, ContentId, ContentKind, Counts, Detail, Domain,
    EarlierVersion, Finding, FindingKind, ListedKind, Outcome, RunId, Site, Space, SpaceId, SpaceKey,
    Spending, SyncMode, Timestamp, User, Watermark,
};

pub use batch::{
    AnnexBatch, AnnexWrite, Awaiting, ContentBatch, ContentWrite, Coverage, FinishedPass, Homes, LinkRow,
    LinkTarget, Options, Rendering, Rounds, Sighting, Unsighted,
};
pub use blobs::{Blobs, NewBlob};
pub use due::Due;
pub use error::Error;
pub use exports::{
    Edit, ExportComment, ExportFile, ExportLink, ExportPage, ExportScope, ExportSite, Whereabouts,
};
pub use files::WantedFile;
pub use flaws::{Depth, Flaw, FlawKind, Proven, Unproven};
pub use labels::LabelPass;
pub use link_views::{LinkScope, LinkView};
pub use migrate::migrations;
pub use page_ref::{InvalidPageRef, PageRef};
pub use pages::{Ancestor, Lookup, PageName, PageView, Tombstone};
pub use reader::Reader;
pub use recent::{Change, RecentQuery};
pub use rerender::{BodyPlace, Outdated, StoredBodies, StoredBody};
pub use search::{FoundIn, Hit, SearchQuery};
pub use status::{
    AnnexStatus, Completeness, FindingView, RunView, SiteStatus, SpaceStatus, SpaceView, Status, SweepStatus,
};
pub use suggest::Suggestions;
pub use threads::{AttachmentView, CommentView};
pub use tree::TreeNode;
pub use versions::VersionView;

use writer::Writer;

/// The mirror, for writing. Clones share it.
#[derive(Clone, Debug)]
pub struct Store {
    writer: Writer,
    dir: PathBuf,
}

impl Store {
    /// Takes the instance lock, opens or makes the database, and migrates it.
    pub async fn open(options: Options) -> Result<Self, Error> {
        let dir = options.dir;
        let start = {
            let dir = dir.clone();
            move || Writer::start(&dir)
        };
        let writer = tokio::task::spawn_blocking(start)
            .await
            .map_err(|_| Error::Closed)??;
        Ok(Self { writer, dir })
    }

    /// Waits for what was asked for, folds the log into the file and gives up the lock. Clones answer
    /// [`Error::Closed`] from then on.
    pub async fn close(self) -> Result<(), Error> {
        self.writer.close().await
    }

    /// Reads the mirror without waiting for the writer.
    pub fn reader(&self) -> Reader {
        Reader::new(&self.dir)
    }

    /// The state directory.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Makes the site known, or follows it to a new domain or name. Everything else needs this first.
    pub async fn register_site(&self, site: Site, at: Timestamp) -> Result<(), Error> {
        self.writer
            .transaction("register the site", move |tx| sites::register(tx, &site, at))
            .await
    }

    /// Removes the site at `domain` with everything that belongs to it, and says how much content that was; `None` if
    /// the mirror has no such site.
    pub async fn forget_site(&self, domain: &Domain) -> Result<Option<u64>, Error> {
        let domain = domain.to_string();
        self.writer
            .transaction("forget a site", move |tx| sites::forget(tx, &domain))
            .await
    }

    /// Writes the spaces that differ.
    pub async fn apply_spaces(
        &self,
        site: &CloudId,
        spaces: Vec<Space>,
        at: Timestamp,
    ) -> Result<Counts, Error> {
        let site = site.clone();
        self.writer
            .transaction("apply spaces", move |tx| {
                let site = sites::number(tx, &site)?;
                sites::apply_spaces(tx, site, &spaces, at)
            })
            .await
    }

    /// The spaces that hold living content here and are not among `visible`.
    pub async fn lost_spaces(
        &self,
        site: &CloudId,
        visible: Vec<SpaceId>,
    ) -> Result<Vec<(SpaceId, SpaceKey)>, Error> {
        let site = site.clone();
        self.writer
            .transaction("look for lost spaces", move |tx| {
                let site = sites::number(tx, &site)?;
                sites::lost_spaces(tx, site, &visible)
            })
            .await
    }

    /// Writes what differs, opens and closes findings, and notes the checkpoint: all in one transaction.
    ///
    /// Of the counts, only `added`, `changed`, `buried` and `findings` are filled in. Content that the site itself
    /// calls trashed is buried.
    pub async fn apply(&self, batch: ContentBatch) -> Result<Counts, Error> {
        self.writer
            .transaction("apply content", move |tx| apply::apply(tx, &batch))
            .await
    }

    /// Where the unfinished pass of that kind and mode resumes.
    pub async fn checkpoint(
        &self,
        site: &CloudId,
        kind: impl Into<ListedKind>,
        mode: SyncMode,
    ) -> Result<Option<Checkpoint>, Error> {
        let (site, kind) = (site.clone(), kind.into());
        self.writer
            .transaction("read a checkpoint", move |tx| {
                let site = sites::number(tx, &site)?;
                progress::checkpoint(tx, site, kind, mode)
            })
            .await
    }

    /// How far each space is mirrored. A space without a watermark awaits its backfill.
    pub async fn watermarks(
        &self,
        site: &CloudId,
        kind: impl Into<ListedKind>,
    ) -> Result<BTreeMap<SpaceId, Watermark>, Error> {
        let (site, kind) = (site.clone(), kind.into());
        self.writer
            .transaction("read watermarks", move |tx| {
                let site = sites::number(tx, &site)?;
                progress::watermarks(tx, site, kind)
            })
            .await
    }

    /// Advances the watermarks of a pass and drops its checkpoint, in one transaction.
    pub async fn finish_pass(&self, pass: FinishedPass) -> Result<(), Error> {
        self.writer
            .transaction("finish a pass", move |tx| progress::finish_pass(tx, &pass))
            .await
    }

    /// What is known of these spaces before a sweep, in order of id.
    pub async fn awaiting(
        &self,
        site: &CloudId,
        kind: ContentKind,
        spaces: &[SpaceId],
    ) -> Result<Vec<Awaiting>, Error> {
        let (site, spaces) = (site.clone(), spaces.to_vec());
        self.writer
            .transaction("look at the spaces before a sweep", move |tx| {
                let site = sites::number(tx, &site)?;
                rounds::awaiting(tx, site, kind, &spaces)
            })
            .await
    }

    /// The rounds of the site's sweeps; nothing before the first.
    pub async fn rounds(&self, site: &CloudId) -> Result<Option<Rounds>, Error> {
        let site = site.clone();
        self.writer
            .transaction("read the rounds of sweeps", move |tx| {
                let site = sites::number(tx, &site)?;
                rounds::rounds(tx, site)
            })
            .await
    }

    /// Begins a round of sweeps unless one is open, and says when the open one began.
    pub async fn begin_round(&self, site: &CloudId, at: Timestamp) -> Result<Timestamp, Error> {
        let site = site.clone();
        self.writer
            .transaction("begin a round of sweeps", move |tx| {
                let site = sites::number(tx, &site)?;
                rounds::begin(tx, site, at)
            })
            .await
    }

    /// Ends the open round: every space was swept since it began.
    pub async fn complete_round(&self, site: &CloudId, at: Timestamp) -> Result<(), Error> {
        let site = site.clone();
        self.writer
            .transaction("complete a round of sweeps", move |tx| {
                let site = sites::number(tx, &site)?;
                rounds::complete(tx, site, at)
            })
            .await
    }

    /// Takes note of what an app has spent of its points.
    pub async fn note_spending(&self, spending: Spending) -> Result<(), Error> {
        self.writer
            .transaction("note the points spent", move |tx| spending::note(tx, &spending))
            .await
    }

    /// What an app was last known to have spent of its points.
    pub async fn spending(&self, app: &str) -> Result<Option<Spending>, Error> {
        let app = app.to_owned();
        self.writer
            .transaction("read the points spent", move |tx| spending::of(tx, &app))
            .await
    }

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

    /// Stamps content as seen by a pass, and returns the ids of what is unknown here, differs, or is buried here
    /// and alive there. The content's own absence ends with it.
    pub async fn sight(
        &self,
        site: &CloudId,
        pass: RunId,
        sightings: Vec<Sighting>,
    ) -> Result<Vec<ContentId>, Error> {
        let site = site.clone();
        self.writer
            .transaction("compare a listing", move |tx| {
                let site = sites::number(tx, &site)?;
                sweep::sight(tx, site, pass, &sightings)
            })
            .await
    }

    /// What lives here, in these spaces, and was neither sighted nor written since the pass began.
    pub async fn unsighted(
        &self,
        site: &CloudId,
        kind: ContentKind,
        spaces: &[SpaceId],
        pass: RunId,
    ) -> Result<Vec<Unsighted>, Error> {
        let (site, spaces) = (site.clone(), spaces.to_vec());
        self.writer
            .transaction("find what a pass did not see", move |tx| {
                let site = sites::number(tx, &site)?;
                sweep::unsighted(tx, site, kind, &spaces, pass)
            })
            .await
    }

    /// How much of each space is alive here.
    pub async fn living(&self, site: &CloudId, kind: ContentKind) -> Result<BTreeMap<SpaceId, u64>, Error> {
        let site = site.clone();
        self.writer
            .transaction("count the living", move |tx| {
                let site = sites::number(tx, &site)?;
                sweep::living(tx, site, kind)
            })
            .await
    }

    /// Notes that a complete listing lacked this content. An earlier note stands.
    pub async fn mark_missing(
        &self,
        site: &CloudId,
        ids: Vec<ContentId>,
        at: Timestamp,
    ) -> Result<(), Error> {
        let site = site.clone();
        self.writer
            .transaction("mark content as missing", move |tx| {
                let site = sites::number(tx, &site)?;
                sweep::mark_missing(tx, site, &ids, at)
            })
            .await
    }

    /// Makes tombstones of what is not one yet, and says how many.
    pub async fn bury(
        &self,
        site: &CloudId,
        ids: Vec<ContentId>,
        reason: &'static str,
        at: Timestamp,
    ) -> Result<u64, Error> {
        let site = site.clone();
        self.writer
            .transaction("bury content", move |tx| {
                let site = sites::number(tx, &site)?;
                sweep::bury(tx, site, &ids, reason, at)
            })
            .await
    }

    /// Writes the comments or attachments that differ, opens and closes findings, and notes the checkpoint: all in
    /// one transaction. The counts are as those of [`Self::apply`].
    pub async fn apply_annexes(&self, batch: AnnexBatch) -> Result<Counts, Error> {
        self.writer
            .transaction("apply comments or attachments", move |tx| {
                annexes::apply(tx, &batch)
            })
            .await
    }

    /// Where comments and attachments that name these pages and parents belong.
    pub async fn homes(
        &self,
        site: &CloudId,
        pages: Vec<ContentId>,
        parents: Vec<ContentId>,
    ) -> Result<Homes, Error> {
        let site = site.clone();
        self.writer
            .transaction("place comments or attachments", move |tx| {
                let site = sites::number(tx, &site)?;
                annexes::homes(tx, site, &pages, &parents)
            })
            .await
    }

    /// When the oldest living content of each space was created.
    pub async fn eldest_content(&self, site: &CloudId) -> Result<BTreeMap<SpaceId, Timestamp>, Error> {
        let site = site.clone();
        self.writer
            .transaction("find the oldest content", move |tx| {
                let site = sites::number(tx, &site)?;
                annexes::eldest(tx, site)
            })
            .await
    }

    /// The comments or attachments that live here, on living content of these spaces, and were not seen since the
    /// pass began. Those that were missing before come first.
    pub async fn unsighted_annexes(
        &self,
        site: &CloudId,
        kind: AnnexKind,
        spaces: &[SpaceId],
        pass: RunId,
    ) -> Result<Vec<Unsighted>, Error> {
        let (site, spaces) = (site.clone(), spaces.to_vec());
        self.writer
            .transaction("find what a pass did not see", move |tx| {
                let site = sites::number(tx, &site)?;
                annexes::unsighted(tx, site, kind, &spaces, pass)
            })
            .await
    }

    /// How many comments or attachments of each space are alive here.
    pub async fn living_annexes(
        &self,
        site: &CloudId,
        kind: AnnexKind,
    ) -> Result<BTreeMap<SpaceId, u64>, Error> {
        let site = site.clone();
        self.writer
            .transaction("count the living", move |tx| {
                let site = sites::number(tx, &site)?;
                annexes::living(tx, site, kind)
            })
            .await
    }

    /// Notes that a complete listing lacked these comments or attachments. An earlier note stands.
    pub async fn mark_annexes_missing(
        &self,
        site: &CloudId,
        kind: AnnexKind,
        ids: Vec<ContentId>,
        at: Timestamp,
    ) -> Result<(), Error> {
        let site = site.clone();
        self.writer
            .transaction("mark comments or attachments as missing", move |tx| {
                let site = sites::number(tx, &site)?;
                annexes::mark_missing(tx, site, kind, &ids, at)
            })
            .await
    }

    /// Makes tombstones of the comments or attachments that are not one yet, and says how many.
    pub async fn bury_annexes(
        &self,
        site: &CloudId,
        kind: AnnexKind,
        ids: Vec<ContentId>,
        reason: &'static str,
        at: Timestamp,
    ) -> Result<u64, Error> {
        let site = site.clone();
        self.writer
            .transaction("bury comments or attachments", move |tx| {
                let site = sites::number(tx, &site)?;
                annexes::bury(tx, site, kind, &ids, reason, at)
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

    /// Notes that a detail of all living pages and blog posts is to be looked up.
    pub async fn all_due(&self, site: &CloudId, detail: Detail, run: RunId) -> Result<(), Error> {
        let site = site.clone();
        self.writer
            .transaction("note what is due", move |tx| {
                let site = sites::number(tx, &site)?;
                due::add_all(tx, site, detail, run)
            })
            .await
    }

    /// Notes the same once: for a detail that was never looked up on this site before.
    pub async fn begin_detail(
        &self,
        site: &CloudId,
        detail: Detail,
        run: RunId,
        at: Timestamp,
    ) -> Result<(), Error> {
        let site = site.clone();
        self.writer
            .transaction("note what is due", move |tx| {
                let site = sites::number(tx, &site)?;
                due::begin(tx, site, detail, run, at)
            })
            .await
    }

    /// Some of the content of which a detail is to be looked up, behind the row `after`.
    pub async fn due(
        &self,
        site: &CloudId,
        detail: Detail,
        after: i64,
        limit: usize,
    ) -> Result<Vec<Due>, Error> {
        let site = site.clone();
        self.writer
            .transaction("list what is due", move |tx| {
                let site = sites::number(tx, &site)?;
                due::list(tx, site, detail, after, limit)
            })
            .await
    }

    /// Up to `limit` accounts whose names are not known yet, those asked for least often first.
    ///
    /// Accounts the site never answers for come again after all others: ask a bounded number of times per run.
    pub async fn unknown_users(&self, site: &CloudId, limit: usize) -> Result<Vec<AccountId>, Error> {
        let site = site.clone();
        self.writer
            .transaction("list unknown users", move |tx| {
                let site = sites::number(tx, &site)?;
                people::unknown(tx, site, limit)
            })
            .await
    }

    /// Keeps versions of content that the site still has, and says how many are new here.
    pub async fn keep_versions(
        &self,
        site: &CloudId,
        id: &ContentId,
        versions: Vec<EarlierVersion>,
        at: Timestamp,
    ) -> Result<u64, Error> {
        let (site, id) = (site.clone(), id.clone());
        self.writer
            .transaction("keep earlier versions", move |tx| {
                let site = sites::number(tx, &site)?;
                versions::keep(tx, site, &id, &versions, at)
            })
            .await
    }

    /// Writes the names that differ, and puts them into the Markdown that mentions those people.
    pub async fn apply_users(&self, site: &CloudId, users: Vec<User>, at: Timestamp) -> Result<(), Error> {
        let site = site.clone();
        self.writer
            .transaction("apply users", move |tx| {
                let site = sites::number(tx, &site)?;
                people::apply(tx, site, &users, at)
            })
            .await
    }
}
