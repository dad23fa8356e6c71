//! From a person's consent to a stored grant.
//!
//! [`Consent::begin`] makes the address to open; the redirect comes back through the
//! [`Loopback`](super::Loopback) or pasted by hand; [`connect`] turns its code into a stored grant.

use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::model::{Domain, GrantId, Site};

use super::retry::persist;
use super::scopes::{self, ESSENTIAL, Need};
use super::token_answer::shortened;
use super::token_store::blocking;
use super::{AccessibleSite, Account, Error, Grants, OAuthApp, StoredGrant, TokenSet};

/// A consent that was asked for and not answered yet.
#[derive(Debug)]
pub struct Consent {
    url: Url,
    state: SecretString,
    scopes: Vec<String>,
}

impl Consent {
    /// Prepares to ask for `scopes`.
    pub fn begin(app: &OAuthApp, scopes: Vec<String>) -> Self {
        let state = unguessable();
        Self {
            url: app.consent_url(&scopes, &state),
            state: state.into(),
            scopes,
        }
    }

    /// The address that a person opens in a browser.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// The code in the redirect that answers this consent.
    pub fn accept(&self, redirected: &Url) -> Result<SecretString, Error> {
        let parameter = |wanted: &str| {
            redirected
                .query_pairs()
                .find(|(name, _)| name == wanted)
                .map(|(_, value)| value.into_owned())
        };
        let state = parameter("state");
        if state.as_deref().is_some_and(|state| !self.is_ours(state)) {
            return Err(Error::StateMismatch);
        }
        if let Some(error) = parameter("error") {
            return Err(refusal(&error, parameter("error_description")));
        }
        match parameter("code").filter(|code| !code.is_empty()) {
            None => Err(Error::NotARedirect {
                reason: "it has no code",
            }),
            // Whoever can make a browser open an address could slip us the code of another account.
            Some(_) if state.is_none() => Err(Error::StateMismatch),
            Some(code) => Ok(code.into()),
        }
    }

    /// The code in a redirect that a person copied from the browser's address bar.
    pub fn accept_pasted(&self, text: &str) -> Result<SecretString, Error> {
        self.accept(&parse_redirected(text)?)
    }

    /// Compares in constant time.
    fn is_ours(&self, state: &str) -> bool {
        let (ours, theirs) = (self.state.expose_secret().as_bytes(), state.as_bytes());
        let differences = ours.iter().zip(theirs).fold(0, |all, (a, b)| all | (a ^ b));
        ours.len() == theirs.len() && std::hint::black_box(differences) == 0
    }
}

/// The address in a pasted text, forgiving what copying adds.
pub fn parse_redirected(text: &str) -> Result<Url, Error> {
    let bare = text.trim().trim_matches(['"', '\'', '<', '>', '`']).trim();
    let unbroken: String = bare.split_whitespace().collect();
    Url::parse(&unbroken).map_err(|_| Error::NotARedirect {
        reason: "it is not an address",
    })
}

/// Which of the sites that a consent opens is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// The one at exactly this host.
    Domain(Domain),
    /// The only one there is.
    Only,
    /// Whichever comes first.
    First,
}

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
    let missing = scopes::missing(&granted, &consent.scopes);
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
    let chosen = choose(&sites, choice);
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
    let mut granted = tokens.scopes.clone().unwrap_or_else(|| consent.scopes.clone());
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

fn choose(sites: &[AccessibleSite], choice: &Choice) -> Result<Site, Error> {
    let accessible = || sites.iter().map(|entry| entry.site.domain.clone()).collect();
    let ambiguous = || Error::AmbiguousSite {
        accessible: accessible(),
    };
    let found = match (choice, sites) {
        (Choice::Domain(domain), sites) => {
            let exact = sites.iter().find(|entry| entry.site.domain == *domain);
            exact.ok_or_else(|| Error::NoSuchSite {
                wanted: domain.clone(),
                accessible: accessible(),
            })?
        }
        (Choice::Only, [only]) => only,
        (Choice::Only, _) => return Err(ambiguous()),
        (Choice::First, sites) => sites.first().ok_or_else(ambiguous)?,
    };
    Ok(found.site.clone())
}

fn refusal(error: &str, description: Option<String>) -> Error {
    if error == "access_denied" {
        return Error::ConsentDeclined;
    }
    Error::Refused {
        doing: "obtain the consent",
        status: reqwest::StatusCode::FOUND.as_u16(),
        error: shortened(error),
        description: description.map(|text| shortened(&text)),
    }
}

