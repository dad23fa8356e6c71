//! Who consented to what, and which tokens still count.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, TimeDelta, Utc};

use crate::dice::Dice;
use crate::state::AccountId;

/// How long an access token lives.
pub(crate) const ACCESS_LIFETIME: TimeDelta = TimeDelta::hours(1);
/// How long a rotated refresh token may still be exchanged.
const LEEWAY: TimeDelta = TimeDelta::minutes(10);
/// How long a refresh token lives unused.
const IDLE_LIFETIME: TimeDelta = TimeDelta::days(90);
/// How long a family lives, however busy. One employee of Atlassian stated it; today's documents do not.
const ABSOLUTE_LIFETIME: TimeDelta = TimeDelta::days(365);
/// Not documented; codes of such servers live for minutes.
const CODE_LIFETIME: TimeDelta = TimeDelta::minutes(5);
/// Atlassian's tokens are long; whoever has a fixed-size field should notice here.
const TOKEN_LENGTH: usize = 2_048;

/// An OAuth 2.0 (3LO) app in the developer console.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) secret: String,
    pub(crate) callback: String,
    pub(crate) scopes: Vec<String>,
}

/// An OAuth 2.0 credential of a service account.
#[derive(Debug)]
pub(crate) struct ServiceCredential {
    pub(crate) secret: String,
    pub(crate) account: AccountId,
    pub(crate) scopes: Vec<String>,
}

/// What the user at the consent screen does.
#[derive(Clone, Debug)]
pub(crate) enum Consent {
    /// Accepts: for all sites, or for those with these cloud ids.
    Accept {
        account: AccountId,
        sites: Option<Vec<String>>,
    },
    /// Presses Cancel.
    Decline,
}

/// One consent, with all the tokens that descend from it.
#[derive(Clone, Debug)]
pub(crate) struct Family {
    pub(crate) client_id: String,
    pub(crate) account: AccountId,
    pub(crate) scopes: Vec<String>,
    /// Cloud ids of a resource-level grant; nothing for an account-level one.
    pub(crate) sites: Option<Vec<String>>,
    first_at: DateTime<Utc>,
    is_alive: bool,
    is_refreshable: bool,
}

impl Family {
    /// A consent that starts now.
    pub(crate) fn new(client_id: &str, account: &AccountId, scopes: Vec<String>, now: DateTime<Utc>) -> Self {
        Self {
            client_id: client_id.to_owned(),
            account: AccountId::clone(account),
            is_refreshable: scopes.iter().any(|scope| scope == "offline_access"),
            scopes,
            sites: None,
            first_at: now,
            is_alive: true,
        }
    }
}

/// A code on its way from the consent screen to the app.
#[derive(Debug)]
pub(crate) struct Code {
    pub(crate) family: Family,
    pub(crate) redirect_uri: String,
    issued_at: DateTime<Utc>,
}

#[derive(Debug)]
struct Rotating {
    family: usize,
    issued_at: DateTime<Utc>,
    superseded_at: Option<DateTime<Utc>>,
}

#[derive(Debug)]
struct Access {
    family: usize,
    expires_at: DateTime<Utc>,
}

/// A fresh pair of tokens.
#[derive(Debug)]
pub(crate) struct Pair {
    pub(crate) access: String,
    pub(crate) refresh: Option<String>,
    pub(crate) scope: String,
}

/// A refresh that succeeded.
#[derive(Debug)]
pub(crate) struct Rotation {
    pub(crate) pair: Pair,
    pub(crate) account: AccountId,
    /// Whether the token had been rotated out before.
    pub(crate) is_reuse: bool,
}

/// Why a refresh token is not exchanged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// Never issued, or to another app.
    Unknown,
    /// Expired or revoked.
    Dead,
    /// Rotated out more than ten minutes ago: its whole family is revoked now.
    ReusedPastLeeway,
}

/// What an access token is worth.
#[derive(Debug)]
pub(crate) enum Standing<'a> {
    Unknown,
    Expired,
    Valid(&'a Family),
}

/// Everything the OAuth server remembers.
#[derive(Debug)]
pub(crate) struct Grants {
    pub(crate) apps: BTreeMap<String, App>,
    pub(crate) services: BTreeMap<String, ServiceCredential>,
    pub(crate) at_the_screen: Option<Consent>,
    codes: HashMap<String, Code>,
    families: Vec<Family>,
    rotating: HashMap<String, Rotating>,
    access: HashMap<String, Access>,
    /// Whether families end by age.
    pub(crate) age: bool,
    dice: Dice,
}

impl Grants {
    pub(crate) fn new() -> Self {
        Self {
            apps: BTreeMap::new(),
            services: BTreeMap::new(),
            at_the_screen: None,
            codes: HashMap::new(),
            families: Vec::new(),
            rotating: HashMap::new(),
            access: HashMap::new(),
            age: true,
            dice: Dice::unguessable(),
        }
    }

