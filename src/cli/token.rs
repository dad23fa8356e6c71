//! `millpond token`: a valid access token for other programs, so that there is one rotation and not two.

use serde_json::json;

use crate::app;
use crate::model::Domain;

use super::Session;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The site, such as acme.atlassian.net
    domain: Domain,
}

/// Prints the token, refreshed if it would end soon. Works beside the daemon: the grant's lock admits one refresh,
/// and who waited for it gets what came of it.
pub(super) async fn run(session: &mut Session, args: Args) -> anyhow::Result<()> {
    let config = session.config()?;
    let oauth = app::oauth_app(&config)?;
    let grants = app::grants(&config, oauth, app::http_client()?, session.clock.clone())?;
    let (authenticator, site) = grants.authenticator_for(&args.domain).await?;
    let token = authenticator.access_token().await?;
    if !session.out.is_json() {
        return Ok(session.out.line(token.expose())?);
    }
    let (grant, _) = grants.grant_for(&args.domain).await?;
    // Another process may have refreshed since; then the end of this token is unknown, and not far.
    let expires_at = (grant.access_token == token).then(|| grant.access_token_ends_at());
    Ok(session.out.json(&json!({
        "domain": site.domain,
        "cloud_id": site.cloud_id,
        "account": grant.account_name,
        "access_token": token.expose(),
        "expires_at": expires_at,
    }))?)
}
