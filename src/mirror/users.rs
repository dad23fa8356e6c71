//! Who the authors are: names for the account ids that the content brought along.

use tracing::warn;

use crate::confluence::ErrorKind;
use crate::model::{AccountId, Finding, FindingKind, User};

use super::{Error, PAGE_SIZE, Run, Source};

/// What findings call the look-up of names.
const SUBJECT: &str = "users";

impl<S: Source> Run<'_, S> {
    /// Looks up every account that the mirror knows only by id. Names are an ornament: a grant that may not read
    /// them is a finding, and the run goes on.
    pub(super) async fn name_users(&mut self) -> Result<(), Error> {
        let (store, cloud_id) = (&self.mirror.store, &self.mirror.site.cloud_id);
        loop {
            let ids = store.unknown_users(cloud_id, PAGE_SIZE.into()).await?;
            if ids.is_empty() {
                return Ok(());
            }
            let users = match self.mirror.source.users(&ids).await {
                Ok(users) => users,
                Err(error) if matches!(error.kind, ErrorKind::ScopeMismatch | ErrorKind::Forbidden) => {
                    warn!("the names of users cannot be read: {error}");
                    return self.record_findings(vec![unnamed(&error.to_string())]).await;
                }
                Err(error) => return Err(error.into()),
            };
            let now = self.mirror.clock.now();
            store
                .apply_users(cloud_id, with_strangers(users, ids), now)
                .await?;
            store
                .close_findings(cloud_id, vec![(FindingKind::Refused, SUBJECT.to_owned())], now)
                .await?;
        }
    }
}

fn unnamed(reason: &str) -> Finding {
    let detail = format!("the names of users cannot be read: {reason}");
    Finding {
        kind: FindingKind::Refused,
        subject: SUBJECT.to_owned(),
        content: None,
        detail,
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
