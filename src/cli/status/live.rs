//! What the running daemon says of itself.

use serde::Serialize;

use crate::app;
use crate::config::Config;
use crate::control::{Doing, Live};
use crate::model::Domain;

/// The daemon, if it can be asked.
#[derive(Debug, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub(super) enum Daemon {
    Running(Live),
    NotRunning,
    Unknown { reason: String },
}

impl Daemon {
    pub(super) async fn ask(config: &Config) -> Self {
        let asked = async {
            match app::daemon(config).await? {
                Some(daemon) => Ok(Some(daemon.status().await?)),
                None => Ok(None),
            }
        };
        match asked.await {
            Ok(Some(live)) => Self::Running(live),
            Ok(None) => Self::NotRunning,
            Err::<_, app::Error>(error) => {
                let innermost = anyhow::Error::new(error).root_cause().to_string();
                Self::Unknown { reason: innermost }
            }
        }
    }

    /// What it does with a connection.
    pub(super) fn doing(&self, domain: &Domain) -> Option<Doing> {
        let Self::Running(live) = self else { return None };
        live.connections
            .iter()
            .find(|doing| doing.domain == *domain)
            .cloned()
    }
}
