//! Comments and attachments, with the real program against the simulated site.

use std::fs;
use std::path::PathBuf;

use confluence_sim::{Account, Page, Site};

use crate::daemon::until;
use crate::support::installation::{Installation, outsider, world};
use crate::support::watched::Watched;

const DOMAIN: &str = "acme.atlassian.net";

/// Absence counts at once, so that two sweeps bury.
const ALL: &str = "[sync]\ncontent = [\"pages\", \"blogposts\", \"comments\", \"attachments\", \"users\"]\n\
                   deletion_guard = { confirm_after = \"1ms\" }\n";

const MEDIA: &str = "GET /file/{id}/binary";
const DOWNLOAD: &str = "GET /wiki/rest/api/content/{id}/child/attachment/{attachmentId}/download";

struct Stage {
    atlassian: Watched,
    alice: Account,
    site: Site,
    page: Page,
    home: Installation,
}

async fn stage() -> Stage {
    stage_with(ALL).await
}

async fn stage_with(more: &str) -> Stage {
    let (atlassian, alice) = world().await;
    let site = atlassian.site(DOMAIN);
    site.member(&alice);
    let page = site.space("ENG").page("Runbook").body("<p>Turn it off.</p>");
    let home = Installation::new(&atlassian, &[DOMAIN]);
    home.configure(&atlassian, &[DOMAIN], more);
    let home = home.connected(DOMAIN).await;
    Stage {
        atlassian,
        alice,
        site,
        page,
        home,
    }
}

impl Stage {
    /// The rows of a query, their columns joined.
    fn rows(&self, sql: &str) -> Vec<String> {
        let db = outsider(&self.home.database());
        let mut statement = db.prepare(sql).unwrap();
        let columns = statement.column_count();
        let rows = statement.query_map([], |row| {
            let text = |column| {
                let value: rusqlite::types::Value = row.get(column)?;
                Ok(match value {
                    rusqlite::types::Value::Null => "-".to_owned(),
                    rusqlite::types::Value::Integer(number) => number.to_string(),
                    rusqlite::types::Value::Text(text) => text.trim().to_owned(),
                    other => format!("{other:?}"),
                })
            };
            (0..columns).map(text).collect::<rusqlite::Result<Vec<_>>>()
        });
        rows.unwrap().map(|row| row.unwrap().join(" | ")).collect()
    }

    /// What requests are sent to the site's API and the media host during `arguments`, by template.
    async fn requests(&self, arguments: &[&str]) -> Vec<String> {
        let before = self.atlassian.log().requests().len();
        self.home.done(arguments).await;
        let log = self.atlassian.log();
        log.requests()[before..]
            .iter()
            .map(confluence_sim::Request::template)
            .collect()
    }

    fn file(&self, name: &str) -> PathBuf {
        let sql = format!("SELECT path FROM attachment WHERE title = '{name}'");
        self.home.database().parent().unwrap().join(&self.rows(&sql)[0])
    }
}

#[tokio::test]
async fn comments_are_mirrored_with_answers_resolution_and_the_words_they_are_about() {
    let it = stage().await;
    let post = it.site.space("ENG").blog_post("News");
    let first = it
        .site
        .comment(&it.alice, &it.page, "<p>Why <strong>off</strong>?</p>");
    let answer = it.site.reply(&it.alice, &first, "<p>Because of the wombat.</p>");
    let inline = it.site.comment_on(&it.alice, &it.page, "Turn it", "<p>How?</p>");
    it.site.resolve(&inline);
    it.site.comment(&it.alice, &post, "<p>Hooray</p>");
    it.home.done(&["sync"]).await;

    let found = it.rows("SELECT page_id, parent_id, kind, author, status, markdown, resolution, selection FROM comment ORDER BY created_at, id");
    let (page, post) = (it.page.id(), post.id());
    assert_eq!(
        found,
        [
            format!("{page} | - | footer | Alice Moreau | current | Why **off**? | - | -"),
            format!(
                "{page} | {} | footer | Alice Moreau | current | Because of the wombat. | - | -",
                first.id()
            ),
            format!("{page} | - | inline | Alice Moreau | current | How? | resolved | Turn it"),
            format!("{post} | - | footer | Alice Moreau | current | Hooray | - | -"),
        ]
    );
    let hits = it.home.done(&["--json", "search", "wombat"]).await;
    assert_eq!(hits.lines().count(), 1, "{hits}");

    it.site.edit_comment(&answer, "<p>Because of the numbat.</p>");
    let second = it.site.reply(&it.alice, &answer, "<p>I see.</p>");
    it.home.done(&["sync"]).await;
    let found = it.rows(
        "SELECT id, version, markdown FROM comment WHERE parent_id IS NOT NULL ORDER BY created_at, id",
    );
    assert_eq!(
        found,
        [
            format!("{} | 2 | Because of the numbat.", answer.id()),
            format!("{} | 1 | I see.", second.id()),
        ]
    );
}

