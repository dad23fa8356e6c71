//! What is read piece by piece or from its end must not cost more the more the mirror holds.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use rusqlite::Connection;

use super::changes::{self, ChangesQuery};
use super::recent::{self, RecentQuery};
use super::rerender::{self, BodyPlace, Outdated};
use super::sites::SiteNumber;
use super::{files, migrate, runs, status};

/// A mirror of so many pages, one in ten of them gone, whose planner has looked at some of them, as it does when a mirror
/// is closed, and takes a site for small.
#[expect(clippy::disallowed_methods, reason = "an empty database in memory")]
fn mirror(pages: u32) -> Connection {
    let mut conn = Connection::open(":memory:").unwrap();
    migrate::migrate(&mut conn).unwrap();
    conn.execute_batch(&format!(
        "INSERT INTO sites VALUES (1, 'cloud', 'acme.atlassian.net', 'Acme', '', '');
         WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {pages})
         INSERT INTO contents (id, site, content_id, kind, space_id, title, title_key, status, version,
             version_message, is_minor, created_at, modified_at, webui, sighted_in, first_seen, last_seen, gone_at)
         SELECT n, 1, n, 'page', '1', 'Page ' || n, '', 'current', 1, '', 0, '2026-01-01T00:00:00.000Z',
             printf('2026-02-01T%02d:%02d:%02d.000Z', n / 3600, n / 60 % 60, n % 60), '', 1, '', '',
             iif(n % 10 = 0, printf('2026-02-02T%02d:%02d:%02d.000Z', n / 3600, n / 60 % 60, n % 60), NULL)
         FROM numbers;
         INSERT INTO changes (site, kind, id) SELECT site, kind, content_id FROM contents;
         INSERT INTO bodies (id, format, sha256, size, zstd) SELECT id, 'storage', x'', 0, x'' FROM contents;
         UPDATE contents SET renderer = 0;
         -- All but the last are here.
         INSERT INTO attachments (site, attachment_id, page_id, title, media_type, file_size, version, status,
             file_version, created_at, first_seen, last_seen)
         SELECT 1, 'att' || id, '1', 'plan.png', 'image/png', 1, 1, 'current', iif(id < {pages} - 50, 1, NULL), '', '', ''
         FROM contents;
         INSERT INTO runs (site, mode, outcome, started_at, finished_at)
         SELECT 1, 'delta', 'complete', '2026-01-01T00:00:00.000Z', '2026-01-01T00:00:01.000Z' FROM contents;
         PRAGMA analysis_limit = 100;
         ANALYZE;"
    ))
    .unwrap();
    conn
}

const SITE: SiteNumber = 1;

/// How much SQLite does for it, in hundreds of the steps of its programs.
fn effort(mut conn: Connection, read: impl Fn(&Connection)) -> u32 {
    // What is read once is known from then on.
    read(&conn);
    let steps = Arc::new(AtomicU32::new(0));
    let counter = Arc::clone(&steps);
    let count = move || {
        counter.fetch_add(1, Ordering::Relaxed);
        false
    };
    conn.progress_handler(100, Some(count)).unwrap();
    read(&conn);
    steps.load(Ordering::Relaxed)
}

fn costs_the_same(read: impl Fn(&Connection)) {
    let (few, many) = (effort(mirror(300), &read), effort(mirror(6_000), &read));
    assert!(few > 0);
    assert!(
        many <= few + few / 5 + 1,
        "{few} hundred steps of a few, {many} of many"
    );
}

#[test]
fn the_end_of_the_change_feed_is_read_without_what_is_before_it() {
    costs_the_same(|conn| {
        let last = conn
            .query_row("SELECT max(seq) FROM changes", [], |row| row.get::<_, i64>(0))
            .unwrap();
        let query = ChangesQuery {
            since: last - 20,
            site: None,
        };
        assert_eq!(changes::changes(conn, &query).unwrap().len(), 20);
    });
}

#[test]
fn the_change_feed_in_sql_begins_without_what_is_behind() {
    costs_the_same(|conn| {
        let mut statement = conn
            .prepare_cached("SELECT seq FROM change WHERE seq > 5 ORDER BY seq LIMIT 20")
            .unwrap();
        let rows: Vec<i64> = statement
            .query_map([], |row| row.get(0))
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap();
        assert_eq!(rows.len(), 20);
    });
}

#[test]
fn what_changed_last_is_read_without_what_changed_before() {
    costs_the_same(|conn| {
        let query = RecentQuery {
            since: "2026-01-15T00:00:00Z".parse().unwrap(),
            space: None,
            author: None,
            site: None,
            limit: 20,
        };
        let changes = recent::recent(conn, &query).unwrap();
        assert_eq!(changes.len(), 20);
        assert!(changes.iter().all(|change| change.change == "gone"));
    });
}

#[test]
fn bodies_to_render_again_are_read_without_those_behind() {
    costs_the_same(|conn| {
        let read = rerender::read(conn, Outdated::Everything, BodyPlace::default()).unwrap();
        assert!((1..300).contains(&read.damaged.len()));
    });
}

#[test]
fn wanted_files_are_found_without_those_that_are_here() {
    costs_the_same(|conn| {
        let wanted = files::wanted(conn, SITE, 10, 0, 20).unwrap();
        assert_eq!(wanted.len(), 20);
    });
}

#[test]
fn the_last_runs_are_found_without_those_before_them() {
    costs_the_same(|conn| {
        assert_eq!(runs::deferred_until(conn, SITE).unwrap(), None);
        let last = status::last_runs(conn, SITE).unwrap();
        assert_eq!(last.len(), 1);
        assert_eq!(status::runs(conn, 5).unwrap().len(), 5);
        assert!(status::caught_up_at(conn, SITE).unwrap().is_some());
        assert_eq!(status::succeeded(conn, SITE).unwrap().len(), 1);
    });
}
