//! Labels, attachments and comments: none of them is an edit of the page.

use std::sync::Arc;

use crate::dice::Dice;
use crate::state::{self, AccountId, Body, CommentKind, Status};

use super::{Account, Page, Site};

/// An attachment.
#[derive(Clone, Debug)]
pub struct Attachment {
    number: u64,
    file_id: String,
}

impl Attachment {
    /// Its id, such as `att66076`.
    pub fn id(&self) -> String {
        format!("att{}", self.number)
    }

    /// The id of its file, which documents in Atlassian's format refer to.
    pub fn file_id(&self) -> &str {
        &self.file_id
    }
}

/// A comment.
#[derive(Clone, Debug)]
pub struct Comment {
    number: u64,
    page: u64,
}

impl Comment {
    /// Its id, in the API's decimal digits.
    pub fn id(&self) -> String {
        self.number.to_string()
    }
}

impl Site {
    /// Labels the page: `howto`, or with a prefix such as `my:todo`. That is no edit: its version stays.
    pub fn label(&self, page: &Page, name: &str) {
        self.change(|site| {
            let id = site.label_id(name);
            site.change(page.number(), |content| {
                if !content.labels.contains(&id) {
                    content.labels.push(id);
                }
            });
        });
    }

    /// Takes the label off the page.
    pub fn unlabel(&self, page: &Page, name: &str) {
        self.change(|site| {
            let id = site.label_id(name);
            site.change(page.number(), |content| {
                content.labels.retain(|label| *label != id);
            });
        });
    }

    /// From now on the site lists none of its labels, though its pages carry them; or lists them again.
    pub fn hide_labels(&self, are_hidden: bool) {
        self.change(|site| site.hides_labels = are_hidden);
    }

    /// An app keeps a value with the page, in JSON. That is no edit: its version stays.
    pub fn set_property(&self, page: &Page, key: &str, value: &str) {
        let value = serde_json::from_str(value).unwrap_or_else(|_| value.into());
        self.change(|site| {
            site.change(page.number(), |content| {
                _ = content.properties.insert(key.to_owned(), value);
            });
        });
    }

    /// An app takes away what it kept with the page.
    pub fn drop_property(&self, page: &Page, key: &str) {
        self.change(|site| site.change(page.number(), |content| _ = content.properties.remove(key)));
    }

    /// Restricts who may read the page: these accounts and groups, or everybody if there are none. It is not hidden
    /// from anybody by that; [`Page::hidden_from`] does so. That is no edit: its version stays.
    pub fn restrict_to(&self, page: &Page, accounts: &[&Account], groups: &[&str]) {
        let readers = state::Readers {
            accounts: accounts
                .iter()
                .map(|account| AccountId::clone(&account.id))
                .collect(),
            groups: groups.iter().map(|group| (*group).to_owned()).collect(),
        };
        self.change(|site| site.change(page.number(), |content| content.readers = readers));
    }

    /// From now on the attachment says that its file has so many bytes.
    pub fn misstate_size(&self, attachment: &Attachment, bytes: Option<usize>) {
        self.change(|site| {
            if let Some(attachment) = site.attachments.get_mut(&attachment.number) {
                attachment.said_size = bytes;
            }
        });
    }

    /// Attaches a file to the page.
    pub fn attach(&self, page: &Page, name: &str, media_type: &str, bytes: &[u8]) -> Attachment {
        self.event(|site, now| {
            let id = site.next_id();
            let file_id = Dice::from_text(&format!("{} {id}", site.cloud_id)).uuid();
            let attachment = state::Attachment {
                id,
                content: page.number(),
                status: Status::Current,
                title: name.to_owned(),
                media_type: media_type.to_owned(),
                file_id: file_id.clone(),
                author: site.members.first().map(AccountId::clone),
                created_at: now,
                versions: vec![(now, Arc::from(bytes))],
                said_size: None,
            };
            site.attachments.insert(id, attachment);
            Attachment { number: id, file_id }
        })
    }

    /// Uploads a new version of the file.
    pub fn replace_file(&self, attachment: &Attachment, bytes: &[u8]) {
        self.event(|site, now| {
            if let Some(attachment) = site.attachments.get_mut(&attachment.number) {
                attachment.versions.push((now, Arc::from(bytes)));
            }
        });
    }

    /// Calls the file by another name, which makes no new version.
    pub fn rename_file(&self, attachment: &Attachment, name: &str) {
        self.change(|site| {
            if let Some(attachment) = site.attachments.get_mut(&attachment.number) {
                name.clone_into(&mut attachment.title);
            }
        });
    }

    /// Removes the attachment for good.
    pub fn purge_attachment(&self, attachment: &Attachment) {
        self.change(|site| {
            site.attachments.remove(&attachment.number);
        });
    }

    /// Moves the attachment to the trash.
    pub fn trash_attachment(&self, attachment: &Attachment) {
        self.change(|site| {
            if let Some(attachment) = site.attachments.get_mut(&attachment.number) {
                attachment.status = Status::Trashed;
            }
        });
    }

    /// Comments at the foot of the page.
    pub fn comment(&self, by: &Account, page: &Page, storage: &str) -> Comment {
        self.add_comment(by, page.number(), CommentKind::Footer, None, storage)
    }

    /// Comments on words of the page.
    pub fn comment_on(&self, by: &Account, page: &Page, selection: &str, storage: &str) -> Comment {
        let kind = CommentKind::Inline {
            selection: selection.to_owned(),
        };
        self.add_comment(by, page.number(), kind, None, storage)
    }

    /// Answers a comment.
    pub fn reply(&self, by: &Account, to: &Comment, storage: &str) -> Comment {
        let kind = self.look(|site| site.comments.get(&to.number).map(|comment| comment.kind.clone()));
        let kind = kind.unwrap_or(CommentKind::Footer);
        self.add_comment(by, to.page, kind, Some(to.number), storage)
    }

    fn add_comment(
        &self,
        by: &Account,
        page: u64,
        kind: CommentKind,
        parent: Option<u64>,
        storage: &str,
    ) -> Comment {
        self.event(|site, now| {
            let id = site.next_id();
            let comment = state::Comment {
                id,
                kind,
                content: page,
                parent,
                status: Status::Current,
                author: Some(AccountId::clone(&by.id)),
                modified_at: now,
                body: Body::storage(storage),
                number: 1,
                is_resolved: false,
            };
            site.comments.insert(id, comment);
            Comment { number: id, page }
        })
    }

    /// Changes what a comment says.
    pub fn edit_comment(&self, comment: &Comment, storage: &str) {
        self.event(|site, now| {
            if let Some(comment) = site.comments.get_mut(&comment.number) {
                comment.body = Body::storage(storage);
                comment.number += 1;
                comment.modified_at = now;
            }
        });
    }

    /// Resolves a comment on words of a page.
    pub fn resolve(&self, comment: &Comment) {
        self.change(|site| {
            if let Some(comment) = site.comments.get_mut(&comment.number) {
                comment.is_resolved = true;
            }
        });
    }

    /// Deletes a comment and the answers to it.
    pub fn delete_comment(&self, comment: &Comment) {
        self.change(|site| {
            site.comments
                .retain(|id, other| *id != comment.number && other.parent != Some(comment.number));
        });
    }
}
