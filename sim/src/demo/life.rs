//! What happens at Acme Inland while the demo runs.
//!
//! Time passes in cycles of the same shape. Each leaves every page it touches where the next expects it, and puts the
//! stand-up notes of earlier cycles in the trash, so that a demo left running for a week does not grow without end.

use super::markup::{bullets, h2, mention, p, panel, status, table, text};
use super::{DemoEvent, DemoPage, incidents, meetings, runbooks};

/// How many incidents and stand-up notes are kept before the oldest goes to the trash.
const KEPT: usize = 12;

/// The events of one cycle, in order; valid after those of all cycles before it.
pub(super) fn cycle(nth: usize) -> Vec<DemoEvent> {
    let incident = incidents::next(nth);
    let draft = format!("{incident} (draft)");
    let (stand_up, minutes) = meetings::next(nth);
    let (runbook, corrected) = runbooks::corrected(nth);
    let author = nth % 12;
    let mut events = vec![
        create("ENG", &draft, "Post-mortems", 8, incidents::unfolding(nth, 0)),
        edit("OPS", "Water levels today", 11, levels(nth)),
        edit("ENG", &draft, 8, incidents::unfolding(nth, 1)),
        create("PROD", &stand_up, "Meeting notes", 3, minutes),
        edit("ENG", &draft, 1, incidents::unfolding(nth, 2)),
        trash("PEOPLE", "Canteen menu"),
        edit("ENG", &runbook, 1, corrected),
        rename("ENG", &draft, &incident),
        edit("ENG", &incident, 8, incidents::unfolding(nth, 3)),
        restore("PEOPLE", "Canteen menu"),
        edit("PEOPLE", "Canteen menu", 7, menu(nth)),
        relocate("PROD", "Berth booking trial", ["Roadmap", "Discovery"][nth % 2]),
        edit("~misaki", "作業メモ", 2, notebook(nth)),
        edit("ENG", &incident, 0, incidents::unfolding(nth, 4)),
        edit("DUI", "Liegeplatzplan Nordhafen", 4, berths(nth)),
        edit("OPS", "Water levels today", author, levels(nth + 7)),
    ];
    if let Some(old) = nth.checked_sub(KEPT) {
        events.push(trash("PROD", &meetings::next(old).0));
        events.push(trash("ENG", &incidents::next(old)));
    }
    events
}

fn create(space: &'static str, title: &str, parent: &str, author: usize, body: String) -> DemoEvent {
    let page = DemoPage {
        title: title.to_owned(),
        parent: Some(parent.to_owned()),
        author,
        labels: vec!["live"],
        days_ago: 0,
        body,
    };
    DemoEvent::Create { space, page }
}

fn edit(space: &'static str, title: &str, author: usize, body: String) -> DemoEvent {
    DemoEvent::Edit {
        space,
        title: title.to_owned(),
        body,
        author,
    }
}

fn rename(space: &'static str, title: &str, new_title: &str) -> DemoEvent {
    DemoEvent::Rename {
        space,
        title: title.to_owned(),
        new_title: new_title.to_owned(),
    }
}

fn relocate(space: &'static str, title: &str, new_parent: &str) -> DemoEvent {
    DemoEvent::Move {
        space,
        title: title.to_owned(),
        new_parent: new_parent.to_owned(),
    }
}

fn trash(space: &'static str, title: &str) -> DemoEvent {
    DemoEvent::Trash {
        space,
        title: title.to_owned(),
    }
}

fn restore(space: &'static str, title: &str) -> DemoEvent {
    DemoEvent::Restore {
        space,
        title: title.to_owned(),
    }
}

fn levels(nth: usize) -> String {
    let gauges = [
        ("Kaub", 142),
        ("Ruhrort", 318),
        ("Cochem", 231),
        ("Trier", 287),
        ("Gundelsheim", 163),
    ];
    let rows: Vec<_> = gauges
        .iter()
        .zip(1..)
        .map(|((gauge, usual), factor)| {
            let rise = nth * 17 * factor % 61;
            let (colour, trend) = if rise > 30 {
                ("Yellow", "rising")
            } else {
                ("Green", "steady")
            };
            vec![text(gauge), (usual + rise).to_string(), status(colour, trend)]
        })
        .collect();
    [
        p(&format!(
            "Reading number {}, checked by {}.",
            nth + 1,
            mention(11)
        )),
        table(&["Gauge", "Level (cm)", "Trend"], &rows),
        panel(
            "info",
            "Levels on this page are for reading only. Plan with the gauges themselves.",
        ),
    ]
    .concat()
}

fn menu(nth: usize) -> String {
    let dishes = [
        "Zander with lentils",
        "Grünkohl",
        "Bacalhau à Brás",
        "Phở chay",
        "Pierogi ruskie",
        "Jollof rice",
        "カレーライス",
    ];
    let week = (0..5).map(|day| text(dishes[(nth + day * 2) % dishes.len()]));
    [
        h2("This week"),
        bullets(week),
        p("Tell the kitchen about allergies before nine."),
    ]
    .concat()
}

fn notebook(nth: usize) -> String {
    let thoughts = [
        "夜間モードの赤は明るすぎる。船長に確認する。",
        "地図の凡例を右下へ移す案を試作した。",
        "オフライン時の保存表示は「雲」より「錨」のほうが伝わる。",
        "次のインタビューは閘門の夜勤の方にお願いする。",
        "文字サイズを二段階大きくして再テスト。",
    ];
    let recent = (0..3).map(|back| text(thoughts[(nth + thoughts.len() - back) % thoughts.len()]));
    [p(&format!("更新 {} 回目。", nth + 1)), bullets(recent)].concat()
}

fn berths(nth: usize) -> String {
    let vessels = [
        "MS Hoffnung",
        "Esmeralda",
        "Aurore",
        "Vater Rhein",
        "Zuiderzee",
        "Łódka",
        "Frankenland",
    ];
    let rows: Vec<_> = (1..=4)
        .map(|berth| {
            vec![
                format!("N{berth}"),
                text(vessels[(nth + berth * 3) % vessels.len()]),
                format!("{}:30", 6 + (nth + berth) % 12),
            ]
        })
        .collect();
    [
        p("Änderungen bitte über Kanal 14 melden."),
        table(&["Liegeplatz", "Schiff", "frei ab"], &rows),
    ]
    .concat()
}
