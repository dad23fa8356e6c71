//! Talks to the authorization server: consent, code, tokens, and what a token opens.

use std::time::Duration;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::StatusCode;
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::model::{AccountId, CloudId, Domain, Site};

use super::ask::{ask, below, redacted};
use super::token_answer::granted;
use super::{AccessToken, AccessibleSite, Error, RefreshToken, Secret, TokenSet};

/// What stays readable in a query: a space must become `%20`, which a form would write as `+`.
const QUERY: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The app that accounts consent to, as registered in Atlassian's Developer Console.
#[derive(Clone, Debug)]
pub struct OAuthApp {
    /// The app's public name.
    pub client_id: String,
    /// The app's proof of identity.
    pub client_secret: Secret,
    /// Where the consent screen sends the browser; exactly as registered.
    pub redirect_uri: Url,
    /// The authorization server, `https://auth.atlassian.com` unless overridden.
    pub auth_url: Url,
    /// The API gateway, `https://api.atlassian.com` unless overridden.
    pub api_url: Url,
}

impl OAuthApp {
    /// The address of the consent screen that asks for `scopes`, space-separated in the order given.
    pub fn consent_url(&self, scopes: &[String], state: &str) -> Url {
        let parameters = [
            ("audience", "api.atlassian.com"),
            ("client_id", &self.client_id),
            ("scope", &scopes.join(" ")),
            ("redirect_uri", self.redirect_uri.as_str()),
            ("state", state),
            ("response_type", "code"),
            ("prompt", "consent"),
        ];
        let query: Vec<String> = parameters
            .iter()
            .map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, QUERY)))
            .collect();
        let mut url = below(&self.auth_url, "authorize");
        url.set_query(Some(&query.join("&")));
        url
    }
}

/// The account behind a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its identity.
    pub id: AccountId,
    /// The name it shows.
    pub name: String,
}

/// Makes the requests of an [`OAuthApp`].
#[derive(Clone, Debug)]
pub struct OAuthClient {
    app: OAuthApp,
    http: reqwest::Client,
    timeout: Duration,
}

#[derive(Serialize)]
struct TokenRequest<'a> {
    grant_type: &'a str,
    client_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    redirect_uri: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<&'a str>,
}

/// A request and what proves that the app makes it.
#[derive(Serialize)]
struct Proven<'a> {
    #[serde(flatten)]
    request: &'a TokenRequest<'a>,
    client_secret: &'a str,
}

#[derive(Deserialize)]
struct Resource {
    id: CloudId,
    url: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    scopes: Vec<String>,
}

#[derive(Deserialize)]
struct Me {
    account_id: AccountId,
    #[serde(default)]
    name: String,
}

impl OAuthClient {
    /// `http` must not follow redirects: tokens are for the two hosts of `app` only.
    pub fn new(app: OAuthApp, http: reqwest::Client, timeout: Duration) -> Self {
        Self { app, http, timeout }
    }

    /// The app that this speaks for.
    pub fn app(&self) -> &OAuthApp {
        &self.app
    }

    /// Buys tokens with the code of a consent. A code works once.
    pub async fn exchange(&self, code: &SecretString) -> Result<TokenSet, Error> {
        let doing = "exchange the code of the consent";
        let request = TokenRequest {
            code: Some(code.expose_secret()),
            redirect_uri: Some(self.app.redirect_uri.as_str()),
            ..self.request("authorization_code")
        };
        let tokens = self.tokens(doing, &request).await;
        tokens.map_err(|error| match error {
            // About a code, the same words mean that it is used up or too old.
            Error::ConsentWithdrawn { description } => Error::Refused {
                doing,
                status: StatusCode::FORBIDDEN.as_u16(),
                error: "invalid_grant".to_owned(),
                description: Some(description),
            },
            error => error,
        })
    }

    /// Buys the next pair of tokens. From here on, `token` is retired unless the request never arrived.
    pub async fn refresh(&self, token: &RefreshToken) -> Result<TokenSet, Error> {
        let request = TokenRequest {
            refresh_token: Some(token.expose()),
            ..self.request("refresh_token")
        };
        self.tokens("refresh the access token", &request).await
    }

    /// The Confluence sites that `token` opens, each once.
    pub async fn accessible_sites(&self, token: &AccessToken) -> Result<Vec<AccessibleSite>, Error> {
        let doing = "list the accessible sites";
        let resources: Vec<Resource> = self
            .read(doing, "oauth/token/accessible-resources", token)
            .await?;
        Ok(confluence_sites(resources))
    }

    /// The account that consented. Needs the scope `read:me`.
    pub async fn whoami(&self, token: &AccessToken) -> Result<Account, Error> {
        let me: Me = self.read("ask who consented", "me", token).await?;
        Ok(Account {
            id: me.account_id,
            name: me.name,
        })
    }

    fn request<'a>(&'a self, grant_type: &'a str) -> TokenRequest<'a> {
        TokenRequest {
            grant_type,
            client_id: &self.app.client_id,
            code: None,
            redirect_uri: None,
            refresh_token: None,
        }
    }

    async fn tokens(&self, doing: &'static str, request: &TokenRequest<'_>) -> Result<TokenSet, Error> {
        let secret = &self.app.client_secret;
        let proven = |secret| self.tokens_proven_by(secret, doing, request);
        secret.prove(proven).await
    }

