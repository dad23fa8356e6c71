//! Jira issues.

use crate::convert::links::{Link, LinkTarget};
use crate::convert::macros::{self, Macro};
use crate::convert::pen::Pen;

use super::link;

/// One issue, or what a query finds.
pub(in crate::convert) fn issues_macro(pen: &mut Pen<'_>, found: &Macro) {
    if let Some(key) = found.param("key") {
        let url = pen.place().issue_url(&key);
        to_jira(pen, url, &key);
    } else if let Some(jql) = found.first_param(&["jqlQuery", "jql", "url", ""]) {
        let url = if is_address(&jql) {
            jql.clone()
        } else {
            pen.place().issues_url(&jql)
        };
        to_jira(pen, url, &format!("Jira: {jql}"));
        macros::remark(pen, found);
    } else {
        macros::framed(pen, found);
    }
}

fn is_address(text: &str) -> bool {
    text.starts_with("https://") || text.starts_with("http://")
}

fn to_jira(pen: &mut Pen<'_>, url: String, label: &str) {
    let to = Link {
        written: crate::convert::escape::target(&url),
        target: LinkTarget::External(url),
        anchor: None,
    };
    pen.in_paragraph(|pen| link::to(pen, to, None, label));
}
