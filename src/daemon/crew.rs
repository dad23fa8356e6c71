//! The workers: one for each connection, replaced when its configuration changes.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::mirror::{self, Source};
use crate::model::{Clock, Domain};

use super::wishes::Handle;
use super::worker::{Connection, Worker};
use super::{Error, service};

/// All workers of the daemon.
pub(super) struct Crew<S> {
    members: BTreeMap<Domain, Member>,
    /// What takes the place of members that are still ending their last run: a connection has one run at a time.
    waiting: BTreeMap<Domain, Connection<S>>,
    tasks: JoinSet<(Domain, Result<(), mirror::Error>)>,
    handle: Handle,
    clock: Clock,
    tick: Arc<Notify>,
    stop: CancellationToken,
    is_leaving: bool,
}

struct Member {
    basis: String,
    stop: CancellationToken,
}

impl<S: Source + 'static> Crew<S> {
    pub(super) fn new(handle: Handle, clock: Clock, tick: Arc<Notify>, stop: CancellationToken) -> Self {
        Self {
            members: BTreeMap::new(),
            waiting: BTreeMap::new(),
            tasks: JoinSet::new(),
            handle,
            clock,
            tick,
            stop,
            is_leaving: false,
        }
    }

    /// Lets exactly these connections be worked on. One that is worked on already and has not changed goes on.
    pub(super) fn replace(&mut self, connections: Vec<Connection<S>>) {
        let mut wanted: BTreeMap<_, _> = connections
            .into_iter()
            .map(|one| (one.domain.clone(), one))
            .collect();
        for (domain, member) in &self.members {
            match wanted.get(domain) {
                Some(one) if one.basis == member.basis && !member.stop.is_cancelled() => {
                    wanted.remove(domain);
                }
                _ => member.stop.cancel(),
            }
        }
        let (later, now) = wanted
            .into_iter()
            .partition(|(domain, _)| self.members.contains_key(domain));
        self.waiting = later;
        for (_, connection) in now {
            self.begin(connection);
        }
    }

    fn begin(&mut self, connection: Connection<S>) {
        let domain = connection.domain.clone();
        let member = Member {
            basis: connection.basis.clone(),
            stop: self.stop.child_token(),
        };
        let worker = Worker {
            clock: self.clock.clone(),
            tick: Arc::clone(&self.tick),
            wishes: self.handle.admit(&domain),
            board: self.handle.board().clone(),
            stop: member.stop.clone(),
            connection,
        };
        self.members.insert(domain.clone(), member);
        self.tasks.spawn(async move { (domain, worker.work().await) });
    }

    /// Waits until a worker has ended, and lets the one begin that waited for it.
    pub(super) async fn next_end(&mut self) -> Result<(), Error> {
        let (domain, ended) = match self.tasks.join_next().await {
            Some(Ok(ended)) => ended,
            Some(Err(died)) => return Err(Error::Worker(died)),
            None => return Ok(()),
        };
        self.members.remove(&domain);
        match self.waiting.remove(&domain) {
            Some(connection) if ended.is_ok() && !self.stop.is_cancelled() => self.begin(connection),
            _ => self.handle.dismiss(&domain),
        }
        ended.map_err(|source| Error::Mirror { domain, source })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.tasks.is_empty()
    }

    /// Says that all workers are on their way out, as their common token tells them.
    pub(super) fn leave(&mut self) {
        self.is_leaving = true;
        self.waiting.clear();
        service::stopping();
    }

    pub(super) fn is_leaving(&self) -> bool {
        self.is_leaving
    }
}
