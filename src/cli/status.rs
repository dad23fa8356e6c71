//! `millpond status`: what an administrator asks once a month, and a monitor once a minute.

mod consents;
mod live;
mod readable;

use std::collections::BTreeMap;
use std::time::Duration;

use chrono_tz::Tz;
use serde::Serialize;

use crate::app;
use crate::auth::StoredGrant;
use crate::config::{Auth, Config, Connection, Cron};
use crate::control::Doing;
use crate::model::{Domain, Spending, Timestamp};
use crate::store::{Alert, Error, LastBackup, Reader, SiteStatus};

use super::Session;

use consents::GrantStatus;
use live::Daemon;

const AN_HOUR: Duration = Duration::from_hours(1);

/// More runs than any hour holds.
const RUNS_OF_AN_HOUR: usize = 1000;

/// Everything `millpond status` says.
#[derive(Debug, Serialize)]
struct Overview {
    state_dir: String,
    daemon: Daemon,
    /// Absent while there is no mirror.
    database_size: Option<u64>,
    points: Points,
    /// What somebody was told of and is not over.
    alerts: Vec<Alert>,
    /// Absent if none was ever taken.
    last_backup: Option<LastBackup>,
    connections: Vec<ConnectionStatus>,
    /// The stored grants; none if another account than ours keeps them.
    grants: Vec<GrantStatus>,
    /// Sites of the mirror that are not configured any more.
    others: Vec<SiteStatus>,
}

#[derive(Debug, Serialize)]
struct Points {
    /// What the runs that ended within the last hour cost.
    last_hour: u64,
    /// The configured budget; absent for none.
    budget: Option<u32>,
    /// The accounts of the present hour, by app.
    apps: Vec<AppPoints>,
}

/// The account of one app.
#[derive(Debug, Serialize)]
struct AppPoints {
    app: String,
    /// Spent in the present hour.
    spent: u64,
    /// Left of it by the budget; absent without one.
    left: Option<u64>,
    /// When there are new ones.
    returns_at: Timestamp,
    /// Until when Atlassian refuses the app, if it does.
    refused_until: Option<Timestamp>,
}

#[derive(Debug, Serialize)]
struct ConnectionStatus {
    domain: Domain,
    /// What the daemon does with it at this moment.
    now: Option<Doing>,
    paused_since: Option<Timestamp>,
    consent: Consent,
    next_delta: Option<Timestamp>,
    next_sweep: Option<Timestamp>,
    /// Absent until the first run.
    mirror: Option<SiteStatus>,
}

