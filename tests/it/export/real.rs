//! Real documents and the demo's site, exported by the program and opened by their readers.

use std::fs;

use confluence_sim::demo::Company;

use crate::corpus;
use crate::support::installation::{Installation, SCOPES, world};

use super::reading::{Opened, opens_clean};
use super::support::marks;

const DOMAIN: &str = "acme.atlassian.net";

const EVERYTHING: &str =
    "[sync]\ncontent = [\"pages\", \"blogposts\", \"comments\", \"attachments\", \"labels\", \"users\"]\n";

/// Exports twice: what is written must open clean, and nothing may be written again.
async fn opens_clean_and_stays(home: &Installation, format: &str) -> Opened {
    let dir = home.path(format);
    let arguments = ["--json", "export", "--format", format, dir.to_str().unwrap()];
    home.done(&arguments).await;
    let opened = opens_clean(&dir);
    let before = marks(&dir);
    let second = home.done(&arguments).await;
    let second: serde_json::Value = serde_json::from_str(&second).unwrap();
    assert_eq!(
        (&second["written"], &second["removed"], &second["kept"]),
        (&0.into(), &0.into(), &0.into())
    );
    assert_eq!(marks(&dir), before);
    opened
}

/// Places that documents link to and do not have.
const NOWHERE: [&str; 5] = [
    "nothing-here",
    "section",
    "AnotherAnchor",
    "Section%20Heading",
    "LoremIpsumAnker",
];

#[tokio::test]
async fn the_export_of_real_documents_opens_clean() {
    let Some(documents) = corpus::documents_of_the_corpus() else {
        println!("skipped: the corpus of real documents is not here");
        return;
    };
    let (atlassian, alice) = world().await;
    let site = atlassian.site(DOMAIN);
    site.member(&alice);
    corpus::serve(&site, &documents);
    let home = Installation::new(&atlassian, &[DOMAIN]).connected(DOMAIN).await;
    home.done(&["sync"]).await;

    let opened = opens_clean_and_stays(&home, "markdown").await;

    assert_eq!(opened.documents, documents.len());
    println!("{opened:?}");
    for dead in &opened.dead {
        let (_, place) = dead.rsplit_once(" #").unwrap();
        assert!(NOWHERE.contains(&place), "{dead} leads nowhere");
    }
    assert!(fs::read_dir(home.path("markdown")).unwrap().count() == 2);

    let opened = opens_clean_and_stays(&home, "html").await;

    // Beside its pages: the beginning, and the tree of the space.
    assert!(opened.documents >= documents.len() + 2, "{opened:?}");
    println!("{opened:?}");
}

#[tokio::test]
async fn the_export_of_the_demos_site_opens_clean() {
    let (atlassian, alice) = world().await;
    let company = Company::open(&atlassian, DOMAIN);
    atlassian.site(DOMAIN).member(&alice);
    let home = Installation::new(&atlassian, &[DOMAIN]);
    home.register(&atlassian, &[&SCOPES[..], &["read:label:confluence"]].concat());
    home.configure(&atlassian, &[DOMAIN], EVERYTHING);
    let home = home.connected(DOMAIN).await;
    home.done(&["sync"]).await;

    let opened = opens_clean_and_stays(&home, "markdown").await;

    println!("{opened:?}");
    assert_eq!(opened.documents, company.page_count());
    assert!(opened.links > opened.documents / 2, "{opened:?}");

    let opened = opens_clean_and_stays(&home, "html").await;

    println!("{opened:?}");
    assert!(opened.documents > company.page_count(), "{opened:?}");
}
