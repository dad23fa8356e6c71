//! A consent that is asked for: the address to open, and what comes back from it.

use chacha20poly1305::aead::Generate as _;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::token_answer::shortened;
use super::{Error, OAuthApp};

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

    /// What it asks for.
    pub(super) fn scopes(&self) -> &[String] {
        &self.scopes
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
    <[u8; 32]>::generate()
        .iter()
        .fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

#[cfg(test)]
pub(super) mod tests {
    use secrecy::ExposeSecret as _;
    use url::Url;

    use super::Consent;
    use crate::auth::{Error, OAuthApp};

    pub(in crate::auth) fn consent() -> Consent {
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
}
