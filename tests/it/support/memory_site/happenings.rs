//! What people do on the site, and what goes wrong.

use std::collections::BTreeSet;

use millpond::model::{ContentKind, ContentStatus};

use super::pages::Page;
use super::{AnnexEvent, PEOPLE, SpaceEvent, World};

/// Something that people do on the site. Numbers pick pages and spaces modulo how many there are.
#[derive(Clone, Debug)]
pub(crate) enum Event {
    Create {
        space: u8,
    },
    CreateFolder {
        space: u8,
    },
    /// Writes a blog post.
    Post {
        space: u8,
    },
    Edit {
        page: u8,
    },
    Rename {
        page: u8,
    },
    /// Bumps no version.
    Move {
        page: u8,
        under: u8,
    },
    MoveToSpace {
        page: u8,
        space: u8,
    },
    Archive {
        page: u8,
    },
    Unarchive {
        page: u8,
    },
    Trash {
        page: u8,
    },
    Restore {
        page: u8,
    },
    Purge {
        page: u8,
    },
    /// Something about comments or attachments, which bumps no version of a page.
    Annex(AnnexEvent),
    /// Bumps no version, as all that is done with labels.
    Label {
        page: u8,
        label: u8,
    },
    Unlabel {
        page: u8,
        label: u8,
    },
    Space(SpaceEvent),
    /// A person is called something else from now on.
    RenamePerson {
        person: u8,
    },
    /// The site cannot deliver something any more: content, a comment, an attachment or a space.
    Break {
        thing: u8,
    },
    /// It delivers everything again.
    Mend,
    /// Time passes on both clocks.
    Wait {
        minutes: u16,
    },
}

/// Something that goes wrong with the next request.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
    /// The answer is an error.
    Fail,
    /// The mirror is stopped while it waits for the answer.
    Stop,
    /// One item of the answer does not decode.
    OddItem,
    /// One item comes without its body.
    NoBody,
    /// The cursor is refused.
    StaleCursor,
}

/// What happens at a request, before it is answered.
#[derive(Clone, Debug)]
pub(crate) enum Happening {
    Event(Event),
    Fault(Fault),
    Nothing,
}

impl World {
    pub(super) fn happen(&mut self, event: &Event) {
        self.now += 1;
        let now = self.now;
        match *event {
            Event::Create { space } => self.create(ContentKind::Page, space),
            Event::Post { space } => self.create(ContentKind::BlogPost, space),
            Event::CreateFolder { space } => self.create(ContentKind::Folder, space),
            Event::Edit { page } => self.change(page, |page| page.touch(now)),
            Event::Rename { page } => self.change(page, |page| {
                page.touch(now);
                page.title = format!("{} renamed at {now}", page.title.split(' ').next().unwrap());
            }),
            Event::Move { page, under } => {
                let holds = |id: &u64| self.pages[id].kind != ContentKind::BlogPost;
                let parent = self.pick(under).filter(holds);
                self.change_page(page, |page| page.parent = parent);
            }
            Event::MoveToSpace { page, space } => {
                let space = self.spaces.pick(space);
                self.change_page(page, |page| (page.space, page.parent) = (space, None));
            }
            Event::Archive { page } => {
                self.change_page(page, |page| page.status = ContentStatus::Archived);
            }
            Event::Unarchive { page } => self.change(page, |page| {
                if page.status == ContentStatus::Archived {
                    page.status = ContentStatus::Current;
                }
            }),
            Event::Trash { page } => self.change(page, |page| page.status = ContentStatus::Trashed),
            Event::Restore { page } => self.change(page, |page| {
                if page.status == ContentStatus::Trashed {
                    page.status = ContentStatus::Current;
                }
            }),
            Event::Purge { page } => {
                if let Some(id) = self.pick(page) {
                    self.pages.remove(&id);
                }
            }
            Event::Annex(ref event) => self.annex(event),
            Event::Label { page, label } => {
                let id = self.label_id(label);
                self.change(page, |page| {
                    if !page.kind.is_stub() {
                        page.labels.insert(id);
                    }
                });
            }
            Event::Unlabel { page, label } => {
                let id = self.label_id(label);
                self.change(page, |page| _ = page.labels.remove(&id));
            }
            Event::Space(ref event) => self.spaces.happen(event, now),
            Event::RenamePerson { person } => {
                let person = PEOPLE[usize::from(person) % PEOPLE.len()];
                *self.renamed.entry(person).or_default() += 1;
            }
            Event::Break { thing } => {
                let ids = self.pages.keys().map(ToString::to_string);
                let ids: Vec<_> = ids.chain(self.annex_names()).chain(self.spaces.names()).collect();
                if let Some(id) = ids.get(usize::from(thing) % ids.len().max(1)) {
                    self.broken.insert(id.clone());
                }
            }
            Event::Mend => self.broken.clear(),
            Event::Wait { minutes } => self.now += u64::from(minutes) * 60_000,
        }
    }

    fn create(&mut self, kind: ContentKind, space: u8) {
        let (id, now) = (self.next_id, self.now);
        self.next_id += 1;
        let page = Page {
            kind,
            space: self.spaces.pick(space),
            parent: None,
            title: format!("Page-{id}"),
            status: ContentStatus::Current,
            version: 1,
            created_at: now,
            modified_at: now,
            labels: BTreeSet::new(),
        };
        self.pages.insert(id, page);
    }

    fn label_id(&mut self, label: u8) -> u64 {
        let known = self.labels.iter().position(|known| *known == label);
        let place = known.unwrap_or_else(|| {
            self.labels.push(label);
            self.labels.len() - 1
        });
        place as u64
    }

    pub(super) fn pick(&self, number: u8) -> Option<u64> {
        let count = self.pages.len().max(1);
        self.pages.keys().nth(usize::from(number) % count).copied()
    }

    fn change(&mut self, number: u8, change: impl FnOnce(&mut Page)) {
        if let Some(page) = self.pick(number).and_then(|id| self.pages.get_mut(&id)) {
            change(page);
        }
    }

    /// Blog posts are neither moved nor archived; pages and folders are.
    fn change_page(&mut self, number: u8, change: impl FnOnce(&mut Page)) {
        self.change(number, |content| {
            if content.kind != ContentKind::BlogPost {
                change(content);
            }
        });
    }
}
