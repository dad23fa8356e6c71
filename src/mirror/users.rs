//! Who the authors are: names for the account ids that the content brought along.

use crate::model::{AccountId, User};

use super::{Error, PAGE_SIZE, Run, Source};

impl<S: Source> Run<'_, S> {
    /// Looks up every account that the mirror knows only by id.
    pub(super) async fn name_users(&mut self) -> Result<(), Error> {
        let (store, cloud_id) = (&self.mirror.store, &self.mirror.site.cloud_id);
        loop {
            let ids = store.unknown_users(cloud_id, PAGE_SIZE.into()).await?;
            if ids.is_empty() {
                return Ok(());
            }
            let users = self.mirror.source.users(&ids).await?;
            store
                .apply_users(cloud_id, with_strangers(users, ids), self.mirror.clock.now())
                .await?;
        }
    }
}

/// How many of the names that the site told longest ago a sweep asks for again: four requests, 2,004 points.
const ASKED_AGAIN: usize = 4 * PAGE_SIZE as usize;

impl<S: Source> Run<'_, S> {
    /// Asks again for some of the people whose names are known: nothing tells that somebody is called otherwise now.
    /// Whom the site no longer knows keeps their name.
    pub(super) async fn rename_users(&mut self) -> Result<(), Error> {
        let now = self.mirror.clock.now();
        let (store, cloud_id) = (&self.mirror.store, &self.mirror.site.cloud_id);
        let ids = store.oldest_names(cloud_id, ASKED_AGAIN, now).await?;
        for some in ids.chunks(PAGE_SIZE.into()) {
            let users = self.mirror.source.users(some).await?;
            store.apply_users(cloud_id, users, now).await?;
        }
        Ok(())
    }
}

/// Adds the accounts that the site does not know, under their ids, so that they are not asked for again.
fn with_strangers(mut users: Vec<User>, asked: Vec<AccountId>) -> Vec<User> {
    let strangers: Vec<_> = asked
        .into_iter()
        .filter(|id| users.iter().all(|user| user.id != *id))
        .collect();
    users.extend(strangers.into_iter().map(|id| User {
        display_name: id.to_string(),
        id,
        kind: "unknown".to_owned(),
    }));
    users
}
