//! Consents that are encrypted on disk.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use super::{DOMAIN, accepts, always_refreshing, refreshes};
use crate::support::installation::Installation;

fn write_key(home: &Installation, digit: &str) {
    fs::write(home.path("key"), digit.repeat(64)).unwrap();
    fs::set_permissions(home.path("key"), fs::Permissions::from_mode(0o600)).unwrap();
}

fn grant(home: &Installation) -> Vec<u8> {
    let files = fs::read_dir(home.path("state/credentials")).unwrap();
    let mut paths = files.map(|file| file.unwrap().path());
    fs::read(
        paths
            .find(|path| path.extension().is_some_and(|end| end == "json"))
            .unwrap(),
    )
    .unwrap()
}

#[tokio::test]
async fn a_key_encrypts_the_consent_and_another_key_destroys_nothing() {
    let (atlassian, _, home) = always_refreshing().await;
    assert!(String::from_utf8(grant(&home)).unwrap().contains("Alice Moreau"));
    let plain = fs::read_to_string(home.config()).unwrap();
    let keyed = plain.replace("[app]\n", "[app]\ntoken_key_file = \"key\"\n");
    fs::write(home.config(), &keyed).unwrap();
    write_key(&home, "a");
    let token = home.done(&["token", DOMAIN]).await;
    assert!(accepts(&atlassian, &token).await);
    let sealed = grant(&home);
    let text = String::from_utf8_lossy(&sealed).into_owned();
    assert!(!text.contains("Alice Moreau") && !text.contains(token.trim()));
    assert!(home.done(&["status"]).await.contains("consent of Alice Moreau"));
    assert!(home.done(&["doctor"]).await.contains("is private and encrypted"));

    let (sealed, before) = (grant(&home), refreshes(&atlassian));
    for (config, key, complaint) in [
        (&keyed, "b", "another key than the configured one"),
        (&plain, "a", "is encrypted, and no key is configured"),
        (&keyed, "x", "is not 64 hexadecimal digits"),
    ] {
        fs::write(home.config(), config).unwrap();
        write_key(&home, key);
        let output = home.millpond(&["token", DOMAIN]).await;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(3), "{said}");
        assert!(said.contains(complaint) && said.contains("hint:"), "{said}");
        assert_eq!(home.millpond(&["doctor"]).await.status.code(), Some(1));
        assert!(grant(&home) == sealed, "{complaint}: the file is not as it was");
    }
    assert_eq!(refreshes(&atlassian), before);
    fs::write(home.config(), &keyed).unwrap();
    write_key(&home, "a");
    home.done(&["sync"]).await;
}

#[tokio::test]
async fn a_key_that_everyone_can_read_is_refused() {
    let (_atlassian, _, home) = always_refreshing().await;
    let config = fs::read_to_string(home.config()).unwrap();
    fs::write(
        home.config(),
        config.replace("[app]\n", "[app]\ntoken_key_file = \"key\"\n"),
    )
    .unwrap();
    write_key(&home, "a");
    fs::set_permissions(home.path("key"), fs::Permissions::from_mode(0o644)).unwrap();
    let output = home.millpond(&["token", DOMAIN]).await;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(said.contains("holds the token key and has mode 0644"), "{said}");
}
