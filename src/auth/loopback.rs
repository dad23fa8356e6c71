//! Receives the redirect of one consent on this machine.
//!
//! A few hundred bytes of HTTP by hand: one path, one answer, then it closes. Browsers open spare
//! connections and ask for icons, so connections are served side by side and other paths get a 404.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::select_all;
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt as _, StreamExt as _};
use secrecy::SecretString;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};
use tracing::debug;
use url::{Host, Url};

use super::page::{self, Page};
use super::{Consent, Error};

/// The head of a request is refused beyond this size.
const LARGEST_HEAD: usize = 16 * 1024;
/// How long a browser may take to send its request.
const PATIENCE: Duration = Duration::from_secs(10);
/// The rest after a connection could not be accepted, for example because all file handles are in use.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// Spare connections beyond this many are closed at once.
const MOST_CONNECTIONS: usize = 32;

/// A listener on the host and port of an app's redirect address.
#[derive(Debug)]
pub struct Loopback {
    listeners: Vec<TcpListener>,
    redirect_uri: Url,
}

impl Loopback {
    /// Listens where `redirect_uri` points. For `localhost` on both loopback addresses, since it is the
    /// browser's choice which one that is. Port 0 takes any free port.
    pub async fn bind(redirect_uri: &Url) -> Result<Self, Error> {
        let not_ours = |reason| Error::NotALoopback {
            redirect_uri: redirect_uri.to_string(),
            reason,
        };
        if redirect_uri.scheme() != "http" {
            return Err(not_ours(
                "only an http address of this machine can be listened on",
            ));
        }
        let addresses =
            loopback_addresses(redirect_uri).ok_or_else(|| not_ours("it is not a loopback address"))?;
        let mut redirect_uri = redirect_uri.clone();
        let mut listeners = Vec::new();
        let mut failure = None;
        for address in addresses {
            let port = redirect_uri.port_or_known_default().unwrap_or_default();
            match TcpListener::bind((address, port)).await {
                Ok(listener) => {
                    let port = listener.local_addr().map_or(port, |local| local.port());
                    // Refused only for addresses without a host, which `http` ones have.
                    redirect_uri.set_port(Some(port)).unwrap_or_default();
                    listeners.push(listener);
                }
                // Half the browsers would reach whoever else listens there.
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
                    return Err(listen_error(address, port, error));
                }
                // A machine without IPv6, or without IPv4.
                Err(error) => failure = Some(listen_error(address, port, error)),
            }
        }
        match failure {
            Some(error) if listeners.is_empty() => Err(error),
            _ => Ok(Self {
                listeners,
                redirect_uri,
            }),
        }
    }

    /// The redirect address, with the port that is listened on.
    pub fn redirect_uri(&self) -> &Url {
        &self.redirect_uri
    }

    /// Waits for the redirect that answers `consent`, tells the browser how it went, and returns the code.
    pub async fn wait(&self, consent: &Consent, patience: Duration) -> Result<SecretString, Error> {
        timeout(patience, self.first_answer(consent))
            .await
            .unwrap_or(Err(Error::ConsentTimedOut { waited: patience }))
    }

    async fn first_answer(&self, consent: &Consent) -> Result<SecretString, Error> {
        let mut connections = FuturesUnordered::new();
        loop {
            tokio::select! {
                accepted = self.accept() => match accepted {
                    Ok(stream) if connections.len() < MOST_CONNECTIONS => {
                        connections.push(self.serve(stream, consent));
                    }
                    Ok(_) => {}
                    Err(error) => {
                        debug!(%error, "could not accept a connection");
                        sleep(ACCEPT_PAUSE).await;
                    }
                },
                Some(Some(answer)) = connections.next() => return answer,
            }
        }
    }

    async fn accept(&self) -> io::Result<TcpStream> {
        let accepts = self.listeners.iter().map(|listener| listener.accept().boxed());
        let (accepted, ..) = select_all(accepts).await;
        accepted.map(|(stream, _)| stream)
    }

    /// Answers one request. `None` if it was not the redirect, and waiting goes on.
    async fn serve(&self, mut stream: TcpStream, consent: &Consent) -> Option<Result<SecretString, Error>> {
        let head = timeout(PATIENCE, read_head(&mut stream)).await.ok()?.ok()?;
        let (page, answer) = match self.redirected(&head) {
            Err(page) => (page, None),
            Ok(url) => match consent.accept(&url) {
                Ok(code) => (page::CONSENTED, Some(Ok(code))),
                Err(Error::NotARedirect { .. }) => (page::NOT_HERE, None),
                Err(error @ Error::ConsentDeclined) => (page::DECLINED, Some(Err(error))),
                Err(error) => (page::FAILED, Some(Err(error))),
            },
        };
        if let Err(error) = send(&mut stream, &page).await {
            debug!(%error, "the browser did not wait for its page");
        }
        answer
    }

    /// The address that was requested, if it is the redirect's; else the page to answer with.
    fn redirected(&self, head: &str) -> Result<Url, Page> {
        let mut words = head.split_ascii_whitespace();
        let (method, target) = (words.next(), words.next().unwrap_or_default());
        let url = self.redirect_uri.join(target).map_err(|_| page::NOT_HERE)?;
        if url.path() != self.redirect_uri.path() {
            Err(page::NOT_HERE)
        } else if method != Some("GET") {
            Err(page::ONLY_GET)
        } else {
            Ok(url)
        }
    }
}

fn loopback_addresses(redirect_uri: &Url) -> Option<Vec<IpAddr>> {
    let addresses = match redirect_uri.host()? {
        Host::Domain("localhost") => vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()],
        Host::Domain(_) => return None,
        Host::Ipv4(address) => vec![IpAddr::from(address)],
        Host::Ipv6(address) => vec![IpAddr::from(address)],
    };
    addresses.iter().all(IpAddr::is_loopback).then_some(addresses)
}

