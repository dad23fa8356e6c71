//! Architecture decision records.

use super::DemoPage;
use super::markup::{bullets, date, h2, mention, p, page, properties, status, text};

struct Record {
    number: u32,
    title: &'static str,
    state: &'static str,
    context: &'static str,
    decision: &'static str,
    gains: &'static str,
    costs: &'static str,
    about: &'static str,
}

#[rustfmt::skip]
const RECORDS: &[Record] = &[
    Record { number: 1, title: "Record architecture decisions", state: "Accepted", about: "gatehouse", context: "Nobody remembers why gatehouse speaks two protocols. The people who knew have left.", decision: "Every decision that is expensive to undo gets a page of one screen, written before the code.", gains: "New colleagues read twenty pages instead of asking twenty people.", costs: "An hour per decision, and the discipline to write down the option we rejected." },
    Record { number: 2, title: "One message log instead of point-to-point calls", state: "Accepted", about: "queue", context: "Eleven services called each other in a ring; a slow gauge stopped invoices.", decision: "Facts travel through the queue. A service may call another only to ask a question a person is waiting for.", gains: "A service can be down for three days without losing anything.", costs: "Eventual consistency, and a replay that takes forty minutes." },
    Record { number: 3, title: "NATS JetStream rather than Kafka", state: "Accepted", about: "queue", context: "We need three nodes in pump houses with 8 GB of memory, and 4,000 messages a second.", decision: "NATS JetStream with three replicas and file storage.", gains: "One binary of 20 MB; the lock keepers' electrician can restart it.", costs: "Fewer connectors; we wrote the accounting bridge ourselves." },
    Record { number: 4, title: "Times are UTC everywhere but on displays", state: "Accepted", about: "lockmaster", context: "On 27 October a plan had two lockages at 02:30 and we gave the second one away.", decision: "Instants are stored and sent in UTC. Only a display converts, with the time zone of the lock.", gains: "No ambiguous hour, no missing hour.", costs: "Log files need a mental addition." },
    Record { number: 5, title: "Water levels in millimetres, as integers", state: "Accepted", about: "river-gauge", context: "Gauges deliver centimetres, metres, inches and one delivers percent.", decision: "Convert at the edge to millimetres above the gauge zero; keep the raw reading beside it.", gains: "Sums are exact and units are impossible to confuse.", costs: "Every chart divides by a thousand." },
    Record { number: 6, title: "Two people for anything that opens a gate", state: "Accepted", about: "gatehouse", context: "The insurer asked how many stolen passwords it takes to flood Koblenz. The answer was one.", decision: "Commands with physical effect need a confirmation by a second person within sixty seconds.", gains: "One stolen password opens nothing.", costs: "Night shifts with one keeper need the regional centre on the phone." },
    Record { number: 7, title: "SQLite on the device", state: "Accepted", about: "pilot-app", context: "The app must work for 48 hours without a network and survive a flat battery.", decision: "One SQLite database in WAL mode; the server's data is a change log that is replayed.", gains: "Queries offline are as good as online.", costs: "Migrations run on 6,000 phones we do not own." },
    Record { number: 8, title: "No ORM in toll-engine", state: "Accepted", about: "toll-engine", context: "An invoice run made 1.4 million statements through the mapper, most of them the same.", decision: "Plain SQL next to the function that runs it.", gains: "The run fell from 52 minutes to 4.", costs: "Renaming a column is a text search." },
    Record { number: 9, title: "Vector tiles instead of pictures", state: "Accepted", about: "chart-tiles", context: "Depth colours depend on the water level, so pictures were wrong by noon.", decision: "Render vector tiles weekly; colour them in the browser from the nearest gauge.", gains: "Charts are right at every level, and 9 times smaller.", costs: "Old wheelhouse tablets need a fallback." },
    Record { number: 10, title: "GraphQL for the portal", state: "Superseded", about: "slipway-web", context: "The first screen needed nine requests over a mobile network.", decision: "One GraphQL gateway in front of all services.", gains: "One request per screen.", costs: "One slow resolver made every screen slow; see ADR-014." },
    Record { number: 11, title: "Exactly-once postings by natural key", state: "Accepted", about: "ledger-sync", context: "Retries posted an invoice twice; the auditor noticed before we did.", decision: "The invoice number is the key of the posting; a second posting is compared, not written.", gains: "Retrying is always safe.", costs: "A correction needs a new document, as accountants always said." },
    Record { number: 12, title: "Feature flags expire", state: "Accepted", about: "slipway-web", context: "Of 143 flags, 96 had been on for everybody for more than a year.", decision: "A flag has an end date; the build fails two weeks after it.", gains: "Dead branches disappear.", costs: "Two weeks of red builds at first." },
    Record { number: 13, title: "Elixir for crew-roster", state: "Accepted", about: "crew-roster", context: "Every shift is a small process that waits, times out and is replaced.", decision: "One supervised process per shift.", gains: "The code reads like the labour agreement.", costs: "Three people on the team can be on call for it." },
    Record { number: 14, title: "One endpoint per screen (replaces ADR-010)", state: "Accepted", about: "slipway-web", context: "The gateway of ADR-010 became the service everybody waited for.", decision: "Each screen has one endpoint, owned by the people who own the screen.", gains: "Caching is trivial, and blame is short.", costs: "Some code is written twice." },
    Record { number: 15, title: "Rank dredging in the open", state: "Proposed", about: "dredge-planner", context: "Municipalities suspect that the dredger goes where the loudest mayor lives.", decision: "Publish the ranking, its formula and its inputs every Monday.", gains: "Arguments are about numbers.", costs: "The numbers must be right." },
    Record { number: 16, title: "Keep AIS tracks for 90 days only", state: "Proposed", about: "barge-tracker", context: "A track shows where a family that lives on its ship spends Sunday.", decision: "Positions are thinned after 7 days and deleted after 90; statistics keep reaches, not ships.", gains: "We cannot lose what we do not have.", costs: "Yearly comparisons start from statistics." },
];

pub(super) fn pages() -> Vec<DemoPage> {
    RECORDS.iter().map(write).collect()
}

fn title(record: &Record) -> String {
    format!("ADR-{:03}: {}", record.number, record.title)
}

fn write(record: &Record) -> DemoPage {
    let days_ago = 700 - record.number * 41;
    let author = [5, 1, 8, 10][record.number as usize % 4];
    let colour = match record.state {
        "Accepted" => "Green",
        "Superseded" => "Red",
        _ => "Yellow",
    };
    let head = properties(&[
        ("Status", status(colour, record.state)),
        ("Date", date(days_ago)),
        ("Deciders", format!("{} {}", mention(0), mention(author))),
        ("Concerns", page(record.about)),
    ]);
    DemoPage {
        title: title(record),
        parent: Some("Architecture decisions".to_owned()),
        author,
        labels: vec!["adr"],
        days_ago,
        body: [
            head,
            h2("Context"),
            p(&text(record.context)),
            h2("Decision"),
            format!("<blockquote><p>{}</p></blockquote>", text(record.decision)),
            h2("Consequences"),
            bullets([
                format!("<strong>We gain:</strong> {}", text(record.gains)),
                format!("<strong>We pay:</strong> {}", text(record.costs)),
            ]),
        ]
        .concat(),
    }
}
