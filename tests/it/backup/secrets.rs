//! What is taken elsewhere holds no secret.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crate::export::support::files;
use crate::support::installation::{CLIENT_SECRET, Installation, outsider, world};

/// What the stored consents are encrypted with.
const KEY: &str = "5ec0de5ec0de5ec0de5ec0de5ec0de5ec0de5ec0de5ec0de5ec0de5ec0de5ec0";

/// Panics if a file below the folder holds one of the secrets.
fn holds_none(folder: &Path, secrets: &[Vec<u8>]) -> usize {
    let all = files(folder);
    for (path, content) in &all {
        for secret in secrets {
            let found = content.windows(secret.len()).any(|bytes| bytes == secret);
            assert!(!found, "{path} holds a secret");
        }
    }
    all.len()
}

#[tokio::test]
async fn no_backup_and_no_export_holds_a_secret() {
    let (atlassian, alice) = world().await;
    let domain = "acme.atlassian.net";
    let site = atlassian.site(domain);
    site.member(&alice);
    for number in 0..5 {
        site.space("ENG")
            .page(&format!("Page {number}"))
            .body("<p>text</p>");
    }
    let home = Installation::new(&atlassian, &[domain]);
    fs::write(home.path("key"), KEY).unwrap();
    fs::set_permissions(home.path("key"), Permissions::from_mode(0o600)).unwrap();
    let config = fs::read_to_string(home.config()).unwrap();
    fs::write(
        home.config(),
        config.replace("[app]\n", "[app]\ntoken_key_file = \"key\"\n"),
    )
    .unwrap();
    let home = home.connected(domain).await;
    home.done(&["sync"]).await;
    home.done(&["token", domain]).await;
    let dir = |name: &str| home.path(name).display().to_string();
    home.done(&["backup", &dir("backups")]).await;
    home.done(&["restore", &dir("backups"), &dir("restored")]).await;
    home.done(&["export", &dir("markdown")]).await;
    home.done(&["export", "--format", "html", &dir("html")]).await;
    // The mirror itself, with its log; and once more without what was deleted in it.
    fs::create_dir(home.path("mirror")).unwrap();
    for name in ["mirror.db", "mirror.db-wal"] {
        drop(fs::copy(
            home.path("state").join(name),
            home.path("mirror").join(name),
        ));
    }
    let vacuumed = home.path("mirror").join("vacuumed.db");
    outsider(&home.database())
        .execute("VACUUM INTO ?", [vacuumed.to_str().unwrap()])
        .unwrap();

    let mut secrets: Vec<Vec<u8>> = atlassian.secrets().into_iter().map(String::into_bytes).collect();
    assert!(secrets.len() > 1, "the site issued secrets");
    secrets.extend([CLIENT_SECRET, KEY].map(|secret| secret.as_bytes().to_vec()));
    // As it is used.
    let digit = |at: usize| u8::from_str_radix(&KEY[at..at + 2], 16).unwrap();
    secrets.push((0..KEY.len()).step_by(2).map(digit).collect());

    assert!(!home.path("restored/credentials").exists());
    for (folder, files) in [
        ("backups", 4),
        ("restored", 1),
        ("markdown", 5),
        ("html", 8),
        ("mirror", 2),
    ] {
        assert!(holds_none(&home.path(folder), &secrets) >= files, "{folder}");
    }
}
