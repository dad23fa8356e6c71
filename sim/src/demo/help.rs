//! The help centre's articles about messages that customers see.

use super::DemoPage;
use super::markup::{h2, p, page, panel, status, steps, text};

struct Message {
    code: &'static str,
    shown: &'static str,
    means: &'static str,
    steps: [&'static str; 3],
    good_to_know: &'static str,
}

#[rustfmt::skip]
const MESSAGES: &[Message] = &[
    Message { code: "SW-101", shown: "Booking window closed", means: "The lockage you chose starts in less than 90 minutes, or more than 36 hours from now.", steps: ["Open <strong>Bookings</strong> and choose a lockage with a green clock.", "For an earlier lockage, call the lock on VHF channel 20.", "Scheduled lines see 72 hours: check that you are signed in with the line’s account."], good_to_know: "A lockage that shows an amber clock may become free ten minutes before it starts." },
    Message { code: "SW-102", shown: "Vessel longer than chamber", means: "The length in your vessel profile exceeds the chamber of the lock.", steps: ["Check the length under <strong>My vessels</strong>; in a convoy add all barges.", "Choose another chamber if the lock has one.", "Split the convoy and book two lockages one after the other."], good_to_know: "A rudder counts. Skippers of 110 m vessels often forget it." },
    Message { code: "SW-103", shown: "Manifest missing", means: "We need your cargo document two hours before the first lock.", steps: ["Send the document to manifest@acme-inland.example, with the vessel number in the subject.", "Or photograph it in the app under <strong>Cargo</strong>.", "Sailing empty? Tap <strong>No cargo</strong>."], good_to_know: "A photograph by daylight is read correctly nine times out of ten, by lamp light six times." },
    Message { code: "SW-104", shown: "UN number needs confirmation", means: "Your document mentions dangerous goods and the number could not be read with certainty.", steps: ["Open the notification and compare the number with your papers.", "Confirm or correct it.", "Keep the radio on: the lock may call you."], good_to_know: "Your lockage is not lost while you confirm." },
    Message { code: "SW-201", shown: "Level too low for declared draught", means: "With today’s water level there are less than 20 cm under your keel on your route.", steps: ["Look up the loadable draught under <strong>Levels</strong>.", "Lighten the vessel or correct the draught.", "Ask for a berth if you prefer to wait."], good_to_know: "Levels at Kaub and at Ruhrort decide for nearly all routes." },
    Message { code: "SW-202", shown: "Bridge clearance insufficient", means: "Your air draught does not pass under a bridge at the hour of your passage.", steps: ["Lower the wheelhouse and update the air draught.", "Move your booking to the hour we suggest.", "Take ballast, if your vessel can."], good_to_know: "Clearances are computed every five minutes from the nearest gauge." },
    Message { code: "SW-301", shown: "Invoice under review", means: "You disputed an invoice, or we found a mistake ourselves.", steps: ["Nothing to do: reminders are stopped.", "You get a corrected invoice within five working days.", "Add documents under <strong>Invoices › Dispute</strong> if you have any."], good_to_know: "The original stays visible; accountants like that." },
    Message { code: "SW-302", shown: "Rebate not granted", means: "The trip does not count as an empty return.", steps: ["Check that both trips have the same vessel.", "Check that the return began within 14 days.", "Ask for a review under <strong>Invoices</strong>."], good_to_know: "Ballast water is not cargo. Containers are, even empty ones." },
    Message { code: "SW-401", shown: "Signed out for safety", means: "Your tablet was used from two places at once.", steps: ["Sign in again.", "Change your password if it was not you.", "Tell us under <strong>Help › Security</strong>."], good_to_know: "Ship and home at once is fine if each has its own device." },
    Message { code: "SW-402", shown: "Second person did not confirm", means: "A command that moves a gate needs two people within sixty seconds.", steps: ["Ask the regional centre on line 3.", "Start the command again.", "If it fails twice, run the lock by hand and report it."], good_to_know: "This message is for lock keepers only." },
    Message { code: "SW-501", shown: "You are offline", means: "The app works with what it last knew. Bookings are sent when the signal is back.", steps: ["Carry on: changes are kept on the device.", "Look at the small cloud; when it fills, all is sent.", "Do not reinstall the app while you are offline."], good_to_know: "The app carries 48 hours of notices and charts." },
    Message { code: "SW-502", shown: "Conflicting change", means: "While you were offline, the lock changed your booking.", steps: ["Read both versions; the keeper’s promise is marked.", "Choose one.", "Call the lock if both are wrong."], good_to_know: "If you do nothing, the keeper’s promise holds." },
];

/// Questions asked so often that each has an article.
#[rustfmt::skip]
const QUESTIONS: &[(&str, &str, &str)] = &[
    ("How do I book a lockage?", "Choose the lock, the direction and a lockage with a green clock, then confirm. You get a promise: the time by which the gate opens.", "bookings"),
    ("How do I cancel, and what does it cost?", "Open the booking and tap Cancel. The first cancellation of a month is free, each further one costs 40 €.", "bookings"),
    ("Can I book for a convoy?", "Yes. Add each barge under My vessels and tick Convoy; the length is added up and shown before you confirm.", "bookings"),
    ("Which radio channels do the locks use?", "Locks listen on channel 20, nautical information is on channel 18, ship to ship is channel 10. Each lock’s page in the app shows the exception, if there is one.", "radio"),
    ("What do two red lights mean?", "Closed, and not to be opened soon: out of order or a vessel with dangerous goods in the chamber. One red light means closed, wait. One red and one green: prepare.", "signals"),
    ("Do pleasure craft pay?", "Not for a lockage shared with freight. A lockage of your own costs 12 €, which most families split.", "invoices"),
    ("How do I change the language?", "Menu › Language. Notices about safety always come in English as well.", "app"),
    ("Why is my position wrong on the map?", "The app shows what your AIS transponder sends. If the transponder is off, we use the phone, wherever it is.", "app"),
    ("Can I have invoices as XML?", "Yes, as XRechnung or Factur-X. Switch it on under Invoices › Format; it applies from the next run.", "invoices"),
    ("Who can see my cargo?", "You, the locks on your route, and the harbour police for dangerous goods. Other customers never do.", "privacy"),
];

pub(super) fn pages() -> Vec<DemoPage> {
    let messages = MESSAGES
        .iter()
        .zip(1..)
        .map(|(message, nth)| explain(message, nth));
    messages
        .chain(
            QUESTIONS
                .iter()
                .zip(1..)
                .map(|(question, nth)| answer(*question, nth)),
        )
        .collect()
}

fn explain(message: &Message, nth: u32) -> DemoPage {
    DemoPage {
        title: format!("{}: “{}”", message.code, message.shown),
        parent: Some("Messages & error codes".to_owned()),
        author: 9,
        labels: vec!["kb", "error-code"],
        days_ago: nth * 19 % 140,
        body: [
            p(&format!(
                "{} {}",
                status("Purple", message.code),
                text(message.means)
            )),
            h2("What you can do"),
            steps(message.steps),
            panel("tip", &text(message.good_to_know)),
            p(&format!("Still stuck? {}", page("Contact us"))),
        ]
        .concat(),
    }
}

fn answer((question, answer, topic): (&str, &str, &'static str), nth: u32) -> DemoPage {
    DemoPage {
        title: question.to_owned(),
        parent: Some("Frequently asked questions".to_owned()),
        author: if nth.is_multiple_of(3) { 2 } else { 9 },
        labels: vec!["kb", "faq", topic],
        days_ago: nth * 23 % 200,
        body: [
            p(&text(answer)),
            h2("Related"),
            labelled(topic),
            p(&page("Contact us")),
        ]
        .concat(),
    }
}

/// The macro that lists the help centre's pages with a label.
fn labelled(topic: &str) -> String {
    format!(
        "<ac:structured-macro ac:name=\"contentbylabel\" ac:schema-version=\"4\"><ac:parameter ac:name=\"cql\">\
         label = &quot;{topic}&quot; and space = &quot;KB&quot;</ac:parameter></ac:structured-macro>"
    )
}
