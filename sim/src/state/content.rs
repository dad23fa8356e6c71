//! What hangs in the tree, and blog posts, with every version they had.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::value::RawValue;

use super::AccountId;

/// What hangs in a space's tree, or beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Page,
    BlogPost,
    Folder,
    Whiteboard,
    Database,
    /// A smart link.
    Embed,
}

impl Kind {
    /// The API's word.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::BlogPost => "blogpost",
            Self::Folder => "folder",
            Self::Whiteboard => "whiteboard",
            Self::Database => "database",
            Self::Embed => "embed",
        }
    }
}

/// Where content stands in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Status {
    Current,
    Archived,
    Trashed,
    /// Never published.
    Draft,
}

impl Status {
    /// The API's word.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::Archived => "archived",
            Self::Trashed => "trashed",
            Self::Draft => "draft",
        }
    }

    /// Whether people see it in its place.
    pub(crate) fn is_alive(self) -> bool {
        matches!(self, Self::Current | Self::Archived)
    }
}

/// Writes the title and the body of the nth page of a bulk.
pub(crate) type Generator = Arc<dyn Fn(u64) -> (String, String) + Send + Sync>;

/// What a version says.
#[derive(Clone)]
pub(crate) enum Body {
    /// Kept as the JSON string that answers carry, so that serving it is one copy.
    Written {
        storage: Arc<RawValue>,
        adf: Option<Arc<RawValue>>,
    },
    /// Written anew whenever it is asked for: a million pages then cost the memory of their titles.
    Generated { write: Generator, index: u64 },
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Written { .. } => f.write_str("Written"),
            Self::Generated { index, .. } => write!(f, "Generated({index})"),
        }
    }
}

impl Body {
    /// A body in storage format.
    pub(crate) fn storage(text: &str) -> Self {
        Self::Written {
            storage: json_string(text),
            adf: None,
        }
    }

    /// The same body with its Atlassian document format spelled out.
    pub(crate) fn with_adf(self, document: &str) -> Self {
        Self::Written {
            storage: json_string(&self.text()),
            adf: Some(json_string(document)),
        }
    }

    /// The storage format.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Written { storage, .. } => serde_json::from_str(storage.get()).unwrap_or_default(),
            Self::Generated { write, index } => write(*index).1,
        }
    }
}

fn json_string(text: &str) -> Arc<RawValue> {
    serde_json::value::to_raw_value(text).map_or_else(|_| RawValue::NULL.to_owned().into(), Arc::from)
}

/// One saved state.
#[derive(Clone, Debug)]
pub(crate) struct Version {
    pub(crate) number: u32,
    pub(crate) message: Arc<str>,
    pub(crate) is_minor: bool,
    pub(crate) author: Option<AccountId>,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) title: Arc<str>,
    pub(crate) body: Body,
}

/// A page, blog post or folder.
#[derive(Clone, Debug)]
pub(crate) struct Content {
    pub(crate) id: u64,
    pub(crate) kind: Kind,
    pub(crate) space: u64,
    pub(crate) parent: Option<u64>,
    pub(crate) position: Option<i32>,
    pub(crate) status: Status,
    pub(crate) author: Option<AccountId>,
    pub(crate) created_at: DateTime<Utc>,
    /// The version that counts.
    pub(crate) version: Version,
    /// Those before it, oldest first.
    pub(crate) earlier: Vec<Version>,
    /// Ids of the site's labels.
    pub(crate) labels: Vec<u64>,
    pub(crate) hidden_from: BTreeSet<AccountId>,
    /// What apps keep with it, by key.
    pub(crate) properties: BTreeMap<String, serde_json::Value>,
    /// Who may read it: accounts and names of groups; empty for everybody who sees the space.
    pub(crate) readers: Readers,
}

/// Who may read restricted content.
#[derive(Clone, Debug, Default)]
pub(crate) struct Readers {
    pub(crate) accounts: Vec<AccountId>,
    pub(crate) groups: Vec<String>,
}

impl Content {
    pub(crate) fn title(&self) -> &str {
        &self.version.title
    }

    /// Saves a new state as the next version.
    pub(crate) fn save(&mut self, next: Version) {
        self.earlier.push(std::mem::replace(&mut self.version, next));
    }

    /// The version of that number.
    pub(crate) fn version(&self, number: u32) -> Option<&Version> {
        self.earlier
            .iter()
            .chain([&self.version])
            .find(|version| version.number == number)
    }
}
