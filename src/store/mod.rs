//! The mirror on disk: one SQLite file, one writer, readers that never wait for it.
//!
//! [`Store`] writes. It holds the instance lock and a thread that owns the only read-write connection; every
//! method is one transaction on that thread. [`Reader`] reads, in this process or any other, without the lock.
//! All SQL is in synchronous functions over a transaction, one file per topic.

mod alerts;
mod alt;
mod annexes;
mod apply;
mod asked;
mod batch;
mod blobs;
mod bodies;
mod candidates;
mod changes;
mod columns;
mod comments;
mod commits;
mod contents;
mod copy;
mod details;
mod due;
#[cfg(test)]
mod effort;
mod error;
mod exports;
mod facets;
mod files;
mod filter;
mod findings;
mod fit;
mod flaws;
mod fold;
mod folding;
mod kept;
mod labels;
mod last_backup;
mod link_views;
mod links;
mod lock;
mod merging;
mod migrate;
mod open;
mod page_ref;
mod pages;
mod passage;
mod pauses;
mod people;
mod prepare;
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
mod stubs;
mod suggest;
mod sweep;
mod texts;
mod threads;
mod titles;
mod tree;
mod upgrade;
mod versions;
mod writer;

use std::path::{Path, PathBuf};

pub use alerts::Alert;
pub use batch::{
    AnnexBatch, AnnexWrite, Awaiting, ContentBatch, ContentWrite, Coverage, FinishedPass, Homes, LinkRow,
    LinkTarget, Options, Rendering, Rounds, Sighting, Unsighted,
};
pub use blobs::{Blobs, NewBlob};
pub use changes::{ChangeLine, ChangesQuery};
pub use commits::Commits;
pub use copy::{DATABASE, Examined, Holdings, examine, schema_version};
pub use due::Due;
pub use error::Error;
pub use exports::{ExportComment, ExportFile, ExportLink, ExportPage, ExportScope, ExportSite, Whereabouts};
pub use files::WantedFile;
pub use flaws::{Depth, Flaw, FlawKind, Proven, Unproven};
pub use labels::LabelPass;
pub use last_backup::{BackupNote, BackupState, LastBackup};
pub use link_views::{LinkScope, LinkView};
pub use migrate::migrations;
pub use page_ref::{InvalidPageRef, PageRef};
pub use pages::{Ancestor, Lookup, PageName, PageView, Tombstone};
pub use prepare::prepare;
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

    /// Gives back the memory that is kept for what may be needed again soon: after a run that is a while.
    pub async fn rest(&self) -> Result<(), Error> {
        self.writer.rest().await
    }

    /// Merges the search index step by step, if that is worth it and for as long as it may go on. Others write between
    /// the steps; what was merged stays so, and the next time goes on from there.
    pub async fn merge_index(&self, may_go_on: impl Fn() -> bool) -> Result<(), Error> {
        merging::merge(&self.writer, may_go_on).await
    }

    /// Reads the mirror without waiting for the writer.
    pub fn reader(&self) -> Reader {
        Reader::new(&self.dir)
    }

    /// The state directory.
    pub fn dir(&self) -> &Path {
        &self.dir
    }
}
