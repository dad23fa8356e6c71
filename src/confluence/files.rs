//! Downloads the files of attachments, piece by piece.
//!
//! The gateway answers with a redirect to a media host, whose address is the ticket and good for minutes. That host
//! gets no `Authorization`, and nothing is fetched from a host that is neither Atlassian's nor the gateway itself. A
//! download that is cut goes on where it was cut; a ticket that is refused is asked for again.

use std::fmt;
use std::future::Future;
use std::time::Duration;

use reqwest::header::{ACCEPT_ENCODING, CONTENT_RANGE, RANGE};
use reqwest::{Response, StatusCode};
use tokio::time::{sleep, timeout};
use tracing::debug;
use url::{Host, Url};

use super::client::Client;
use super::endpoint::Endpoint;
use super::{Error, ErrorKind};
use crate::model::ContentId;

/// Method and route template of the second half, for errors.
const ROUTE: &str = "GET /file/{id}/binary";

/// The hosts of Atlassian's that hold files.
const MEDIA_DOMAINS: [&str; 3] = ["atlassian.com", "atlassian.net", "atl-paas.net"];

/// A piece that does not come within this time does not come.
const PATIENCE: Duration = Duration::from_mins(1);

/// Which file to download.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileQuery {
    /// The content that the attachment hangs on.
    pub page: ContentId,
    /// The attachment, such as `att66076`; not the id of its file.
    pub attachment: ContentId,
    /// Its version.
    pub version: u32,
}

/// A file that comes piece by piece.
pub trait Pieces: Send {
    /// The next piece; nothing once it is whole.
    fn next(&mut self) -> impl Future<Output = Result<Option<Vec<u8>>, Error>> + Send;
}

/// A download under way.
pub struct Download {
    client: Client,
    query: FileQuery,
    response: Option<Response>,
    /// Bytes handed out.
    received: u64,
    /// Bytes of the answer at hand that were handed out by an earlier one.
    known: u64,
    attempts: u32,
    /// Whether the host has refused to begin in the middle.
    is_whole: bool,
}

impl Download {
    pub(super) fn new(client: Client, query: FileQuery) -> Self {
        Self {
            client,
            query,
            response: None,
            received: 0,
            known: 0,
            attempts: 0,
            is_whole: false,
        }
    }

    /// Asks for the file, or for what is left of it.
    async fn open(&mut self) -> Result<Response, ErrorKind> {
        let address = self.client.locate(&self.query).await?;
        let mut request = self
            .client
            .http()
            .get(address)
            .header(ACCEPT_ENCODING, "identity");
        if self.received > 0 && !self.is_whole {
            request = request.header(RANGE, format!("bytes={}-", self.received));
        }
        let response = timeout(PATIENCE, request.send()).await.map_err(|_| stalled())?;
        let response = response.map_err(|error| ErrorKind::Transport(error.without_url()))?;
        self.known = match response.status() {
            StatusCode::OK => self.received,
            StatusCode::PARTIAL_CONTENT if begins_at(&response) == Some(self.received) => 0,
            status => {
                self.is_whole |= status == StatusCode::RANGE_NOT_SATISFIABLE;
                return Err(refused(status));
            }
        };
        Ok(response)
    }

    /// Waits before another attempt, or gives up.
    async fn again(&mut self, kind: ErrorKind) -> Result<(), Error> {
        self.attempts += 1;
        self.response = None;
        let options = self.client.options();
        if !may_pass(&kind) || self.attempts >= options.attempts {
            return Err(Error {
                route: ROUTE,
                attempts: self.attempts,
                kind,
            });
        }
        debug!(attempts = self.attempts, reason = %kind, "downloading again");
        // A ticket can run out, and a connection break, without anybody being in trouble.
        if self.attempts > 1 {
            sleep(options.backoff().after(self.attempts, fastrand::f64())).await;
        }
        Ok(())
    }

    /// What of a piece was not handed out before.
    fn fresh(&mut self, piece: &[u8]) -> Option<Vec<u8>> {
        let known = usize::try_from(self.known).unwrap_or(usize::MAX).min(piece.len());
        self.known -= known as u64;
        let fresh = &piece[known..];
        self.received += fresh.len() as u64;
        (!fresh.is_empty()).then(|| fresh.to_vec())
    }
}

