//! Every way to sign in leads to the same mirror, with the real program.

use std::path::Path;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use confluence_sim::{Account, Atlassian, Site};
use rusqlite::types::Value;

use crate::support::installation::{Installation, outsider, visible, world};

use super::{DOMAIN, EMAIL, SCOPES, SECRET};

/// All that readers are promised, but for when it was mirrored.
const VIEWS: [&str; 2] = [
    "SELECT site, cloud_id, id, kind, space_key, space_id, parent_id, title, status, version, author, editor, \
     created_at, modified_at, url, markdown, storage_size, labels, gone_at IS NULL, gone_reason FROM page ORDER BY id",
    "SELECT site, cloud_id, id, key, name, type, status, homepage_id FROM space ORDER BY id",
];

fn contents(database: &Path) -> Vec<Vec<Value>> {
    let db = outsider(database);
    let mut rows = Vec::new();
    for sql in VIEWS {
        let mut statement = db.prepare(sql).unwrap();
        let columns = statement.column_count();
        let found = statement.query_map([], |row| (0..columns).map(|column| row.get(column)).collect());
        rows.extend(found.unwrap().map(Result::unwrap));
    }
    rows
}

/// An installation for each way, each ready to sync.
async fn installations(
    atlassian: &Atlassian,
    alice: &Account,
    site: &Site,
) -> Vec<(&'static str, Installation)> {
    let site_url = atlassian.site_url(site);
    let nango_url = atlassian.nango_url();
    let [classic, scoped] = ["a-classic-token-of-alice", "a-token-of-alice-with-scopes"];
    atlassian.api_token(alice, EMAIL, classic);
    atlassian.scoped_api_token(alice, EMAIL, scoped, &SCOPES);
    let bot = atlassian.service_account("Mirror", "the-bot", SECRET, &SCOPES);
    site.member(&bot);
    let in_nango = ("confluence", "connection-1");
    atlassian.nango_connection("a-key-to-nango", in_nango, alice, site, &SCOPES);
    let without_app = |secret, keys: &str| {
        let connection = format!("domain = \"{DOMAIN}\"\n{keys}");
        Installation::without_app(atlassian, secret, &connection)
    };
    let api_token = format!(
        "auth = \"api_token\"\nemail = \"{EMAIL}\"\ntoken_file = \"secret\"\nsite_url = \"{site_url}\"\n"
    );
    vec![
        (
            "oauth",
            Installation::new(atlassian, &[DOMAIN]).connected(DOMAIN).await,
        ),
        ("api_token", without_app(classic, &api_token)),
        (
            "api_token with scopes",
            without_app(scoped, &format!("{api_token}scoped = true\n")),
        ),
        (
            "service_account",
            without_app(
                SECRET,
                &format!(
                    "auth = \"service_account\"\nclient_id = \"the-bot\"\nclient_secret_file = \"secret\"\n\
                     site_url = \"{site_url}\"\n"
                ),
            ),
        ),
        (
            "nango",
            without_app(
                "a-key-to-nango",
                &format!(
                    "auth = \"nango\"\nhost = \"{nango_url}\"\nprovider_config_key = \"confluence\"\n\
                     connection_id = \"connection-1\"\nsecret_key_file = \"secret\"\n"
                ),
            ),
        ),
    ]
}

#[tokio::test]
async fn every_way_to_sign_in_mirrors_the_same_site_to_an_equal_mirror() {
    let (atlassian, alice) = world().await;
    let site = atlassian.site(DOMAIN);
    site.member(&alice);
    let eng = site.space("ENG");
    let home = eng.page("Home").by(&alice);
    eng.page("Runbook")
        .body("<p>Turn it <strong>off</strong>.</p>")
        .under(&home);
    let doomed = site
        .space("HR")
        .pages_generated(300, |n| (format!("Person {n}"), format!("<p>{n}</p>")));

    let installations = installations(&atlassian, &alice, &site).await;
    for (_, installation) in &installations {
        installation.done(&["sync"]).await;
    }
    site.trash(&doomed[7]);
    site.edit(&home, "<h1>Welcome</h1>");
    let mut mirrors = Vec::new();
    for (way, installation) in &installations {
        installation.done(&["sync"]).await;
        let output = installation
            .millpond(&["--log", "trace", "sync", "--sweep"])
            .await;
        assert!(
            output.status.success(),
            "{way}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        assert_holds_no_secret(&atlassian, &[output.stdout, output.stderr].concat());
        mirrors.push((*way, contents(&installation.database())));
    }

    assert_eq!(installations[0].1.mirrored(), visible(&site, &alice));
    for (way, mirror) in &mirrors {
        assert_eq!(mirror.len(), 302 + 2, "{way}");
        assert!(
            *mirror == mirrors[0].1,
            "{way} has another mirror than {}",
            mirrors[0].0
        );
    }
}

fn assert_holds_no_secret(atlassian: &Atlassian, written: &[u8]) {
    let written = String::from_utf8_lossy(written);
    for secret in atlassian.secrets() {
        let sent = BASE64_STANDARD.encode(format!("{EMAIL}:{secret}"));
        assert!(!written.contains(&secret) && !written.contains(&sent));
    }
}
