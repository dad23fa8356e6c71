//! The command line: its words, and who carries them out.
//!
//! Data goes to standard output, through [`output`] alone; logs, progress and errors go to standard error. A command
//! returns what went wrong, [`report`] turns that into a message, a hint and the exit code.

#![expect(
    clippy::doc_markdown,
    reason = "the comments on arguments are the help, and that is plain text"
)]

mod backup;
mod changes;
mod check;
mod completions;
mod connect;
#[cfg(feature = "demo")]
mod demo;
mod disconnect;
mod doctor;
mod export;
mod history;
mod init;
mod links;
mod man;
mod markdown;
mod output;
mod pager;
mod pause;
mod progress;
mod recent;
mod reload;
mod report;
mod run;
mod search;
mod show;
mod status;
mod sync;
mod token;
mod tree;
mod when;

use std::ffi::OsString;
use std::path::PathBuf;
use std::pin::Pin;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{ArgAction, Parser, Subcommand, ValueEnum};
use indicatif::MultiProgress;
use tokio::runtime::Builder;

use crate::app::Load;
use crate::config::{Config, Environment};
use crate::model::Clock;
use crate::store::Reader;
use crate::telemetry::{self, Terminal};

use output::Output;

/// Mirrors Confluence Cloud to local SQLite, as Markdown plus metadata
#[derive(Debug, Parser)]
#[command(name = "millpond", version, max_term_width = 100, after_help = EXIT_CODES)]
struct Arguments {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

const EXIT_CODES: &str = "\
Exit codes: 0 done, 1 failed, 2 usage, 3 configuration, 4 a person must consent, 5 database unusable, \
75 try later.";

/// What every command takes.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Global options")]
struct Global {
    /// The configuration [default: $MILLPOND_CONFIG, then the personal one, then /etc/millpond/config.toml]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Print data and errors as JSON
    #[arg(long, global = true)]
    json: bool,
    /// How log lines are written: for people, or as one object a line for programs
    #[arg(long, global = true, value_name = "FORMAT", default_value = "text")]
    log_format: LogFormat,
    /// What to log: a level, or levels by module [default: $MILLPOND_LOG, then info for the daemon, warn for others]
    #[arg(long, global = true, value_name = "FILTER")]
    log: Option<String>,
    /// Log more; twice for even more
    #[arg(short, long, global = true, action = ArgAction::Count, conflicts_with = "quiet")]
    verbose: u8,
    /// Log less, and show no progress; twice for errors only
    #[arg(short, long, global = true, action = ArgAction::Count)]
    quiet: u8,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum LogFormat {
    Text,
    Json,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write a commented configuration, and say how to register the app
    Init(init::Args),
    /// Ask for a person's consent in the browser, and keep it
    Connect(connect::Args),
    /// Forget a connection
    Disconnect(disconnect::Args),
    /// Try everything that a mirror needs, and say what to do about it
    Doctor(doctor::Args),
    /// Run the daemon: mirror every configured site on its schedule
    Run,
    /// Mirror now, once
    Sync(sync::Args),
    /// Have the running daemon leave a site alone until it is to go on
    Pause(pause::Args),
    /// Have the running daemon go on with a site that was paused
    Resume(pause::Args),
    /// Have the running daemon read its configuration again
    Reload,
    /// Show what the daemon does; connections, consents, runs, spaces and findings
    Status,
    /// Print a valid access token, so that other programs share our rotation
    Token(token::Args),
    /// Search the mirror, offline
    Search(search::Args),
    /// Show a page of the mirror
    Show(show::Args),
    /// Show the tree of pages
    Tree(tree::Args),
    /// Show the versions of a page, and what changed between them
    History(history::Args),
    /// Show where a page's links lead, what links to it, and what is broken
    Links(links::Args),
    /// Show what changed lately, and by whom
    Recent(recent::Args),
    /// Print everything in the order of its last change, one JSON object a line, for programs that follow the mirror
    Changes(changes::Args),
    /// Write the mirror as a folder of files: Markdown, or pages for a browser
    Export(export::Args),
    /// Take a backup, beside the daemon or without it
    Backup(backup::Args),
    /// Make a state directory of a backup
    Restore(backup::Restore),
    /// Check the mirror's file, repair it, or render its pages again
    Check(check::Args),
    /// Try everything against a built-in simulated site, with no account and no network
    #[cfg(feature = "demo")]
    Demo(demo::Args),
    /// Print the completions for a shell
    Completions(completions::Args),
    /// Print the manual page, or write all of them into a folder
    Man(man::Args),
}

impl Command {
    /// Whether it goes on until it is stopped.
    fn serves(&self) -> bool {
        match self {
            Self::Run => true,
            #[cfg(feature = "demo")]
            Self::Demo(_) => true,
            _ => false,
        }
    }
}

/// What a command works with.
struct Session {
    global: Global,
    env: Environment,
    clock: Clock,
    terminal: Terminal,
    out: Output,
}

impl Session {
    fn config(&self) -> anyhow::Result<Config> {
        Ok(Config::load(self.global.config.as_deref(), &self.env)?)
    }

