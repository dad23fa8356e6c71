//! The daemon with its configuration, which may change while it runs.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::future::OptionFuture;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use super::desk::Reload;
use super::{App, Error, Watch, alerting};
use crate::auth;
use crate::config::{self, Auth, Config};
use crate::confluence::Client;
use crate::control::Failed;
use crate::daemon::{self, Connection, Handle, Hangups, Schedule, Unopened};
use crate::mirror;
use crate::model::{Domain, Timestamp};
use crate::store::Reader;

/// Reads the configuration again, from where it was read first.
pub type Load = Box<dyn Fn() -> Result<Config, config::Error> + Send + Sync>;

impl App {
    /// Mirrors every connection and keeps every grant alive, until `stop` is cancelled. Closes the store.
    ///
    /// Each of `hangups` has the configuration read again: what it changes begins anew, everything else goes on. One
    /// that cannot be used changes nothing.
    pub async fn run(
        self,
        stop: CancellationToken,
        hangups: Hangups,
        watch: Watch,
        load: Load,
    ) -> Result<(), Error> {
        let handle = Handle::with_paused(self.pauses().await?.keys());
        let (sender, changes) = mpsc::channel(1);
        let (reloads, asked) = mpsc::channel(1);
        let over = CancellationToken::new();
        let (current, now) = watch::channel(self.clone());
        let answering = self.answer(now.clone(), handle.clone(), reloads, over.clone());
        let alerting = alerting::alert(now, handle.board().clone(), stop.clone());
        let running = Running {
            app: self.clone(),
            current,
            upkeep: self.keep_alive(&stop),
            changed: sender,
            watch: Arc::clone(&watch),
            load,
            stop: stop.clone(),
        };
        let connections = self.connections(&watch);
        let daemon = async {
            let ended = daemon::run(connections, changes, handle, self.clock.clone(), stop.clone()).await;
            stop.cancel();
            over.cancel();
            ended
        };
        let outdated = mention_outdated(self.store.reader());
        let (ended, app, (), (), ()) = tokio::join!(
            daemon,
            running.follow(hangups, asked),
            outdated,
            answering,
            alerting
        );
        app.close().await?;
        Ok(ended?)
    }

    async fn pauses(&self) -> Result<BTreeMap<Domain, Timestamp>, Error> {
        let reader = self.store.reader();
        let read = tokio::task::spawn_blocking(move || reader.pauses());
        Ok(read.await.map_err(Error::Look)??)
    }

    /// Keeps all grants and tokens alive until the result is dropped or `stop` is cancelled.
    fn keep_alive(&self, stop: &CancellationToken) -> JoinSet<()> {
        let interval = self.config.app.keep_alive;
        let mut upkeep = JoinSet::new();
        let grants = self.grants.clone();
        let grants =
            grants.map(|grants| auth::keep_alive(grants, interval, self.reminders.clone(), stop.clone()));
        upkeep.spawn(async { OptionFuture::from(grants).await.unwrap_or_default() });
        for sign_in in self.ways.iter() {
            let (way, stop) = (sign_in.way.clone(), stop.clone());
            upkeep.spawn(async move { way.keep_alive(interval, stop).await });
        }
        upkeep
    }

    fn connections(&self, watch: &Watch) -> Vec<Connection<Client>> {
        let all = self.config.connections.iter();
        all.map(|one| self.connection(one, Arc::clone(watch))).collect()
    }

    /// What the daemon needs to know of a connection.
    fn connection(&self, connection: &config::Connection, watch: Watch) -> Connection<Client> {
        let domain = connection.domain.clone();
        let (app, opened) = (self.clone(), connection.clone());
        let (grants, consented) = (self.grants.clone(), domain.clone());
        let Config {
            app: oauth,
            limits,
            sync,
            ..
        } = &*self.config;
        Connection {
            domain: domain.clone(),
            basis: format!("{connection:?} {oauth:?} {limits:?} {sync:?}"),
            schedule: Schedule {
                delta: connection.delta.parsed().clone(),
                sweep: connection.sweep.parsed().clone(),
                time_zone: self.config.sync.time_zone,
            },
            open: Box::new(move || {
                let (app, opened) = (app.clone(), opened.clone());
                Box::pin(async move {
                    app.mirror(&opened)
                        .await
                        .map_err(|error| Unopened::new(opened.domain.clone(), &error, error.needs_consent()))
                })
            }),
            consented_at: Box::new(move || {
                let (grants, domain) = (grants.clone(), consented.clone());
                Box::pin(async move { Some(grants?.grant_for(&domain).await.ok()?.0.consented_at) })
            }),
            remedy: match connection.auth {
                Auth::OAuth => format!("millpond connect {domain}"),
                _ => format!("renew what opens {domain}, as its `auth` says"),
            },
            watch: Box::new(move |advance| watch(&domain, advance)),
        }
    }
}

/// The part of the daemon that follows the configuration.
struct Running {
    app: App,
    /// Shows it to those who only look.
    current: watch::Sender<App>,
    /// Dropping it ends the tasks.
    upkeep: JoinSet<()>,
    changed: mpsc::Sender<Vec<Connection<Client>>>,
    watch: Watch,
    load: Load,
    stop: CancellationToken,
}

impl Running {
    /// Reads the configuration again at every hangup, and for everybody who asks. Returns, when stopped, what runs by
    /// then.
    async fn follow(mut self, mut hangups: Hangups, mut reloads: mpsc::Receiver<Reload>) -> App {
        loop {
            let asker = tokio::select! {
                () = self.stop.cancelled() => return self.end().await,
                () = hangups.next() => None,
                Some(asker) = reloads.recv() => Some(asker),
            };
            daemon::reloading();
            let reloaded = self.reload().await;
            daemon::reloaded();
            if let Some(asker) = asker {
                // Who asked may have gone away.
                drop(asker.send(reloaded));
            }
        }
    }

    async fn reload(&mut self) -> Result<(), Failed> {
        let reloaded = (self.load)()
            .map_err(Error::from)
            .and_then(|config| self.app.with(config));
        match reloaded {
            Ok(app) => {
                info!("the configuration was read again");
                // A refresh under way goes on in a task of its own, and the next one waits for its lock.
                self.upkeep = app.keep_alive(&self.stop);
                let connections = app.connections(&self.watch);
                self.current.send_replace(app.clone());
                self.app = app;
                if self.changed.send(connections).await.is_err() {
                    warn!("the daemon is stopping; the new configuration comes with the next start");
                }
                Ok(())
            }
            Err(error) => {
                let reason = format!("{:#}", anyhow::Error::from(error));
                error!("the configuration stays as it was, since the new one cannot be used: {reason}");
                Err(reason)
            }
        }
    }

    async fn end(mut self) -> App {
        while self.upkeep.join_next().await.is_some() {}
        self.app
    }
}

/// Says how much an older renderer wrote. A new release makes nobody wait for all of it to be rendered again.
async fn mention_outdated(reader: Reader) {
    match mirror::outdated(&reader).await {
        Ok(0) => {}
        Ok(count) => info!(
            count,
            "{count} pages were written by an older renderer; `millpond check --render` renders them again while no daemon runs"
        ),
        Err(error) => warn!("{}", mirror::describe(&error)),
    }
}
