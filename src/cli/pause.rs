//! `millpond pause` and `millpond resume`: has the daemon leave a site alone for a while.

use crate::app;
use crate::model::Domain;

use super::Session;
use super::report::Failure;
use super::sync::chosen;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The site, such as acme.atlassian.net
    domain: Domain,
}

pub(super) async fn run(session: &mut Session, args: &Args, is_paused: bool) -> anyhow::Result<()> {
    let config = session.config()?;
    let domain = &args.domain;
    chosen(&config, std::slice::from_ref(domain))?;
    let daemon = app::daemon(&config).await?.ok_or(Failure::NoDaemon)?;
    daemon.pause(domain, is_paused).await.map_err(app::Error::from)?;
    let told = if is_paused {
        format!(
            "{domain} is paused, also after a restart, until `millpond resume {domain}`. Its consent is kept alive."
        )
    } else {
        format!("{domain} goes on.")
    };
    if session.out.is_json() {
        return Ok(session
            .out
            .json(&serde_json::json!({ "domain": domain, "paused": is_paused }))?);
    }
    Ok(session.out.line(told)?)
}
