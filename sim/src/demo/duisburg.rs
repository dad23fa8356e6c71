//! Weekly reports of the Duisburg branch, in German.

use super::DemoPage;
use super::markup::{bullets, date, h2, mention, p, page, page_in, status, table, text};

struct Week {
    number: u32,
    level_cm: u32,
    vessels: u32,
    event: &'static str,
    quay: &'static str,
}

#[rustfmt::skip]
const WEEKS: &[Week] = &[
    Week { number: 34, level_cm: 212, vessels: 148, event: "Niedrigwasser: Schubverbände fahren mit 60 % Ladung, die Schleuse Meiderich ist trotzdem ausgelastet.", quay: "Kran 4 steht wegen eines Hydraulikschadens." },
    Week { number: 35, level_cm: 198, vessels: 139, event: "Pegel Ruhrort unter zwei Metern. Kleinwasserzuschlag für Erz und Kohle gilt ab Montag.", quay: "Kran 4 läuft wieder, Probelast 40 t bestanden." },
    Week { number: 36, level_cm: 224, vessels: 151, event: "Leichte Entspannung; zwei Tanker haben ihre Löschung vorgezogen.", quay: "Poller 17 nach Anfahrung gesperrt." },
    Week { number: 37, level_cm: 263, vessels: 163, event: "Betriebsprüfung durch die Wasserschutzpolizei ohne Beanstandungen.", quay: "Neue Beleuchtung am Nordhafen abgenommen." },
    Week { number: 38, level_cm: 301, vessels: 170, event: "Rekordwoche beim Containerumschlag: 4.812 TEU.", quay: "Zweite Schicht am Südkai wegen großer Nachfrage." },
    Week { number: 39, level_cm: 295, vessels: 166, event: "Schulung „Gefahrgut ADN“ mit 14 Teilnehmenden.", quay: "Kaimauer: Setzung 3 mm, unverändert." },
    Week { number: 40, level_cm: 318, vessels: 142, event: "Feiertag am Samstag, verkürzte Betriebszeiten.", quay: "Schwimmkran „Hebelinde“ zur Revision in der Werft." },
    Week { number: 41, level_cm: 344, vessels: 157, event: "Störung der Stromversorgung für 25 Minuten; Notstrom lief nach 9 Sekunden.", quay: "Landstromanschluss 3 nachgerüstet." },
    Week { number: 42, level_cm: 371, vessels: 160, event: "Besuch aus Rotterdam: Erfahrungsaustausch über Liegeplatzplanung.", quay: "Poller 17 ersetzt und freigegeben." },
    Week { number: 43, level_cm: 402, vessels: 155, event: "Ausbildungsbörse: sechs Bewerbungen für den Beruf „Binnenschiffer/in“.", quay: "Winterdienst eingewiesen." },
    Week { number: 44, level_cm: 488, vessels: 149, event: "Zeitumstellung ohne Zwischenfall, der Dienstplan stimmte. Erste Hochwasserwelle des Herbstes, Treibholz in der Vorhafeneinfahrt.", quay: "Flutschutztore geprüft, Dichtung an Tor 2 erneuert." },
    Week { number: 45, level_cm: 455, vessels: 158, event: "Übung „Öl auf Gewässer“ mit der Feuerwehr, Sperre lag nach 18 Minuten.", quay: "Ölsperren gereinigt und eingelagert." },
    Week { number: 46, level_cm: 420, vessels: 161, event: "Weihnachtsfeier: Abstimmung läuft, Grünkohl führt vor Fondue.", quay: "Kran 2: Seilwechsel, drei Tage Stillstand." },
];

pub(super) fn pages() -> Vec<DemoPage> {
    WEEKS.iter().map(report).collect()
}

fn report(week: &Week) -> DemoPage {
    let days_ago = (47 - week.number) * 7 + 3;
    let state = match week.level_cm {
        0..220 => status("Red", "Niedrigwasser"),
        220..450 => status("Green", "normal"),
        _ => status("Yellow", "erhöht"),
    };
    DemoPage {
        title: format!("Wochenbericht KW {}/2026", week.number),
        parent: Some("Wochenberichte".to_owned()),
        author: 4,
        labels: vec!["wochenbericht"],
        days_ago,
        body: [
            p(&format!(
                "Stand {}, zusammengestellt von {}.",
                date(days_ago),
                mention(4)
            )),
            h2("Zahlen der Woche"),
            table(
                &["Pegel Ruhrort", "Lage", "Schiffe", "Ø Wartezeit"],
                &[vec![
                    format!("{} cm", week.level_cm),
                    state,
                    week.vessels.to_string(),
                    format!("{} min", week.vessels / 3 - 20),
                ]],
            ),
            h2("Ereignisse"),
            p(&text(week.event)),
            h2("Kai und Technik"),
            bullets([
                text(week.quay),
                format!("Zur Schleuse: {}", page_in("OPS", "Lock Meiderich", "Meiderich")),
            ]),
            p(&format!(
                "Begriffe erklärt das {}.",
                page("Glossar: Binnenschifffahrt für Neue")
            )),
        ]
        .concat(),
    }
}
