//! Links that lead to what is mirrored, whatever comes first and whatever becomes of it.

use millpond::model::{ContentId, ContentKind, Counts, SpaceId, SpaceKey};
use millpond::store::{LinkRow, LinkTarget};

use super::support::{Edit, Mirror, link_to, page};

#[tokio::test]
async fn links_by_title_become_links_by_id_whichever_page_comes_first() {
    let mirror = Mirror::new().await;
    let url = "https://acme.atlassian.net/wiki/display/ENG/On+Call#duty";
    let linking = |id: &str| {
        let mut write = page(id, &format!("Linking {id}"), "see").link(link_to("On\u{200b} call", url));
        write.rendering.markdown = format!("see [on call]({url})\n");
        write
    };
    let settled = "see [on call](https://acme.atlassian.net/wiki/spaces/ENG/pages/20#duty)\n";

    mirror.apply(vec![linking("10")]).await;
    assert_eq!(mirror.markdown("10"), format!("see [on call]({url})\n"));
    mirror.apply(vec![page("20", "On Call", "duty")]).await;
    assert_eq!(mirror.markdown("10"), settled);
    mirror.apply(vec![linking("11")]).await;
    assert_eq!(mirror.markdown("11"), settled);

    // Ids survive a rename, and a link to the new title is settled too.
    mirror
        .apply(vec![linking("12").link(link_to("Duty", "x/Duty"))])
        .await;
    mirror.apply(vec![page("20", "Duty", "duty").version(2)]).await;
    assert_eq!(mirror.markdown("12"), settled);
    assert_eq!(
        mirror.text("SELECT target || ' ' || written FROM links WHERE title = 'Duty'"),
        "20 https://acme.atlassian.net/wiki/spaces/ENG/pages/20"
    );
    mirror.check_index();
}

#[tokio::test]
async fn a_file_of_another_page_is_linked_by_that_pages_id_once_it_is_known() {
    let mirror = Mirror::new().await;
    let url = "https://acme.atlassian.net/wiki/display/ENG/Plans?preview=/a%20%281%29.png";
    let mut write = page("10", "Linking", "").link(LinkRow {
        target: LinkTarget::Attachment {
            holder: Some(Box::new(link_to("Plans", "").target)),
            name: "a (1).png".to_owned(),
        },
        written: url.to_owned(),
        anchor: None,
    });
    write.rendering.markdown = format!("![a]({url})\n");
    mirror.apply(vec![write.clone()]).await;
    assert_eq!(mirror.markdown("10"), format!("![a]({url})\n"));
    mirror.apply(vec![page("20", "Plans", "")]).await;
    let settled = "https://acme.atlassian.net/wiki/download/attachments/20/a%20%281%29.png";
    assert_eq!(mirror.markdown("10"), format!("![a]({settled})\n"));
    assert_eq!(
        mirror.text("SELECT target || ' ' || file_name || ' ' || written FROM links"),
        format!("20 a (1).png {settled}")
    );
    let before = mirror.dump();
    assert_eq!(mirror.apply(vec![write]).await, Counts::default());
    mirror.apply(vec![page("20", "Renamed", "").version(2)]).await;
    assert_eq!(mirror.markdown("10"), format!("![a]({settled})\n"));
    assert_ne!(mirror.dump(), before);
}

#[tokio::test]
async fn a_link_to_a_blog_post_leads_to_the_post_of_that_day_and_to_no_page() {
    let mirror = Mirror::new().await;
    let url = "https://acme.atlassian.net/wiki/display/ENG/2026/03/02/News";
    let mut linking = page("10", "Linking", "").link(LinkRow {
        target: LinkTarget::BlogPost {
            space_key: SpaceKey::new("ENG"),
            title: "News".to_owned(),
        },
        written: url.to_owned(),
        anchor: None,
    });
    linking.rendering.markdown = format!("[news]({url})\n");
    let post = |id: &str, day: &str| {
        page(id, "News", "").with(|content| {
            content.kind = ContentKind::BlogPost;
            content.webui = format!("/spaces/ENG/blog/2026/03/{day}/{id}/News+(again)");
        })
    };
    mirror
        .apply(vec![linking.clone(), page("20", "News", ""), post("30", "01")])
        .await;
    assert_eq!(mirror.markdown("10"), format!("[news]({url})\n"));
    mirror.apply(vec![post("31", "02")]).await;
    let settled = "[news](https://acme.atlassian.net/wiki/spaces/ENG/blog/2026/03/02/31)\n";
    assert_eq!(mirror.markdown("10"), settled);
    linking.content.id = ContentId::new("11");
    mirror.apply(vec![linking]).await;
    assert_eq!(mirror.markdown("11"), settled);
}

#[tokio::test]
async fn a_file_of_a_blog_post_is_linked_by_the_posts_id_and_not_by_that_of_a_page_of_its_title() {
    let mirror = Mirror::new().await;
    let url = "https://acme.atlassian.net/wiki/display/ENG/2026/03/02/News?preview=/a.png";
    let mut linking = page("10", "Linking", "").link(LinkRow {
        target: LinkTarget::Attachment {
            holder: Some(Box::new(LinkTarget::BlogPost {
                space_key: SpaceKey::new("ENG"),
                title: "News".to_owned(),
            })),
            name: "a.png".to_owned(),
        },
        written: url.to_owned(),
        anchor: None,
    });
    linking.rendering.markdown = format!("![a]({url})\n");
    mirror.apply(vec![linking.clone(), page("20", "News", "")]).await;
    assert_eq!(mirror.markdown("10"), format!("![a]({url})\n"));
    let post = page("30", "News", "").with(|content| {
        content.kind = ContentKind::BlogPost;
        content.webui = "/spaces/ENG/blog/2026/03/02/30/News".to_owned();
    });
    mirror.apply(vec![post]).await;
    let settled = "![a](https://acme.atlassian.net/wiki/download/attachments/30/a.png)\n";
    assert_eq!(mirror.markdown("10"), settled);
    linking.content.id = ContentId::new("11");
    mirror.apply(vec![linking]).await;
    assert_eq!(mirror.markdown("11"), settled);
}

#[tokio::test]
async fn links_follow_a_page_that_moves_to_another_space() {
    let mirror = Mirror::new().await;
    let url = "https://acme.atlassian.net/wiki/display/ENG/Target#a";
    let mut linking = page("10", "Linking", "").link(link_to("Target", url));
    linking.rendering.markdown = format!("[t]({url})\n");
    mirror.apply(vec![linking, page("20", "Target", "")]).await;
    let moved = page("20", "Target", "")
        .version(2)
        .with(|content| content.space = SpaceId::new("2"));
    mirror.apply(vec![moved]).await;
    assert_eq!(
        mirror.markdown("10"),
        "[t](https://acme.atlassian.net/wiki/spaces/HR/pages/20#a)\n"
    );
}
