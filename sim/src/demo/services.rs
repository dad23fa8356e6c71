//! One page per service, with its owner, what it depends on, and the alerts it can raise.

use super::DemoPage;
use super::markup::{
    bare, bullets, code, h2, issue, mention, p, page, panel, properties, status, table, text,
};
use super::runbooks;

/// What the page of a service says.
pub(super) struct Facts {
    pub(super) name: &'static str,
    pub(super) purpose: &'static str,
    pub(super) story: &'static str,
    owner: usize,
    language: &'static str,
    tier: u8,
    port: u16,
    store: &'static str,
    needs: &'static [(&'static str, &'static str)],
    epic: &'static str,
}

#[rustfmt::skip]
pub(super) const ALL: &[Facts] = &[
    Facts { name: "lockmaster", purpose: "Plans which vessel passes which lock, and when.", owner: 1, language: "Rust", tier: 1, port: 7001, store: "PostgreSQL 17", epic: "LOCK-118",
        story: "A lockage takes 20 to 45 minutes and cannot be undone half-way. lockmaster therefore plans in chambers rather than minutes: it fills a chamber as a packing problem, then gives every skipper one promise, the time by which the gate will open.",
        needs: &[("river-gauge", "water levels decide how long a lockage takes"), ("barge-tracker", "arrival estimates"), ("gatehouse", "who may change the plan")] },
    Facts { name: "river-gauge", purpose: "Collects water levels from 214 gauges every five minutes.", owner: 11, language: "Go", tier: 1, port: 7002, store: "TimescaleDB", epic: "HYD-12",
        story: "Gauges lie: ice lifts floats, spiders block ultrasonic heads, and one gauge at Maasbracht reports in inches. Each reading passes a plausibility check against its upstream neighbour before anybody may plan with it.",
        needs: &[("queue", "readings travel as messages")] },
    Facts { name: "barge-tracker", purpose: "Turns AIS position reports into arrival estimates.", owner: 10, language: "Rust", tier: 1, port: 7003, store: "PostgreSQL 17 + PostGIS", epic: "TRK-40",
        story: "AIS transponders report every ten seconds to three minutes, and a convoy of six barges has one transponder. The tracker joins positions with manifests to know how long the convoy is, which is what lock planning needs.",
        needs: &[("queue", "raw AIS sentences"), ("manifest", "which barges form a convoy")] },
    Facts { name: "manifest", purpose: "Cargo documents: what is on board, who owns it, whether it is dangerous.", owner: 10, language: "Kotlin", tier: 2, port: 7004, store: "PostgreSQL 17", epic: "MAN-77",
        story: "Manifests arrive as e-mail attachments, EDI messages and photographs of paper. Whatever the source, dangerous goods (ADN classes 1 to 9) must be known two hours before the first lock.",
        needs: &[("gatehouse", "customers see only their own cargo"), ("notice-board", "warnings about dangerous goods")] },
    Facts { name: "toll-engine", purpose: "Computes tolls and port dues and writes invoices.", owner: 6, language: "Java", tier: 2, port: 7005, store: "PostgreSQL 17", epic: "BILL-203",
        story: "A toll depends on tonnage, distance, cargo class and the empty-return rebate. Rates change on 1 January and on 1 July; the engine keeps every tariff it ever used, so that a disputed invoice can be recomputed years later.",
        needs: &[("manifest", "tonnage and cargo class"), ("lockmaster", "which locks were passed"), ("ledger-sync", "posts invoices")] },
    Facts { name: "notice-board", purpose: "Publishes notices to skippers: closures, low bridges, currents.", owner: 5, language: "Python", tier: 1, port: 7006, store: "PostgreSQL 17", epic: "NTS-9",
        story: "Notices follow the international standard for Notices to Skippers (NtS 4.0) in XML. Each is translated into seven languages before it is sent; a notice that concerns safety is sent at once in English and translated afterwards.",
        needs: &[("river-gauge", "bridge clearances follow the water level"), ("queue", "delivery")] },
    Facts { name: "crew-roster", purpose: "Shifts of lock keepers, and rest periods on board.", owner: 5, language: "Elixir", tier: 2, port: 7007, store: "PostgreSQL 17", epic: "CREW-31",
        story: "Sailing modes A1, A2 and B allow 14, 18 and 24 hours under way. The roster refuses a plan that breaks a rest period and tells the planner by how many minutes.",
        needs: &[("gatehouse", "identities"), ("lockmaster", "manned hours of each lock")] },
    Facts { name: "gatehouse", purpose: "Sign-in, roles, and the keys that machines use.", owner: 1, language: "Rust", tier: 1, port: 7008, store: "PostgreSQL 17", epic: "AUTH-88",
        story: "Everything that can open a physical gate needs two people: one who asks and one who confirms within sixty seconds. gatehouse enforces that rule for software too: no service can grant itself a role.",
        needs: &[] },
    Facts { name: "slipway-web", purpose: "The customer portal: bookings, tracking, invoices.", owner: 2, language: "TypeScript", tier: 2, port: 7009, store: "none", epic: "WEB-512",
        story: "Skippers open the portal on a wet phone in a wheelhouse with one bar of signal. The first screen must work within 60 KB, and every form keeps its contents when the connection drops.",
        needs: &[("lockmaster", "booking windows"), ("barge-tracker", "the map"), ("toll-engine", "invoices"), ("chart-tiles", "the chart under the map")] },
    Facts { name: "pilot-app", purpose: "The mobile app for skippers, offline first.", owner: 2, language: "Kotlin Multiplatform", tier: 2, port: 7010, store: "SQLite on the device", epic: "APP-266",
        story: "Between Bingen and St. Goar there is no signal for nineteen kilometres. The app carries the next 48 hours of bookings, notices and charts with it and reconciles on the far side of the gorge.",
        needs: &[("slipway-web", "shares its interface"), ("notice-board", "notices on board"), ("chart-tiles", "offline charts")] },
    Facts { name: "ledger-sync", purpose: "Carries invoices and payments between us and the accounting system.", owner: 6, language: "Java", tier: 3, port: 7011, store: "PostgreSQL 17", epic: "BILL-250",
        story: "Accounting closes a month once and for ever. ledger-sync posts each document exactly once, proves it with a daily reconciliation, and refuses to post into a closed month rather than guess.",
        needs: &[("toll-engine", "invoices"), ("queue", "postings")] },
    Facts { name: "chart-tiles", purpose: "Serves electronic navigational charts as map tiles.", owner: 11, language: "Go", tier: 3, port: 7012, store: "object storage", epic: "MAP-54",
        story: "Inland charts (IENC, edition 2.4) are published weekly by nine authorities. We render them once into vector tiles at fourteen zoom levels; depths are recoloured on the fly from the nearest gauge.",
        needs: &[("river-gauge", "live depths")] },
    Facts { name: "dredge-planner", purpose: "Decides where the dredger goes next week.", owner: 11, language: "Python", tier: 3, port: 7013, store: "PostgreSQL 17 + PostGIS", epic: "HYD-40",
        story: "Surveys show how fast each reach silts up; traffic shows which reaches matter. The planner ranks reaches by tonnes of draught lost per euro of dredging, and publishes its ranking so that it can be argued with.",
        needs: &[("river-gauge", "levels"), ("barge-tracker", "traffic per reach")] },
    Facts { name: "queue", purpose: "The message log every other service reads from.", owner: 8, language: "NATS JetStream", tier: 1, port: 4222, store: "replicated streams", epic: "PLAT-140",
        story: "Three nodes in three buildings, none of them below the hundred-year flood line. Streams keep 72 hours, because the longest lock closure we ever recovered from lasted 51.",
        needs: &[] },
];

