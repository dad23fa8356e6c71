//! A site that is forgotten leaves nothing behind.

use millpond::model::{CloudId, Site};
use millpond::store::{ContentBatch, SearchQuery};

use super::support::{Mirror, at, page, space};

#[tokio::test]
async fn a_forgotten_site_leaves_no_row_and_no_word_and_the_others_stay() {
    let mirror = Mirror::new().await;
    let other = CloudId::new("cloud-2");
    let site = Site {
        cloud_id: other.clone(),
        domain: "umbra.atlassian.net".parse().unwrap(),
        name: "Umbra".to_owned(),
    };
    mirror.store.register_site(site, at(0)).await.unwrap();
    mirror
        .store
        .apply_spaces(&other, vec![space("1", "ENG")], at(0))
        .await
        .unwrap();
    mirror
        .apply(vec![
            page("100", "Zyzzyva", "A weevil called quokkafish."),
            page("101", "Runbook", "A weevil."),
        ])
        .await;
    let kept = ContentBatch {
        site: other,
        ..mirror.batch(vec![page("100", "Handbook", "A weevil, too.")])
    };
    mirror.store.apply(kept).await.unwrap();

    let domain = "acme.atlassian.net".parse().unwrap();
    assert_eq!(mirror.store.forget_site(&domain).await.unwrap(), Some(2));
    assert_eq!(mirror.store.forget_site(&domain).await.unwrap(), None);

    mirror.check_index();
    let reader = mirror.store.reader();
    let titles: Vec<_> = reader
        .search(&SearchQuery::new("weevil"))
        .unwrap()
        .into_iter()
        .map(|hit| hit.title)
        .collect();
    assert_eq!(titles, ["Handbook"]);
    assert!(!mirror.dump().contains("acme"));
    drop(reader);
    let Mirror { dir, store, .. } = mirror;
    store.close().await.unwrap();
    let file = std::fs::read(dir.path().join("mirror.db")).unwrap();
    for word in ["quokkafish", "Zyzzyva", "zyzzyva", "cloud-1"] {
        let remains = file.windows(word.len()).any(|window| window == word.as_bytes());
        assert!(!remains, "{word} is still in the file");
    }
}
