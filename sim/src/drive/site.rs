//! A site and what people do on it.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::server::Shared;
use crate::state::{self, AccountId, Body, Content, Status, Version, World};

use super::{Account, Page, Space};

/// A Confluence tenant.
#[derive(Clone, Debug)]
pub struct Site {
    shared: Shared,
    index: usize,
}

impl Site {
    pub(crate) fn new(shared: Shared, index: usize) -> Self {
        Self { shared, index }
    }

    pub(crate) fn index(&self) -> usize {
        self.index
    }

    /// Looks at the site.
    pub(crate) fn look<T>(&self, look: impl FnOnce(&state::Site) -> T) -> T {
        look(&self.shared.lock().sites[self.index])
    }

    /// Changes the site.
    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut state::Site) -> T) -> T {
        change(&mut self.shared.lock().sites[self.index])
    }

    /// Changes the site by an event that needs an instant of its own.
    pub(crate) fn event<T>(&self, event: impl FnOnce(&mut state::Site, DateTime<Utc>) -> T) -> T {
        let world: &mut World = &mut self.shared.lock();
        let now = world.tick();
        event(&mut world.sites[self.index], now)
    }

    /// The site's time.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.shared.lock().now()
    }

    /// Its identity.
    pub fn cloud_id(&self) -> String {
        self.look(|site| site.cloud_id.clone())
    }

    /// Its host name.
    pub fn domain(&self) -> String {
        self.look(|site| site.domain.clone())
    }

    /// Its administrators move it to another host name; the cloud id stays.
    pub fn rename_to(&self, domain: &str) {
        self.change(|site| domain.clone_into(&mut site.domain));
    }

    /// Makes the account a member.
    pub fn member(&self, account: &Account) -> &Self {
        self.change(|site| site.members.insert(AccountId::clone(&account.id)));
        self
    }

    /// Ends the account's membership.
    pub fn expel(&self, account: &Account) {
        self.change(|site| site.members.remove(&account.id));
    }

    /// The space of that key; a new one where there is none.
    pub fn space(&self, key: &str) -> Space {
        let found = self.look(|site| {
            let space = site.spaces.values().find(|space| space.key == key);
            space.map(|space| space.id)
        });
        let id = found.unwrap_or_else(|| self.event(|site, now| state::Space::found(site, key, now)));
        Space::new(self.clone(), id)
    }

    /// Saves a new version of the page with that body.
    pub fn edit(&self, page: &Page, body: impl AsRef<str>) {
        let body = Body::storage(body.as_ref());
        self.save(page, None, |version| version.body = body);
    }

    /// As [`edit`](Self::edit), by that person.
    pub fn edit_as(&self, account: &Account, page: &Page, body: impl AsRef<str>) {
        let body = Body::storage(body.as_ref());
        self.save(page, Some(account), |version| version.body = body);
    }

    /// Saves a new version of the page with that title.
    pub fn rename(&self, page: &Page, title: &str) {
        self.save(page, None, |version| version.title = title.into());
    }

    fn save(&self, page: &Page, by: Option<&Account>, edit: impl FnOnce(&mut Version)) {
        self.event(|site, now| {
            site.change(page.number(), |content| {
                let mut next = next_version(content, now);
                if let Some(account) = by {
                    next.author = Some(AccountId::clone(&account.id));
                }
                edit(&mut next);
                content.save(next);
            });
        });
    }

    /// From now on the site still answers the routes of version 1 that were removed, as programs that were written
    /// for them expect; or does not any more.
    pub fn keeps_version_1(&self, yes: bool) {
        self.change(|site| site.keeps_version_1 = yes);
    }

    /// From now on the account does not see the content of that id.
    pub fn hide(&self, id: &str, account: &Account) {
        self.restrict(id, |hidden_from| {
            _ = hidden_from.insert(AccountId::clone(&account.id));
        });
    }

    /// Takes [`hide`](Self::hide) back.
    pub fn show(&self, id: &str, account: &Account) {
        self.restrict(id, |hidden_from| _ = hidden_from.remove(&account.id));
    }

    fn restrict(&self, id: &str, restrict: impl FnOnce(&mut BTreeSet<AccountId>)) {
        if let Ok(id) = id.parse() {
            self.change(|site| site.change(id, |content| restrict(&mut content.hidden_from)));
        }
    }

    /// Moves the page, with everything below it. That is no edit: its version stays. A page cannot come to hang below
    /// itself; then nothing changes.
    pub fn move_under(&self, page: &Page, parent: &Page) {
        self.change(|site| {
            if let Some(space) = site.content(parent.number()).map(|parent| parent.space) {
                site.move_to(page.number(), space, Some(parent.number()));
            }
        });
    }

    /// Moves the page, with everything below it, to the top of a space. That is no edit: its version stays.
    pub fn move_to_top_of(&self, page: &Page, space: &Space) {
        self.change(|site| site.move_to(page.number(), space.number(), None));
    }

    /// Moves the page to the trash. Its children move up to its parent. That is no edit: versions stay.
    pub fn trash(&self, page: &Page) {
        self.change(|site| site.trash(page.number()));
    }

    /// Takes the page out of the trash, or out of the archive, with the version it had.
    pub fn restore(&self, page: &Page) {
        self.change(|site| site.restore(page.number()));
    }

    /// Removes the page for good.
    pub fn purge(&self, page: &Page) {
        self.change(|site| site.purge(page.number()));
    }

    /// Publishes a draft.
    pub fn publish(&self, page: &Page) {
        self.event(|site, now| {
            site.change(page.number(), |content| {
                content.status = Status::Current;
                content.version.created_at = now;
            });
        });
    }

    /// Archives the page. That is no edit: its version stays.
    pub fn archive(&self, page: &Page) {
        self.change(|site| site.change(page.number(), |content| content.status = Status::Archived));
    }
}

/// The version after the present one, saying the same.
fn next_version(content: &Content, now: DateTime<Utc>) -> Version {
    Version {
        number: content.version.number + 1,
        message: Arc::default(),
        is_minor: false,
        created_at: now,
        ..content.version.clone()
    }
}
