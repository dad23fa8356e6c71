//! Where the configuration file and the state are, when nobody says so.

use std::path::{Path, PathBuf};

use super::{Environment, Error};

/// Where an administrator puts the configuration of the whole machine.
const SYSTEM_FILE: &str = "/etc/millpond/config.toml";

/// The configuration file: the one that was named, else the first that exists.
pub(super) fn config_file(explicit: Option<&Path>, env: &Environment) -> Result<PathBuf, Error> {
    // A file that was named is not looked for elsewhere when it is missing: reading it says so.
    if let Some(named) = explicit.or(env.config.as_deref()) {
        return Ok(named.to_owned());
    }
    let candidates = candidates(env);
    match candidates.iter().find(|path| path.exists()) {
        Some(found) => Ok(found.clone()),
        None => Err(Error::NoFile { looked: candidates }),
    }
}

/// Where `millpond init` writes when it is not told where.
pub fn personal_file(env: &Environment) -> Option<PathBuf> {
    let folder = env.xdg_config_home.clone();
    let folder = folder.or_else(|| env.home.as_ref().map(|home| home.join(".config")))?;
    Some(folder.join("millpond/config.toml"))
}

fn candidates(env: &Environment) -> Vec<PathBuf> {
    personal_file(env)
        .into_iter()
        .chain([PathBuf::from(SYSTEM_FILE)])
        .collect()
}

/// Where the state is kept unless the configuration says otherwise.
pub(super) fn default_state_dir(env: &Environment) -> Option<PathBuf> {
    if let Some(folder) = &env.state_directory {
        return Some(folder.clone());
    }
    let folder = env.xdg_state_home.clone();
    let folder = folder.or_else(|| env.home.as_ref().map(|home| home.join(".local/state")))?;
    Some(folder.join("millpond"))
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::{candidates, config_file, default_state_dir};
    use crate::config::Environment;

    fn at_home() -> Environment {
        Environment {
            home: Some("/home/ada".into()),
            ..Environment::default()
        }
    }

    #[test]
    fn a_named_file_wins_over_the_environment_and_that_over_the_usual_places() {
        let env = Environment {
            config: Some("/env.toml".into()),
            ..at_home()
        };
        let named = config_file(Some(Path::new("/flag.toml")), &env).unwrap();
        assert_eq!(named, Path::new("/flag.toml"));
        assert_eq!(config_file(None, &env).unwrap(), Path::new("/env.toml"));
        assert_eq!(
            candidates(&at_home()),
            [
                PathBuf::from("/home/ada/.config/millpond/config.toml"),
                PathBuf::from("/etc/millpond/config.toml")
            ]
        );
    }

    #[test]
    fn the_state_is_where_systemd_says_then_xdg_then_home() {
        let mut env = at_home();
        let of = |env: &Environment| default_state_dir(env).unwrap();
        assert_eq!(of(&env), Path::new("/home/ada/.local/state/millpond"));
        env.xdg_state_home = Some("/state".into());
        assert_eq!(of(&env), Path::new("/state/millpond"));
        env.state_directory = Some("/var/lib/millpond".into());
        assert_eq!(of(&env), Path::new("/var/lib/millpond"));
        assert_eq!(default_state_dir(&Environment::default()), None);
    }
}