/// What is known about the consent behind a connection.
#[derive(Debug, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
enum Consent {
    /// The connection signs in by other means.
    Unneeded { auth: &'static str },
    /// Nobody has consented.
    Missing,
    /// Another account than ours keeps the grants.
    Unreadable { reason: String },
    /// Atlassian does not know it any more.
    Withdrawn { account: String, at: Timestamp },
    Valid {
        account: String,
        consented_at: Timestamp,
        refreshed_at: Timestamp,
        next_refresh_at: Timestamp,
        /// When it dies unless it is refreshed, or of age.
        lasts_until: Timestamp,
    },
}

pub(super) async fn run(session: &mut Session) -> anyhow::Result<()> {
    let config = session.config()?;
    let now = session.clock.now();
    let daemon = Daemon::ask(&config).await;
    let overview = overview(&config, daemon, now)?;
    if session.out.is_json() {
        return Ok(session.out.json(&overview)?);
    }
    readable::print(&mut session.out, &overview, now)
}

fn overview(config: &Config, daemon: Daemon, now: Timestamp) -> anyhow::Result<Overview> {
    let reader = match Reader::open(&config.state_dir) {
        Ok(reader) => Some(reader),
        Err(Error::Missing { .. }) => None,
        Err(error) => return Err(error.into()),
    };
    let status = reader.as_ref().map(Reader::status).transpose()?;
    let database_size = status.as_ref().map(|status| status.database_size);
    let mut sites = status.map_or_else(Vec::new, |status| status.sites);
    let grants = grants(config);
    let mut pauses = reader.as_ref().map_or(Ok(BTreeMap::new()), Reader::pauses)?;
    let connections: Vec<_> = config
        .connections
        .iter()
        .map(|connection| ConnectionStatus {
            domain: connection.domain.clone(),
            paused_since: pauses.remove(&connection.domain),
            now: daemon.doing(&connection.domain),
            consent: consent(config, connection, &grants),
            next_delta: next(&connection.delta, config.sync.time_zone, now),
            next_sweep: next(&connection.sweep, config.sync.time_zone, now),
            mirror: take(&mut sites, &connection.domain),
        })
        .collect();
    Ok(Overview {
        daemon,
        connections,
        grants: grants
            .iter()
            .flatten()
            .map(|grant| GrantStatus::of(config, grant, now))
            .collect(),
        state_dir: config.state_dir.display().to_string(),
        database_size,
        points: points(config, reader.as_ref(), now)?,
        alerts: reader.as_ref().map_or(Ok(Vec::new()), Reader::alerts)?,
        last_backup: LastBackup::of(&config.state_dir),
        others: sites,
    })
}

fn take(sites: &mut Vec<SiteStatus>, domain: &Domain) -> Option<SiteStatus> {
    let at = sites.iter().position(|status| status.site == *domain)?;
    Some(sites.remove(at))
}

fn points(config: &Config, reader: Option<&Reader>, now: Timestamp) -> Result<Points, Error> {
    let runs = reader.map_or(Ok(Vec::new()), |reader| reader.runs(RUNS_OF_AN_HOUR))?;
    let an_hour_ago = now.minus(AN_HOUR);
    let recent = runs
        .iter()
        .filter(|run| run.finished_at.is_some_and(|at| at >= an_hour_ago));
    Ok(Points {
        last_hour: recent.map(|run| run.points).sum(),
        budget: config.limits.points_per_hour,
        apps: apps(config, reader, now)?,
    })
}

/// The accounts of the apps that have spent anything in the present hour.
fn apps(config: &Config, reader: Option<&Reader>, now: Timestamp) -> Result<Vec<AppPoints>, Error> {
    let known = reader.map_or(Ok(Vec::new()), Reader::spending)?;
    let is_present = |spending: &Spending| spending.hour <= now && now < spending.hour.plus(AN_HOUR);
    let refused = |spending: &Spending| spending.closed_until.filter(|until| now < *until);
    let told = known
        .into_iter()
        .filter(|spending| is_present(spending) || refused(spending).is_some());
    let account = told.map(|spending| {
        let spent = if is_present(&spending) { spending.points } else { 0 };
        let budget = config.limits.points_per_hour.map(u64::from);
        AppPoints {
            spent,
            left: match refused(&spending) {
                Some(_) => Some(0),
                None => budget.map(|budget| budget.saturating_sub(spent)),
            },
            returns_at: spending.hour.plus(AN_HOUR),
            refused_until: refused(&spending),
            app: spending.app,
        }
    });
    Ok(account.collect())
}

/// The stored grants, or why they cannot be read: the folder is the daemon's alone.
fn grants(config: &Config) -> Result<Vec<StoredGrant>, String> {
    let folder = config.credentials_dir();
    match folder.try_exists() {
        Ok(false) => return Ok(Vec::new()),
        Err(error) => return Err(error.to_string()),
        Ok(true) => {}
    }
    let store =
        app::stored_credentials(config).map_err(|error| format!("{:#}", anyhow::Error::new(error)))?;
    let grants = store.list().map_err(|error| error.to_string())?;
    grants
        .into_iter()
        .collect::<Result<_, _>>()
        .map_err(|error| error.to_string())
}

/// The grant that the daemon would use: a living one first, then the newest.
fn consent(config: &Config, connection: &Connection, grants: &Result<Vec<StoredGrant>, String>) -> Consent {
    if connection.auth != Auth::OAuth {
        return Consent::Unneeded {
            auth: connection.auth.as_str(),
        };
    }
    let grants = match grants {
        Ok(grants) => grants,
        Err(reason) => {
            return Consent::Unreadable {
                reason: reason.clone(),
            };
        }
    };
    let ours = grants
        .iter()
        .filter(|grant| grant.client_id == config.app.client_id);
    let best = ours
        .filter(|grant| grant.site(&connection.domain).is_some())
        .max_by_key(|grant| (grant.withdrawn.is_none(), grant.consented_at));
    let Some(grant) = best else {
        return Consent::Missing;
    };
    match &grant.withdrawn {
        Some(withdrawn) => Consent::Withdrawn {
            account: grant.account_name.clone(),
            at: withdrawn.at,
        },
        None => Consent::Valid {
            account: grant.account_name.clone(),
            consented_at: grant.consented_at,
            refreshed_at: grant.refreshed_at,
            next_refresh_at: grant.refreshed_at.plus(config.app.keep_alive),
            lasts_until: grant.dies_idle_at().min(grant.dies_of_age_at()),
        },
    }
}

/// When the schedule comes round next, before jitter.
fn next(cron: &Cron, zone: Tz, now: Timestamp) -> Option<Timestamp> {
    let now = now.as_utc().with_timezone(&zone);
    let next = cron.parsed().find_next_occurrence(&now, false).ok()?;
    Some(Timestamp::from_utc(next.to_utc()))
}
