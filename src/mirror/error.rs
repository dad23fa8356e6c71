//! What can end a run before its time.

use crate::model::{ContentId, DiskTrouble, Fault, Timestamp};
use crate::{confluence, store};

/// Why a run could not go on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The site, the network or the grant. The mirror is as whole as it was before.
    #[error("could not go on fetching")]
    Remote(#[from] confluence::Error),
    /// The database. The daemon cannot go on without it.
    #[error("could not go on writing")]
    Store(#[from] store::Error),
    /// The site asked an earlier run to wait, and the wait is not over. Nothing was sent.
    #[error("the site asked to wait until {until}")]
    TooEarly {
        /// When it takes requests again.
        until: Timestamp,
    },
    /// A file of an attachment: the disk is full, or the folder cannot be written. The mirror is as whole as before.
    #[error("could not keep the file of attachment {attachment} of page {page}")]
    File {
        /// The attachment.
        attachment: ContentId,
        /// What it hangs on.
        page: ContentId,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The renderer's thread died: a bug.
    #[error("could not render a batch of pages")]
    Render(#[source] tokio::task::JoinError),
}

impl Error {
    /// Whose fault it is.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Remote(error) => error.kind.fault(),
            Self::TooEarly { .. } => Fault::Passing,
            Self::File { source, .. } if DiskTrouble::of(source).is_some_and(DiskTrouble::passes) => {
                Fault::Passing
            }
            Self::Store(_) | Self::File { .. } | Self::Render(_) => Fault::Other,
        }
    }

    /// Whether there is nothing to go on with: what the mirror is kept on is at fault, and every run would meet that.
    pub(super) fn is_of_the_disk(&self) -> bool {
        match self {
            Self::Store(_) => true,
            Self::File { source, .. } => DiskTrouble::of(source).is_some(),
            Self::Remote(_) | Self::TooEarly { .. } | Self::Render(_) => false,
        }
    }
}
