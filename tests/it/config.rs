//! What the configuration accepts, and what it says about the rest.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::Duration;

use insta::assert_snapshot;
use millpond::config::{ClientSecret, Config, ContentWord, Environment, Error};
use millpond::model::Domain;

const EXAMPLE: &str = include_str!("../../config.example.toml");
const LEAST: &str = "
[app]
client_id = \"YOUR-CLIENT-ID\"
[[connection]]
domain = \"acme.atlassian.net\"
";

fn at_home() -> Environment {
    Environment {
        home: Some("/home/ada".into()),
        ..Environment::default()
    }
}

fn parse(text: &str) -> Result<Config, Error> {
    Config::parse(Path::new("/etc/millpond/config.toml"), text, &at_home())
}

/// What is said about a configuration that is right but for one line.
fn complaint(table: &str, line: &str) -> String {
    let text = if table == "connection" {
        format!("{LEAST}{line}\n")
    } else if table == "app" {
        LEAST.replace("[app]\n", &format!("[app]\n{line}\n"))
    } else {
        format!("{LEAST}[{table}]\n{line}\n")
    };
    parse(&text).unwrap_err().to_string()
}

#[test]
fn the_least_configuration_is_an_app_and_a_site() {
    let config = parse(LEAST).unwrap();
    assert_eq!(config.state_dir, Path::new("/home/ada/.local/state/millpond"));
    assert_eq!(config.app.keep_alive, Duration::from_hours(24));
    assert_eq!(config.limits.points_per_hour, Some(60_000));
    assert_eq!(config.sync.delta.as_str(), "0 */15 * * * *");
    assert_eq!(config.sync.content, ContentWord::DEFAULT.into());
    assert_eq!(config.connections[0].sweep, config.sync.sweep);
    assert!(matches!(config.app.client_secret, ClientSecret::Missing));
}

#[test]
fn the_example_equals_the_defaults() {
    let (example, least) = (parse(EXAMPLE).unwrap(), parse(LEAST).unwrap());
    assert_eq!(format!("{example:#?}"), format!("{least:#?}"));
}

#[test]
fn the_example_with_every_comment_lifted_is_accepted() {
    let config = parse(&with_optional_keys(EXAMPLE)).unwrap();
    assert_eq!(config.state_dir, Path::new("/var/lib/millpond"));
    assert!(matches!(config.app.client_secret, ClientSecret::File(_)));
    assert_eq!(config.connections[0].delta.as_str(), "0 */5 * * * *");
}

#[test]
fn the_example_misses_no_key() {
    let example: toml::Table = with_optional_keys(EXAMPLE).parse().unwrap();
    let connection = example["connection"][0].as_table().unwrap();
    let mut of_connection = keys(connection);
    for way in other_ways(EXAMPLE) {
        let way: toml::Table = way.parse().unwrap();
        of_connection.extend(keys(way["connection"][0].as_table().unwrap()));
    }
    for (table, written) in [
        ("", keys(&example)),
        ("app", keys(example["app"].as_table().unwrap())),
        ("limits", keys(example["limits"].as_table().unwrap())),
        ("sync", keys(example["sync"].as_table().unwrap())),
        (
            "sync.deletion_guard",
            keys(example["sync"]["deletion_guard"].as_table().unwrap()),
        ),
        ("connection", of_connection),
        (
            "connection.spaces",
            keys(connection["spaces"].as_table().unwrap()),
        ),
    ] {
        assert_eq!(written, accepted_keys(table), "keys of [{table}]");
    }
}

#[test]
fn every_other_way_of_the_example_is_accepted_and_needs_no_app() {
    let words = other_ways(EXAMPLE).map(|way| {
        let config = parse(&way).unwrap();
        assert!(!config.needs_app());
        config.connections[0].auth.as_str()
    });
    assert_eq!(
        words.collect::<Vec<_>>(),
        ["api_token", "service_account", "nango"]
    );
}

/// The connections that the example shows in comments, each by itself.
fn other_ways(example: &str) -> impl Iterator<Item = String> {
    let lifted: Vec<_> = example
        .lines()
        .filter_map(|line| line.strip_prefix("#   "))
        .collect();
    let ways = lifted.join("\n");
    let ways: Vec<_> = ways
        .split("[[connection]]")
        .skip(1)
        .map(|way| format!("[[connection]]{way}"))
        .collect();
    ways.into_iter()
}

/// Lifts the comment from the keys that have no default.
fn with_optional_keys(example: &str) -> String {
    let lift = |line: &str| match line.strip_prefix("# ") {
        Some(key) if key.split_once(" = ").is_some_and(|(key, _)| !key.contains(' ')) => key.to_owned(),
        _ => line.to_owned(),
    };
    example.lines().map(|line| lift(line) + "\n").collect()
}

fn keys(table: &toml::Table) -> BTreeSet<String> {
    table.keys().cloned().collect()
}

/// The keys that may stand in a table, asked of the program itself by way of a key that may not.
fn accepted_keys(table: &str) -> BTreeSet<String> {
    let text = match table {
        "" => "wrong = 1\n".to_owned(),
        "connection" => "[[connection]]\nwrong = 1\n".to_owned(),
        "connection.spaces" => "[[connection]]\nspaces.wrong = 1\n".to_owned(),
        _ => format!("[{table}]\nwrong = 1\n"),
    };
    match parse(&text).unwrap_err() {
        Error::UnknownKey { known, .. } => known.into_iter().collect(),
        other => panic!("{table}: {other}"),
    }
}

