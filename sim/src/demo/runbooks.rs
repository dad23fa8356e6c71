//! One runbook per alert.

use super::DemoPage;
use super::markup::{code, h2, mention, p, page, panel, steps, text};

/// An alert, and what to do about it.
pub(super) struct Alert {
    pub(super) name: &'static str,
    service: &'static str,
    symptom: &'static str,
    query: &'static str,
    checks: [&'static str; 3],
    fix: &'static str,
    careful: &'static str,
}

#[rustfmt::skip]
const ALERTS: &[Alert] = &[
    Alert { name: "PlanStale", service: "lockmaster", symptom: "No new lock plan for ten minutes; displays at the locks show an amber clock.", query: "time() - max(lockmaster_plan_published_timestamp_seconds) > 600",
        checks: ["Is the solver still running? A plan for more than 60 vessels can take four minutes.", "Does the log say `no feasible chamber`? Then one vessel is longer than the lock it is booked for.", "Are water levels fresh? A plan is not published on levels older than 15 minutes."],
        fix: "lockctl plan publish --last-feasible", careful: "Publishing the last feasible plan freezes arrivals for one cycle. Tell the duty lock keeper before you do it." },
    Alert { name: "ChamberDoubleBooked", service: "lockmaster", symptom: "Two vessels hold a promise for the same chamber and cycle.", query: "lockmaster_double_bookings > 0",
        checks: ["Which vessel was promised first? The `promises` table has the instant.", "Did somebody move a booking by hand during the last hour?", "Do both vessels fit together after all? Compare their lengths with the chamber."],
        fix: "lockctl promise move --vessel ENI --next-cycle", careful: "Never cancel a promise to a vessel with dangerous goods: it may not wait in the outer harbour." },
    Alert { name: "GaugeSilent", service: "river-gauge", symptom: "A gauge has not reported for thirty minutes.", query: "time() - river_gauge_last_reading_seconds > 1800",
        checks: ["Is the neighbour gauge silent too? Then it is the radio mast, not the gauge.", "Look at the battery voltage of the last reading; below 11.4 V the modem gives up.", "Is there ice? Floats freeze from about -6 °C."],
        fix: "gaugectl substitute --gauge ID --from-neighbours", careful: "A substituted level is marked as estimated. Clearance warnings for bridges stay on until a real reading arrives." },
    Alert { name: "GaugeImplausible", service: "river-gauge", symptom: "A level jumped by more than 30 cm between two readings.", query: "abs(delta(river_gauge_level_metres[10m])) > 0.3",
        checks: ["Did a lock upstream empty a chamber? That explains up to 20 cm at Feudenheim.", "Is it the same in the camera picture?", "Does the unit of the gauge match its register entry?"],
        fix: "gaugectl quarantine --gauge ID --hours 6", careful: "During a flood wave 30 cm in ten minutes is real. Check the flood bulletin first." },
    Alert { name: "AisFeedLag", service: "barge-tracker", symptom: "Positions on the map are more than five minutes old.", query: "barge_tracker_feed_lag_seconds > 300",
        checks: ["Which receiver lags? One of nine is a receiver, all of nine is the queue.", "Is the consumer paused for a deployment?", "Has a leap of the clock confused the receiver at Cochem again?"],
        fix: "natsctl consumer reset ais-raw --to now", careful: "Resetting to now throws the backlog away. Arrival estimates need about twelve minutes to settle." },
    Alert { name: "ConvoyLengthUnknown", service: "barge-tracker", symptom: "A convoy approaches a lock and nobody knows how long it is.", query: "barge_tracker_unknown_length_within_20km > 0",
        checks: ["Is there a manifest for the pusher?", "Ask the lock keeper upstream; they measured it this morning.", "Look at the camera of the last bridge."],
        fix: "trackctl convoy set --pusher ENI --length-m 185", careful: "Guess long, never short." },
    Alert { name: "ManifestOverdue", service: "manifest", symptom: "A vessel is two hours from its first lock without a manifest.", query: "manifest_missing_within_hours{hours=\"2\"} > 0",
        checks: ["Is an e-mail waiting in quarantine?", "Did the EDI partner change its certificate?", "Is the vessel sailing empty? Then a one-line declaration is enough."],
        fix: "manifestctl request --vessel ENI --channel vhf", careful: "If the cargo may be dangerous, call the skipper; do not wait for the channel." },
    Alert { name: "DangerousGoodsUnreadable", service: "manifest", symptom: "A document mentions a UN number that the parser could not read.", query: "increase(manifest_un_number_unreadable_total[15m]) > 0",
        checks: ["Open the scan and read the number yourself.", "Is it one of the old four-digit codes with a suffix?", "Compare with the placard on the camera picture."],
        fix: "manifestctl un set --document ID --number 1203", careful: "Two people confirm a UN number: gatehouse asks the second one." },
    Alert { name: "InvoiceRunFailed", service: "toll-engine", symptom: "The nightly invoice run stopped before the end.", query: "toll_engine_invoice_run_success == 0",
        checks: ["Which customer stopped it? The run is ordered by customer number.", "Is a tariff missing for a new cargo class?", "Did the database fail over at 02:00?"],
        fix: "tollctl run resume --from-customer NUMBER", careful: "Resume, never restart: a restarted run numbers invoices anew." },
    Alert { name: "TariffGap", service: "toll-engine", symptom: "A trip falls into a day for which no tariff is valid.", query: "toll_engine_trips_without_tariff > 0",
        checks: ["Has the new tariff been signed?", "Is the trip's date right? Photographed papers are often read as 2062.", "Does the cargo class exist in the tariff?"],
        fix: "tollctl tariff extend --id ID --until DATE", careful: "Only the finance lead extends a tariff; the command asks for a second person." },
    Alert { name: "NoticeUndelivered", service: "notice-board", symptom: "A safety notice has not reached every vessel within ten minutes.", query: "notice_board_undelivered{class=\"safety\"} > 0",
        checks: ["Which vessels? Those in the gorge get it on the far side.", "Is the VHF gateway up?", "Has the translation blocked the sending? It must not for safety."],
        fix: "noticectl resend --notice ID --channel vhf", careful: "Resending on VHF interrupts traffic on channel 18. Keep it under fifteen seconds." },
    Alert { name: "RestPeriodViolated", service: "crew-roster", symptom: "A published shift breaks a rest period.", query: "crew_roster_rest_violations > 0",
        checks: ["Was it true when published, or did a delay make it so?", "Is there a relief keeper within 40 km?", "Is the sailing mode of the vessel still the right one?"],
        fix: "rosterctl shift split --id ID", careful: "A lock without a keeper closes. Warn lock operations before the shift ends." },
    Alert { name: "SignInErrors", service: "gatehouse", symptom: "More than five per cent of sign-ins fail.", query: "rate(gatehouse_sign_in_failed_total[5m]) / rate(gatehouse_sign_in_total[5m]) > 0.05",
        checks: ["One customer or all? One customer is usually an expired certificate of theirs.", "Has the signing key been rotated in the last hour?", "Is the clock of any node off by more than 30 seconds?"],
        fix: "gatectl keys promote --previous", careful: "Promoting the previous key signs out everybody who came in with the new one." },
    Alert { name: "ConfirmationTimeouts", service: "gatehouse", symptom: "Second-person confirmations time out.", query: "increase(gatehouse_confirmation_timeout_total[10m]) > 3",
        checks: ["Are the confirmation tablets online?", "Is a shift change under way?", "Is it always the same lock?"],
        fix: "gatectl confirm extend --seconds 120 --lock NAME", careful: "Sixty seconds is a safety rule. The extension ends by itself after one hour and is reported." },
    Alert { name: "PortalSlow", service: "slipway-web", symptom: "The first screen takes more than four seconds for one user in twenty.", query: "histogram_quantile(0.95, rate(slipway_first_screen_seconds_bucket[5m])) > 4",
        checks: ["Which country? A slow mobile network is not ours to fix.", "Is the bundle above 60 KB since the last release?", "Is lockmaster slow to answer for booking windows?"],
        fix: "slipctl feature off live-map", careful: "Without the live map, customers telephone. Tell the help desk." },
    Alert { name: "SyncConflictsHigh", service: "pilot-app", symptom: "Many devices come back from the gorge with conflicting bookings.", query: "increase(pilot_app_sync_conflicts_total[1h]) > 50",
        checks: ["Did a booking window change while they were away?", "Is one app version over-represented?", "Are the clocks of the devices right?"],
        fix: "appctl conflicts resolve --prefer promise", careful: "`--prefer promise` keeps what the lock keeper has told the skipper, which is what both remember." },
    Alert { name: "ReconciliationOff", service: "ledger-sync", symptom: "The daily reconciliation differs by more than one cent.", query: "abs(ledger_sync_reconciliation_cents) > 1",
        checks: ["Is the difference a single invoice? Look for exactly that amount.", "Was a payment reversed after midnight?", "Is the month closed?"],
        fix: "ledgerctl reconcile explain --day DATE", careful: "Nobody posts a correction on the day it is found. Explain first, correct tomorrow." },
    Alert { name: "ChartEditionOld", service: "chart-tiles", symptom: "A chart edition in use has been withdrawn by its authority.", query: "chart_tiles_withdrawn_editions > 0",
        checks: ["Which authority? The Danube charts come in batches on Thursdays.", "Has the import failed on a new object class?", "Is the withdrawn cell on a reach we sail?"],
        fix: "chartctl import --authority CODE --edition latest", careful: "Old tiles stay on devices for up to 48 hours: publish a notice if depths changed." },
    Alert { name: "SurveyMissing", service: "dredge-planner", symptom: "A reach with much traffic has no survey this quarter.", query: "dredge_planner_reaches_without_survey > 0",
        checks: ["Did the survey boat sail? High water cancels it.", "Is the file in the drop folder with the wrong extension?", "Does the reach still have its old name?"],
        fix: "dredgectl survey import --file PATH", careful: "Ranking with an old survey overstates the depth. Mark the reach as unknown." },
    Alert { name: "StreamNearLimit", service: "queue", symptom: "A stream holds more than 80 per cent of what it may.", query: "nats_stream_bytes / nats_stream_limit_bytes > 0.8",
        checks: ["Which consumer is behind?", "Has somebody turned on debug sentences on the AIS receivers?", "Will 72 hours be cut short tonight?"],
        fix: "natsctl stream edit NAME --max-bytes 200GB", careful: "Check the free space of all three nodes first; the smallest decides." },
    Alert { name: "QuorumLost", service: "queue", symptom: "Fewer than two of three nodes answer. Nothing is written anywhere.", query: "count(nats_up == 1) < 2",
        checks: ["Is it the power or the network? Call the building, not the machine.", "Is a flood gate closed between the sites? The fibre runs through it.", "Which node was the leader?"],
        fix: "natsctl cluster peer-remove NODE", careful: "Never remove a peer that may come back: two halves that both believe in themselves cost us 2024-02-11." },
];

/// The title of an alert's runbook.
pub(super) fn title(alert: &Alert) -> String {
    format!("Runbook: {}/{}", alert.service, alert.name)
}

/// The alerts of one service.
pub(super) fn of(service: &str) -> impl Iterator<Item = &'static Alert> {
    ALERTS.iter().filter(move |alert| alert.service == service)
}

