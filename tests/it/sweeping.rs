//! Sweeps of a simulated site whose clock the tests move: shares of the hour, and what is buried on which evidence.

mod evidence;
mod shares;

use std::sync::Arc;
use std::time::Duration;

use millpond::confluence::{Client, Points};
use millpond::mirror::{Guard, Mirror, Options, Scope, Summary};
use millpond::model::{CloudId, ContentKind, Site, SyncMode};
use millpond::store::{self, Store};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use crate::client::connected::Connected;
use crate::support::installation::{Mirrored, mirrored, outsider, visible};

const HOUR: Duration = Duration::from_hours(1);

/// A site, and a mirror that is opened anew for every run, as if each were a process of its own.
struct Stage {
    world: Connected,
    folder: TempDir,
    /// What the app may spend in an hour by our own budget.
    budget: u64,
    kinds: Vec<ContentKind>,
}

impl Stage {
    async fn new() -> Self {
        Self::with_budget(60_000).await
    }

    async fn with_budget(budget: u64) -> Self {
        Self {
            world: Connected::new().await,
            folder: TempDir::new().unwrap(),
            budget,
            kinds: vec![ContentKind::Page],
        }
    }

    /// The site itself refuses the app beyond the same budget.
    async fn with_quota(points: u64) -> Self {
        Self {
            world: Connected::with_points(points).await,
            ..Self::with_budget(points).await
        }
    }

    async fn run(&self, mode: SyncMode) -> Summary {
        self.run_with(mode, false).await
    }

    /// A sweep by `sync --accept-deletions`.
    async fn accept_deletions(&self) -> Summary {
        self.run_with(SyncMode::Sweep, true).await
    }

    async fn run_with(&self, mode: SyncMode, accepts_deletions: bool) -> Summary {
        let dir = self.folder.path().to_owned();
        let store = Store::open(store::Options { dir }).await.unwrap();
        let points = self.world.points(self.budget);
        if let Some(earlier) = store.spending("").await.unwrap() {
            points.resume(&earlier);
        }
        let mut mirror = self.mirror(&store, points);
        mirror.accept_deletions(accepts_deletions);
        let summary = mirror
            .run(mode, &CancellationToken::new(), &|_| ())
            .await
            .unwrap();
        drop(mirror);
        store.close().await.unwrap();
        summary
    }

    fn mirror(&self, store: &Store, points: Arc<Points>) -> Mirror<Client> {
        let options = Options {
            scope: Scope::default(),
            kinds: self.kinds.clone(),
            annexes: Vec::new(),
            files: None,
            stubs: false,
            labels: false,
            properties: Vec::new(),
            restrictions: false,
            users: false,
            guard: Guard {
                max_fraction: 0.1,
                min_items: 20,
                confirm_after: HOUR,
                is_lifted: false,
            },
        };
        let site = Site {
            cloud_id: CloudId::new(self.world.site.cloud_id()),
            domain: self.world.site.domain().parse().unwrap(),
            name: "Acme".to_owned(),
        };
        let client = self.world.client_with(self.world.options(), points);
        Mirror::new(client, store.clone(), site, options, self.world.clock.clone())
    }

    /// What lives in the mirror.
    fn living(&self) -> Vec<Mirrored> {
        mirrored(&self.folder.path().join("mirror.db"))
    }

    fn equals_the_site(&self) -> bool {
        self.living() == visible(&self.world.site, &self.world.alice)
    }

    /// The first column of what `sql` selects.
    fn ask(&self, sql: &str) -> Vec<String> {
        let db = outsider(&self.folder.path().join("mirror.db"));
        let mut statement = db.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| row.get(0)).unwrap();
        rows.map(Result::unwrap).collect()
    }

    /// The kinds of the open findings, with their subjects.
    fn findings(&self) -> Vec<String> {
        self.ask("SELECT kind || ': ' || subject FROM finding WHERE closed_at IS NULL ORDER BY 1")
    }

    /// Requests to a route so far whose query holds `part`.
    fn requests(&self, route: &str, part: &str) -> usize {
        let log = self.world.atlassian.log();
        log.to(route)
            .filter(|request| request.query.contains(part))
            .count()
    }

    /// What sweeps ask for: everything, page after page, but for bodies and for what they ask for by id.
    fn listings_without_bodies(&self, route: &str) -> usize {
        let is_sweep = |query: &str| {
            query.contains("sort=id") && !query.contains("body-format") && !query.contains("&id=")
        };
        let log = self.world.atlassian.log();
        log.to(route).filter(|request| is_sweep(&request.query)).count()
    }

    /// Bodies are asked for by listings and by ids; either shows here.
    fn listings_with_bodies(&self) -> usize {
        self.requests("GET /wiki/api/v2/pages", "body-format")
    }
}
