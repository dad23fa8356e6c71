//! The folder over time: what is written again, what is removed, what is left alone.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, symlink};

use millpond::model::{ContentId, Parent};

use crate::store::support::{Edit as _, at, cloud, page};

use super::reading::opens_clean;
use super::support::{SITE, Shelf, child, files, marks};

async fn three_pages() -> Shelf {
    let shelf = Shelf::with(vec![
        page(
            "5",
            "Home",
            "[ops](https://acme.atlassian.net/wiki/spaces/ENG/pages/6)",
        ),
        child("6", "Ops", "x", "5"),
        child("7", "Rota", "y", "6"),
    ])
    .await;
    shelf.attach("7", "att1", "plan.png", b"png");
    shelf
}

#[tokio::test]
async fn a_second_export_writes_nothing() {
    let shelf = three_pages().await;
    let first = shelf.export();
    assert_eq!((first.pages, first.attachments, first.written), (3, 1, 4));
    let before = marks(&shelf.dir());

    let second = shelf.export();

    assert_eq!((second.written, second.removed, second.unchanged), (0, 0, 4));
    assert_eq!(marks(&shelf.dir()), before);
}

#[tokio::test]
async fn only_what_changed_is_written() {
    let shelf = three_pages().await;
    shelf.export();
    let before = marks(&shelf.dir());
    shelf
        .mirror
        .apply(vec![child("7", "Rota", "z", "6").version(2)])
        .await;

    let report = shelf.export();

    assert_eq!((report.written, report.removed), (1, 0));
    let after = marks(&shelf.dir());
    let changed: Vec<_> = after
        .keys()
        .filter(|path| before.get(*path) != after.get(*path))
        .collect();
    assert_eq!(changed, [&format!("{SITE}/ENG/Home-5/Ops-6/Rota-7.md")]);
}

#[tokio::test]
async fn renames_and_moves_are_followed_and_empty_folders_go() {
    let shelf = three_pages().await;
    shelf.export();
    let renamed = child("6", "Operations", "x", "5").version(2);
    shelf.mirror.apply(vec![renamed]).await;
    shelf.export();
    assert_eq!(
        shelf.paths(),
        [
            "ENG/Home-5.md",
            "ENG/Home-5/Operations-6.md",
            "ENG/Home-5/Operations-6/Rota-7.md",
            "ENG/Home-5/Operations-6/Rota-7/plan-att1.png"
        ]
    );
    assert!(!shelf.dir().join(SITE).join("ENG/Home-5/Ops-6").exists());
    assert!(shelf.text("ENG/Home-5.md").contains("(Home-5/Operations-6.md)"));

    let moved = page("7", "Rota", "y").version(2);
    shelf.mirror.apply(vec![moved]).await;
    shelf.export();
    assert_eq!(
        shelf.paths(),
        [
            "ENG/Home-5.md",
            "ENG/Home-5/Operations-6.md",
            "ENG/Rota-7.md",
            "ENG/Rota-7/plan-att1.png"
        ]
    );
    assert!(!shelf.dir().join(SITE).join("ENG/Home-5/Operations-6").exists());
    opens_clean(&shelf.dir());
}

#[tokio::test]
async fn what_is_gone_is_removed() {
    let shelf = three_pages().await;
    shelf.export();
    let gone = vec![ContentId::new("7")];
    shelf
        .mirror
        .store
        .bury(&cloud(), gone, "trashed", at(3))
        .await
        .unwrap();

    let report = shelf.export();

    assert_eq!((report.written, report.removed), (0, 2));
    assert_eq!(shelf.paths(), ["ENG/Home-5.md", "ENG/Home-5/Ops-6.md"]);
    assert!(!shelf.dir().join(SITE).join("ENG/Home-5/Ops-6").exists());
}

#[tokio::test]
async fn a_page_keeps_its_name_whatever_siblings_appear() {
    let shelf = Shelf::with(vec![page("7", "Rota", "x")]).await;
    shelf.export();
    let before = shelf.paths();
    shelf
        .mirror
        .apply(vec![
            page("3", "rota", "x"),
            page("8", "ROTA", "x"),
            page("9", "Rota?", "x"),
        ])
        .await;
    shelf.export();
    assert_eq!(before, ["ENG/Rota-7.md"]);
    assert_eq!(
        shelf.paths(),
        ["ENG/ROTA-8.md", "ENG/Rota-7.md", "ENG/Rota-9.md", "ENG/rota-3.md"]
    );
}