/// The alert the demo's events keep returning to, and the body of its runbook after so many corrections.
pub(super) fn corrected(corrections: usize) -> (String, String) {
    const LESSONS: [&str; 4] = [
        "Ask the lock keeper whether the displays are amber at both ends.",
        "Count the vessels in the plan before you blame the solver.",
        "If the plan is fresh but the alert is not, restart the exporter and nothing else.",
        "Write down when you published by hand; the next planner needs the instant.",
    ];
    let alert = &ALERTS[0];
    let lesson = LESSONS[corrections % LESSONS.len()];
    let body =
        body(alert) + &h2("Learnt since") + &p(&format!("{} (correction {})", text(lesson), corrections + 1));
    (title(alert), body)
}

pub(super) fn pages() -> Vec<DemoPage> {
    ALERTS
        .iter()
        .zip(5..)
        .map(|(alert, nth)| write(alert, nth))
        .collect()
}

fn write(alert: &Alert, nth: u32) -> DemoPage {
    DemoPage {
        title: title(alert),
        parent: Some("Runbooks".to_owned()),
        author: [1, 8, 10, 11][nth as usize % 4],
        labels: vec!["runbook", "on-call"],
        days_ago: nth * 17 % 180,
        body: body(alert),
    }
}

fn body(alert: &Alert) -> String {
    let checks = alert.checks.iter().map(|check| ticks(check));
    [
        p(&format!(
            "<strong>Symptom.</strong> {} Raised by {}.",
            text(alert.symptom),
            page(alert.service)
        )),
        h2("The alert"),
        code("promql", alert.query),
        h2("Find out"),
        steps(checks),
        h2("Put it right"),
        code("bash", alert.fix),
        panel("warning", &ticks(alert.careful)),
        p(&format!(
            "Still burning after 30 minutes? Call {} and follow {}.",
            mention(1),
            page("Escalation")
        )),
    ]
    .concat()
}

/// Escapes text and turns its back-quoted words into code.
fn ticks(plain: &str) -> String {
    let pieces = text(plain);
    let mut out = String::new();
    for (nth, piece) in pieces.split('`').enumerate() {
        if nth % 2 == 1 {
            out.push_str("<code>");
            out.push_str(piece);
            out.push_str("</code>");
        } else {
            out.push_str(piece);
        }
    }
    out
}
