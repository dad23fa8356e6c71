//! Understands the answers of the token endpoint. Pure.

use std::time::Duration;

use reqwest::StatusCode;
use secrecy::SecretString;
use serde::Deserialize;

use super::Error;
use super::token::{AccessToken, RefreshToken, TokenSet};

/// If the server does not say how long a token lasts: short enough to be safe with any.
const UNSTATED_LIFE: Duration = Duration::from_mins(10);

/// An explanation is a sentence; what is longer is cut.
const LONGEST_DESCRIPTION: usize = 200;

#[derive(Deserialize)]
struct Granted {
    access_token: SecretString,
    refresh_token: Option<SecretString>,
    expires_in: Option<Seconds>,
    scope: Option<ScopeList>,
    scopes: Option<ScopeList>,
}

/// Some servers write numbers as text.
#[derive(Deserialize)]
#[serde(untagged)]
enum Seconds {
    Number(u64),
    Text(String),
}

/// Documented as a text with spaces, met as an array.
#[derive(Deserialize)]
#[serde(untagged)]
enum ScopeList {
    Text(String),
    Array(Vec<String>),
}

#[derive(Deserialize)]
struct Denied {
    error: String,
    error_description: Option<String>,
}

/// The tokens in the body of a successful answer; `None` if it is something else, such as the page of a
/// captive portal.
pub(super) fn granted(body: &[u8]) -> Option<TokenSet> {
    let granted: Granted = serde_json::from_slice(body).ok()?;
    Some(TokenSet {
        access: AccessToken::new(granted.access_token),
        refresh: granted.refresh_token.map(RefreshToken::new),
        expires_in: granted.expires_in.and_then(seconds).unwrap_or(UNSTATED_LIFE),
        scopes: granted.scope.or(granted.scopes).map(scope_list),
    })
}

/// What an answer other than success means.
///
/// Only the server's own words about the refresh token end a grant. Everything that could be weather is
/// weather: a grant that is wrongly given up costs a person's time, a retry costs nothing.
pub(super) fn classify(doing: &'static str, status: StatusCode, body: &[u8]) -> Error {
    let unavailable = Error::Unavailable {
        doing,
        status: status.as_u16(),
        retry_after: None,
    };
    let is_refusal = status.is_client_error()
        && status != StatusCode::REQUEST_TIMEOUT
        && status != StatusCode::TOO_MANY_REQUESTS;
    let Some(denied) = denied(body).filter(|_| is_refusal) else {
        return unavailable;
    };
    let description = denied.error_description.map(|text| shortened(&text));
    let speaks_of_the_refresh_token = description.as_ref().is_some_and(|text| {
        text.to_ascii_lowercase()
            .replace('_', " ")
            .contains("refresh token")
    });
    match denied.error.as_str() {
        "invalid_grant" => Error::ConsentWithdrawn {
            description: description.unwrap_or(denied.error),
        },
        "unauthorized_client" if speaks_of_the_refresh_token => Error::ConsentWithdrawn {
            description: description.unwrap_or(denied.error),
        },
        // At the consent screen `access_denied` is a person who declined; here it is the app's secret.
        "access_denied" | "invalid_client" if status == StatusCode::UNAUTHORIZED => Error::WrongClientSecret,
        _ => Error::Refused {
            doing,
            status: status.as_u16(),
            error: shortened(&denied.error),
            description,
        },
    }
}

fn denied(body: &[u8]) -> Option<Denied> {
    serde_json::from_slice(body).ok()
}

fn seconds(seconds: Seconds) -> Option<Duration> {
    let number = match seconds {
        Seconds::Number(number) => number,
        Seconds::Text(text) => text.trim().parse().ok()?,
    };
    // A life beyond a year is a mistake, and adding it to an instant could overflow.
    Some(Duration::from_secs(number.min(366 * 86_400)))
}

