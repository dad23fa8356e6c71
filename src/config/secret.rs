//! Where secrets come from: files of their own, or what systemd or the environment passes on. Never the
//! configuration itself.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use secrecy::SecretString;
use zeroize::Zeroizing;

use super::{Environment, Error};

/// The names of the systemd credentials.
const CREDENTIAL: &str = "client_secret";
const KEY_CREDENTIAL: &str = "token-key";

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
            Self::Credential(path) => client_secret(path).contents(),
            Self::Environment(secret) => Ok(secret.clone()),
            Self::File(path) => client_secret(path).read(),
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
            Self::Credential(path) => token_key(path).contents(),
            Self::File(path) => token_key(path).read(),
        }
    }
}

/// A blank one is none: the unit makes that where there is no file for it.
fn credential(name: &str, env: &Environment) -> Option<PathBuf> {
    let path = env.credentials_directory.as_ref()?.join(name);
    let is_given = match fs::read(&path).map(Zeroizing::new) {
        Ok(secret) => !secret.trim_ascii().is_empty(),
        // Whoever needs it says why it cannot be read.
        Err(error) => error.kind() != io::ErrorKind::NotFound,
    };
    is_given.then_some(path)
}

fn token_key(path: &Path) -> SecretFile {
    SecretFile {
        what: "token key",
        path: path.to_owned(),
    }
}

fn client_secret(path: &Path) -> SecretFile {
    SecretFile {
        what: "client secret",
        path: path.to_owned(),
    }
}

/// A file that holds one secret and nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretFile {
    /// What it holds, for messages.
    pub what: &'static str,
    /// The file.
    pub path: PathBuf,
}

impl SecretFile {
    /// The secret, without the line break that editors leave at the end. A file that every account on this machine
    /// can read is refused.
    pub fn read(&self) -> Result<SecretString, Error> {
        let metadata = fs::metadata(&self.path).map_err(|source| self.unreadable(source))?;
        let mode = metadata.permissions().mode() & 0o7777;
        if mode & 0o007 != 0 {
            return Err(Error::ExposedSecret {
                what: self.what,
                path: self.path.clone(),
                mode,
            });
        }
        self.contents()
    }

    fn contents(&self) -> Result<SecretString, Error> {
        let text = fs::read_to_string(&self.path).map_err(|source| self.unreadable(source))?;
        let text = Zeroizing::new(text);
        match text.trim() {
            "" => Err(Error::EmptySecret {
                what: self.what,
                path: self.path.clone(),
            }),
            secret => Ok(SecretString::from(secret)),
        }
    }

    fn unreadable(&self, source: io::Error) -> Error {
        Error::Secret {
            what: self.what,
            path: self.path.clone(),
            source,
        }
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
        let found = ClientSecret::find(Some(file.clone()), &env);
        assert_eq!(found.read().unwrap().expose_secret(), "a credential");
        fs::write(folder.path().join("client_secret"), "\n").unwrap();
        let found = ClientSecret::find(Some(file), &env);
        assert_eq!(found.read().unwrap().expose_secret(), "from the environment");
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
