//! Encrypts stored grants with a key that is kept elsewhere.
//!
//! XChaCha20-Poly1305: its nonces are long enough to be drawn at random. The name of the grant is authenticated with its
//! content, so that the file of one grant cannot stand in for another.

use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::aead::{Aead as _, Generate as _, Payload};
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305, XNonce};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::Error;

const CIPHER: &str = "xchacha20poly1305";
/// In bytes.
const NONCE_LENGTH: usize = 24;

/// What stored grants are encrypted with. Cheap to clone; does not print.
#[derive(Clone)]
pub struct TokenKey(Arc<Zeroizing<[u8; 32]>>);

impl TokenKey {
    /// Reads 64 hexadecimal digits.
    pub fn parse(text: &SecretString) -> Result<Self, Error> {
        let digits = text.expose_secret().as_bytes();
        let mut key = Zeroizing::new([0; 32]);
        if digits.len() != 2 * key.len() {
            return Err(Error::InvalidTokenKey);
        }
        for (byte, pair) in key.iter_mut().zip(digits.chunks(2)) {
            let pair = str::from_utf8(pair).map_err(|_| Error::InvalidTokenKey)?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| Error::InvalidTokenKey)?;
        }
        Ok(Self(Arc::new(key)))
    }

    /// Encrypts the content of the file of `id`. `None` if there is more of it than the cipher takes: 256 GiB.
    pub(super) fn seal(&self, id: &str, content: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let nonce = <[u8; NONCE_LENGTH]>::generate();
        let sealed = self
            .cipher()
            .encrypt(&XNonce::from(nonce), payload(id, content))
            .ok()?;
        let sealed = Sealed {
            cipher: CIPHER.to_owned(),
            nonce: STANDARD.encode(nonce),
            grant: STANDARD.encode(sealed),
        };
        serde_json::to_vec_pretty(&sealed).ok().map(Zeroizing::new)
    }

    /// The content of the file of `id`; `None` with the wrong key, or if the file is not as it was written.
    pub(super) fn open(&self, id: &str, sealed: &Sealed) -> Option<Zeroizing<Vec<u8>>> {
        let nonce: [u8; NONCE_LENGTH] = STANDARD.decode(&sealed.nonce).ok()?.try_into().ok()?;
        let content = STANDARD.decode(&sealed.grant).ok()?;
        let opened = self.cipher().decrypt(&XNonce::from(nonce), payload(id, &content));
        opened.ok().map(Zeroizing::new)
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new((&**self.0).into())
    }
}

impl fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenKey([redacted])")
    }
}

fn payload<'a>(id: &'a str, content: &'a [u8]) -> Payload<'a, 'a> {
    Payload {
        msg: content,
        aad: id.as_bytes(),
    }
}

/// The file of an encrypted grant.
#[derive(Serialize, Deserialize)]
pub(super) struct Sealed {
    cipher: String,
    nonce: String,
    grant: String,
}

impl Sealed {
    /// The encrypted grant in the content of a file; `None` if that is something else.
    pub(super) fn parse(content: &[u8]) -> Option<Self> {
        serde_json::from_slice(content)
            .ok()
            .filter(|sealed: &Self| sealed.cipher == CIPHER)
    }
}

#[cfg(test)]
mod tests {
    use super::{Sealed, TokenKey};
    use crate::auth::Error;

    fn key(digit: &str) -> TokenKey {
        TokenKey::parse(&digit.repeat(64).into()).unwrap()
    }

    #[test]
    fn only_the_key_opens_and_only_for_the_same_grant() {
        let (alice, bob) = ("alice", "bob");
        let content = key("a").seal(alice, b"refresh-1").unwrap();
        assert!(!String::from_utf8_lossy(&content).contains("refresh-1"));
        let mut sealed = Sealed::parse(&content).unwrap();
        assert_eq!(**key("A").open(alice, &sealed).unwrap(), *b"refresh-1");
        assert!(key("b").open(alice, &sealed).is_none());
        assert!(key("a").open(bob, &sealed).is_none());
        sealed.grant.insert(0, 'A');
        assert!(key("a").open(alice, &sealed).is_none());
        assert_ne!(
            key("a").seal(alice, b"refresh-1").unwrap(),
            content,
            "nonces differ"
        );
    }

    #[test]
    fn a_key_is_64_hexadecimal_digits_and_does_not_print() {
        for odd in ["", "a", &"g".repeat(64), &"a".repeat(63), &"é".repeat(32)] {
            let error = TokenKey::parse(&odd.to_owned().into()).unwrap_err();
            assert!(matches!(error, Error::InvalidTokenKey), "{odd}");
        }
        assert!(!format!("{:?}", key("a")).contains("aa"));
    }
}
