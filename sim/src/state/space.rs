//! Spaces.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::{AccountId, Site};

/// A space.
#[derive(Clone, Debug)]
pub(crate) struct Space {
    pub(crate) id: u64,
    pub(crate) key: String,
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) status: &'static str,
    pub(crate) author: Option<AccountId>,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) homepage: Option<u64>,
    pub(crate) description: Option<String>,
    /// Who cannot see it; nobody is told why it is missing.
    pub(crate) hidden_from: BTreeSet<AccountId>,
    /// Whether a data security policy keeps apps from its content.
    pub(crate) blocks_apps: bool,
}

impl Space {
    /// Founds a space.
    pub(crate) fn found(site: &mut Site, key: &str, now: DateTime<Utc>) -> u64 {
        let id = site.next_id();
        let space = Self {
            id,
            key: key.to_owned(),
            name: key.to_owned(),
            kind: if key.starts_with('~') {
                "personal"
            } else {
                "global"
            }
            .to_owned(),
            status: "current",
            author: site.members.first().map(AccountId::clone),
            created_at: now,
            homepage: None,
            description: None,
            hidden_from: BTreeSet::new(),
            blocks_apps: false,
        };
        site.spaces.insert(id, space);
        id
    }
}
