//! Mirrors to search in: the demo's site, and the documents of the corpus under the names of their files.

use std::fs;
use std::path::Path;
use std::time::Duration;

use confluence_sim::demo::{self, DemoPage, DemoSpace};
use millpond::convert::{self, PageContext};
use millpond::model::{
    AccountId, Body, CloudId, Content, ContentId, ContentKind, ContentStatus, RunId, Site, Space, SpaceId,
    SpaceKey, SyncMode, User, Version,
};
use millpond::store::{ContentBatch, ContentWrite, Depth, Options, Rendering, Store};

use super::now;

/// Puts the demo's site into the folder, as it is when the demo starts.
pub(crate) async fn demo(dir: &Path) {
    let mirror = Mirror::open(dir).await;
    let people = demo::people();
    let users = people.iter().enumerate().map(|(number, name)| User {
        id: account(number),
        display_name: (*name).to_owned(),
        kind: "atlassian".to_owned(),
    });
    mirror
        .store
        .apply_users(&cloud(), users.collect(), now())
        .await
        .unwrap();
    let mut labels = Vec::new();
    for space in demo::spaces() {
        mirror.space(space.key, space.name).await;
        let writes = space.pages.iter().enumerate();
        mirror
            .apply(writes.map(|(index, page)| of_demo(&space, index, page)).collect())
            .await;
        for (index, page) in space.pages.iter().enumerate() {
            let id = id(space.key, index);
            labels.extend(page.labels.iter().map(|label| (id.clone(), (*label).to_owned())));
        }
    }
    mirror.label(dir, &labels).await;
    mirror.store.close().await.unwrap();
}

fn id(space_key: &str, index: usize) -> String {
    format!("{space_key}-{index}")
}

fn of_demo(space: &DemoSpace, index: usize, page: &DemoPage) -> ContentWrite {
    let people = 0..demo::people().len();
    let body = people.fold(page.body.clone(), |body, number| {
        body.replace(&format!("{{{{user:{number}}}}}"), account(number).as_str())
    });
    write(Written {
        id: &id(space.key, index),
        space_key: space.key,
        title: &page.title,
        author: page.author,
        days_ago: page.days_ago,
        body,
    })
}

/// Puts the documents into the folder, each a page that is called what its file is.
pub(crate) async fn corpus(dir: &Path, documents: &[(String, String)]) {
    let mirror = Mirror::open(dir).await;
    mirror.space("CORPUS", "Corpus").await;
    let writes = documents.iter().enumerate().map(|(index, (title, body))| {
        write(Written {
            id: &id("CORPUS", index),
            space_key: "CORPUS",
            title,
            author: 0,
            days_ago: 0,
            body: body.clone(),
        })
    });
    mirror.apply(writes.collect()).await;
    mirror.store.close().await.unwrap();
}

struct Written<'a> {
    id: &'a str,
    space_key: &'a str,
    title: &'a str,
    author: usize,
    days_ago: u32,
    body: String,
}

fn write(written: Written<'_>) -> ContentWrite {
    let at = now().minus(Duration::from_secs(u64::from(written.days_ago) * 86_400));
    let body = Body::Storage(written.body);
    let context = PageContext {
        wiki_url: "https://acme.atlassian.net/wiki",
        space_key: written.space_key,
        page_id: written.id,
    };
    let rendered = convert::render(&body, &context);
    ContentWrite::new(
        Content {
            id: ContentId::new(written.id),
            kind: ContentKind::Page,
            space: SpaceId::new(written.space_key),
            title: written.title.to_owned(),
            parent: None,
            position: None,
            status: ContentStatus::Current,
            author: Some(account(written.author)),
            created_at: at,
            version: Version {
                number: 1,
                message: String::new(),
                is_minor: false,
                author: Some(account(written.author)),
                created_at: at,
            },
            body: Some(body),
            webui: format!("/spaces/{}/pages/{}", written.space_key, written.id),
            embed_url: None,
        },
        Rendering {
            markdown: rendered.markdown,
            text: rendered.text,
            renderer: convert::RENDERER_VERSION,
            links: Vec::new(),
            warnings: Vec::new(),
        },
    )
}

fn cloud() -> CloudId {
    CloudId::new("cloud")
}

fn account(number: usize) -> AccountId {
    AccountId::new(format!("712020:{number}"))
}

/// A mirror being written.
struct Mirror {
    store: Store,
    run: RunId,
}

impl Mirror {
    async fn open(dir: &Path) -> Self {
        let store = Store::open(Options { dir: dir.to_owned() }).await.unwrap();
        let site = Site {
            cloud_id: cloud(),
            domain: "acme.atlassian.net".parse().unwrap(),
            name: "Acme".to_owned(),
        };
        store.register_site(site, now()).await.unwrap();
        let run = store
            .begin_run(&cloud(), SyncMode::Backfill, now())
            .await
            .unwrap();
        Self { store, run }
    }

    async fn space(&self, key: &str, name: &str) {
        let space = Space {
            id: SpaceId::new(key),
            key: SpaceKey::new(key),
            name: name.to_owned(),
            kind: "global".to_owned(),
            status: "current".to_owned(),
            homepage: None,
        };
        self.store
            .apply_spaces(&cloud(), vec![space], now())
            .await
            .unwrap();
    }

    async fn apply(&self, writes: Vec<ContentWrite>) {
        let batch = ContentBatch {
            site: cloud(),
            run: self.run,
            at: now(),
            writes,
            findings: Vec::new(),
            details: Vec::new(),
            checkpoint: None,
            spending: None,
        };
        self.store.apply(batch).await.unwrap();
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "the listing of labels is not what is tried"
    )]
    async fn label(&self, dir: &Path, labels: &[(String, String)]) {
        let conn = rusqlite::Connection::open(dir.join("mirror.db")).unwrap();
        for label in labels {
            conn.execute(
                "INSERT INTO labels (content, name) SELECT id, ?2 FROM contents WHERE content_id = ?1",
                [&label.0, &label.1],
            )
            .unwrap();
        }
        let flaws = self.store.reader().check(Depth::Quick).unwrap();
        self.store.repair(flaws, now()).await.unwrap();
    }
}

/// The documents below a folder with the names of their files, without ending.
pub(crate) fn documents(folder: &Path, paths: &[std::path::PathBuf]) -> Vec<(String, String)> {
    let document = |path: &std::path::PathBuf| {
        let name = path.strip_prefix(folder).unwrap().with_extension("");
        let body = String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned();
        (name.to_string_lossy().into_owned(), body)
    };
    paths.iter().map(document).collect()
}
