//! `millpond disconnect`: forgets a connection, and with `--purge` its content.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::time::Duration;

use anyhow::bail;
use serde_json::json;

use crate::app;
use crate::auth::StoredGrant;
use crate::config::Config;
use crate::model::Domain;
use crate::store::{self, Store};

use super::Session;
use super::report::Failure;

/// How long to wait for a process that is refreshing.
const PATIENCE: Duration = Duration::from_mins(1);

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The site, such as acme.atlassian.net
    domain: Domain,
    /// Delete its content from the mirror, too; no daemon may be running
    #[arg(long)]
    purge: bool,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

/// What there is to forget.
struct Plan {
    /// The grants that nothing else needs.
    unused: Vec<StoredGrant>,
    /// The grants that stay, and for whom.
    needed: Vec<(StoredGrant, Domain)>,
}

pub(super) async fn run(session: &mut Session, args: Args) -> anyhow::Result<()> {
    let config = session.config()?;
    let store = app::credentials(&config)?;
    let grants = store.list()?.into_iter().collect::<Result<Vec<_>, _>>()?;
    let plan = plan(&config, &args.domain, grants);
    if !args.yes && (args.purge || !plan.unused.is_empty()) {
        confirm(&args)?;
    }
    // First what may be refused.
    let purged = if args.purge {
        purge(&config, &args.domain).await?
    } else {
        None
    };
    for grant in &plan.unused {
        store.remove(&grant.id, PATIENCE).await?;
    }
    tell(session, &config, &args, &plan, purged)
}

fn plan(config: &Config, domain: &Domain, grants: Vec<StoredGrant>) -> Plan {
    let (mut unused, mut needed) = (Vec::new(), Vec::new());
    for grant in grants.into_iter().filter(|grant| grant.site(domain).is_some()) {
        let others = config.connections.iter().map(|connection| &connection.domain);
        let mut users = others.filter(|other| *other != domain && grant.site(other).is_some());
        match users.next().cloned() {
            Some(user) => needed.push((grant, user)),
            None => unused.push(grant),
        }
    }
    Plan { unused, needed }
}

/// Deletes the content. Needs the lock, so that no run writes it anew meanwhile.
async fn purge(config: &Config, domain: &Domain) -> Result<Option<u64>, store::Error> {
    let dir = config.state_dir.clone();
    let store = Store::open(store::Options { dir }).await?;
    let purged = store.forget_site(domain).await;
    store.close().await?;
    purged
}

fn confirm(args: &Args) -> anyhow::Result<()> {
    if !io::stdin().is_terminal() {
        return Err(Failure::NobodyToAsk { flag: "--yes" }.into());
    }
    let what = if args.purge {
        " and everything mirrored from it"
    } else {
        ""
    };
    write!(
        io::stderr(),
        "Forget the consent for {}{what}? [y/N] ",
        args.domain
    )?;
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    if !line.trim().eq_ignore_ascii_case("y") {
        bail!("nothing was forgotten");
    }
    Ok(())
}

fn tell(
    session: &mut Session,
    config: &Config,
    args: &Args,
    plan: &Plan,
    purged: Option<u64>,
) -> anyhow::Result<()> {
    let (out, domain) = (&mut session.out, &args.domain);
    let is_configured = config.connection(domain).is_some();
    if out.is_json() {
        let name = |grant: &StoredGrant| grant.account_name.clone();
        return Ok(out.json(&json!({
            "domain": domain,
            "forgotten": plan.unused.iter().map(name).collect::<Vec<_>>(),
            "kept": plan.needed.iter().map(|(grant, _)| name(grant)).collect::<Vec<_>>(),
            "purged": purged,
            "configured": is_configured,
        }))?);
    }
    for grant in &plan.unused {
        out.line(format!("Forgot the consent of {}.", grant.account_name))?;
    }
    for (grant, user) in &plan.needed {
        out.line(format!(
            "Kept the consent of {}: {user} needs it.",
            grant.account_name
        ))?;
    }
    if plan.unused.is_empty() && plan.needed.is_empty() {
        out.line(format!("No consent for {domain} was stored."))?;
    } else {
        out.line("Atlassian still lists the app under Connected apps of the account, at https://id.atlassian.com/.")?;
    }
    match (args.purge, purged) {
        (true, Some(count)) => out.line(format!("Deleted what was mirrored of {domain}: {count} pages."))?,
        (true, None) => out.line(format!("The mirror had nothing of {domain}."))?,
        (false, _) => out.line("What was mirrored stays; `--purge` deletes it.")?,
    }
    if is_configured {
        let file = config.file.display();
        out.line(format!(
            "Remove its [[connection]] from {file}, or the daemon goes on asking for a consent; then `millpond reload`."
        ))?;
    }
    Ok(())
}