#[tokio::test]
async fn an_unchanged_site_costs_two_requests_for_comments_and_one_for_attachments() {
    let it = stage().await;
    for number in 0..30 {
        it.site.comment(&it.alice, &it.page, &format!("<p>{number}</p>"));
        it.site
            .attach(&it.page, &format!("{number}.txt"), "text/plain", b"x");
    }
    it.home.done(&["sync"]).await;
    it.home.done(&["sync"]).await;
    let requests = it.requests(&["sync"]).await;
    let of = |route: &str| requests.iter().filter(|request| request.contains(route)).count();
    let found = ["comments", "attachment", "/file/"].map(of);
    assert!(found[0] <= 4 && found[1] <= 2 && found[2] == 0, "{requests:?}");
}

#[tokio::test]
async fn a_deleted_comment_is_buried_on_a_second_sighting_and_that_of_a_trashed_page_keeps_its_row() {
    let it = stage().await;
    let other = it.site.space("ENG").page("Other");
    it.site.space("ENG").pages(["A", "B", "C"]);
    let gone = it.site.comment(&it.alice, &it.page, "<p>gone</p>");
    it.site.comment(&it.alice, &it.page, "<p>stays</p>");
    it.site.comment(&it.alice, &other, "<p>with its page</p>");
    it.home.done(&["sync"]).await;

    it.site.delete_comment(&gone);
    it.site.trash(&other);
    let alive = "SELECT markdown FROM comment WHERE gone_at IS NULL ORDER BY created_at, id";
    it.home.done(&["sync", "--sweep"]).await;
    assert_eq!(it.rows(alive), ["gone", "stays", "with its page"]);
    it.home.done(&["sync", "--sweep"]).await;
    assert_eq!(it.rows(alive), ["stays", "with its page"]);
}

#[tokio::test]
async fn what_hangs_on_pages_of_other_spaces_is_not_mirrored() {
    let it = stage().await;
    let secret = it.site.space("HR").page("Pay");
    it.site.comment(&it.alice, &secret, "<p>secret</p>");
    it.site.attach(&secret, "pay.csv", "text/csv", b"1");
    it.site.comment(&it.alice, &it.page, "<p>open</p>");
    let connection = format!("domain = \"{DOMAIN}\"\n");
    let config = fs::read_to_string(it.home.config()).unwrap();
    let only = config.replace(
        &connection,
        &format!("{connection}spaces = {{ include = [\"ENG\"] }}\n"),
    );
    fs::write(it.home.config(), &only).unwrap();
    it.home.done(&["sync"]).await;
    it.home.done(&["sync", "--sweep"]).await;
    assert_eq!(it.rows("SELECT markdown FROM comment"), ["open"]);
    assert!(it.rows("SELECT title FROM attachment").is_empty());

    // A space that is mirrored from now on brings its older comments along.
    fs::write(it.home.config(), config).unwrap();
    it.home.done(&["sync"]).await;
    assert_eq!(
        it.rows("SELECT markdown FROM comment ORDER BY created_at, id"),
        ["secret", "open"]
    );
    assert_eq!(it.rows("SELECT title FROM attachment"), ["pay.csv"]);
}

