//! API tokens: each sort at its own door, and what an expired one must not do.

use millpond::auth::{ApiToken, Door, Error, Tenant, Way};

use crate::support::installation::{Installation, world};

use super::{DOMAIN, EMAIL, SECRET, Scene, domain, http, options};

#[tokio::test]
async fn a_classic_token_enters_at_the_site_and_one_with_scopes_at_the_gateway() {
    let scene = Scene::new().await;
    let site_url: url::Url = scene.atlassian.site_url(&scene.site).parse().unwrap();
    for (is_scoped, door) in [(false, Door::Site(site_url.clone())), (true, Door::Gateway)] {
        let token = ApiToken::new(EMAIL, SECRET.into(), is_scoped);
        let way = Way::api_token(token, Tenant::new(site_url.clone(), http(), options()));
        let entrance = way.enter(&domain()).await.unwrap();
        assert_eq!(entrance.door, door);
        assert_eq!(entrance.site.cloud_id.as_str(), scene.site.cloud_id());
        assert!(entrance.admits_strangers);
    }
    let asked = scene.atlassian.log();
    let asked: Vec<_> = asked.to("GET /_edge/tenant_info").collect();
    assert!(asked.len() == 2 && asked.iter().all(|request| !request.has_authorization));
}

#[tokio::test]
async fn a_domain_without_a_site_is_named() {
    let scene = Scene::new().await;
    let site_url = format!("{}/sites/umbra.atlassian.net", scene.atlassian.auth_url());
    let token = ApiToken::new(EMAIL, SECRET.into(), false);
    let tenant = Tenant::new(site_url.parse().unwrap(), http(), options());
    let error = Way::api_token(token, tenant).enter(&domain()).await.unwrap_err();
    assert!(matches!(error, Error::NoTenant { .. }), "{error}");
}

#[tokio::test]
async fn an_expired_token_is_noticed_and_buries_nothing() {
    let (atlassian, alice) = world().await;
    let site = atlassian.site(DOMAIN);
    site.member(&alice).space("ENG").pages(["Runbook", "On call"]);
    atlassian.api_token(&alice, EMAIL, SECRET);
    let connection = format!(
        "domain = \"{DOMAIN}\"\nauth = \"api_token\"\nemail = \"{EMAIL}\"\ntoken_file = \"secret\"\n\
         site_url = \"{}\"\n[sync.deletion_guard]\nmin_items = 1000\nconfirm_after = \"1ms\"\n",
        atlassian.site_url(&site)
    );
    let home = Installation::without_app(&atlassian, SECRET, &connection);
    home.done(&["sync"]).await;
    let spent = home.done(&["--json", "sync", "--sweep"]).await;
    assert!(
        spent.contains("\"points\":0"),
        "API tokens cost no points: {spent}"
    );

    atlassian.faults().expire_api_tokens();
    for _ in 0..3 {
        let output = home.millpond(&["sync", "--sweep", "--accept-deletions"]).await;
        assert_eq!(output.status.code(), Some(4));
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains("API token"), "{said}");
    }
    assert_eq!(home.mirrored().len(), 2);
    assert_eq!(
        home.millpond(&["connect", DOMAIN]).await.status.code(),
        Some(3),
        "there is no app"
    );
    let status = home.done(&["status"]).await;
    assert!(
        status.contains("not needed: it signs in by `api_token`"),
        "{status}"
    );
}

#[tokio::test]
async fn a_token_at_the_wrong_door_is_refused_and_not_sent_twice() {
    let (atlassian, alice) = world().await;
    let site = atlassian.site(DOMAIN);
    site.member(&alice);
    atlassian.api_token(&alice, EMAIL, SECRET);
    let connection = format!(
        "domain = \"{DOMAIN}\"\nauth = \"api_token\"\nemail = \"{EMAIL}\"\ntoken_file = \"secret\"\n\
         scoped = true\nsite_url = \"{}\"\n",
        atlassian.site_url(&site)
    );
    let home = Installation::without_app(&atlassian, SECRET, &connection);

    let output = home.millpond(&["sync"]).await;

    assert_eq!(output.status.code(), Some(4));
    assert_eq!(atlassian.log().count("GET /wiki/api/v2/spaces"), 1);
}

#[tokio::test]
async fn a_token_that_everyone_can_read_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let (atlassian, _) = world().await;
    let connection = format!(
        "domain = \"{DOMAIN}\"\nauth = \"api_token\"\nemail = \"{EMAIL}\"\ntoken_file = \"secret\"\n"
    );
    let home = Installation::without_app(&atlassian, SECRET, &connection);
    let readable = std::fs::Permissions::from_mode(0o644);
    std::fs::set_permissions(home.path("secret"), readable).unwrap();

    let output = home.millpond(&["sync"]).await;

    assert_eq!(output.status.code(), Some(3));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains("holds the API token and has mode 0644") && !said.contains(SECRET),
        "{said}"
    );
    assert!(atlassian.log().requests().is_empty());
}