    async fn tokens_proven_by(
        &self,
        secret: SecretString,
        doing: &'static str,
        request: &TokenRequest<'_>,
    ) -> Result<TokenSet, Error> {
        let client_secret = secret.expose_secret();
        let sent = [Some(client_secret), request.code, request.refresh_token];
        let request = self
            .http
            .post(below(&self.app.auth_url, "oauth/token"))
            .json(&Proven {
                request,
                client_secret,
            });
        let mut answer = ask(doing, request, self.timeout).await?;
        if answer.status.is_success()
            && let Some(tokens) = granted(&answer.body)
        {
            return Ok(tokens);
        }
        answer.body = redacted(&answer.body, sent.into_iter().flatten());
        Err(answer.refusal(doing))
    }

    async fn read<T: DeserializeOwned>(
        &self,
        doing: &'static str,
        path: &str,
        token: &AccessToken,
    ) -> Result<T, Error> {
        let request = self
            .http
            .get(below(&self.app.api_url, path))
            .bearer_auth(token.expose());
        let answer = ask(doing, request, self.timeout).await?;
        if let StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN = answer.status {
            return Err(Error::Refused {
                doing,
                status: answer.status.as_u16(),
                error: "the token does not allow it".to_owned(),
                description: None,
            });
        }
        if answer.status.is_success()
            && let Ok(value) = serde_json::from_slice(&answer.body)
        {
            return Ok(value);
        }
        Err(answer.refusal(doing))
    }
}

/// Keeps the entries that open Confluence. A Jira of the same site is an entry of its own with the same id.
fn confluence_sites(resources: Vec<Resource>) -> Vec<AccessibleSite> {
    let mut sites: Vec<AccessibleSite> = Vec::new();
    for resource in resources {
        let Ok(domain) = Domain::of_url(&resource.url) else {
            continue;
        };
        if !resource.scopes.iter().any(|scope| is_of_confluence(scope)) {
            continue;
        }
        match sites.iter_mut().find(|known| known.site.cloud_id == resource.id) {
            Some(known) => {
                let new = resource
                    .scopes
                    .into_iter()
                    .filter(|scope| !known.scopes.contains(scope));
                let new: Vec<String> = new.collect();
                known.scopes.extend(new);
            }
            None => sites.push(AccessibleSite {
                site: Site {
                    cloud_id: resource.id,
                    domain,
                    name: resource.name,
                },
                scopes: resource.scopes,
            }),
        }
    }
    sites
}

/// Granular scopes end with `:confluence`; classic ones read like `read:confluence-content.all`.
fn is_of_confluence(scope: &str) -> bool {
    scope
        .split(':')
        .any(|part| part == "confluence" || part.starts_with("confluence-") || part == "content.attachment")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{OAuthApp, Resource, confluence_sites};

    fn app() -> OAuthApp {
        OAuthApp {
            client_id: "app id".to_owned(),
            client_secret: "s3cret".into(),
            redirect_uri: "http://localhost:8585/callback".parse().unwrap(),
            auth_url: "https://auth.atlassian.com".parse().unwrap(),
            api_url: "https://api.atlassian.com".parse().unwrap(),
        }
    }

    #[test]
    fn the_consent_url_has_every_parameter_and_no_plus_for_a_space() {
        let url = app().consent_url(&["read:me".to_owned(), "offline_access".to_owned()], "st&te");
        let parameters: BTreeMap<_, _> = url.query_pairs().into_owned().collect();
        let expected = [
            ("audience", "api.atlassian.com"),
            ("client_id", "app id"),
            ("prompt", "consent"),
            ("redirect_uri", "http://localhost:8585/callback"),
            ("response_type", "code"),
            ("scope", "read:me offline_access"),
            ("state", "st&te"),
        ];
        assert_eq!(
            parameters,
            expected
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into()
        );
        assert!(url.as_str().starts_with("https://auth.atlassian.com/authorize?"));
        assert!(url.as_str().contains("scope=read%3Ame%20offline_access") && !url.as_str().contains('+'));
        assert!(!format!("{:?}", app()).contains("s3cret"));
    }

    #[test]
    fn sites_are_the_entries_with_confluence_scopes_each_once() {
        let entry = |id: &str, url: &str, scopes: &[&str]| -> Resource {
            serde_json::from_value(serde_json::json!({ "id": id, "url": url, "name": "n", "scopes": scopes }))
                .unwrap()
        };
        let sites = confluence_sites(vec![
            entry("1", "https://acme.atlassian.net", &["read:jira-work"]),
            entry("1", "https://acme.atlassian.net", &["read:page:confluence"]),
            entry(
                "1",
                "https://acme.atlassian.net",
                &["read:page:confluence", "read:space:confluence"],
            ),
            entry("2", "https://jira.atlassian.net", &["read:jira-work", "read:me"]),
            entry("3", "https://old.atlassian.net", &["read:confluence-content.all"]),
            entry("4", "not an address", &["read:page:confluence"]),
        ]);
        let found: Vec<_> = sites
            .iter()
            .map(|entry| (entry.site.domain.as_str(), entry.scopes.len()))
            .collect();
        assert_eq!(found, [("acme.atlassian.net", 2), ("old.atlassian.net", 1)]);
    }
}
