//! `millpond connect`: from a person's consent in the browser to a stored grant.

use std::io::{self, Write as _};
use std::time::Duration;

use anyhow::{Context as _, bail};
use secrecy::SecretString;
use serde_json::json;

use crate::app;
use crate::auth::scopes;
use crate::auth::{self, Choice, Connected, Consent, Loopback};
use crate::config::Config;
use crate::model::{Clock, Domain};

use super::Session;

/// How long the listener waits for a person to consent.
const PATIENCE: Duration = Duration::from_mins(15);

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The site, such as acme.atlassian.net [default: the only one that the consent opens]
    domain: Option<Domain>,
    /// Read the address that the browser ends up at from standard input: for servers without a browser
    #[arg(long)]
    paste: bool,
    /// Take the first site that the consent opens, where it opens several
    #[arg(long, conflicts_with = "domain")]
    first: bool,
    /// Ask for classic scopes, for an app that can have no others: content is then found by search, slowly and late
    #[arg(long)]
    classic: bool,
}

pub(super) async fn run(session: &mut Session, args: Args) -> anyhow::Result<()> {
    let config = session.config()?;
    let clock = session.clock.clone();
    let choice = match (args.domain, args.first) {
        (Some(domain), _) => Choice::Domain(domain),
        (None, true) => Choice::First,
        (None, false) => Choice::Only,
    };
    let paste = args.paste;
    let wanted = if args.classic {
        scopes::CLASSIC.map(str::to_owned).to_vec()
    } else {
        scopes::wanted(app::needs(&config))
    };
    let connected = obtain(&config, clock, &choice, wanted, paste, |consent| {
        ask(session, consent, paste)
    })
    .await?;
    confirm(session, &config, &connected)
}

/// The whole flow: `ask` brings the consent before a person, the answer comes through the listener or is pasted,
/// and what it opens is stored.
pub(super) async fn obtain(
    config: &Config,
    clock: Clock,
    choice: &Choice,
    wanted: Vec<String>,
    paste: bool,
    ask: impl FnOnce(&Consent) -> anyhow::Result<()>,
) -> anyhow::Result<Connected> {
    let mut oauth = app::oauth_app(config)?;
    let listener = if paste {
        None
    } else {
        Some(Loopback::bind(&config.app.redirect_uri).await?)
    };
    if let Some(listener) = &listener {
        oauth.redirect_uri = listener.redirect_uri().clone();
    }
    let consent = Consent::begin(&oauth, wanted);
    let grants = app::grants(config, oauth, app::http_client()?, clock)?;
    ask(&consent)?;
    let code = match listener {
        Some(listener) => listener.wait(&consent, PATIENCE).await?,
        None => pasted(&consent)?,
    };
    Ok(auth::connect(&grants, &consent, &code, choice).await?)
}

fn ask(session: &mut Session, consent: &Consent, paste: bool) -> anyhow::Result<()> {
    if session.out.is_json() {
        return Ok(session
            .out
            .json(&json!({ "consent_url": consent.url().as_str() }))?);
    }
    session
        .out
        .line("Open this address in a browser, and consent as an account that can read the site:\n")?;
    session.out.line(format!("{}\n", consent.url()))?;
    if paste {
        session.out.line(
            "The browser ends up at an address that it cannot show. Copy that address and paste it here:",
        )?;
    } else {
        session.out.line("Waiting for the answer …")?;
    }
    Ok(())
}

/// Waits on the only task there is, so blocking it is no harm.
fn pasted(consent: &Consent) -> anyhow::Result<SecretString> {
    io::stderr().flush()?;
    let mut line = zeroize::Zeroizing::new(String::new());
    let read = io::stdin()
        .read_line(&mut line)
        .context("could not read the address")?;
    if read == 0 {
        bail!("standard input ended before an address came");
    }
    Ok(consent.accept_pasted(&line)?)
}

fn confirm(session: &mut Session, config: &Config, connected: &Connected) -> anyhow::Result<()> {
    let Connected { grant, site, missing } = connected;
    let is_configured = config.connection(&site.domain).is_some();
    if session.out.is_json() {
        return Ok(session.out.json(&json!({
            "domain": site.domain,
            "cloud_id": site.cloud_id,
            "account": grant.account_name,
            "configured": is_configured,
            "missing_scopes": missing,
        }))?);
    }
    session.out.line(format!(
        "Connected {} ({}) as {}.",
        site.domain, site.name, grant.account_name
    ))?;
    if scopes::only_search(&grant.scopes) {
        session.out.line(
            "It has classic scopes only, so content is found by search: slowly, and late. docs/connect.md says what that \
             misses, and `millpond doctor` which scopes end it.",
        )?;
    }
    for (word, lacks) in app::lacking(config, &grant.scopes) {
        let lacks = lacks.join(" ");
        session
            .out
            .line(format!("Mirrored without {word}: the consent lacks {lacks}."))?;
    }
    if !missing.is_empty() {
        session
            .out
            .line(format!("To change that: {}.", scopes::remedy(missing)))?;
    }
    if !is_configured {
        let key = format!("[[connection]] domain = \"{}\"", site.domain);
        session
            .out
            .line(format!("It is not in {} yet; add {key}.", config.file.display()))?;
    }
    Ok(())
}
