//! `millpond demo`: everything against a built-in simulated site, with no account and no network.
//!
//! Nothing of millpond is simulated: the consent flow, the daemon and the mirror are those of every installation.
//! Only Atlassian is played, by `confluence-sim`, on this machine.

mod browser;
mod stage;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, oneshot};
use tokio_util::sync::CancellationToken;

use crate::app::{self, App};
use crate::auth::{Choice, Consent, scopes};
use crate::daemon;
use crate::mirror::Advance;

use super::progress::Progress;
use super::{Session, connect, search};

use stage::Stage;

/// How often something happens on the site.
const PACE: Duration = Duration::from_secs(4);

/// What the sample search looks for.
const SAMPLE: &str = "flood gauge";

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Stop after the first copy and a sample search
    #[arg(long)]
    once: bool,
    /// Where to keep the mirror; must not exist yet, or be empty [default: a new folder for temporary files]
    #[arg(long, value_name = "FOLDER")]
    dir: Option<PathBuf>,
}

pub(super) async fn run(session: &mut Session, args: Args) -> anyhow::Result<()> {
    let mut stage = Stage::set(args.dir.as_deref()).await?;
    session.global.config = Some(stage.config_file());
    let folder = stage.folder().display().to_string();
    session.out.line(format!(
        "A simulated site, {}, with {} pages.",
        stage::DOMAIN,
        stage.page_count()
    ))?;
    session.out.line(format!("Its mirror is in {folder}\n"))?;

    let stop = CancellationToken::new();
    daemon::stop_on_signal(stop.clone(), true)?;
    consent(session).await?;
    let daemon = Daemon::start(session, stop.clone()).await?;
    daemon.first_copy(&stop).await;
    if !stop.is_cancelled() {
        sample(session)?;
    }
    if args.once {
        stop.cancel();
    } else if !stop.is_cancelled() {
        invite(session, &stage)?;
        live(session, &mut stage, &stop).await?;
    }
    daemon.ended().await?;
    Ok(session.out.line(format!(
        "\nThe mirror stays in {folder}; delete the folder when you are done."
    ))?)
}

/// The consent flow of `millpond connect`, with a person who agrees at once.
async fn consent(session: &mut Session) -> anyhow::Result<()> {
    let config = session.config()?;
    let choice = Choice::Domain(stage::DOMAIN.parse()?);
    let wanted = scopes::wanted(app::needs(&config));
    let (tell, told) = oneshot::channel();
    let ask = |consent: &Consent| {
        let url = consent.url().clone();
        tokio::spawn(async move { tell.send(browser::consent(url).await) });
        Ok(())
    };
    let connected = connect::obtain(&config, session.clock.clone(), &choice, wanted, false, ask);
    let connected = tokio::select! {
        connected = connected => connected?,
        // Nobody else would ever answer.
        Ok(Err(error)) = told => return Err(error),
    };
    let account = &connected.grant.account_name;
    Ok(session.out.line(format!(
        "Connected {} as {account}, by OAuth 2.0 (3LO).",
        connected.site.domain
    ))?)
}

/// The daemon at work.
struct Daemon {
    running: tokio::task::JoinHandle<Result<(), app::Error>>,
    rested: Arc<Notify>,
}

impl Daemon {
    async fn start(session: &Session, stop: CancellationToken) -> anyhow::Result<Self> {
        let app = App::open(session.config()?, session.clock.clone()).await?;
        let progress = Progress::new(session.bars());
        let rested = Arc::new(Notify::new());
        let watch = {
            let rested = Arc::clone(&rested);
            Arc::new(move |domain: &_, advance| {
                progress.show(domain, advance);
                if advance == Advance::Ended {
                    rested.notify_one();
                }
            })
        };
        let running = tokio::spawn(app.run(stop, daemon::Hangups::ignored(), watch, session.reload()));
        Ok(Self { running, rested })
    }

    async fn first_copy(&self, stop: &CancellationToken) {
        tokio::select! {
            () = self.rested.notified() => {}
            () = stop.cancelled() => {}
        }
    }

    async fn ended(self) -> anyhow::Result<()> {
        Ok(self.running.await??)
    }
}

fn sample(session: &mut Session) -> anyhow::Result<()> {
    session
        .out
        .line(format!("\n$ millpond search {SAMPLE} --limit 3"))?;
    search::run(session, search::Args::sample(SAMPLE, 3))
}

fn invite(session: &mut Session, stage: &Stage) -> anyhow::Result<()> {
    let program =
        std::env::current_exe().map_or_else(|_| "millpond".to_owned(), |path| path.display().to_string());
    let millpond = format!("{program} --config {}", stage.config_file().display());
    session.out.line("Try, from another terminal:\n")?;
    for command in [
        "status",
        "tree ENG",
        "search \"solver plan\" --space ENG",
        "show \"ENG:On-call\"",
    ] {
        session.out.line(format!("  {millpond} {command}"))?;
    }
    Ok(session
        .out
        .line("\nThe site changes every few seconds now, and the daemon follows. Ctrl-C ends it.\n")?)
}

async fn live(session: &mut Session, stage: &mut Stage, stop: &CancellationToken) -> anyhow::Result<()> {
    loop {
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            () = tokio::time::sleep(PACE) => {}
        }
        let event = stage.carry_on();
        session.out.line(format!("site: {event}"))?;
    }
}
