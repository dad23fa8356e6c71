//! The status for people.

use std::cmp::Reverse;

use bytesize::ByteSize;
use owo_colors::OwoColorize as _;

use crate::cli::output::{self, Output, printable};
use crate::cli::when::{day, distance, minute};
use crate::model::{ContentKind, Timestamp};
use crate::store::{AnnexStatus, BackupState, LastBackup, RunView, SiteStatus, SpaceStatus, SweepStatus};

use super::consents::GrantStatus;
use super::live::Daemon;
use super::{AppPoints, ConnectionStatus, Consent, Overview};

/// Findings beyond these are counted, not listed.
const MOST_FINDINGS: usize = 10;
/// Constructs beyond these are counted, not named.
const MOST_CONSTRUCTS: usize = 5;

pub(super) fn print(out: &mut Output, overview: &Overview, now: Timestamp) -> anyhow::Result<()> {
    let size = match overview.database_size {
        Some(size) => ByteSize::b(size).to_string(),
        None => "no mirror yet".to_owned(),
    };
    out.line(format!("{} ({size})", overview.state_dir))?;
    out.line(of_daemon(&overview.daemon, now))?;
    let budget = match overview.points.budget {
        Some(budget) => format!(" of {budget}"),
        None => String::new(),
    };
    out.line(format!(
        "{}{budget} points spent in the last hour",
        overview.points.last_hour
    ))?;
    for app in &overview.points.apps {
        out.line(of_app(app, now))?;
    }
    if let Some(last) = &overview.last_backup {
        out.line(of_backup(last, now))?;
    }
    for alert in &overview.alerts {
        let (since, told) = (distance(alert.raised_at, now), printable(&alert.text));
        out.line(format!("{} {since}: {told}", "alert".red().bold()))?;
    }
    for connection in &overview.connections {
        print_connection(out, connection, now)?;
    }
    for grant in &overview.grants {
        print_grant(out, grant, now)?;
    }
    for site in &overview.others {
        out.line(format!(
            "\n{} {}",
            site.site.bold(),
            "(not configured any more)".yellow()
        ))?;
        print_spaces(out, site)?;
        print_annexes(out, site)?;
    }
    Ok(())
}

fn of_daemon(daemon: &Daemon, now: Timestamp) -> String {
    match daemon {
        Daemon::Running(live) => format!(
            "daemon running since {} (process {}, release {})",
            distance(live.since, now),
            live.pid,
            printable(&live.version)
        ),
        Daemon::NotRunning => format!("{}: `millpond run` starts it", "no daemon is running".yellow()),
        Daemon::Unknown { reason } => format!("{}: {}", "daemon unknown".yellow(), printable(reason)),
    }
}

fn of_backup(last: &LastBackup, now: Timestamp) -> String {
    let (to, began) = (last.to.display().to_string(), distance(last.began_at, now));
    let to = printable(&to);
    match &last.state {
        BackupState::UnderWay => format!("backup under way since {began}, to {to}"),
        BackupState::Good { ended_at } => format!("last backup {}, to {to}", distance(*ended_at, now)),
        BackupState::Failed { reason } => {
            let failed = format!("last backup failed {began}");
            format!("{}, to {to}: {}", failed.red(), printable(reason))
        }
    }
}

fn of_app(app: &AppPoints, now: Timestamp) -> String {
    let AppPoints {
        app,
        spent,
        left,
        returns_at,
        refused_until,
    } = app;
    let left = left.map_or_else(String::new, |left| format!(", {left} left"));
    let until = match refused_until {
        Some(until) => format!("refused until {}", minute(*until)),
        None => format!("new ones {}", distance(*returns_at, now)),
    };
    let app = printable(app);
    format!("points of app {app}: {spent} spent this hour{left}, {until}")
}

fn of_sweep(sweep: &SweepStatus, now: Timestamp) -> String {
    let completed = match sweep.completed_at {
        Some(at) => format!("last complete {}", distance(at, now)),
        None => "none complete yet".to_owned(),
    };
    if sweep.is_open {
        let began = distance(sweep.began_at, now);
        format!(
            "under way since {began}: {} of {} spaces compared; {completed}",
            sweep.done, sweep.of
        )
    } else {
        completed
    }
}