/// What is said about each of these mistakes, below the mistake.
fn complaints(mistakes: &[(&str, &str)]) -> String {
    let lines = mistakes
        .iter()
        .map(|(table, line)| format!("[{table}] {line}\n    {}\n", complaint(table, line)));
    lines.collect()
}

#[test]
fn an_unknown_key_is_named_with_its_place_and_the_nearest_key() {
    assert_snapshot!(complaints(&[
        ("sync", "detla = \"* * * * *\""),
        ("app", "client_secret = \"hunter2\""),
        ("limits", "colour = \"red\""),
        ("connection", "spaces = { includes = [\"ENG\"] }"),
        ("sync.deletion_guard", "min_item = 3"),
        ("web", "port = 80"),
    ]));
}

#[test]
fn a_value_that_is_not_accepted_is_named_with_its_reason() {
    assert_snapshot!(complaints(&[
        ("app", "keep_alive = \"60d\""),
        ("app", "auth_url = \"http://auth.atlassian.com\""),
        ("app", "redirect_uri = \"localhost\""),
        ("limits", "concurrency = 0"),
        ("limits", "points_per_hour = -1"),
        ("limits", "requests_per_second = \"10\""),
        ("sync", "delta = \"*/15 * * *\""),
        ("sync", "sweep = \"30 25 * * *\""),
        ("sync", "time_zone = \"Europe/Berln\""),
        ("sync", "content = [\"folders\"]"),
        ("sync", "content = [\"comments\"]"),
        ("sync", "content = [\"page\"]"),
        ("sync", "content = [\"users\"]"),
        ("sync.attachments", "max_size = \"100\""),
        ("sync.attachments", "max_size = \"large\""),
        ("sync.attachments", "types.include = [\"png\"]"),
        ("sync.deletion_guard", "max_fraction = 10.0"),
        ("sync.deletion_guard", "confirm_after = \"3600\""),
        ("connection", "site_url = \"http://acme.atlassian.net\""),
        ("connection", "email = \"ada@example.com\""),
        ("connection", "scoped = true"),
        ("connection", "auth = \"basic\""),
        ("connection", "spaces.include = [\"E?\"]"),
    ]));
}

#[test]
fn a_file_that_is_not_toml_is_refused_where_it_breaks() {
    let broken = [
        "[app\nclient_id = 1",
        "state_dir = 5",
        "state_dir = \"/a\"\nstate_dir = \"/b\"",
    ];
    assert_snapshot!(broken.map(|text| parse(text).unwrap_err().to_string()).join("\n"));
}

#[test]
fn what_is_missing_is_named() {
    let app = "[app]\nclient_id = \"x\"\n";
    let nameless = format!("{app}[[connection]]\nauth = \"oauth\"\n");
    let homeless = Config::parse(Path::new("config.toml"), LEAST, &Environment::default());
    let errors = [parse(""), parse(app), parse(&nameless), homeless];
    assert_snapshot!(errors.map(|result| result.unwrap_err().to_string()).join("\n"));
}

#[test]
fn each_way_to_sign_in_names_the_keys_it_lacks_and_those_it_does_not_use() {
    let connection = "[[connection]]\ndomain = \"acme.atlassian.net\"\n";
    let token = "auth = \"api_token\"\ntoken_file = \"t\"\n";
    let mistakes = [
        token.to_owned(),
        format!("{token}email = \"ada\"\n"),
        format!("{token}email = \"ada@example.com\"\nclient_id = \"x\"\n"),
        "auth = \"api_token\"\nemail = \"ada@example.com\"\n".to_owned(),
        "auth = \"service_account\"\nclient_secret_file = \"s\"\n".to_owned(),
        "auth = \"nango\"\nconnection_id = \"c\"\nsecret_key_file = \"s\"\n".to_owned(),
        "auth = \"nango\"\nhost = \"http://nango.example.com\"\n".to_owned(),
    ];
    let said = mistakes.map(|keys| parse(&format!("{connection}{keys}")).unwrap_err().to_string());
    assert_snapshot!(said.join("\n"));
}

#[test]
fn a_site_is_configured_once() {
    let twice = format!("{LEAST}[[connection]]\ndomain = \"ACME.atlassian.net\"\n");
    assert_snapshot!(parse(&twice).unwrap_err());
}

#[test]
fn a_secret_in_the_wrong_place_is_not_repeated() {
    assert!(!complaint("app", "client_secret = \"hunter2\"").contains("hunter2"));
}

#[test]
fn a_connection_may_have_its_own_schedule_and_spaces() {
    let text =
        format!("{LEAST}delta = \"0 * * * *\"\nspaces = {{ include = [\"ENG\"], exclude = [\"~*\"] }}\n");
    let config = parse(&text).unwrap();
    let acme: Domain = "acme.atlassian.net".parse().unwrap();
    let connection = config.connection(&acme).unwrap();
    assert_eq!(connection.delta.as_str(), "0 0 * * * *");
    assert_eq!(connection.sweep, config.sync.sweep);
    assert_eq!(connection.spaces.include, ["ENG"]);
    assert_eq!(connection.spaces.exclude, ["~*"]);
}

#[test]
fn relative_paths_are_meant_from_the_folder_of_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    fs::write(&path, format!("state_dir = \"state\"\n{LEAST}")).unwrap();
    let config = Config::load(Some(&path), &Environment::default()).unwrap();
    assert_eq!(config.state_dir, folder.path().join("state"));
    assert_eq!(config.file, path);
}

#[test]
fn a_file_that_was_named_is_not_looked_for_elsewhere() {
    let missing = Path::new("/nonexistent/config.toml");
    let error = Config::load(Some(missing), &at_home()).unwrap_err();
    assert!(matches!(error, Error::Unreadable { ref path, .. } if path == missing));
}
