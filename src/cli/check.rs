//! `millpond check`: whether the mirror's file is sound, what to do if it is not, and pages rendered again.

use clap::ValueEnum;
use owo_colors::OwoColorize as _;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::app::{self, Inspection};
use crate::config::Config;
use crate::daemon;
use crate::mirror::Rerendered;
use crate::store::{Depth, Flaw, FlawKind};

use super::output::printable;
use super::report::Failure;
use super::{Session, progress};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Compare the indexes of all tables with them, too; takes several times as long
    #[arg(long, conflicts_with = "render")]
    full: bool,
    /// Make anew what is derived, and have the next run fetch damaged bodies again
    #[arg(long, conflicts_with = "render")]
    repair: bool,
    /// Render again, from their stored bodies, the pages that an older renderer wrote, or all
    #[arg(
        long,
        value_name = "WHICH",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "outdated"
    )]
    render: Option<Which>,
}

/// Which pages to render again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Which {
    Outdated,
    All,
}

impl Args {
    fn depth(&self) -> Depth {
        if self.full { Depth::Full } else { Depth::Quick }
    }
}

pub(super) async fn run(session: &mut Session, args: Args) -> anyhow::Result<()> {
    let config = session.config()?;
    if let Some(which) = args.render {
        return render(session, &config, which == Which::All).await;
    }
    if args.repair {
        return repair(session, &config, args.depth()).await;
    }
    let bar = progress::of_work(session.bars(), "comparing stored bodies", None);
    let found = app::inspect(&config.state_dir, args.depth(), &|bodies| {
        bar.set_position(bodies);
    })
    .await?;
    drop(bar);
    conclude(session, None, &found)
}

async fn repair(session: &mut Session, config: &Config, depth: Depth) -> anyhow::Result<()> {
    let bar = progress::of_work(session.bars(), "comparing stored bodies", None);
    let watch = |bodies| bar.set_position(bodies);
    let done = app::repair(&config.state_dir, depth, &session.clock, &watch).await?;
    drop(bar);
    if done.unused_files > 0 && !session.out.is_json() {
        let text = format!("{} files that no attachment has any more", done.unused_files);
        session.out.line(format!("{} {text}", "removed".green()))?;
    }
    conclude(session, Some(&done.repaired), &done.left)
}

/// Prints what was found, after a repair if that was asked for, and fails unless nothing is left of it.
fn conclude(session: &mut Session, repaired: Option<&[Flaw]>, found: &Inspection) -> anyhow::Result<()> {
    if session.out.is_json() {
        let flaws = found
            .flaws
            .iter()
            .map(|flaw| with_remedy(flaw, repaired.is_some()));
        let flaws: Vec<_> = flaws.collect();
        session.out.json(&json!({
            "sound": flaws.is_empty(),
            "flaws": flaws,
            "repaired": repaired.unwrap_or_default(),
            "bodies": found.bodies,
            "unchecked": found.unchecked,
        }))?;
    } else {
        print(session, repaired, found)?;
    }
    match found.flaws.len() {
        0 => Ok(()),
        flaws => Err(Failure::Unsound { flaws }.into()),
    }
}

fn print(session: &mut Session, repaired: Option<&[Flaw]>, found: &Inspection) -> anyhow::Result<()> {
    let out = &mut session.out;
    for flaw in repaired.unwrap_or_default() {
        out.line(format!("{} {}", "repaired".green(), sentence(flaw)))?;
    }
    for flaw in &found.flaws {
        out.line(format!(
            "{} {}; {}",
            "flaw".red(),
            sentence(flaw),
            remedy(flaw.kind, repaired.is_some())
        ))?;
    }
    for left_out in &found.unchecked {
        out.line(format!(
            "{} {}: {}",
            "not checked".yellow(),
            left_out.what,
            left_out.why
        ))?;
    }
    if found.flaws.is_empty() {
        out.line(format!(
            "{}: {} stored bodies are as the site sent them",
            "sound".green(),
            found.bodies
        ))?;
    }
    Ok(())
}

fn sentence(flaw: &Flaw) -> String {
    printable(&format!("{}: {}", flaw.subject, flaw.detail)).into_owned()
}

fn with_remedy(flaw: &Flaw, is_repaired: bool) -> serde_json::Value {
    json!({
        "kind": flaw.kind,
        "subject": flaw.subject,
        "detail": flaw.detail,
        "remedy": remedy(flaw.kind, is_repaired),
    })
}

fn remedy(kind: FlawKind, is_repaired: bool) -> &'static str {
    match kind {
        FlawKind::Structure => {
            "keep a copy, then restore a backup, or move mirror.db away and mirror anew with `millpond sync`"
        }
        FlawKind::TableIndex | FlawKind::SearchIndex | FlawKind::Text | FlawKind::Annotations => {
            "`millpond check --repair` makes it anew"
        }
        FlawKind::Orphans => "`millpond check --repair` drops them: they are derived",
        FlawKind::Reference => "restore a backup, or mirror anew: no millpond writes such rows",
        FlawKind::Body if is_repaired => "the next `millpond sync` fetches it again",
        FlawKind::Body => "`millpond check --repair`, and then `millpond sync` fetches it again",
        FlawKind::EarlierBody => "`millpond history PAGE --fetch` fetches it again, if the site still has it",
        FlawKind::File if is_repaired => "the next `millpond sync` downloads it again",
        FlawKind::File => "`millpond check --repair`, and then `millpond sync` downloads it again",
    }
}

async fn render(session: &mut Session, config: &Config, everything: bool) -> anyhow::Result<()> {
    let stop = CancellationToken::new();
    daemon::stop_on_signal(stop.clone(), true)?;
    let bar = progress::of_work(session.bars(), "rendering again", Some(0));
    let watch = |done: &Rerendered| {
        bar.set_length(done.outdated);
        bar.set_position(done.rendered);
    };
    let done = app::rerender(&config.state_dir, everything, &session.clock, &stop, &watch).await?;
    drop(bar);
    tell(session, &done)?;
    if done.left() == 0 {
        return Ok(());
    }
    Err(Failure::HalfRendered {
        left: done.left(),
        everything,
    }
    .into())
}

fn tell(session: &mut Session, done: &Rerendered) -> anyhow::Result<()> {
    if session.out.is_json() {
        return Ok(session.out.json(&json!({
            "outdated": done.outdated,
            "rendered": done.rendered,
            "damaged": done.damaged,
        }))?);
    }
    for id in &done.damaged {
        let text = "its stored body is damaged; `millpond check --repair`, and then `millpond sync` fetches it again";
        session
            .out
            .line(format!("{} {id}: {text}", "not rendered".red()))?;
    }
    if done.outdated == 0 {
        return Ok(session
            .out
            .line("nothing to do: no page was written by an older renderer")?);
    }
    Ok(session.out.line(format!(
        "{} of {} pages rendered again",
        done.rendered, done.outdated
    ))?)
}
