//! Rendering stored bodies again: what it changes, what it leaves alone, and how it survives being stopped.

use std::time::{Duration, Instant};

use millpond::convert::RENDERER_VERSION;
use millpond::mirror::{self, Rerendered};
use millpond::model::{AccountId, Body, Clock, SpaceKey, User};
use millpond::store::{ContentWrite, LinkRow, LinkTarget};
use tokio_util::sync::CancellationToken;

use crate::store::support::{Edit, Mirror, at, cloud, page, space};
use crate::support::program::Program;

/// A page that an older renderer wrote, badly, and lost the links of.
fn outdated(id: &str, title: &str, storage: &str) -> ContentWrite {
    let mut write = page(id, title, "stale");
    write.content.body = Some(Body::Storage(storage.to_owned()));
    write.rendering.renderer = 0;
    write
}

fn link_to(title: &str) -> String {
    format!("<ac:link><ri:page ri:content-title=\"{title}\" /></ac:link>")
}

const MENTION: &str = "<ac:link><ri:user ri:account-id=\"account:bob\" /></ac:link>";

async fn render(mirror: &Mirror, everything: bool) -> Rerendered {
    let (clock, stop) = (Clock::from_fn(|| at(50)), CancellationToken::new());
    mirror::rerender(&mirror.store, everything, &clock, &stop, &|_| {})
        .await
        .unwrap()
}

async fn name_bob(mirror: &Mirror) {
    let bob = User {
        id: AccountId::new("account:bob"),
        display_name: "Bob Iwu".to_owned(),
        kind: "atlassian".to_owned(),
    };
    mirror
        .store
        .apply_users(&cloud(), vec![bob], at(2))
        .await
        .unwrap();
}

#[tokio::test]
async fn an_outdated_page_is_rendered_again_with_its_links_and_names() {
    let mirror = Mirror::new().await;
    let storage = format!(
        "<h1>Duty</h1><p>See {}, ask {MENTION}.</p><ac:structured-macro ac:name=\"unheard-of\" />",
        link_to("Runbook")
    );
    mirror
        .apply(vec![
            outdated("10", "On call", &storage),
            page("11", "Runbook", "x"),
        ])
        .await;
    name_bob(&mirror).await;

    let done = render(&mirror, false).await;

    assert_eq!((done.outdated, done.rendered, done.left()), (1, 1, 0));
    let markdown = mirror.markdown("10");
    assert!(markdown.starts_with("# Duty\n"), "{markdown}");
    assert!(
        markdown.contains("(https://acme.atlassian.net/wiki/spaces/ENG/pages/11)"),
        "{markdown}"
    );
    assert!(markdown.contains("[@Bob Iwu]("), "{markdown}");
    assert_eq!(
        mirror.number("SELECT count(*) FROM links WHERE target IN ('11', 'account:bob')"),
        2
    );
    assert_eq!(mirror.number("SELECT count(*) FROM warnings"), 1);
    assert_eq!(
        mirror.number("SELECT min(renderer) FROM contents"),
        i64::from(RENDERER_VERSION)
    );
    let found = mirror
        .store
        .reader()
        .search(&millpond::store::SearchQuery::new("duty"))
        .unwrap();
    assert_eq!(found.len(), 1);
    mirror.check_index();
}

#[tokio::test]
async fn what_the_site_said_and_when_stays_as_it_is() {
    let mirror = Mirror::new().await;
    mirror
        .apply(vec![outdated("10", "On call", "<p>first</p>")])
        .await;
    mirror
        .apply(vec![outdated("10", "On call", "<p>second</p>").version(2)])
        .await;
    let said =
        "SELECT json_group_array(json_array(title, status, version, body_version, storage_size, modified_at,
                sighted_in, missing_since, gone_at, first_seen, last_seen)) FROM contents";
    let kept = "SELECT json_group_array(json_array(version, replaced_at, hex(zstd))) FROM versions";
    let body = "SELECT hex(zstd) FROM bodies";
    let before = [said, kept, body].map(|query| mirror.text(query));

    render(&mirror, false).await;

    assert_eq!(mirror.markdown("10"), "second\n");
    assert_eq!([said, kept, body].map(|query| mirror.text(query)), before);
}

