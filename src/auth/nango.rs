//! Borrows access tokens from a running Nango, which keeps the consent and rotates its tokens.
//!
//! Nango refreshes a token when it is asked for one that has less than a quarter of an hour left. So it is asked
//! whenever a token is needed, and at least once per keep-alive interval; its rotation stays the only one.

use std::time::Duration;

use chrono::{DateTime, Utc};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::StatusCode;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use url::Url;

use crate::model::{Clock, CloudId, Domain, Site, Timestamp};

use super::ask::{Answer, ask, below, redacted};
use super::lease::Loan;
use super::token_answer::shortened;
use super::{AccessToken, Error, Secret, tenant};

const DOING: &str = "get the connection from Nango";

/// If Nango does not say how long a token lasts. It knows, and renews it when asked: so it is asked often.
const UNSTATED_LIFE: Duration = Duration::from_mins(10);

/// What stays readable in a segment of a path.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// What Nango said that waiting does not change.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NangoRefusal {
    /// The secret key is wrong, or that of another environment.
    #[error("Nango does not accept the secret key")]
    WrongKey,
    /// No integration has the configured `provider_config_key`.
    #[error("Nango has no integration of that provider_config_key")]
    UnknownIntegration,
    /// The integration has no connection of the configured `connection_id`.
    #[error("Nango has no connection of that connection_id")]
    UnknownConnection,
    /// Nango has given up refreshing: a person must authorize its connection again.
    #[error("Nango cannot refresh its connection any more")]
    Exhausted,
    /// The connection is not one to Confluence by OAuth 2.0, or not finished.
    #[error("Nango's connection is of no use: {lacks}")]
    Unusable {
        /// What it lacks.
        lacks: &'static str,
    },
    /// The connection is to another site.
    #[error("Nango's connection opens {found}, not {wanted}")]
    OtherSite {
        /// The domain of the connection that was configured here.
        wanted: Domain,
        /// The domain of the connection there.
        found: Domain,
    },
    /// Anything else that is definite.
    #[error("Nango refused with status {status} ({code})")]
    Other {
        /// The HTTP status.
        status: u16,
        /// Nango's code for it.
        code: String,
    },
}

/// One connection of a Nango.
#[derive(Clone, Debug)]
pub struct Nango {
    /// Its address, such as `https://api.nango.dev`.
    pub host: Url,
    /// Which connection, in Nango's own word.
    pub connection_id: String,
    /// Of which integration.
    pub provider_config_key: String,
    /// What proves to Nango who asks.
    pub secret_key: Secret,
    /// Must not follow redirects.
    pub http: reqwest::Client,
    /// How long one request may take.
    pub timeout: Duration,
    /// For answers that do not say what time it is at Nango's.
    pub clock: Clock,
}

#[derive(Deserialize)]
struct Connection {
    #[serde(default)]
    credentials: Credentials,
    #[serde(default)]
    connection_config: Option<Settings>,
}

#[derive(Default, Deserialize)]
struct Credentials {
    access_token: Option<SecretString>,
    expires_at: Option<DateTime<Utc>>,
}

/// What Nango noted of the site when its connection was made.
#[derive(Default, Deserialize)]
struct Settings {
    #[serde(rename = "cloudId")]
    cloud_id: Option<CloudId>,
    #[serde(rename = "baseUrl")]
    base_url: Option<String>,
}

#[derive(Deserialize)]
struct Refused {
    error: Complaint,
}

/// Nango has answered in both shapes.
#[derive(Deserialize)]
#[serde(untagged)]
enum Complaint {
    Coded { code: String },
    Text(String),
}

impl Nango {
    /// The present token; a forced refresh if that is the one that was refused.
    pub(super) async fn lend(&self, refused: Option<&AccessToken>) -> Result<Loan, Error> {
        let loan = self.borrow(false).await?;
        if refused == Some(&loan.token) {
            return self.borrow(true).await;
        }
        Ok(loan)
    }