impl Pieces for Download {
    async fn next(&mut self) -> Result<Option<Vec<u8>>, Error> {
        loop {
            let mut response = match self.response.take() {
                Some(response) => response,
                None => match self.open().await {
                    Ok(response) => response,
                    Err(kind) => {
                        self.again(kind).await?;
                        continue;
                    }
                },
            };
            match timeout(PATIENCE, response.chunk()).await {
                Ok(Ok(Some(piece))) => {
                    self.response = Some(response);
                    if let Some(fresh) = self.fresh(&piece) {
                        return Ok(Some(fresh));
                    }
                }
                Ok(Ok(None)) => return Ok(None),
                Ok(Err(error)) => self.again(ErrorKind::Transport(error.without_url())).await?,
                Err(_) => self.again(stalled()).await?,
            }
        }
    }
}

impl fmt::Debug for Download {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Download")
            .field("query", &self.query)
            .field("received", &self.received)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// Where the media host has the file, for the next minutes.
    async fn locate(&self, query: &FileQuery) -> Result<Url, ErrorKind> {
        let found = self
            .fetch(&mut Endpoint::file(query))
            .await
            .map_err(|error| error.kind)?;
        let location = found.listing.results.first();
        let location: Option<String> = location.and_then(|text| serde_json::from_str(text.get()).ok());
        let unreadable = |reason: &str| ErrorKind::Decode {
            reason: reason.to_owned(),
        };
        let location = location.ok_or_else(|| unreadable("it leads nowhere"))?;
        let address = Url::parse(&location).map_err(|_| unreadable("it leads to what is no address"))?;
        if is_trusted(&address, &self.options().root) {
            Ok(address)
        } else {
            Err(unreadable("it leads to a host that is not Atlassian's"))
        }
    }
}

/// Whether a file may be fetched from there: encrypted from one of Atlassian's hosts; or, where the gateway itself
/// is on this machine, from this machine.
fn is_trusted(address: &Url, root: &Url) -> bool {
    let is_local = |url: &Url| match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    };
    if is_local(root) && is_local(address) {
        return matches!(address.scheme(), "http" | "https");
    }
    let Some(Host::Domain(name)) = address.host() else {
        return false;
    };
    let is_atlassian = |domain: &&str| {
        name.strip_suffix(*domain)
            .is_some_and(|head| head.is_empty() || head.ends_with('.'))
    };
    address.scheme() == "https"
        && address.port_or_known_default() == Some(443)
        && MEDIA_DOMAINS.iter().any(is_atlassian)
}

/// Where the piece of the file begins that was sent.
fn begins_at(response: &Response) -> Option<u64> {
    let range = response.headers().get(CONTENT_RANGE)?.to_str().ok()?;
    range.strip_prefix("bytes ")?.split('-').next()?.parse().ok()
}

fn refused(status: StatusCode) -> ErrorKind {
    ErrorKind::Status {
        status: status.as_u16(),
        message: None,
    }
}

fn stalled() -> ErrorKind {
    ErrorKind::Decode {
        reason: "the file stopped coming".to_owned(),
    }
}

/// Whether another ticket, or another attempt, may bring what this one did not.
fn may_pass(kind: &ErrorKind) -> bool {
    match kind {
        ErrorKind::Transport(_) => true,
        ErrorKind::Decode { reason } => reason == "the file stopped coming",
        ErrorKind::Status { status, .. } => matches!(status, 401 | 403 | 404 | 408 | 416 | 429 | 500..=599),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_come_from_atlassian_encrypted_or_from_this_machine_to_this_machine() {
        let gateway = "https://api.atlassian.com/ex/confluence/x/";
        let local = "http://127.0.0.1:8080/ex/confluence/x/";
        for (address, root, expected) in [
            (
                "https://api.media.atlassian.com/file/1/binary?token=t",
                gateway,
                true,
            ),
            ("https://media-cdn.atlassian.com/file/1", gateway, true),
            ("https://atlassian.net/file/1", gateway, true),
            ("http://api.media.atlassian.com/file/1", gateway, false),
            ("https://api.media.atlassian.com:8443/file/1", gateway, false),
            ("https://evilatlassian.com/file/1", gateway, false),
            ("https://atlassian.com.evil.example/file/1", gateway, false),
            ("https://127.0.0.1/file/1", gateway, false),
            ("https://[::1]/file/1", gateway, false),
            ("https://169.254.169.254/latest", gateway, false),
            ("https://2130706433/file/1", gateway, false),
            ("file:///etc/passwd", gateway, false),
            ("http://127.0.0.1:9090/file/1", local, true),
            ("http://localhost:9090/file/1", local, true),
            ("http://169.254.169.254/latest", local, false),
            ("https://api.media.atlassian.com/file/1", local, true),
        ] {
            let (address, root) = (Url::parse(address).unwrap(), Url::parse(root).unwrap());
            assert_eq!(is_trusted(&address, &root), expected, "{address} from {root}");
        }
    }
}
