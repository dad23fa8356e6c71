//! What is looked up about content, because listings do not tell it.

use super::{ContentId, Label, Timestamp};

/// Something that belongs to content and that changes without an edit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Detail {
    /// Its labels.
    Labels,
    /// What apps keep with it.
    Properties,
    /// Who may read it.
    Restrictions,
}

impl Detail {
    /// The word used in the mirror.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Labels => "labels",
            Self::Properties => "properties",
            Self::Restrictions => "restrictions",
        }
    }
}

/// What has been looked up of one piece of content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Looked {
    /// All its labels.
    Labels(Vec<Label>),
    /// Those of its properties that are wanted.
    Properties(Vec<Property>),
    /// Everybody who may read it; nobody where it is not restricted itself.
    Restrictions(Vec<Restriction>),
}

/// A value that an app keeps with content, by a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Property {
    /// The key.
    pub key: String,
    /// The value, as JSON.
    pub value: String,
    /// How often it was written.
    pub version: u32,
}

/// One who may read restricted content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restriction {
    /// Whether it is a group rather than an account.
    pub is_group: bool,
    /// The id of the account or group.
    pub id: String,
    /// What they are called; empty where the site does not say.
    pub name: String,
}

/// Content that carries a label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Carrier {
    /// Its id.
    pub id: ContentId,
    /// When its present version was saved; nothing where the site does not say.
    pub modified_at: Option<Timestamp>,
}

/// What decides how labels are looked up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LabelCensus {
    /// Content that lives in the mirror and can carry labels; not counted, like what follows, where nothing is due.
    pub contents: u64,
    /// How often content carries a label, as far as the mirror knows.
    pub uses: u64,
    /// Content whose labels are to be looked up.
    pub due: u64,
    /// When the present version of the eldest of that was saved.
    pub eldest_due: Option<Timestamp>,
    /// Content that was modified since then, due or not, of whatever site.
    pub modified_since: u64,
    /// Labels that the site had when they were last listed.
    pub labels: u64,
}
