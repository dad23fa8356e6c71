//! Hands out access tokens, refreshed once for all who ask.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared};
use tokio::task::AbortHandle;
use tracing::Instrument as _;

use super::lease::Lease;
use super::rotation::{Reason, Rotation};
use super::{AccessToken, Error, Secret};

/// A valid access token for whoever asks. One per grant, shared by the connections of that grant.
///
/// Cheap to clone. Every method may be cancelled: a refresh that has begun goes on in a task of its own.
#[derive(Clone, Debug)]
pub struct Authenticator(Kind);

/// Where tokens come from: one variant for each way to sign in.
#[derive(Clone, Debug)]
enum Kind {
    Lasting(AccessToken),
    Account { email: Arc<str>, token: Secret },
    Leased(Arc<Lease>),
    Rotating(Arc<Rotating>),
}

impl Authenticator {
    /// Hands out `token` and nothing else: one that does not expire by itself.
    pub fn lasting(token: AccessToken) -> Self {
        Self(Kind::Lasting(token))
    }

    /// Hands out the token of the account with this email address, for as long as its owner does not replace it.
    pub(super) fn account(email: &str, token: Secret) -> Self {
        let email = email.into();
        Self(Kind::Account { email, token })
    }

    pub(super) fn leased(lease: Arc<Lease>) -> Self {
        Self(Kind::Leased(lease))
    }

    pub(super) fn rotating(rotation: Rotation) -> Self {
        Self(Kind::Rotating(Arc::new(Rotating {
            rotation: Arc::new(rotation),
            flight: Mutex::default(),
        })))
    }

    /// A token that is good for a while; refreshed if it would end soon.
    ///
    /// While the authorization server is out of reach, one that is good for a moment will do.
    pub async fn access_token(&self) -> Result<AccessToken, Error> {
        match &self.0 {
            Kind::Lasting(token) => Ok(token.clone()),
            Kind::Account { email, token } => Ok(AccessToken::basic(email, token.present())),
            Kind::Leased(lease) => lease.good_token().await,
            Kind::Rotating(grant) => match grant.rotation.good_token().await? {
                Some(token) => Ok(token),
                None => grant.renewed(Reason::Due).await,
            },
        }
    }

    /// Another token than `used`, which the server refused: the present one if it differs, else one from
    /// a refresh, of which there is one for all callers with the same complaint. Where there cannot be another,
    /// the error is [`Error::NothingNewer`].
    pub async fn replace(&self, used: &AccessToken) -> Result<AccessToken, Error> {
        match &self.0 {
            Kind::Lasting(_) => Err(Error::NothingNewer),
            Kind::Account { email, token } => {
                let next = token.successor(&used.expose().into()).await;
                let next = next.ok_or(Error::NothingNewer)?;
                Ok(AccessToken::basic(email, next))
            }
            Kind::Leased(lease) => lease.replace(used).await,
            Kind::Rotating(grant) => grant.renewed(Reason::Refused(used.clone())).await,
        }
    }

    /// Refreshes although the token may be good, so that the grant does not die of idleness. Does nothing
    /// if another process has just done so.
    pub async fn refresh_now(&self) -> Result<(), Error> {
        match &self.0 {
            Kind::Lasting(_) | Kind::Account { .. } => Ok(()),
            Kind::Leased(lease) => lease.renew().await,
            Kind::Rotating(grant) => {
                let present = grant.rotation.held().await?.token;
                grant.renewed(Reason::KeepAlive(present)).await.map(drop)
            }
        }
    }

    /// Waits until no refresh is under way. Call it before the runtime stops: a refresh that is killed
    /// between the server's answer and the disk needs its ten minutes of leeway.
    pub async fn settle(&self) {
        if let Kind::Rotating(grant) = &self.0
            && let Some(flight) = grant.under_way()
        {
            // How it ended was told to those who asked for it.
            drop(flight.await);
        }
    }
}

type Outcome = Shared<BoxFuture<'static, Result<AccessToken, Error>>>;

struct Rotating {
    rotation: Arc<Rotation>,
    flight: Mutex<Option<Flight>>,
}

/// A refresh in its own task, and the result that all who wait for it share.
struct Flight {
    task: AbortHandle,
    outcome: Outcome,
}

impl Rotating {
    async fn renewed(&self, reason: Reason) -> Result<AccessToken, Error> {
        loop {
            let (outcome, is_ours) = self.join(&reason);
            let result = outcome.await;
            if is_ours {
                return result;
            }
            match (&reason, result) {
                // Somebody with another reason was content with the very token that was refused here.
                (Reason::Refused(used) | Reason::KeepAlive(used), Ok(token)) if token == *used => {}
                (_, result) => return result,
            }
        }
    }

    /// The refresh that is under way, or else a new one, of which the second value tells.
    fn join(&self, reason: &Reason) -> (Outcome, bool) {
        let mut flight = self.flight.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(under_way) = flight.as_ref().filter(|flight| !flight.task.is_finished()) {
            return (under_way.outcome.clone(), false);
        }
        let (rotation, reason) = (self.rotation.clone(), reason.clone());
        let task = tokio::spawn(async move { rotation.renew(&reason).await }.in_current_span());
        let started = Flight {
            task: task.abort_handle(),
            outcome: task
                .map(|ended| ended.unwrap_or(Err(Error::Interrupted)))
                .boxed()
                .shared(),
        };
        let outcome = started.outcome.clone();
        *flight = Some(started);
        (outcome, true)
    }

    fn under_way(&self) -> Option<Outcome> {
        let flight = self.flight.lock().unwrap_or_else(PoisonError::into_inner);
        flight
            .as_ref()
            .filter(|flight| !flight.task.is_finished())
            .map(|flight| flight.outcome.clone())
    }
}

impl fmt::Debug for Rotating {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Rotating").field(&self.rotation.id).finish()
    }
}
