//! What stands in a Markdown file.

use millpond::model::{ContentId, ContentKind};
use millpond::store::{ContentWrite, LinkRow, LinkTarget};

use crate::store::support::{Edit as _, page};

use super::reading::{front_matter, opens_clean};
use super::support::{SITE, Shelf, child};

const WIKI: &str = "https://acme.atlassian.net/wiki";

fn with_attachment_link(page: ContentWrite, name: &str, written: &str) -> ContentWrite {
    page.link(LinkRow {
        target: LinkTarget::Attachment {
            holder: None,
            name: name.to_owned(),
        },
        written: written.to_owned(),
        anchor: None,
    })
}

#[tokio::test]
async fn a_page_is_a_file_with_everything_about_it() {
    let shelf = Shelf::with(vec![
        page("5", "Home", "Welcome."),
        child("6", "On-call: rota", "Who is on call.", "5"),
    ])
    .await;
    shelf.label("6", "ops");
    shelf.call_alice("Alice \"Al\" Moreau").await;
    shelf.comment("6", "c1", None, "footer", "Is this **right**?\n");
    shelf.comment("6", "c2", Some("c1"), "footer", "Yes.\n");
    shelf.attach("6", "att9", "plan.png", b"png");

    shelf.export();

    insta::assert_snapshot!(shelf.text("ENG/Home-5/On-call- rota-6.md"));
    assert_eq!(
        shelf.paths(),
        [
            "ENG/Home-5.md",
            "ENG/Home-5/On-call- rota-6.md",
            "ENG/Home-5/On-call- rota-6/plan-att9.png"
        ]
    );
    opens_clean(&shelf.dir());
}

