//! What is asked of the store about a site as a whole: its spaces, its people, what its app may spend.

use crate::model::{
    AccountId, CloudId, Counts, Domain, Site, Space, SpaceId, SpaceKey, Spending, Timestamp, User,
};

use crate::store::{Error, Store, alerts, pauses, people, sites, spending};

impl Store {
    /// Makes the site known, or follows it to a new domain or name. Everything else needs this first.
    pub async fn register_site(&self, site: Site, at: Timestamp) -> Result<(), Error> {
        self.writer
            .transaction("register the site", move |tx| sites::register(tx, &site, at))
            .await
    }

    /// Removes the site at `domain` with everything that belongs to it, and says how much content that was; `None` if
    /// the mirror has no such site.
    pub async fn forget_site(&self, domain: &Domain) -> Result<Option<u64>, Error> {
        let domain = domain.to_string();
        self.writer
            .transaction("forget a site", move |tx| sites::forget(tx, &domain))
            .await
    }

    /// Writes the spaces that differ.
    pub async fn apply_spaces(
        &self,
        site: &CloudId,
        spaces: Vec<Space>,
        at: Timestamp,
    ) -> Result<Counts, Error> {
        let site = site.clone();
        self.writer
            .transaction("apply spaces", move |tx| {
                let site = sites::number(tx, &site)?;
                sites::apply_spaces(tx, site, &spaces, at)
            })
            .await
    }

    /// The spaces that hold living content here and are not among `visible`.
    pub async fn lost_spaces(
        &self,
        site: &CloudId,
        visible: Vec<SpaceId>,
    ) -> Result<Vec<(SpaceId, SpaceKey)>, Error> {
        let site = site.clone();
        self.writer
            .transaction("look for lost spaces", move |tx| {
                let site = sites::number(tx, &site)?;
                sites::lost_spaces(tx, site, &visible)
            })
            .await
    }

    /// Pauses the connection to `domain` from `since` on, or lets it go on.
    pub async fn pause(&self, domain: &Domain, since: Option<Timestamp>) -> Result<(), Error> {
        let domain = domain.to_string();
        self.writer
            .transaction("note a pause", move |tx| pauses::set(tx, &domain, since))
            .await
    }

    /// Notes that somebody was told of a matter, in which words; or that it is over.
    pub async fn note_alert(&self, matter: &str, text: Option<String>, at: Timestamp) -> Result<(), Error> {
        let matter = matter.to_owned();
        self.writer
            .transaction("note an alert", move |tx| {
                alerts::note(tx, &matter, text.as_deref(), at)
            })
            .await
    }

    /// Takes note of what an app has spent of its points.
    pub async fn note_spending(&self, spending: Spending) -> Result<(), Error> {
        self.writer
            .transaction("note the points spent", move |tx| spending::note(tx, &spending))
            .await
    }

    /// What an app was last known to have spent of its points.
    pub async fn spending(&self, app: &str) -> Result<Option<Spending>, Error> {
        let app = app.to_owned();
        self.writer
            .transaction("read the points spent", move |tx| spending::of(tx, &app))
            .await
    }

    /// Up to `limit` accounts whose names are not known yet, those asked for least often first.
    ///
    /// Accounts the site never answers for come again after all others: ask a bounded number of times per run.
    pub async fn unknown_users(&self, site: &CloudId, limit: usize) -> Result<Vec<AccountId>, Error> {
        let site = site.clone();
        self.writer
            .transaction("list unknown users", move |tx| {
                let site = sites::number(tx, &site)?;
                people::unknown(tx, site, limit)
            })
            .await
    }

    /// Up to `limit` accounts whose names the site told longest ago; they go to the end of that queue.
    pub async fn oldest_names(
        &self,
        site: &CloudId,
        limit: usize,
        at: Timestamp,
    ) -> Result<Vec<AccountId>, Error> {
        let site = site.clone();
        self.writer
            .transaction("list old names", move |tx| {
                let site = sites::number(tx, &site)?;
                people::oldest(tx, site, limit, at)
            })
            .await
    }

    /// Writes the names that differ, and puts them into the Markdown that mentions those people.
    pub async fn apply_users(&self, site: &CloudId, users: Vec<User>, at: Timestamp) -> Result<(), Error> {
        let site = site.clone();
        self.writer
            .transaction("apply users", move |tx| {
                let site = sites::number(tx, &site)?;
                people::apply(tx, site, &users, at)
            })
            .await
    }
}