#[tokio::test]
async fn files_come_through_the_gateway_and_the_media_host_sees_no_authorization() {
    let it = stage().await;
    let attached = it.site.attach(&it.page, "a/../b ü.png", "image/png", b"one");
    it.site.attach(&it.page, "copy.png", "image/png", b"one");
    it.home.done(&["sync"]).await;

    assert_ne!(attached.id(), attached.file_id());
    let found = it
        .rows("SELECT id, title, file_size, version, length(sha256), status FROM attachment ORDER BY created_at, id");
    assert_eq!(
        found[0],
        format!("{} | a/../b ü.png | 3 | 1 | 64 | current", attached.id())
    );
    assert_eq!(fs::read(it.file("a/../b ü.png")).unwrap(), b"one");
    assert_eq!(
        it.file("a/../b ü.png"),
        it.file("copy.png"),
        "equal files are one"
    );

    let log = it.atlassian.log();
    let media: Vec<_> = log.to(MEDIA).collect();
    assert_eq!(media.len(), 2);
    assert!(media.iter().all(|request| !request.has_authorization));
    assert!(log.to(DOWNLOAD).all(|request| request.has_authorization));
    let is_web = |request: &confluence_sim::Request| request.path.contains("/download/attachments/");
    assert!(!log.requests().iter().any(is_web), "the web path is for browsers");

    it.site.replace_file(&attached, b"two!");
    it.home.done(&["sync"]).await;
    assert_eq!(fs::read(it.file("a/../b ü.png")).unwrap(), b"two!");
    assert_eq!(fs::read(it.file("copy.png")).unwrap(), b"one");
}

#[tokio::test]
async fn a_file_that_is_cut_goes_on_and_a_link_that_ran_out_is_asked_for_again() {
    let it = stage().await;
    let bytes: Vec<u8> = (0..100_000_u32).flat_map(u32::to_le_bytes).collect();
    it.site
        .attach(&it.page, "large.bin", "application/octet-stream", &bytes);
    it.atlassian.faults().at(MEDIA).cut_body_next(1);
    it.home.done(&["sync"]).await;
    assert_eq!(fs::read(it.file("large.bin")).unwrap(), bytes);
    assert_eq!(it.atlassian.log().count(MEDIA), 2);

    it.site.attach(&it.page, "late.txt", "text/plain", b"late");
    it.atlassian.faults().at(MEDIA).server_error_next(1, 403);
    it.home.done(&["sync"]).await;
    assert_eq!(fs::read(it.file("late.txt")).unwrap(), b"late");
}

#[tokio::test]
async fn files_come_several_at_once_so_that_slow_ones_hold_up_no_others() {
    let it = stage().await;
    it.home.done(&["sync"]).await;
    for n in 0..6 {
        let bytes = format!("file {n}");
        it.site
            .attach(&it.page, &format!("{n}.txt"), "text/plain", bytes.as_bytes());
    }
    // Three of the four that are under way never come.
    it.atlassian.faults().at(MEDIA).stall_next(3);
    let mut run = it.home.spawn(&["sync"]);
    let kept = || {
        it.rows("SELECT title FROM attachment WHERE sha256 IS NOT NULL")
            .len()
    };
    until("the other files", || kept() == 3).await;
    assert_eq!(it.atlassian.log().count(MEDIA), 6);
    run.kill().await.unwrap();

    it.home.done(&["sync"]).await;
    assert_eq!(kept(), 6);
}

#[tokio::test]
async fn no_more_files_come_at_once_than_the_concurrency_allows() {
    let it = stage_with(&format!("concurrency = 1\n{ALL}")).await;
    for n in 0..3 {
        it.site
            .attach(&it.page, &format!("{n}.txt"), "text/plain", b"text");
    }
    it.home.done(&["sync"]).await;

    let log = it.atlassian.log();
    let of_files = log.requests().iter().map(confluence_sim::Request::template);
    let of_files: Vec<_> = of_files.filter(|it| it == DOWNLOAD || it == MEDIA).collect();
    assert_eq!(of_files, [DOWNLOAD, MEDIA].repeat(3), "one after the other");
}

/// The range of each request to the media host.
fn ranges(it: &Stage) -> Vec<Option<String>> {
    let log = it.atlassian.log();
    log.to(MEDIA).map(|request| request.range.clone()).collect()
}

