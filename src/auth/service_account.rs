//! Signs in as a service account, with an OAuth 2.0 credential that an administrator made for it.
//!
//! Its tokens last an hour and come without a refresh token: the credential itself buys the next one. It lives
//! until somebody revokes it, so there is nothing to keep alive.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::ask::{ask, below, redacted};
use super::lease::Loan;
use super::token_answer::granted;
use super::{Error, Secret};

const DOING: &str = "get an access token for the service account";

/// The credential of a service account.
#[derive(Clone, Debug)]
pub struct ServiceAccount {
    /// Its public half.
    pub client_id: String,
    /// Its secret half.
    pub client_secret: Secret,
    /// The authorization server.
    pub auth_url: Url,
    /// Must not follow redirects.
    pub http: reqwest::Client,
    /// How long one request may take.
    pub timeout: Duration,
}

impl ServiceAccount {
    /// Buys a token.
    pub(super) async fn lend(&self) -> Result<Loan, Error> {
        self.client_secret.prove(|secret| self.lend_to(secret)).await
    }

    async fn lend_to(&self, secret: SecretString) -> Result<Loan, Error> {
        let secret = secret.expose_secret();
        // A form: the one encoding that Atlassian documents for this kind of credential.
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", &self.client_id),
            ("client_secret", secret),
        ];
        let request = self.http.post(below(&self.auth_url, "oauth/token")).form(&form);
        let mut answer = ask(DOING, request, self.timeout).await?;
        if answer.status.is_success()
            && let Some(tokens) = granted(&answer.body)
        {
            return Ok(Loan {
                token: tokens.access,
                lasts: tokens.expires_in,
            });
        }
        answer.body = redacted(&answer.body, [secret].into_iter());
        Err(answer.refusal(DOING))
    }
}