#[tokio::test]
async fn files_that_the_export_did_not_write_are_never_touched() {
    let shelf = three_pages().await;
    let space = shelf.dir().join(SITE).join("ENG");
    fs::create_dir_all(&space).unwrap();
    fs::write(space.join("notes.md"), "mine").unwrap();
    fs::write(space.join("Home-5.md"), "mine too").unwrap();

    let (report, kept) = shelf.export_as(&shelf.options());
    assert_eq!((report.written, report.kept), (3, 1));
    assert_eq!(kept, [format!("{SITE}/ENG/Home-5.md")]);

    let all = [5, 6, 7].map(|id| ContentId::new(id.to_string())).to_vec();
    shelf.mirror.apply(vec![page("8", "New", "x")]).await;
    shelf
        .mirror
        .store
        .bury(&cloud(), all, "trashed", at(3))
        .await
        .unwrap();
    shelf.export();
    assert_eq!(shelf.paths(), ["ENG/Home-5.md", "ENG/New-8.md", "ENG/notes.md"]);
    assert_eq!(shelf.text("ENG/Home-5.md"), "mine too");
}

#[tokio::test]
async fn a_file_that_somebody_changed_is_kept_until_told_otherwise() {
    let shelf = three_pages().await;
    shelf.export();
    let path = format!("{SITE}/ENG/Home-5/Ops-6.md");
    let ours = shelf.text("ENG/Home-5/Ops-6.md");
    fs::write(shelf.dir().join(&path), "my notes").unwrap();

    let (report, kept) = shelf.export_as(&shelf.options());
    assert_eq!((report.written, &kept), (0, &vec![path.clone()]));
    shelf
        .mirror
        .apply(vec![child("6", "Ops", "new", "5").version(2)])
        .await;
    let (_, kept) = shelf.export_as(&shelf.options());
    assert_eq!(kept, std::slice::from_ref(&path));
    assert_eq!(shelf.text("ENG/Home-5/Ops-6.md"), "my notes");

    // What was written there once is ours again.
    fs::write(shelf.dir().join(&path), ours).unwrap();
    assert_eq!(shelf.export().written, 1);

    fs::write(shelf.dir().join(&path), "my notes").unwrap();
    let mut options = shelf.options();
    options.overwrite = true;
    let (report, _) = shelf.export_as(&options);
    assert_eq!((report.written, report.kept), (1, 0));
    assert!(shelf.text("ENG/Home-5/Ops-6.md").contains("new"));
}

#[tokio::test]
async fn a_file_that_was_deleted_is_written_again() {
    let shelf = three_pages().await;
    shelf.export();
    let before = files(&shelf.dir());
    fs::remove_dir_all(shelf.dir().join(SITE).join("ENG/Home-5")).unwrap();
    assert_eq!(shelf.export().written, 3);
    assert_eq!(files(&shelf.dir()), before);
}

#[tokio::test]
async fn no_symbolic_link_is_followed() {
    let shelf = three_pages().await;
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("Home-5.md"), "outside").unwrap();
    let space = shelf.dir().join(SITE).join("ENG");
    fs::create_dir_all(&space).unwrap();
    symlink(outside.path().join("Home-5.md"), space.join("Home-5.md")).unwrap();
    symlink(outside.path(), space.join("Home-5")).unwrap();
    let mut options = shelf.options();
    options.overwrite = true;

    let (report, kept) = shelf.export_as(&options);

    assert_eq!((report.written, kept.len()), (0, 4));
    assert_eq!(
        fs::read_to_string(outside.path().join("Home-5.md")).unwrap(),
        "outside"
    );
    assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 1);
}

#[tokio::test]
async fn nothing_is_written_or_removed_outside_of_the_folder() {
    let shelf = Shelf::with(vec![
        page("../../../p", "../../../etc/passwd", "x"),
        page("6", "/etc/passwd", "x").with(|content| {
            content.parent = Some(Parent {
                id: ContentId::new("../../../p"),
                kind: "page".to_owned(),
            });
        }),
        page("7", "..", "x").with(|content| content.space = millpond::model::SpaceId::new("../..")),
    ])
    .await;
    shelf.attach("6", "../../a", "../../../../b.png", b"png");
    let around = shelf.dir().parent().unwrap().to_owned();

    shelf.export();

    let outside: Vec<_> = fs::read_dir(&around)
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(outside, ["out"]);
    assert_eq!(files(&shelf.dir()).len(), 4);

    // A list of what was written that somebody forged.
    let victim = around.join("victim");
    fs::write(&victim, "x").unwrap();
    let list = shelf.dir().join(".millpond/manifest.jsonl");
    let forged = fs::read_to_string(&list)
        .unwrap()
        .replace(&format!("{SITE}/"), "../");
    fs::write(&list, forged).unwrap();
    let failed = millpond::export::export(&shelf.mirror.store.reader(), &shelf.options(), &mut |_| {});
    assert!(
        matches!(failed, Err(millpond::export::Error::Manifest { .. })),
        "{failed:?}"
    );
    assert!(victim.exists());
}

