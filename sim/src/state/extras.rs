//! What hangs on content: labels, attachments and comments.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::{AccountId, Body, Status};

/// A label, known by its prefix and its name together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Label {
    /// `global`, `my`, `team` or `system`.
    pub(crate) prefix: String,
    pub(crate) name: String,
}

impl Label {
    /// As people write it: `my:todo`, or `todo` for what everybody sees.
    pub(crate) fn written(text: &str) -> Self {
        let own = text
            .split_once(':')
            .filter(|(prefix, _)| ["global", "my", "team", "system"].contains(prefix));
        let (prefix, name) = own.unwrap_or(("global", text));
        Self {
            prefix: prefix.to_owned(),
            name: name.to_owned(),
        }
    }
}

/// A file on a page or blog post.
#[derive(Clone, Debug)]
pub(crate) struct Attachment {
    pub(crate) id: u64,
    pub(crate) content: u64,
    pub(crate) status: Status,
    pub(crate) title: String,
    pub(crate) media_type: String,
    pub(crate) file_id: String,
    pub(crate) author: Option<AccountId>,
    pub(crate) created_at: DateTime<Utc>,
    /// When each version was uploaded, and its bytes; version 1 first.
    pub(crate) versions: Vec<(DateTime<Utc>, Arc<[u8]>)>,
    /// The size that it says its file has, where that is wrong.
    pub(crate) said_size: Option<usize>,
}

impl Attachment {
    /// The number of the newest version.
    pub(crate) fn number(&self) -> usize {
        self.versions.len()
    }

    /// When it was last changed.
    pub(crate) fn modified_at(&self) -> DateTime<Utc> {
        self.versions.last().map_or(self.created_at, |version| version.0)
    }

    /// The bytes of the newest version.
    pub(crate) fn bytes(&self) -> Arc<[u8]> {
        self.versions
            .last()
            .map(|version| Arc::clone(&version.1))
            .unwrap_or_default()
    }
}

/// The two kinds of comments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum CommentKind {
    Footer,
    /// On a piece of the text.
    Inline {
        selection: String,
    },
}

/// A comment, or an answer to one.
#[derive(Clone, Debug)]
pub(crate) struct Comment {
    pub(crate) id: u64,
    pub(crate) kind: CommentKind,
    pub(crate) content: u64,
    pub(crate) parent: Option<u64>,
    pub(crate) status: Status,
    pub(crate) author: Option<AccountId>,
    pub(crate) modified_at: DateTime<Utc>,
    pub(crate) body: Body,
    pub(crate) number: u32,
    pub(crate) is_resolved: bool,
}