pub(super) fn pages() -> Vec<DemoPage> {
    ALL.iter()
        .zip(3..)
        .map(|(facts, nth)| describe(facts, nth))
        .collect()
}

fn describe(facts: &Facts, nth: u32) -> DemoPage {
    DemoPage {
        title: facts.name.to_owned(),
        parent: Some("Services".to_owned()),
        author: facts.owner,
        labels: vec!["service", if facts.tier == 1 { "tier-1" } else { "tier-2-3" }],
        days_ago: nth * 11 % 97,
        body: [
            properties(&properties_of(facts)),
            bare("toc"),
            h2("What it does"),
            p(&format!(
                "<strong>{}</strong> {}",
                text(facts.purpose),
                text(facts.story)
            )),
            h2("Dependencies"),
            dependencies(facts),
            h2("Alerts"),
            alerts(facts),
            h2("Running it locally"),
            code("bash", &locally(facts)),
            h2("Roadmap"),
            p(&format!("Planned work is collected in {}.", issue(facts.epic))),
        ]
        .concat(),
    }
}

fn properties_of(facts: &Facts) -> Vec<(&'static str, String)> {
    let tier = match facts.tier {
        1 => status("Red", "Tier 1"),
        2 => status("Yellow", "Tier 2"),
        _ => status("Green", "Tier 3"),
    };
    vec![
        ("Owner", mention(facts.owner)),
        ("Tier", tier),
        ("Language", text(facts.language)),
        ("Port", facts.port.to_string()),
        ("Store", text(facts.store)),
    ]
}

fn dependencies(facts: &Facts) -> String {
    if facts.needs.is_empty() {
        return panel(
            "tip",
            "None. Keep it that way: everything else starts after this one.",
        );
    }
    let rows: Vec<_> = facts
        .needs
        .iter()
        .map(|(name, why)| vec![page(name), text(why), users_of(name).to_string()])
        .collect();
    table(&["Service", "Why", "Services that need it"], &rows)
}

fn users_of(name: &str) -> usize {
    ALL.iter()
        .filter(|other| other.needs.iter().any(|(needed, _)| *needed == name))
        .count()
}

fn alerts(facts: &Facts) -> String {
    let raised: Vec<_> = runbooks::of(facts.name)
        .map(|alert| format!("<code>{}</code>: {}", alert.name, page(&runbooks::title(alert))))
        .collect();
    if raised.is_empty() {
        p("No alert pages anyone.")
    } else {
        bullets(raised)
    }
}

fn locally(facts: &Facts) -> String {
    format!(
        "just up {name}            # starts {name} and what it needs\ncurl -s localhost:{port}/healthz | jq .\njust logs {name} --since 10m",
        name = facts.name,
        port = facts.port
    )
}
