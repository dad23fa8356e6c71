//! `millpond backup`, `backup verify` and `restore`.

use std::io;
use std::path::{Path, PathBuf};

use bytesize::ByteSize;

use crate::backup::{self, Event, Keep, Options, Taken, Verified};
use crate::store::BackupNote;

use super::output::printable;
use super::{Session, progress, report};

#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(super) struct Args {
    #[command(subcommand)]
    what: Option<What>,
    /// The folder of the backups; made if there is none
    #[arg(required = true)]
    dir: Option<PathBuf>,
    /// Compress the database
    #[arg(long)]
    compress: bool,
    /// Read the backup back afterwards, every byte, and check the database in it
    #[arg(long)]
    verify: bool,
    /// Which backups to keep, by hour, day, week, month or year; deletes the others
    #[arg(long, value_name = "RULES", value_parser = str::parse::<Keep>)]
    keep: Option<Keep>,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Read a backup back, every byte, and check the database in it
    Verify(Verify),
}

#[derive(Debug, clap::Args)]
struct Verify {
    /// A backup, or the folder of the backups for the newest
    path: PathBuf,
}

#[derive(Debug, clap::Args)]
pub(super) struct Restore {
    /// The backup, or the folder of the backups for the newest
    backup: PathBuf,
    /// The state directory to make of it: empty, or not there yet
    to: PathBuf,
}

pub(super) fn run(session: &mut Session, args: Args) -> anyhow::Result<()> {
    match (args.what, args.dir) {
        (Some(What::Verify(args)), _) => verify(session, &args.path),
        (None, dir) => {
            let options = Options {
                state_dir: session.config()?.state_dir,
                dir: dir.unwrap_or_default(),
                compress: args.compress,
                keep: args.keep,
                now: session.clock.now(),
            };
            noted(session, &options, args.verify)
        }
    }
}

/// Takes a backup, and leaves a note of how that went to the daemon, which tells whoever must know.
fn noted(session: &mut Session, options: &Options, is_verified: bool) -> anyhow::Result<()> {
    let unnoted = |error: io::Error| {
        // Without a mirror there is no backup, which is said anyway.
        if error.kind() != io::ErrorKind::NotFound {
            let dir = options.state_dir.display();
            tracing::warn!(
                "the daemon will not know how this backup went, as that cannot be noted in {dir}: {error}"
            );
        }
    };
    let begun = BackupNote::begin(&options.state_dir, &options.dir, options.now);
    let note = begun.map_err(unnoted).ok().flatten();
    let ended = take(session, options, is_verified);
    let reason = ended.as_ref().err().map(|error| format!("{error:#}"));
    if let Some(note) = note {
        note.end(reason, session.clock.now()).unwrap_or_else(unnoted);
    }
    ended
}

fn take(session: &mut Session, options: &Options, is_verified: bool) -> anyhow::Result<()> {
    let bar = progress::of_work(session.bars(), "pages of the database", None);
    let taken = backup::take(options, &mut |event| {
        if let Event::Copied { done, all } = event {
            bar.set_length(all);
            bar.set_position(done);
        }
    })?;
    drop(bar);
    for name in &taken.damaged {
        tracing::warn!(backup = %name, "is damaged; it is left alone and counts for nothing");
    }
    if session.out.is_json() {
        session.out.json(&taken)?;
    } else {
        session.out.line(readable(&taken))?;
    }
    if is_verified {
        verify(session, &taken.path)?;
    }
    Ok(())
}

fn readable(taken: &Taken) -> String {
    let mut text = format!(
        "{}\n{} contents, database of {}; {} attachments, of which {} are new with {}",
        printable(&taken.path.display().to_string()),
        taken.contents,
        ByteSize(taken.database),
        taken.attachments,
        taken.new_attachments,
        ByteSize(taken.new_bytes),
    );
    if taken.lacking > 0 {
        text = format!(
            "{text}\n{} attachments are not in it: the mirror has lost their files, or they are damaged; \
             `millpond check --repair` has them fetched again",
            taken.lacking
        );
    }
    if !taken.removed.is_empty() {
        text = format!("{text}\ndeleted: {}", taken.removed.join(", "));
    }
    text
}

fn verify(session: &mut Session, path: &Path) -> anyhow::Result<()> {
    let backup = backup::find(path)?;
    let bar = progress::of_work(session.bars(), "attachments read", None);
    let verified = backup::verify(&backup, &mut |event| {
        if let Event::Attachments(count) = event {
            bar.set_position(count);
        }
    })?;
    drop(bar);
    if session.out.is_json() {
        return Ok(session.out.json(&verified)?);
    }
    Ok(session.out.line(format!("verified: {}", said(&verified)))?)
}

fn said(backup: &Verified) -> String {
    let mut text = format!(
        "{}, {} contents and {} attachments of {}",
        printable(&backup.path.display().to_string()),
        backup.contents,
        backup.attachments,
        backup.sites.join(", ")
    );
    if backup.lacking > 0 {
        text = format!("{text}; {} more were lost when it was taken", backup.lacking);
    }
    if !backup.flaws.is_empty() {
        text = format!(
            "{text}\n{} flaws of the mirror are in it, which `millpond check --repair` mends once it is restored",
            backup.flaws.len()
        );
    }
    text
}

pub(super) fn restore(session: &mut Session, args: &Restore) -> anyhow::Result<()> {
    let backup = backup::find(&args.backup)?;
    let bar = progress::of_work(session.bars(), "attachments read", None);
    let restored = backup::restore(&backup, &args.to, &mut |event| {
        if let Event::Attachments(count) = event {
            bar.set_position(count);
        }
    })?;
    drop(bar);
    if session.out.is_json() {
        session.out.json(&restored)?;
    } else {
        let to = restored.path.display().to_string();
        session.out.line(format!(
            "restored to {}: {}",
            printable(&to),
            said(&restored.from)
        ))?;
    }
    // What is no longer so of a rotated token is worse than none, so no backup has any.
    report::note("no backup holds credentials. Where a person consented, connect again:");
    for site in &restored.from.sites {
        report::note(&format!("  millpond connect {site}"));
    }
    Ok(())
}
