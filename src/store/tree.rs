//! SQL: what hangs under what.

use std::collections::HashMap;
use std::mem;

use rusqlite::{Connection, Row};
use serde::Serialize;

use crate::model::{ContentId, Domain, SpaceKey};

use super::columns::domain;
use super::pages::Ancestor;

/// A page in its place. Nodes come in reading order: each is followed by what hangs under it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TreeNode {
    /// The site it is on.
    pub site: Domain,
    /// The space that holds it, unless that is unknown.
    pub space_key: Option<SpaceKey>,
    /// How many nodes it hangs under.
    pub depth: usize,
    /// How many nodes hang under it, at any depth.
    pub below: usize,
    /// Its id.
    pub id: ContentId,
    /// `page`, `blogpost`, …
    pub kind: String,
    /// Its title.
    pub title: String,
    /// Where a smart link leads.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub embed_url: Option<String>,
}

/// The living content of the space, or of all of them, in reading order.
pub(super) fn tree(conn: &Connection, space: Option<&SpaceKey>) -> rusqlite::Result<Vec<TreeNode>> {
    let siblings = siblings(conn, space)?;
    let mut tree = Vec::with_capacity(siblings.len());
    let rows: HashMap<(i64, &str), usize> = siblings
        .iter()
        .enumerate()
        .map(|(at, row)| (row.key(), at))
        .collect();
    let mut children: HashMap<usize, Vec<usize>> = HashMap::new();
    let mut tops = Vec::new();
    for (at, row) in siblings.iter().enumerate() {
        match row.parent_key().and_then(|key| rows.get(&key)) {
            Some(parent) => children.entry(*parent).or_default().push(at),
            // Also what hangs under something that is not mirrored.
            None => tops.push(at),
        }
    }
    let mut is_placed = vec![false; siblings.len()];
    // All rows after the tops: what is left then hangs in a circle, which moves caught halfway can make.
    for top in tops.into_iter().chain(0..siblings.len()) {
        // Not by recursion: a tree may be deeper than the stack.
        let mut open = vec![(top, 0)];
        while let Some((at, depth)) = open.pop() {
            if mem::replace(&mut is_placed[at], true) {
                continue;
            }
            tree.push(TreeNode {
                depth,
                ..siblings[at].node.clone()
            });
            let below = children.get(&at).into_iter().flatten().rev();
            open.extend(below.map(|child| (*child, depth + 1)));
        }
    }
    count(&mut tree);
    Ok(tree)
}

/// Counts what hangs under each node: all that follows it, up to the first that is no deeper.
fn count(tree: &mut [TreeNode]) {
    let mut open: Vec<usize> = Vec::new();
    for at in 0..=tree.len() {
        let depth = tree.get(at).map_or(0, |node| node.depth);
        while let Some(last) = open.pop_if(|last| tree[*last].depth >= depth) {
            tree[last].below = at - last - 1;
        }
        open.push(at);
    }
}

/// A node and what it takes to find its place.
struct Sibling {
    site: i64,
    parent: Option<String>,
    node: TreeNode,
}

impl Sibling {
    fn key(&self) -> (i64, &str) {
        (self.site, self.node.id.as_str())
    }

    fn parent_key(&self) -> Option<(i64, &str)> {
        Some((self.site, self.parent.as_deref()?))
    }
}

/// All living content, ordered so that siblings follow each other as the site shows them.
fn siblings(conn: &Connection, space: Option<&SpaceKey>) -> rusqlite::Result<Vec<Sibling>> {
    conn.prepare_cached(
        "SELECT contents.site, contents.parent_id, sites.domain, spaces.key AS space_key, contents.content_id,
             contents.kind, contents.title, contents.embed_url
         FROM contents
         JOIN sites ON sites.id = contents.site
         LEFT JOIN spaces ON spaces.site = contents.site AND spaces.space_id = contents.space_id
         WHERE contents.gone_at IS NULL
             AND (?1 IS NULL OR (contents.site, contents.space_id) IN (
                 SELECT spaces.site, spaces.space_id FROM spaces WHERE spaces.key = ?1))
         ORDER BY sites.domain, spaces.key, contents.kind = 'blogpost', contents.position IS NULL, contents.position,
             contents.title_key, contents.id",
    )?
    .query_map([space.map(SpaceKey::as_str)], sibling_from_row)?
    .collect()
}

fn sibling_from_row(row: &Row<'_>) -> rusqlite::Result<Sibling> {
    Ok(Sibling {
        site: row.get("site")?,
        parent: row.get("parent_id")?,
        node: TreeNode {
            site: domain(row, "domain")?,
            space_key: row.get::<_, Option<String>>("space_key")?.map(SpaceKey::new),
            depth: 0,
            below: 0,
            id: ContentId::new(row.get::<_, String>("content_id")?),
            kind: row.get("kind")?,
            title: row.get("title")?,
            embed_url: row.get("embed_url")?,
        },
    })
}

/// What a row hangs under, topmost first, as far as it is mirrored.
pub(super) fn ancestors(conn: &Connection, row: i64) -> rusqlite::Result<Vec<Ancestor>> {
    // The bound ends what would be a circle. `CROSS` keeps the order: with the statistics of a large mirror the planner else
    // goes through all content for each row.
    conn.prepare_cached(
        "WITH RECURSIVE above (depth, site, parent_id) AS (
             SELECT 0, site, parent_id FROM contents WHERE id = ?
             UNION ALL
             SELECT depth + 1, contents.site, contents.parent_id FROM above
             CROSS JOIN contents ON contents.site = above.site AND contents.content_id = above.parent_id
             WHERE depth < 100
         )
         SELECT contents.content_id, contents.title FROM above
         CROSS JOIN contents ON contents.site = above.site AND contents.content_id = above.parent_id
         ORDER BY above.depth DESC",
    )?
    .query_map([row], |row| {
        Ok(Ancestor {
            id: ContentId::new(row.get::<_, String>(0)?),
            title: row.get(1)?,
        })
    })?
    .collect()
}

/// The titles of what a row hangs under, topmost first.
pub(super) fn path(conn: &Connection, row: i64) -> rusqlite::Result<Vec<String>> {
    let ancestors = ancestors(conn, row)?;
    Ok(ancestors.into_iter().map(|ancestor| ancestor.title).collect())
}
