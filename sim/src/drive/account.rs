//! People.

use std::sync::Arc;

use crate::state::AccountId;

/// An Atlassian account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    pub(crate) id: AccountId,
    name: Arc<str>,
}

impl Account {
    pub(crate) fn new(id: AccountId, name: &str) -> Self {
        Self {
            id,
            name: name.into(),
        }
    }

    /// Its id, such as `712020:0f3c…`.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What others see.
    pub fn name(&self) -> &str {
        &self.name
    }
}