    /// The site that the connection is to, which must be the one at `wanted`.
    pub(super) async fn site(&self, wanted: &Domain) -> Result<Site, Error> {
        let (connection, _) = self.connection(false).await?;
        let Settings { cloud_id, base_url } = connection.connection_config.unwrap_or_default();
        let lacks = |lacks| NangoRefusal::Unusable { lacks };
        let cloud_id = cloud_id.ok_or_else(|| lacks("its connection_config has no cloudId"))?;
        let base_url = base_url.ok_or_else(|| lacks("its connection_config has no baseUrl"))?;
        let found =
            Domain::of_url(&base_url).map_err(|_| lacks("its baseUrl is not the address of a site"))?;
        if found != *wanted {
            let wanted = wanted.clone();
            return Err(NangoRefusal::OtherSite { wanted, found }.into());
        }
        Ok(tenant::named(cloud_id, wanted))
    }

    async fn borrow(&self, force: bool) -> Result<Loan, Error> {
        let (connection, date) = self.connection(force).await?;
        let Credentials {
            access_token,
            expires_at,
        } = connection.credentials;
        let token = access_token.ok_or(NangoRefusal::Unusable {
            lacks: "it holds no OAuth 2.0 access token",
        })?;
        // Both instants are Nango's, so its clock may be wrong.
        let now = date.unwrap_or_else(|| self.clock.now());
        Ok(Loan {
            token: AccessToken::new(token),
            lasts: expires_at.map_or(UNSTATED_LIFE, |end| Timestamp::from_utc(end).since(now)),
        })
    }

    async fn connection(&self, force: bool) -> Result<(Connection, Option<Timestamp>), Error> {
        let shown = |secret| self.connection_shown_to(secret, force);
        self.secret_key.prove(shown).await
    }

    async fn connection_shown_to(
        &self,
        secret: SecretString,
        force: bool,
    ) -> Result<(Connection, Option<Timestamp>), Error> {
        let id = utf8_percent_encode(&self.connection_id, SEGMENT);
        let secret = secret.expose_secret();
        let mut query = vec![("provider_config_key", self.provider_config_key.as_str())];
        if force {
            query.push(("force_refresh", "true"));
        }
        let request = self
            .http
            .get(below(&self.host, &format!("connection/{id}")))
            .query(&query)
            .bearer_auth(secret);
        let mut answer = ask(DOING, request, self.timeout).await?;
        if !answer.status.is_success() {
            answer.body = redacted(&answer.body, [secret].into_iter());
            return Err(refusal(&answer));
        }
        match serde_json::from_slice(&answer.body) {
            Ok(connection) => Ok((connection, answer.date)),
            Err(_) => Err(answer.unavailable(DOING)),
        }
    }
}

/// What an answer means that is not a connection.
///
/// A refresh that failed says `invalid_credentials` with 400, whatever the reason, and may succeed next time; once
/// it has failed for days, the same comes with 424.
fn refusal(answer: &Answer) -> Error {
    let refused: Option<Refused> = serde_json::from_slice(&answer.body).ok();
    let Some(Refused { error }) = refused.filter(|_| answer.status.is_client_error()) else {
        return answer.unavailable(DOING);
    };
    let code = match error {
        Complaint::Coded { code } => code,
        Complaint::Text(text) => text,
    };
    match (answer.status, code.as_str()) {
        (StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT, _)
        | (StatusCode::BAD_REQUEST, "invalid_credentials") => answer.unavailable(DOING),
        (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN, _) => NangoRefusal::WrongKey.into(),
        (StatusCode::FAILED_DEPENDENCY, _) => NangoRefusal::Exhausted.into(),
        (_, "unknown_provider_config") => NangoRefusal::UnknownIntegration.into(),
        (_, "unknown_connection") | (StatusCode::NOT_FOUND, "not_found") => {
            NangoRefusal::UnknownConnection.into()
        }
        (status, _) => NangoRefusal::Other {
            status: status.as_u16(),
            code: shortened(&code),
        }
        .into(),
    }
}
