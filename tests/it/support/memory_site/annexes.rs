//! Comments and attachments of the site in memory. They vanish from the listings along with their page.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use millpond::confluence::{AnnexQuery, Batch, FileQuery, Order};
use millpond::model::{
    AccountId, Annex, AnnexDetail, AnnexKind, AttachmentDetail, Body, CommentDetail, ContentId,
    ContentStatus, Cursor, Version,
};

use sha2::{Digest, Sha256};

use super::{MemorySite, PEOPLE, World, instant};

/// Something that people do with comments and files. Numbers pick modulo how many there are.
#[derive(Clone, Debug)]
pub(crate) enum AnnexEvent {
    Comment {
        page: u8,
        is_inline: bool,
    },
    Reply {
        comment: u8,
    },
    EditComment {
        comment: u8,
    },
    /// Bumps no version, not even that of the comment.
    Resolve {
        comment: u8,
    },
    DeleteComment {
        comment: u8,
    },
    Attach {
        page: u8,
    },
    ReplaceFile {
        file: u8,
    },
    /// Bumps no version.
    RenameFile {
        file: u8,
    },
    TrashFile {
        file: u8,
    },
    DeleteFile {
        file: u8,
    },
}

/// A comment or attachment as a visitor sees it, and as the mirror should hold it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SeenAnnex {
    pub(crate) id: String,
    pub(crate) page: String,
    pub(crate) parent: Option<String>,
    pub(crate) kind: String,
    pub(crate) version: u32,
    /// Of a comment whether it is resolved, of an attachment its name.
    pub(crate) state: Option<String>,
    /// What a comment says, and the digest of a file.
    pub(crate) text: String,
}

#[derive(Debug, Default)]
pub(super) struct Annexes(BTreeMap<u64, One>);

#[derive(Clone, Debug)]
struct One {
    kind: AnnexKind,
    page: u64,
    parent: Option<u64>,
    version: u32,
    state: Option<String>,
    is_trashed: bool,
    created_at: u64,
    modified_at: u64,
}

impl MemorySite {
    /// Every comment and attachment of living pages.
    pub(crate) fn visible_annexes(&self) -> Vec<SeenAnnex> {
        let world = self.0.lock().unwrap();
        let alive = world.annexes.0.iter().filter(|(_, one)| world.shows(one));
        let mut visible: Vec<_> = alive.map(|(id, one)| one.seen(*id)).collect();
        visible.sort();
        visible
    }
}

impl World {
    fn shows(&self, one: &One) -> bool {
        let page = self.pages.get(&one.page);
        !one.is_trashed && page.is_some_and(|page| self.shows_page(page))
    }

    pub(super) fn annex(&mut self, event: &AnnexEvent) {
        let now = self.now;
        match *event {
            AnnexEvent::Comment { page, is_inline } => {
                let (kind, state) = if is_inline {
                    (AnnexKind::InlineComment, Some("open".to_owned()))
                } else {
                    (AnnexKind::FooterComment, None)
                };
                if let Some(page) = self.pick(page) {
                    self.add(kind, page, None, state);
                }
            }
            AnnexEvent::Reply { comment } => {
                if let Some(id) = self.pick_annex(comment, false) {
                    let parent = self.annexes.0[&id].clone();
                    self.add(parent.kind, parent.page, Some(id), parent.state);
                }
            }
            AnnexEvent::EditComment { comment } => {
                self.change_annex(comment, false, |one| one.touch(now));
            }
            AnnexEvent::Resolve { comment } => self.change_annex(comment, false, |one| {
                one.state = one.state.as_ref().map(|_| "resolved".to_owned());
            }),
            AnnexEvent::DeleteComment { comment } => {
                if let Some(id) = self.pick_annex(comment, false) {
                    self.delete(id);
                }
            }
            AnnexEvent::Attach { page } => {
                if let Some(page) = self.pick(page) {
                    let name = Some(format!("file at {now}.txt"));
                    self.add(AnnexKind::Attachment, page, None, name);
                }
            }
            AnnexEvent::ReplaceFile { file } => self.change_annex(file, true, |one| one.touch(now)),
            AnnexEvent::RenameFile { file } => self.change_annex(file, true, |one| {
                one.state = Some(format!("renamed at {now}.txt"));
            }),
            AnnexEvent::TrashFile { file } => self.change_annex(file, true, |one| one.is_trashed = true),
            AnnexEvent::DeleteFile { file } => {
                if let Some(id) = self.pick_annex(file, true) {
                    self.annexes.0.remove(&id);
                }
            }
        }
    }

    fn add(&mut self, kind: AnnexKind, page: u64, parent: Option<u64>, state: Option<String>) {
        let one = One {
            kind,
            page,
            parent,
            version: 1,
            state,
            is_trashed: false,
            created_at: self.now,
            modified_at: self.now,
        };
        self.annexes.0.insert(self.next_id, one);
        self.next_id += 1;
    }

    fn delete(&mut self, id: u64) {
        self.annexes.0.remove(&id);
        let answers = self.annexes.0.iter().filter(|(_, one)| one.parent == Some(id));
        for answer in answers.map(|(id, _)| *id).collect::<Vec<_>>() {
            self.delete(answer);
        }
    }

    fn pick_annex(&self, number: u8, is_file: bool) -> Option<u64> {
        let of_kind = |(_, one): &(&u64, &One)| (one.kind == AnnexKind::Attachment) == is_file;
        let count = self.annexes.0.iter().filter(of_kind).count().max(1);
        let mut ids = self.annexes.0.iter().filter(of_kind).map(|(id, _)| *id);
        ids.nth(usize::from(number) % count)
    }