/// 256 random bits in letters and digits.
fn unguessable() -> String {
    let bytes: [u8; 32] = rand::random();
    bytes
        .iter()
        .fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use secrecy::ExposeSecret as _;
    use url::Url;

    use super::{Choice, Consent, choose, granted_scopes};
    use crate::auth::{AccessToken, AccessibleSite, Error, OAuthApp, RefreshToken, TokenSet};
    use crate::model::{CloudId, Site};

    fn consent() -> Consent {
        let app = OAuthApp {
            client_id: "app".to_owned(),
            client_secret: "s3cret".into(),
            redirect_uri: "http://localhost:8585/callback".parse().unwrap(),
            auth_url: "https://auth.atlassian.com".parse().unwrap(),
            api_url: "https://api.atlassian.com".parse().unwrap(),
        };
        Consent::begin(&app, vec!["read:me".to_owned()])
    }

    fn redirect(query: &str) -> String {
        format!("http://localhost:8585/callback?{query}")
    }

    fn state(consent: &Consent) -> String {
        consent.state.expose_secret().to_owned()
    }

    #[test]
    fn every_consent_has_a_state_of_its_own() {
        let (first, second) = (consent(), consent());
        assert_eq!(state(&first).len(), 64);
        assert_ne!(state(&first), state(&second));
        assert!(first.url().as_str().contains(&state(&first)));
    }

    #[test]
    fn only_the_redirect_with_our_state_is_accepted() {
        let consent = consent();
        let state = state(&consent);
        let accept = |query: String| consent.accept_pasted(&redirect(&query));
        let code = accept(format!("code=c0de&state={state}")).unwrap();
        assert_eq!(code.expose_secret(), "c0de");
        for query in [
            "code=c0de".to_owned(),
            "code=c0de&state=".to_owned(),
            format!("code=c0de&state={}", &state[1..]),
            format!("code=c0de&state={state}0"),
            "code=c0de&state=another&error=access_denied".to_owned(),
        ] {
            assert!(
                matches!(accept(query.clone()), Err(Error::StateMismatch)),
                "{query}"
            );
        }
    }

    #[test]
    fn a_declined_consent_is_told_from_other_refusals() {
        let consent = consent();
        let state = state(&consent);
        let refused = |query: &str| consent.accept_pasted(&redirect(query)).unwrap_err();
        assert!(matches!(
            refused(&format!("error=access_denied&state={state}")),
            Error::ConsentDeclined
        ));
        assert!(matches!(refused("error=access_denied"), Error::ConsentDeclined));
        let other = refused(&format!(
            "error=invalid_scope&error_description=no%0Aread&state={state}"
        ));
        assert_eq!(
            other.to_string(),
            "could not obtain the consent: the server refused with status 302 (invalid_scope: noread)"
        );
    }

    #[test]
    fn a_pasted_address_may_be_quoted_or_broken_over_lines() {
        let consent = consent();
        let whole = redirect(&format!("code=c0de&state={}", state(&consent)));
        let (left, right) = whole.split_at(40);
        for pasted in [
            format!(" {whole}\n"),
            format!("\"{whole}\""),
            format!("<{left}\n  {right}>"),
        ] {
            assert!(consent.accept_pasted(&pasted).is_ok(), "{pasted}");
        }
        for pasted in ["", "c0de", "https://auth.atlassian.com/authorize?client_id=x"] {
            assert!(
                matches!(consent.accept_pasted(pasted), Err(Error::NotARedirect { .. })),
                "{pasted}"
            );
        }
        assert!(consent.accept(&Url::parse(&whole).unwrap()).is_ok());
        assert!(!format!("{:?}", consent.state).contains(&state(&consent)));
    }

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

    fn site(domain: &str) -> AccessibleSite {
        AccessibleSite {
            site: Site {
                cloud_id: CloudId::new(domain),
                domain: domain.parse().unwrap(),
                name: domain.to_owned(),
            },
            scopes: Vec::new(),
        }
    }

    #[test]
    fn a_site_is_chosen_by_its_exact_host_or_refused_with_the_list() {
        let two = [site("a.atlassian.net"), site("acme.atlassian.net")];
        let wanted = |domain: &str| Choice::Domain(domain.parse().unwrap());
        let chosen = |sites: &[AccessibleSite], choice: &Choice| {
            choose(sites, choice).map(|site| site.domain.to_string())
        };
        assert_eq!(
            chosen(&two, &wanted("ACME.atlassian.net")).unwrap(),
            "acme.atlassian.net"
        );
        assert_eq!(chosen(&two[..1], &Choice::Only).unwrap(), "a.atlassian.net");
        assert_eq!(chosen(&two, &Choice::First).unwrap(), "a.atlassian.net");
        let no_such = chosen(&two, &wanted("acme.atlassian.com")).unwrap_err();
        assert!(matches!(no_such, Error::NoSuchSite { accessible, .. } if accessible.len() == 2));
        for (sites, choice) in [
            (&two[..], Choice::Only),
            (&[], Choice::Only),
            (&[], Choice::First),
        ] {
            assert!(matches!(chosen(sites, &choice), Err(Error::AmbiguousSite { .. })));
        }
    }
}
