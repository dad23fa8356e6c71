//! The environment variables that millpond heeds, read once.

use std::ffi::OsString;
use std::path::PathBuf;

use secrecy::SecretString;

/// What the program takes from its environment. Built once, in `main`; nothing else asks the process.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// `MILLPOND_CONFIG`: the configuration file, where `--config` is not given.
    pub config: Option<PathBuf>,
    /// `MILLPOND_CLIENT_SECRET`: the secret of the OAuth app.
    pub client_secret: Option<SecretString>,
    /// `MILLPOND_LOG`: what to log, in the syntax of `--log`.
    pub log: Option<String>,
    /// `NO_COLOR` is set to anything: plain text, also on a terminal.
    pub no_color: bool,
    /// `PAGER`: what shows text that is longer than the screen. Set to nothing, nothing does.
    pub pager: Option<String>,
    /// `LESS` is set: `less` has options already.
    pub has_less_options: bool,
    /// `HOME`.
    pub home: Option<PathBuf>,
    /// `XDG_CONFIG_HOME`, if absolute as its specification demands.
    pub xdg_config_home: Option<PathBuf>,
    /// `XDG_STATE_HOME`, if absolute as its specification demands.
    pub xdg_state_home: Option<PathBuf>,
    /// `STATE_DIRECTORY`: the folder that systemd made for the service. The first, where it made several.
    pub state_directory: Option<PathBuf>,
    /// `JOURNAL_STREAM`: the device and inode of what systemd connects to its journal.
    pub journal_stream: Option<String>,
    /// `CREDENTIALS_DIRECTORY`: where systemd puts the credentials of the service.
    pub credentials_directory: Option<PathBuf>,
}

impl Environment {
    /// Reads the environment of this process.
    #[expect(clippy::disallowed_methods, reason = "the one place that asks the process")]
    pub fn of_process() -> Self {
        Self::from_lookup(|name| std::env::var_os(name))
    }

    /// Reads the environment that `lookup` answers for. A variable that is set to nothing counts as not set,
    /// but for `PAGER`.
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<OsString>) -> Self {
        let set = |name: &str| lookup(name).filter(|value| !value.is_empty());
        let text = |name: &str| set(name).and_then(|value| value.into_string().ok());
        let path = |name: &str| set(name).map(PathBuf::from);
        let absolute = |name: &str| path(name).filter(|path| path.is_absolute());
        Self {
            config: path("MILLPOND_CONFIG"),
            client_secret: text("MILLPOND_CLIENT_SECRET").map(SecretString::from),
            log: text("MILLPOND_LOG"),
            no_color: set("NO_COLOR").is_some(),
            pager: lookup("PAGER").and_then(|pager| pager.into_string().ok()),
            has_less_options: set("LESS").is_some(),
            home: absolute("HOME"),
            xdg_config_home: absolute("XDG_CONFIG_HOME"),
            xdg_state_home: absolute("XDG_STATE_HOME"),
            state_directory: text("STATE_DIRECTORY")
                .and_then(|folders| folders.split(':').next().map(PathBuf::from))
                .filter(|path| path.is_absolute()),
            journal_stream: text("JOURNAL_STREAM"),
            credentials_directory: absolute("CREDENTIALS_DIRECTORY"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::Environment;

    #[test]
    fn empty_and_relative_folders_count_as_not_set() {
        let environment = Environment::from_lookup(|name| match name {
            "XDG_STATE_HOME" => Some("state".into()),
            "XDG_CONFIG_HOME" | "NO_COLOR" => Some("".into()),
            "STATE_DIRECTORY" => Some("/var/lib/millpond:/var/lib/more".into()),
            _ => None,
        });
        assert_eq!(environment.xdg_state_home, None);
        assert_eq!(environment.xdg_config_home, None);
        assert!(!environment.no_color);
        assert_eq!(
            environment.state_directory.as_deref(),
            Some(Path::new("/var/lib/millpond"))
        );
    }

    #[test]
    fn the_client_secret_does_not_print() {
        let environment = Environment::from_lookup(|name| {
            (name == "MILLPOND_CLIENT_SECRET").then(|| "hunter2-hunter2".into())
        });
        assert!(environment.client_secret.is_some());
        assert!(!format!("{environment:?}").contains("hunter2"));
    }
}
