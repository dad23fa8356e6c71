//! A site in memory and its mirror on disk, side by side.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use millpond::mirror::{Files, Guard, Mirror, Options, Scope};
use millpond::model::{AnnexKind, Clock, CloudId, ContentKind, Site};
use millpond::store::{self, ChangesQuery, Depth, Flaw, Reader, Store};
use rusqlite::Connection;

use crate::support::memory_site::{MemorySite, Seen, SeenAnnex, SeenSpace};
use crate::support::outsider::outsider;

/// A database that many sites share, one after the other or side by side: to open one costs more than a short history
/// does.
pub(crate) struct Theatre {
    store: Store,
    reader: Reader,
    outsider: Mutex<Connection>,
    _folder: tempfile::TempDir,
}

impl Theatre {
    pub(crate) async fn open() -> Arc<Self> {
        let folder = in_memory().unwrap();
        let dir = folder.path().to_owned();
        let store = Store::open(store::Options { dir }).await.unwrap();
        let outsider = Mutex::new(outsider(&folder.path().join("mirror.db")));
        let reader = store.reader();
        Arc::new(Self {
            store,
            reader,
            outsider,
            _folder: folder,
        })
    }
}

impl Theatre {
    /// What `check` finds wrong: above all, words in the index that a fresh build of it would not have.
    pub(crate) async fn flaws(&self) -> Vec<Flaw> {
        let mut flaws = self.reader.check(Depth::Full).unwrap();
        flaws.extend(self.store.check_index().await.unwrap());
        flaws
    }
}

/// One site in it.
pub(crate) struct Stage {
    pub(crate) site: MemorySite,
    pub(crate) store: Store,
    theatre: Arc<Theatre>,
    number: usize,
}

impl Stage {
    pub(crate) async fn new(site: MemorySite) -> Self {
        Self::within(Theatre::open().await, 1, site)
    }

    /// The site with that number, which no other of the theatre may have.
    pub(crate) fn within(theatre: Arc<Theatre>, number: usize, site: MemorySite) -> Self {
        Self {
            site,
            store: theatre.store.clone(),
            theatre,
            number,
        }
    }

    pub(crate) fn mirror(&self) -> Mirror<MemorySite> {
        self.mirror_of(vec![ContentKind::Page, ContentKind::BlogPost])
    }

    pub(crate) fn mirror_of(&self, kinds: Vec<ContentKind>) -> Mirror<MemorySite> {
        // The guard has tests of its own; here it must not hold what random histories do to small spaces.
        let guard = Guard {
            max_fraction: 1.0,
            min_items: 0,
            confirm_after: Duration::from_hours(1),
            is_lifted: true,
        };
        let files = Files {
            max_size: 1_000,
            ..Files::default()
        };
        let options = Options {
            scope: Scope::default(),
            kinds,
            annexes: AnnexKind::ALL.to_vec(),
            files: Some(files),
            stubs: true,
            labels: true,
            properties: Vec::new(),
            restrictions: false,
            users: true,
            guard,
        };
        let home = Site {
            cloud_id: CloudId::new(format!("cloud-{}", self.number)),
            domain: self.domain().parse().unwrap(),
            name: "Acme".to_owned(),
        };
        let clock = self.site.clone();
        Mirror::new(
            self.site.clone(),
            self.store.clone(),
            home,
            options,
            Clock::from_fn(move || clock.now()),
        )
    }

    fn domain(&self) -> String {
        format!("acme-{}.atlassian.net", self.number)
    }

    /// What the mirror holds as alive.
    pub(crate) fn mirrored(&self) -> Vec<Seen> {
        let sql = "
            SELECT id, kind, space_id, parent_id, title, status, version, markdown,
                (SELECT json_group_array(prefix || ':' || name ORDER BY prefix || ':' || name) FROM label
                 WHERE label.cloud_id = page.cloud_id AND label.page_id = page.id)
            FROM page WHERE site = :site AND gone_at IS NULL";
        self.select(sql, |row| {
            Ok(Seen {
                id: row.get(0)?,
                kind: row.get(1)?,
                space: row.get(2)?,
                parent: row.get(3)?,
                title: row.get(4)?,
                status: row.get(5)?,
                version: row.get(6)?,
                body: format!("<p>{}</p>", row.get::<_, String>(7)?.trim()),
                labels: serde_json::from_str(&row.get::<_, String>(8)?).unwrap(),
            })
        })
    }

    /// The living comments and attachments of living content in the mirror.
    pub(crate) fn mirrored_annexes(&self) -> Vec<SeenAnnex> {
        let sql = "
            SELECT it.* FROM (
                SELECT site, id, page_id, parent_id, kind, version, resolution AS state,
                    trim(markdown, char(10)) AS text, gone_at
                FROM comment
                UNION ALL
                SELECT site, id, page_id, NULL, 'attachment', version, title, sha256, gone_at FROM attachment
            ) AS it
            JOIN page ON page.site = it.site AND page.id = it.page_id AND page.gone_at IS NULL
            WHERE it.site = :site AND it.gone_at IS NULL";
        self.select(sql, |row| {
            Ok(SeenAnnex {
                id: row.get("id")?,
                page: row.get("page_id")?,
                parent: row.get("parent_id")?,
                kind: row.get("kind")?,
                version: row.get("version")?,
                state: row.get("state")?,
                text: row.get::<_, Option<String>>("text")?.unwrap_or_default(),
            })
        })
    }

