//! All kinds at once, as the configuration has it unless it says otherwise.

use confluence_sim::{Account, Atlassian, Site};

use super::ALL_SCOPES;
use crate::support::installation::{Installation, outsider, world};
use crate::support::watched::Watched;

const DOMAIN: &str = "acme.atlassian.net";
const ALL: &str = "[sync]\ncontent = [\"pages\", \"blogposts\", \"comments\", \"attachments\", \"labels\", \"folders\", \"users\"]\ndeletion_guard = { confirm_after = \"1ms\" }\n";

/// A space with one of everything.
async fn site() -> (Watched, Account, Site) {
    let (atlassian, alice) = world().await;
    let site = atlassian.site(DOMAIN);
    site.member(&alice);
    let space = site.space("ENG");
    let folder = space.folder("Plans");
    let page = space.page("Runbook").under(&folder).labelled(&["howto"]);
    space.whiteboard("Sketch").under(&page);
    space.blog_post("We moved");
    site.comment(&alice, &page, "<p>Thanks</p>");
    site.attach(&page, "notes.txt", "text/plain", b"notes");
    (atlassian, alice, site)
}

/// How much of each kind lives in the mirror.
fn living(home: &Installation) -> Vec<i64> {
    let count = |what: &str| {
        outsider(&home.database())
            .query_row(&format!("SELECT count(*) FROM {what}"), [], |row| row.get(0))
            .unwrap()
    };
    [
        "page WHERE kind = 'page' AND gone_at IS NULL",
        "page WHERE kind = 'blogpost' AND gone_at IS NULL",
        "page WHERE kind IN ('folder', 'whiteboard') AND gone_at IS NULL",
        "comment WHERE gone_at IS NULL",
        "attachment WHERE gone_at IS NULL AND sha256 IS NOT NULL",
        "label",
        "person WHERE display_name IS NOT NULL",
    ]
    .map(count)
    .to_vec()
}

async fn installed(atlassian: &Atlassian) -> Installation {
    let home = Installation::new(atlassian, &[DOMAIN]);
    home.register(atlassian, &ALL_SCOPES);
    home.configure(atlassian, &[DOMAIN], ALL);
    home.connected(DOMAIN).await
}

#[tokio::test]
async fn without_a_word_in_the_configuration_every_kind_is_mirrored() {
    let (atlassian, _, _) = site().await;
    let home = installed(&atlassian).await;
    let config = std::fs::read_to_string(home.config()).unwrap();
    let silent = config.lines().filter(|line| !line.starts_with("content ="));
    std::fs::write(home.config(), silent.collect::<Vec<_>>().join("\n")).unwrap();

    home.done(&["sync"]).await;

    assert_eq!(living(&home), [1, 1, 2, 1, 1, 1, 1]);
}

#[tokio::test]
async fn a_consent_that_lost_its_scopes_buries_nothing_and_is_a_finding_for_each_kind() {
    let (atlassian, _, _) = site().await;
    let home = installed(&atlassian).await;
    home.done(&["sync"]).await;
    let before = living(&home);

    // A person took scopes from the app, and somebody consented to what was left.
    home.register(
        &atlassian,
        &[
            "offline_access",
            "read:me",
            "read:page:confluence",
            "read:space:confluence",
        ],
    );
    home.configure(&atlassian, &[DOMAIN], "[sync]\ncontent = [\"pages\"]\n");
    let connected = home.connect(DOMAIN).await;
    assert!(
        connected.status.success(),
        "{}",
        String::from_utf8_lossy(&connected.stderr)
    );
    home.configure(&atlassian, &[DOMAIN], ALL);
    for _ in 0..3 {
        home.done(&["sync", "--sweep"]).await;
    }

    assert_eq!(living(&home), before);
    let db = outsider(&home.database());
    let mut statement = db
        .prepare("SELECT subject FROM finding WHERE kind = 'refused' AND closed_at IS NULL ORDER BY 1")
        .unwrap();
    let refused: Vec<String> = statement
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert_eq!(
        refused,
        [
            "attachments",
            "changed names",
            "folders without pages",
            "footer comments",
            "inline comments",
            "the list of labels"
        ]
    );
}

/// The list of a site's labels takes a scope of its own; what a page carries is told to whoever may read it.
#[tokio::test]
async fn labels_come_page_by_page_where_their_list_is_refused() {
    let (atlassian, _, site) = site().await;
    let home = Installation::new(&atlassian, &[DOMAIN]).connected(DOMAIN).await;
    home.configure(
        &atlassian,
        &[DOMAIN],
        "[sync]\ncontent = [\"pages\", \"labels\"]\n",
    );

    home.done(&["sync"]).await;
    assert_eq!(living(&home)[5], 1);

    let page = site.space("ENG").page("Glossary");
    site.label(&page, "words");
    home.done(&["sync"]).await;
    home.done(&["sync", "--sweep"]).await;
    assert_eq!(living(&home)[5], 2);
    let status = home.done(&["status"]).await;
    assert!(
        status.contains("the list of labels cannot be mirrored"),
        "{status}"
    );
    assert!(status.contains("read:label:confluence"), "{status}");
}

#[tokio::test]
async fn what_the_deletion_guard_holds_is_said_once() {
    let (atlassian, alice) = world().await;
    let site = atlassian.site(DOMAIN);
    site.member(&alice);
    let space = site.space("ENG");
    let pages: Vec<_> = (0..30).map(|n| space.page(&format!("Page {n}"))).collect();
    let home = Installation::new(&atlassian, &[DOMAIN]).connected(DOMAIN).await;
    home.done(&["sync"]).await;
    for page in &pages[..25] {
        site.trash(page);
    }

    let mut said = Vec::new();
    for _ in 0..3 {
        let output = home.millpond(&["sync", "--sweep"]).await;
        let log = String::from_utf8(output.stderr).unwrap();
        said.push(log.matches("more than the deletion guard lets through").count());
    }
    assert_eq!(said, [1, 0, 0]);
    assert_eq!(home.mirrored().len(), 30);
    let status = home.done(&["status"]).await;
    assert!(
        status.contains("25 of 30 pages of space ENG are gone"),
        "{status}"
    );
    home.done(&["sync", "--sweep", "--accept-deletions"]).await;
    assert_eq!(home.mirrored().len(), 5);
}
