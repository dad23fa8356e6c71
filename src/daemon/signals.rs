//! What the operating system asks for.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tracing::info;

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

/// Sets every flag in `asked` at SIGUSR1: a run is wanted now.
pub(super) fn run_on_signal(asked: Vec<Arc<AtomicBool>>) -> std::io::Result<()> {
    let mut user = signal(SignalKind::user_defined1())?;
    tokio::spawn(async move {
        while user.recv().await.is_some() {
            info!("SIGUSR1: running now");
            for flag in &asked {
                flag.store(true, Ordering::Relaxed);
            }
        }
    });
    Ok(())
}
