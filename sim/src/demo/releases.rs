//! Release notes, one page every two weeks.

use super::DemoPage;
use super::markup::{bullets, date, h2, issue, mention, p, page, status, text};
use super::services;

const ADDED: &[&str] = &[
    "Booking windows can be shifted by dragging them on the lock diagram.",
    "Skippers see the predicted clearance of each bridge for the hour of their passage.",
    "Invoices list every lock passed, with the instant the gate opened.",
    "Notices can be subscribed to by river kilometre instead of by lock.",
    "The map shows which barges of a convoy carry dangerous goods, to those who may know.",
    "A lock keeper can annotate a lockage with a photograph.",
    "Search understands vessel names with and without the prefix MS.",
    "Charts for the Moselle work offline down to zoom level 17.",
    "Rest periods are shown as a bar beside each shift.",
    "Customers can download a year of trips as one spreadsheet.",
    "Portuguese and Vietnamese join the languages of the portal.",
    "Empty-return rebates are previewed before a booking is confirmed.",
    "Two berths can be swapped with one confirmation.",
];
const FIXED: &[&str] = &[
    "A booking made at midnight no longer appears twice.",
    "Printing a berth plan in landscape keeps the last column.",
    "Vessel names with an apostrophe can be searched for.",
    "The level chart no longer draws a line through a gap in the readings.",
    "Signing out on one tablet does not sign out the others.",
    "An invoice of zero euros is no longer sent.",
    "Changing the language keeps the half-filled form.",
    "The wind arrow points where the wind goes, not where it comes from.",
    "Names longer than 40 characters are wrapped instead of cut.",
    "The export no longer writes tonnes into the column for kilograms.",
    "Push notifications stop when the vessel has left the river.",
];
const NAMES: &[&str] = &[
    "Heron",
    "Otter",
    "Kingfisher",
    "Sturgeon",
    "Willow",
    "Cormorant",
    "Pike",
    "Alder",
    "Grebe",
];

pub(super) fn pages() -> Vec<DemoPage> {
    (0..18).map(write).collect()
}

fn write(nth: usize) -> DemoPage {
    let days_ago = u32::try_from(17 - nth).unwrap_or(0) * 14 + 4;
    let version = format!("3.{}", nth + 1);
    let service = &services::ALL[nth * 5 % services::ALL.len()];
    let ticket = 1200 + nth * 13;
    let added =
        [nth * 3, nth * 3 + 1].map(|at| format!("{} {}", status("Green", "new"), text(pick(ADDED, at))));
    let fixed = [nth * 2, nth * 2 + 1, nth * 2 + 2]
        .into_iter()
        .zip(ticket..)
        .map(|(at, ticket)| format!("{} {}", text(pick(FIXED, at)), issue(&format!("WEB-{ticket}"))));
    DemoPage {
        title: format!("Release notes {version} “{}”", pick(NAMES, nth)),
        parent: Some("Releases".to_owned()),
        author: [2, 0, 6, 10][nth % 4],
        labels: vec!["release-notes"],
        days_ago,
        body: [
            p(&format!(
                "Released on {} by {}. Most changed: {}.",
                date(days_ago),
                mention(nth % 12),
                page(service.name)
            )),
            h2("New"),
            bullets(added),
            h2("Fixed"),
            bullets(fixed),
            h2("Before you upgrade"),
            p(&format!(
                "Run <code>just migrate {}</code> first; it takes about {} minutes.",
                service.name,
                nth % 6 + 2
            )),
        ]
        .concat(),
    }
}

fn pick<'a>(from: &[&'a str], at: usize) -> &'a str {
    from[at % from.len()]
}