#[tokio::test]
async fn a_file_that_is_cut_goes_on_in_its_middle_or_from_its_beginning_as_the_host_likes() {
    let bytes: Vec<u8> = (0..100_000_u32).flat_map(u32::to_le_bytes).collect();
    // The host begins where it is asked to; or it sends everything again; or it refuses, and then sends everything.
    for (ignores_ranges, refused, statuses) in [
        (false, 0, &[200, 206][..]),
        (true, 0, &[200, 200][..]),
        (false, 1, &[200, 416, 200][..]),
    ] {
        let it = stage().await;
        it.site
            .attach(&it.page, "large.bin", "application/octet-stream", &bytes);
        let faults = it.atlassian.faults();
        if ignores_ranges {
            faults.ignore_ranges();
        }
        faults.at(MEDIA).cut_body_next(1);
        if refused > 0 {
            faults.at(MEDIA).server_error_next(refused, 416);
        }
        it.home.done(&["sync"]).await;

        assert_eq!(fs::read(it.file("large.bin")).unwrap(), bytes);
        let log = it.atlassian.log();
        let answers: Vec<_> = log.to(MEDIA).map(|request| request.status).collect();
        assert_eq!(answers, statuses);
        let ranges = ranges(&it);
        let from = ranges[1]
            .as_deref()
            .and_then(|range| range.strip_prefix("bytes="));
        let from: usize = from
            .and_then(|range| range.strip_suffix('-'))
            .unwrap()
            .parse()
            .unwrap();
        assert!(
            (1..bytes.len()).contains(&from),
            "it goes on behind what came: {from}"
        );
        assert_eq!(ranges.get(2), (refused > 0).then_some(&None), "not refused twice");
    }
}

#[tokio::test]
async fn a_file_of_another_length_than_the_site_says_is_a_finding_until_they_agree() {
    let it = stage().await;
    let short = it.site.attach(&it.page, "short.txt", "text/plain", b"one");
    let long = it
        .site
        .attach(&it.page, "long.txt", "text/plain", &vec![7; 300_000]);
    it.site.misstate_size(&short, Some(4));
    it.site.misstate_size(&long, Some(10));
    it.home.done(&["sync"]).await;
    let open = "SELECT detail FROM finding WHERE kind = 'file missing' AND closed_at IS NULL ORDER BY 1";
    assert_eq!(
        it.rows(open),
        ["3 bytes came instead of 4", "more than its 10 bytes came"]
    );
    let kept = "SELECT title FROM attachment WHERE sha256 IS NOT NULL";
    assert!(it.rows(kept).is_empty());

    it.site.misstate_size(&short, None);
    it.site.misstate_size(&long, None);
    it.home.done(&["sync", "--sweep"]).await;
    assert!(it.rows(open).is_empty());
    assert_eq!(it.rows(kept).len(), 2);
}

/// The limit on the size of files stands in for a disk that is full: it, too, lets a write fail in the middle.
#[tokio::test]
async fn a_disk_that_takes_no_more_ends_the_run_and_leaves_no_half_of_a_file() {
    let it = stage().await;
    it.home.done(&["sync"]).await;
    it.site
        .attach(&it.page, "huge.bin", "application/x", &vec![1; 6 << 20]);
    it.site.attach(&it.page, "small.txt", "text/plain", b"small");
    // 4 MiB: enough for the database.
    let sync = it.home.command(["sync"]).with_files_of_at_most(8192);
    let output = sync.ended().await;
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(75), "{said}");
    assert!(
        said.contains("File too large") && said.contains("make room"),
        "{said}"
    );
    assert!(
        it.rows("SELECT title FROM attachment WHERE title = 'huge.bin' AND sha256 IS NOT NULL")
            .is_empty()
    );

    it.home.done(&["sync"]).await;
    assert_eq!(
        it.rows("SELECT title FROM attachment WHERE sha256 IS NULL"),
        Vec::<String>::new()
    );
    let incoming = it.home.database().with_file_name("attachments").join("incoming");
    let left = fs::read_dir(incoming).map_or(0, Iterator::count);
    assert_eq!(left, 0);
    it.home.done(&["check"]).await;
}

