//! The rotation of one grant: when its tokens are good, and how they become the next ones.
//!
//! The order of steps is the promise. Under the grant's lock: read the file again, record the intent, ask
//! the server, write the new pair, and only then let anybody see the access token. Whatever is interrupted
//! leaves either the old pair with the intent beside it, in which case the same refresh token is sent again
//! as soon as somebody asks (the server forgives that for ten minutes), or the new pair.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::time::Instant;
use tracing::{debug, info, warn};

use crate::model::{Clock, GrantId, Timestamp};

use super::grant_lock::GrantLock;
use super::private_file::FileMark;
use super::retry::persist;
use super::token::Lifetime;
use super::token_store::blocking;
use super::{
    AccessToken, Error, OAuthClient, Options, RefreshToken, StoredGrant, TokenSet, TokenStore, Withdrawal,
};

/// Why somebody wants other tokens.
#[derive(Clone, Debug)]
pub(super) enum Reason {
    /// The access token is used up, or will be soon.
    Due,
    /// Anything but this token will do: the server refused it.
    Refused(AccessToken),
    /// Like a refusal of this token, and even a grant that counts as withdrawn is tried: a person may
    /// have revived it, and one request a day costs nothing.
    KeepAlive(AccessToken),
}

impl Reason {
    /// Whether `held` already is what was wanted.
    fn is_met_by(&self, held: &Held, instant: Instant, now: Timestamp) -> bool {
        match self {
            Self::Due => !held.is_due(instant, now),
            Self::Refused(used) | Self::KeepAlive(used) => held.token != *used && !held.is_due(instant, now),
        }
    }

    /// Whether `held` can stand in while the server is out of reach.
    fn makes_do_with(&self, held: &Held, instant: Instant, now: Timestamp) -> bool {
        match self {
            Self::Due => !held.lifetime.is_over(instant, now),
            Self::Refused(used) => held.token != *used && !held.lifetime.is_over(instant, now),
            Self::KeepAlive(_) => false,
        }
    }
}

/// What is remembered of the grant's file.
#[derive(Clone, Debug)]
pub(super) struct Held {
    mark: Option<FileMark>,
    pub(super) token: AccessToken,
    lifetime: Lifetime,
    is_pending: bool,
    pub(super) withdrawn: Option<Withdrawal>,
}

impl Held {
    fn is_due(&self, instant: Instant, now: Timestamp) -> bool {
        self.is_pending || self.lifetime.is_due(instant, now)
    }
}

#[derive(Debug, Default)]
struct Memory {
    held: Option<Held>,
    /// Until when nobody asks the server, and what it said last.
    resting: Option<(Instant, Error)>,
    /// A pair that the server issued and the disk did not take, after the refresh token it replaces.
    unsaved: Option<(RefreshToken, StoredGrant)>,
}

/// Everything needed to keep one grant's tokens fresh.
#[derive(Debug)]
pub(super) struct Rotation {
    pub(super) id: GrantId,
    pub(super) store: TokenStore,
    pub(super) oauth: OAuthClient,
    pub(super) options: Options,
    pub(super) clock: Clock,
    memory: Mutex<Memory>,
}

impl Rotation {
    pub(super) fn new(
        id: GrantId,
        store: TokenStore,
        oauth: OAuthClient,
        options: Options,
        clock: Clock,
    ) -> Self {
        Self {
            id,
            store,
            oauth,
            options,
            clock,
            memory: Mutex::default(),
        }
    }

    /// What the file holds now; it is read only if another process has replaced it.
    pub(super) async fn held(&self) -> Result<Held, Error> {
        // Not worth a hop to another thread: the system answers this from memory.
        let mark = self.store.mark(&self.id)?;
        let known = self.memory().held.clone();
        if let Some(held) = known
            && held.mark == mark
        {
            return Ok(held);
        }
        let (store, id) = (self.store.clone(), self.id.clone());
        // The mark is older than the content, so a change in between is noticed next time.
        let grant = blocking(move || store.load(&id)).await?;
        Ok(self.remember(&self.present(grant)?, mark))
    }

    /// The access token if it is good for a while; `None` if it should be refreshed.
    pub(super) async fn good_token(&self) -> Result<Option<AccessToken>, Error> {
        let held = self.held().await?;
        if let Some(withdrawal) = held.withdrawn {
            return Err(withdrawal.into());
        }
        let is_due = held.is_due(Instant::now(), self.clock.now());
        Ok((!is_due).then_some(held.token))
    }

    /// Makes the tokens what `reason` wants, asking the server at most for one rotation.
    ///
    /// Must run to its end: a caller that may be cancelled wraps it in a task.
    pub(super) async fn renew(&self, reason: &Reason) -> Result<AccessToken, Error> {
        let lock = self.store.lock(&self.id, self.options.lock_patience).await?;
        let (lock, mut grant) = self.read_again(lock).await?;
        let held = self.remember(&grant, self.store.mark(&self.id)?);
        if let Some(withdrawal) = &grant.withdrawn {
            if !matches!(reason, Reason::KeepAlive(_)) {
                return Err(withdrawal.clone().into());
            }
        } else if reason.is_met_by(&held, Instant::now(), self.clock.now()) {
            return Ok(held.token);
        }
        let outcome = match self.resting() {
            Some(error) => Err(error),
            None => self.rotate(lock, &mut grant).await,
        };
        match outcome {
            Err(error)
                if error.is_transient() && reason.makes_do_with(&held, Instant::now(), self.clock.now()) =>
            {
                debug!(grant = %self.id, %error, "using the old access token while the server is out of reach");
                Ok(held.token)
            }
            outcome => outcome,
        }
    }

