//! A page, blog post or folder.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::state::{AccountId, Body, Content};

use super::{Account, Site};

/// A page, blog post or folder: no more than its id.
///
/// The methods that answer `Self` say how it has been from the start; nobody edits anything by them, and the version
/// stays. What people do to it later is on [`Site`].
#[derive(Clone, Debug)]
pub struct Page {
    site: Site,
    id: u64,
}

#[expect(
    clippy::return_self_not_must_use,
    reason = "a page exists whether or not its handle is kept"
)]
impl Page {
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

    fn set(self, change: impl FnOnce(&mut Content)) -> Self {
        self.site.change(|site| site.change(self.id, change));
        self
    }

    /// Says this, in storage format.
    pub fn body(self, storage: impl AsRef<str>) -> Self {
        self.set(|content| content.version.body = Body::storage(storage.as_ref()))
    }

    /// Says this in Atlassian document format, beside its storage format.
    pub fn adf(self, document: &str) -> Self {
        self.set(|content| content.version.body = content.version.body.clone().with_adf(document))
    }

    /// Hangs under another page or a folder, in its space.
    pub fn under(self, parent: &Page) -> Self {
        self.site.move_under(&self, parent);
        self
    }

    /// Was written by that person.
    pub fn by(self, account: &Account) -> Self {
        self.set(|content| {
            content.author = Some(AccountId::clone(&account.id));
            content.version.author = Some(AccountId::clone(&account.id));
        })
    }

    /// Was written by someone whose account is gone.
    pub fn by_nobody(self) -> Self {
        self.set(|content| {
            content.author = None;
            content.version.author = None;
        })
    }

    /// Was created then.
    pub fn created_at(self, instant: DateTime<Utc>) -> Self {
        self.set(|content| {
            content.created_at = instant;
            content.version.created_at = instant;
        })
    }

    /// Was edited then, to say this: one version more.
    pub fn edited_at(
        self,
        instant: DateTime<Utc>,
        by: &Account,
        message: &str,
        storage: impl AsRef<str>,
    ) -> Self {
        self.set(|content| {
            let mut next = content.version.clone();
            next.number += 1;
            next.created_at = instant;
            next.author = Some(AccountId::clone(&by.id));
            next.message = Arc::from(message);
            next.body = Body::storage(storage.as_ref());
            content.save(next);
        })
    }

    /// Stands there among its siblings; lower comes first.
    pub fn position(self, position: i32) -> Self {
        self.set(|content| content.position = Some(position))
    }

    /// Has no position among its siblings, like pages that nobody ever ordered.
    pub fn unpositioned(self) -> Self {
        self.set(|content| content.position = None)
    }

    /// Carries these labels.
    pub fn labelled(self, names: &[&str]) -> Self {
        for name in names {
            self.site.label(&self, name);
        }
        self
    }

    /// Is restricted so that the account does not see it.
    pub fn hidden_from(self, account: &Account) -> Self {
        self.set(|content| _ = content.hidden_from.insert(AccountId::clone(&account.id)))
    }

    /// Is visible to the account again.
    pub fn shown_to(self, account: &Account) -> Self {
        self.set(|content| _ = content.hidden_from.remove(&account.id))
    }
}