#[tokio::test]
async fn a_file_that_does_not_come_is_a_finding_and_comes_with_the_next_run() {
    let it = stage().await;
    it.site.attach(&it.page, "one.txt", "text/plain", b"one");
    it.site.attach(&it.page, "two.txt", "text/plain", b"two");
    it.atlassian.faults().at(DOWNLOAD).server_error_next(1, 400);
    it.home.done(&["sync"]).await;
    let open = "SELECT kind, subject FROM finding WHERE closed_at IS NULL";
    assert_eq!(it.rows(open).len(), 1);
    assert!(
        it.rows(open)[0].starts_with("file missing | attachment att"),
        "{:?}",
        it.rows(open)
    );
    let kept = "SELECT title FROM attachment WHERE sha256 IS NOT NULL";
    assert_eq!(
        it.rows(kept).len(),
        1,
        "either of them: they are asked for at once"
    );

    it.home.done(&["sync"]).await;
    assert!(it.rows(open).is_empty());
    assert_eq!(it.rows(kept).len(), 2);
    assert_eq!(fs::read(it.file("one.txt")).unwrap(), b"one");
}

#[tokio::test]
async fn what_is_too_large_or_of_another_type_is_only_named() {
    let more =
        format!("{ALL}attachments = {{ max_size = \"1KiB\", types = {{ exclude = [\"video/*\"] }} }}\n");
    let it = stage_with(&more).await;
    it.site.attach(&it.page, "large.bin", "application/x", &[0; 1025]);
    it.site.attach(&it.page, "film.mp4", "video/mp4", b"film");
    it.site.attach(&it.page, "note.txt", "text/plain", b"note");
    it.home.done(&["sync"]).await;
    let found = it.rows("SELECT title, sha256 IS NOT NULL FROM attachment ORDER BY created_at, id");
    assert_eq!(found, ["large.bin | 0", "film.mp4 | 0", "note.txt | 1"]);
    assert!(it.rows("SELECT kind FROM finding").is_empty());
}

#[tokio::test]
async fn check_finds_files_that_are_missing_or_changed_and_has_them_downloaded_again() {
    let it = stage().await;
    for name in ["one", "two", "three"] {
        it.site.attach(&it.page, name, "text/plain", name.as_bytes());
    }
    it.home.done(&["sync"]).await;
    fs::remove_file(it.file("one")).unwrap();
    fs::write(it.file("two"), b"other").unwrap();
    let folder = it.home.database().with_file_name("attachments").join("ff");
    fs::create_dir(&folder).unwrap();
    let unused = folder.join("f".repeat(64));
    fs::write(&unused, b"unused").unwrap();

    let checked = it.home.millpond(&["check"]).await;
    let said = String::from_utf8(checked.stdout).unwrap();
    assert!(!checked.status.success());
    assert!(
        said.contains("the file is missing") && said.contains("not the one that was downloaded"),
        "{said}"
    );
    it.home.done(&["check", "--repair"]).await;
    assert!(!unused.exists());
    it.home.done(&["sync"]).await;
    for name in ["one", "two", "three"] {
        assert_eq!(fs::read(it.file(name)).unwrap(), name.as_bytes());
    }
    it.home.done(&["check"]).await;
}

#[tokio::test]
async fn changes_that_bump_no_version_come_with_the_sweep() {
    let it = stage().await;
    let inline = it.site.comment_on(&it.alice, &it.page, "Turn it", "<p>How?</p>");
    let file = it.site.attach(&it.page, "old.txt", "text/plain", b"x");
    let gone = it.site.attach(&it.page, "gone.txt", "text/plain", b"y");
    let trashed = it.site.attach(&it.page, "trashed.txt", "text/plain", b"z");
    it.home.done(&["sync"]).await;
    it.site.resolve(&inline);
    it.site.rename_file(&file, "new.txt");
    it.site.purge_attachment(&gone);
    it.site.trash_attachment(&trashed);
    it.home.done(&["sync", "--sweep"]).await;
    assert_eq!(it.rows("SELECT resolution FROM comment"), ["resolved"]);
    let alive = "SELECT title FROM attachment WHERE gone_at IS NULL ORDER BY created_at, id";
    // The site itself says what is in its trash; what is nowhere must be missing twice.
    assert_eq!(it.rows(alive), ["new.txt", "gone.txt"]);
    it.home.done(&["sync", "--sweep"]).await;
    assert_eq!(it.rows(alive), ["new.txt"]);
}
