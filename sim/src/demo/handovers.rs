//! On-call handovers, one per week.

use super::DemoPage;
use super::markup::{date, day, h2, mention, p, page, table, tasks, text};
use super::services;

/// What a week on call was like, and what the next person should watch.
#[rustfmt::skip]
const WEEKS: &[(&str, &str)] = &[
    ("Quiet. One page at 03:12, a swan on the Neckargemünd gauge.", "Watch the swan."),
    ("Nothing. Really nothing. I read a book.", "The book is on the desk in room 2.14."),
    ("The AIS receiver at Cochem restarts every six hours.", "A new power supply is on the way; until then silence the first restart."),
    ("Release on Thursday, rolled back on Thursday.", "It comes again with the fixed migration."),
    ("Storage of the queue grew by 9 GB a day until debug sentences were turned off.", "Check that they stay off."),
    ("A customer's certificate expired and his 30 vessels could not sign in.", "He has a new one until March; ask him in February."),
    ("Two confirmations timed out at shift change, both at Koblenz.", "The tablet there hangs behind a radiator."),
    ("Month end: the invoice run took 4 minutes, one tariff gap for scrap metal.", "Finance signs the scrap tariff on Monday."),
    ("Chart edition for the Main withdrawn and replaced within a day.", "Tiles on devices are fresh by tomorrow noon."),
    ("Fog for three days. Estimates were right and useless, everybody was moored.", "When it lifts, 60 vessels want the same morning."),
    ("Clock change: no incident, for the first time.", "Thank Anneke, she tested it."),
    ("Flood wave passed Trier on Thursday: 41 notices in one night and none late.", "Driftwood: gates close slowly, so promises slip by ten minutes."),
    ("Database fail-over drill: 11 seconds, the plan was 30.", "Write down how; nobody touched anything."),
    ("Two nights of early frost on the Neckar; three floats froze and were substituted from their neighbours.", "Thaw is forecast for Wednesday: expect all three to jump."),
];

pub(super) fn pages() -> Vec<DemoPage> {
    WEEKS
        .iter()
        .enumerate()
        .map(|(nth, week)| write(nth, *week))
        .collect()
}

fn write(nth: usize, (story, watch): (&str, &str)) -> DemoPage {
    const ON_CALL: [usize; 5] = [8, 1, 10, 6, 11];
    let days_ago = u32::try_from(WEEKS.len() - nth).unwrap_or(0) * 7;
    let (from, to) = (ON_CALL[nth % 5], ON_CALL[(nth + 1) % 5]);
    let rows: Vec<_> = (0..3)
        .map(|row| {
            let service = &services::ALL[(nth * 3 + row * 4) % services::ALL.len()];
            let woke = if (nth + row).is_multiple_of(3) {
                "yes"
            } else {
                "no"
            };
            vec![
                page(service.name),
                (nth * 7 % 5 + row).to_string(),
                woke.to_owned(),
            ]
        })
        .collect();
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
            p(&text(story)),
            h2("Pages by service"),
            table(&["Service", "Pages", "Woke someone up"], &rows),
            h2("For the next week"),
            tasks(&[(days_ago > 7, format!("{} {}", mention(to), text(watch)))]),
        ]
        .concat(),
    }
}
