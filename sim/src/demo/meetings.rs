//! Product's weekly notes, and what customers said in interviews.

use super::DemoPage;
use super::markup::{
    bullets, date, day, decisions, h2, h3, issue, mention, p, page, page_in, panel, table, tasks, text,
};

struct Week {
    topic: &'static str,
    talk: &'static str,
    decision: &'static str,
    action: &'static str,
    service: &'static str,
}

#[rustfmt::skip]
const WEEKS: &[Week] = &[
    Week { topic: "Booking windows", talk: "Half of the no-shows booked more than 48 hours ahead. Shorter windows would help them, but hurt the container lines.", decision: "Windows open 36 hours ahead, 72 for scheduled lines.", action: "writes the change notice", service: "lockmaster" },
    Week { topic: "Offline forms", talk: "Forms lose their contents when the tab is closed in the gorge.", decision: "Every form is saved on the device after each field.", action: "measures how often it happens", service: "pilot-app" },
    Week { topic: "Price of a cancelled lockage", talk: "Cancelling is free and therefore common.", decision: "First cancellation of a month is free, later ones cost 40 €.", action: "asks the lawyers about the terms", service: "toll-engine" },
    Week { topic: "Colour-blind skippers", talk: "One man in twelve cannot tell our red from our green; on ships nearly everybody is a man.", decision: "States get shapes, not just colours.", action: "tests shapes with four skippers", service: "slipway-web" },
    Week { topic: "Noise at night", talk: "Push notifications wake the family on board.", decision: "Only safety notices make a sound between 22:00 and 06:00.", action: "lists what counts as safety", service: "notice-board" },
    Week { topic: "Who sees dangerous goods", talk: "Harbour police want the map, customers must not.", decision: "A role of its own, granted by two people.", action: "writes the role description", service: "gatehouse" },
    Week { topic: "Portuguese on board", talk: "A third of new crews reads Portuguese better than German.", decision: "Portuguese becomes the eighth language of notices.", action: "finds a translator who sails", service: "notice-board" },
    Week { topic: "Estimates that admit doubt", talk: "An arrival time of 14:07 is a lie; 14:00 to 14:20 is not.", decision: "Show a range until the vessel is within ten kilometres.", action: "draws three variants", service: "barge-tracker" },
    Week { topic: "Low water summer", talk: "At Kaub below 80 cm a barge carries a third. Customers ask for a plan B.", decision: "Show the loadable tonnage for the next ten days.", action: "checks the forecast licence", service: "river-gauge" },
    Week { topic: "The spreadsheet everybody uses", talk: "Dispatchers copy our table into a spreadsheet each morning, then call us about it.", decision: "Offer the spreadsheet ourselves, every morning at six.", action: "watches two dispatchers do it", service: "manifest" },
    Week { topic: "Photographs from the lock", talk: "Keepers photograph damage with their own phones.", decision: "The tablet gets a camera button; pictures stay in the asset register.", action: "asks the works council", service: "crew-roster" },
    Week { topic: "Invoices people understand", talk: "Four of ten calls to the help desk ask what “base due, class III” means.", decision: "One sentence per line of the invoice.", action: "writes the sentences", service: "toll-engine" },
    Week { topic: "Berths for the night", talk: "Skippers call the next three harbours by radio to find a berth.", decision: "Trial of berth booking in two harbours.", action: "visits Bernkastel harbour", service: "slipway-web" },
    Week { topic: "Charts that flicker", talk: "The night mode is too bright, and flickers when the level changes.", decision: "Depth colours change at most every fifteen minutes.", action: "sits in a wheelhouse at night", service: "chart-tiles" },
    Week { topic: "Mondays at the dredger", talk: "Publishing the ranking made mayors call, but with numbers.", decision: "We keep publishing, and add the survey date.", action: "adds the survey date", service: "dredge-planner" },
    Week { topic: "Confirmation fatigue", talk: "Keepers confirm 140 times a shift and stop reading at about the thirtieth.", decision: "Batch what belongs to one lockage into one confirmation.", action: "counts again after the change", service: "gatehouse" },
    Week { topic: "What we stop doing", talk: "Nobody opened the newsletter since June.", decision: "The newsletter ends; its authors get their Friday back.", action: "tells the two readers", service: "slipway-web" },
    Week { topic: "Fog mode", talk: "In fog everybody is moored and bored, and refreshes.", decision: "A fog page with the time of the last look out of the window.", action: "talks to three keepers", service: "notice-board" },
    Week { topic: "Second language of the app", talk: "Labels of two lines break the layout in Vietnamese.", decision: "Layouts must hold with labels 60 per cent longer.", action: "builds a pseudo language", service: "pilot-app" },
    Week { topic: "Goals for the next year", talk: "Three goals, not nine. We argued about the third.", decision: "Fewer calls, fewer no-shows, nobody hurt.", action: "writes them so that they can fail", service: "lockmaster" },
];

