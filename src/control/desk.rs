//! What the socket offers, behind what is said over it.

use std::fmt;
use std::sync::Arc;

use futures_util::future::BoxFuture;

use crate::daemon::Handle;
use crate::model::{Domain, Timestamp};

use super::wire::{Doing, Live};

/// Why the daemon did not do what it was asked, for a person.
pub type Failed = String;

/// Pauses a connection or lets it go on; says whether there is such a connection.
type Pause = dyn Fn(Domain, bool) -> BoxFuture<'static, Result<bool, Failed>> + Send + Sync;
/// Reads the configuration again.
type Reload = dyn Fn() -> BoxFuture<'static, Result<(), Failed>> + Send + Sync;

/// The figures of this moment, in the text format of Prometheus.
type Metrics = dyn Fn() -> BoxFuture<'static, Result<String, Failed>> + Send + Sync;

/// The daemon, as the socket offers it. Clones are the same.
#[derive(Clone)]
pub struct Desk {
    /// The daemon.
    pub handle: Handle,
    /// When it started.
    pub since: Timestamp,
    /// Pauses a connection, also for the next start, or lets it go on.
    pub pause: Arc<Pause>,
    /// Reads the configuration again.
    pub reload: Arc<Reload>,
    /// The figures for monitors.
    pub metrics: Arc<Metrics>,
}

impl Desk {
    pub(super) fn live(&self) -> Live {
        Live {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            pid: std::process::id(),
            since: self.since,
            connections: Doing::of_all(self.handle.board()),
        }
    }
}

impl fmt::Debug for Desk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Desk")
            .field("since", &self.since)
            .finish_non_exhaustive()
    }
}