#[tokio::test]
async fn the_same_answer_after_rendering_again_changes_nothing() {
    let mirror = Mirror::new().await;
    mirror
        .apply(vec![outdated("10", "On call", "<p>words</p>")])
        .await;
    render(&mirror, false).await;
    let dump = mirror.dump();

    // What the engine makes of the same body.
    let mut write = outdated("10", "On call", "<p>words</p>");
    write.rendering.markdown = "words\n".to_owned();
    write.rendering.text = mirror.text("SELECT body FROM texts");
    write.rendering.renderer = RENDERER_VERSION;
    let counts = mirror.apply(vec![write]).await;

    assert_eq!((counts.added, counts.changed), (0, 0));
    assert_eq!(mirror.dump(), dump);
}

#[tokio::test]
async fn rendering_again_twice_changes_nothing_the_second_time() {
    let mirror = Mirror::new().await;
    let storage = format!("<p>{} {MENTION}</p>", link_to("Missing"));
    mirror
        .apply(vec![
            outdated("10", "On call", &storage),
            outdated("11", "Other", "<p>x</p>"),
        ])
        .await;
    render(&mirror, false).await;
    let dump = mirror.dump();

    assert_eq!(render(&mirror, false).await, Rerendered::default());
    assert_eq!(mirror.dump(), dump);

    let everything = render(&mirror, true).await;
    assert_eq!((everything.outdated, everything.rendered), (2, 2));
    assert_eq!(mirror.dump(), dump);
}

/// A body names pages as they were called when it was saved.
#[tokio::test]
async fn a_link_to_a_page_renamed_since_still_leads_there() {
    let mirror = Mirror::new().await;
    let url = "https://acme.atlassian.net/wiki/display/ENG/Runbook";
    let mut linking = outdated("10", "On call", &format!("<p>{}</p>", link_to("Runbook"))).link(LinkRow {
        target: LinkTarget::Page {
            space_key: SpaceKey::new("ENG"),
            title: "Runbook".to_owned(),
        },
        written: url.to_owned(),
        anchor: None,
    });
    linking.rendering.markdown = format!("[Runbook]({url})\n");
    mirror.apply(vec![page("11", "Runbook", "x"), linking]).await;
    mirror.apply(vec![page("11", "Playbook", "x").version(2)]).await;
    let before = mirror.markdown("10");
    assert!(before.contains("/pages/11)"), "{before}");

    render(&mirror, false).await;

    assert_eq!(mirror.markdown("10"), before);
    assert_eq!(mirror.text("SELECT target FROM links"), "11");
}

#[tokio::test]
async fn a_damaged_body_keeps_its_page_as_it_was() {
    let mirror = Mirror::new().await;
    mirror
        .apply(vec![
            outdated("10", "On call", "<p>a</p>"),
            outdated("11", "Other", "<p>b</p>"),
        ])
        .await;
    mirror
        .sql()
        .execute_batch(
            "UPDATE bodies SET zstd = x'00' WHERE id = 1; UPDATE bodies SET size = 1 << 60 WHERE id = 1",
        )
        .unwrap();

    let done = render(&mirror, false).await;

    assert_eq!((done.rendered, done.damaged.len(), done.left()), (1, 1, 0));
    assert_eq!(
        (mirror.markdown("10"), mirror.markdown("11")),
        ("stale\n".to_owned(), "b\n".to_owned())
    );
}

