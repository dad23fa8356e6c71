//! The mirror as files: Markdown or HTML, attachments, and links between them.
//!
//! ```text
//! store::Reader ── pages, in order of id ──▶ places, links ──▶ document or html ──▶│ decide ──▶ folder ──▶ git
//!                    manifest of the last export, in the same order ───────────────▶│
//! ```
//!
//! Where something goes is decided by its own id, title and place alone. So nothing has to be known about all pages at
//! once: pages are read and put into words, by one thread, compared with what the last export wrote, by another, and
//! forgotten.

mod decide;
mod dialect;
mod digest;
mod document;
mod folder;
mod git;
mod html;
mod keeper;
mod links;
mod manifest;
mod names;
mod places;
mod run;
mod saved;
mod threads;
mod wording;

use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::model::{Domain, Timestamp};
use crate::store::{self, ExportScope};

pub use dialect::Outline;
pub use run::export;

/// What pages become.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// Markdown files with YAML front matter.
    #[default]
    Markdown,
    /// Pages for a browser.
    Html,
}

impl Format {
    fn extension(self) -> &'static str {
        match self {
            Self::Markdown => "md",
            Self::Html => "html",
        }
    }
}

/// What to export, and how.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where to.
    pub dir: PathBuf,
    /// The state directory, which holds the files of attachments.
    pub files: PathBuf,
    /// What pages become.
    pub format: Format,
    /// The sites; all of them if none is named.
    pub sites: Vec<Domain>,
    /// Which content of them.
    pub scope: ExportScope,
    /// Whether comments come with their pages.
    pub comments: bool,
    /// Whether files are replaced that somebody changed or put in the way.
    pub overwrite: bool,
    /// Whether attachments may be further names of the mirror's own files.
    pub hard_links: bool,
    /// Whether what changed is committed, by the system's git, and when that is.
    pub git: Option<Timestamp>,
}

/// What an export did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Pages and other content exported.
    pub pages: u64,
    /// Attachments exported.
    pub attachments: u64,
    /// Files written.
    pub written: u64,
    /// Files that were right already.
    pub unchanged: u64,
    /// Files removed.
    pub removed: u64,
    /// Files left alone because somebody changed them or put them there.
    pub kept: u64,
    /// Attachments whose files the mirror does not have: not downloaded yet, or lost.
    pub missing: u64,
    /// Commits made.
    pub commits: u64,
}

/// A file that an export has beside a page.
#[derive(Debug)]
struct Attached {
    /// Its name on the site.
    title: String,
    /// How many bytes it has.
    size: u64,
    /// Its path below the folder.
    path: String,
}

/// What happens during an export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A page is done.
    Page,
    /// A file is left alone: somebody changed it or put it there.
    Kept {
        /// Where it is, below the folder.
        path: String,
    },
    /// The mirror ought to have the file of an attachment, and does not.
    Lost {
        /// Where it would have been, below the folder.
        path: String,
    },
}

/// Why an export could not be done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The mirror could not be read.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The folder could not be read or written.
    #[error("could not {doing} {}", .path.display())]
    Io {
        /// What was being done.
        doing: &'static str,
        /// To what.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// Another export writes there.
    #[error("another export is writing {}", .path.display())]
    InUse {
        /// The folder.
        path: PathBuf,
    },
    /// The list of what the last export wrote makes no sense.
    #[error("{name} in the folder is damaged")]
    Manifest {
        /// The list.
        name: String,
    },
    /// Nothing to commit with.
    #[error("there is no program `git` to commit with; the files are written")]
    NoGit,
    /// Git refused.
    #[error("could not commit to {}; the files are written", .path.display())]
    Git {
        /// The folder.
        path: PathBuf,
        /// What git said.
        #[source]
        source: io::Error,
    },
    /// Nothing is asked for that the mirror has.
    #[error("nothing in the mirror is what was asked for; nothing was changed")]
    Nothing,
}

impl Error {
    fn io(doing: &'static str, path: &Path, source: io::Error) -> Self {
        Self::Io {
            doing,
            path: path.to_owned(),
            source,
        }
    }
}
