//! A machine of its own for the service: a container with systemd as its first process.
//!
//! It shares the network with the tests, and so reaches the simulated site.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;

use confluence_sim::Atlassian;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep, timeout};

use crate::support::installation::{CLIENT_ID, CLIENT_SECRET, SCOPES, free_callback, visit};
use crate::support::watched::record;

pub(super) const CONFIG: &str = "etc/millpond/config.toml";
/// Where systemd is given more than the shipped unit says.
const DROP_IN: &str = "etc/systemd/system/millpond.service.d/test.conf";
/// Every second, and no more kinds than the app's scopes reach.
pub(super) const SCHEDULE: &str =
    "[sync]\ncontent = [\"pages\", \"users\"]\ndelta = \"* * * * * *\"\nsweep = \"*/2 * * * * *\"\n";
/// The secrets come encrypted, and nothing takes as long as in production.
const HURRIED: &str = "[Service]\n\
    LoadCredential=\n\
    LoadCredentialEncrypted=client_secret:/etc/credstore.encrypted/client_secret\n\
    LoadCredentialEncrypted=token-key:/etc/credstore.encrypted/token-key\n\
    Environment=MILLPOND_LOG=trace\n\
    RestartSec=100ms\nWatchdogSec=3s\n";
/// Starting a machine takes a second or two where nothing else runs.
const PATIENCE: Duration = Duration::from_mins(1);

/// A running container. It is gone, with everything in it, when this is dropped.
pub(super) struct Container {
    nspawn: Child,
    leader: String,
    /// What is `/var/lib/millpond` inside.
    state: TempDir,
    /// Where consents come back to.
    callback: String,
}

