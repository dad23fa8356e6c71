//! What a site holds: spaces, content and the people who wrote it.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{AccountId, ContentId, SpaceId, SpaceKey, Timestamp};

/// A space.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Space {
    /// Its identity within the site.
    pub id: SpaceId,
    /// Its short name. People rename it, so nothing is keyed by it.
    pub key: SpaceKey,
    /// Its title.
    pub name: String,
    /// `global`, `personal`, `collaboration`, …: an open list.
    pub kind: String,
    /// `current`, `archived` or `trashed`: an open list.
    pub status: String,
    /// The page that opens with the space.
    pub homepage: Option<ContentId>,
}

/// The kinds of content a space holds in its tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ContentKind {
    /// A page.
    Page,
    /// A blog post.
    BlogPost,
    /// A folder.
    Folder,
    /// A whiteboard.
    Whiteboard,
    /// A database.
    Database,
    /// A smart link in the tree.
    Embed,
}

impl ContentKind {
    /// The word used in the mirror.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::BlogPost => "blogpost",
            Self::Folder => "folder",
            Self::Whiteboard => "whiteboard",
            Self::Database => "database",
            Self::Embed => "embed",
        }
    }

    /// The kind that the mirror's word means.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Page, Self::BlogPost]
            .into_iter()
            .chain(Self::STUBS)
            .find(|kind| kind.as_str() == word)
    }

    /// What stands in the tree and has no body that could be had. No listing has it.
    pub const STUBS: [Self; 4] = [Self::Folder, Self::Whiteboard, Self::Database, Self::Embed];

    /// Whether it is one of [`Self::STUBS`].
    pub fn is_stub(self) -> bool {
        Self::STUBS.contains(&self)
    }
}

/// Where content stands in its life. Atlassian adds values without notice, so unknown ones are kept as they came.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ContentStatus {
    /// Live.
    Current,
    /// Put away, still readable.
    Archived,
    /// In the trash, restorable.
    Trashed,
    /// Anything else, such as `draft`, `historical`, `deleted`.
    Other(String),
}

impl ContentStatus {
    /// The site's word.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Current => "current",
            Self::Archived => "archived",
            Self::Trashed => "trashed",
            Self::Other(word) => word,
        }
    }

    /// What the site's word means.
    pub fn from_word(word: &str) -> Self {
        match word {
            "current" => Self::Current,
            "archived" => Self::Archived,
            "trashed" => Self::Trashed,
            other => Self::Other(other.to_owned()),
        }
    }

    /// Whether people can read it where it is: current or archived.
    pub fn is_alive(&self) -> bool {
        matches!(self, Self::Current | Self::Archived)
    }
}

impl fmt::Display for ContentStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What content hangs under.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parent {
    /// The parent's id.
    pub id: ContentId,
    /// `page`, `folder`, `whiteboard`, …: an open list.
    pub kind: String,
}

/// One saved state of content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// Counts from 1.
    pub number: u32,
    /// What its author wrote about the change; mostly empty.
    pub message: String,
    /// Whether its author asked for no notifications.
    pub is_minor: bool,
    /// Who saved it; absent for deleted accounts.
    pub author: Option<AccountId>,
    /// When it was saved: the time of the last modification.
    pub created_at: Timestamp,
}

/// A saved state of content that others have followed since, as the site still tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EarlierVersion {
    /// Its number, and who saved it when.
    pub version: Version,
    /// The title it had.
    pub title: String,
    /// Its body; absent where the site withholds it.
    pub body: Option<Body>,
}

/// A body as the site sent it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Body {
    /// Storage format: XHTML with `ac:` and `ri:` elements.
    Storage(String),
    /// Atlassian document format: a JSON document.
    Adf(String),
}

impl Body {
    /// The text, whatever its format.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Storage(text) | Self::Adf(text) => text,
        }
    }
}

/// A page, blog post or stub at one version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// Its identity within the site.
    pub id: ContentId,
    /// What it is.
    pub kind: ContentKind,
    /// The space that holds it.
    pub space: SpaceId,
    /// What it hangs under; nothing for a top-level page.
    pub parent: Option<Parent>,
    /// Its place among its siblings; lower comes first.
    pub position: Option<i64>,
    /// Its title; may hold any character, and is no key.
    pub title: String,
    /// Where it stands in its life.
    pub status: ContentStatus,
    /// Who created it; absent for deleted accounts.
    pub author: Option<AccountId>,
    /// When it was created.
    pub created_at: Timestamp,
    /// Its newest version.
    pub version: Version,
    /// Its path below the site's `/wiki`, such as `/spaces/ENG/pages/65930/Overview`.
    pub webui: String,
    /// Where a smart link leads. Absent for all else, and where the site does not say.
    pub embed_url: Option<String>,
    /// What it says. Absent where the listing asked for no bodies, and sometimes where it did.
    pub body: Option<Body>,
}

impl Content {
    /// When it was last edited, by the site's clock.
    pub fn modified_at(&self) -> Timestamp {
        self.version.created_at
    }
}

/// A person, or an app that writes like one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Their identity, on every site.
    pub id: AccountId,
    /// What others see.
    pub display_name: String,
    /// `atlassian`, `app`, …: an open list.
    pub kind: String,
}

/// An item of a listing that could not be understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// Its id, where even that much could be read.
    pub id: Option<ContentId>,
    /// The space it says it is in.
    pub space: Option<SpaceId>,
    /// What was wrong with it; holds no content.
    pub reason: String,
}
