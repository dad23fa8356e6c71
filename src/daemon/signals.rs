//! What the operating system asks for.

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tracing::info;

use super::wishes::Handle;

/// Cancels `stop` at the first SIGTERM or SIGINT. A second one ends the process at once: every write is a
/// transaction and every run can resume, so nothing is lost but patience.
pub fn stop_on_signal(stop: CancellationToken) -> std::io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::spawn(async move {
        loop {
            let name = tokio::select! {
                _ = terminate.recv() => "SIGTERM",
                _ = interrupt.recv() => "SIGINT",
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

/// The SIGHUPs of this process: each asks to read the configuration again.
#[derive(Debug)]
pub struct Hangups(Signal);

impl Hangups {
    /// From now on, SIGHUP does not end the process.
    pub fn listen() -> std::io::Result<Self> {
        signal(SignalKind::hangup()).map(Self)
    }

    /// Returns at the next one.
    pub async fn next(&mut self) {
        if self.0.recv().await.is_none() {
            std::future::pending::<()>().await;
        }
    }
}
