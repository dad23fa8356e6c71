//! Serves the socket until the daemon stops.

use std::io;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use super::desk::Desk;
use super::routes::router;
use super::socket::Socket;
use super::watch;

/// How long an answer may take once everything else has ended.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// Answers at the socket until `over`: later than the runs, whose ends are among the answers.
pub async fn serve(socket: Socket, desk: Desk, over: CancellationToken) {
    let (listener, _file) = socket.into_parts();
    let served = axum::serve(listener, router(desk)).with_graceful_shutdown(over.clone().cancelled_owned());
    told("the control socket", ending(served.into_future(), &over).await);
}

/// Answers the monitors at `listener` until `over`.
pub async fn serve_monitors(listener: TcpListener, desk: Desk, over: CancellationToken) {
    let served =
        axum::serve(listener, watch::router(desk)).with_graceful_shutdown(over.clone().cancelled_owned());
    told(
        "the listener for monitors",
        ending(served.into_future(), &over).await,
    );
}

/// Waits for the end, but not for those who will not hear the last word.
async fn ending(served: impl Future<Output = io::Result<()>>, over: &CancellationToken) -> io::Result<()> {
    tokio::pin!(served);
    tokio::select! {
        result = &mut served => result,
        () = over.cancelled() => timeout(LAST_WORDS, served).await.unwrap_or(Ok(())),
    }
}

fn told(what: &str, ended: io::Result<()>) {
    if let Err(error) = ended {
        warn!("{what} does not answer any more: {error}");
    }
}
