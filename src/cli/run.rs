//! `millpond run`: the daemon.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::daemon;

use super::Session;
use super::progress::Progress;

pub(super) async fn run(session: &Session) -> anyhow::Result<()> {
    let config = session.config()?;
    let stop = CancellationToken::new();
    daemon::stop_on_signal(stop.clone())?;
    let app = App::open(config, session.clock.clone()).await?;
    let progress = Arc::new(Progress::new(session.bars()));
    app.run(
        stop,
        Arc::new(move |domain, advance| progress.show(domain, advance)),
        session.reload(),
    )
    .await?;
    Ok(())
}
