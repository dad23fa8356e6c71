//! Measures the first copy of a simulated site by the real program.
//!
//! `cargo bench --bench first_copy -- [PAGES]…` copies sites of so many pages, one after the other (5,000 unless said
//! otherwise). The site runs in this process and the program in its own, so their CPU times are told apart.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a measurement prints its figures, and stops where it cannot be made"
)]

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use confluence_sim::Atlassian;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;

const DOMAIN: &str = "acme.atlassian.net";
const SCOPES: [&str; 5] = [
    "offline_access",
    "read:me",
    "read:page:confluence",
    "read:space:confluence",
    "read:user:confluence",
];

/// The kernel counts CPU time in hundredths of a second.
const TICK: f64 = 0.01;

fn main() {
    let sizes: Vec<u64> = std::env::args()
        .skip(1)
        .filter_map(|size| size.replace(',', "").parse().ok())
        .collect();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    println!(
        "{:>9}  {:>8}  {:>8}  {:>10}  {:>10}  {:>9}  {:>11}  {:>9}",
        "pages", "seconds", "pages/s", "CPU s", "site CPU s", "requests", "points/page", "peak MiB"
    );
    for pages in if sizes.is_empty() { vec![5000] } else { sizes } {
        runtime.block_on(measure(pages));
    }
}

async fn measure(pages: u64) {
    let folder = tempfile::tempdir().unwrap();
    let atlassian = Atlassian::builder()
        .points_per_hour(u64::MAX / 2)
        .start()
        .await
        .unwrap();
    set_up(&atlassian, folder.path(), pages);
    connect(folder.path()).await;

    let own = cpu_seconds("self");
    let began = Instant::now();
    let mut child = millpond(folder.path(), &["--json", "sync"]).spawn().unwrap();
    let process = child.id().unwrap().to_string();
    let (mut cpu, mut peak) = (0.0, 0);
    while child.try_wait().unwrap().is_none() {
        cpu = cpu_seconds(&process).max(cpu);
        peak = peak_kib(&process).max(peak);
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let seconds = began.elapsed().as_secs_f64();
    let site = cpu_seconds("self") - own;

    let output = child.wait_with_output().await.unwrap();
    let summary: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(summary["added"], pages, "{summary}");
    #[expect(clippy::cast_precision_loss, reason = "shares of small numbers")]
    let (count, peak) = (pages as f64, peak as f64 / 1024.0);
    println!(
        "{pages:>9}  {seconds:>8.2}  {:>8.0}  {cpu:>10.2}  {site:>10.2}  {:>9}  {:>11.4}  {peak:>9.0}",
        count / seconds,
        summary["requests"],
        summary["points"].as_f64().unwrap() / count,
    );
}

fn set_up(atlassian: &Atlassian, folder: &Path, pages: u64) {
    let callback = {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        format!(
            "http://localhost:{}/callback",
            listener.local_addr().unwrap().port()
        )
    };
    atlassian.app("bench", "bench-secret", &callback, &SCOPES);
    let reader = atlassian.account("Reader");
    atlassian.consents_as(&reader);
    let site = atlassian.site(DOMAIN);
    site.member(&reader);
    site.space("ENG")
        .pages_generated(pages, |number| (format!("Page {number}"), body(number)));
    let config = format!(
        "state_dir = \"state\"\n[app]\nclient_id = \"bench\"\nclient_secret_file = \"secret\"\n\
         redirect_uri = \"{callback}\"\nauth_url = \"{}\"\napi_url = \"{}\"\n\
         [limits]\nrequests_per_second = 1000\npoints_per_hour = 0\n\
         [sync]\ncontent = [\"pages\", \"users\"]\n[[connection]]\ndomain = \"{DOMAIN}\"\n",
        atlassian.auth_url(),
        atlassian.api_url(),
    );
    fs::write(folder.join("config.toml"), config).unwrap();
    fs::write(folder.join("secret"), "bench-secret").unwrap();
    fs::set_permissions(folder.join("secret"), fs::Permissions::from_mode(0o600)).unwrap();
}

/// About 3 KB of storage format with the constructs that pages are made of.
fn body(number: u64) -> String {
    let mut body = format!(
        "<h2>Overview of {number}</h2><p>Service <strong>{number}</strong> is owned by \
         <ac:link><ri:page ri:content-title=\"Page {}\" /></ac:link> and was last looked at on \
         <time datetime=\"2026-03-{:02}\" />.</p>",
        number / 2,
        number % 28 + 1,
    );
    for section in 0..6 {
        write!(
            body,
            "<h3>Step {section}</h3><ul><li><p>Check the gauge {section} of unit {number}, then write the level down \
             before anything else is moved.</p></li><li><p>Tell the shift.</p></li></ul>\
             <ac:structured-macro ac:name=\"code\"><ac:parameter ac:name=\"language\">bash</ac:parameter>\
             <ac:plain-text-body><![CDATA[gaugectl read --unit {number} --step {section} | tee level.txt]]>\
             </ac:plain-text-body></ac:structured-macro>",
        )
        .unwrap();
    }
    body.push_str("<table><tbody><tr><th>Level</th><th>Who</th></tr><tr><td>high</td><td>the duty officer</td></tr></tbody></table>");
    body
}

fn millpond(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_millpond"));
    command
        .arg("--config")
        .arg(folder.join("config.toml"))
        .args(arguments);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true);
    command
}

async fn connect(folder: &Path) {
    let mut child = millpond(folder, &["--json", "connect", DOMAIN]).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let asked: serde_json::Value = serde_json::from_str(&lines.next_line().await.unwrap().unwrap()).unwrap();
    millpond::app::http_client().unwrap();
    let browser = reqwest::Client::builder().build().unwrap();
    browser
        .get(asked["consent_url"].as_str().unwrap())
        .send()
        .await
        .unwrap();
    assert!(child.wait().await.unwrap().success());
}

/// User and system time of a process; 0 once it is gone.
fn cpu_seconds(process: &str) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    after_name
        .split_whitespace()
        .skip(11)
        .take(2)
        .filter_map(|ticks| ticks.parse::<f64>().ok())
        .sum::<f64>()
        * TICK
}

/// The most memory that a process has held; 0 once it is gone.
fn peak_kib(process: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok())
        .unwrap_or(0)
}
