//! A person at a browser who consents to everything.

use anyhow::Context as _;
use reqwest::redirect::Policy;
use url::Url;

/// Opens the consent screen, agrees, and follows the redirect back to the listener, as a browser does.
pub(super) async fn consent(url: Url) -> anyhow::Result<()> {
    let visited = visit(url).await.map_err(reqwest::Error::without_url);
    visited.context("the demo's browser could not consent")
}

async fn visit(url: Url) -> reqwest::Result<()> {
    let browser = reqwest::Client::builder().redirect(Policy::limited(5)).build()?;
    browser.get(url).send().await?.error_for_status()?;
    Ok(())
}
