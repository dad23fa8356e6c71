//! The program that shows text longer than the screen.

use std::io::Write as _;
use std::process::{Command, Stdio};

use tokio::signal::unix::{SignalKind, signal};

use super::Session;

/// What a shell says of a command that it does not find.
const NOT_FOUND: i32 = 127;

/// A command that shows what it reads.
#[derive(Debug)]
pub(super) struct Pager {
    command: String,
    has_less_options: bool,
}

impl Pager {
    /// The pager that this person wants, if any.
    pub(super) fn of(session: &Session) -> Option<Self> {
        let command = session.env.pager.as_deref().unwrap_or("less").trim();
        (!matches!(command, "" | "cat")).then(|| Self {
            command: command.to_owned(),
            has_less_options: session.env.has_less_options,
        })
    }

    /// Shows the text until the person has seen enough. Says whether it was shown at all.
    pub(super) fn show(&self, text: &str) -> bool {
        // Control-C is for the pager. Whoever ends here before it leaves the terminal to two readers.
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build();
        let _entered = runtime.as_ref().map(tokio::runtime::Runtime::enter);
        let _interrupt = runtime.as_ref().map(|_| signal(SignalKind::interrupt()));
        let mut command = Command::new("sh");
        command.args(["-c", &self.command]).stdin(Stdio::piped());
        if !self.has_less_options {
            // Colours as colours; no waiting for a text that fits after all; the text stays on the screen.
            command.env("LESS", "FRX");
        }
        let Ok(mut child) = command.spawn() else {
            return false;
        };
        if let Some(mut input) = child.stdin.take() {
            // Whoever ends it early has seen enough.
            drop(input.write_all(text.as_bytes()));
        }
        child.wait().is_ok_and(|status| status.code() != Some(NOT_FOUND))
    }
}

#[cfg(test)]
mod tests {
    use super::Pager;

    #[test]
    fn the_pager_reads_the_text_and_its_absence_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("shown");
        let pager = |command: String| Pager {
            command,
            has_less_options: true,
        };
        assert!(pager(format!("cat > {}", file.display())).show("text\n"));
        assert_eq!(std::fs::read_to_string(file).unwrap(), "text\n");
        assert!(pager("true".to_owned()).show(&"seen enough at once\n".repeat(100_000)));
        assert!(!pager("no-such-pager-anywhere 2> /dev/null".to_owned()).show("text\n"));
    }
}
