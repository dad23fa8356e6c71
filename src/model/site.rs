//! Sites, and whose consent opens them.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{CloudId, Domain};

/// The Confluence tenant behind a connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Site {
    /// Its identity.
    pub cloud_id: CloudId,
    /// Where people reach it today.
    pub domain: Domain,
    /// What its administrators call it.
    pub name: String,
}

impl Site {
    /// The address that links on its pages are relative to, such as `https://acme.atlassian.net/wiki`.
    pub fn wiki_url(&self) -> String {
        format!("https://{}/wiki", self.domain)
    }
}

/// Names a grant: one Atlassian account's consent to one app. Atlassian keeps a single grant for that pair.
///
/// Safe as a file name: letters, digits, `-` and `_` only.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct GrantId(String);

impl GrantId {
    /// Names the grant of the account `account_id` to the app `client_id`.
    pub fn new(client_id: &str, account_id: &str) -> Self {
        let safe = |text: &str| -> String {
            text.chars()
                .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
                .collect()
        };
        Self(format!("{}_{}", safe(client_id), safe(account_id)))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for GrantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::GrantId;

    #[test]
    fn a_grant_is_named_so_that_it_can_be_a_file() {
        let grant = GrantId::new("aB3/../x", "712020:0f-9");
        assert_eq!(grant.as_str(), "aB3----x_712020-0f-9");
    }
}
