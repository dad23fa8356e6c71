//! `millpond run`: the daemon.

use std::io::{self, IsTerminal as _};
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::daemon::{self, Hangups};

use super::Session;
use super::progress::Progress;

pub(super) async fn run(session: &Session) -> anyhow::Result<()> {
    let config = session.config()?;
    let stop = CancellationToken::new();
    // A terminal that closes ends what runs in it. Elsewhere nobody means that.
    let at_terminal = io::stdin().is_terminal();
    daemon::stop_on_signal(stop.clone(), at_terminal)?;
    let hangups = if at_terminal {
        Hangups::ignored()
    } else {
        Hangups::listen()?
    };
    let app = App::open(config, session.clock.clone()).await?;
    let progress = Arc::new(Progress::new(session.bars()));
    app.run(
        stop,
        hangups,
        Arc::new(move |domain, advance| progress.show(domain, advance)),
        session.reload(),
    )
    .await?;
    Ok(())
}
