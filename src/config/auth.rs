//! How a connection signs in: each kind with the keys that it takes, and no others.

use url::Url;

use super::check::Check;
use super::file::{self, Text};
use super::secret::SecretFile;
use super::{Auth, Error, value};

/// What `connection.auth` takes.
const KINDS: &str = "\"oauth\", \"api_token\", \"service_account\" or \"nango\"";

/// The keys of all kinds, as they stand in a `[[connection]]`. Each kind takes its own; what is left is refused.
struct Keys {
    email: Text,
    token_file: Text,
    scoped: file::Flag,
    client_id: Text,
    client_secret_file: Text,
    host: Text,
    connection_id: Text,
    provider_config_key: Text,
    secret_key_file: Text,
}

impl Check<'_> {
    pub(super) fn auth(&self, given: &mut file::Connection) -> Result<Auth, Error> {
        let mut keys = Keys {
            email: given.email.take(),
            token_file: given.token_file.take(),
            scoped: given.scoped.take(),
            client_id: given.client_id.take(),
            client_secret_file: given.client_secret_file.take(),
            host: given.host.take(),
            connection_id: given.connection_id.take(),
            provider_config_key: given.provider_config_key.take(),
            secret_key_file: given.secret_key_file.take(),
        };
        let known = |kind: &str| match kind {
            "oauth" | "api_token" | "service_account" | "nango" => Ok(kind.to_owned()),
            _ => Err("there is no such way to authenticate".to_owned()),
        };
        let kind = self.text("connection.auth", given.auth.take(), "oauth", KINDS, known)?;
        let auth = match kind.as_str() {
            "api_token" => self.api_token(&mut keys)?,
            "service_account" => self.service_account(&mut keys)?,
            "nango" => self.nango(&mut keys)?,
            _ => Auth::OAuth,
        };
        self.nothing_left(&keys, &kind)?;
        Ok(auth)
    }

    fn api_token(&self, keys: &mut Keys) -> Result<Auth, Error> {
        let accepted = "the email address of the account that made the token";
        Ok(Auth::ApiToken {
            email: self.required("connection.email", keys.email.take(), accepted, email)?,
            token: self.secret("connection.token_file", keys.token_file.take(), "API token")?,
            is_scoped: keys.scoped.take().is_some_and(toml::Spanned::into_inner),
        })
    }

    fn service_account(&self, keys: &mut Keys) -> Result<Auth, Error> {
        let accepted = "the client id of the service account's OAuth 2.0 credential";
        let secret_file = keys.client_secret_file.take();
        Ok(Auth::ServiceAccount {
            client_id: self.required("connection.client_id", keys.client_id.take(), accepted, filled)?,
            client_secret: self.secret("connection.client_secret_file", secret_file, "client secret")?,
        })
    }

    fn nango(&self, keys: &mut Keys) -> Result<Auth, Error> {
        let id = "the id of the connection in Nango";
        let integration = "the id of the integration in Nango";
        let (id_key, integration_key) = ("connection.connection_id", "connection.provider_config_key");
        Ok(Auth::Nango {
            host: self.text(
                "connection.host",
                keys.host.take(),
                "https://api.nango.dev",
                super::check::ADDRESS,
                value::url,
            )?,
            connection_id: self.required(id_key, keys.connection_id.take(), id, filled)?,
            provider_config_key: self.required(
                integration_key,
                keys.provider_config_key.take(),
                integration,
                filled,
            )?,
            secret_key: self.secret(
                "connection.secret_key_file",
                keys.secret_key_file.take(),
                "secret key",
            )?,
        })
    }

    /// Where the site's own host is reached.
    pub(super) fn site_url(&self, given: Text, domain: &str) -> Result<Url, Error> {
        let usual = format!("https://{domain}");
        self.text(
            "connection.site_url",
            given,
            &usual,
            super::check::ADDRESS,
            value::url,
        )
    }

    fn secret(&self, key: &'static str, given: Text, what: &'static str) -> Result<SecretFile, Error> {
        let path = self.required(key, given, "a file that only holds the secret", filled)?;
        Ok(SecretFile {
            what,
            path: self.beside(path.as_ref()),
        })
    }

    fn required<T>(
        &self,
        key: &'static str,
        given: Text,
        accepted: &'static str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<T, Error> {
        let given = given.ok_or_else(|| self.missing(key, accepted))?;
        self.parsed(key, &given, accepted, parse)
    }

    /// Refuses a key of another kind, which would otherwise be ignored in silence.
    fn nothing_left(&self, keys: &Keys, kind: &str) -> Result<(), Error> {
        let accepted = "no value here";
        let reason = format!("`auth` is \"{kind}\", which does not use it");
        for (key, left) in [
            ("connection.email", &keys.email),
            ("connection.token_file", &keys.token_file),
            ("connection.client_id", &keys.client_id),
            ("connection.client_secret_file", &keys.client_secret_file),
            ("connection.host", &keys.host),
            ("connection.connection_id", &keys.connection_id),
            ("connection.provider_config_key", &keys.provider_config_key),
            ("connection.secret_key_file", &keys.secret_key_file),
        ] {
            if let Some(left) = left {
                return Err(self.refused(key, left, &reason, accepted));
            }
        }
        match &keys.scoped {
            Some(scoped) => Err(self.refused("connection.scoped", scoped, &reason, accepted)),
            None => Ok(()),
        }
    }
}

fn filled(given: &str) -> Result<String, String> {
    match given.trim() {
        "" => Err("it is empty".to_owned()),
        given => Ok(given.to_owned()),
    }
}

/// A colon would end the name that the token is sent under.
fn email(given: &str) -> Result<String, String> {
    let given = filled(given)?;
    if given.contains('@') && !given.contains([':', ' ']) {
        Ok(given)
    } else {
        Err("it is not an email address".to_owned())
    }
}