fn print_connection(out: &mut Output, connection: &ConnectionStatus, now: Timestamp) -> anyhow::Result<()> {
    let ConnectionStatus {
        domain,
        now: doing,
        paused_since,
        consent,
        next_delta,
        next_sweep,
        mirror,
    } = connection;
    out.line(format!("\n{}", domain.bold()))?;
    if let Some(doing) = doing {
        out.line(format!("  now       {}", printable(&doing.state)))?;
    }
    if let Some(since) = paused_since {
        let told = format!("paused {}", distance(*since, now));
        out.line(format!("  {}: `millpond resume {domain}` ends it", told.yellow()))?;
    }
    out.line(format!(
        "  consent   {}",
        of_consent(consent, domain.as_str(), now)
    ))?;
    let runs = mirror.as_ref().map_or(&[][..], |mirror| &mirror.last_runs);
    for run in runs {
        out.line(format!("  {:8}  {}", run.mode, of_run(run, now)))?;
    }
    if let Some(sweep) = mirror.as_ref().and_then(|mirror| mirror.sweep.as_ref()) {
        out.line(format!("  round     {}", of_sweep(sweep, now)))?;
    }
    let next = |at: &Option<Timestamp>| at.map_or_else(|| "never".to_owned(), |at| distance(at, now));
    out.line(format!(
        "  next      delta {}, sweep {}",
        next(next_delta),
        next(next_sweep)
    ))?;
    match mirror {
        Some(mirror) => {
            print_spaces(out, mirror)?;
            print_findings(out, mirror)?;
            print_warnings(out, mirror)
        }
        None => Ok(out.line(format!(
            "  {} `millpond sync {domain}` makes the first copy",
            "not mirrored yet:".yellow()
        ))?),
    }
}

fn of_consent(consent: &Consent, domain: &str, now: Timestamp) -> String {
    match consent {
        Consent::Unneeded { auth } => format!("not needed: it signs in by `{auth}`"),
        Consent::Missing => format!("{}: millpond connect {domain}", "missing".red()),
        Consent::Unreadable { reason } => format!(
            "{}: {reason}; `millpond doctor` says what to do",
            "unreadable".red()
        ),
        Consent::Withdrawn { account, at } => {
            let withdrawn = format!("withdrawn {}", distance(*at, now));
            format!(
                "{} (by {}): millpond connect {domain}",
                withdrawn.red(),
                printable(account)
            )
        }
        Consent::Valid {
            account,
            refreshed_at,
            next_refresh_at,
            lasts_until,
            ..
        } => format!(
            "by {}, refreshed {}, next {}; without another one it lasts until {} ({})",
            printable(account),
            distance(*refreshed_at, now),
            distance(*next_refresh_at, now),
            day(*lasts_until),
            distance(*lasts_until, now),
        ),
    }
}

fn print_grant(out: &mut Output, grant: &GrantStatus, now: Timestamp) -> Result<(), output::Error> {
    let account = printable(&grant.account);
    out.line(format!("\n{} of {}", "consent".bold(), account.bold()))?;
    out.line(format!("  to app    {}", printable(&grant.app)))?;
    let refreshed = distance(grant.refreshed_at, now);
    let next = match (grant.withdrawn_at, grant.next_refresh_at) {
        (Some(at), _) => format!("withdrawn {}", distance(at, now)),
        (None, Some(at)) => format!("next {}", distance(at, now)),
        (None, None) => "not refreshed any more: the configuration names another app".to_owned(),
    };
    out.line(format!("  refreshed {refreshed}, {next}"))?;
    out.line(format!(
        "  lasts     {} days if it is not refreshed, {} days in any case",
        grant.idle_days_left, grant.age_days_left
    ))?;
    out.line(format!("  scopes    {}", printable(&grant.scopes.join(" "))))?;
    match &grant.warning {
        Some(warning) => out.line(format!("  {} {}", "warning:".yellow(), printable(warning))),
        None => Ok(()),
    }
}

