//! Asks the running daemon.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::{RequestBuilder, Response};
use tokio::net::UnixStream;
use tokio::time::timeout;

use crate::daemon::{Answer, Wish};
use crate::model::Domain;

use super::routes::BEAT;
use super::wire::{Event, Live, Progress};

/// A daemon that takes longer for a plain answer does not answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// Why the daemon could not be asked, or did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// This account may not write to the socket.
    #[error("this account may not ask the daemon at {}", .path.display())]
    Denied {
        /// The socket.
        path: PathBuf,
    },
    /// Somebody has the socket open and says nothing.
    #[error("the daemon at {} does not answer", .path.display())]
    Silent {
        /// The socket.
        path: PathBuf,
    },
    /// The daemon went away in the middle of an answer.
    #[error("the daemon went away in the middle of its answer")]
    Gone(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The daemon did not do it.
    #[error("the daemon refused: {reason}")]
    Refused {
        /// Why, in its words.
        reason: String,
        /// Whether the configuration is the reason.
        is_configured_so: bool,
    },
    /// Nobody could be asked.
    #[error("could not ask the daemon at {}", .path.display())]
    Socket {
        /// The socket.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

/// The running daemon.
#[derive(Clone, Debug)]
pub struct Client {
    path: PathBuf,
    http: reqwest::Client,
}

/// Whether a daemon listens at `path`. One that is gone may have left its socket behind.
pub async fn is_there(path: &Path) -> Result<bool, Error> {
    let path = || path.to_owned();
    let connected = timeout(PATIENCE, UnixStream::connect(path()));
    let Err(refused) = connected.await.map_err(|_| Error::Silent { path: path() })? else {
        return Ok(true);
    };
    match refused.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => Ok(false),
        io::ErrorKind::PermissionDenied => Err(Error::Denied { path: path() }),
        _ => Err(Error::Socket {
            path: path(),
            source: refused,
        }),
    }
}

impl Client {
    /// Asks the daemon at `path`; the connections of `http` all go there.
    pub fn new(path: PathBuf, http: reqwest::Client) -> Self {
        Self { path, http }
    }

    /// What the daemon is doing.
    pub async fn status(&self) -> Result<Live, Error> {
        let answer = self.answer(self.http.get(url("status", None))).await?;
        let body = timeout(PATIENCE, answer.json());
        body.await.map_err(|_| self.silent())?.map_err(gone)
    }

    /// Pauses a connection, or lets it go on.
    pub async fn pause(&self, domain: &Domain, is_paused: bool) -> Result<(), Error> {
        let verb = if is_paused { "pause" } else { "resume" };
        let answer = self.answer(self.http.post(url(verb, Some(domain)))).await;
        answer.map(drop)
    }

    /// Has the configuration read again.
    pub async fn reload(&self) -> Result<(), Error> {
        let answer = self.answer(self.http.post(url("reload", None))).await;
        answer.map(drop)
    }

    /// Asks for a run and follows it to its end. `watch` hears how far it has come.
    pub async fn run(&self, domain: &Domain, wish: Wish, watch: impl Fn(&Progress)) -> Result<Answer, Error> {
        let asked = self.http.post(url("sync", Some(domain))).json(&wish);
        let mut answer = self.answer(asked).await?;
        let mut pending = Vec::new();
        loop {
            let part = timeout(PATIENCE.max(3 * BEAT), answer.chunk()).await;
            let part = part.map_err(|_| self.silent())?.map_err(gone)?;
            let Some(part) = part else {
                return Err(gone("it ended early"));
            };
            pending.extend_from_slice(&part);
            while let Some(end) = pending.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = pending.drain(..=end).collect();
                match serde_json::from_slice(&line).map_err(gone)? {
                    Event::Progress(progress) => watch(&progress),
                    Event::Ended(answer) => return Ok(answer),
                }
            }
        }
    }

    /// The answer, if it is a good one.
    async fn answer(&self, request: RequestBuilder) -> Result<Response, Error> {
        let sent = timeout(PATIENCE, request.send()).await;
        let answer = sent.map_err(|_| self.silent())?.map_err(gone)?;
        match answer.status() {
            status if status.is_success() => Ok(answer),
            status => {
                let text = timeout(PATIENCE, answer.text()).await;
                let reason = text.map_err(|_| self.silent())?.map_err(gone)?;
                Err(Error::Refused {
                    reason,
                    is_configured_so: status.is_client_error(),
                })
            }
        }
    }

    fn silent(&self) -> Error {
        Error::Silent {
            path: self.path.clone(),
        }
    }
}

fn url(verb: &str, domain: Option<&Domain>) -> String {
    // The host is of no consequence: there is one socket.
    match domain {
        Some(domain) => format!("http://millpond/{verb}/{domain}"),
        None => format!("http://millpond/{verb}"),
    }
}

fn gone(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::Gone(error.into())
}
