//! Folders, whiteboards, databases and smart links: parts of the tree that no listing has.

use chrono::DateTime;
use confluence_sim::{Account, Atlassian, Site};

use super::ALL_SCOPES;
use crate::support::installation::{Installation, outsider, visible, world};
use crate::support::watched::Watched;

const DOMAIN: &str = "acme.atlassian.net";
const SEARCH: &str = "GET /wiki/rest/api/content/search";

async fn installed(atlassian: &Atlassian, scopes: &[&str]) -> Installation {
    let home = Installation::new(atlassian, &[DOMAIN]);
    home.register(atlassian, scopes);
    home.configure(
        atlassian,
        &[DOMAIN],
        "[sync]\ncontent = [\"pages\", \"folders\"]\ndeletion_guard = { confirm_after = \"1ms\" }\n",
    );
    home.connected(DOMAIN).await
}

async fn site() -> (Watched, Account, Site) {
    let (atlassian, alice) = world().await;
    let site = atlassian.site(DOMAIN);
    site.member(&alice);
    (atlassian, alice, site)
}

/// Kind, title, id of the parent and status of the stubs that live in the mirror, in order of id.
fn mirrored(home: &Installation) -> Vec<(String, String, Option<String>, String)> {
    let db = outsider(&home.database());
    let sql = "SELECT kind, title, parent_id, status FROM page
         WHERE gone_at IS NULL AND kind NOT IN ('page', 'blogpost') ORDER BY id";
    let mut statement = db.prepare(sql).unwrap();
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)));
    rows.unwrap().map(Result::unwrap).collect()
}

/// The same of the site.
fn seen(site: &Site, account: &Account) -> Vec<(String, String, Option<String>, String)> {
    let stubs = site.visible_stubs(account).into_iter();
    stubs
        .map(|stub| (stub.body, stub.title, stub.parent, stub.status))
        .collect()
}

/// Living pages whose parent the mirror does not have.
fn orphans(home: &Installation) -> i64 {
    outsider(&home.database())
        .query_row(
            "SELECT count(*) FROM page AS child WHERE gone_at IS NULL AND parent_id IS NOT NULL
                 AND NOT EXISTS (SELECT 1 FROM page WHERE page.id = child.parent_id AND page.gone_at IS NULL)",
            [],
            |row| row.get(0),
        )
        .unwrap()
}

/// The first column of what `sql` selects.
fn told(home: &Installation, sql: &str) -> Vec<String> {
    let db = outsider(&home.database());
    let mut statement = db.prepare(sql).unwrap();
    let rows = statement.query_map([], |row| row.get(0)).unwrap();
    rows.map(Result::unwrap).collect()
}

fn pages(home: &Installation) -> Vec<crate::support::installation::Mirrored> {
    home.mirrored()
        .into_iter()
        .filter(|page| page.title.starts_with("Page"))
        .collect()
}

#[tokio::test]
async fn the_first_copy_leaves_no_orphans_in_the_tree() {
    let (atlassian, alice, site) = site().await;
    let space = site.space("ENG");
    let outer = space.folder("Plans / 2026 🚀");
    let inner = space.folder("Inner").under(&outer);
    space.page("Page one").under(&inner).position(7);
    let board = space.whiteboard("Sketch").under(&outer);
    space.page("Page two").under(&board);
    space.database("Assets");
    space.smart_link("Board elsewhere").under(&outer);
    let home = installed(&atlassian, &ALL_SCOPES).await;

    home.done(&["sync"]).await;

    assert_eq!(mirrored(&home), seen(&site, &alice));
    assert_eq!(pages(&home), visible(&site, &alice));
    assert_eq!(orphans(&home), 0);
    let sql = "SELECT kind || ' ' || listed || ' ' || mirrored FROM completeness WHERE space_key = 'ENG' ORDER BY 1";
    let complete = [
        "database 1 1",
        "embed 1 1",
        "folder 2 2",
        "page 2 2",
        "whiteboard 1 1",
    ];
    assert_eq!(told(&home, sql), complete);
    let sql = "SELECT embed_url FROM page WHERE kind = 'embed'";
    assert_eq!(told(&home, sql), ["https://example.com/board"]);
    // A folder is asked for as what it is: as a page it is not there.
    assert_eq!(atlassian.log().count("GET /wiki/api/v2/pages/{id}"), 0);
    assert_eq!(atlassian.log().count("GET /wiki/api/v2/folders/{id}"), 2);
    assert_eq!(atlassian.log().count(SEARCH), 1, "for all kinds and spaces");
}

