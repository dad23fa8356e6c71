//! The TOML file as it is written: every key optional, every value with its place, nothing checked yet.

use std::path::PathBuf;

use serde::Deserialize;
use toml::Spanned;

/// The whole file.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct File {
    pub(super) state_dir: Option<PathBuf>,
    pub(super) app: App,
    pub(super) limits: Limits,
    pub(super) sync: Sync,
    pub(super) control: Control,
    pub(super) metrics: Metrics,
    pub(super) on_alert: OnAlert,
    pub(super) connection: Vec<Connection>,
}

/// `[app]`
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct App {
    pub(super) client_id: Text,
    pub(super) client_secret_file: Option<PathBuf>,
    pub(super) token_key_file: Option<PathBuf>,
    pub(super) redirect_uri: Text,
    pub(super) auth_url: Text,
    pub(super) api_url: Text,
    pub(super) keep_alive: Text,
}

/// `[limits]`
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Limits {
    pub(super) requests_per_second: Number,
    pub(super) concurrency: Number,
    pub(super) points_per_hour: Number,
}

/// `[sync]`
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Sync {
    pub(super) delta: Text,
    pub(super) sweep: Text,
    pub(super) time_zone: Text,
    pub(super) content: Option<Vec<Spanned<String>>>,
    pub(super) properties: Vec<String>,
    pub(super) restrictions: Flag,
    pub(super) attachments: Attachments,
    pub(super) deletion_guard: DeletionGuard,
}

/// `[control]`
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Control {
    pub(super) group: Text,
}

/// `[metrics]`
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Metrics {
    pub(super) listen: Text,
    pub(super) anywhere: Flag,
}

/// `[on_alert]`
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct OnAlert {
    pub(super) command: Vec<String>,
    pub(super) webhook: Text,
    pub(super) missed_runs: Number,
    pub(super) disk_free: Text,
}

/// `sync.attachments`
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Attachments {
    pub(super) download: Flag,
    pub(super) max_size: Text,
    pub(super) types: Types,
}

/// `sync.attachments.types`
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Types {
    pub(super) include: Vec<Spanned<String>>,
    pub(super) exclude: Vec<Spanned<String>>,
}

/// `sync.deletion_guard`
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct DeletionGuard {
    pub(super) max_fraction: Option<Spanned<f64>>,
    pub(super) min_items: Number,
    pub(super) confirm_after: Text,
}

/// One `[[connection]]`
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(clippy::struct_field_names, reason = "Nango's word for what it has")]
pub(super) struct Connection {
    pub(super) domain: Text,
    pub(super) auth: Text,
    pub(super) site_url: Text,
    pub(super) email: Text,
    pub(super) token_file: Text,
    pub(super) scoped: Flag,
    pub(super) client_id: Text,
    pub(super) client_secret_file: Text,
    pub(super) host: Text,
    pub(super) connection_id: Text,
    pub(super) provider_config_key: Text,
    pub(super) secret_key_file: Text,
    pub(super) spaces: Spaces,
    pub(super) delta: Text,
    pub(super) sweep: Text,
}

/// `connection.spaces`
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Spaces {
    pub(super) include: Vec<Spanned<String>>,
    pub(super) exclude: Vec<Spanned<String>>,
}

/// A text and where it stands.
pub(super) type Text = Option<Spanned<String>>;

/// A choice and where it stands.
pub(super) type Flag = Option<Spanned<bool>>;

/// A whole number and where it stands. Signed, so that a negative one is refused in our words.
pub(super) type Number = Option<Spanned<i64>>;
