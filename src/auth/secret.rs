//! A secret that a person may replace while the program runs.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use secrecy::{ExposeSecret as _, SecretString};

use super::token_store::blocking;
use super::{Error, NangoRefusal};

/// Reads the secret again; `None` where that fails.
type Again = Arc<dyn Fn() -> Option<SecretString> + Send + Sync>;

/// What proves to a server who asks. Clones share it.
///
/// It is read again when the server does not accept it, and never otherwise: so whoever replaces it needs no restart,
/// and the file may be away in between.
#[derive(Clone)]
pub struct Secret {
    present: Arc<Mutex<SecretString>>,
    again: Again,
}

impl Secret {
    /// The secret as it was read first, and how to read it again.
    pub fn new(
        first: SecretString,
        again: impl Fn() -> Option<SecretString> + Send + Sync + 'static,
    ) -> Self {
        Self {
            present: Arc::new(Mutex::new(first)),
            again: Arc::new(again),
        }
    }

    /// The secret as it was read last.
    pub(super) fn present(&self) -> SecretString {
        self.lock().clone()
    }

    /// The secret that took the place of `refused`, if there is one.
    pub(super) async fn successor(&self, refused: &SecretString) -> Option<SecretString> {
        let differs = |secret: &SecretString| secret.expose_secret() != refused.expose_secret();
        // Somebody else may have read it in the meantime.
        if let Some(present) = Some(self.present()).filter(differs) {
            return Some(present);
        }
        let again = Arc::clone(&self.again);
        let read = blocking(move || Ok(again())).await.ok().flatten();
        let next = read.filter(differs)?;
        *self.lock() = next.clone();
        Some(next)
    }

    /// Asks with the secret; once more if it was replaced and the old one is not accepted.
    pub(super) async fn prove<T, F: Future<Output = Result<T, Error>>>(
        &self,
        ask: impl Fn(SecretString) -> F,
    ) -> Result<T, Error> {
        let secret = self.present();
        let answer = ask(secret.clone()).await;
        if !matches!(
            answer,
            Err(Error::WrongClientSecret | Error::Nango(NangoRefusal::WrongKey))
        ) {
            return answer;
        }
        match self.successor(&secret).await {
            Some(next) => {
                tracing::info!("the secret was replaced; asking again with the new one");
                ask(next).await
            }
            None => answer,
        }
    }

    fn lock(&self) -> MutexGuard<'_, SecretString> {
        self.present.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A secret that nobody replaces.
impl From<&str> for Secret {
    fn from(secret: &str) -> Self {
        Self::new(secret.into(), || None)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret([REDACTED])")
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// Asks a server that accepts `right` only. Says what was sent.
    async fn asked(secret: &Secret, right: &str) -> (Vec<String>, bool) {
        let sent = Mutex::new(Vec::new());
        let answer = secret
            .prove(async |given: SecretString| {
                sent.lock().unwrap().push(given.expose_secret().to_owned());
                if given.expose_secret() == right {
                    Ok(())
                } else {
                    Err(Error::WrongClientSecret)
                }
            })
            .await;
        (sent.into_inner().unwrap(), answer.is_ok())
    }

    #[tokio::test]
    async fn a_secret_is_read_again_only_when_it_is_refused_and_sent_only_if_it_differs() {
        let reads = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&reads);
        let secret = Secret::new("old".into(), move || {
            counted.fetch_add(1, Ordering::Relaxed);
            Some("new".into())
        });
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        assert_eq!(asked(&secret, "old").await, (words(&["old"]), true));
        assert_eq!(reads.load(Ordering::Relaxed), 0);
        assert_eq!(asked(&secret, "new").await, (words(&["old", "new"]), true));
        assert_eq!(asked(&secret, "new").await, (words(&["new"]), true));
        assert_eq!(reads.load(Ordering::Relaxed), 1);
        assert_eq!(asked(&secret, "newer").await, (words(&["new"]), false));
        assert_eq!(asked(&Secret::from("old"), "new").await, (words(&["old"]), false));
        assert!(!format!("{secret:?}").contains("new"));
    }
}
