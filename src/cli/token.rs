//! `millpond token`: a valid access token for other programs, so that there is one rotation and not two.

use serde_json::json;

use crate::app;
use crate::auth::StoredGrant;
use crate::model::Domain;

use super::Session;
use super::report::Failure;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The site, such as acme.atlassian.net
    domain: Domain,
}

/// Prints the token, refreshed if it would end soon. Works beside the daemon: the grant's lock admits one refresh,
/// and who waited for it gets what came of it.
pub(super) async fn run(session: &mut Session, args: Args) -> anyhow::Result<()> {
    let config = session.config()?;
    let (http, domain) = (app::http_client()?, &args.domain);
    let entered = async {
        let entrance = app::enter(&config, domain, &http, &session.clock).await?;
        let token = entrance.authenticator.access_token().await?;
        Ok((entrance, token))
    };
    let no_token = || Failure::NoToken {
        domain: domain.to_string(),
    };
    let (entrance, token) = entered
        .await
        .map_err(|error: app::Error| anyhow::Error::new(error).context(no_token()))?;
    if !session.out.is_json() {
        return Ok(session.out.line(token.expose())?);
    }
    // Another process may have refreshed since; then the end of this token is unknown, and not far. So it is where
    // the tokens are not ours to keep.
    let stored = app::stored_credentials(&config)?.list()?;
    let grant = stored
        .into_iter()
        .flatten()
        .find(|grant| grant.access_token == token);
    Ok(session.out.json(&json!({
        "domain": entrance.site.domain,
        "cloud_id": entrance.site.cloud_id,
        "account": grant.as_ref().map(|grant| &grant.account_name),
        "access_token": token.expose(),
        "expires_at": grant.as_ref().map(StoredGrant::access_token_ends_at),
    }))?)
}
