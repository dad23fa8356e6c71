//! Logs: on standard error, as text for people or as JSON for programs; with all their fields to systemd's journal,
//! where that is what standard error leads to.
//!
//! On a terminal a line has a time and colours. Elsewhere it has neither: what collects the lines stamps them.
//! Lines and progress bars share the terminal, so every line goes through [`Terminal`], which lifts the bars first.

use std::fs;
use std::io::{self, IsTerminal as _};
use std::os::unix::fs::MetadataExt as _;

use indicatif::MultiProgress;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// How a log line is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// What to log, and how.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Text or JSON.
    pub format: Format,
    /// Levels by module, such as `info,millpond::confluence=trace`. Wins over `verbosity`.
    pub filter: Option<String>,
    /// 0 for the usual lines, more for more, less for less.
    pub verbosity: i8,
    /// No colours, even on a terminal.
    pub no_color: bool,
    /// What systemd connects to its journal, as device and inode.
    pub journal_stream: Option<String>,
}

/// A filter that cannot be understood.
#[derive(Debug, thiserror::Error)]
#[error(
    "`{given}` does not say what to log; it takes a level, or levels by module such as `info,millpond::confluence=trace`"
)]
pub struct InvalidFilter {
    given: String,
}

/// The terminal that log lines and progress bars share.
#[derive(Clone, Debug)]
pub struct Terminal {
    bars: MultiProgress,
}

impl Terminal {
    /// Where progress bars are added. They do not show unless standard error is a terminal.
    pub fn bars(&self) -> &MultiProgress {
        &self.bars
    }
}

/// Starts logging for this process. Does nothing where logging was started before, as tests may do.
pub fn start(options: &Options) -> Result<Terminal, InvalidFilter> {
    let filter = filter(options)?;
    let terminal = Terminal {
        bars: MultiProgress::new(),
    };
    if options.format == Format::Text
        && is_journal(options.journal_stream.as_deref())
        && let Ok(journal) = tracing_journald::layer()
    {
        let fields = journal.with_field_prefix(None);
        drop(
            tracing_subscriber::registry()
                .with(filter)
                .with(fields)
                .try_init(),
        );
        return Ok(terminal);
    }
    let is_terminal = io::stderr().is_terminal();
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(terminal.clone())
        .with_target(false)
        .with_ansi(is_terminal && !options.no_color);
    let started = match (options.format, is_terminal) {
        (Format::Json, _) => lines.json().flatten_event(true).with_target(true).try_init(),
        (Format::Text, true) => lines.compact().try_init(),
        (Format::Text, false) => lines.compact().without_time().try_init(),
    };
    // Whoever started logging first keeps it.
    drop(started);
    Ok(terminal)
}

/// Whether standard error leads to the journal: it may have been redirected since systemd connected it.
fn is_journal(stream: Option<&str>) -> bool {
    let Ok(here) = fs::metadata("/proc/self/fd/2") else {
        return false;
    };
    stream.is_some_and(|stream| names(stream, here.dev(), here.ino()))
}

/// Whether `stream`, such as `8:1234`, names the file of this device and inode.
fn names(stream: &str, device: u64, inode: u64) -> bool {
    stream.split_once(':') == Some((&device.to_string(), &inode.to_string()))
}

fn filter(options: &Options) -> Result<EnvFilter, InvalidFilter> {
    if let Some(given) = &options.filter {
        return EnvFilter::builder()
            .parse(given)
            .map_err(|_| InvalidFilter { given: given.clone() });
    }
    let level = match options.verbosity {
        ..=-2 => LevelFilter::ERROR,
        -1 => LevelFilter::WARN,
        0 => LevelFilter::INFO,
        1 => LevelFilter::DEBUG,
        2.. => LevelFilter::TRACE,
    };
    // Libraries speak up from `warn` on: their chatter would drown ours, and may quote what we keep out.
    let libraries = LevelFilter::WARN.min(level);
    Ok(EnvFilter::new(format!("{libraries},millpond={level}")))
}

/// One log line on its way to standard error.
#[derive(Debug)]
pub struct Line {
    bars: MultiProgress,
}

impl io::Write for Line {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.bars.suspend(|| io::stderr().write(line))
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

impl<'a> MakeWriter<'a> for Terminal {
    type Writer = Line;

    fn make_writer(&'a self) -> Line {
        Line {
            bars: self.bars.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Options, filter, names};

    fn filter_of(given: Option<&str>, verbosity: i8) -> String {
        let options = Options {
            filter: given.map(str::to_owned),
            verbosity,
            ..Options::default()
        };
        filter(&options).map_or_else(|error| error.to_string(), |filter| filter.to_string())
    }

    #[test]
    fn the_journal_is_told_from_what_standard_error_was_redirected_to() {
        assert!(names("8:1234", 8, 1234));
        for stream in ["8:1235", "9:1234", "81234", "", "8:1234:"] {
            assert!(!names(stream, 8, 1234), "{stream}");
        }
    }

    #[test]
    fn libraries_only_speak_up_when_something_is_wrong() {
        assert_eq!(filter_of(None, 0), "millpond=info,warn");
        assert_eq!(filter_of(None, 3), "millpond=trace,warn");
        assert_eq!(filter_of(None, -1), "millpond=warn,warn");
        assert_eq!(filter_of(None, -9), "millpond=error,error");
    }

    #[test]
    fn a_filter_that_was_given_wins_and_is_checked() {
        assert_eq!(filter_of(Some("debug"), -1), "debug");
        assert!(filter_of(Some("millpond=loud"), 0).starts_with("`millpond=loud` does not say"));
    }
}