    fn change_annex(&mut self, number: u8, is_file: bool, change: impl FnOnce(&mut One)) {
        if let Some(id) = self.pick_annex(number, is_file)
            && let Some(one) = self.annexes.0.get_mut(&id)
        {
            change(one);
        }
    }

    pub(super) fn list_annexes(&self, query: &AnnexQuery, after: Option<&Cursor>) -> Option<Batch<Annex>> {
        let all = self.annexes.0.iter();
        let shown = all.filter(|(_, one)| one.kind == query.kind && self.shows(one));
        let found = shown.map(|(id, one)| (one.key(*id, query.order), one.name(*id), *id));
        let (ids, next) = self.cut(found.collect(), after)?;
        let items = ids
            .into_iter()
            .map(|id| Ok(self.annexes.0[&id].annex(id, query.bodies)));
        Some(self.dated(items.collect(), next))
    }

    /// The ids of all comments and attachments.
    pub(super) fn annex_names(&self) -> Vec<String> {
        self.annexes.0.iter().map(|(id, one)| one.name(*id)).collect()
    }

    /// What is in a file, in one of its versions.
    pub(super) fn file(&self, query: &FileQuery) -> Option<Vec<u8>> {
        let id = query
            .attachment
            .as_str()
            .trim_start_matches("att")
            .parse()
            .unwrap();
        let file = self.annexes.0.get(&id).filter(|one| self.shows(one))?;
        (query.version <= file.version).then(|| bytes(id, query.version))
    }

    /// The one with that id, which may be in the trash.
    pub(super) fn one_annex(&self, kind: AnnexKind, id: &ContentId) -> Batch<Annex> {
        let number = id.as_str().trim_start_matches("att").parse().unwrap();
        let found = self.annexes.0.get(&number).filter(|one| one.kind == kind);
        let is_there = |page: &super::Page| self.spaces.shows(page.space);
        let found = found.filter(|one| self.pages.get(&one.page).is_some_and(is_there));
        Batch {
            items: found
                .map(|one| self.deliverable(id, Ok(one.annex(number, true))))
                .into_iter()
                .collect(),
            next: None,
            server_time: Some(instant(self.now)),
        }
    }
}

impl One {
    fn touch(&mut self, now: u64) {
        self.version += 1;
        self.modified_at = now;
    }

    fn key(&self, id: u64, order: Order) -> String {
        match order {
            Order::NewestFirst => format!("{:020}-{id:012}", u64::MAX / 2 - self.modified_at),
            Order::Id | Order::OldestFirst => format!("{:020}-{id:012}", self.created_at),
            Order::LastIdFirst | Order::LastCreatedFirst => {
                format!(
                    "{:020}-{:012}",
                    u64::MAX / 2 - self.created_at,
                    999_999_999_999 - id
                )
            }
        }
    }

    fn name(&self, id: u64) -> String {
        match self.kind {
            AnnexKind::Attachment => format!("att{id}"),
            _ => id.to_string(),
        }
    }

    fn text(&self, id: u64) -> String {
        match self.kind {
            AnnexKind::Attachment => digest(&bytes(id, self.version)),
            _ => format!("Comment {id} at version {}", self.version),
        }
    }

    fn seen(&self, id: u64) -> SeenAnnex {
        SeenAnnex {
            id: self.name(id),
            page: self.page.to_string(),
            parent: self.parent.map(|parent| parent.to_string()),
            kind: self.kind.place().unwrap_or("attachment").to_owned(),
            version: self.version,
            state: self.state.clone(),
            text: self.text(id),
        }
    }

    /// As the site writes it: an answer names the comment it answers and no page.
    fn annex(&self, id: u64, with_body: bool) -> Annex {
        let detail = match self.kind {
            AnnexKind::Attachment => AnnexDetail::Attachment(AttachmentDetail {
                title: self.state.clone().unwrap_or_default(),
                media_type: "text/plain".to_owned(),
                file_size: 7,
                file_id: Some(format!("file-{id}")),
                created_at: instant(self.created_at),
            }),
            _ => AnnexDetail::Comment(CommentDetail {
                is_inline: self.kind == AnnexKind::InlineComment,
                parent: self.parent.map(|parent| ContentId::new(parent.to_string())),
                resolution: self.state.clone(),
                selection: self.state.as_ref().map(|_| "some words".to_owned()),
                body: with_body.then(|| Body::Storage(format!("<p>{}</p>", self.text(id)))),
            }),
        };
        let page = self
            .parent
            .is_none()
            .then(|| ContentId::new(self.page.to_string()));
        Annex {
            id: ContentId::new(self.name(id)),
            page,
            status: if self.is_trashed {
                ContentStatus::Trashed
            } else {
                ContentStatus::Current
            },
            version: Version {
                number: self.version,
                message: String::new(),
                is_minor: false,
                author: Some(AccountId::new(PEOPLE[2])),
                created_at: instant(self.modified_at),
            },
            detail,
        }
    }
}

/// What is in a file, in one of its versions: seven bytes, as its listing says.
fn bytes(id: u64, version: u32) -> Vec<u8> {
    format!("{:04}v{:02}", id % 10_000, version % 100).into_bytes()
}

fn digest(bytes: &[u8]) -> String {
    let mut digest = String::new();
    for byte in Sha256::digest(bytes) {
        write!(digest, "{byte:02x}").unwrap();
    }
    digest
}

/// The same without what it says.
pub(super) fn without_body(mut annex: Annex) -> Annex {
    if let AnnexDetail::Comment(comment) = &mut annex.detail {
        comment.body = None;
    }
    annex
}
