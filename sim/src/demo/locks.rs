//! One page per lock, and the monthly inspections of their gates.

use super::DemoPage;
use super::markup::{
    bullets, date, day, h2, mention, p, page, page_in, panel, properties, status, table, tasks, text,
};

struct Lock {
    name: &'static str,
    river: &'static str,
    kilometre: &'static str,
    chamber_m: (u32, u32),
    lift_m: f64,
    built: u32,
    story: &'static str,
    beware: &'static str,
}

#[rustfmt::skip]
const LOCKS: &[Lock] = &[
    Lock { name: "Koblenz", river: "Moselle", kilometre: "1.9", chamber_m: (170, 12), lift_m: 5.30, built: 1951, story: "First lock of the Moselle and the one with the most pleasure craft: on a Sunday in August, four out of five lockages are canoes.", beware: "Back-water from the Rhine makes the lower gate harder to open above 4.5 m." },
    Lock { name: "Lehmen", river: "Moselle", kilometre: "20.8", chamber_m: (170, 12), lift_m: 7.50, built: 1962, story: "Quiet, and well kept. The roses belong to the night keeper.", beware: "No mobile signal in the lower outer harbour." },
    Lock { name: "Fankel", river: "Moselle", kilometre: "59.4", chamber_m: (172, 12), lift_m: 7.00, built: 1963, story: "Got its second chamber in 2014; the old one is used when a convoy blocks the new one.", beware: "The second chamber's light barrier reports herons." },
    Lock { name: "Zeltingen", river: "Moselle", kilometre: "123.8", chamber_m: (210, 13), lift_m: 6.00, built: 1964, story: "Wine boats have priority for one day a year, by a contract of 1964 that nobody dares to end.", beware: "Cross current at the upper entrance with more than 600 m³/s." },
    Lock { name: "Trier", river: "Moselle", kilometre: "195.8", chamber_m: (210, 13), lift_m: 7.30, built: 1961, story: "The regional centre sits above the gate. From here six locks can be run at night.", beware: "The radar mast must be folded before the crane comes." },
    Lock { name: "Feudenheim", river: "Neckar", kilometre: "6.2", chamber_m: (190, 12), lift_m: 10.00, built: 1927, story: "Three chambers of different length, and the reason why lockmaster packs chambers and not minutes.", beware: "Emptying two chambers at once lifts the lower reach by 20 cm." },
    Lock { name: "Heidelberg", river: "Neckar", kilometre: "26.1", chamber_m: (110, 12), lift_m: 2.60, built: 1929, story: "The smallest lift, the most photographed gate.", beware: "Listed building: nothing may be screwed to the wall." },
    Lock { name: "Hirschhorn", river: "Neckar", kilometre: "47.8", chamber_m: (110, 12), lift_m: 5.10, built: 1933, story: "Between two forested slopes: sun for four hours in December, ice for two weeks.", beware: "De-icing cable of the eastern gate draws 32 A; do not start both." },
    Lock { name: "Kostheim", river: "Main", kilometre: "3.2", chamber_m: (344, 15), lift_m: 3.60, built: 1934, story: "Long enough for two push convoys, which is why traffic jams on the Main begin here.", beware: "Wind from the west pushes empty barges onto the pier." },
    Lock { name: "Offenbach", river: "Main", kilometre: "38.5", chamber_m: (350, 15), lift_m: 3.20, built: 1957, story: "Runs itself by day, with a keeper watching; the pilot of our remote control.", beware: "Camera 4 is blinded by the evening sun in March and in October." },
    Lock { name: "Obernau", river: "Main", kilometre: "92.9", chamber_m: (300, 12), lift_m: 4.00, built: 1930, story: "Renovated in 2022; the first gate with our own strain gauges.", beware: "Strain above 180 MPa: stop, and call the structural engineer." },
    Lock { name: "Meiderich", river: "Ruhr", kilometre: "1.4", chamber_m: (190, 12), lift_m: 11.70, built: 1980, story: "The key to the western canals: one hour of closure costs the region about 90,000 €.", beware: "Tide of the Rhine, plus ore dust in every bearing." },
    Lock { name: "Iffezheim", river: "Rhine", kilometre: "334.0", chamber_m: (270, 24), lift_m: 11.00, built: 1977, story: "The last lock on the Rhine before the sea, 525 km of free river below it.", beware: "Fish pass counting hours: no test flushing from April to June." },
    Lock { name: "Gambsheim", river: "Rhine", kilometre: "309.1", chamber_m: (270, 24), lift_m: 10.35, built: 1974, story: "Two nations, two alphabets of paperwork, one chamber plan.", beware: "Announcements in French and German, in this order." },
];

