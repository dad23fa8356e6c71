//! The metrics page, in the text format of Prometheus: what the mirror holds, and how its upkeep goes.

mod gauges;

use std::collections::BTreeMap;
use std::time::Duration;

use prometheus::TextEncoder;

use super::App;
use crate::auth::StoredGrant;
use crate::control::Failed;
use crate::daemon::Board;
use crate::model::Timestamp;
use crate::store::{SiteStatus, Status};

use gauges::{Gauges, Reading};

const DAY: Duration = Duration::from_hours(24);

impl App {
    /// The metrics at this moment.
    pub(super) async fn metrics(&self, board: &Board) -> Result<String, Failed> {
        let reader = self.store.reader();
        let read = tokio::task::spawn_blocking(move || reader.status()).await;
        let status = read
            .map_err(|error| error.to_string())?
            .map_err(|error| error.to_string())?;
        let grants = self.grants_alive().await;
        self.page(board, &status, &grants)
            .map_err(|error| error.to_string())
    }

    async fn grants_alive(&self) -> Vec<StoredGrant> {
        let Some(grants) = &self.grants else {
            return Vec::new();
        };
        // What cannot be read is told elsewhere, and more than once.
        let all = grants.all().await.unwrap_or_default();
        all.into_iter().flatten().map(|(grant, _)| grant).collect()
    }

    fn page(
        &self,
        board: &Board,
        status: &Status,
        grants: &[StoredGrant],
    ) -> Result<String, prometheus::Error> {
        let now = self.clock.now();
        let mut gauges = Gauges::default();
        let version = env!("CARGO_PKG_VERSION");
        gauges.add(
            "millpond_build_info",
            "The release that runs",
            &["version"],
            [(vec![version.to_owned()], 1.0)],
        )?;
        of_connections(&mut gauges, board)?;
        of_sites(&mut gauges, &status.sites, now)?;
        of_grants(&mut gauges, grants, now)?;
        self.of_points(&mut gauges)?;
        let size = [(Vec::new(), count(status.database_size))];
        gauges.add(
            "millpond_database_bytes",
            "The size of the database, without its log",
            &[],
            size,
        )?;
        let mut families = gauges.families();
        families.extend(self.traffic.families());
        TextEncoder::new().encode_to_string(&families)
    }

    /// What is left of the points, once for each app.
    fn of_points(&self, gauges: &mut Gauges) -> Result<(), prometheus::Error> {
        let mut left = BTreeMap::new();
        for sign_in in self.ways.iter() {
            if let (Some(spending), Some(points)) = (sign_in.points.spending(), sign_in.points.balance().left)
            {
                left.insert(spending.app, points);
            }
        }
        let left = left.into_iter().map(|(app, points)| (vec![app], count(points)));
        gauges.add(
            "millpond_points_left",
            "Points of the app that are left in the present hour",
            &["app"],
            left,
        )
    }
}

fn of_connections(gauges: &mut Gauges, board: &Board) -> Result<(), prometheus::Error> {
    let states = board.standings().into_iter();
    let states =
        states.map(|(domain, standing)| (vec![domain.to_string(), standing.state.as_str().to_owned()], 1.0));
    let help = "1 for what the connection does at this moment";
    gauges.add("millpond_connection_state", help, &["site", "state"], states)
}

