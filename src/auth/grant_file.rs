//! The JSON of a stored grant.
//!
//! Apart from [`StoredGrant`], so that no other place can serialize a token by accident. Unknown keys are
//! ignored: an older program must be able to read, if not to keep, what a newer one wrote.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize, Serializer};
use zeroize::Zeroizing;

use crate::model::{AccountId, GrantId, Site, Timestamp};

use super::grant::{AccessibleSite, StoredGrant, Withdrawal};
use super::token::{AccessToken, RefreshToken};

#[derive(Serialize, Deserialize)]
struct GrantFile {
    id: GrantId,
    client_id: String,
    account: AccountEntry,
    scopes: Vec<String>,
    consented_at: Timestamp,
    refreshed_at: Timestamp,
    sites: Vec<SiteEntry>,
    #[serde(serialize_with = "exposed")]
    access_token: SecretString,
    expires_in_secs: u64,
    #[serde(serialize_with = "exposed")]
    refresh_token: SecretString,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pending_since: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    withdrawn: Option<WithdrawalEntry>,
}

#[derive(Serialize, Deserialize)]
struct AccountEntry {
    id: AccountId,
    name: String,
}

#[derive(Serialize, Deserialize)]
struct SiteEntry {
    #[serde(flatten)]
    site: Site,
    #[serde(default)]
    scopes: Vec<String>,
}

#[derive(Serialize, Deserialize)]
struct WithdrawalEntry {
    at: Timestamp,
    description: String,
}

fn exposed<S: Serializer>(secret: &SecretString, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose_secret())
}

/// The content of the file of `grant`.
pub(super) fn encode(grant: &StoredGrant) -> serde_json::Result<Zeroizing<Vec<u8>>> {
    serde_json::to_vec_pretty(&GrantFile::from(grant)).map(Zeroizing::new)
}

/// The grant in the content of a file, or where that stops making sense. The reason quotes nothing.
pub(super) fn decode(content: &[u8]) -> Result<StoredGrant, String> {
    serde_json::from_slice::<GrantFile>(content)
        .map(StoredGrant::from)
        .map_err(|error| {
            let what = match error.classify() {
                serde_json::error::Category::Data => "unexpected content",
                serde_json::error::Category::Eof => "it ends early",
                _ => "not JSON",
            };
            format!("{what} at line {}, column {}", error.line(), error.column())
        })
}

impl From<&StoredGrant> for GrantFile {
    fn from(grant: &StoredGrant) -> Self {
        Self {
            id: grant.id.clone(),
            client_id: grant.client_id.clone(),
            account: AccountEntry {
                id: grant.account_id.clone(),
                name: grant.account_name.clone(),
            },
            scopes: grant.scopes.clone(),
            consented_at: grant.consented_at,
            refreshed_at: grant.refreshed_at,
            sites: grant
                .sites
                .iter()
                .map(|accessible| SiteEntry {
                    site: accessible.site.clone(),
                    scopes: accessible.scopes.clone(),
                })
                .collect(),
            access_token: grant.access_token.expose().into(),
            expires_in_secs: grant.expires_in.as_secs(),
            refresh_token: grant.refresh_token.expose().into(),
            pending_since: grant.pending_since,
            withdrawn: grant.withdrawn.as_ref().map(|withdrawal| WithdrawalEntry {
                at: withdrawal.at,
                description: withdrawal.description.clone(),
            }),
        }
    }
}

impl From<GrantFile> for StoredGrant {
    fn from(file: GrantFile) -> Self {
        Self {
            id: file.id,
            client_id: file.client_id,
            account_id: file.account.id,
            account_name: file.account.name,
            scopes: file.scopes,
            consented_at: file.consented_at,
            refreshed_at: file.refreshed_at,
            sites: file
                .sites
                .into_iter()
                .map(|entry| AccessibleSite {
                    site: entry.site,
                    scopes: entry.scopes,
                })
                .collect(),
            access_token: AccessToken::new(file.access_token),
            expires_in: Duration::from_secs(file.expires_in_secs),
            refresh_token: RefreshToken::new(file.refresh_token),
            pending_since: file.pending_since,
            withdrawn: file.withdrawn.map(|entry| Withdrawal {
                at: entry.at,
                description: entry.description,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{decode, encode};
    use crate::auth::grant::Withdrawal;
    use crate::auth::grant::tests::{grant, noon};

    #[test]
    fn a_grant_survives_its_file() {
        let mut grant = grant();
        assert_eq!(decode(&encode(&grant).unwrap()).unwrap(), grant);
        grant.pending_since = Some(noon());
        grant.withdrawn = Some(Withdrawal {
            at: noon(),
            description: "Unknown or invalid refresh token.".to_owned(),
        });
        assert_eq!(decode(&encode(&grant).unwrap()).unwrap(), grant);
    }

    #[test]
    fn unknown_keys_are_tolerated() {
        let mut json: serde_json::Value = serde_json::from_slice(&encode(&grant()).unwrap()).unwrap();
        json["a key of tomorrow"] = serde_json::json!({ "deep": true });
        json["sites"][0]["plan"] = serde_json::json!("premium");
        assert_eq!(decode(json.to_string().as_bytes()).unwrap(), grant());
    }

    #[test]
    fn a_file_that_does_not_parse_says_where_and_quotes_nothing() {
        let whole = encode(&grant()).unwrap();
        let text = String::from_utf8(whole.to_vec()).unwrap();
        let half = &whole[..whole.len() / 2];
        let wrong_type = text.replace("\"expires_in_secs\": 3600", "\"expires_in_secs\": \"refresh-1\"");
        for content in [half, b"", b"access-1", wrong_type.as_bytes()] {
            let reason = decode(content).unwrap_err();
            assert!(reason.contains("line"), "{reason}");
            assert!(
                !reason.contains("access-1") && !reason.contains("refresh-1"),
                "{reason}"
            );
        }
    }
}