fn scope_list(list: ScopeList) -> Vec<String> {
    match list {
        ScopeList::Text(text) => text.split_whitespace().map(str::to_owned).collect(),
        ScopeList::Array(scopes) => scopes,
    }
}

/// Another system's words, fit for one line of ours.
pub(super) fn shortened(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_control())
        .take(LONGEST_DESCRIPTION)
        .collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use reqwest::StatusCode;

    use super::{classify, granted};
    use crate::auth::{Error, RefreshToken};

    fn kind(status: u16, body: &str) -> &'static str {
        match classify("refresh", StatusCode::from_u16(status).unwrap(), body.as_bytes()) {
            Error::ConsentWithdrawn { .. } => "withdrawn",
            Error::WrongClientSecret => "secret",
            Error::Unavailable { .. } => "weather",
            Error::Refused { .. } => "refused",
            other => panic!("{other}"),
        }
    }

    #[test]
    fn only_the_servers_word_about_the_refresh_token_ends_a_grant() {
        let rows = [
            (
                403,
                r#"{"error":"unauthorized_client","error_description":"refresh_token is invalid"}"#,
                "withdrawn",
            ),
            (
                403,
                r#"{"error":"invalid_grant","error_description":"Unknown or invalid refresh token."}"#,
                "withdrawn",
            ),
            (
                403,
                r#"{"error":"invalid_grant","error_description":"Token has been expired or revoked."}"#,
                "withdrawn",
            ),
            (400, r#"{"error":"invalid_grant"}"#, "withdrawn"),
            (
                401,
                r#"{"error":"access_denied","error_description":"Unauthorized"}"#,
                "secret",
            ),
            (401, r#"{"error":"invalid_client"}"#, "secret"),
            (403, r#"{"error":"access_denied"}"#, "refused"),
            (
                403,
                r#"{"error":"unauthorized_client","error_description":"Grant type not allowed"}"#,
                "refused",
            ),
            (
                400,
                r#"{"error":"invalid_request","error_description":"missing"}"#,
                "refused",
            ),
            (500, r#"{"error":"invalid_grant"}"#, "weather"),
            (503, "", "weather"),
            (429, r#"{"error":"too_many_requests"}"#, "weather"),
            (408, r#"{"error":"timeout"}"#, "weather"),
            (403, "<html><body>Blocked by the proxy</body></html>", "weather"),
            (403, r#"{"code":403,"message":"no"}"#, "weather"),
            (302, "", "weather"),
            (200, "<html>Welcome to the airport</html>", "weather"),
        ];
        for (status, body, expected) in rows {
            assert_eq!(kind(status, body), expected, "{status} {body}");
        }
    }

    #[test]
    fn an_answer_is_read_leniently() {
        let rows = [
            (
                r#"{"access_token":"a","refresh_token":"r","expires_in":3600,"scope":"x y","token_type":"bearer"}"#,
                true,
                3600,
                Some(2),
            ),
            (
                r#"{"access_token":"a","expires_in":"1800","scopes":["x"]}"#,
                false,
                1800,
                Some(1),
            ),
            (
                r#"{"access_token":"a","refresh_token":null,"extra":{}}"#,
                false,
                600,
                None,
            ),
            (
                r#"{"access_token":"a","expires_in":99999999999999}"#,
                false,
                366 * 86_400,
                None,
            ),
        ];
        for (body, has_refresh, secs, scopes) in rows {
            let tokens = granted(body.as_bytes()).unwrap();
            assert_eq!(tokens.access.expose(), "a");
            assert_eq!(
                tokens.refresh,
                has_refresh.then(|| RefreshToken::new("r")),
                "{body}"
            );
            assert_eq!(tokens.expires_in, Duration::from_secs(secs), "{body}");
            assert_eq!(tokens.scopes.map(|scopes| scopes.len()), scopes, "{body}");
        }
        for body in ["", "<html>", "[]", r#"{"refresh_token":"r"}"#] {
            assert!(granted(body.as_bytes()).is_none(), "{body}");
        }
    }
}
