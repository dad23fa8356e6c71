//! From a person's consent to a stored grant.
//!
//! [`Consent::begin`] makes the address to open; the redirect comes back through the
//! [`Loopback`](super::Loopback) or pasted by hand; [`connect`] turns its code into a stored grant.

use secrecy::SecretString;

use crate::model::{GrantId, Site};

use super::retry::persist;
use super::scopes::{self, ESSENTIAL, Need};
use super::token_store::blocking;
use super::{AccessibleSite, Account, Choice, Consent, Error, Grants, StoredGrant, TokenSet};

/// A grant that is stored, and the site that was meant.
#[derive(Clone, Debug)]
pub struct Connected {
    /// The grant. It may open other sites, too.
    pub grant: StoredGrant,
    /// The site that was asked for.
    pub site: Site,
    /// Scopes that were asked for and not granted; none of them essential.
    pub missing: Vec<String>,
}

/// Buys tokens with the code of `consent`, checks what they open, and stores the grant.
///
/// Nothing is stored if essential scopes are missing or the chosen site is not among those it opens.
/// One exception: a grant of the same account that is already stored is replaced even if the site is
/// wrong, because at the server the new consent has replaced the old one already.
pub async fn connect(
    grants: &Grants,
    consent: &Consent,
    code: &SecretString,
    choice: &Choice,
) -> Result<Connected, Error> {
    let options = grants.options();
    let asked_at = grants.clock().now();
    let tokens = grants.oauth().exchange(code).await?;
    let sites = persist(
        options,
        || grants.oauth().accessible_sites(&tokens.access),
        |_| {},
    )
    .await?;
    let account = account(grants, &tokens).await?;
    let granted = granted_scopes(consent, &tokens, &sites, account.is_some());
    let missing = scopes::missing(&granted, consent.scopes());
    let essential = if scopes::only_search(&granted) {
        let sign_in = Need::SignIn.scopes().iter().map(|scope| (*scope).to_owned());
        scopes::missing(&granted, &sign_in.collect::<Vec<_>>())
    } else {
        scopes::missing(&granted, &scopes::wanted(ESSENTIAL))
    };
    let (Some(account), Some(refresh_token), []) = (account, tokens.refresh, &essential[..]) else {
        return Err(Error::MissingScopes {
            missing: essential,
            classic: scopes::classic(&granted),
        });
    };

    let client_id = grants.oauth().app().client_id.clone();
    let chosen = choice.among(&sites);
    let grant = StoredGrant {
        id: GrantId::new(&client_id, account.id.as_str()),
        client_id,
        account_id: account.id,
        account_name: account.name,
        scopes: granted,
        consented_at: asked_at,
        refreshed_at: asked_at,
        sites,
        access_token: tokens.access,
        expires_in: tokens.expires_in,
        refresh_token,
        pending_since: None,
        withdrawn: None,
    };
    if chosen.is_ok() || is_stored(grants, &grant.id).await {
        grants.store().save(&grant, options.lock_patience).await?;
        tracing::info!(grant = %grant.id, "stored the consent of {}", grant.account_name);
    }
    Ok(Connected {
        site: chosen?,
        grant,
        missing,
    })
}

async fn is_stored(grants: &Grants, id: &GrantId) -> bool {
    let (store, id) = (grants.store().clone(), id.clone());
    blocking(move || store.load(&id))
        .await
        .is_ok_and(|known| known.is_some())
}

/// Who consented; `None` if the token may not ask.
async fn account(grants: &Grants, tokens: &TokenSet) -> Result<Option<Account>, Error> {
    let ask = || grants.oauth().whoami(&tokens.access);
    match persist(grants.options(), ask, |_| {}).await {
        Ok(account) => Ok(Some(account)),
        Err(Error::Refused { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// What was granted, by every sign of it: the token endpoint has been seen to leave out scopes that the
/// token has. A refresh token proves `offline_access`, an account `read:me`.
fn granted_scopes(
    consent: &Consent,
    tokens: &TokenSet,
    sites: &[AccessibleSite],
    knows_account: bool,
) -> Vec<String> {
    let proofs = [
        ("offline_access", tokens.refresh.is_some()),
        ("read:me", knows_account),
    ];
    let mut granted = tokens.scopes.clone().unwrap_or_else(|| consent.scopes().to_vec());
    granted.retain(|scope| proofs.iter().all(|(proven, _)| scope != proven));
    let proven = proofs
        .iter()
        .filter(|(_, is_proven)| *is_proven)
        .map(|(scope, _)| (*scope).to_owned());
    let of_sites = sites
        .iter()
        .flat_map(|accessible| accessible.scopes.iter().cloned());
    for scope in proven.chain(of_sites) {
        if !granted.contains(&scope) {
            granted.push(scope);
        }
    }
    granted
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::granted_scopes;
    use crate::auth::choice::tests::site;
    use crate::auth::consent::tests::consent;
    use crate::auth::{AccessToken, AccessibleSite, RefreshToken, TokenSet};

    #[test]
    fn a_scope_counts_as_granted_by_any_sign_of_it() {
        let tokens = |refresh: Option<&str>, scopes: Option<&[&str]>| TokenSet {
            access: AccessToken::new("access"),
            refresh: refresh.map(RefreshToken::new),
            expires_in: Duration::from_hours(1),
            scopes: scopes.map(|scopes| scopes.iter().map(|scope| (*scope).to_owned()).collect()),
        };
        let site = AccessibleSite {
            scopes: vec!["read:page:confluence".to_owned()],
            ..site("acme.atlassian.net")
        };
        let granted = |tokens: TokenSet, sites: &[AccessibleSite], knows_account| {
            granted_scopes(&consent(), &tokens, sites, knows_account).join(" ")
        };
        let listed = Some(&["offline_access", "read:me", "read:space:confluence"][..]);
        assert_eq!(granted(tokens(None, listed), &[], false), "read:space:confluence");
        assert_eq!(
            granted(tokens(Some("refresh"), Some(&[])), &[site], true),
            "offline_access read:me read:page:confluence"
        );
        assert_eq!(
            granted(tokens(None, None), &[], true),
            "read:me",
            "what was asked for, if nothing is said"
        );
    }
}