impl Container {
    /// Boots a fresh machine with the program and its units installed as a package would.
    pub(super) async fn boot() -> Self {
        let project = Path::new(env!("CARGO_MANIFEST_DIR"));
        // tests/systemd/run makes it.
        let root = project.join("target/systemd-root");
        let bind = |from: &Path, to: &str| format!("--bind-ro={}:{to}", from.display());
        let state = tempfile::tempdir().unwrap();
        let mut command = Command::new("systemd-nspawn");
        command
            .args([
                "--quiet",
                "--boot",
                "--register=no",
                "--keep-unit",
                "--console=pipe",
            ])
            .args(["--volatile=overlay", "--machine=millpond-test", "--directory"])
            .arg(root)
            .arg(format!("--bind={}:/var/lib/millpond", state.path().display()))
            .arg(bind(
                Path::new(env!("CARGO_BIN_EXE_millpond")),
                "/usr/bin/millpond",
            ))
            .arg(bind(
                &project.join("systemd/millpond.sysusers"),
                "/usr/lib/sysusers.d/millpond.conf",
            ));
        for unit in fs::read_dir(project.join("systemd")).unwrap() {
            let name = unit.unwrap().file_name().into_string().unwrap();
            if !name.ends_with(".sysusers") {
                command.arg(bind(
                    &project.join("systemd").join(&name),
                    &format!("/usr/lib/systemd/system/{name}"),
                ));
            }
        }
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true);
        let nspawn = command.spawn().unwrap();
        let leader = first_process(nspawn.id().unwrap()).await;
        let container = Self {
            nspawn,
            leader,
            state,
            callback: free_callback(),
        };
        container.booted().await;
        container.done(&["systemd-sysusers"]).await;
        container
    }

    async fn booted(&self) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let state = self.run(&["systemctl", "is-system-running"]).await;
            match String::from_utf8_lossy(&state.stdout).trim() {
                "running" => break,
                "degraded" => panic!("degraded: {}", self.done(&["systemctl", "--failed"]).await),
                state => assert!(Instant::now() < deadline, "the machine does not start: {state}"),
            }
            sleep(Duration::from_millis(50)).await;
        }
    }

    /// Configures the service for these sites, with its secrets encrypted for this machine, and connects the sites.
    pub(super) async fn install(&self, atlassian: &Atlassian, domains: &[&str]) {
        atlassian.app(CLIENT_ID, CLIENT_SECRET, &self.callback, &SCOPES);
        self.write(DROP_IN, HURRIED);
        self.encrypt("client_secret", CLIENT_SECRET).await;
        self.encrypt("token-key", &"0123456789abcdef".repeat(4)).await;
        self.configure(atlassian, domains);
        self.done(&["systemctl", "daemon-reload"]).await;
        // The folder that the service will have: whoever signs in before its first start needs it, too.
        self.done(&[
            "install",
            "-d",
            "-m",
            "750",
            "-o",
            "millpond",
            "-g",
            "millpond",
            "/var/lib/millpond",
        ])
        .await;
        for domain in domains {
            self.connect(domain).await;
        }
    }

    /// Writes the configuration anew.
    pub(super) fn configure(&self, atlassian: &Atlassian, domains: &[&str]) {
        self.configure_with(atlassian, domains, "");
    }

    /// The same, with more of it.
    pub(super) fn configure_with(&self, atlassian: &Atlassian, domains: &[&str], more: &str) {
        let connections: Vec<_> = domains
            .iter()
            .map(|domain| format!("[[connection]]\ndomain = \"{domain}\"\n"))
            .collect();
        let (auth, api) = (atlassian.auth_url(), atlassian.api_url());
        let config = format!(
            "state_dir = \"/var/lib/millpond\"\n[app]\nclient_id = \"{CLIENT_ID}\"\nredirect_uri = \"{}\"\n\
             auth_url = \"{auth}\"\napi_url = \"{api}\"\n[limits]\nrequests_per_second = 1000\n{SCHEDULE}{more}{}",
            self.callback,
            connections.concat()
        );
        self.write(CONFIG, &config);
    }

    async fn encrypt(&self, name: &str, secret: &str) {
        let script = format!(
            "install -d -m 700 /etc/credstore.encrypted && printf %s \"$SECRET\" | \
             systemd-creds encrypt --with-key=host --name={name} - /etc/credstore.encrypted/{name}"
        );
        let mut command = self.command(&["sh", "-c", &script]);
        succeeded(command.env("SECRET", secret).output().await.unwrap());
    }

    /// As an administrator does who has just installed the service.
    async fn connect(&self, domain: &str) {
        let program = [
            "runuser", "-u", "millpond", "--", "millpond", "--json", "connect", domain,
        ];
        let mut command = self.command(&program);
        command
            .env("MILLPOND_CLIENT_SECRET", CLIENT_SECRET)
            .env("MILLPOND_CONFIG", "/etc/millpond/config.toml");
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        if let Some(line) = lines.next_line().await.unwrap() {
            let asked: serde_json::Value = serde_json::from_str(&line).unwrap();
            visit(asked["consent_url"].as_str().unwrap()).await;
        }
        let ended = timeout(PATIENCE, child.wait_with_output()).await;
        succeeded(ended.unwrap().unwrap());
    }

    /// A file of the service's state, seen from outside.
    pub(super) fn state(&self, name: &str) -> PathBuf {
        self.state.path().join(name)
    }

    pub(super) fn write(&self, inside: &str, text: &str) {
        let path = Path::new("/proc").join(&self.leader).join("root").join(inside);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// A program inside, about to run as root.
    pub(super) fn command(&self, program: &[&str]) -> Command {
        let mut command = Command::new("nsenter");
        command
            .args([
                "--target",
                &self.leader,
                "--mount",
                "--uts",
                "--ipc",
                "--net",
                "--pid",
                "--root",
                "--wd",
            ])
            .args(program)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    }

    pub(super) async fn run(&self, program: &[&str]) -> Output {
        let ended = timeout(PATIENCE, self.command(program).output()).await;
        ended
            .unwrap_or_else(|_| panic!("{program:?} does not end"))
            .unwrap()
    }

    /// Runs a program inside to its end, which must be a good one, and returns what it printed.
    pub(super) async fn done(&self, program: &[&str]) -> String {
        let output = succeeded(self.run(program).await);
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// A property of the service, such as `StatusText`.
    pub(super) async fn shows(&self, property: &str) -> String {
        self.done(&["systemctl", "show", "--value", "--property", property, "millpond"])
            .await
    }

    /// Waits until a property of the service is as wanted.
    pub(super) async fn until(&self, property: &str, wanted: impl Fn(&str) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let value = self.shows(property).await;
            if wanted(&value) {
                break;
            }
            let is_late = Instant::now() >= deadline;
            assert!(
                !is_late,
                "{property} is still {value:?}\n{}",
                self.journal().await
            );
            sleep(Duration::from_millis(50)).await;
        }
    }

    /// What the service logged, a JSON document a line.
    pub(super) async fn journal(&self) -> String {
        self.done(&["journalctl", "--unit=millpond", "--output=json"])
            .await
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        // Killing nspawn takes the machine down; it must be gone before the next test boots one.
        if let Some(process) = self.nspawn.id() {
            let journal = std::process::Command::new("nsenter")
                .args(["--target", &self.leader, "--mount", "--pid", "--root"])
                .args(["journalctl", "--unit=millpond", "--output=cat"])
                .output();
            // What the service logged counts among what the suite logged.
            if let Ok(journal) = journal {
                record(&journal.stdout);
            }
            let killed = std::process::Command::new("kill")
                .args(["-KILL", &self.leader])
                .status();
            drop(killed);
            let gone = Path::new("/proc").join(process.to_string());
            for _ in 0..200 {
                if self.nspawn.try_wait().is_ok_and(|ended| ended.is_some()) || !gone.exists() {
                    break;
                }
                std::thread::sleep(Duration::from_millis(20));
            }
        }
    }
}

/// The container's first process, as it is called outside. Those that prepare it come before.
async fn first_process(nspawn: u32) -> String {
    let deadline = Instant::now() + PATIENCE;
    let children = format!("/proc/{nspawn}/task/{nspawn}/children");
    loop {
        let ids = fs::read_to_string(&children).unwrap();
        let is_systemd =
            |id: &&str| fs::read_to_string(format!("/proc/{id}/comm")).is_ok_and(|name| name == "systemd\n");
        if let Some(id) = ids.split_whitespace().find(is_systemd) {
            return id.to_owned();
        }
        assert!(Instant::now() < deadline, "systemd-nspawn starts nothing");
        sleep(Duration::from_millis(20)).await;
    }
}

fn succeeded(output: Output) -> Output {
    assert!(
        output.status.success(),
        "{}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    output
}
