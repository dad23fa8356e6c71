//! Bodies like those of real sites: half of them below 3 KB, a few of 2 MB, with every macro now and then.

use std::fmt::Write as _;

use crate::dice::Dice;
use crate::macros;
use crate::words::{Text, Words};

/// Half of all bodies are smaller.
const MEDIAN: f64 = 3_000.0;
/// How far sizes spread: one in a hundred bodies is larger than 45 KB.
const SPREAD: f64 = 1.2;
/// The largest.
const MOST: usize = 2_000_000;
/// Among so many pages, one is as large as that.
const ONE_LARGE_IN: u64 = 5_000;

/// Title and body of a page. `edition` tells apart what it says before and after an edit.
pub(crate) fn page(text: &Text, number: u64, edition: u64) -> (String, String) {
    let words = &text.words(number);
    let mut dice = Dice::of(number + 1_000_003 * edition);
    let size = if number % ONE_LARGE_IN == ONE_LARGE_IN / 8 {
        MOST
    } else {
        size(&mut dice)
    };
    let mut body = String::with_capacity(size + 4_096);
    while body.len() < size {
        block(&mut body, words, &mut dice, number);
    }
    (title(words, number), body)
}

/// Titles are as long as people make them, and no two are the same.
fn title(words: &Words<'_>, number: u64) -> String {
    let mut dice = Dice::of(number ^ 0x5eed);
    let length = 8 + dice.below(40);
    format!("{} {number}", words.of(number).some(&mut dice, length))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "bounded, and never negative"
)]
fn size(dice: &mut Dice) -> usize {
    ((MEDIAN * (SPREAD * dice.normal()).exp()) as usize).min(MOST)
}

fn block(body: &mut String, words: &Words<'_>, dice: &mut Dice, number: u64) {
    match dice.below(100) {
        0..50 => paragraph(body, words, dice, number),
        50..62 => list(body, words, dice),
        62..70 => heading(body, words, dice),
        70..77 => table(body, words, dice),
        77..80 => tasks(body, words, dice),
        80..82 => image(body, words, dice),
        82..90 => macros::code(body, words, dice),
        _ => macros::any(body, words, dice),
    }
}

fn paragraph(body: &mut String, words: &Words<'_>, dice: &mut Dice, number: u64) {
    body.push_str("<p>");
    let sentences = 1 + dice.below(4);
    for _ in 0..sentences {
        let length = 40 + dice.below(120);
        body.push_str(words.some(dice, length));
        body.push_str(". ");
        inline(body, words, dice, number);
    }
    body.push_str("</p>");
}

/// What stands among the words of a paragraph.
fn inline(body: &mut String, words: &Words<'_>, dice: &mut Dice, number: u64) {
    let word = words.one(dice).to_owned();
    _ = match dice.below(16) {
        0 => write!(body, "<strong>{word}</strong> "),
        1 => write!(body, "<em>{word}</em> "),
        2 => write!(body, "<code>{word}.{word}()</code> "),
        3 => write!(
            body,
            "<a href=\"https://example.org/{word}/{number}\">{word}</a> "
        ),
        4 => {
            let title = title(words, dice.below(usize::try_from(number).unwrap_or(0) + 1) as u64);
            write!(
                body,
                "<ac:link><ri:page ri:content-title=\"{title}\" /><ac:link-body>{word}</ac:link-body></ac:link> "
            )
        }
        5 => write!(
            body,
            "<time datetime=\"2026-{:02}-{:02}\" /> ",
            1 + dice.below(12),
            1 + dice.below(28)
        ),
        6 => write!(
            body,
            "<ac:emoticon ac:name=\"tick\" /> &nbsp;&mdash; {word}&rsquo;s "
        ),
        7 => write!(body, "<span style=\"color: rgb(255,0,0);\">{word}</span> "),
        _ => Ok(()),
    };
}

fn list(body: &mut String, words: &Words<'_>, dice: &mut Dice) {
    let tag = if dice.below(3) == 0 { "ol" } else { "ul" };
    _ = write!(body, "<{tag}>");
    for _ in 0..2 + dice.below(6) {
        let length = 20 + dice.below(80);
        _ = write!(body, "<li><p>{}</p>", words.some(dice, length));
        if dice.below(6) == 0 {
            _ = write!(body, "<ul><li><p>{}</p></li></ul>", words.some(dice, 30));
        }
        body.push_str("</li>");
    }
    _ = write!(body, "</{tag}>");
}

fn heading(body: &mut String, words: &Words<'_>, dice: &mut Dice) {
    let level = 1 + dice.below(4);
    let length = 10 + dice.below(30);
    _ = write!(body, "<h{level}>{}</h{level}>", words.some(dice, length));
}

fn table(body: &mut String, words: &Words<'_>, dice: &mut Dice) {
    let columns = 2 + dice.below(4);
    body.push_str("<table><tbody>");
    for row in 0..2 + dice.below(8) {
        let tag = if row == 0 { "th" } else { "td" };
        body.push_str("<tr>");
        for _ in 0..columns {
            let length = 5 + dice.below(40);
            _ = write!(body, "<{tag}><p>{}</p></{tag}>", words.some(dice, length));
        }
        body.push_str("</tr>");
    }
    body.push_str("</tbody></table>");
}

fn tasks(body: &mut String, words: &Words<'_>, dice: &mut Dice) {
    body.push_str("<ac:task-list>");
    for id in 0..=dice.below(4) {
        let status = ["incomplete", "complete"][dice.below(2)];
        _ = write!(
            body,
            "<ac:task><ac:task-id>{id}</ac:task-id><ac:task-status>{status}</ac:task-status>\
             <ac:task-body>{}</ac:task-body></ac:task>",
            words.some(dice, 40)
        );
    }
    body.push_str("</ac:task-list>");
}

fn image(body: &mut String, words: &Words<'_>, dice: &mut Dice) {
    let name = words.one(dice);
    _ = write!(
        body,
        "<ac:image ac:width=\"600\"><ri:attachment ri:filename=\"{name}.png\" /></ac:image>"
    );
}
