//! `millpond reload`: has the daemon read its configuration again.

use crate::app;

use super::Session;
use super::report::Failure;

pub(super) async fn run(session: &mut Session) -> anyhow::Result<()> {
    let config = session.config()?;
    let daemon = app::daemon(&config).await?.ok_or(Failure::NoDaemon)?;
    daemon.reload().await.map_err(app::Error::from)?;
    if session.out.is_json() {
        return Ok(session.out.json(&serde_json::json!({ "reloaded": true }))?);
    }
    Ok(session.out.line("The daemon has read its configuration again.")?)
}
