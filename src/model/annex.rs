//! What hangs on content and changes without it: comments and attachments.

use super::{Body, ContentId, ContentStatus, Timestamp, Version};

/// The kinds of what hangs on content, one for each listing that the site has of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AnnexKind {
    /// A comment at the foot of a page, or an answer to one.
    FooterComment,
    /// A comment on words of a page, or an answer to one.
    InlineComment,
    /// A file.
    Attachment,
}

impl AnnexKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::FooterComment, Self::InlineComment, Self::Attachment];

    /// The word used in the mirror.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::FooterComment => "footer comment",
            Self::InlineComment => "inline comment",
            Self::Attachment => "attachment",
        }
    }

    /// What findings call the one of this kind with that id.
    pub fn subject(self, id: &ContentId) -> String {
        format!("{} {id}", self.as_str())
    }

    /// The id of what findings call by `subject`, if it is of this kind.
    pub fn of_subject(self, subject: &str) -> Option<ContentId> {
        let id = subject.strip_prefix(self.as_str())?.strip_prefix(' ')?;
        Some(ContentId::new(id))
    }

    /// What findings call the listing of this kind.
    pub fn listing(self) -> &'static str {
        match self {
            Self::FooterComment => "footer comments",
            Self::InlineComment => "inline comments",
            Self::Attachment => "attachments",
        }
    }

    /// Of a comment, where it stands: the word used in the mirror. Nothing for attachments.
    pub fn place(self) -> Option<&'static str> {
        match self {
            Self::FooterComment => Some("footer"),
            Self::InlineComment => Some("inline"),
            Self::Attachment => None,
        }
    }
}

/// A comment or an attachment, as its listing has it. No listing tells which space it is in: the content it hangs
/// on does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Annex {
    /// Its identity within the site. That of an attachment looks like `att66076`.
    pub id: ContentId,
    /// The page or blog post it hangs on. Of an answer to a comment the site may name only that comment; what hangs
    /// on something else, such as custom content, has neither.
    pub page: Option<ContentId>,
    /// Where it stands in its life.
    pub status: ContentStatus,
    /// Its newest version.
    pub version: Version,
    /// What else it is.
    pub detail: AnnexDetail,
}

/// What only comments or only attachments have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AnnexDetail {
    /// A comment.
    Comment(CommentDetail),
    /// An attachment.
    Attachment(AttachmentDetail),
}

/// What only comments have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommentDetail {
    /// Whether it stands on words of the page.
    pub is_inline: bool,
    /// The comment it answers.
    pub parent: Option<ContentId>,
    /// `open`, `reopened`, `resolved`, `dangling`, …: an open list. Only inline comments have it.
    pub resolution: Option<String>,
    /// The words of the page it is about. Only inline comments have them.
    pub selection: Option<String>,
    /// What it says. Absent where the listing asked for no bodies, and sometimes where it did.
    pub body: Option<Body>,
}

/// What only attachments have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttachmentDetail {
    /// The file name people see; may hold any character.
    pub title: String,
    /// Such as `image/png`; empty where the site does not know.
    pub media_type: String,
    /// In bytes.
    pub file_size: u64,
    /// What bodies in Atlassian document format call the file. Not its id.
    pub file_id: Option<String>,
    /// When the first version was uploaded.
    pub created_at: Timestamp,
}

impl Annex {
    /// When it was last edited or uploaded, by the site's clock.
    pub fn modified_at(&self) -> Timestamp {
        self.version.created_at
    }

    /// Its kind.
    pub fn kind(&self) -> AnnexKind {
        match &self.detail {
            AnnexDetail::Attachment(_) => AnnexKind::Attachment,
            AnnexDetail::Comment(comment) if comment.is_inline => AnnexKind::InlineComment,
            AnnexDetail::Comment(_) => AnnexKind::FooterComment,
        }
    }

    /// The comment it answers.
    pub fn parent(&self) -> Option<&ContentId> {
        match &self.detail {
            AnnexDetail::Comment(comment) => comment.parent.as_ref(),
            AnnexDetail::Attachment(_) => None,
        }
    }
}