    /// Hands out a code for a consent that is not in force yet.
    pub(crate) fn issue_code(&mut self, family: Family, redirect_uri: &str, now: DateTime<Utc>) -> String {
        let code = self.dice.token(300);
        let redirect_uri = redirect_uri.to_owned();
        self.codes.insert(
            code.clone(),
            Code {
                family,
                redirect_uri,
                issued_at: now,
            },
        );
        code
    }

    /// Takes a code. It is gone afterwards, whether or not it was still good.
    pub(crate) fn redeem(&mut self, code: &str, now: DateTime<Utc>) -> Option<Code> {
        let code = self.codes.remove(code)?;
        (now - code.issued_at <= CODE_LIFETIME).then_some(code)
    }

    /// Puts a consent in force. There is one per app and account, so an earlier one ends.
    pub(crate) fn begin(&mut self, family: Family, now: DateTime<Utc>) -> Pair {
        for earlier in &mut self.families {
            if earlier.client_id == family.client_id && earlier.account == family.account {
                earlier.is_alive = false;
            }
        }
        self.families.push(family);
        self.issue(self.families.len() - 1, now)
    }

    /// Hands out a service account's token. It stands beside those issued before, and is never refreshed.
    pub(crate) fn begin_beside(&mut self, family: Family, now: DateTime<Utc>) -> Pair {
        self.families.push(Family {
            is_refreshable: false,
            ..family
        });
        self.issue(self.families.len() - 1, now)
    }

    fn issue(&mut self, family: usize, now: DateTime<Utc>) -> Pair {
        let access = self.dice.token(TOKEN_LENGTH);
        let expires_at = now + ACCESS_LIFETIME;
        self.access.insert(access.clone(), Access { family, expires_at });
        let refresh = self.families[family].is_refreshable.then(|| {
            let refresh = self.dice.token(TOKEN_LENGTH);
            let rotating = Rotating {
                family,
                issued_at: now,
                superseded_at: None,
            };
            self.rotating.insert(refresh.clone(), rotating);
            refresh
        });
        Pair {
            access,
            refresh,
            scope: self.families[family].scopes.join(" "),
        }
    }

    /// Exchanges a refresh token.
    pub(crate) fn rotate(
        &mut self,
        client_id: &str,
        token: &str,
        now: DateTime<Utc>,
    ) -> Result<Rotation, Refused> {
        let rotating = self.rotating.get_mut(token).ok_or(Refused::Unknown)?;
        let family = &mut self.families[rotating.family];
        if family.client_id != client_id {
            return Err(Refused::Unknown);
        }
        let is_aged = self.age && now - family.first_at > ABSOLUTE_LIFETIME;
        let is_worn_out = is_aged || now - rotating.issued_at > IDLE_LIFETIME;
        if !family.is_alive || !family.is_refreshable || is_worn_out {
            return Err(Refused::Dead);
        }
        let is_reuse = rotating.superseded_at.is_some();
        if rotating.superseded_at.is_some_and(|at| now - at > LEEWAY) {
            family.is_alive = false;
            return Err(Refused::ReusedPastLeeway);
        }
        rotating.superseded_at.get_or_insert(now);
        let account = AccountId::clone(&family.account);
        let family = rotating.family;
        Ok(Rotation {
            pair: self.issue(family, now),
            account,
            is_reuse,
        })
    }

    /// What an access token is worth at `now`.
    pub(crate) fn standing(&self, token: &str, now: DateTime<Utc>) -> Standing<'_> {
        let Some(access) = self.access.get(token) else {
            return Standing::Unknown;
        };
        let family = &self.families[access.family];
        if !family.is_alive {
            Standing::Unknown
        } else if access.expires_at <= now {
            Standing::Expired
        } else {
            Standing::Valid(family)
        }
    }

    /// Ends the account's consents, to every app. Returns how many there were.
    pub(crate) fn revoke(&mut self, account: &AccountId) -> u64 {
        let mut ended = 0;
        for family in &mut self.families {
            if family.account == *account && family.is_alive {
                family.is_alive = false;
                ended += 1;
            }
        }
        ended
    }

    /// The account's refresh tokens die; access tokens live on until they expire.
    pub(crate) fn stop_refreshing(&mut self, account: &AccountId) {
        for family in &mut self.families {
            if family.account == *account {
                family.is_refreshable = false;
            }
        }
    }

    /// Every access token expires at `now`.
    pub(crate) fn expire_access(&mut self, now: DateTime<Utc>) {
        for access in self.access.values_mut() {
            access.expires_at = access.expires_at.min(now);
        }
    }
}