fn of_sites(gauges: &mut Gauges, sites: &[SiteStatus], now: Timestamp) -> Result<(), prometheus::Error> {
    let successes = each(sites, |site| {
        let of_mode = |(mode, at): (&String, &Timestamp)| (vec![mode.clone()], seconds(*at));
        site.succeeded.iter().map(of_mode).collect()
    });
    let help = "When the last good run of the connection ended, by mode";
    gauges.add(
        "millpond_last_success_timestamp_seconds",
        help,
        &["site", "mode"],
        successes,
    )?;
    let ages = each(sites, |site| {
        let marks = site.spaces.iter().filter_map(|space| site.up_to(space));
        let oldest = marks.min().map(|at| (Vec::new(), now.since(at).as_secs_f64()));
        oldest.into_iter().collect()
    });
    let help = "How far the mirror is behind: the age of its oldest watermark, or of the last run that found nothing newer";
    gauges.add("millpond_watermark_age_seconds", help, &["site"], ages)?;
    let content = each(sites, content);
    gauges.add(
        "millpond_content",
        "What is mirrored and lives, by kind",
        &["site", "kind"],
        content,
    )?;
    let gone = each(sites, |site| {
        vec![(
            Vec::new(),
            count(site.spaces.iter().map(|space| space.gone).sum()),
        )]
    });
    gauges.add(
        "millpond_tombstones",
        "What was mirrored and is gone upstream",
        &["site"],
        gone,
    )?;
    let findings = each(sites, findings);
    gauges.add(
        "millpond_findings",
        "What could not be mirrored, by kind",
        &["site", "kind"],
        findings,
    )?;
    let files = each(sites, |site| vec![(Vec::new(), count(site.annexes.file_bytes))]);
    gauges.add(
        "millpond_attachment_bytes",
        "The size of the downloaded files",
        &["site"],
        files,
    )
}

/// The readings of every site, with its domain as their first label.
fn each(sites: &[SiteStatus], reading: impl Fn(&SiteStatus) -> Vec<Reading>) -> Vec<Reading> {
    let of_site = |site: &SiteStatus| {
        let readings = reading(site).into_iter();
        let named = readings.map(|(labels, value)| ([vec![site.site.to_string()], labels].concat(), value));
        named.collect::<Vec<_>>()
    };
    sites.iter().flat_map(of_site).collect()
}

fn content(site: &SiteStatus) -> Vec<Reading> {
    let mut kinds: BTreeMap<&str, u64> = BTreeMap::new();
    for (kind, of_kind) in site.spaces.iter().flat_map(|space| &space.completeness) {
        *kinds.entry(kind).or_default() += of_kind.mirrored;
    }
    kinds.insert("comment", site.annexes.comments);
    kinds.insert("attachment", site.annexes.attachments);
    let reading = |(kind, mirrored): (&str, u64)| (vec![kind.to_owned()], count(mirrored));
    kinds.into_iter().map(reading).collect()
}

fn findings(site: &SiteStatus) -> Vec<Reading> {
    let mut kinds: BTreeMap<&str, u64> = BTreeMap::new();
    for finding in &site.findings {
        *kinds.entry(&finding.kind).or_default() += 1;
    }
    let reading = |(kind, open): (&str, u64)| (vec![kind.to_owned()], count(open));
    kinds.into_iter().map(reading).collect()
}

fn of_grants(gauges: &mut Gauges, grants: &[StoredGrant], now: Timestamp) -> Result<(), prometheus::Error> {
    let labelled = |value: &dyn Fn(&StoredGrant) -> f64| -> Vec<Reading> {
        let reading = |grant: &StoredGrant| (vec![grant.id.to_string()], value(grant));
        grants.iter().map(reading).collect()
    };
    let days = |until: Timestamp| until.since(now).as_secs_f64() / DAY.as_secs_f64();
    let idle = labelled(&|grant| days(grant.dies_idle_at()));
    let help = "Days until the grant ends unless it is refreshed";
    gauges.add("millpond_grant_idle_days_left", help, &["grant"], idle)?;
    let age = labelled(&|grant| days(grant.dies_of_age_at()));
    let help = "Days until the grant may end in any case";
    gauges.add("millpond_grant_age_days_left", help, &["grant"], age)?;
    let withdrawn = labelled(&|grant| f64::from(u8::from(grant.withdrawn.is_some())));
    gauges.add(
        "millpond_grant_withdrawn",
        "1 if a person must consent again",
        &["grant"],
        withdrawn,
    )
}

#[expect(
    clippy::cast_precision_loss,
    reason = "exact up to 2^53, far beyond what is counted here"
)]
fn count(of: u64) -> f64 {
    of as f64
}

#[expect(
    clippy::cast_precision_loss,
    reason = "exact up to 2^53, for some hundred thousand years"
)]
fn seconds(at: Timestamp) -> f64 {
    at.as_utc().timestamp_millis() as f64 / 1000.0
}
