//! A space and what is founded in it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use crate::state::{self, AccountId, Body, Content, Generator, Kind, Readers, Status, Version};

use super::{Account, Page, Site};

/// A space.
#[derive(Clone, Debug)]
pub struct Space {
    site: Site,
    id: u64,
}

impl Space {
    pub(crate) fn new(site: Site, id: u64) -> Self {
        Self { site, id }
    }

    pub(crate) fn number(&self) -> u64 {
        self.id
    }

    /// Its id, in the API's decimal digits.
    pub fn id(&self) -> String {
        self.id.to_string()
    }

    fn change(&self, change: impl FnOnce(&mut state::Space)) -> &Self {
        self.site.change(|site| site.spaces.get_mut(&self.id).map(change));
        self
    }

    /// Sets its title, which is its key at first.
    pub fn named(&self, name: &str) -> &Self {
        self.change(|space| name.clone_into(&mut space.name))
    }

    /// Sets its type, such as `personal`; `global` at first.
    pub fn kind(&self, kind: &str) -> &Self {
        self.change(|space| kind.clone_into(&mut space.kind))
    }

    /// Sets its description.
    pub fn described(&self, text: &str) -> &Self {
        self.change(|space| space.description = Some(text.to_owned()))
    }

    /// Sets the page that opens with the space.
    pub fn homepage(&self, page: &Page) -> &Self {
        self.change(|space| space.homepage = Some(page.number()))
    }

    /// Changes its key; its id stays.
    pub fn rename_key(&self, key: &str) -> &Self {
        self.change(|space| key.clone_into(&mut space.key))
    }

    /// From now on the account neither sees the space nor anything in it.
    pub fn hide_from(&self, account: &Account) -> &Self {
        self.change(|space| _ = space.hidden_from.insert(AccountId::clone(&account.id)))
    }

    /// Takes [`hide_from`](Self::hide_from) back.
    pub fn show_to(&self, account: &Account) -> &Self {
        self.change(|space| _ = space.hidden_from.remove(&account.id))
    }

    /// A data security policy keeps every app from its content. The space itself stays listed.
    pub fn block_apps(&self, are_blocked: bool) -> &Self {
        self.change(|space| space.blocks_apps = are_blocked)
    }

    /// Archives the space; its pages keep their status.
    pub fn archive(&self) -> &Self {
        self.change(|space| space.status = "archived")
    }

    /// Moves the space to the trash: neither it nor what it holds is listed, but where its trash is asked for.
    pub fn trash(&self) -> &Self {
        self.change(|space| space.status = "trashed")
    }

    /// Takes the space out of the trash, or out of the archive.
    pub fn restore(&self) -> &Self {
        self.change(|space| space.status = "current")
    }

    /// Deletes the space with all it holds.
    pub fn delete(&self) {
        self.site.change(|site| {
            let held: Vec<u64> = site
                .contents()
                .filter(|content| content.space == self.id)
                .map(|content| content.id)
                .collect();
            for id in held {
                site.purge(id);
            }
            site.spaces.remove(&self.id);
        });
    }

    /// A new page at the top of the space, that says nothing but its title. The handle's methods make it another
    /// one without that being an edit.
    pub fn page(&self, title: &str) -> Page {
        self.create(Kind::Page, title)
    }

    /// New pages at the top of the space.
    pub fn pages<'a>(&self, titles: impl IntoIterator<Item = &'a str>) -> Vec<Page> {
        titles.into_iter().map(|title| self.page(title)).collect()
    }

    /// A new blog post.
    pub fn blog_post(&self, title: &str) -> Page {
        self.create(Kind::BlogPost, title)
    }

    /// A new page that nobody has published yet.
    pub fn draft(&self, title: &str) -> Page {
        let draft = self.create(Kind::Page, title);
        self.site
            .change(|site| site.change(draft.number(), |content| content.status = Status::Draft));
        draft
    }

    /// A new folder at the top of the space.
    pub fn folder(&self, title: &str) -> Page {
        self.create(Kind::Folder, title)
    }

    /// A new whiteboard at the top of the space.
    pub fn whiteboard(&self, title: &str) -> Page {
        self.create(Kind::Whiteboard, title)
    }

    /// A new database at the top of the space.
    pub fn database(&self, title: &str) -> Page {
        self.create(Kind::Database, title)
    }

    /// A new smart link at the top of the space.
    pub fn smart_link(&self, title: &str) -> Page {
        self.create(Kind::Embed, title)
    }

    fn create(&self, kind: Kind, title: &str) -> Page {
        let id = self.site.event(|site, now| {
            let id = site.next_id();
            let author = site.members.first().map(AccountId::clone);
            let body = Body::storage(&format!("<p>{}</p>", escaped(title)));
            let version = first_version(title, body, author, now);
            site.put(content(id, kind, self.id, version));
            id
        });
        Page::new(self.site.clone(), id)
    }

    /// So many pages at the top of the space, of which `write` tells title and body. It must answer the same for the
    /// same number every time, as bodies are written only when someone reads them; and it must not touch the
    /// simulation. They were created a millisecond apart, the last one just now.
    pub fn pages_generated(
        &self,
        count: u64,
        write: impl Fn(u64) -> (String, String) + Send + Sync + 'static,
    ) -> Vec<Page> {
        let write: Generator = Arc::new(write);
        let now = self.site.now();
        let create = |site: &mut state::Site, index: u64| {
            let id = site.next_id();
            let body = Body::Generated {
                write: Arc::clone(&write),
                index,
            };
            let author = site.members.first().map(AccountId::clone);
            let age = TimeDelta::milliseconds((count - 1 - index).cast_signed());
            let version = first_version(&write(index).0, body, author, now - age);
            site.put(content(id, Kind::Page, self.id, version));
            id
        };
        let ids: Vec<u64> = self
            .site
            .change(|site| (0..count).map(|index| create(site, index)).collect());
        ids.into_iter()
            .map(|id| Page::new(self.site.clone(), id))
            .collect()
    }
}

fn first_version(title: &str, body: Body, author: Option<AccountId>, created_at: DateTime<Utc>) -> Version {
    Version {
        number: 1,
        message: Arc::default(),
        is_minor: false,
        author,
        created_at,
        title: title.into(),
        body,
    }
}

/// Content at the top of a space. Like much on real sites, it has no position as long as nobody moved it.
fn content(id: u64, kind: Kind, space: u64, version: Version) -> Content {
    Content {
        id,
        kind,
        space,
        parent: None,
        position: None,
        status: Status::Current,
        author: version.author.clone(),
        created_at: version.created_at,
        version,
        earlier: Vec::new(),
        labels: Vec::new(),
        hidden_from: BTreeSet::new(),
        properties: BTreeMap::new(),
        readers: Readers::default(),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
