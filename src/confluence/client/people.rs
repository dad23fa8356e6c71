//! Who people are.

use tracing::debug;

use super::super::endpoint::Endpoint;
use super::super::search::MOST_USERS;
use super::super::{Error, wire};
use super::Client;
use crate::model::{AccountId, Rejected, User};

/// How many users the site may fail over in a row before that is no longer put down to them.
const FAILURES: usize = 3;

impl Client {
    /// The users with these ids, at most 250. Those the account may not see are left out, and so are some that the
    /// site fails over, if it answers for others.
    pub async fn users(&self, ids: &[AccountId]) -> Result<Vec<User>, Error> {
        let at_once = if self.finds_by_search() {
            MOST_USERS
        } else {
            usize::MAX
        };
        let mut waiting: Vec<_> = ids.chunks(at_once).rev().collect();
        let (mut users, mut failures) = (Vec::new(), 0);
        while let Some(some) = waiting.pop() {
            match self.some_users(some).await {
                Ok(found) => {
                    failures = 0;
                    users.extend(found.into_iter().filter_map(understood));
                }
                Err(error) if error.is_about_an_item() && some.len() > 1 => {
                    let (first, second) = some.split_at(some.len() / 2);
                    waiting.extend([second, first]);
                }
                Err(error) if error.is_about_an_item() && failures + 1 < FAILURES && ids.len() > 1 => {
                    failures += 1;
                    debug!("{error}; leaving one user out");
                }
                Err(error) => return Err(error),
            }
        }
        Ok(users)
    }

    async fn some_users(&self, ids: &[AccountId]) -> Result<Vec<Result<User, Rejected>>, Error> {
        let mut endpoint = if self.finds_by_search() {
            Endpoint::found_users(ids)
        } else {
            Endpoint::users(ids)
        };
        Ok(self.list(&mut endpoint, wire::user).await?.items)
    }
}

fn understood(user: Result<User, Rejected>) -> Option<User> {
    user.inspect_err(|odd| debug!(reason = odd.reason, "a user was not understood"))
        .ok()
}
