//! `millpond changes`: the change feed, for programs that follow the mirror.

use std::time::Duration;

use anyhow::Context as _;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::daemon;
use crate::model::Domain;
use crate::store::{ChangesQuery, Commits, Reader};

use super::Session;
use super::output::{self, Output};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Only what comes behind this place: the "seq" of the last line that was dealt with
    #[arg(long, value_name = "SEQ", default_value_t = 0)]
    since: i64,
    /// Go on with what is committed from now on, by whichever process
    #[arg(long)]
    follow: bool,
    /// Only of this site
    #[arg(long, value_name = "DOMAIN")]
    site: Option<Domain>,
}

/// How soon to look again after somebody wrote. If there is nothing new by then, the next look is ten times later.
const SOON: Duration = Duration::from_millis(50);
/// The longest time without a look: whoever writes is heard, so this is for file systems that tell nothing.
const AT_LEAST: Duration = Duration::from_mins(1);

pub(super) async fn run(session: &mut Session, args: Args) -> anyhow::Result<()> {
    let reader = session.reader()?;
    let mut query = ChangesQuery {
        since: args.since,
        site: args.site,
    };
    if !args.follow {
        return print(&reader, &mut query, &mut session.out);
    }
    let stop = CancellationToken::new();
    daemon::stop_on_signal(stop.clone(), true)?;
    let out = &mut session.out;
    tokio::select! {
        ended = follow(&reader, &mut query, out) => ended,
        () = stop.cancelled() => Ok(()),
        () = output::nobody_reads() => Err(output::Error::Closed.into()),
    }
}

/// Prints what there is, a batch at a time.
fn print(reader: &Reader, query: &mut ChangesQuery, out: &mut Output) -> anyhow::Result<()> {
    loop {
        let lines = reader.changes(query)?;
        let Some(last) = lines.last() else { return Ok(()) };
        query.since = last.seq;
        let mut text = String::new();
        for line in &lines {
            text.push_str(&line.json);
            text.push('\n');
        }
        out.raw(text.as_bytes())?;
    }
}

async fn follow(reader: &Reader, query: &mut ChangesQuery, out: &mut Output) -> anyhow::Result<()> {
    // Before the first look: what is committed in between is heard.
    let commits = Commits::watch(reader.dir()).context("could not watch the state directory")?;
    let mut patience = SOON;
    loop {
        print(reader, query, out)?;
        // Lets the select see a signal between two batches.
        tokio::task::yield_now().await;
        patience = match timeout(patience, commits.next()).await {
            Ok(written) => {
                written.context("could not watch the state directory")?;
                SOON
            }
            Err(_) => (patience * 10).min(AT_LEAST),
        };
    }
}
