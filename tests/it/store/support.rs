//! A mirror in a temporary directory, and pages to put into it.

use std::fmt::Write;

use millpond::model::{
    AccountId, Body, CloudId, Content, ContentId, ContentKind, ContentStatus, Counts, RunId, Site, Space,
    SpaceId, SpaceKey, SyncMode, Timestamp, Version,
};
use millpond::store::{ContentBatch, ContentWrite, LinkRow, LinkTarget, Options, Rendering, Store};
use tempfile::TempDir;

pub(crate) struct Mirror {
    pub(crate) dir: TempDir,
    pub(crate) store: Store,
    pub(crate) run: RunId,
}

pub(crate) fn cloud() -> CloudId {
    CloudId::new("cloud-1")
}

pub(crate) fn at(minute: u32) -> Timestamp {
    format!("2026-03-01T{:02}:{:02}:00Z", 9 + minute / 60, minute % 60)
        .parse()
        .unwrap()
}

/// A link to a page of the space ENG by its title, and how the Markdown has it.
pub(crate) fn link_to(title: &str, written: &str) -> LinkRow {
    LinkRow {
        target: LinkTarget::Page {
            space_key: SpaceKey::new("ENG"),
            title: title.to_owned(),
        },
        written: written.to_owned(),
        anchor: None,
    }
}

impl Mirror {
    /// A mirror of one site with the spaces ENG (1) and HR (2).
    pub(crate) async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = open(&dir).await;
        let site = Site {
            cloud_id: cloud(),
            domain: "acme.atlassian.net".parse().unwrap(),
            name: "Acme".to_owned(),
        };
        store.register_site(site, at(0)).await.unwrap();
        let spaces = vec![space("1", "ENG"), space("2", "HR")];
        store.apply_spaces(&cloud(), spaces, at(0)).await.unwrap();
        let run = store
            .begin_run(&cloud(), SyncMode::Backfill, at(0))
            .await
            .unwrap();
        Self { dir, store, run }
    }

    pub(crate) fn batch(&self, writes: Vec<ContentWrite>) -> ContentBatch {
        ContentBatch {
            site: cloud(),
            run: self.run,
            at: at(1),
            writes,
            findings: Vec::new(),
            details: Vec::new(),
            checkpoint: None,
            spending: None,
        }
    }

    pub(crate) async fn apply(&self, writes: Vec<ContentWrite>) -> Counts {
        self.store.apply(self.batch(writes)).await.unwrap()
    }

    /// A plain connection, as any other program would open the file.
    #[expect(clippy::disallowed_methods, reason = "looks at the file from the outside")]
    pub(crate) fn sql(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.dir.path().join("mirror.db")).unwrap()
    }

    pub(crate) fn text(&self, query: &str) -> String {
        self.sql().query_row(query, [], |row| row.get(0)).unwrap()
    }

    pub(crate) fn number(&self, query: &str) -> i64 {
        self.sql().query_row(query, [], |row| row.get(0)).unwrap()
    }

    pub(crate) fn markdown(&self, id: &str) -> String {
        self.text(&format!("SELECT markdown FROM page WHERE id = '{id}'"))
    }

    /// Every row of every table but the index, which has a check of its own.
    pub(crate) fn dump(&self) -> String {
        let conn = self.sql();
        let mut tables = conn
            .prepare(
                "SELECT name FROM sqlite_schema
                 WHERE type = 'table' AND name NOT LIKE '%_fts%' AND name NOT LIKE 'sqlite%' ORDER BY name",
            )
            .unwrap();
        let tables: Vec<String> = tables
            .query_map([], |row| row.get(0))
            .unwrap()
            .map(Result::unwrap)
            .collect();
        tables.iter().map(|table| dump(&conn, table)).collect()
    }

    /// Panics unless the indexes equal the texts.
    pub(crate) fn check_index(&self) {
        self.sql()
            .execute_batch(
                "INSERT INTO page_fts (page_fts, rank) VALUES ('integrity-check', 1);
                 INSERT INTO title_fts (title_fts, rank) VALUES ('integrity-check', 1);",
            )
            .unwrap();
    }
}

fn dump(conn: &rusqlite::Connection, table: &str) -> String {
    let mut statement = conn
        .prepare(&format!("SELECT * FROM {table} ORDER BY 1, 2"))
        .unwrap();
    let columns = statement.column_count();
    let mut rows = statement.query([]).unwrap();
    let mut text = format!("{table}\n");
    while let Some(row) = rows.next().unwrap() {
        for column in 0..columns {
            let value: rusqlite::types::Value = row.get(column).unwrap();
            write!(text, "{value:?} ").unwrap();
        }
        text.push('\n');
    }
    text
}

pub(crate) async fn open(dir: &TempDir) -> Store {
    let options = Options {
        dir: dir.path().to_owned(),
    };
    Store::open(options).await.unwrap()
}

pub(crate) fn space(id: &str, key: &str) -> Space {
    Space {
        id: SpaceId::new(id),
        key: SpaceKey::new(key),
        name: format!("Space {key}"),
        kind: "global".to_owned(),
        status: "current".to_owned(),
        homepage: None,
    }
}

/// A page of the space ENG in its first version.
pub(crate) fn page(id: &str, title: &str, text: &str) -> ContentWrite {
    let alice = AccountId::new("account:alice");
    ContentWrite::new(
        Content {
            id: ContentId::new(id),
            kind: ContentKind::Page,
            space: SpaceId::new("1"),
            parent: None,
            position: None,
            title: title.to_owned(),
            status: ContentStatus::Current,
            author: Some(alice.clone()),
            created_at: at(0),
            version: Version {
                number: 1,
                message: String::new(),
                is_minor: false,
                author: Some(alice),
                created_at: at(0),
            },
            webui: format!("/spaces/ENG/pages/{id}"),
            embed_url: None,
            body: Some(Body::Storage(format!("<p>{text}</p>"))),
        },
        Rendering {
            markdown: format!("{text}\n"),
            text: text.to_owned(),
            renderer: 1,
            ..Rendering::default()
        },
    )
}

pub(crate) trait Edit {
    fn version(self, number: u32) -> Self;
    fn link(self, link: LinkRow) -> Self;
    fn with(self, edit: impl FnOnce(&mut Content)) -> Self;
}

impl Edit for ContentWrite {
    /// Saved as many minutes after the first version.
    fn version(mut self, number: u32) -> Self {
        self.content.version.number = number;
        self.content.version.created_at = at(number - 1);
        self
    }

    fn link(mut self, link: LinkRow) -> Self {
        self.rendering.links.push(link);
        self
    }

    fn with(mut self, edit: impl FnOnce(&mut Content)) -> Self {
        edit(&mut self.content);
        self
    }
}
