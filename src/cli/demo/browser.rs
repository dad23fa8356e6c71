//! A person at a browser who consents to everything.

use reqwest::redirect::Policy;
use tracing::warn;
use url::Url;

/// Opens the consent screen, agrees, and follows the redirect back to the listener, as a browser does.
pub(super) async fn consent(url: Url) {
    if let Err(error) = visit(url).await {
        warn!("the demo's browser could not consent: {}", error.without_url());
    }
}

async fn visit(url: Url) -> reqwest::Result<()> {
    let browser = reqwest::Client::builder().redirect(Policy::limited(5)).build()?;
    browser.get(url).send().await?.error_for_status()?;
    Ok(())
}
