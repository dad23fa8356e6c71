//! The HTTP clients: the one for everything outside, and the one for the daemon's socket.

use std::path::Path;
use std::time::Duration;

use rustls::crypto::ring;

use super::Error;

/// Connecting to Atlassian takes no longer than this, or not at all.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);

/// The client of every request: encrypted by `rustls`, and blind to redirects, since a token must not follow one.
pub fn http_client() -> Result<reqwest::Client, Error> {
    // Only the first call of a process can install it, and only that one needs to.
    drop(ring::default_provider().install_default());
    reqwest::Client::builder()
        .user_agent(concat!("millpond/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT_TIMEOUT)
        .build()
        .map_err(Error::Http)
}

/// A client that goes nowhere but to the socket at `path`.
pub(super) fn local_client(path: &Path) -> Result<reqwest::Client, Error> {
    drop(ring::default_provider().install_default());
    let client = reqwest::Client::builder().unix_socket(path);
    client.build().map_err(Error::Http)
}
