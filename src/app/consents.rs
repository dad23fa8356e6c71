//! The app that people consent to, and where their consents are kept.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt as _;

use secrecy::SecretString;
use tracing::warn;

use crate::auth::{self, Grants, OAuthApp, Secret, TokenKey, TokenStore};
use crate::config::{self, ClientSecret, Config, TokenKeySource};
use crate::model::Clock;

use super::Error;

/// Why a client secret may be refused although the file that it came from has the right one.
const COPIED: &str = "the client secret is a credential, which systemd copied when the service started; after replacing it: \
                      systemctl restart millpond";

/// The stored grants of the app, with the way to refresh them.
pub fn grants(config: &Config, app: OAuthApp, http: reqwest::Client, clock: Clock) -> Result<Grants, Error> {
    let store = credentials(config)?;
    Ok(Grants::open(store, app, http, auth::Options::default(), clock))
}

/// Where the grants are. Makes the state directory too, which others may look into, unlike the folder inside.
pub fn credentials(config: &Config) -> Result<TokenStore, Error> {
    let made = DirBuilder::new()
        .recursive(true)
        .mode(0o750)
        .create(&config.state_dir);
    made.map_err(|source| Error::StateDir {
        path: config.state_dir.clone(),
        source,
    })?;
    stored_credentials(config)
}

/// The same, for those who only look: the state directory is not made.
pub fn stored_credentials(config: &Config) -> Result<TokenStore, Error> {
    let key = config
        .app
        .token_key
        .as_ref()
        .map(TokenKeySource::read)
        .transpose()?;
    let key = key.as_ref().map(TokenKey::parse).transpose()?;
    Ok(TokenStore::open(config.credentials_dir())?.sealed_with(key))
}

/// The OAuth app, its secret read from where the configuration says.
pub fn oauth_app(config: &Config) -> Result<OAuthApp, config::Error> {
    let app = &config.app;
    if app.client_id.is_empty() {
        let path = config.file.clone();
        return Err(config::Error::NoApp { path });
    }
    let is_copy = matches!(app.client_secret, ClientSecret::Credential(_));
    let of_source = is_copy.then_some(COPIED);
    Ok(OAuthApp {
        client_id: app.client_id.clone(),
        client_secret: replaceable(app.client_secret.clone(), ClientSecret::read, of_source)?,
        redirect_uri: app.redirect_uri.clone(),
        auth_url: app.auth_url.clone(),
        api_url: app.api_url.clone(),
    })
}

/// The secret that `read` takes from its source, now and whenever a server does not accept it any more. Whoever looks
/// for the reason is then told `of_source`, too.
pub(super) fn replaceable<S: Send + Sync + 'static>(
    source: S,
    read: fn(&S) -> Result<SecretString, config::Error>,
    of_source: Option<&'static str>,
) -> Result<Secret, config::Error> {
    let first = read(&source)?;
    let again = move || {
        if let Some(of_source) = of_source {
            warn!("{of_source}");
        }
        let told = |error: &config::Error| warn!("a refused secret cannot be read again: {error}");
        read(&source).inspect_err(told).ok()
    };
    Ok(Secret::new(first, again))
}
