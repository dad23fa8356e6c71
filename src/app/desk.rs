//! What the daemon offers at its control socket.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};
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
    /// Answers at the control socket until `over`. Where that cannot be opened, the sites are mirrored all the same.
    pub(super) async fn answer(self, handle: Handle, reloads: mpsc::Sender<Reload>, over: CancellationToken) {
        let path = control::socket(&self.config.state_dir);
        match Socket::bind(&path, self.config.control.group) {
            Ok(socket) => control::serve(socket, self.desk(handle, reloads), over).await,
            Err(error) => warn!(
                "nobody can ask this daemon for anything: could not open {}: {error}",
                path.display()
            ),
        }
    }

    fn desk(self, handle: Handle, reloads: mpsc::Sender<Reload>) -> Desk {
        let (since, asked) = (self.clock.now(), handle.clone());
        Desk {
            handle,
            since,
            pause: Arc::new(move |domain, is_paused| {
                let (app, handle) = (self.clone(), asked.clone());
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
