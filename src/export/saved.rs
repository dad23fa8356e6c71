//! Who changed what when: what a file of the export shows.

use serde::{Deserialize, Serialize};

use crate::model::Timestamp;
use crate::store::{ExportFile, ExportPage};

/// The edit that a file shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Saved {
    /// When.
    pub(super) at: Timestamp,
    /// The name of who did it.
    pub(super) by: String,
    /// The account of that person; empty if it is deleted.
    pub(super) account: String,
    /// What became of it, on the first line, and what that person wrote about it.
    pub(super) what: String,
}

impl Saved {
    /// The edit that made the newest version of a page.
    pub(super) fn of_page(page: &ExportPage) -> Self {
        let view = &page.page;
        let what = format!("{}, version {}", view.title, view.version);
        Self {
            at: view.modified_at,
            by: view.editor.clone().unwrap_or_default(),
            account: page.editor_id.clone().unwrap_or_default(),
            what: match view.version_message.trim() {
                "" => what,
                message => format!("{what}\n\n{message}"),
            },
        }
    }

    /// The upload of the newest version of an attachment.
    pub(super) fn of_attachment(file: &ExportFile, page: &ExportPage) -> Self {
        Self {
            at: file.modified_at,
            by: file.author.clone().unwrap_or_default(),
            account: file.author_id.clone().unwrap_or_default(),
            what: format!("{} on {}, version {}", file.title, page.page.title, file.version),
        }
    }
}
