//! On-call handovers, one per week.

use super::DemoPage;
use super::markup::{date, day, h2, mention, p, page, table, tasks, text};

struct Week {
    story: &'static str,
    watch: &'static str,
    /// Which services paged, how often, and whether that woke somebody.
    paged: &'static [(&'static str, u32, &'static str)],
}

#[rustfmt::skip]
const WEEKS: &[Week] = &[
    Week { story: "Quiet. One page at 03:12, a swan on the Neckargemünd gauge.", watch: "Watch the swan.", paged: &[("river-gauge", 1, "yes")] },
    Week { story: "Nothing. Really nothing. I read a book.", watch: "The book is on the desk in room 2.14.", paged: &[] },
    Week { story: "The AIS receiver at Cochem restarts every six hours.", watch: "A new power supply is on the way; until then silence the first restart.", paged: &[("barge-tracker", 14, "no, silenced")] },
    Week { story: "Release on Thursday, rolled back on Thursday.", watch: "It comes again with the fixed migration.", paged: &[("slipway-web", 3, "no"), ("lockmaster", 1, "no")] },
    Week { story: "Storage of the queue grew by 9 GB a day until debug sentences were turned off.", watch: "Check that they stay off.", paged: &[("queue", 2, "yes")] },
    Week { story: "A customer's certificate expired and his 30 vessels could not sign in.", watch: "He has a new one until March; ask him in February.", paged: &[("gatehouse", 5, "no"), ("slipway-web", 2, "no")] },
    Week { story: "Two confirmations timed out at shift change, both at Koblenz.", watch: "The tablet there hangs behind a radiator.", paged: &[("gatehouse", 2, "yes, both")] },
    Week { story: "Month end: the invoice run took 4 minutes, one tariff gap for scrap metal.", watch: "Finance signs the scrap tariff on Monday.", paged: &[("toll-engine", 1, "no"), ("ledger-sync", 1, "no")] },
    Week { story: "Chart edition for the Main withdrawn and replaced within a day.", watch: "Tiles on devices are fresh by tomorrow noon.", paged: &[("chart-tiles", 1, "no")] },
    Week { story: "Fog for three days. Estimates were right and useless, everybody was moored.", watch: "When it lifts, 60 vessels want the same morning.", paged: &[("notice-board", 6, "no"), ("barge-tracker", 2, "no")] },
    Week { story: "Clock change: no incident, for the first time.", watch: "Thank Anneke, she tested it.", paged: &[("lockmaster", 1, "no")] },
    Week { story: "Flood wave passed Trier on Thursday: 41 notices in one night and none late.", watch: "Driftwood: gates close slowly, so promises slip by ten minutes.", paged: &[("notice-board", 9, "yes, twice"), ("river-gauge", 4, "yes")] },
    Week { story: "Database fail-over drill: 11 seconds, the plan was 30.", watch: "Write down how; nobody touched anything.", paged: &[("queue", 1, "it was planned"), ("lockmaster", 2, "no")] },
    Week { story: "Two nights of early frost on the Neckar; three floats froze and were substituted from their neighbours.", watch: "Thaw is forecast for Wednesday: expect all three to jump.", paged: &[("river-gauge", 3, "yes, all three")] },
];

pub(super) fn pages() -> Vec<DemoPage> {
    WEEKS
        .iter()
        .enumerate()
        .map(|(nth, week)| write(nth, week))
        .collect()
}

fn write(nth: usize, week: &Week) -> DemoPage {
    const ON_CALL: [usize; 5] = [8, 1, 10, 6, 11];
    let days_ago = u32::try_from(WEEKS.len() - nth).unwrap_or(0) * 7;
    let (from, to) = (ON_CALL[nth % 5], ON_CALL[(nth + 1) % 5]);
    DemoPage {
        title: format!("On-call handover {}", day(days_ago)),
        parent: Some("On-call".to_owned()),
        author: from,
        labels: vec!["on-call", "handover"],
        days_ago,
        body: [
            p(&format!(
                "{} hands over to {} on {}.",
                mention(from),
                mention(to),
                date(days_ago)
            )),
            h2("The week"),
            p(&text(week.story)),
            h2("Pages by service"),
            pages_by_service(week),
            h2("For the next week"),
            tasks(&[(days_ago > 7, format!("{} {}", mention(to), text(week.watch)))]),
        ]
        .concat(),
    }
}

fn pages_by_service(week: &Week) -> String {
    if week.paged.is_empty() {
        return p("None.");
    }
    let rows: Vec<_> = week
        .paged
        .iter()
        .map(|(service, times, woke)| vec![page(service), times.to_string(), text(woke)])
        .collect();
    table(&["Service", "Pages", "Woke someone up"], &rows)
}
