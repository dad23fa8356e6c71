//! The names of people, in what mentions them.

use millpond::model::{AccountId, Counts, User};
use millpond::store::{LinkRow, LinkTarget};

use super::support::{Edit, Mirror, at, cloud, page};

#[tokio::test]
async fn two_people_of_one_name_are_told_apart_when_one_is_renamed() {
    let mirror = Mirror::new().await;
    let link = |account: &str| LinkRow {
        target: LinkTarget::User(AccountId::new(account)),
        written: format!("@{account}"),
        anchor: None,
    };
    let named = |account: &str, name: &str| User {
        id: AccountId::new(account),
        display_name: name.to_owned(),
        kind: "atlassian".to_owned(),
    };
    let mut write = page("10", "Page", "@1:a and @2:b")
        .link(link("1:a"))
        .link(link("2:b"));
    write.rendering.markdown = "[@1:a](w/people/1:a) and [@2:b](w/people/2:b)\n".to_owned();
    mirror.apply(vec![write]).await;
    let sams = vec![named("1:a", "Sam"), named("2:b", "Sam")];
    mirror.store.apply_users(&cloud(), sams, at(2)).await.unwrap();
    let renamed = vec![named("2:b", "Kim")];
    mirror.store.apply_users(&cloud(), renamed, at(3)).await.unwrap();
    assert_eq!(
        mirror.markdown("10"),
        "[@Sam](w/people/1:a) and [@Kim](w/people/2:b)\n"
    );
    assert_eq!(mirror.text("SELECT body FROM texts"), "@Sam and @Kim");
    let again = vec![named("2:b", "Kim Lee")];
    mirror.store.apply_users(&cloud(), again, at(4)).await.unwrap();
    assert_eq!(mirror.text("SELECT body FROM texts"), "@Sam and @Kim Lee");
    mirror.check_index();
}

#[tokio::test]
async fn people_get_their_names_whichever_comes_first() {
    let mirror = Mirror::new().await;
    let mentioning = |id: &str| {
        let mut write = page(id, &format!("Page {id}"), "ask @557:bob").link(LinkRow {
            target: LinkTarget::User(AccountId::new("557:bob")),
            written: "@557:bob".to_owned(),
            anchor: None,
        });
        write.rendering.markdown =
            "ask [@557:bob](https://acme.atlassian.net/wiki/people/557:bob)\n".to_owned();
        write
    };
    let named = |name: &str| User {
        id: AccountId::new("557:bob"),
        display_name: name.to_owned(),
        kind: "atlassian".to_owned(),
    };
    mirror.apply(vec![mentioning("10")]).await;
    let unknown = mirror.store.unknown_users(&cloud(), 10).await.unwrap();
    assert_eq!(
        unknown,
        [AccountId::new("557:bob"), AccountId::new("account:alice")]
    );

    mirror
        .store
        .apply_users(&cloud(), vec![named("Bob [B]")], at(2))
        .await
        .unwrap();
    let expected = "ask [@Bob \\[B\\]](https://acme.atlassian.net/wiki/people/557:bob)\n";
    assert_eq!(mirror.markdown("10"), expected);
    mirror.apply(vec![mentioning("11")]).await;
    assert_eq!(mirror.markdown("11"), expected);
    assert_eq!(
        mirror.text("SELECT body FROM texts WHERE title = 'Page 10'"),
        "ask @Bob [B]"
    );

    mirror
        .store
        .apply_users(&cloud(), vec![named("Robert")], at(3))
        .await
        .unwrap();
    assert_eq!(
        mirror.markdown("10"),
        "ask [@Robert](https://acme.atlassian.net/wiki/people/557:bob)\n"
    );
    assert_eq!(
        mirror.text("SELECT group_concat(body) FROM texts WHERE id IN (SELECT content FROM links)"),
        "ask @Robert,ask @Robert"
    );
    mirror.check_index();
    let before = mirror.dump();
    assert_eq!(
        mirror.apply(vec![mentioning("10"), mentioning("11")]).await,
        Counts::default()
    );
    assert_eq!(mirror.dump(), before);
    mirror.check_index();
}

#[tokio::test]
async fn accounts_the_site_never_answers_for_wait_behind_the_others() {
    let mirror = Mirror::new().await;
    let by = |id: &str, account: &str| {
        page(id, id, "x").with(|content| content.author = Some(AccountId::new(account)))
    };
    mirror
        .apply(vec![by("10", "a"), by("11", "b"), by("12", "c")])
        .await;
    let site = cloud();
    let ask = || mirror.store.unknown_users(&site, 2);
    assert_eq!(
        ask().await.unwrap(),
        [AccountId::new("a"), AccountId::new("account:alice")]
    );
    assert_eq!(ask().await.unwrap(), [AccountId::new("b"), AccountId::new("c")]);
}
