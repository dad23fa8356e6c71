//! SQL: where links lead, and whether anything is there.

use rusqlite::{Connection, Row, named_params};
use serde::Serialize;

use crate::model::{ContentId, Domain, SpaceKey};

use super::columns::domain;
use super::pages::PageName;

/// A link as it stands in a page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LinkView {
    /// The page it stands in.
    pub from: PageName,
    /// `page`, `blogpost`, `user`, `attachment`, `space`, `place` for a place in the page itself, or `external`.
    pub kind: String,
    /// What it leads to, as people call it: a title, a file, a name, an address.
    pub to: String,
    /// The space of the page or the space that it leads to, where one is named or known.
    pub space_key: Option<SpaceKey>,
    /// The id of the content or account that it leads to, where that is known.
    pub id: Option<ContentId>,
    /// The heading it leads to.
    pub anchor: Option<String>,
    /// Why it leads nowhere: `not mirrored`, `gone` or `missing attachment`. Whether a page has the place that a link
    /// names is not known here.
    pub problem: Option<String>,
}

/// Whose links to read.
#[derive(Clone, Debug, Default)]
pub struct LinkScope {
    /// Only those in pages of this space.
    pub space: Option<SpaceKey>,
    /// Only those on this site.
    pub site: Option<Domain>,
    /// Only those that lead nowhere, or to a place, which may not be there.
    pub is_broken: bool,
}

/// What is known of a link beside its own row. Addresses of other sites are not tried, and files are missed only on
/// sites whose attachments are mirrored.
const LINKS: &str = "
    SELECT source_site.domain, source_space.key AS source_space_key, source.content_id AS source_id,
        source.title AS source_title, links.kind, links.target, links.anchor,
        coalesce(target_space.key, links.space_key) AS space_key,
        CASE links.kind
            WHEN 'page' THEN coalesce(target.title, links.title, links.target)
            WHEN 'blogpost' THEN coalesce(target.title, links.title, links.target)
            WHEN 'place' THEN links.anchor
            WHEN 'attachment' THEN links.file_name
            WHEN 'space' THEN links.space_key
            WHEN 'user' THEN coalesce(people.display_name, links.target)
            ELSE links.written
        END AS aim,
        CASE
            WHEN links.kind IN ('page', 'blogpost') AND target.id IS NULL THEN 'not mirrored'
            WHEN links.kind IN ('page', 'blogpost') AND target.gone_at IS NOT NULL THEN 'gone'
            WHEN links.kind = 'space' AND NOT EXISTS (
                SELECT 1 FROM spaces WHERE spaces.site = source.site AND spaces.key = links.space_key
            ) THEN 'not mirrored'
            WHEN links.kind = 'attachment'
                AND EXISTS (SELECT 1 FROM attachments WHERE attachments.site = source.site)
                AND NOT EXISTS (
                    SELECT 1 FROM attachments
                    WHERE attachments.site = source.site AND attachments.title = links.file_name
                        AND attachments.gone_at IS NULL AND attachments.page_id IN (
                            SELECT source.content_id WHERE links.title_key IS NULL
                            UNION ALL
                            SELECT owner.content_id FROM spaces
                            JOIN contents AS owner ON owner.site = spaces.site
                                AND owner.space_id = spaces.space_id AND owner.title_key = links.title_key
                            WHERE spaces.site = source.site AND spaces.key = links.space_key
                        )
                ) THEN 'missing attachment'
        END AS problem
    FROM links
    JOIN contents AS source ON source.id = links.content
    JOIN sites AS source_site ON source_site.id = source.site
    LEFT JOIN spaces AS source_space ON source_space.site = source.site AND source_space.space_id = source.space_id
    LEFT JOIN contents AS target ON links.kind IN ('page', 'blogpost') AND target.site = source.site
        AND target.content_id = links.target
    LEFT JOIN spaces AS target_space ON target_space.site = target.site
        AND target_space.space_id = target.space_id
    LEFT JOIN people ON links.kind = 'user' AND people.site = source.site AND people.account_id = links.target";

/// The links that stand in the row, in their order.
pub(super) fn of_page(conn: &Connection, row: i64) -> rusqlite::Result<Vec<LinkView>> {
    conn.prepare_cached(&format!("{LINKS} WHERE links.content = ? ORDER BY links.id"))?
        .query_map([row], view_from_row)?
        .collect()
}

/// The links of living pages.
pub(super) fn in_scope(conn: &Connection, scope: &LinkScope) -> rusqlite::Result<Vec<LinkView>> {
    conn.prepare_cached(&format!(
        "SELECT * FROM (
             {LINKS}
             WHERE source.gone_at IS NULL
                 AND (:space IS NULL OR source_space.key = :space)
                 AND (:site IS NULL OR source_site.domain = :site)
             ORDER BY source_site.domain, source_space.key, source.title, source.id, links.id
         )
         WHERE NOT :is_broken OR problem IS NOT NULL OR anchor IS NOT NULL"
    ))?
    .query_map(
        named_params! {
            ":space": scope.space.as_ref().map(SpaceKey::as_str),
            ":site": scope.site.as_ref().map(Domain::as_str),
            ":is_broken": scope.is_broken,
        },
        view_from_row,
    )?
    .collect()
}

fn view_from_row(row: &Row<'_>) -> rusqlite::Result<LinkView> {
    let key = |column: &str| -> rusqlite::Result<Option<SpaceKey>> {
        Ok(row.get::<_, Option<String>>(column)?.map(SpaceKey::new))
    };
    Ok(LinkView {
        from: PageName {
            site: domain(row, "domain")?,
            space_key: key("source_space_key")?,
            id: ContentId::new(row.get::<_, String>("source_id")?),
            title: row.get("source_title")?,
        },
        kind: row.get("kind")?,
        to: row.get::<_, Option<String>>("aim")?.unwrap_or_default(),
        space_key: key("space_key")?,
        id: row.get::<_, Option<String>>("target")?.map(ContentId::new),
        anchor: row.get("anchor")?,
        problem: row.get("problem")?,
    })
}
