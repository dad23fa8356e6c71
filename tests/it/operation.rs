//! `docs/operation.md` shows what an administrator sees: this is where it comes from.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;

use crate::daemon::{equals_the_site, until};
use crate::support::installation::{Installation, world};
use crate::support::shown::is_shown;

const DOMAIN: &str = "acme.atlassian.net";
const RARELY: &str = "[sync]\ncontent = [\"pages\", \"comments\", \"attachments\", \"users\"]\n\
    delta = \"0 0 1 1 *\"\nsweep = \"0 0 1 1 *\"\n";

/// As if it were installed where a package does that.
fn installed(home: &Installation, said: &str) -> String {
    said.replace(&home.path("state").display().to_string(), "/var/lib/millpond")
}

fn without(text: &str, is_left_out: impl Fn(&str) -> bool) -> String {
    let lines: Vec<_> = text.lines().filter(|line| !is_left_out(line)).collect();
    lines.join("\n")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_documents_show_an_administrator_is_what_the_program_says() {
    let (atlassian, alice) = world().await;
    let site = atlassian.site(DOMAIN);
    site.member(&alice);
    let pages = site
        .space("ENG")
        .named("Engineering")
        .pages(["Runbook", "On call"]);
    site.comment(&alice, &pages[0], "<p>Which bell?</p>");
    site.attach(&pages[1], "plan.txt", "text/plain", b"a plan");
    let home = Installation::new(&atlassian, &[DOMAIN]);
    // Before the consent, which is asked for what is configured.
    home.configure(&atlassian, &[DOMAIN], RARELY);
    let home = home.connected(DOMAIN).await;
    let daemon = home.spawn(&["run"]);
    until("the first copy", || equals_the_site(&home, &site, &alice)).await;
    // A delta beside it, so that both are among the figures.
    home.done(&["sync"]).await;
    home.done(&["backup", home.path("state/backups").to_str().unwrap()])
        .await;
    let status = installed(&home, &home.done(&["status"]).await);
    // The hour that it is about may just be over.
    is_shown(
        "millpond status",
        &without(&status, |line| line.starts_with("points of app ")),
    );

    let socket = home.path("state/millpond.sock");
    let http = reqwest::Client::builder().unix_socket(socket).build().unwrap();
    let page = http.get("http://millpond/metrics").send().await.unwrap();
    let page = page.text().await.unwrap();
    let is_one_of_many =
        |line: &str| line.contains("_bucket{") || line.contains("{route=") && !line.contains("/v2/pages");
    is_shown("the metrics", &without(&page, is_one_of_many));
    drop(daemon);

    let state = home.path("state");
    fs::set_permissions(&state, Permissions::from_mode(0o752)).unwrap();
    for file in fs::read_dir(state.join("credentials")).unwrap() {
        fs::set_permissions(file.unwrap().path(), Permissions::from_mode(0o644)).unwrap();
    }
    let config = fs::read_to_string(home.config()).unwrap();
    // Nobody listens there, as behind a firewall.
    let address = format!("auth_url = \"{}\"", atlassian.auth_url());
    let cut_off = config.replace(&address, "auth_url = \"http://127.0.0.1:9\"");
    fs::write(home.config(), cut_off).unwrap();
    let unwell = home.millpond(&["doctor"]).await;
    assert_eq!(unwell.status.code(), Some(1));
    let said = [unwell.stdout, unwell.stderr].concat();
    let said = installed(&home, &String::from_utf8(said).unwrap());
    is_shown("millpond doctor", &said);
}