/// Findings of the gate inspections, one round per month.
const FINDINGS: &[(&str, &str, &str)] = &[
    (
        "Bearing play of 1.2 mm at the lower mitre gate",
        "Within the limit of 2 mm; measure again in three months.",
        "Green",
    ),
    (
        "Seal torn over 40 cm, a jet as thick as an arm",
        "Divers booked; chamber closed for six hours on Tuesday.",
        "Red",
    ),
    (
        "Hydraulic oil 4 °C above last year",
        "Filter changed, temperature back.",
        "Green",
    ),
    (
        "Ladder 7 lacks two rungs",
        "Closed off. New ladder ordered.",
        "Yellow",
    ),
    (
        "Corrosion behind the bumper timber",
        "Timber replaced; steel sound after blasting.",
        "Yellow",
    ),
    (
        "Emergency stop at the western head reacts after 3 s",
        "Relay replaced; 0.2 s.",
        "Red",
    ),
    ("Light signal yellowed", "Cleaned. It was pollen.", "Green"),
    (
        "Culvert valve jams at 60 per cent",
        "A bicycle was removed.",
        "Yellow",
    ),
    (
        "Floating bollard 3 sticks at low water",
        "Rails greased; works at all levels.",
        "Green",
    ),
    (
        "Crack of 9 mm in a weld of the walkway",
        "Ground out and welded; re-test with ultrasound.",
        "Yellow",
    ),
];

pub(super) fn pages() -> Vec<DemoPage> {
    let locks = LOCKS.iter().zip(2..).map(|(lock, nth)| describe(lock, nth));
    locks.chain((0..FINDINGS.len()).map(inspect)).collect()
}

fn title(lock: &Lock) -> String {
    format!("Lock {}", lock.name)
}

fn describe(lock: &Lock, nth: u32) -> DemoPage {
    let (length, width) = lock.chamber_m;
    let size = format!("{length} × {width} m");
    let cubic_metres = f64::from(length) * f64::from(width) * lock.lift_m;
    let rows = [
        ("Push convoy", 185),
        ("Johann Welker", 85),
        ("Large motor vessel", 110),
    ]
    .map(|(vessel, metres)| vec![text(vessel), metres.to_string(), fits(metres, length)]);
    DemoPage {
        title: title(lock),
        parent: Some("Locks A–Z".to_owned()),
        author: if nth.is_multiple_of(2) { 5 } else { 11 },
        labels: vec!["lock", "asset"],
        days_ago: nth * 13 % 120,
        body: [
            properties(&[
                ("River", text(lock.river)),
                ("Kilometre", text(lock.kilometre)),
                ("Chamber", text(&size)),
                ("Lift", format!("{:.2} m", lock.lift_m)),
                ("Built", lock.built.to_string()),
                ("Keeper in charge", mention(nth as usize % 12)),
            ]),
            p(&text(lock.story)),
            p(&format!("One lockage moves about {cubic_metres:.0} m³ of water.")),
            panel("warning", &text(lock.beware)),
            h2("Which vessels fit"),
            table(&["Vessel", "Length (m)", "Fits"], &rows),
            h2("See also"),
            bullets([
                page("Lockage, step by step"),
                page_in("ENG", "lockmaster", "How the plan is made"),
            ]),
        ]
        .concat(),
    }
}

fn fits(vessel_m: u32, chamber_m: u32) -> String {
    if vessel_m <= chamber_m {
        status("Green", "yes")
    } else {
        status("Red", "no")
    }
}

fn inspect(nth: usize) -> DemoPage {
    let lock = &LOCKS[nth * 5 % LOCKS.len()];
    let days_ago = u32::try_from(FINDINGS.len() - nth).unwrap_or(0) * 30 - 12;
    let rows: Vec<_> = [0, 3, 7]
        .map(|step| FINDINGS[(nth + step) % FINDINGS.len()])
        .iter()
        .zip(1..)
        .map(|((found, done, colour), number)| {
            vec![
                number.to_string(),
                text(found),
                status(colour, colour_word(colour)),
                text(done),
            ]
        })
        .collect();
    DemoPage {
        title: format!("Gate inspection {} · {}", lock.name, day(days_ago)),
        parent: Some("Inspections".to_owned()),
        author: [5, 11, 8][nth % 3],
        labels: vec!["inspection"],
        days_ago,
        body: [
            p(&format!(
                "Inspected {} on {} with {}.",
                page(&title(lock)),
                date(days_ago),
                mention(5)
            )),
            table(&["#", "Finding", "State", "Done"], &rows),
            h2("Next"),
            tasks(&[
                (
                    days_ago > 40,
                    format!(
                        "{} orders spare seals by {}",
                        mention(5),
                        date(days_ago.saturating_sub(14))
                    ),
                ),
                (
                    nth.is_multiple_of(2),
                    "Photographs uploaded to the asset register".to_owned(),
                ),
            ]),
        ]
        .concat(),
    }
}

fn colour_word(colour: &str) -> &'static str {
    match colour {
        "Red" => "urgent",
        "Yellow" => "watch",
        _ => "fine",
    }
}