#[tokio::test]
async fn folders_and_their_like_are_shown_found_and_exported_by_what_is_known_of_them() {
    let (atlassian, _, site) = site().await;
    let space = site.space("ENG");
    let folder = space.folder("Plans / 2026 🚀");
    let board = space.whiteboard("Sketch of the harbour").under(&folder);
    let link = space.smart_link("Tide tables").under(&folder);
    let page = space.page("Page one").under(&folder).body(format!(
        "<p><a href=\"https://{DOMAIN}/wiki/spaces/ENG/whiteboard/{}\">the sketch</a></p>",
        board.id()
    ));
    let home = installed(&atlassian, &ALL_SCOPES).await;
    home.done(&["sync"]).await;

    let tree = home.done(&["tree", "ENG"]).await;
    assert!(tree.contains(&format!("folder {}", folder.id())), "{tree}");
    assert!(tree.contains(&format!("whiteboard {}", board.id())), "{tree}");
    let shown = home.done(&["show", &board.id()]).await;
    assert!(shown.contains("Plans / 2026 🚀"), "{shown}");
    assert!(
        shown.contains(&format!(
            "https://{DOMAIN}/wiki/spaces/ENG/whiteboard/{}",
            board.id()
        )),
        "{shown}"
    );
    let address = "https://example.com/board";
    assert!(
        tree.contains(&format!("embed {} → {address}", link.id())),
        "{tree}"
    );
    let shown = home.done(&["show", &link.id()]).await;
    assert!(shown.contains(&format!("leads to  {address}")), "{shown}");
    let found = home.done(&["search", "harbour"]).await;
    assert!(found.contains("Sketch of the harbour"), "{found}");
    let found = home.done(&["search", "--type", "whiteboard", "sketch"]).await;
    assert!(found.contains("Sketch of the harbour"), "{found}");
    let links = home.done(&["links", &board.id()]).await;
    assert!(links.contains("Page one"), "{links}");
    let to = home.path("out");
    home.done(&["export", to.to_str().unwrap()]).await;
    let is_of_the_link = |file: &String| file.ends_with(&format!("{}.md", link.id()));
    let file = files_below(&to).into_iter().find(is_of_the_link).unwrap();
    let text = std::fs::read_to_string(file).unwrap();
    assert!(text.contains(&format!("embed_url: \"{address}\"")), "{text}");
    assert!(text.contains(&format!("<{address}>")), "{text}");
    let of_the_page = |file: &String| file.contains("Plans") && file.ends_with(&format!("{}.md", page.id()));
    let files = files_below(&to);
    assert!(
        files.iter().any(of_the_page),
        "it stands in the folder that it hangs under: {files:?}"
    );
}

#[tokio::test]
async fn a_quiet_delta_costs_one_search_and_a_sweep_one_for_two_hundred_of_them() {
    let (atlassian, alice, site) = site().await;
    let space = site.space("ENG");
    let top = space.folder("Top");
    for n in 0..210 {
        space
            .folder(&format!("Folder {n}"))
            .under(&top)
            .created_at(DateTime::UNIX_EPOCH);
    }
    let home = installed(&atlassian, &ALL_SCOPES).await;
    home.done(&["sync"]).await;
    assert_eq!(mirrored(&home), seen(&site, &alice));

    let count = |route| atlassian.log().count(route);
    let (searched, fetched) = (count(SEARCH), count("GET /wiki/api/v2/folders/{id}"));
    home.done(&["sync"]).await;
    assert_eq!(count(SEARCH) - searched, 1);
    home.done(&["sync", "--sweep"]).await;
    assert_eq!(count(SEARCH) - searched, 1 + 2);
    assert_eq!(
        count("GET /wiki/api/v2/folders/{id}"),
        fetched,
        "nothing differed"
    );

    // One that is new, and one that is renamed, with no page in either.
    space.whiteboard("Sketch");
    site.rename(&top, "Heights");
    home.done(&["sync"]).await;
    assert_eq!(mirrored(&home), seen(&site, &alice));
    assert_eq!(count("GET /wiki/api/v2/folders/{id}"), fetched + 1);
}

