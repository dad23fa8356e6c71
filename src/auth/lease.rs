//! Tokens that are simply asked for again: nothing rotates, so nothing is written and no other process matters.

use std::time::Duration;

use tokio::sync::{Mutex, MutexGuard};
use tokio::time::Instant;
use tracing::debug;

use crate::model::Clock;

use super::nango::Nango;
use super::retry::persist;
use super::service_account::ServiceAccount;
use super::token::Lifetime;
use super::{AccessToken, Error, Options};

/// A token that was handed out within this time has not expired, whatever it was refused for.
const YOUNG: Duration = Duration::from_mins(1);

/// Where the next token comes from.
#[derive(Debug)]
pub(super) enum Lender {
    ServiceAccount(ServiceAccount),
    Nango(Nango),
}

impl Lender {
    /// Asks for a token. `refused` is the one that the site does not take, if that is why.
    async fn lend(&self, refused: Option<&AccessToken>) -> Result<Loan, Error> {
        match self {
            Self::ServiceAccount(account) => account.lend().await,
            Self::Nango(nango) => nango.lend(refused).await,
        }
    }
}

/// A token, and how long it lasts from the moment it was asked for.
#[derive(Debug)]
pub(super) struct Loan {
    pub(super) token: AccessToken,
    pub(super) lasts: Duration,
}

#[derive(Debug)]
struct Held {
    token: AccessToken,
    life: Lifetime,
    since: Instant,
}

#[derive(Debug, Default)]
struct Memory {
    held: Option<Held>,
    /// Until when nobody asks again, and what was said last.
    resting: Option<(Instant, Error)>,
}

/// The present token of a lender, asked for once for all who need it.
#[derive(Debug)]
pub(super) struct Lease {
    pub(super) lender: Lender,
    options: Options,
    clock: Clock,
    /// Held while the lender is asked, so that one question serves all who wait.
    memory: Mutex<Memory>,
}

impl Lease {
    pub(super) fn new(lender: Lender, options: Options, clock: Clock) -> Self {
        Self {
            lender,
            options,
            clock,
            memory: Mutex::default(),
        }
    }

    /// The token, asked for anew if it would end soon. While the lender is out of reach, one that is good for a
    /// moment will do.
    pub(super) async fn good_token(&self) -> Result<AccessToken, Error> {
        let mut memory = self.memory.lock().await;
        let held = memory.held.as_ref();
        if let Some(held) = held.filter(|held| !held.life.is_due(Instant::now(), self.clock.now())) {
            return Ok(held.token.clone());
        }
        let asked = self.ask(&mut memory, None).await;
        match (asked, &memory.held) {
            (Err(error), Some(held))
                if error.is_transient() && !held.life.is_over(Instant::now(), self.clock.now()) =>
            {
                debug!(%error, "using the old access token while its lender is out of reach");
                Ok(held.token.clone())
            }
            (asked, _) => asked,
        }
    }

    /// Another token than `used`, which the site refused.
    pub(super) async fn replace(&self, used: &AccessToken) -> Result<AccessToken, Error> {
        let mut memory = self.memory.lock().await;
        match &memory.held {
            Some(held) if held.token != *used => return Ok(held.token.clone()),
            Some(held) if held.since.elapsed() < YOUNG => return Err(Error::NothingNewer),
            _ => {}
        }
        let token = self.ask(&mut memory, Some(used)).await?;
        if token == *used {
            return Err(Error::NothingNewer);
        }
        Ok(token)
    }

    /// Asks the lender, whatever is held.
    pub(super) async fn renew(&self) -> Result<(), Error> {
        let mut memory = self.memory.lock().await;
        self.ask(&mut memory, None).await.map(drop)
    }

    /// Whether the lender has not been asked with success for `interval`.
    pub(super) async fn is_idle_for(&self, interval: Duration) -> bool {
        let memory = self.memory.lock().await;
        let held = memory.held.as_ref();
        held.is_none_or(|held| held.since.elapsed() >= interval)
    }

    async fn ask(
        &self,
        memory: &mut MutexGuard<'_, Memory>,
        refused: Option<&AccessToken>,
    ) -> Result<AccessToken, Error> {
        if let Some((until, error)) = &memory.resting
            && Instant::now() < *until
        {
            return Err(error.clone());
        }
        let (asked, asked_at) = (Instant::now(), self.clock.now());
        match persist(&self.options, || self.lender.lend(refused), |_| {}).await {
            Ok(loan) => {
                memory.resting = None;
                memory.held = Some(Held {
                    token: loan.token.clone(),
                    life: Lifetime::new(asked, asked_at, loan.lasts),
                    since: asked,
                });
                Ok(loan.token)
            }
            Err(error) => {
                let pause = self.options.rest.max(error.retry_after().unwrap_or_default());
                memory.resting = Some((Instant::now() + pause, error.clone()));
                Err(error)
            }
        }
    }
}
