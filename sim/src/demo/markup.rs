//! Storage format, one construct per function.
//!
//! Arguments named `inner` are storage format already; all others are plain text and are escaped here.

use chrono::{Days, NaiveDate};

/// The day the demo's dates count back from.
const TODAY: NaiveDate = match NaiveDate::from_ymd_opt(2026, 11, 23) {
    Some(day) => day,
    None => NaiveDate::MIN,
};

/// Plain text made safe for an element or an attribute.
pub(super) fn text(plain: &str) -> String {
    plain
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

/// An ISO date `days` before the demo's own today.
pub(super) fn day(days: u32) -> String {
    TODAY
        .checked_sub_days(Days::new(u64::from(days)))
        .unwrap_or(TODAY)
        .to_string()
}

/// The same date as Confluence's date element.
pub(super) fn date(days: u32) -> String {
    format!("<time datetime=\"{}\" />", day(days))
}

pub(super) fn p(inner: &str) -> String {
    format!("<p>{inner}</p>")
}

pub(super) fn h2(plain: &str) -> String {
    format!("<h2>{}</h2>", text(plain))
}

pub(super) fn h3(plain: &str) -> String {
    format!("<h3>{}</h3>", text(plain))
}

/// A bullet list of inline storage format.
pub(super) fn bullets<S: AsRef<str>>(items: impl IntoIterator<Item = S>) -> String {
    list("<ul>", "</ul>", items)
}

/// A numbered list; Confluence Cloud writes the first number even when it is 1.
pub(super) fn steps<S: AsRef<str>>(items: impl IntoIterator<Item = S>) -> String {
    list("<ol start=\"1\">", "</ol>", items)
}

fn list<S: AsRef<str>>(open: &str, close: &str, items: impl IntoIterator<Item = S>) -> String {
    let items = each(items, |item| format!("<li><p>{}</p></li>", item.as_ref()));
    [open, &items, close].concat()
}

/// What `write` makes of each item, in a row.
fn each<T>(items: impl IntoIterator<Item = T>, write: impl FnMut(T) -> String) -> String {
    items.into_iter().map(write).collect::<Vec<_>>().concat()
}

/// A table with one header row; cells hold inline storage format.
pub(super) fn table(header: &[&str], rows: &[Vec<String>]) -> String {
    let head = each(header, |name| {
        format!("<th><p><strong>{}</strong></p></th>", text(name))
    });
    let rows = each(rows, |row| {
        format!("<tr>{}</tr>", each(row, |cell| format!("<td><p>{cell}</p></td>")))
    });
    format!("<table data-layout=\"default\"><tbody><tr>{head}</tr>{rows}</tbody></table>")
}

/// Page properties: a table of two columns that a report elsewhere collects.
pub(super) fn properties(rows: &[(&str, String)]) -> String {
    let rows = each(rows, |(name, inner)| {
        format!("<tr><th><p>{}</p></th><td><p>{inner}</p></td></tr>", text(name))
    });
    format!(
        "<ac:structured-macro ac:name=\"details\" ac:schema-version=\"1\"><ac:rich-text-body><table><tbody>{rows}\
         </tbody></table></ac:rich-text-body></ac:structured-macro>"
    )
}

/// A mention of `people()[person]`.
pub(super) fn mention(person: usize) -> String {
    format!("<ac:link><ri:user ri:account-id=\"{{{{user:{person}}}}}\" /></ac:link>")
}

/// A link to a page of the same space, shown as its title.
pub(super) fn page(title: &str) -> String {
    format!(
        "<ac:link><ri:page ri:content-title=\"{}\" /></ac:link>",
        text(title)
    )
}

/// A link to a page of another space, shown as `label`.
pub(super) fn page_in(space: &str, title: &str, label: &str) -> String {
    format!(
        "<ac:link><ri:page ri:space-key=\"{}\" ri:content-title=\"{}\" /><ac:link-body>{}</ac:link-body></ac:link>",
        text(space),
        text(title),
        text(label)
    )
}

/// A status lozenge.
pub(super) fn status(colour: &str, title: &str) -> String {
    format!(
        "<ac:structured-macro ac:name=\"status\" ac:schema-version=\"1\"><ac:parameter ac:name=\"title\">{}\
         </ac:parameter><ac:parameter ac:name=\"colour\">{colour}</ac:parameter></ac:structured-macro>",
        text(title)
    )
}

/// One of the panels `info`, `tip`, `note`, `warning` (Confluence's own, shifted, meanings).
pub(super) fn panel(kind: &str, inner: &str) -> String {
    format!(
        "<ac:structured-macro ac:name=\"{kind}\" ac:schema-version=\"1\"><ac:rich-text-body><p>{inner}</p>\
         </ac:rich-text-body></ac:structured-macro>"
    )
}

/// A code block; `]]>` inside is split over two CDATA sections, as Confluence does.
pub(super) fn code(language: &str, plain: &str) -> String {
    format!(
        "<ac:structured-macro ac:name=\"code\" ac:schema-version=\"1\"><ac:parameter ac:name=\"language\">{language}\
         </ac:parameter><ac:plain-text-body><![CDATA[{}]]></ac:plain-text-body></ac:structured-macro>",
        plain.replace("]]>", "]]]]><![CDATA[>")
    )
}

/// A macro without parameters or body, such as `toc`.
pub(super) fn bare(name: &str) -> String {
    format!("<ac:structured-macro ac:name=\"{name}\" ac:schema-version=\"1\" />")
}

/// One issue, by key.
pub(super) fn issue(key: &str) -> String {
    format!(
        "<ac:structured-macro ac:name=\"jira\" ac:schema-version=\"1\"><ac:parameter ac:name=\"server\">System Jira\
         </ac:parameter><ac:parameter ac:name=\"key\">{}</ac:parameter></ac:structured-macro>",
        text(key)
    )
}

/// A task list of (done, inline storage format).
pub(super) fn tasks(items: &[(bool, String)]) -> String {
    let tasks = each(items.iter().zip(1..), |((done, inner), number)| {
        let state = if *done { "complete" } else { "incomplete" };
        format!(
            "<ac:task><ac:task-id>{number}</ac:task-id><ac:task-status>{state}</ac:task-status><ac:task-body>\
             <span class=\"placeholder-inline-tasks\">{inner}</span></ac:task-body></ac:task>"
        )
    });
    format!("<ac:task-list>{tasks}</ac:task-list>")
}

/// Decisions as Cloud stores them: a node of the newer format, and the same again as HTML.
pub(super) fn decisions(plain: &[&str]) -> String {
    let nodes = each(plain.iter().zip(1..), |(decision, number)| {
        format!(
            "<ac:adf-node type=\"decision-item\"><ac:adf-attribute key=\"local-id\">d{number}</ac:adf-attribute>\
             <ac:adf-attribute key=\"state\">DECIDED</ac:adf-attribute><ac:adf-content>{}</ac:adf-content></ac:adf-node>",
            text(decision)
        )
    });
    let fallback = each(plain, |decision| format!("<li>{}</li>", text(decision)));
    format!(
        "<ac:adf-extension><ac:adf-node type=\"decision-list\">{nodes}</ac:adf-node><ac:adf-fallback>\
         <ul class=\"decision-list\">{fallback}</ul></ac:adf-fallback></ac:adf-extension>"
    )
}
