//! The commands that lead from page to page: history, links, recent changes, the tree.

use insta::assert_snapshot;
use millpond::model::{ContentId, Parent, SpaceKey, Timestamp};
use millpond::store::{LinkRow, LinkTarget};

use super::Home;
use super::reading::a_mirrored_site;
use crate::store::support::{Edit, Mirror, at, cloud, page};
use crate::support::installation::{Installation, world};

fn link(target: LinkTarget) -> LinkRow {
    LinkRow {
        target,
        written: "https://example.org/\u{1b}[2J".to_owned(),
        anchor: None,
    }
}

/// A home whose site has changed since it was copied, and whose links lead to all kinds of places.
async fn a_lived_in_site() -> (Home, Mirror) {
    let (home, mirror) = a_mirrored_site().await;
    let title = |title: &str| LinkTarget::Page {
        space_key: SpaceKey::new("ENG"),
        title: title.to_owned(),
    };
    let edited = page(
        "101",
        "Deploying by hand",
        "Ring the bell twice, then deploy to production.",
    )
    .version(2)
    .with(|content| {
        "twice is safer".clone_into(&mut content.version.message);
        content.version.is_minor = true;
        content.parent = Some(Parent {
            id: ContentId::new("100"),
            kind: "page".to_owned(),
        });
    })
    .link(link(title("Handbook")))
    .link(link(title("Never written")))
    .link(link(LinkTarget::PageId(ContentId::new("102"))))
    .link(link(LinkTarget::Space(SpaceKey::new("NOPE"))))
    .link(link(LinkTarget::External(String::new())))
    .link(link(LinkTarget::Attachment {
        holder: None,
        name: "plan.png".to_owned(),
    }));
    mirror.apply(vec![edited]).await;
    let gone = vec![ContentId::new("102")];
    mirror.store.bury(&cloud(), gone, "trashed", at(9)).await.unwrap();
    (home, mirror)
}

#[tokio::test]
async fn the_history_lists_versions_and_what_changed_between_them() {
    let (home, _daemon) = a_lived_in_site().await;
    assert_snapshot!(
        [
            home.transcript(&["history", "101"]),
            home.transcript(&["history", "101", "--json"]),
            home.transcript(&["history", "101", "--diff", "1", "2"]),
            home.transcript(&["history", "101", "--diff", "1", "--json"]),
            home.transcript(&["history", "101", "--diff", "2", "2"]),
            home.transcript(&["history", "101", "--diff", "7"]),
        ]
        .join("\n")
    );
}

#[tokio::test]
async fn links_are_listed_both_ways_and_the_broken_ones_are_flagged() {
    let (home, mirror) = a_lived_in_site().await;
    let before = home.transcript(&["links", "--broken"]);
    assert!(
        !before.contains("plan.png"),
        "no attachment is missed while none are mirrored"
    );
    mirror
        .sql()
        .execute_batch(
            "INSERT INTO attachments (site, attachment_id, page_id, title, media_type, file_size, version, status,
                 created_at, first_seen, last_seen)
             VALUES (1, 'a1', '101', 'other.png', 'image/png', 1, 1, 'current', '', '', '')",
        )
        .unwrap();
    assert_snapshot!(
        [
            home.transcript(&["links", "101"]),
            home.transcript(&["links", "101", "--json"]),
            home.transcript(&["links", "100"]),
            home.transcript(&["links", "--broken"]),
            home.transcript(&[
                "links",
                "--broken",
                "eng",
                "--site",
                "acme.atlassian.net",
                "--json"
            ]),
            home.transcript(&["links", "--broken", "HR"]),
            home.transcript(&["links"]),
        ]
        .join("\n")
    );
}

#[tokio::test]
async fn recent_changes_say_what_happened_and_who_did_it() {
    let (home, _daemon) = a_lived_in_site().await;
    let since = at(0).minus(std::time::Duration::from_secs(1)).to_string();
    let later: Timestamp = at(1);
    let later = later.to_string();
    assert_snapshot!(
        [
            home.transcript(&["recent", "--since", &since]),
            home.transcript(&["recent", "--since", &later, "--json"]),
            home.transcript(&[
                "recent", "--since", &since, "--author", "ALICE", "--space", "eng", "--limit", "2"
            ]),
            home.transcript(&["recent", "--since", &since, "--author", "bob"]),
            home.transcript(&["recent", "--since", "2100-01-01"]),
        ]
        .join("\n")
    );
}

#[tokio::test]
async fn the_tree_can_be_cut_at_a_depth() {
    let (home, _daemon) = a_mirrored_site().await;
    assert_snapshot!(
        [
            home.transcript(&["tree", "--depth", "1"]),
            home.transcript(&["tree", "--depth", "2", "--json"]),
        ]
        .join("\n")
    );
}

#[tokio::test]
async fn versions_from_before_the_mirror_come_when_they_are_asked_for() {
    let (atlassian, alice) = world().await;
    let site = atlassian.site("acme.atlassian.net");
    site.member(&alice);
    let page = site
        .space("ENG")
        .page("Runbook")
        .by(&alice)
        .body("<p>Ring once.</p>");
    site.edit(&page, "<p>Ring twice.</p>");
    site.rename(&page, "Bells");
    let millpond = Installation::new(&atlassian, &["acme.atlassian.net"]);
    let millpond = millpond.connected("acme.atlassian.net").await;
    millpond.done(&["sync"]).await;
    let lines = |text: String| text.lines().count();
    let id = page.id();
    assert_eq!(lines(millpond.done(&["history", &id, "--json"]).await), 1);

    let fetched = millpond.done(&["history", &id, "--fetch", "--json"]).await;
    assert_eq!(lines(fetched), 3);
    let diff = millpond.done(&["history", &id, "--diff", "1", "3"]).await;
    for line in ["-# Runbook", "+# Bells", "-Ring once.", "+Ring twice."] {
        assert!(diff.contains(&format!("\n{line}\n")), "{line}: {diff}");
    }
    site.edit(&page, "<p>Ring thrice.</p>");
    millpond.done(&["sync"]).await;
    millpond.done(&["history", &id, "--fetch"]).await;
    assert_eq!(
        lines(millpond.done(&["history", &id, "--json"]).await),
        4,
        "nothing comes twice"
    );
}

#[tokio::test]
async fn while_a_daemon_runs_no_history_is_fetched() {
    let (home, _daemon) = a_mirrored_site().await;
    let command = home.command(&["history", "101", "--fetch"]);
    let output = command.env("MILLPOND_CLIENT_SECRET", "s3cr3t").output();
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(75), "{message}");
    assert!(
        message.contains("is in use") && message.contains("the daemon"),
        "{message}"
    );
}
