//! A grant as it is stored, and what can be judged from that alone.

use std::time::Duration;

use crate::model::{AccountId, Domain, GrantId, Site, Timestamp};

use super::token::{AccessToken, RefreshToken, TokenSet};

/// A refresh token that was not used for this long is dead.
const IDLE_LIMIT: Duration = Duration::from_hours(90 * 24);
/// A grant of this age is dead whatever was done with it. Atlassian does not document it any more, but
/// one of its employees has stated it, so the nearer of both limits is the one to warn about.
const AGE_LIMIT: Duration = Duration::from_hours(365 * 24);

/// One account's consent to one app, with the tokens that prove it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredGrant {
    /// Its name, and that of its file.
    pub id: GrantId,
    /// The app that was consented to.
    pub client_id: String,
    /// Whose consent it is.
    pub account_id: AccountId,
    /// The name that the account shows.
    pub account_name: String,
    /// What was consented to.
    pub scopes: Vec<String>,
    /// When a person consented.
    pub consented_at: Timestamp,
    /// When the refresh token was last rotated.
    pub refreshed_at: Timestamp,
    /// The Confluence sites that it opens.
    pub sites: Vec<AccessibleSite>,
    /// The newest access token.
    pub access_token: AccessToken,
    /// How long that token lasts, counted from `refreshed_at`.
    pub expires_in: Duration,
    /// The newest refresh token.
    pub refresh_token: RefreshToken,
    /// Since when a refresh is under way whose outcome nobody has recorded. The server may have retired
    /// `refresh_token`; it still answers to it for ten minutes.
    pub pending_since: Option<Timestamp>,
    /// That the server does not know the refresh token any more.
    pub withdrawn: Option<Withdrawal>,
}

/// A site that a grant opens, with what it allows there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessibleSite {
    /// The site.
    pub site: Site,
    /// The scopes that apply to it.
    pub scopes: Vec<String>,
}

/// The server's word that a grant is dead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Withdrawal {
    /// When it said so.
    pub at: Timestamp,
    /// In which words.
    pub description: String,
}

impl StoredGrant {
    /// The site of this grant that people reach at exactly `domain`.
    pub fn site(&self, domain: &Domain) -> Option<&AccessibleSite> {
        self.sites
            .iter()
            .find(|accessible| accessible.site.domain == *domain)
    }

    /// Whether the grant should be refreshed only to keep it alive: the server's last word about it is
    /// `interval` old, or lies ahead because the clock was set back, or is unknown.
    pub fn keep_alive_due(&self, now: Timestamp, interval: Duration) -> bool {
        let refused_at = self.withdrawn.as_ref().map(|withdrawal| withdrawal.at);
        let last_word = refused_at.map_or(self.refreshed_at, |at| at.max(self.refreshed_at));
        self.pending_since.is_some() || last_word > now || now.since(last_word) >= interval
    }

    /// When its access token is used up.
    pub fn access_token_ends_at(&self) -> Timestamp {
        self.refreshed_at.plus(self.expires_in)
    }

    /// When it dies unless it is refreshed.
    pub fn dies_idle_at(&self) -> Timestamp {
        self.refreshed_at.plus(IDLE_LIMIT)
    }

    /// When it may die even if it is refreshed.
    pub fn dies_of_age_at(&self) -> Timestamp {
        self.consented_at.plus(AGE_LIMIT)
    }

    /// Takes over the answer to a refresh that was asked for at `asked_at`.
    ///
    /// The scopes stay: only a consent changes them, and answers have been seen to leave some out.
    pub(super) fn rotate(&mut self, tokens: TokenSet, asked_at: Timestamp) {
        self.access_token = tokens.access;
        self.expires_in = tokens.expires_in;
        self.refreshed_at = asked_at;
        if let Some(refresh) = tokens.refresh {
            self.refresh_token = refresh;
        }
        self.pending_since = None;
        self.withdrawn = None;
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::time::Duration;

    use super::{AccessibleSite, StoredGrant};
    use crate::auth::token::{AccessToken, RefreshToken, TokenSet};
    use crate::model::{AccountId, CloudId, GrantId, Site, Timestamp};

    const DAY: Duration = Duration::from_hours(24);

    pub(in crate::auth) fn noon() -> Timestamp {
        "2026-03-01T12:00:00Z".parse().unwrap()
    }

    pub(in crate::auth) fn grant() -> StoredGrant {
        StoredGrant {
            id: GrantId::new("app", "alice"),
            client_id: "app".to_owned(),
            account_id: AccountId::new("alice"),
            account_name: "Alice Moreau".to_owned(),
            scopes: vec!["offline_access".to_owned(), "read:page:confluence".to_owned()],
            consented_at: noon(),
            refreshed_at: noon(),
            sites: vec![AccessibleSite {
                site: Site {
                    cloud_id: CloudId::new("c1"),
                    domain: "acme.atlassian.net".parse().unwrap(),
                    name: "acme".to_owned(),
                },
                scopes: vec!["read:page:confluence".to_owned()],
            }],
            access_token: AccessToken::new("access-1"),
            expires_in: Duration::from_hours(1),
            refresh_token: RefreshToken::new("refresh-1"),
            pending_since: None,
            withdrawn: None,
        }
    }

    #[test]
    fn keeping_alive_is_due_after_the_interval_and_whenever_in_doubt() {
        let due = |grant: &StoredGrant, now| grant.keep_alive_due(now, DAY);
        let mut grant = grant();
        assert!(!due(&grant, noon().plus(Duration::from_hours(23))));
        assert!(due(&grant, noon().plus(DAY)));
        assert!(due(&grant, noon().plus(DAY * 4000)), "after a long downtime");
        assert!(due(&grant, noon().minus(DAY)), "the clock was set back");
        grant.pending_since = Some(noon());
        assert!(due(&grant, noon()), "the outcome of a refresh is unknown");
    }

    #[test]
    fn a_site_is_found_by_its_exact_host() {
        let grant = grant();
        assert!(grant.site(&"acme.atlassian.net".parse().unwrap()).is_some());
        assert!(grant.site(&"cme.atlassian.net".parse().unwrap()).is_none());
        assert!(
            grant
                .site(&"acme.atlassian.net.evil.example".parse().unwrap())
                .is_none()
        );
    }

    #[test]
    fn an_answer_without_a_new_refresh_token_keeps_the_old_one() {
        let mut grant = grant();
        grant.pending_since = Some(noon());
        grant.rotate(
            TokenSet {
                access: AccessToken::new("access-2"),
                refresh: None,
                expires_in: DAY,
                scopes: None,
            },
            noon().plus(DAY),
        );
        assert_eq!(grant.refresh_token, RefreshToken::new("refresh-1"));
        assert_eq!(grant.access_token, AccessToken::new("access-2"));
        assert_eq!(
            (grant.refreshed_at, grant.pending_since),
            (noon().plus(DAY), None)
        );
        assert_eq!(grant.scopes.len(), 2);
    }
}
