//! SQL: the change feed. One row for each thing that the mirror holds, in the order of its last change.
//!
//! The rows are written by triggers, in the transaction of the change. The writer is one, so numbers are given in the
//! order of commits: whoever has read up to a number misses nothing that comes after it.

use rusqlite::{Connection, named_params};

use crate::model::Domain;

use super::Error;
use super::reader::Reader;

/// Which changes to read.
#[derive(Clone, Debug, Default)]
pub struct ChangesQuery {
    /// Behind this one.
    pub since: i64,
    /// Only of this site.
    pub site: Option<Domain>,
}

/// A change, and what the thing is by now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeLine {
    /// Its place in the feed.
    pub seq: i64,
    /// One JSON object, as `docs/changes.md` describes it.
    pub json: String,
}

/// How much text is read at once. A page can be large, and whoever reads the lines may take their time.
const BYTES_AT_ONCE: usize = 1 << 20;

impl Reader {
    /// Some of the changes behind `query.since`, in their order; none if there are none.
    pub fn changes(&self, query: &ChangesQuery) -> Result<Vec<ChangeLine>, Error> {
        self.read("read the changes", |tx| changes(tx, query))
    }
}

pub(super) fn changes(conn: &Connection, query: &ChangesQuery) -> rusqlite::Result<Vec<ChangeLine>> {
    let mut statement = conn.prepare_cached(LINES)?;
    let mut rows = statement.query(named_params! {
        ":since": query.since,
        ":site": query.site.as_ref().map(Domain::as_str),
    })?;
    let (mut lines, mut bytes) = (Vec::new(), 0);
    while let Some(row) = rows.next()? {
        let line = ChangeLine {
            seq: row.get(0)?,
            json: row.get(1)?,
        };
        bytes += line.json.len();
        lines.push(line);
        if bytes > BYTES_AT_ONCE {
            break;
        }
    }
    Ok(lines)
}

/// Of each change the number, and the line. Only things of one kind join each, so the others are null.
const LINES: &str = "
    SELECT change.seq, CASE
        WHEN contents.id IS NOT NULL THEN json_object(
            'seq', change.seq, 'change', change.change, 'site', change.site, 'cloud_id', change.cloud_id,
            'kind', change.kind, 'id', change.id,
            'space_key', content_space.key, 'space_id', contents.space_id, 'parent_id', contents.parent_id,
            'title', contents.title, 'status', contents.status, 'version', contents.version,
            'author_id', contents.author_id, 'editor_id', contents.editor_id,
            'created_at', contents.created_at, 'modified_at', contents.modified_at,
            'url', 'https://' || change.site || '/wiki' || contents.webui,
            'labels', json((
                SELECT json_group_array(name)
                FROM (SELECT DISTINCT name FROM labels WHERE labels.content = contents.id ORDER BY name)
            )),
            'storage_size', contents.storage_size, 'markdown', texts.markdown,
            'gone_at', contents.gone_at, 'gone_reason', contents.gone_reason)
        WHEN comments.id IS NOT NULL THEN json_object(
            'seq', change.seq, 'change', change.change, 'site', change.site, 'cloud_id', change.cloud_id,
            'kind', change.kind, 'id', change.id,
            'page_id', comments.page_id, 'parent_id', comments.parent_id, 'place', comments.kind,
            'status', comments.status, 'version', comments.version, 'author_id', comments.author_id,
            'created_at', comments.created_at, 'modified_at', comments.modified_at,
            'resolution', comments.resolution, 'selection', comments.selection, 'markdown', comments.markdown,
            'gone_at', comments.gone_at, 'gone_reason', comments.gone_reason)
        WHEN attachments.id IS NOT NULL THEN json_object(
            'seq', change.seq, 'change', change.change, 'site', change.site, 'cloud_id', change.cloud_id,
            'kind', change.kind, 'id', change.id,
            'page_id', attachments.page_id, 'title', attachments.title, 'media_type', attachments.media_type,
            'file_size', attachments.file_size, 'status', attachments.status, 'version', attachments.version,
            'author_id', attachments.author_id, 'created_at', attachments.created_at,
            'modified_at', attachments.modified_at, 'sha256', attachments.sha256,
            'path', 'attachments/' || substr(attachments.sha256, 1, 2) || '/' || attachments.sha256,
            'gone_at', attachments.gone_at, 'gone_reason', attachments.gone_reason)
        WHEN spaces.id IS NOT NULL THEN json_object(
            'seq', change.seq, 'change', change.change, 'site', change.site, 'cloud_id', change.cloud_id,
            'kind', change.kind, 'id', change.id,
            'key', spaces.key, 'name', spaces.name, 'type', spaces.kind, 'status', spaces.status,
            'homepage_id', spaces.homepage_id)
        ELSE json_object(
            'seq', change.seq, 'change', change.change, 'site', change.site, 'cloud_id', change.cloud_id,
            'kind', change.kind, 'id', change.id,
            'display_name', people.display_name, 'type', people.kind)
        END
    FROM change
    JOIN sites ON sites.cloud_id = change.cloud_id
    LEFT JOIN contents ON contents.site = sites.id AND contents.content_id = change.id AND contents.kind = change.kind
    LEFT JOIN texts ON texts.id = contents.id
    LEFT JOIN spaces AS content_space
        ON content_space.site = sites.id AND content_space.space_id = contents.space_id
    LEFT JOIN comments ON comments.site = sites.id AND comments.comment_id = change.id AND change.kind = 'comment'
    LEFT JOIN attachments
        ON attachments.site = sites.id AND attachments.attachment_id = change.id AND change.kind = 'attachment'
    LEFT JOIN spaces ON spaces.site = sites.id AND spaces.space_id = change.id AND change.kind = 'space'
    LEFT JOIN people ON people.site = sites.id AND people.account_id = change.id AND change.kind = 'person'
    WHERE change.seq > :since AND (:site IS NULL OR change.site = :site)
    ORDER BY change.seq";
