//! What the daemon offers at its control socket.

use std::io;
use std::sync::Arc;

use futures_util::future::OptionFuture;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::App;
use crate::control::{self, Desk, Failed, Socket};
use crate::daemon::Handle;
use crate::model::Domain;

/// Somebody who asks to read the configuration again, and waits for what comes of it.
pub(super) type Reload = oneshot::Sender<Result<(), Failed>>;

const STOPPING: &str = "it is stopping";

impl App {
    /// Answers at the control socket, and to monitors, until `over`. Where a door cannot be opened, the sites are
    /// mirrored all the same.
    pub(super) async fn answer(
        &self,
        now: watch::Receiver<Self>,
        handle: Handle,
        reloads: mpsc::Sender<Reload>,
        over: CancellationToken,
    ) {
        let path = control::socket(&self.config.state_dir);
        let socket = Socket::bind(&path, self.config.control.group);
        let socket = opened(socket, &format!("at {}", path.display()));
        let monitors = self.listen().await;
        let desk = self.desk(now, handle, reloads);
        let asked = socket.map(|socket| control::serve(socket, desk.clone(), over.clone()));
        let watched = monitors.map(|listener| control::serve_monitors(listener, desk.clone(), over.clone()));
        tokio::join!(OptionFuture::from(asked), OptionFuture::from(watched));
    }

    /// The listener for monitors, if there is to be one.
    async fn listen(&self) -> Option<TcpListener> {
        let address = self.config.metrics.listen?;
        opened(
            TcpListener::bind(address).await,
            &format!("for its metrics, at {address}"),
        )
    }

    fn desk(&self, now: watch::Receiver<Self>, handle: Handle, reloads: mpsc::Sender<Reload>) -> Desk {
        let (since, asked) = (self.clock.now(), handle.clone());
        let (pausing, board) = (self.clone(), handle.board().clone());
        Desk {
            handle,
            since,
            pause: Arc::new(move |domain, is_paused| {
                let (app, handle) = (pausing.clone(), asked.clone());
                Box::pin(async move { app.pause(&handle, &domain, is_paused).await })
            }),
            reload: Arc::new(move || {
                let reloads = reloads.clone();
                Box::pin(async move {
                    let (answer, answered) = oneshot::channel();
                    let stopping = |_| STOPPING.to_owned();
                    reloads.send(answer).await.map_err(|_| STOPPING.to_owned())?;
                    answered.await.map_err(stopping)?
                })
            }),
            metrics: Arc::new(move || {
                let (app, board) = (now.borrow().clone(), board.clone());
                Box::pin(async move { app.metrics(&board).await })
            }),
        }
    }

    async fn pause(&self, handle: &Handle, domain: &Domain, is_paused: bool) -> Result<bool, Failed> {
        if !handle.pause(domain, is_paused) {
            return Ok(false);
        }
        info!(connection = %domain, "{domain} is {}", if is_paused { "paused" } else { "to go on" });
        let since = is_paused.then(|| self.clock.now());
        let noted = self.store.pause(domain, since).await;
        let failed = |error| {
            format!(
                "{:#}",
                anyhow::Error::new(error).context("it does so until it is restarted")
            )
        };
        noted.map(|()| true).map_err(failed)
    }
}

/// What was opened, or nothing but a warning.
fn opened<T>(door: io::Result<T>, place: &str) -> Option<T> {
    let warn = |error: &io::Error| warn!("nobody can ask this daemon {place}: {error}");
    door.inspect_err(warn).ok()
}
