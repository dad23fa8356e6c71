//! Post-mortems, with timelines.

use super::DemoPage;
use super::markup::{
    bullets, date, h2, issue, mention, p, page, panel, properties, status, table, tasks, text,
};

struct Incident {
    number: u32,
    title: &'static str,
    service: &'static str,
    severity: u8,
    /// When it happened, in days before the demo starts.
    days_ago: u32,
    minutes: u32,
    impact: &'static str,
    timeline: &'static [(&'static str, &'static str)],
    cause: &'static str,
    luck: &'static str,
    actions: [&'static str; 2],
}

#[rustfmt::skip]
const INCIDENTS: &[Incident] = &[
    Incident { number: 201, title: "May trips invoiced for June", service: "toll-engine", severity: 3, days_ago: 540, minutes: 410, impact: "312 invoices carried the wrong day; none had been paid.",
        timeline: &[("06:10", "A customer asks why her trip on 31 May was invoiced for 1 June."), ("07:30", "Reproduced with any trip that ends after 23:00 local time."), ("13:00", "Corrected documents posted.")],
        cause: "The day was taken after adding the time zone twice, see ADR-004.", luck: "The month was still open.", actions: ["Test the invoice run with the last hour of every month", "Show the local day on the invoice preview"] },
    Incident { number: 202, title: "Spider web on the Cochem gauge", service: "river-gauge", severity: 2, days_ago: 480, minutes: 95, impact: "A false level of 4.12 m closed the lock for an hour and a half; eleven vessels waited.",
        timeline: &[("04:02", "Level jumps by 61 cm, GaugeImplausible pages."), ("04:20", "Neighbour gauges show nothing, but the quarantine needs two people."), ("05:37", "Keeper removes a web, and its spider, from the ultrasonic head.")],
        cause: "The plausibility check compared with the downstream gauge only, which was in maintenance.", luck: "It was dry, so nobody believed the flood.", actions: ["Compare with both neighbours", "Add brushes to the yearly gauge inspection"] },
    Incident { number: 203, title: "Portal bundle shipped with source maps", service: "slipway-web", severity: 3, days_ago: 427, minutes: 140, impact: "First screen of 2.3 MB instead of 58 KB; complaints from the gorge.",
        timeline: &[("09:00", "Release 2.61 goes out."), ("09:25", "PortalSlow pages, for mobile networks only."), ("11:20", "Rolled back.")],
        cause: "A build option changed its default in a minor version.", luck: "Monday morning traffic is low.", actions: ["Fail the build above 60 KB", "Pin the bundler"] },
    Incident { number: 204, title: "Double-booked chamber at Feudenheim", service: "lockmaster", severity: 1, days_ago: 390, minutes: 33, impact: "Two convoys of 185 m were promised the 14:20 lockage. One turned back in the outer harbour in a cross wind.",
        timeline: &[("14:02", "Keeper calls: two convoys, one chamber."), ("14:09", "Plan stopped, promises read aloud over VHF."), ("14:35", "Second convoy moored safely; new promise 15:05.")],
        cause: "A booking moved by hand kept its old promise, because the promise was looked up by vessel and not by booking.", luck: "Two experienced skippers.", actions: ["A promise belongs to a booking", "Alert ChamberDoubleBooked pages at once, not after five minutes"] },
    Incident { number: 205, title: "Expired certificate of the VHF gateway", service: "notice-board", severity: 2, days_ago: 327, minutes: 52, impact: "Two bridge clearance warnings arrived 50 minutes late.",
        timeline: &[("00:00", "Certificate expires."), ("00:11", "NoticeUndelivered pages."), ("00:52", "New certificate issued by the second person, woken up.")],
        cause: "The certificate was renewed in time, on the machine that had been replaced.", luck: "No high vessel was under way.", actions: ["Watch the certificate from outside", "Put gateway renewals in gatehouse"] },
    Incident { number: 206, title: "Queue lost its quorum during the flood drill", service: "queue", severity: 1, days_ago: 270, minutes: 51, impact: "Nothing could be written for 51 minutes; locks ran by hand.",
        timeline: &[("10:00", "Drill closes flood gate 3, and with it a fibre nobody had on the plan."), ("10:02", "QuorumLost pages everybody."), ("10:40", "Gate opened by hand crank."), ("10:51", "Streams in step again.")],
        cause: "Two of three routes shared a duct under the gate.", luck: "It was a drill.", actions: ["Third route over the bridge", "Draw ducts on the architecture diagram"] },
    Incident { number: 207, title: "Rest period violated by daylight saving", service: "crew-roster", severity: 3, days_ago: 239, minutes: 600, impact: "Fourteen night shifts were planned one hour short of rest.",
        timeline: &[("08:00", "A keeper counts on her fingers and calls the people team."), ("12:30", "All fourteen shifts split."), ("18:00", "Roster published again.")],
        cause: "Rest was computed in local time. See ADR-004.", luck: "She counted.", actions: ["Property test: rest never depends on the clock change", "Say thank you to Anneke"] },
    Incident { number: 208, title: "UN 1202 read as UN 1002", service: "manifest", severity: 1, days_ago: 190, minutes: 25, impact: "A diesel barge was announced as compressed air for 25 minutes.",
        timeline: &[("16:40", "Lock keeper sees the placard and the display disagree."), ("16:44", "Second person confirms 1202."), ("17:05", "Parser switched to manual for scans below 200 dpi.")],
        cause: "A fold in the paper. The confidence was 0.71 and the threshold 0.70.", luck: "The keeper looked out of the window.", actions: ["Two readings must agree", "Threshold 0.95 for UN numbers"] },
    Incident { number: 209, title: "Arrival estimates from a phone in a car", service: "barge-tracker", severity: 3, days_ago: 150, minutes: 180, impact: "A barge appeared to sail at 110 km/h along the A61.",
        timeline: &[("11:15", "A customer is delighted with his arrival time."), ("11:40", "Transponder of the vessel found to be off; the app reported instead."), ("14:15", "Positions off the waterway are ignored.")],
        cause: "The skipper drove home with the ship's phone.", luck: "Nobody planned a lockage with it.", actions: ["Match positions to the waterway network", "Show the source of a position"] },
    Incident { number: 210, title: "Chart import recoloured the Danube", service: "chart-tiles", severity: 3, days_ago: 110, minutes: 240, impact: "Depths between Vilshofen and Passau were shown in feet colours.",
        timeline: &[("07:00", "Weekly import."), ("08:30", "Three skippers report purple water."), ("11:00", "Previous edition restored.")],
        cause: "A new edition used a unit attribute we ignored.", luck: "Purple is not a depth colour, so all noticed.", actions: ["Reject unknown units", "Compare the histogram of depths with last week's"] },
    Incident { number: 211, title: "Sign-in storm after the tablet update", service: "gatehouse", severity: 2, days_ago: 80, minutes: 38, impact: "Keepers could not confirm commands; 7 lockages late.",
        timeline: &[("05:30", "214 tablets restart and sign in within one second."), ("05:34", "ConfirmationTimeouts pages."), ("06:08", "Sign-ins spread over ten minutes.")],
        cause: "The update had no jitter, the limiter no queue.", luck: "Low water, few vessels.", actions: ["Jitter of ten minutes for fleet updates", "Confirmations bypass the sign-in limiter"] },
    Incident { number: 212, title: "Reconciliation off by 0.01 € for a week", service: "ledger-sync", severity: 3, days_ago: 42, minutes: 10080, impact: "One cent per day. No customer noticed, the auditor did.",
        timeline: &[("Mon", "ReconciliationOff: 1 cent, below the threshold."), ("Fri", "5 cents."), ("Mon", "Rounding of the empty-return rebate found.")],
        cause: "Half-even in one service, half-up in the other.", luck: "A cent.", actions: ["Round once, in toll-engine", "Alert on any difference that repeats"] },
];

pub(super) fn pages() -> Vec<DemoPage> {
    INCIDENTS.iter().map(write).collect()
}

fn write(incident: &Incident) -> DemoPage {
    let days_ago = incident.days_ago - 3;
    DemoPage {
        title: format!("INC-{}: {}", incident.number, incident.title),
        parent: Some("Post-mortems".to_owned()),
        author: [8, 1, 0][incident.number as usize % 3],
        labels: vec![
            "post-mortem",
            if incident.severity == 1 {
                "sev-1"
            } else {
                "sev-2-3"
            },
        ],
        days_ago,
        body: [
            properties_of(incident),
            panel("info", &text(incident.impact)),
            h2("Timeline"),
            timeline(incident),
            h2("Cause"),
            p(&text(incident.cause)),
            h2("Where we were lucky"),
            p(&text(incident.luck)),
            h2("Actions"),
            actions(incident, days_ago),
        ]
        .concat(),
    }
}

fn properties_of(incident: &Incident) -> String {
    let (colour, severity) = match incident.severity {
        1 => ("Red", "SEV 1"),
        2 => ("Yellow", "SEV 2"),
        _ => ("Blue", "SEV 3"),
    };
    properties(&[
        ("Severity", status(colour, severity)),
        ("Date", date(incident.days_ago)),
        ("Duration", format!("{} minutes", incident.minutes)),
        ("Service", page(incident.service)),
        ("Ticket", issue(&format!("INC-{}", incident.number))),
    ])
}

fn timeline(incident: &Incident) -> String {
    let rows: Vec<_> = incident
        .timeline
        .iter()
        .map(|(at, what)| vec![text(at), text(what)])
        .collect();
    table(&["At", "What happened"], &rows)
}

fn actions(incident: &Incident, days_ago: u32) -> String {
    let owners = [incident.number as usize % 12, (incident.number as usize + 5) % 12];
    let due = days_ago.saturating_sub(25);
    let items: Vec<_> = incident
        .actions
        .iter()
        .zip(owners)
        .zip([true, days_ago > 60])
        .map(|((action, owner), done)| {
            (
                done,
                format!("{} {}, due {}", mention(owner), text(action), date(due)),
            )
        })
        .collect();
    tasks(&items)
}

/// The post-mortem of an incident that is still going on, after `updates` of its updates.
pub(super) fn unfolding(cycle: usize, updates: usize) -> String {
    const UPDATES: [&str; 4] = [
        "Keepers report amber displays at the upper gate. Plans are published by hand.",
        "The solver waits for a level that never comes: the gauge register has a new row without a unit.",
        "Row corrected, levels flow, the first plan in forty minutes is out.",
        "All promises kept since 20 minutes. Closing; review on Thursday.",
    ];
    let lines = UPDATES.iter().take(updates).zip(1..).map(|(update, nth)| {
        let minutes = cycle * 7 % 20 + nth * 12;
        format!("<strong>+{minutes} min</strong> {}", text(update))
    });
    let state = if updates >= UPDATES.len() {
        status("Green", "Resolved")
    } else {
        status("Red", "Investigating")
    };
    [
        p(&format!(
            "{state} Incident lead: {}, scribe: {}.",
            mention(8),
            mention([0, 1, 5, 10][cycle % 4])
        )),
        panel(
            "note",
            "This page is being written while the incident is going on.",
        ),
        h2("Updates"),
        if updates == 0 {
            p("None yet.")
        } else {
            bullets(lines)
        },
    ]
    .concat()
}

/// The number and name of the incident that happens in the `cycle`th cycle of events.
pub(super) fn next(cycle: usize) -> String {
    const NAMES: [&str; 6] = [
        "No new plans at Obernau lock",
        "Levels frozen on the upper reach",
        "Displays amber between two locks",
        "Planner waits for a gauge",
        "Promises slip by a quarter of an hour",
        "Solver out of memory on market day",
    ];
    format!("INC-{}: {}", 213 + cycle, NAMES[cycle % NAMES.len()])
}
