//! Reads the pages written by hand.
//!
//! A content file holds many pages. Each starts with a line `%%% Title`, then lines `parent:`, `author:`, `days:` and
//! `labels:` in any order (all may be missing), an empty line, and the body in storage format.

use super::DemoPage;

const PAGE: &str = "%%% ";

/// The pages of one content file, in its order.
pub(super) fn pages(source: &'static str) -> Vec<DemoPage> {
    let mut pages: Vec<DemoPage> = Vec::new();
    let mut in_head = false;
    for line in source.lines() {
        if let Some(title) = line.strip_prefix(PAGE) {
            pages.push(untouched(title));
            in_head = true;
        } else if let Some(page) = pages.last_mut() {
            if !in_head {
                page.body.push_str(line);
                page.body.push('\n');
            } else if line.is_empty() {
                in_head = false;
            } else {
                note(page, line);
            }
        }
    }
    for page in &mut pages {
        page.body.truncate(page.body.trim_end().len());
    }
    pages
}

fn untouched(title: &str) -> DemoPage {
    DemoPage {
        title: title.to_owned(),
        parent: None,
        author: 0,
        labels: Vec::new(),
        days_ago: 30,
        body: String::new(),
    }
}

/// Takes one line of a page's head; a line that says nothing known changes nothing.
fn note(page: &mut DemoPage, line: &'static str) {
    let Some((key, value)) = line.split_once(": ") else {
        return;
    };
    match key {
        "parent" => page.parent = Some(value.to_owned()),
        "author" => page.author = value.parse().unwrap_or(page.author),
        "days" => page.days_ago = value.parse().unwrap_or(page.days_ago),
        "labels" => page.labels = value.split(' ').collect(),
        _ => {}
    }
}
