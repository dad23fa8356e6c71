//! SQL: accounts and what they are called.

use rusqlite::{Connection, OptionalExtension, Transaction, named_params};

use crate::model::{AccountId, Timestamp, User};

use super::columns::integer;
use super::sites::SiteNumber;
use super::{alt, rewrite};

/// Notes that an account exists, so that its name is asked for.
pub(super) fn mention(
    tx: &Transaction<'_>,
    site: SiteNumber,
    account: &AccountId,
    at: Timestamp,
) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "INSERT INTO people (site, account_id, first_seen, last_seen) VALUES (:site, :account, :at, :at)
         ON CONFLICT (site, account_id) DO NOTHING",
    )?
    .execute(named_params! { ":site": site, ":account": account.as_str(), ":at": at.to_string() })?;
    Ok(())
}

pub(super) fn name(
    conn: &Connection,
    site: SiteNumber,
    account: &AccountId,
) -> rusqlite::Result<Option<String>> {
    conn.prepare_cached("SELECT display_name FROM people WHERE site = ? AND account_id = ?")?
        .query_row((site, account.as_str()), |row| row.get(0))
        .optional()
        .map(Option::flatten)
}

pub(super) fn unknown(
    tx: &Transaction<'_>,
    site: SiteNumber,
    limit: usize,
) -> rusqlite::Result<Vec<AccountId>> {
    let accounts: Vec<AccountId> = tx
        .prepare_cached(
            "SELECT account_id FROM people WHERE site = ? AND display_name IS NULL
             ORDER BY asked, account_id LIMIT ?",
        )?
        .query_map((site, integer(limit)), |row| {
            row.get(0).map(|id: String| AccountId::new(id))
        })?
        .collect::<Result<_, _>>()?;
    let mut ask =
        tx.prepare_cached("UPDATE people SET asked = asked + 1 WHERE site = ? AND account_id = ?")?;
    for account in &accounts {
        ask.execute((site, account.as_str()))?;
    }
    Ok(accounts)
}

/// Those whose names the site told longest ago. They count as told now, so that the others get their turn whatever it
/// answers.
pub(super) fn oldest(
    tx: &Transaction<'_>,
    site: SiteNumber,
    limit: usize,
    at: Timestamp,
) -> rusqlite::Result<Vec<AccountId>> {
    tx.prepare_cached(
        "UPDATE people SET asked_at = :at
         WHERE site = :site AND account_id IN (
             SELECT account_id FROM people WHERE site = :site AND display_name IS NOT NULL
             ORDER BY asked_at, account_id LIMIT :limit)
         RETURNING account_id",
    )?
    .query_map(
        named_params! { ":at": at.to_string(), ":site": site, ":limit": integer(limit) },
        |row| row.get(0).map(|id: String| AccountId::new(id)),
    )?
    .collect()
}

pub(super) fn apply(
    tx: &Transaction<'_>,
    site: SiteNumber,
    users: &[User],
    at: Timestamp,
) -> rusqlite::Result<()> {
    for user in users {
        let before = name(tx, site, &user.id)?;
        put(tx, site, user, at)?;
        if before.as_ref() != Some(&user.display_name) {
            relabel(tx, site, user, before.as_deref())?;
        }
    }
    Ok(())
}

fn put(tx: &Transaction<'_>, site: SiteNumber, user: &User, at: Timestamp) -> rusqlite::Result<()> {
    let mut statement = tx.prepare_cached(
        "INSERT INTO people (site, account_id, display_name, kind, asked_at, first_seen, last_seen)
         VALUES (:site, :account, :name, :kind, :at, :at, :at)
         ON CONFLICT (site, account_id) DO UPDATE
         SET display_name = excluded.display_name, kind = excluded.kind, asked_at = excluded.asked_at,
             last_seen = excluded.last_seen
         WHERE (display_name, kind) IS NOT (excluded.display_name, excluded.kind)",
    )?;
    statement.execute(named_params! {
        ":site": site,
        ":account": user.id.as_str(),
        ":name": user.display_name,
        ":kind": user.kind,
        ":at": at.to_string(),
    })?;
    Ok(())
}

/// A mention that stands under another name than its account has now.
struct Mention {
    link: i64,
    content: i64,
    written: String,
}

/// Puts the name into the texts that mention the person, who was called `before`.
fn relabel(
    tx: &Transaction<'_>,
    site: SiteNumber,
    user: &User,
    before: Option<&str>,
) -> rusqlite::Result<()> {
    let spoken = format!("@{}", before.unwrap_or(user.id.as_str()));
    let label = rewrite::mention(&user.display_name);
    for mention in mentions(tx, site, user)? {
        if mention.written == label {
            continue;
        }
        relabel_text(tx, &mention, user, &label, &spoken)?;
        tx.prepare_cached("UPDATE links SET written = ? WHERE id = ?")?
            .execute((&label, mention.link))?;
    }
    Ok(())
}

fn mentions(conn: &Connection, site: SiteNumber, user: &User) -> rusqlite::Result<Vec<Mention>> {
    conn.prepare_cached(
        "SELECT links.id AS link, links.content, links.written FROM links
         JOIN contents ON contents.id = links.content
         WHERE links.target = ? AND links.kind = 'user' AND contents.site = ?",
    )?
    .query_map((user.id.as_str(), site), |row| {
        Ok(Mention {
            link: row.get("link")?,
            content: row.get("content")?,
            written: row.get("written")?,
        })
    })?
    .collect()
}

fn relabel_text(
    tx: &Transaction<'_>,
    mention: &Mention,
    user: &User,
    label: &str,
    spoken: &str,
) -> rusqlite::Result<()> {
    let (title, body, markdown): (String, String, String) = tx
        .prepare_cached("SELECT title, body, markdown FROM texts WHERE id = ?")?
        .query_row([mention.content], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })?;
    if let Some(markdown) = rewrite::label(&markdown, &mention.written, label, user.id.as_str()) {
        tx.prepare_cached("UPDATE texts SET markdown = ? WHERE id = ?")?
            .execute((markdown, mention.content))?;
    }
    let labels = rewrite::Labels {
        markdown: &markdown,
        label: &mention.written,
        account: user.id.as_str(),
    };
    let name = format!("@{}", user.display_name);
    let body = match rewrite::spoken(&body, spoken, &name, labels) {
        // Someone else of that name could be meant: the former one stays until the page changes.
        None if is_shared(tx, mention, user)? => None,
        None => rewrite::word(&body, spoken, &name),
        renamed => renamed,
    };
    if let Some(body) = body {
        tx.prepare_cached("UPDATE texts SET body = ?, alt = ? WHERE id = ?")?
            .execute((&body, alt::of(&title, &body), mention.content))?;
    }
    Ok(())
}

/// Whether the same text mentions someone else by the same name.
fn is_shared(conn: &Connection, mention: &Mention, user: &User) -> rusqlite::Result<bool> {
    conn.prepare_cached(
        "SELECT 1 FROM links WHERE content = ? AND kind = 'user' AND written = ? AND target IS NOT ?",
    )?
    .exists((mention.content, &mention.written, user.id.as_str()))
}
