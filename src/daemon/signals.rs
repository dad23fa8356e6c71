//! What the operating system asks for.

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tracing::info;

use super::wishes::Handle;

/// Cancels `stop` at the first SIGTERM or SIGINT, and at SIGHUP if the terminal that closes is ours. A second one ends
/// the process at once: every write is a transaction and every run can resume, so nothing is lost but patience.
pub fn stop_on_signal(stop: CancellationToken, at_terminal: bool) -> std::io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut hangups = if at_terminal {
        Hangups::listen()?
    } else {
        Hangups::ignored()
    };
    tokio::spawn(async move {
        loop {
            let name = tokio::select! {
                _ = terminate.recv() => "SIGTERM",
                _ = interrupt.recv() => "SIGINT",
                () = hangups.next() => "SIGHUP",
            };
            if stop.is_cancelled() {
                exit_now();
            }
            info!("{name}: stopping; once more to stop at once");
            stop.cancel();
        }
    });
    Ok(())
}

#[expect(clippy::exit, clippy::disallowed_methods, reason = "a person asked twice")]
fn exit_now() -> ! {
    std::process::exit(1)
}

/// Asks every connection for a run at SIGUSR1.
pub(super) fn run_on_signal(handle: Handle) -> std::io::Result<()> {
    let mut user = signal(SignalKind::user_defined1())?;
    tokio::spawn(async move {
        while user.recv().await.is_some() {
            info!("SIGUSR1: running now");
            handle.run_all();
        }
    });
    Ok(())
}

/// The SIGHUPs of this process.
#[derive(Debug)]
pub struct Hangups(Option<Signal>);

impl Hangups {
    /// From now on, SIGHUP does not end the process.
    pub fn listen() -> std::io::Result<Self> {
        signal(SignalKind::hangup()).map(Some).map(Self)
    }

    /// Somebody else listens for them, or nobody.
    pub fn ignored() -> Self {
        Self(None)
    }

    /// Returns at the next one.
    pub async fn next(&mut self) {
        let heard = match &mut self.0 {
            Some(signal) => signal.recv().await,
            None => None,
        };
        if heard.is_none() {
            std::future::pending::<()>().await;
        }
    }
}
