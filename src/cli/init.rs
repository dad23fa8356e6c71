//! `millpond init`: writes a commented configuration and says how to register the OAuth app.

use std::fs;
use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use url::Url;

use crate::app;
use crate::auth::scopes;
use crate::config::{self, Config, Environment};
use crate::model::Domain;

use super::Session;
use super::report::Failure;

const EXAMPLE: &str = include_str!("../../config.example.toml");

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The site to mirror, such as acme.atlassian.net
    #[arg(long)]
    domain: Option<Domain>,
    /// The client id of the OAuth app
    #[arg(long, value_name = "ID")]
    client_id: Option<String>,
    /// Where the client secret is or will be [default: client_secret beside the configuration]
    #[arg(long, value_name = "FILE")]
    client_secret_file: Option<PathBuf>,
    /// The callback URL of the app
    #[arg(long, value_name = "URL", default_value = "http://localhost:8585/callback")]
    redirect_uri: Url,
    /// Replace the file if it exists
    #[arg(long)]
    force: bool,
}

/// What the configuration will say.
struct Answers {
    domain: Domain,
    client_id: String,
    client_secret_file: PathBuf,
    redirect_uri: Url,
}

pub(super) fn run(session: &mut Session, args: Args) -> anyhow::Result<()> {
    let path = target(session)?;
    if path.exists() && !args.force {
        return Err(Failure::WouldReplace { path }.into());
    }
    let redirect_uri = args.redirect_uri;
    let answers = Answers {
        domain: answer(args.domain, "--domain", "Site (such as acme.atlassian.net)")?,
        client_id: answer(args.client_id, "--client-id", "Client id of the OAuth app")?,
        client_secret_file: args.client_secret_file.unwrap_or_else(|| "client_secret".into()),
        redirect_uri,
    };
    let text = filled_in(EXAMPLE, &answers);
    let config = Config::parse(&path, &text, &session.env)?;
    write(&path, &text).with_context(|| format!("could not write {}", path.display()))?;
    session.out.line(format!("Wrote {}.\n", path.display()))?;
    let is_usual = config::personal_file(&session.env).as_ref() == Some(&path);
    let flag = if is_usual {
        String::new()
    } else {
        format!("--config {} ", path.display())
    };
    Ok(session.out.text(&steps(&flag, &config, &answers))?)
}

fn target(session: &Session) -> anyhow::Result<PathBuf> {
    let Environment { config, .. } = &session.env;
    let named = session.global.config.clone().or_else(|| config.clone());
    named
        .or_else(|| config::personal_file(&session.env))
        .context("there is no home folder to put a configuration in; name a file with --config")
}

/// What a flag says, or else a person at the terminal.
fn answer<T: std::str::FromStr>(given: Option<T>, flag: &'static str, question: &str) -> anyhow::Result<T>
where
    T::Err: std::error::Error + Send + Sync + 'static,
{
    if let Some(given) = given {
        return Ok(given);
    }
    if !io::stdin().is_terminal() {
        return Err(Failure::NobodyToAsk { flag }.into());
    }
    write!(io::stderr(), "{question}: ")?;
    let mut line = String::new();
    if io::stdin().lock().read_line(&mut line)? == 0 {
        bail!("there was no answer");
    }
    Ok(line.trim().parse()?)
}

/// The example, with the answers in the place of its examples.
fn filled_in(example: &str, answers: &Answers) -> String {
    let set = |key: &str, value: &str| format!("{key} = {}", toml::Value::String(value.to_owned()));
    let line = |line: &str| match line
        .trim_start_matches("# ")
        .split_once(" = ")
        .map(|(key, _)| key)
    {
        Some(key @ "client_id") => set(key, &answers.client_id),
        Some(key @ "client_secret_file") => set(key, &answers.client_secret_file.display().to_string()),
        Some(key @ "redirect_uri") => set(key, answers.redirect_uri.as_str()),
        Some(key @ "domain") => set(key, answers.domain.as_str()),
        _ => line.to_owned(),
    };
    example.lines().map(|text| line(text) + "\n").collect()
}

/// Writes beside and renames, so that a configuration is whole or as it was.
fn write(path: &Path, text: &str) -> io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    fs::create_dir_all(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    // Nothing in it is secret, and people who search the mirror need it to find the mirror.
    let readable = std::os::unix::fs::PermissionsExt::from_mode(0o644);
    file.as_file().set_permissions(readable)?;
    file.persist(path)?;
    Ok(())
}

/// What a person does next, to the letter.
fn steps(flag: &str, config: &Config, answers: &Answers) -> String {
    let secret = match &config.app.client_secret {
        config::ClientSecret::File(file) => file.clone(),
        _ => answers.client_secret_file.clone(),
    };
    let mut confluence = scopes::wanted(app::needs(config));
    confluence.retain(|scope| scope.ends_with(":confluence"));
    format!(
        "\
Register the app, unless it exists, at https://developer.atlassian.com/console/myapps/:

  1. Create an OAuth 2.0 integration.
  2. Permissions, User identity API: add the scope
       read:me
  3. Permissions, Confluence API, granular scopes: add
       {scopes}
     (offline_access is asked for at the consent and has no box to tick.)
  4. Authorization, OAuth 2.0 (3LO): set the callback URL to
       {callback}
  5. Settings: copy the client id into the configuration, and the secret into a file of its own:
       install -m 600 /dev/stdin {secret}

Then:

  millpond {flag}connect {domain}
  millpond {flag}sync
  millpond {flag}search WORD
",
        scopes = confluence.join("\n       "),
        callback = answers.redirect_uri,
        secret = secret.display(),
        domain = answers.domain,
    )
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Answers, EXAMPLE, filled_in};
    use crate::config::{ClientSecret, Config, Environment};

    #[test]
    fn answers_are_quoted_whatever_they_hold() {
        let answers = Answers {
            domain: "acme.atlassian.net".parse().unwrap(),
            client_id: "a\"b\\c".to_owned(),
            client_secret_file: "/etc/the \"secret\"".into(),
            redirect_uri: "http://localhost:9999/callback".parse().unwrap(),
        };
        let env = Environment {
            home: Some("/home/ada".into()),
            ..Environment::default()
        };
        let config = Config::parse(Path::new("config.toml"), &filled_in(EXAMPLE, &answers), &env).unwrap();
        assert_eq!(config.app.client_id, "a\"b\\c");
        assert_eq!(config.app.redirect_uri.port(), Some(9999));
        assert!(
            matches!(config.app.client_secret, ClientSecret::File(file) if file == Path::new("/etc/the \"secret\""))
        );
    }
}