    /// The grant as its file says, unless this process holds a newer pair that the disk did not take:
    /// then that is written first.
    async fn read_again(&self, lock: GrantLock) -> Result<(GrantLock, StoredGrant), Error> {
        let (lock, grant) = blocking(move || lock.load().map(|grant| (lock, grant))).await?;
        let grant = self.present(grant)?;
        let unsaved = self.memory().unsaved.clone();
        match unsaved {
            Some((replaced, newer)) if replaced == grant.refresh_token => {
                let lock = self.write(lock, &newer).await?;
                self.memory().unsaved = None;
                info!(grant = %self.id, "the tokens that could not be written are written");
                Ok((lock, newer))
            }
            _ => {
                // Somebody has rotated past it.
                self.memory().unsaved = None;
                Ok((lock, grant))
            }
        }
    }

    async fn rotate(&self, lock: GrantLock, grant: &mut StoredGrant) -> Result<AccessToken, Error> {
        let was_pending = grant.pending_since.is_some();
        grant.pending_since.get_or_insert(self.clock.now());
        let lock = self.write(lock, grant).await?;
        let asked = (Instant::now(), self.clock.now());
        let (answer, is_open) = self.ask(&grant.refresh_token).await;
        match answer {
            Ok(tokens) => self.accept(lock, grant, tokens, asked).await,
            Err(error) => {
                self.note_failure(lock, grant, &error, was_pending || is_open)
                    .await;
                Err(error)
            }
        }
    }

    /// Asks for the next pair. Also says whether the server may have issued it without our knowing.
    async fn ask(&self, token: &RefreshToken) -> (Result<TokenSet, Error>, bool) {
        let mut is_open = false;
        let note = |error: &Error| is_open |= error.leaves_outcome_open();
        let answer = persist(&self.options, || self.oauth.refresh(token), note).await;
        (answer, is_open)
    }

    /// Writes the new pair, and only then shows it.
    async fn accept(
        &self,
        lock: GrantLock,
        grant: &mut StoredGrant,
        tokens: TokenSet,
        (asked, asked_at): (Instant, Timestamp),
    ) -> Result<AccessToken, Error> {
        let replaced = grant.refresh_token.clone();
        grant.rotate(tokens, asked_at);
        if let Err(error) = self.write(lock, grant).await {
            warn!(grant = %self.id, %error, "new tokens were issued and cannot be written yet");
            self.memory().unsaved = Some((replaced, grant.clone()));
            return Err(error);
        }
        let mut memory = self.memory();
        if let Some(held) = &mut memory.held {
            held.lifetime = Lifetime::new(asked, asked_at, grant.expires_in);
        }
        memory.resting = None;
        debug!(grant = %self.id, lasts_secs = grant.expires_in.as_secs(), "refreshed the tokens of {}", grant.account_name);
        Ok(grant.access_token.clone())
    }

    /// Records what a failed refresh means for the next. The tokens stay as they are.
    async fn note_failure(&self, lock: GrantLock, grant: &mut StoredGrant, error: &Error, is_open: bool) {
        if let Error::ConsentWithdrawn { description } = error {
            warn!(grant = %self.id, %error, "{} must consent again", grant.account_name);
            grant.withdrawn = Some(Withdrawal {
                at: self.clock.now(),
                description: description.clone(),
            });
        } else {
            let pause = self.options.rest.max(error.retry_after().unwrap_or_default());
            warn!(grant = %self.id, cause = error as &dyn std::error::Error, "could not refresh, the next attempt is in {pause:?} or later");
            self.memory().resting = Some((Instant::now() + pause, error.clone()));
        }
        if !is_open || grant.withdrawn.is_some() {
            grant.pending_since = None;
        }
        if let Err(error) = self.write(lock, grant).await.map(drop) {
            // The intent stays on disk, which costs one needless refresh and no grant.
            warn!(grant = %self.id, %error, "could not record how the refresh ended");
        }
    }

    async fn write(&self, lock: GrantLock, grant: &StoredGrant) -> Result<GrantLock, Error> {
        let copy = grant.clone();
        let (lock, mark) = blocking(move || lock.save(&copy).map(|mark| (lock, mark))).await?;
        self.remember(grant, Some(mark));
        Ok(lock)
    }

    /// Keeps what is needed of `grant`. A token that is known already keeps its monotonic life.
    fn remember(&self, grant: &StoredGrant, mark: Option<FileMark>) -> Held {
        let mut memory = self.memory();
        let known = memory
            .held
            .as_ref()
            .filter(|held| held.token == grant.access_token)
            .map(|held| held.lifetime);
        let held = Held {
            mark,
            token: grant.access_token.clone(),
            lifetime: known.unwrap_or_else(|| {
                Lifetime::recalled(
                    grant.refreshed_at,
                    grant.expires_in,
                    Instant::now(),
                    self.clock.now(),
                )
            }),
            is_pending: grant.pending_since.is_some(),
            withdrawn: grant.withdrawn.clone(),
        };
        memory.held = Some(held.clone());
        held
    }

    fn resting(&self) -> Option<Error> {
        let memory = self.memory();
        let (until, error) = memory.resting.as_ref()?;
        (Instant::now() < *until).then(|| error.clone())
    }

    fn present(&self, grant: Option<StoredGrant>) -> Result<StoredGrant, Error> {
        grant.ok_or_else(|| Error::Forgotten {
            grant: self.id.clone(),
        })
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl From<Withdrawal> for Error {
    fn from(withdrawal: Withdrawal) -> Self {
        Self::ConsentWithdrawn {
            description: withdrawal.description,
        }
    }
}
