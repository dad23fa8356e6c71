//! The command line as people and scripts meet it: arguments in, text and an exit code out.

mod browsing;
mod checking;
pub(crate) mod connecting;
mod reading;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use insta::assert_snapshot;
use tempfile::TempDir;

use crate::support::program::Program;

/// Every command that the help lists.
const COMMANDS: [&str; 25] = [
    "init",
    "connect",
    "disconnect",
    "doctor",
    "run",
    "sync",
    "status",
    "pause",
    "resume",
    "reload",
    "token",
    "search",
    "show",
    "tree",
    "history",
    "links",
    "recent",
    "changes",
    "export",
    "backup",
    "restore",
    "check",
    "demo",
    "completions",
    "man",
];

/// A home folder of its own, so that nothing of this machine's is found.
struct Home {
    folder: TempDir,
}

impl Home {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A home whose configuration is right, and lacks the secret.
    fn configured() -> Self {
        let home = Self::new();
        home.write(
            ".config/millpond/config.toml",
            "[app]\nclient_id = \"client-1\"\n[[connection]]\ndomain = \"acme.atlassian.net\"\n",
        );
        home
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    fn command(&self, arguments: &[&str]) -> Program {
        Program::new(self.path()).args(arguments)
    }

    fn output(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output()
    }

    /// What a person sees: both streams and the exit code, with the home folder called `HOME`.
    fn transcript(&self, arguments: &[&str]) -> String {
        let output = self.output(arguments);
        let mut transcript = format!("$ millpond {}\n", arguments.join(" "));
        for stream in [&output.stdout, &output.stderr] {
            transcript += &String::from_utf8_lossy(stream);
        }
        writeln!(transcript, "[exit code {}]", output.status.code().unwrap()).unwrap();
        transcript.replace(&*self.path().to_string_lossy(), "HOME")
    }
}

#[test]
fn the_help_names_every_command() {
    let help = Home::new().transcript(&["--help"]);
    for command in COMMANDS {
        assert!(help.contains(&format!("\n  {command} ")), "{command}");
    }
    assert_snapshot!(help);
}

#[test]
fn every_command_explains_itself() {
    let home = Home::new();
    let help: Vec<_> = COMMANDS
        .iter()
        .map(|command| home.transcript(&[command, "--help"]))
        .collect();
    let (own, global): (Vec<_>, Vec<_>) = help
        .iter()
        .map(|help| help.split_once("\nGlobal options:\n").unwrap())
        .unzip();
    // A command may point to its document at the very end.
    let global: Vec<_> = global
        .iter()
        .map(|help| {
            let is_option = |line: &&str| line.starts_with(' ');
            help.lines().take_while(is_option).collect::<Vec<_>>()
        })
        .collect();
    assert!(
        global.windows(2).all(|pair| pair[0] == pair[1]),
        "global options differ"
    );
    assert_snapshot!(own.join("\n"));
}

#[test]
fn mistakes_in_usage_exit_with_2() {
    let home = Home::configured();
    assert_snapshot!(
        [
            home.transcript(&["serach", "x"]),
            home.transcript(&["search"]),
            home.transcript(&["search", "x", "--since", "someday"]),
            home.transcript(&["sync", "https://acme.atlassian.net"]),
            home.transcript(&["sync", "--full", "--sweep"]),
            home.transcript(&["--log", "millpond=loud", "status"]),
            Home::new().transcript(&["init"]),
        ]
        .join("\n")
    );
}

#[test]
fn a_wrong_configuration_exits_with_3_and_changes_nothing() {
    let home = Home::new();
    let typo = home
        .write("typo.toml", "[sync]\ndetla = \"* * * * *\"\n")
        .display()
        .to_string();
    let config = Home::configured();
    assert_snapshot!(
        [
            home.transcript(&["status"]),
            home.transcript(&["--config", "/nonexistent.toml", "run"]),
            home.transcript(&["--config", &typo, "run"]),
            home.transcript(&["--config", &typo, "--json", "status"]),
            config.transcript(&["run"]),
            config.transcript(&["sync", "other.atlassian.net"]),
        ]
        .join("\n")
    );
    assert!(!config.path().join(".local").exists(), "something was created");
}

#[test]
fn a_secret_that_everyone_can_read_is_refused() {
    let home = Home::new();
    home.write("secret", "hunter2\n");
    home.write(
        ".config/millpond/config.toml",
        &format!(
            "[app]\nclient_id = \"client-1\"\nclient_secret_file = \"{}/secret\"\n[[connection]]\ndomain = \"acme.atlassian.net\"\n",
            home.path().display()
        ),
    );
    let transcript = home.transcript(&["run"]);
    assert!(!transcript.contains("hunter2"));
    assert_snapshot!(transcript);
}

#[test]
fn without_a_mirror_the_readers_name_the_next_command() {
    let home = Home::configured();
    let status = home.transcript(&["status"]);
    assert!(
        status.contains("`millpond sync acme.atlassian.net` makes the first copy"),
        "{status}"
    );
    let readers = [&["search", "x"][..], &["show", "1"], &["tree"]];
    assert_snapshot!(readers.map(|arguments| home.transcript(arguments)).join("\n"));
}

#[test]
fn init_writes_a_configuration_that_works_and_says_what_to_do_next() {
    let home = Home::new();
    let arguments = [
        "init",
        "--domain",
        "ACME.atlassian.net",
        "--client-id",
        "client-1",
    ];
    assert_snapshot!("init", home.transcript(&arguments));
    assert_snapshot!("init_again", home.transcript(&arguments));
    let forced = [&arguments[..], &["--force"]].concat();
    assert!(home.output(&forced).status.success());
    let written = fs::read_to_string(home.path().join(".config/millpond/config.toml")).unwrap();
    assert!(written.contains("\ndomain = \"acme.atlassian.net\"\n"));
    assert!(written.contains("\nclient_id = \"client-1\"\n"));
    assert!(written.contains("\nclient_secret_file = \"client_secret\"\n"));
}

#[test]
fn completions_and_manual_pages_come_from_the_same_words() {
    let home = Home::new();
    for shell in ["bash", "zsh", "fish"] {
        let output = home.output(&["completions", shell]);
        assert!(output.status.success());
        assert!(
            String::from_utf8_lossy(&output.stdout).contains("log-format"),
            "{shell}"
        );
    }
    let pages = home.path().join("man");
    assert!(home.output(&["man", pages.to_str().unwrap()]).status.success());
    for command in COMMANDS {
        assert!(pages.join(format!("millpond-{command}.1")).exists(), "{command}");
    }
}

#[test]
fn a_reader_that_goes_away_ends_the_command_quietly() {
    let home = Home::new();
    let output = home.command(&["completions", "bash"]).unread();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(output.status.code(), Some(0));
}
