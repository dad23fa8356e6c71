//! Standard output: the only place that writes to it.
//!
//! A reader that has seen enough, as in `millpond search x | head`, closes the pipe. That ends the command without
//! a complaint: every write returns [`Error::Closed`] up to [`super::report`], which stays silent about it.

use std::borrow::Cow;
use std::fmt::Display;
use std::io::{self, Write};
use std::process::ExitCode;

use anstream::{AutoStream, ColorChoice};
use comfy_table::presets;
use comfy_table::{ContentArrangement, Table};
use owo_colors::OwoColorize as _;
use serde::Serialize;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

use super::pager::Pager;

/// Why something could not be printed.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    /// The reader went away.
    #[error("nobody reads the output any more")]
    Closed,
    /// The disk behind a redirection is full, or worse.
    #[error("could not write to standard output")]
    Write(#[source] io::Error),
    /// A value that JSON cannot express: a bug.
    #[error("could not write JSON")]
    Json(#[source] serde_json::Error),
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::Closed,
            _ => Self::Write(error),
        }
    }
}

/// A terminal.
#[derive(Clone, Copy, Debug)]
pub(super) struct Screen {
    /// How many columns it has.
    pub(super) width: usize,
    /// How many lines it has.
    pub(super) height: usize,
    /// Whether it shows colours and links. If not, signs and addresses say the same.
    pub(super) has_colours: bool,
}

/// Standard output. Colours are dropped unless it is a terminal that wants them.
pub(super) struct Output {
    stream: AutoStream<io::Stdout>,
    /// The same stream, for what must arrive byte for byte.
    plain: io::Stdout,
    json: bool,
}

impl Output {
    pub(super) fn new(json: bool) -> Self {
        Self {
            stream: AutoStream::auto(io::stdout()),
            plain: io::stdout(),
            json,
        }
    }

    /// Whether a program reads rather than a person.
    pub(super) fn is_json(&self) -> bool {
        self.json
    }

    /// Whether the reader is a person at a terminal.
    pub(super) fn is_terminal(&self) -> bool {
        self.stream.is_terminal()
    }

    /// The terminal, if that is where the reader is.
    pub(super) fn screen(&self) -> Option<Screen> {
        let size = terminal_size::terminal_size_of(io::stdout()).filter(|_| self.is_terminal())?;
        Some(Screen {
            width: size.0.0.into(),
            height: size.1.0.into(),
            has_colours: self.stream.current_choice() != ColorChoice::Never,
        })
    }

    /// Prints text, through the pager if it is longer than the screen.
    pub(super) fn paged(&mut self, text: &str, pager: Option<&Pager>) -> Result<(), Error> {
        if let (Some(screen), Some(pager)) = (self.screen(), pager)
            && text.lines().count() >= screen.height
        {
            let stripped = || anstream::adapter::strip_str(text).to_string();
            let text = if screen.has_colours {
                Cow::Borrowed(text)
            } else {
                stripped().into()
            };
            if pager.show(&text) {
                return Ok(());
            }
        }
        Ok(write!(self.stream, "{text}")?)
    }

    /// Prints a line.
    pub(super) fn line(&mut self, text: impl Display) -> Result<(), Error> {
        Ok(writeln!(self.stream, "{text}")?)
    }

    /// Prints text as it is, byte for byte.
    pub(super) fn raw(&mut self, text: &[u8]) -> Result<(), Error> {
        self.plain.write_all(text)?;
        Ok(self.plain.flush()?)
    }

    /// Prints text as it is, and ends the last line if nothing does.
    pub(super) fn text(&mut self, text: &str) -> Result<(), Error> {
        self.raw(text.as_bytes())?;
        if text.ends_with('\n') {
            return Ok(());
        }
        self.raw(b"\n")
    }

    /// Prints a value as JSON: on one line, so that a list is one object a line.
    pub(super) fn json(&mut self, value: &impl Serialize) -> Result<(), Error> {
        let text = serde_json::to_string(value).map_err(Error::Json)?;
        self.line(text)
    }

    /// Prints rows below a heading, in columns that fit the terminal.
    pub(super) fn table<const N: usize>(
        &mut self,
        heading: [&str; N],
        rows: impl IntoIterator<Item = [String; N]>,
    ) -> Result<(), Error> {
        let mut table = Table::new();
        table.load_style(presets::NOTHING).set_header(heading);
        table.add_rows(rows);
        for column in table.column_iter_mut() {
            column.set_padding((0, 2));
        }
        if let Some(screen) = self.screen() {
            table
                .set_content_arrangement(ContentArrangement::Dynamic)
                .set_width(u16::try_from(screen.width).unwrap_or(u16::MAX));
        }
        for (index, line) in table.lines().enumerate() {
            let line = line.trim_end();
            match index {
                0 => self.line(line.dimmed())?,
                _ => self.line(line)?,
            }
        }
        Ok(())
    }
}

/// Returns once nobody reads standard output any more. A file or terminal always has a reader.
#[expect(
    deprecated,
    reason = "what replaces it is unsafe to call; standard output stays open"
)]
pub(super) async fn nobody_reads() {
    let Ok(out) = AsyncFd::with_interest(io::stdout(), Interest::ERROR) else {
        return std::future::pending().await;
    };
    if out.ready(Interest::ERROR).await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Text of a site on one line of a terminal: what would move the cursor or change its colours is left out.
pub(super) fn printable(text: &str) -> Cow<'_, str> {
    if text.contains(char::is_control) {
        let bare = text.chars().map(|c| if c.is_whitespace() { ' ' } else { c });
        return bare.filter(|c| !c.is_control()).collect();
    }
    Cow::Borrowed(text)
}

/// Text of a site for a terminal, its lines kept.
pub(super) fn on_terminal(text: &str) -> Cow<'_, str> {
    let is_harmful = |c: char| c.is_control() && c != '\n' && c != '\t';
    if text.contains(is_harmful) {
        return text.chars().filter(|c| !is_harmful(*c)).collect();
    }
    Cow::Borrowed(text)
}

/// Prints what clap has to say: help and version to standard output, mistakes to standard error.
pub(super) fn usage(help: &clap::Error) -> ExitCode {
    // Whoever closed the pipe did not want to read on.
    drop(help.print());
    u8::try_from(help.exit_code()).map_or(ExitCode::FAILURE, ExitCode::from)
}