fn files_below(folder: &std::path::Path) -> Vec<String> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push(path.to_str().unwrap().to_owned());
            }
        }
    }
    files
}

#[tokio::test]
async fn a_page_in_a_new_folder_brings_the_folder_with_the_next_delta() {
    let (atlassian, alice, site) = site().await;
    let space = site.space("ENG");
    space.page("Page one");
    let home = installed(&atlassian, &ALL_SCOPES).await;
    home.done(&["sync"]).await;

    let folder = space.folder("New");
    let below = space.folder("Below").under(&folder);
    space.page("Page two").under(&below);
    home.done(&["sync"]).await;

    assert_eq!(mirrored(&home), seen(&site, &alice));
    assert_eq!(orphans(&home), 0);
}

#[tokio::test]
async fn folders_renamed_moved_emptied_and_deleted_are_found_by_the_sweep() {
    let (atlassian, alice, site) = site().await;
    let space = site.space("ENG");
    let folders: Vec<_> = (0..4).map(|n| space.folder(&format!("Folder {n}"))).collect();
    let page = space.page("Page one").under(&folders[2]);
    space.pages(["Page two", "Page three"]);
    let home = installed(&atlassian, &ALL_SCOPES).await;
    home.done(&["sync"]).await;

    site.rename(&folders[0], "Renamed");
    site.move_under(&folders[1], &folders[0]);
    site.move_under(&page, &folders[1]);
    site.trash(&folders[2]);
    site.purge(&folders[3]);
    space.whiteboard("New and empty");
    for _ in 0..2 {
        home.done(&["sync", "--sweep"]).await;
    }

    assert_eq!(mirrored(&home), seen(&site, &alice));
    assert_eq!(pages(&home), visible(&site, &alice));

    site.restore(&folders[2]);
    home.done(&["sync", "--sweep"]).await;
    assert_eq!(mirrored(&home), seen(&site, &alice));
}

#[tokio::test]
async fn an_archived_folder_and_one_of_an_archived_space_are_not_buried() {
    let (atlassian, alice, site) = site().await;
    let space = site.space("ENG");
    let folder = space.folder("Old plans");
    space.page("Page one").under(&folder);
    let old = site.space("OLD");
    old.folder("Attic");
    let home = installed(&atlassian, &ALL_SCOPES).await;
    home.done(&["sync"]).await;

    site.archive(&folder);
    old.archive();
    for _ in 0..3 {
        home.done(&["sync", "--sweep"]).await;
    }

    assert_eq!(mirrored(&home), seen(&site, &alice));
    assert_eq!(mirrored(&home).len(), 2);
}

#[tokio::test]
async fn a_grant_that_does_not_reach_folders_mirrors_the_pages_and_says_so() {
    let (atlassian, alice, site) = site().await;
    let space = site.space("ENG");
    let folder = space.folder("Plans");
    space.page("Page one").under(&folder);
    let home = Installation::new(&atlassian, &[DOMAIN]).connected(DOMAIN).await;
    home.configure(
        &atlassian,
        &[DOMAIN],
        "[sync]\ncontent = [\"pages\", \"folders\"]\n",
    );

    home.done(&["sync"]).await;

    assert_eq!(pages(&home), visible(&site, &alice));
    let status = home.done(&["status"]).await;
    assert!(status.contains("folders cannot be mirrored"), "{status}");
    assert!(status.contains("read:folder:confluence"), "{status}");
}

#[tokio::test]
async fn ids_that_are_numbers_are_the_same_ids() {
    let (atlassian, alice, site) = site().await;
    let space = site.space("ENG");
    let folder = space.folder("Plans");
    space.page("Page one").under(&folder);
    let home = installed(&atlassian, &ALL_SCOPES).await;
    home.done(&["sync"]).await;

    atlassian.faults().ids_as_numbers();
    home.done(&["sync", "--sweep"]).await;

    assert_eq!(mirrored(&home), seen(&site, &alice));
    assert_eq!(pages(&home), visible(&site, &alice));
}
