//! `millpond export`: the mirror as a folder of files.

use std::path::PathBuf;

use crate::export::{self, Event, Format, Options, Report};
use crate::model::{Domain, SpaceKey};
use crate::store::ExportScope;

use super::output::printable;
use super::{Session, progress};

#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub(super) struct Args {
    /// The folder; made if there is none
    dir: PathBuf,
    /// Markdown with front matter, or pages for a browser
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "markdown")]
    format: Shape,
    /// Commit what changed with the system's git, by the authors and at the times of the edits
    #[arg(long)]
    git: bool,
    /// Only the space with this key; may be repeated
    #[arg(long, value_name = "KEY", value_parser = |key: &str| Ok::<_, String>(SpaceKey::new(key)))]
    space: Vec<SpaceKey>,
    /// Only this site; may be repeated
    #[arg(long, value_name = "DOMAIN")]
    site: Vec<Domain>,
    /// Only pages with this label; may be repeated
    #[arg(long, value_name = "NAME")]
    label: Vec<String>,
    /// Leave comments out
    #[arg(long)]
    no_comments: bool,
    /// Also replace files that somebody changed or put in the way
    #[arg(long)]
    overwrite: bool,
    /// Make attachments further names of the mirror's own files: takes no room, but who edits one edits the mirror
    #[arg(long)]
    hard_links: bool,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Shape {
    Markdown,
    Html,
}

pub(super) fn run(session: &mut Session, args: Args) -> anyhow::Result<()> {
    let config = session.config()?;
    let reader = session.reader()?;
    let options = Options {
        dir: args.dir,
        files: config.state_dir,
        format: match args.format {
            Shape::Markdown => Format::Markdown,
            Shape::Html => Format::Html,
        },
        sites: args.site,
        scope: ExportScope {
            spaces: args.space,
            labels: args.label,
        },
        comments: !args.no_comments,
        overwrite: args.overwrite,
        hard_links: args.hard_links,
        git: args.git.then(|| session.clock.now()),
    };
    let bar = progress::of_work(session.bars(), "pages", None);
    let report = export::export(&reader, &options, &mut |event| match event {
        Event::Page => bar.inc(1),
        Event::Kept { path } => {
            tracing::warn!(
                "left alone, since somebody changed it or put it there: {}",
                printable(&path)
            );
        }
        Event::Lost { path } => {
            tracing::warn!("the mirror lacks the file of an attachment: {}", printable(&path));
        }
    })?;
    drop(bar);
    if session.out.is_json() {
        return Ok(session.out.json(&report)?);
    }
    Ok(session.out.line(readable(&report))?)
}

fn readable(report: &Report) -> String {
    let mut text = format!(
        "{} pages and {} attachments: {} files written, {} unchanged, {} removed",
        report.pages, report.attachments, report.written, report.unchanged, report.removed
    );
    for (count, what) in [
        (report.commits, "commits"),
        (
            report.kept,
            "files left alone; --overwrite replaces those that belong there",
        ),
        (
            report.missing,
            "attachments without a file in the mirror; links to them lead to the site",
        ),
    ] {
        if count > 0 {
            text = format!("{text}\n{count} {what}");
        }
    }
    text
}