fn listen_error(address: IpAddr, port: u16, source: io::Error) -> Error {
    Error::Listen {
        address: SocketAddr::new(address, port).to_string(),
        source: Arc::new(source),
    }
}

/// Reads up to the empty line that ends the head of a request.
async fn read_head(stream: &mut TcpStream) -> io::Result<String> {
    let mut head = Vec::new();
    let mut chunk = [0; 2048];
    while !head.windows(4).any(|window| window == b"\r\n\r\n") {
        let count = stream.read(&mut chunk).await?;
        if count == 0 || head.len() + count > LARGEST_HEAD {
            return Err(io::ErrorKind::InvalidData.into());
        }
        head.extend_from_slice(&chunk[..count]);
    }
    String::from_utf8(head).map_err(|_| io::ErrorKind::InvalidData.into())
}

async fn send(stream: &mut TcpStream, page: &Page) -> io::Result<()> {
    timeout(PATIENCE, async {
        stream.write_all(page.response().as_bytes()).await?;
        stream.shutdown().await
    })
    .await
    .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpStream;
    use url::Url;

    use super::Loopback;
    use crate::auth::{Consent, Error, OAuthApp};

    async fn listening() -> (Loopback, Consent) {
        let loopback = Loopback::bind(&"http://localhost:0/callback".parse().unwrap())
            .await
            .unwrap();
        let app = OAuthApp {
            client_id: "app".to_owned(),
            client_secret: "s3cret".into(),
            redirect_uri: loopback.redirect_uri().clone(),
            auth_url: "http://localhost:1".parse().unwrap(),
            api_url: "http://localhost:1".parse().unwrap(),
        };
        (loopback, Consent::begin(&app, Vec::new()))
    }

    fn state(consent: &Consent) -> String {
        let state = consent.url().query_pairs().find(|(name, _)| name == "state");
        state.unwrap().1.into_owned()
    }

    /// Sends `request` as it is and returns the whole answer.
    async fn answer(loopback: &Loopback, request: &str) -> String {
        let port = loopback.redirect_uri().port().unwrap();
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).await.unwrap();
        text
    }

    #[tokio::test]
    async fn a_browser_is_answered_and_the_code_returned() {
        let (loopback, consent) = listening().await;
        let request = format!(
            "GET /callback?code=c0de&state={} HTTP/1.1\r\n\r\n",
            state(&consent)
        );
        let browser = async {
            // An unused connection, such as browsers open in advance, holds nobody up.
            let idle = TcpStream::connect(("127.0.0.1", loopback.redirect_uri().port().unwrap()))
                .await
                .unwrap();
            let icon = answer(&loopback, "GET /favicon.ico HTTP/1.1\r\n\r\n").await;
            let bare = answer(&loopback, "GET /callback HTTP/1.1\r\n\r\n").await;
            let post = answer(&loopback, "POST /callback?code=x HTTP/1.1\r\n\r\n").await;
            let page = answer(&loopback, &request).await;
            drop(idle);
            [icon, bare, post, page]
        };
        let (code, pages) = tokio::join!(loopback.wait(&consent, Duration::from_secs(10)), browser);
        assert_eq!(secrecy::ExposeSecret::expose_secret(&code.unwrap()), "c0de");
        let statuses: Vec<_> = pages.iter().map(|page| page.split(' ').nth(1).unwrap()).collect();
        assert_eq!(statuses, ["404", "404", "405", "200"]);
        assert!(pages[3].contains("You can close this window"), "{}", pages[3]);
        assert!(!pages[3].contains("c0de"));
    }

    #[tokio::test]
    async fn a_redirect_with_another_state_ends_the_attempt() {
        let (loopback, consent) = listening().await;
        let browser = answer(&loopback, "GET /callback?code=c0de&state=other HTTP/1.1\r\n\r\n");
        let (code, page) = tokio::join!(loopback.wait(&consent, Duration::from_secs(10)), browser);
        assert!(matches!(code, Err(Error::StateMismatch)));
        assert!(page.starts_with("HTTP/1.1 400"), "{page}");
    }

    #[tokio::test]
    async fn an_endless_request_is_cut_off() {
        let (loopback, consent) = listening().await;
        let browser = async {
            let port = loopback.redirect_uri().port().unwrap();
            let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
            while stream.write_all(&[b'a'; 4096]).await.is_ok() {}
        };
        tokio::select! {
            _ = loopback.wait(&consent, Duration::from_secs(30)) => panic!("nobody consented"),
            () = browser => {}
        }
    }

    #[tokio::test]
    async fn waiting_ends() {
        let (loopback, consent) = listening().await;
        let result = loopback.wait(&consent, Duration::from_millis(5)).await;
        assert!(matches!(result, Err(Error::ConsentTimedOut { .. })));
    }

    #[tokio::test]
    async fn only_a_free_port_of_this_machine_can_be_listened_on() {
        let bind = async |text: &str| Loopback::bind(&text.parse::<Url>().unwrap()).await;
        for elsewhere in [
            "https://localhost:0/callback",
            "http://millpond.example:0/callback",
            "http://192.0.2.1:0/callback",
        ] {
            let error = bind(elsewhere).await.unwrap_err();
            assert!(
                matches!(error, Error::NotALoopback { .. }),
                "{elsewhere}: {error}"
            );
        }
        let first = bind("http://127.0.0.1:0/callback").await.unwrap();
        let again = bind(first.redirect_uri().as_str()).await.unwrap_err();
        assert!(matches!(again, Error::Listen { .. }), "{again}");
    }
}