#[tokio::test]
async fn front_matter_is_yaml_whatever_things_are_called() {
    let titles = [
        "key: value # no comment",
        "'\"\\ - [x] {y} & * ! | > % @ `",
        "\u{feff}\u{85}\u{2028}\u{7f}\u{1b}[31m\0",
        "---",
        "null",
        "1e3",
        "👩‍👩‍👧 é 会議 \u{10ffff}",
        "a\r\nb\n---\nc",
    ];
    let pages = titles
        .iter()
        .enumerate()
        .map(|(id, title)| page(&(id + 10).to_string(), title, "x"));
    let shelf = Shelf::with(pages.collect()).await;
    shelf.label("10", "yes: [no");
    shelf.call_alice("- Al: \"#1\"").await;

    shelf.export();

    let mut read: Vec<String> = shelf
        .paths()
        .iter()
        .map(|path| {
            front_matter(&shelf.text(path)).0["title"]
                .as_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    let mut expected = titles.map(str::to_owned).to_vec();
    read.sort();
    expected.sort();
    assert_eq!(read, expected);
}

#[tokio::test]
async fn links_lead_to_the_files_of_what_is_exported() {
    let settled = format!("{WIKI}/spaces/ENG/pages/7");
    let image = format!("{WIKI}/download/attachments/6/plan%20%281%29.png");
    let elsewhere = format!("{WIKI}/download/attachments/7/data.csv");
    let text = format!(
        "[to](\u{7b}settled}#Second-part) [tiny]({WIKI}/x/Bw) <{settled}> ![plan]({image} \"The plan\")\n\n\
         [csv]({elsewhere}) [gone]({WIKI}/spaces/ENG/pages/99) [web](https://example.com/a) [here](#Below)\n\n\
         `[code]({settled})`\n\n<table>\n<tr>\n<td>\n\n- [cell]({settled})\n\n</td>\n</tr>\n</table>\n\n## Below\n"
    )
    .replace("\u{7b}settled}", &settled);
    let shelf = Shelf::with(vec![
        page("5", "Home", "Welcome."),
        with_attachment_link(child("6", "From (here)", &text, "5"), "plan (1).png", &image),
        child("7", "To [there]", "## First\n\n## Second part\n", "5"),
    ])
    .await;
    shelf.attach("6", "att1", "plan (1).png", b"png");
    shelf.attach("7", "att2", "data.csv", b"csv");

    shelf.export();

    let file = shelf.text("ENG/Home-5/From (here)-6.md");
    insta::assert_snapshot!(front_matter(&file).1);
    let opened = opens_clean(&shelf.dir());
    assert_eq!((opened.documents, opened.links, opened.anchors), (3, 7, 2));
}

#[tokio::test]
async fn links_to_what_is_not_exported_stay_as_they_are() {
    let blog = page("8", "News", "x").with(|content| content.kind = ContentKind::BlogPost);
    let other = page("7", "Pay", "x").with(|content| content.space = millpond::model::SpaceId::new("2"));
    let image = format!("{WIKI}/download/attachments/6/lost.png");
    let text = format!(
        "[pay]({WIKI}/spaces/HR/pages/7) ![lost]({image}) [news]({WIKI}/spaces/ENG/blog/2026/03/01/8)"
    );
    let shelf = Shelf::with(vec![page("6", "From", &text), other, blog]).await;
    shelf.attach_without_file("6", "att1", "lost.png", Some(&"0".repeat(64)));
    shelf.attach_without_file("6", "att2", "later.png", None);

    let mut options = shelf.options();
    options.scope.spaces = vec![millpond::model::SpaceKey::new("eng")];
    let (report, _) = shelf.export_as(&options);

    assert_eq!((report.pages, report.attachments, report.missing), (2, 0, 2));
    let file = shelf.text("ENG/From-6.md");
    let expected = text.replace(&format!("{WIKI}/spaces/ENG/blog/2026/03/01/8"), "blog/News-8.md");
    assert!(file.contains(&expected), "{file}");
}

#[tokio::test]
async fn filters_choose_by_space_label_and_site() {
    let hr = page("7", "Pay", "x").with(|content| content.space = millpond::model::SpaceId::new("2"));
    let shelf = Shelf::with(vec![page("5", "Home", "x"), child("6", "Ops", "x", "5"), hr]).await;
    shelf.label("6", "ops");
    shelf.label("7", "ops");
    let mut options = shelf.options();
    let mut exported = |spaces: &[&str], labels: &[&str]| {
        options.scope.spaces = spaces
            .iter()
            .map(|key| millpond::model::SpaceKey::new(*key))
            .collect();
        options.scope.labels = labels.iter().map(|label| (*label).to_owned()).collect();
        shelf.export_as(&options);
        shelf.paths()
    };
    assert_eq!(exported(&["HR"], &[]), ["HR/Pay-7.md"]);
    assert_eq!(exported(&[], &["ops"]), ["ENG/Home-5/Ops-6.md", "HR/Pay-7.md"]);
    assert_eq!(exported(&["ENG"], &["ops", "x"]), ["ENG/Home-5/Ops-6.md"]);

    options.sites = vec!["other.atlassian.net".parse().unwrap()];
    let failed = millpond::export::export(&shelf.mirror.store.reader(), &options, &mut |_| {});
    assert!(
        matches!(failed, Err(millpond::export::Error::Nothing)),
        "{failed:?}"
    );
    assert_eq!(shelf.paths(), ["ENG/Home-5/Ops-6.md"]);
    assert!(shelf.dir().join(SITE).is_dir());
}

#[tokio::test]
async fn what_is_buried_is_not_exported() {
    let shelf = Shelf::with(vec![page("5", "Home", "x"), page("6", "Old", "x")]).await;
    let gone = vec![ContentId::new("6")];
    shelf
        .mirror
        .store
        .bury(
            &crate::store::support::cloud(),
            gone,
            "trashed",
            crate::store::support::at(3),
        )
        .await
        .unwrap();
    shelf.export();
    assert_eq!(shelf.paths(), ["ENG/Home-5.md"]);
}
