//! What the engine hands to the store, and what it gets back.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use crate::model::{
    AccountId, Annex, Checkpoint, CloudId, Content, ContentId, ContentStatus, Detail, Finding, ListedKind,
    Parent, RunId, SpaceId, SpaceKey, Spending, SyncMode, Tally, Timestamp, Watermark,
};

use super::prepare::Prepared;

/// Where a store lives.
#[derive(Clone, Debug)]
pub struct Options {
    /// The state directory; made if it does not exist.
    pub dir: PathBuf,
}

/// A listing's worth of content. Applied as a whole or not at all.
#[derive(Clone, Debug)]
pub struct ContentBatch {
    /// The site it is from.
    pub site: CloudId,
    /// The run that fetched it.
    pub run: RunId,
    /// When.
    pub at: Timestamp,
    /// The content.
    pub writes: Vec<ContentWrite>,
    /// What could not be taken along. Open findings about content in `writes` are closed.
    pub findings: Vec<Finding>,
    /// What is to be looked up of content in `writes` that is new or differs.
    pub details: Vec<Detail>,
    /// Where the pass resumes once the batch is in.
    pub checkpoint: Option<(ListedKind, SyncMode, Checkpoint)>,
    /// What the app had spent of its points when it was there.
    pub spending: Option<Spending>,
}

/// Content as the site has it, and what the renderer made of it.
#[derive(Clone, Debug)]
pub struct ContentWrite {
    /// The content. Without a body, the stored body and everything rendered from it are kept; of one that is prepared,
    /// the body is in what was prepared.
    pub content: Content,
    /// What the renderer made of its body.
    pub rendering: Rendering,
    /// What is computed of both already.
    pub(super) prepared: Option<Prepared>,
}

impl ContentWrite {
    /// Content and what the renderer made of its body.
    pub fn new(content: Content, rendering: Rendering) -> Self {
        Self {
            content,
            rendering,
            prepared: None,
        }
    }
}

/// What the renderer made of a body.
#[derive(Clone, Debug, Default)]
pub struct Rendering {
    /// The body as Markdown.
    pub markdown: String,
    /// The body as plain words, for the index.
    pub text: String,
    /// Version of the renderer.
    pub renderer: u32,
    /// Its outgoing links, in order.
    pub links: Vec<LinkRow>,
    /// What the renderer kept as text: the construct and a detail.
    pub warnings: Vec<(String, String)>,
}

/// An outgoing link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkRow {
    /// Where it leads.
    pub target: LinkTarget,
    /// How it stands in the Markdown: its URL, or for a person the label `@ACCOUNT-ID`.
    pub written: String,
    /// The place in the target.
    pub anchor: Option<String>,
}

/// Where a link leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkTarget {
    /// A page by its title, as bodies name it. The store puts the id in its place once it knows the page.
    Page {
        /// Key of the space that holds it.
        space_key: SpaceKey,
        /// Its title.
        title: String,
    },
    /// A blog post by its title. Which of several of that title is told by the day in the address.
    BlogPost {
        /// Key of the space that holds it.
        space_key: SpaceKey,
        /// Its title.
        title: String,
    },
    /// Content by its id.
    PageId(ContentId),
    /// A person. The store puts the name in place of the id once it knows it.
    User(AccountId),
    /// A file attached to a page or blog post, which the store puts the id of in place of its title.
    Attachment {
        /// What it is attached to, unless that is the page the link stands in.
        holder: Option<Box<LinkTarget>>,
        /// Its file name.
        name: String,
    },
    /// A space.
    Space(SpaceKey),
    /// Anything else, by its URL.
    External(String),
}

/// What a listing without bodies says about content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// Its id.
    pub id: ContentId,
    /// The space that holds it.
    pub space: SpaceId,
    /// What it hangs under.
    pub parent: Option<Parent>,
    /// Its place among its siblings.
    pub position: Option<i64>,
    /// Its title.
    pub title: String,
    /// Where it stands in its life.
    pub status: ContentStatus,
    /// The number of its newest version.
    pub version: u32,
}

impl From<&Content> for Sighting {
    fn from(content: &Content) -> Self {
        Self {
            id: content.id.clone(),
            space: content.space.clone(),
            parent: content.parent.clone(),
            position: content.position,
            title: content.title.clone(),
            status: content.status.clone(),
            version: content.version.number,
        }
    }
}

/// Content that lives here and was not sighted by a pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsighted {
    /// Its number in the mirror: where to read on.
    pub row: i64,
    /// Its id.
    pub id: ContentId,
    /// The space that holds it here.
    pub space: SpaceId,
    /// When its absence was first noticed; nothing if this is the first time.
    pub missing_since: Option<Timestamp>,
}

/// A pass that reached the end of its listing.
#[derive(Clone, Debug)]
pub struct FinishedPass {
    /// The site.
    pub site: CloudId,
    /// What it listed.
    pub kind: ListedKind,
    /// What it was for.
    pub mode: SyncMode,
    /// The spaces it covered.
    pub spaces: Vec<SpaceId>,
    /// How far they are mirrored now. Never moves one back.
    pub watermark: Option<Watermark>,
    /// What a listing of everything said; nothing for a listing of something else.
    pub coverage: Option<Coverage>,
}

/// What a listing of everything said, once it was read to its end.
#[derive(Clone, Debug)]
pub struct Coverage {
    /// How many items of each kind each space holds; none where it is not named.
    pub listed: Tally,
    /// When the end was reached.
    pub at: Timestamp,
}

/// A space as a sweep comes to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Awaiting {
    /// Its id.
    pub id: SpaceId,
    /// How many items it had when it was last listed to the end.
    pub listed: u64,
    /// When that was.
    pub listed_at: Option<Timestamp>,
    /// Whether the deletion guard holds a burial in it.
    pub is_held: bool,
}

/// The rounds of a site's sweeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rounds {
    /// When the last one began.
    pub began_at: Timestamp,
    /// Whether it goes on.
    pub is_open: bool,
    /// When one last came to its end.
    pub completed_at: Option<Timestamp>,
}

/// A listing's worth of comments or attachments. Applied as a whole or not at all.
#[derive(Clone, Debug)]
pub struct AnnexBatch {
    /// The site it is from.
    pub site: CloudId,
    /// The run that fetched it.
    pub run: RunId,
    /// When.
    pub at: Timestamp,
    /// The comments or attachments.
    pub writes: Vec<AnnexWrite>,
    /// What could not be taken along. Open findings about what is in `writes` are closed.
    pub findings: Vec<Finding>,
    /// Where the pass resumes once the batch is in.
    pub checkpoint: Option<(ListedKind, SyncMode, Checkpoint)>,
}

/// A comment or attachment as the site has it, in its place.
#[derive(Clone, Debug)]
pub struct AnnexWrite {
    /// What it is.
    pub annex: Annex,
    /// The content it hangs on.
    pub page: ContentId,
    /// What the renderer made of a comment's body.
    pub rendering: Rendering,
}

/// What the mirror knows of where comments and attachments belong.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Homes {
    /// The space of each living content.
    pub spaces: BTreeMap<ContentId, SpaceId>,
    /// The content that each comment hangs on.
    pub pages: BTreeMap<ContentId, ContentId>,
    /// Content that is an open finding: there, though not here.
    pub troubled: BTreeSet<ContentId>,
    /// What open findings are about, such as `footer comment 98`.
    pub troubled_comments: BTreeSet<String>,
}