    /// The spaces in the mirror, but for those that are in the trash or that the account sees no more.
    pub(crate) fn mirrored_spaces(&self) -> Vec<SeenSpace> {
        let shown = self.site.visible_spaces();
        let spaces = self.select(
            "SELECT id, key, name, status FROM space WHERE site = :site",
            |row| {
                Ok(SeenSpace {
                    id: row.get(0)?,
                    key: row.get(1)?,
                    name: row.get(2)?,
                    status: row.get(3)?,
                })
            },
        );
        let is_shown = |space: &SeenSpace| shown.iter().any(|seen| seen.id == space.id);
        spaces.into_iter().filter(is_shown).collect()
    }

    /// What the people in the mirror are called, as `account=name`.
    pub(crate) fn mirrored_names(&self) -> Vec<String> {
        let sql = "SELECT account_id || '=' || display_name FROM person WHERE site = :site";
        self.select(sql, |row| row.get(0))
    }

    /// Where in the spaces that are shown what the site listed last is not what the mirror holds, as the mirror says.
    pub(crate) fn incomplete(&self) -> Vec<String> {
        let shown = self.site.visible_spaces();
        let sql = "
            SELECT space_id, kind || ' ' || coalesce(listed, '?') || ' ' || mirrored || ' ' || refused || ' ' || failed
            FROM completeness
            WHERE site = :site AND (listed IS NOT mirrored OR refused > 0 OR failed > 0)";
        let told = self.select(sql, |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))
        });
        let is_shown = |id: &String| shown.iter().any(|space| space.id == *id);
        let told = told.into_iter().filter(|(space, _)| is_shown(space));
        told.map(|(space, told)| format!("{space}: {told}")).collect()
    }

    /// What is open.
    pub(crate) fn findings(&self) -> Vec<String> {
        let sql = "SELECT subject || ': ' || detail FROM finding WHERE site = :site AND closed_at IS NULL";
        self.select(sql, |row| row.get(0))
    }

    /// Everything in the mirror that the change feed tells of, tombstones included: its kind, its id and a digest of
    /// what readers see of it.
    pub(super) fn mirrored_in_full(&self) -> Vec<Told> {
        let sql = "
            SELECT kind, id, json_array(space_key, space_id, parent_id, title, status, version, url, json(labels),
                markdown, gone_at) FROM page WHERE site = :site
            UNION ALL
            SELECT 'comment', id, json_array(page_id, parent_id, kind, status, version, resolution, markdown, gone_at)
            FROM comment WHERE site = :site
            UNION ALL
            SELECT 'attachment', id, json_array(page_id, title, file_size, status, version, sha256, path, gone_at)
            FROM attachment WHERE site = :site
            UNION ALL
            SELECT 'space', id, json_array(key, name, type, status) FROM space WHERE site = :site
            UNION ALL
            SELECT 'person', account_id, json_array(display_name, kind) FROM person WHERE site = :site";
        self.select(sql, |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
    }

    fn select<T: Ord>(
        &self,
        sql: &str,
        row: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> Vec<T> {
        let outsider = self.theatre.outsider.lock().unwrap();
        let mut statement = outsider.prepare_cached(sql).unwrap();
        let rows = statement.query_map(&[(":site", &self.domain())], row).unwrap();
        let mut found: Vec<_> = rows.map(Result::unwrap).collect();
        found.sort();
        found
    }
}

/// Kind, id and what else is told of a thing.
type Told = (String, String, String);

/// Somebody who knows the mirror from its change feed alone.
#[derive(Default)]
pub(super) struct Follower {
    seq: i64,
    things: BTreeMap<(String, String), String>,
}

impl Follower {
    /// Reads what is new, and says how many lines that was.
    pub(super) fn catch_up(&mut self, stage: &Stage) -> usize {
        let mut count = 0;
        loop {
            let query = ChangesQuery {
                since: self.seq,
                site: Some(stage.domain().parse().unwrap()),
            };
            let lines = stage.theatre.reader.changes(&query).unwrap();
            if lines.is_empty() {
                return count;
            }
            for line in lines {
                assert!(line.seq > self.seq, "a change is told twice, or out of order");
                self.seq = line.seq;
                self.take(&line.json);
                count += 1;
            }
        }
    }

    fn take(&mut self, json: &str) {
        let line: serde_json::Value = serde_json::from_str(json).unwrap();
        assert_eq!(line["seq"], self.seq);
        assert_eq!(line["change"] == "gone", line["gone_at"].is_string());
        let word = |name: &str| line[name].as_str().unwrap().to_owned();
        let fields: &[&str] = match line["kind"].as_str().unwrap() {
            "comment" => &[
                "page_id",
                "parent_id",
                "place",
                "status",
                "version",
                "resolution",
                "markdown",
                "gone_at",
            ],
            "attachment" => &[
                "page_id",
                "title",
                "file_size",
                "status",
                "version",
                "sha256",
                "path",
                "gone_at",
            ],
            "space" => &["key", "name", "type", "status"],
            "person" => &["display_name", "type"],
            _ => &[
                "space_key",
                "space_id",
                "parent_id",
                "title",
                "status",
                "version",
                "url",
                "labels",
                "markdown",
                "gone_at",
            ],
        };
        let told: Vec<_> = fields.iter().map(|field| line[*field].clone()).collect();
        let told = serde_json::Value::from(told).to_string();
        self.things.insert((word("kind"), word("id")), told);
    }

    /// What it knows.
    pub(super) fn contents(&self) -> Vec<Told> {
        let things = self.things.iter();
        things
            .map(|((kind, id), told)| (kind.clone(), id.clone(), told.clone()))
            .collect()
    }
}

/// A folder that no disk slows down, where there is one: thousands of histories write hundreds of thousands of
/// transactions.
fn in_memory() -> std::io::Result<tempfile::TempDir> {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir())
}
