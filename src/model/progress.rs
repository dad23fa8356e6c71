//! How far a mirror has come, and what it could not take along.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::AddAssign;

use serde::{Deserialize, Serialize};

use super::{AnnexKind, ContentId, ContentKind, RunId, SpaceId, Timestamp};

/// What a run sets out to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SyncMode {
    /// The first copy.
    Backfill,
    /// What changed since the watermark.
    Delta,
    /// Compares everything and buries what is gone.
    Sweep,
}

impl SyncMode {
    /// The word used in the mirror, in logs and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Backfill => "backfill",
            Self::Delta => "delta",
            Self::Sweep => "sweep",
        }
    }
}

impl fmt::Display for SyncMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What one listing of the site lists: what watermarks and checkpoints are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ListedKind {
    /// Content of one kind.
    Content(ContentKind),
    /// Of what hangs on content, one kind.
    Annex(AnnexKind),
    /// Folders, whiteboards, databases and smart links: one search finds them all.
    Stubs,
}

impl ListedKind {
    /// The kinds of content that it lists.
    pub fn contents(self) -> Vec<ContentKind> {
        match self {
            Self::Content(kind) => vec![kind],
            Self::Annex(_) => Vec::new(),
            Self::Stubs => ContentKind::STUBS.to_vec(),
        }
    }

    /// The word used in the mirror.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Content(kind) => kind.as_str(),
            Self::Annex(kind) => kind.as_str(),
            Self::Stubs => "stubs",
        }
    }
}

impl From<ContentKind> for ListedKind {
    fn from(kind: ContentKind) -> Self {
        Self::Content(kind)
    }
}

impl From<AnnexKind> for ListedKind {
    fn from(kind: AnnexKind) -> Self {
        Self::Annex(kind)
    }
}

/// Everything of a space modified up to this instant, by the site's clock, is in the mirror or an open finding.
///
/// Moves only forward, and only at the end of a pass. There is no arithmetic on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Watermark(pub Timestamp);

/// The server's opaque place in one listing.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Cursor(pub String);

/// Where an unfinished pass resumes.
///
/// Written in the same transaction as the batch that reached it, so it is never ahead of the data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The run that began the pass; what the pass has sighted is stamped with it.
    pub pass: RunId,
    /// The spaces the listing covers, in order of id.
    pub spaces: Vec<SpaceId>,
    /// Where the listing goes on; nothing while it is still at its beginning.
    pub cursor: Option<Cursor>,
    /// The id of the last item listed; where the listing has turned round at one that the site cannot deliver, of the
    /// last one before that.
    pub last: Option<String>,
    /// Whether the listing goes on from its other end.
    pub is_backwards: bool,
    /// The watermark to set when the pass completes: the server's time when the listing began.
    pub candidate: Watermark,
    /// How many items the pass has handled so far.
    pub items: u64,
    /// How many of them were in each space, kind by kind.
    pub listed: Tally,
}

/// How much of each kind of content each space has.
pub type Tally = BTreeMap<ContentKind, BTreeMap<SpaceId, u64>>;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Everything it set out to do is done.
    Complete,
    /// Done but for the open findings it left.
    Partial,
    /// The hour's points that copying and sweeping may take are used up; a run after `until` goes on.
    Unfinished {
        /// When there are points again.
        until: Timestamp,
    },
    /// The site asked to wait; nothing is sent before `until`.
    Deferred {
        /// When to go on.
        until: Timestamp,
    },
    /// A person must consent again.
    NeedsConsent,
    /// Stopped on request; the checkpoint says where it goes on.
    Interrupted,
    /// Given up; the run's error says why.
    Failed,
}

impl Outcome {
    /// The word used in the mirror.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Partial => "partial",
            Self::Unfinished { .. } => "unfinished",
            Self::Deferred { .. } => "deferred",
            Self::NeedsConsent => "needs consent",
            Self::Interrupted => "interrupted",
            Self::Failed => "failed",
        }
    }
}

/// What a run did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Items looked at.
    pub seen: u64,
    /// Content written for the first time.
    pub added: u64,
    /// Content that differed from the mirror and was written again.
    pub changed: u64,
    /// Content buried.
    pub buried: u64,
    /// Findings opened.
    pub findings: u64,
    /// Requests sent, retries included.
    pub requests: u64,
    /// Points those requests cost, by our own count.
    pub points: u64,
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.seen += other.seen;
        self.added += other.added;
        self.changed += other.changed;
        self.buried += other.buried;
        self.findings += other.findings;
        self.requests += other.requests;
        self.points += other.points;
    }
}

/// Why something could not be mirrored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FindingKind {
    /// The site's answer about it could not be understood.
    Undecodable,
    /// The site sent it without the body it should have.
    BodyMissing,
    /// The site answers requests for it with an error.
    Refused,
    /// A sweep found more content gone than the deletion guard lets through at once.
    DeletionGuard,
    /// The file of an attachment did not come.
    FileMissing,
    /// The space is configured or mirrored, but the account cannot see it.
    SpaceHidden,
    /// A rule of the site keeps apps from content of the space.
    ContentBlocked,
}

impl FindingKind {
    /// The word used in the mirror.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Undecodable => "undecodable",
            Self::BodyMissing => "body missing",
            Self::Refused => "refused",
            Self::DeletionGuard => "deletion guard",
            Self::FileMissing => "file missing",
            Self::SpaceHidden => "space hidden",
            Self::ContentBlocked => "content blocked",
        }
    }
}

/// One thing a run could not mirror, and why. Open until a later run mirrors it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What kind of trouble.
    pub kind: FindingKind,
    /// What it is about: a content id, a space key, or the name of a listing.
    pub subject: String,
    /// The content to fetch again by id, where it is content.
    pub content: Option<ContentId>,
    /// The space it is in, where that is known.
    pub space: Option<SpaceId>,
    /// Why, in a sentence that holds no content.
    pub detail: String,
}