struct Interview {
    who: &'static str,
    vessel: &'static str,
    quote: &'static str,
    learnt: [&'static str; 3],
}

#[rustfmt::skip]
const INTERVIEWS: &[Interview] = &[
    Interview { who: "Owner-skipper, 31 years on the river", vessel: "MS Hoffnung, 86 m", quote: "I don't want an app. I want to know whether I have time for coffee.", learnt: ["Plans with the lock two ahead, never with the next", "Keeps a paper notebook of keepers' names", "Would pay for a berth, not for a lockage"] },
    Interview { who: "Dispatcher of a container line", vessel: "14 vessels", quote: "Your arrival time is good. What I need is how sure you are.", learnt: ["Adds two hours to everything", "Copies our table at 06:15 every day", "Ranges would save her the two hours"] },
    Interview { who: "Night keeper", vessel: "Lock Lehmen", quote: "At four in the morning every button looks the same.", learnt: ["Confirms by position on the screen, not by text", "Turns the brightness down to nothing", "Knows each vessel by its engine"] },
    Interview { who: "Couple living on board with two children", vessel: "Péniche Aurore, 38.5 m", quote: "Le téléphone sonne, le bébé se réveille.", learnt: ["Wants silence by default", "School is a video call: bandwidth matters more than features", "Books at night, when the children sleep"] },
    Interview { who: "Harbour master", vessel: "Bernkastel", quote: "Give me a list I can pin to the door.", learnt: ["Prints everything", "Sells berths by handshake", "Needs the length and the name, nothing else"] },
    Interview { who: "Apprentice, second year", vessel: "Tanker Esmeralda, 110 m", quote: "I learnt the rules from the warnings of your app.", learnt: ["Reads explanations that others dismiss", "Shares screenshots with the class", "Would like a quiz"] },
    Interview { who: "Hire-boat family", vessel: "Pénichette, 9 m", quote: "We waited two hours because we thought the red light was broken.", learnt: ["Nobody explained the second red light", "Did not know that VHF is required", "Found the help page afterwards"] },
    Interview { who: "Freight buyer of a steel works", vessel: "none", quote: "Tell me on Monday what Thursday's water will carry.", learnt: ["Switches to rail below 1.2 m at Kaub", "Needs ten days, trusts five", "Compares our forecast with two others"] },
];

pub(super) fn pages() -> Vec<DemoPage> {
    let notes = WEEKS.iter().enumerate().map(|(nth, week)| note(nth, week));
    notes
        .chain(
            INTERVIEWS
                .iter()
                .zip(1..)
                .map(|(interview, nth)| report(interview, nth)),
        )
        .collect()
}

fn note(nth: usize, week: &Week) -> DemoPage {
    let days_ago = u32::try_from(WEEKS.len() - nth).unwrap_or(0) * 7;
    DemoPage {
        title: format!("{} Product sync: {}", day(days_ago), week.topic),
        parent: Some("Meeting notes".to_owned()),
        author: [3, 2, 9][nth % 3],
        labels: vec!["meeting-notes"],
        days_ago,
        body: minutes(nth, week, days_ago),
    }
}

fn minutes(nth: usize, week: &Week, days_ago: u32) -> String {
    const GUESTS: [usize; 9] = [0, 1, 4, 5, 6, 8, 9, 10, 11];
    let [guest, absent] = [nth, nth + 4].map(|at| mention(GUESTS[at % GUESTS.len()]));
    let head = vec![
        date(days_ago),
        format!("{} {} {guest}", mention(3), mention(2)),
        absent,
    ];
    let service = page_in("ENG", week.service, week.service);
    let ticket = issue(&format!("PROD-{}", 410 + nth));
    let due = date(days_ago.saturating_sub(7));
    [
        table(&["Date", "Participants", "Apologies"], &[head]),
        h2("Discussion"),
        p(&text(week.talk)),
        p(&format!("Touches {service}; tracked in {ticket}.")),
        h2("Decisions"),
        decisions(&[week.decision]),
        h2("Actions"),
        tasks(&[(
            nth.is_multiple_of(2),
            format!("{guest} {} by {due}", text(week.action)),
        )]),
    ]
    .concat()
}

fn report(interview: &Interview, nth: u32) -> DemoPage {
    DemoPage {
        title: format!("Interview {nth:02}: {}", interview.who),
        parent: Some("User research".to_owned()),
        author: 2,
        labels: vec!["research", "interview"],
        days_ago: 160 - nth * 11,
        body: [
            p(&format!(
                "Vessel: {}. Interviewed by {} on {}.",
                text(interview.vessel),
                mention(2),
                date(160 - nth * 11)
            )),
            format!("<blockquote><p>“{}”</p></blockquote>", text(interview.quote)),
            h3("What we learnt"),
            bullets(interview.learnt.map(text)),
            panel(
                "tip",
                &format!(
                    "Quotes may be used inside the company only; see {}.",
                    page("Research etiquette")
                ),
            ),
        ]
        .concat(),
    }
}

/// The note of the meeting held in the `cycle`th cycle of events: its title and body.
pub(super) fn next(cycle: usize) -> (String, String) {
    let week = &WEEKS[(cycle * 3 + 1) % WEEKS.len()];
    (
        format!("Stand-up {}: {}", cycle + 1, week.topic.to_lowercase()),
        minutes(cycle, week, 0),
    )
}
