//! Where the secret of the OAuth app and the key of the stored grants come from. Never from the configuration itself.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use secrecy::SecretString;

use super::{Environment, Error};

/// The names of the systemd credentials.
const CREDENTIAL: &str = "client_secret";
const KEY_CREDENTIAL: &str = "token-key";

/// What the files hold, for messages.
const CLIENT_SECRET: &str = "the client secret";
const TOKEN_KEY: &str = "the token key";

/// Where the client secret is. It is read only when it is needed: searching works without it.
#[derive(Clone, Debug)]
pub enum ClientSecret {
    /// A systemd credential, which only this service can read.
    Credential(PathBuf),
    /// `$MILLPOND_CLIENT_SECRET`
    Environment(SecretString),
    /// `app.client_secret_file`
    File(PathBuf),
    /// Nowhere.
    Missing,
}

impl ClientSecret {
    /// The environment wins over the file, as everywhere.
    pub(super) fn find(file: Option<PathBuf>, env: &Environment) -> Self {
        if let Some(path) = credential(CREDENTIAL, env) {
            return Self::Credential(path);
        }
        if let Some(secret) = &env.client_secret {
            return Self::Environment(secret.clone());
        }
        file.map_or(Self::Missing, Self::File)
    }

    /// The secret itself, without the line break that editors leave at the end.
    pub fn read(&self) -> Result<SecretString, Error> {
        match self {
            Self::Credential(path) => read_file(CLIENT_SECRET, path),
            Self::Environment(secret) => Ok(secret.clone()),
            Self::File(path) => {
                refuse_exposed(CLIENT_SECRET, path)?;
                read_file(CLIENT_SECRET, path)
            }
            Self::Missing => Err(Error::NoClientSecret),
        }
    }
}

/// Where the key is that the stored grants are encrypted with.
#[derive(Clone, Debug)]
pub enum TokenKeySource {
    /// A systemd credential, which only this service can read.
    Credential(PathBuf),
    /// `app.token_key_file`
    File(PathBuf),
}

impl TokenKeySource {
    /// Nothing if no key is configured: then the file system alone protects the grants.
    pub(super) fn find(file: Option<PathBuf>, env: &Environment) -> Option<Self> {
        let credential = credential(KEY_CREDENTIAL, env).map(Self::Credential);
        credential.or_else(|| file.map(Self::File))
    }

    /// The key as it is written, without the line break at the end.
    pub fn read(&self) -> Result<SecretString, Error> {
        match self {
            Self::Credential(path) => read_file(TOKEN_KEY, path),
            Self::File(path) => {
                refuse_exposed(TOKEN_KEY, path)?;
                read_file(TOKEN_KEY, path)
            }
        }
    }
}

fn credential(name: &str, env: &Environment) -> Option<PathBuf> {
    let folder = env.credentials_directory.as_ref()?;
    Some(folder.join(name)).filter(|path| path.exists())
}

fn refuse_exposed(what: &'static str, path: &Path) -> Result<(), Error> {
    let mode = fs::metadata(path)
        .map_err(|source| unreadable(what, path, source))?
        .permissions()
        .mode()
        & 0o7777;
    let for_others = mode & 0o007;
    if for_others == 0 {
        return Ok(());
    }
    Err(Error::ExposedSecret {
        what,
        path: path.to_owned(),
        mode,
    })
}

fn read_file(what: &'static str, path: &Path) -> Result<SecretString, Error> {
    let text = fs::read_to_string(path).map_err(|source| unreadable(what, path, source))?;
    let secret = zeroize::Zeroizing::new(text);
    match secret.trim() {
        "" => Err(Error::EmptySecret {
            what,
            path: path.to_owned(),
        }),
        secret => Ok(SecretString::from(secret)),
    }
}

fn unreadable(what: &'static str, path: &Path, source: std::io::Error) -> Error {
    Error::UnreadableSecret {
        what,
        path: path.to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt;

    use secrecy::ExposeSecret;

    use super::ClientSecret;
    use crate::config::{Environment, Error};

    #[test]
    fn a_credential_wins_over_the_environment_and_that_over_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secret");
        let mut env = Environment::default();

        assert!(matches!(ClientSecret::find(None, &env), ClientSecret::Missing));
        let found = ClientSecret::find(Some(file.clone()), &env);
        assert!(matches!(found, ClientSecret::File(_)));
        env.client_secret = Some("from the environment".into());
        let found = ClientSecret::find(Some(file.clone()), &env);
        assert_eq!(found.read().unwrap().expose_secret(), "from the environment");
        fs::write(folder.path().join("client_secret"), "a credential\n").unwrap();
        env.credentials_directory = Some(folder.path().to_owned());
        let found = ClientSecret::find(Some(file), &env);
        assert_eq!(found.read().unwrap().expose_secret(), "a credential");
    }

    #[test]
    fn a_file_that_everyone_can_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        fs::write(&path, "s3cr3t\n").unwrap();
        let secret = ClientSecret::File(path.clone());

        fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
        let refused = secret.read().unwrap_err();
        assert!(matches!(refused, Error::ExposedSecret { mode: 0o644, .. }));
        fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
        assert_eq!(secret.read().unwrap().expose_secret(), "s3cr3t");
        fs::write(&path, "\n").unwrap();
        assert!(matches!(secret.read().unwrap_err(), Error::EmptySecret { .. }));
    }
}
