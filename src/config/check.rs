//! From what is written to what is meant: each key with its default, its check and its words.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use toml::Spanned;

use crate::model::Domain;

use super::error::{Error, Place, nearest};
use super::file::{self, Number, Text};
use super::secret::{ClientSecret, TokenKeySource};
use super::value::{self, Cron};
use super::{
    App, Attachments, Config, Connection, ContentWord, DeletionGuard, Environment, Limits, Spaces, Sync,
    paths,
};

const CLIENT_ID: &str = "the client id that the Developer Console shows for the app";
const CRON: &str = "a cron expression of five or six fields, such as \"*/15 * * * *\"";
const MEDIA_TYPE: &str = "media types, in which `*` stands for anything, such as \"image/*\"";
pub(super) const SIZE: &str = "a size with its unit, such as \"100MiB\"";
const DURATION: &str = "a time with its unit, such as \"1h\"";
pub(super) const ADDRESS: &str = "an https address, or an http one on this machine";
const PATTERN: &str = "space keys, in which `*` stands for anything, such as \"ENG\" or \"~*\"";

/// The file being checked, for error messages.
pub(super) struct Check<'a> {
    pub(super) path: &'a Path,
    pub(super) text: &'a str,
}

impl Check<'_> {
    pub(super) fn config(&self, file: file::File, env: &Environment) -> Result<Config, Error> {
        let state_dir = match file.state_dir {
            Some(folder) => self.beside(&folder),
            None => paths::default_state_dir(env).ok_or_else(|| Error::NoStateDir {
                path: self.path.to_owned(),
            })?,
        };
        let sync = self.sync(file.sync)?;
        let config = Config {
            file: self.path.to_owned(),
            state_dir,
            app: self.app(file.app, env)?,
            limits: self.limits(file.limits)?,
            control: self.control(file.control)?,
            metrics: self.metrics(file.metrics)?,
            on_alert: self.on_alert(file.on_alert)?,
            connections: self.connections(file.connection, &sync)?,
            sync,
        };
        if config.needs_app() && config.app.client_id.is_empty() {
            return Err(self.missing("app.client_id", CLIENT_ID));
        }
        Ok(config)
    }

    fn app(&self, app: file::App, env: &Environment) -> Result<App, Error> {
        let secret_file = app.client_secret_file.map(|file| self.beside(&file));
        let key_file = app.token_key_file.map(|file| self.beside(&file));
        Ok(App {
            client_id: self.client_id(app.client_id)?,
            client_secret: ClientSecret::find(secret_file, env),
            token_key: TokenKeySource::find(key_file, env),
            redirect_uri: self.text(
                "app.redirect_uri",
                app.redirect_uri,
                "http://localhost:8585/callback",
                ADDRESS,
                value::url,
            )?,
            auth_url: self.text(
                "app.auth_url",
                app.auth_url,
                "https://auth.atlassian.com",
                ADDRESS,
                value::url,
            )?,
            api_url: self.text(
                "app.api_url",
                app.api_url,
                "https://api.atlassian.com",
                ADDRESS,
                value::url,
            )?,
            keep_alive: self.text(
                "app.keep_alive",
                app.keep_alive,
                "1d",
                "a time of at most \"30d\"",
                value::keep_alive,
            )?,
        })
    }

    fn client_id(&self, given: Text) -> Result<String, Error> {
        let Some(given) = given else {
            return Ok(String::new());
        };
        let refuse = |id: &str| match id.trim() {
            "" => Err("it is empty".to_owned()),
            id => Ok(id.to_owned()),
        };
        self.parsed("app.client_id", &given, CLIENT_ID, refuse)
    }

    fn limits(&self, limits: file::Limits) -> Result<Limits, Error> {
        let rate = self.number(
            "limits.requests_per_second",
            limits.requests_per_second,
            10,
            1..=1000,
        )?;
        let concurrency = self.number("limits.concurrency", limits.concurrency, 4, 1..=64)?;
        let points = self.number(
            "limits.points_per_hour",
            limits.points_per_hour,
            60_000,
            0..=1_000_000_000,
        )?;
        Ok(Limits {
            requests_per_second: rate,
            concurrency: concurrency as usize,
            points_per_hour: (points > 0).then_some(points),
        })
    }

    fn sync(&self, sync: file::Sync) -> Result<Sync, Error> {
        Ok(Sync {
            delta: self.text("sync.delta", sync.delta, "*/15 * * * *", CRON, value::cron)?,
            sweep: self.text("sync.sweep", sync.sweep, "30 2 * * *", CRON, value::cron)?,
            time_zone: self.text(
                "sync.time_zone",
                sync.time_zone,
                "UTC",
                "a name such as \"Europe/Berlin\"",
                value::time_zone,
            )?,
            content: self.content(sync.content)?,
            properties: sync.properties,
            restrictions: sync.restrictions.is_some_and(Spanned::into_inner),
            attachments: self.attachments(sync.attachments)?,
            deletion_guard: self.deletion_guard(sync.deletion_guard)?,
        })
    }

    fn content(&self, given: Option<Vec<Spanned<String>>>) -> Result<BTreeSet<ContentWord>, Error> {
        let accepted = "a list of \"pages\", \"blogposts\", \"comments\", \"attachments\", \"labels\", \"folders\" and \"users\", with one of the first two";
        let Some(given) = given else {
            return Ok(ContentWord::DEFAULT.into());
        };
        let mut words = BTreeSet::new();
        for word in &given {
            words.insert(self.parsed("sync.content", word, accepted, content_word)?);
        }
        if !words.iter().any(|word| word.is_content()) {
            return Err(match given.first() {
                Some(first) => {
                    let reason = match content_word(first.get_ref()) {
                        Ok(ContentWord::Folders) => "folders are only mirrored along with what is in them",
                        Ok(ContentWord::Users) => "people are only mirrored along with what they wrote",
                        _ => "it is only mirrored along with what it hangs on",
                    };
                    self.refused("sync.content", first, &reason, accepted)
                }
                None => self.missing("sync.content", accepted),
            });
        }
        Ok(words)
    }

    fn attachments(&self, given: file::Attachments) -> Result<Attachments, Error> {
        let types = |key, given: &[Spanned<String>]| -> Result<Vec<String>, Error> {
            let parse = |pattern| self.parsed(key, pattern, MEDIA_TYPE, value::media_type);
            given.iter().map(parse).collect()
        };
        Ok(Attachments {
            download: given.download.is_none_or(Spanned::into_inner),
            max_size: self.text(
                "sync.attachments.max_size",
                given.max_size,
                "100MiB",
                SIZE,
                value::size,
            )?,
            include: types("sync.attachments.types.include", &given.types.include)?,
            exclude: types("sync.attachments.types.exclude", &given.types.exclude)?,
        })
    }

    fn deletion_guard(&self, guard: file::DeletionGuard) -> Result<DeletionGuard, Error> {
        let max_fraction = match guard.max_fraction {
            Some(given) if !(0.0..=1.0).contains(given.get_ref()) => {
                let (key, accepted) = ("sync.deletion_guard.max_fraction", "a share from 0.0 to 1.0");
                return Err(self.refused(key, &given, &"it is no share of a whole", accepted));
            }
            Some(given) => given.into_inner(),
            None => 0.1,
        };
        let least = self.number(
            "sync.deletion_guard.min_items",
            guard.min_items,
            20,
            0..=1_000_000,
        )?;
        Ok(DeletionGuard {
            max_fraction,
            min_items: least.into(),
            confirm_after: self.text(
                "sync.deletion_guard.confirm_after",
                guard.confirm_after,
                "1h",
                DURATION,
                value::duration,
            )?,
        })
    }

    fn connections(&self, given: Vec<file::Connection>, sync: &Sync) -> Result<Vec<Connection>, Error> {
        if given.is_empty() {
            return Err(Error::NoConnection {
                path: self.path.to_owned(),
            });
        }
        let mut connections: Vec<Connection> = Vec::new();
        for connection in given {
            let written = connection.domain.clone();
            let connection = self.connection(connection, sync)?;
            let is_known = connections.iter().any(|known| known.domain == connection.domain);
            if let Some(domain) = written.filter(|_| is_known) {
                let (reason, accepted) = (&"another connection has it", "each site once");
                return Err(self.refused("connection.domain", &domain, reason, accepted));
            }
            connections.push(connection);
        }
        Ok(connections)
    }

    fn connection(&self, mut given: file::Connection, sync: &Sync) -> Result<Connection, Error> {
        let accepted = "the host name of a site, such as \"acme.atlassian.net\"";
        let domain = given
            .domain
            .take()
            .ok_or_else(|| self.missing("connection.domain", accepted))?;
        let parse = |text: &str| {
            text.parse::<Domain>()
                .map_err(|_| "it is not a host name".to_owned())
        };
        let domain = self.parsed("connection.domain", &domain, accepted, parse)?;
        Ok(Connection {
            auth: self.auth(&mut given)?,
            site_url: self.site_url(given.site_url, domain.as_str())?,
            domain,
            spaces: Spaces {
                include: self.patterns("connection.spaces.include", &given.spaces.include)?,
                exclude: self.patterns("connection.spaces.exclude", &given.spaces.exclude)?,
            },
            delta: self.cron_or("connection.delta", given.delta, &sync.delta)?,
            sweep: self.cron_or("connection.sweep", given.sweep, &sync.sweep)?,
        })
    }

    fn cron_or(&self, key: &'static str, given: Text, default: &Cron) -> Result<Cron, Error> {
        self.text(key, given, default.as_str(), CRON, value::cron)
    }

    fn patterns(&self, key: &'static str, given: &[Spanned<String>]) -> Result<Vec<String>, Error> {
        let parse = |pattern| self.parsed(key, pattern, PATTERN, value::space_pattern);
        given.iter().map(parse).collect()
    }

    /// The value of a key that holds text, or its default: parsed alike.
    pub(super) fn text<T>(
        &self,
        key: &'static str,
        given: Text,
        default: &str,
        accepted: &'static str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<T, Error> {
        let given = given.unwrap_or_else(|| Spanned::new(0..0, default.to_owned()));
        self.parsed(key, &given, accepted, parse)
    }

    pub(super) fn parsed<T>(
        &self,
        key: &'static str,
        given: &Spanned<String>,
        accepted: &'static str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<T, Error> {
        parse(given.get_ref()).map_err(|reason| self.refused(key, given, &reason, accepted))
    }

    pub(super) fn number(
        &self,
        key: &'static str,
        given: Number,
        default: u32,
        range: RangeInclusive<u32>,
    ) -> Result<u32, Error> {
        let Some(given) = given else { return Ok(default) };
        let number = u32::try_from(*given.get_ref()).ok();
        number.filter(|number| range.contains(number)).ok_or_else(|| {
            let reason = format!("it is outside of {} to {}", range.start(), range.end());
            self.refused(key, &given, &reason, "a whole number")
        })
    }

    pub(super) fn refused(
        &self,
        key: &'static str,
        given: &Spanned<impl ToString>,
        reason: &impl ToString,
        accepted: &'static str,
    ) -> Error {
        Error::Value {
            place: Place::new(self.path, self.text, Some(given.span())),
            key,
            given: format!("`{}`", given.get_ref().to_string()),
            reason: reason.to_string(),
            accepted,
        }
    }

    pub(super) fn missing(&self, key: &'static str, accepted: &'static str) -> Error {
        Error::MissingKey {
            place: Place::new(self.path, self.text, None),
            key,
            accepted,
        }
    }

    /// A relative path is meant from the folder of the file, wherever the program was started.
    pub(super) fn beside(&self, path: &Path) -> PathBuf {
        let folder = self.path.parent().unwrap_or(Path::new(""));
        folder.join(path)
    }
}

fn content_word(given: &str) -> Result<ContentWord, String> {
    if let Some(word) = ContentWord::from_word(given) {
        return Ok(word);
    }
    let known: Vec<_> = ContentWord::ALL.into_iter().map(ContentWord::as_str).collect();
    Err(match nearest(given, &known) {
        Some(word) => format!("there is no such content (did you mean `{word}`?)"),
        None => "there is no such content".to_owned(),
    })
}