fn of_run(run: &RunView, now: Timestamp) -> String {
    let until = run
        .until
        .map_or_else(String::new, |until| format!(" until {}", minute(until)));
    let error = run
        .error
        .as_deref()
        .map_or_else(String::new, |error| format!(": {}", printable(error)));
    let at = run.finished_at.unwrap_or(run.started_at);
    format!(
        "{}{until} {}, {} added, {} changed, {} buried{error}",
        run.outcome,
        distance(at, now),
        run.added,
        run.changed,
        run.buried,
    )
}

fn print_spaces(out: &mut Output, site: &SiteStatus) -> Result<(), output::Error> {
    if site.spaces.is_empty() {
        return Ok(());
    }
    let rows = site.spaces.iter().map(|space| {
        let up_to = site.up_to(space);
        [
            format!("  {}", printable(space.key.as_str())),
            printable(&space.name).into_owned(),
            listed(space),
            space.mirrored.to_string(),
            refused(space),
            space.gone.to_string(),
            up_to.map_or_else(|| "incomplete".to_owned(), minute),
        ]
    });
    out.line("")?;
    out.table(
        [
            "  space",
            "name",
            "on site",
            "mirrored",
            "refused",
            "gone",
            "complete up to",
        ],
        rows,
    )
}

/// How much the site says the space has, over all kinds.
fn listed(space: &SpaceStatus) -> String {
    // Where the search for folders and their like is refused, those that pages hang under are here all the same.
    let is_stub = |word: &str| ContentKind::from_word(word).is_some_and(ContentKind::is_stub);
    let kinds = space.completeness.iter();
    let told = kinds.filter(|(kind, of_kind)| of_kind.listed.is_some() || !is_stub(kind));
    let listed: Option<u64> = told.map(|(_, of_kind)| of_kind.listed).sum();
    match listed {
        Some(listed) if !space.completeness.is_empty() => listed.to_string(),
        _ => "?".to_owned(),
    }
}

/// How much of the space is not here, as the site refuses it or sent it unreadable.
fn refused(space: &SpaceStatus) -> String {
    let of_any = space.completeness.values().next();
    let count = of_any.map_or(0, |of_kind| of_kind.refused + of_kind.failed);
    if count == 0 {
        "-".to_owned()
    } else {
        count.to_string()
    }
}

/// What hangs on the pages, if anything does.
fn print_annexes(out: &mut Output, site: &SiteStatus) -> Result<(), output::Error> {
    let AnnexStatus {
        comments,
        attachments,
        files,
        file_bytes,
    } = site.annexes;
    if comments + attachments == 0 {
        return Ok(());
    }
    let on_disk = ByteSize::b(file_bytes);
    out.line(format!(
        "\n  {comments} comments, {attachments} attachments, {files} of their files downloaded ({on_disk})"
    ))
}

fn print_findings(out: &mut Output, site: &SiteStatus) -> anyhow::Result<()> {
    if site.findings.is_empty() {
        return Ok(());
    }
    out.line(format!(
        "\n  {}",
        format_args!("open findings: {}", site.findings.len()).yellow()
    ))?;
    for finding in site.findings.iter().take(MOST_FINDINGS) {
        let since = day(finding.opened_at);
        let text = format!(
            "{} {} since {since}: {}",
            finding.kind, finding.subject, finding.detail
        );
        out.line(format!("    {}", printable(&text)))?;
    }
    if site.findings.len() > MOST_FINDINGS {
        out.line("    … (all of them with --json)")?;
    }
    Ok(())
}

/// What pages hold that Markdown has no words for, most frequent first.
fn print_warnings(out: &mut Output, site: &SiteStatus) -> anyhow::Result<()> {
    if site.warnings.is_empty() {
        return Ok(());
    }
    let mut warnings: Vec<_> = site.warnings.iter().collect();
    warnings.sort_by_key(|(_, count)| Reverse(**count));
    let total: u64 = site.warnings.values().sum();
    let named: Vec<_> = warnings
        .iter()
        .take(MOST_CONSTRUCTS)
        .map(|(construct, count)| format!("{construct} {count}"))
        .collect();
    let rest = if warnings.len() > MOST_CONSTRUCTS {
        ", …"
    } else {
        ""
    };
    let text = format!("kept as text in pages: {total} ({}{rest})", named.join(", "));
    Ok(out.line(format!("\n  {}", printable(&text)))?)
}
