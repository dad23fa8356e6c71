//! Signs in with an API token that an account made for itself.
//!
//! Atlassian has two sorts. A classic token can do whatever its account can, at the site's own host. A token with
//! scopes only works at the gateway. Neither can be renewed from here (a person puts another one in its place), and both end after a year at most. Worse, a
//! site that welcomes strangers takes an expired token for one: it answers, with less or nothing.

use super::{Authenticator, Secret};

/// An account's API token.
#[derive(Clone, Debug)]
pub struct ApiToken {
    authenticator: Authenticator,
    is_scoped: bool,
}

impl ApiToken {
    /// The token of the account with this email address.
    pub fn new(email: &str, token: Secret, is_scoped: bool) -> Self {
        Self {
            authenticator: Authenticator::account(email, token),
            is_scoped,
        }
    }

    /// Whether it has scopes, and so is for the gateway.
    pub(super) fn is_scoped(&self) -> bool {
        self.is_scoped
    }

    pub(super) fn authenticator(&self) -> Authenticator {
        self.authenticator.clone()
    }
}