    /// Reads the configuration again, from where [`Self::config`] found it.
    fn reload(&self) -> Load {
        let (file, env) = (self.global.config.clone(), self.env.clone());
        Box::new(move || Config::load(file.as_deref(), &env))
    }

    /// The mirror, to read: beside the daemon or without it, and without any secret.
    fn reader(&self) -> anyhow::Result<Reader> {
        Ok(Reader::open(&self.config()?.state_dir)?)
    }

    /// Where progress bars go, if they are welcome. They only ever show on a terminal.
    fn bars(&self) -> Option<MultiProgress> {
        let are_welcome = self.global.quiet == 0 && !self.global.json;
        are_welcome.then(|| self.terminal.bars().clone())
    }
}

/// Runs the program with these arguments, the first of which is its name.
pub fn main(arguments: impl IntoIterator<Item = OsString>, env: Environment) -> ExitCode {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(help) => return output::usage(&help),
    };
    let json = arguments.global.json;
    let serves = arguments.command.serves();
    match start(arguments.global, env, serves).and_then(|session| execute(session, arguments.command)) {
        Ok(code) => code.into(),
        Err(error) => report::report(&error, json).into(),
    }
}

/// Who asks for one thing is told what went wrong, and gets the rest as the answer. A daemon also says what it does.
fn start(global: Global, env: Environment, serves: bool) -> anyhow::Result<Session> {
    let usual = if serves { 0 } else { -1 };
    let verbosity = usual + i8::try_from(global.verbose).unwrap_or(i8::MAX)
        - i8::try_from(global.quiet).unwrap_or(i8::MAX);
    let terminal = telemetry::start(&telemetry::Options {
        format: match global.log_format {
            LogFormat::Text => telemetry::Format::Text,
            LogFormat::Json => telemetry::Format::Json,
        },
        filter: global.log.clone().or_else(|| env.log.clone()),
        verbosity,
        no_color: env.no_color,
        journal_stream: env.journal_stream.clone(),
    })?;
    Ok(Session {
        out: Output::new(global.json),
        global,
        env,
        clock: Clock::system(),
        terminal,
    })
}

fn execute(mut session: Session, command: Command) -> anyhow::Result<report::Exit> {
    let session = &mut session;
    match command {
        Command::Init(args) => init::run(session, args),
        Command::Status => concurrently(status::run(session)),
        Command::Pause(args) => concurrently(pause::run(session, &args, true)),
        Command::Resume(args) => concurrently(pause::run(session, &args, false)),
        Command::Reload => concurrently(reload::run(session)),
        Command::Search(args) => search::run(session, args),
        Command::Show(args) => show::run(session, &args),
        Command::Tree(args) => tree::run(session, &args),
        Command::History(args) => history::run(session, &args),
        Command::Links(args) => links::run(session, args),
        Command::Recent(args) => recent::run(session, args),
        Command::Export(args) => export::run(session, args),
        Command::Backup(args) => backup::run(session, args),
        Command::Restore(args) => backup::restore(session, &args),
        #[cfg(feature = "demo")]
        Command::Demo(args) => drive(Builder::new_multi_thread(), demo::run(session, args)),
        Command::Completions(args) => completions::run(session, &args),
        Command::Man(args) => man::run(session, &args),
        Command::Changes(args) => concurrently(changes::run(session, args)),
        Command::Connect(args) => concurrently(connect::run(session, args)),
        Command::Disconnect(args) => concurrently(disconnect::run(session, args)),
        Command::Doctor(args) => concurrently(doctor::run(session, args)),
        Command::Run => drive(Builder::new_multi_thread(), run::run(session)),
        Command::Sync(args) => concurrently(sync::run(session, args)),
        Command::Token(args) => concurrently(token::run(session, args)),
        Command::Check(args) => concurrently(check::run(session, args)),
    }?;
    Ok(report::Exit::Done)
}

/// Drives what waits for the network, on this thread: a command does one thing after the other, and each thread that reads
/// answers holds memory of its own. The daemon reads those of many sites at once. Reading the mirror does without a
/// runtime.
fn concurrently<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    drive(Builder::new_current_thread(), work)
}

fn drive<T>(mut runtime: Builder, work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    // In a box, so that the program has one copy of each command rather than one for each way to drive it.
    let work: Pin<Box<dyn Future<Output = _>>> = Box::pin(work);
    runtime
        .enable_all()
        .build()
        .context("could not start the runtime")?
        .block_on(work)
}
