//! Serves the socket until the daemon stops.

use std::time::Duration;

use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use super::desk::Desk;
use super::routes::router;
use super::socket::Socket;

/// How long an answer may take once everything else has ended.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// Answers at the socket until `over`: later than the runs, whose ends are among the answers.
pub async fn serve(socket: Socket, desk: Desk, over: CancellationToken) {
    let (listener, _file) = socket.into_parts();
    let ended = axum::serve(listener, router(desk)).with_graceful_shutdown(over.clone().cancelled_owned());
    let serving = ended.into_future();
    tokio::pin!(serving);
    let result = tokio::select! {
        result = &mut serving => result,
        () = over.cancelled() => timeout(LAST_WORDS, serving).await.unwrap_or(Ok(())),
    };
    if let Err(error) = result {
        warn!("the control socket does not answer any more: {error}");
    }
}