#[tokio::test]
async fn an_interrupted_export_goes_on() {
    let shelf = three_pages().await;
    shelf.export();
    let own = shelf.dir().join(".millpond");
    let list = fs::read_to_string(own.join("manifest.jsonl")).unwrap();
    shelf
        .mirror
        .apply(vec![page("5", "Home", "new").version(2)])
        .await;
    shelf.export();
    // As if that export had ended right after its first page: the list it was writing is there in part.
    let next = fs::read_to_string(own.join("manifest.jsonl")).unwrap();
    let first = next.lines().next().unwrap();
    fs::write(own.join("manifest.jsonl"), &list).unwrap();
    fs::write(own.join("next.jsonl"), format!("{first}\n{{\"site\":\"acme.atl")).unwrap();
    fs::write(own.join("part"), "half a file").unwrap();
    shelf
        .mirror
        .apply(vec![page("5", "Home", "newer").version(3)])
        .await;

    let report = shelf.export();

    assert_eq!((report.written, report.kept), (1, 0));
    assert!(shelf.text("ENG/Home-5.md").contains("newer"));
    assert_eq!(shelf.export().written, 0);
    assert!(!own.join("next.jsonl").exists() && !own.join("part").exists());
}

#[tokio::test]
async fn attachments_are_hard_links_where_that_is_asked_for() {
    let shelf = three_pages().await;
    let mut options = shelf.options();
    options.hard_links = true;
    shelf.export_as(&options);
    let path = shelf
        .dir()
        .join(SITE)
        .join("ENG/Home-5/Ops-6/Rota-7/plan-att1.png");
    assert_eq!(fs::metadata(&path).unwrap().nlink(), 2);
    let (report, _) = shelf.export_as(&options);
    assert_eq!(report.written, 0);

    shelf.attach("7", "att1", "plan.png", b"another");
    let (report, _) = shelf.export_as(&options);
    assert_eq!(report.written, 1);
    assert_eq!(fs::read(&path).unwrap(), b"another");
}

#[tokio::test]
async fn one_export_at_a_time_writes_a_folder() {
    let shelf = three_pages().await;
    shelf.export();
    let lock = fs::File::open(shelf.dir().join(".millpond/lock")).unwrap();
    lock.lock().unwrap();
    let failed = millpond::export::export(&shelf.mirror.store.reader(), &shelf.options(), &mut |_| {});
    assert!(
        matches!(failed, Err(millpond::export::Error::InUse { .. })),
        "{failed:?}"
    );
}

#[tokio::test]
async fn what_cannot_be_written_ends_an_export_however_much_is_still_to_come() {
    let shelf = Shelf::with((10..70).map(|id| page(&id.to_string(), "Page", "")).collect()).await;
    let in_the_way = shelf.dir().join(".millpond/part");
    fs::create_dir_all(&in_the_way).unwrap();
    let export = || millpond::export::export(&shelf.mirror.store.reader(), &shelf.options(), &mut |_| {});

    let failed = export();
    assert!(
        matches!(failed, Err(millpond::export::Error::Io { doing: "write", .. })),
        "{failed:?}"
    );

    fs::remove_dir(in_the_way).unwrap();
    assert_eq!(export().unwrap().written, 60);
}

#[tokio::test]
async fn what_cannot_be_read_ends_an_export_behind_what_could_be() {
    let shelf = Shelf::with((10..70).map(|id| page(&id.to_string(), "Page", "")).collect()).await;
    let date = shelf
        .mirror
        .text("SELECT modified_at FROM contents WHERE content_id = '65'");
    let set = |date: &str| {
        let sql = shelf.mirror.sql();
        sql.execute(
            "UPDATE contents SET modified_at = ? WHERE content_id = '65'",
            [date],
        )
        .unwrap();
    };
    set("the day before");
    let mut pages = 0;
    let failed = millpond::export::export(&shelf.mirror.store.reader(), &shelf.options(), &mut |_| {
        pages += 1;
    });
    assert!(
        matches!(failed, Err(millpond::export::Error::Store(_))),
        "{failed:?}"
    );
    assert!((1..60).contains(&pages), "{pages}");

    set(&date);
    let report = shelf.export();
    assert_eq!(
        (report.pages, report.written, report.unchanged),
        (60, 60 - pages, pages)
    );
}
