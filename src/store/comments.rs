//! SQL: the texts of comments.

use rusqlite::Transaction;

use crate::model::Timestamp;

use super::batch::{LinkTarget, Rendering};
use super::sites::SiteNumber;
use super::{people, rewrite};

/// What a comment says, with the names of the people it mentions as far as they are known.
pub(super) struct Named {
    pub(super) markdown: String,
    pub(super) plain: String,
}

/// Puts names in place of account ids. Those learnt later come with the next sweep, which reads every comment.
pub(super) fn named(
    tx: &Transaction<'_>,
    site: SiteNumber,
    rendering: &Rendering,
    at: Timestamp,
) -> rusqlite::Result<Named> {
    let mut named = Named {
        markdown: rendering.markdown.clone(),
        plain: rendering.text.clone(),
    };
    for link in &rendering.links {
        let LinkTarget::User(account) = &link.target else {
            continue;
        };
        people::mention(tx, site, account, at)?;
        let Some(name) = people::name(tx, site, account)? else {
            continue;
        };
        let label = rewrite::mention(&name);
        if let Some(markdown) = rewrite::label(&named.markdown, &link.written, &label, account.as_str()) {
            named.markdown = markdown;
        }
        named.plain = named.plain.replace(&format!("@{account}"), &format!("@{name}"));
    }
    Ok(named)
}