#[tokio::test]
async fn stopped_in_the_middle_it_goes_on_where_it_stopped() {
    let mirror = Mirror::new().await;
    let pages = (0..600).map(|id| outdated(&id.to_string(), &format!("Page {id}"), "<p>new</p>"));
    mirror.apply(pages.collect()).await;
    let (clock, stop) = (Clock::from_fn(|| at(50)), CancellationToken::new());

    let stopped = mirror::rerender(&mirror.store, false, &clock, &stop, &|_| stop.cancel()).await;

    let stopped = stopped.unwrap();
    assert_eq!(
        (stopped.outdated, stopped.rendered, stopped.left()),
        (600, 250, 350)
    );
    let done = render(&mirror, false).await;
    assert_eq!((done.outdated, done.rendered, done.left()), (350, 350, 0));
    assert_eq!(
        mirror.number("SELECT count(*) FROM page WHERE markdown <> 'new\n'"),
        0
    );
}

#[tokio::test]
async fn killed_in_the_middle_it_goes_on_with_what_is_left() {
    let mirror = Mirror::new().await;
    let storage = format!("<p>new {}</p>", link_to("Page 0"));
    let pages = (0..3_000).map(|id| outdated(&id.to_string(), &format!("Page {id}"), &storage));
    mirror.apply(pages.collect()).await;
    let Mirror { dir, store, run } = mirror;
    let config = dir.path().join("config.toml");
    let text = format!(
        "state_dir = \"{}\"\n[app]\nclient_id = \"client-1\"\n[[connection]]\ndomain = \"acme.atlassian.net\"\n",
        dir.path().display()
    );
    std::fs::write(&config, text).unwrap();
    store.close().await.unwrap();
    let check = || {
        let program = Program::new(dir.path()).arg("--config").arg(&config);
        program.args(["check", "--render"]).spawn()
    };
    let left = || {
        let sql = crate::support::installation::outsider(&dir.path().join("mirror.db"));
        let left = sql.query_row("SELECT count(*) FROM contents WHERE renderer = 0", [], |row| {
            row.get(0)
        });
        // A killed writer leaves a log that the next connection recovers, one at a time.
        left.unwrap_or(i64::MAX)
    };

    let mut kills = 0;
    while left() > 0 {
        let before = left();
        let mut child = check();
        let deadline = Instant::now() + Duration::from_mins(1);
        while left() >= before && child.try_wait().unwrap().is_none() {
            assert!(Instant::now() < deadline, "nothing is rendered");
            std::thread::sleep(Duration::from_millis(1));
        }
        child.kill().await.unwrap();
        kills += 1;
        assert!(kills < 50, "it does not advance");
    }

    println!("{kills} kills");
    let mirror = Mirror {
        store: crate::store::support::open(&dir).await,
        dir,
        run,
    };
    assert_eq!(
        mirror.number("SELECT count(*) FROM page WHERE markdown NOT LIKE 'new %pages/0)%'"),
        0
    );
    assert_eq!(
        mirror.number("SELECT count(*) FROM links WHERE target = '0'"),
        3_000
    );
    mirror.check_index();
}

/// What a space is called is nothing that its pages say.
#[tokio::test]
async fn links_are_settled_when_a_space_takes_the_key_they_name() {
    let mirror = Mirror::new().await;
    let mut linking = page("10", "On call", "x").link(LinkRow {
        target: LinkTarget::Page {
            space_key: SpaceKey::new("OPS"),
            title: "Runbook".to_owned(),
        },
        written: "https://acme.atlassian.net/wiki/display/OPS/Runbook".to_owned(),
        anchor: None,
    });
    linking.rendering.markdown = "[r](https://acme.atlassian.net/wiki/display/OPS/Runbook)\n".to_owned();
    mirror.apply(vec![linking, page("11", "Runbook", "x")]).await;
    assert_eq!(
        mirror.number("SELECT count(*) FROM links WHERE target IS NULL"),
        1
    );

    let spaces = vec![space("1", "OPS")];
    mirror.store.apply_spaces(&cloud(), spaces, at(3)).await.unwrap();

    assert_eq!(
        mirror.markdown("10"),
        "[r](https://acme.atlassian.net/wiki/spaces/OPS/pages/11)\n"
    );
}
