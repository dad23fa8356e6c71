//! The program as a process. All that it says is compared with the secrets of the simulated servers, at the trace level.

use std::ffi::OsStr;
use std::io::{self, PipeReader, Read as _};
use std::ops::{Deref, DerefMut};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use tokio::process::{Child, ChildStdin};

use super::watched::{self, Recording};

/// Reading what a program says never takes longer, unless it says nothing.
const PATIENCE: Duration = Duration::from_mins(1);

/// The program, about to run in an environment without settings of its own. It logs everything, unless the arguments
/// say otherwise.
#[derive(Debug)]
pub(crate) struct Program {
    command: Command,
    prints_a_secret: bool,
    /// Whether it says what it does without being asked to.
    is_daemon: bool,
}

impl Program {
    /// With this home folder.
    pub(crate) fn new(home: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_millpond"));
        command
            .env_clear()
            .env("HOME", home)
            .env("PATH", "/usr/bin:/bin")
            .env("MILLPOND_LOG", "trace")
            .stdin(Stdio::null());
        Self {
            command,
            prints_a_secret: false,
            is_daemon: false,
        }
    }

    pub(crate) fn arg(self, argument: impl AsRef<OsStr>) -> Self {
        self.args([argument])
    }

    pub(crate) fn args<S: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = S>) -> Self {
        for argument in arguments {
            // The one command whose result is a secret.
            self.prints_a_secret |= argument.as_ref() == "token";
            self.is_daemon |= argument.as_ref() == "run" || argument.as_ref() == "demo";
            self.command.arg(argument);
        }
        self
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    pub(crate) fn stdin(mut self, stdin: impl Into<Stdio>) -> Self {
        self.command.stdin(stdin);
        self
    }

    /// Where no file may be larger than so many blocks of 512 bytes: a write beyond that fails, as on a disk that is
    /// full. By itself that would end the program by a signal.
    pub(crate) fn with_files_of_at_most(self, blocks: u32) -> Self {
        let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
        self.under("sh", &["-c", &script])
    }

    /// Started by another program, which gets it as its last arguments.
    pub(crate) fn under(mut self, starter: &str, arguments: &[&str]) -> Self {
        let mut command = Command::new(starter);
        command
            .args(arguments)
            .arg(self.command.get_program())
            .args(self.command.get_args())
            .env_clear()
            .envs(
                self.command
                    .get_envs()
                    .filter_map(|(name, value)| Some((name, value?))),
            )
            .stdin(Stdio::null());
        self.command = command;
        self
    }

    /// Runs it to its end. Returns what a person sees, who asked for no more than the usual log.
    pub(crate) fn output(mut self) -> Output {
        let output = self.command.output().unwrap();
        if !self.prints_a_secret {
            watched::record(&output.stdout);
        }
        watched::record(&output.stderr);
        usual(output, self.is_daemon)
    }

    /// The same, from a test whose own tasks must go on meanwhile.
    pub(crate) async fn ended(self) -> Output {
        self.spawn().ended().await
    }

    /// Runs it to its end although nobody reads what it prints.
    pub(crate) fn unread(mut self) -> Output {
        let (reader, writer) = io::pipe().unwrap();
        drop(reader);
        self.command.stdout(writer);
        self.output()
    }

    /// Starts it. It dies with what is returned.
    pub(crate) fn spawn(mut self) -> Running {
        let (out, err) = (Stream::default(), Stream::default());
        let (from_out, to_out) = io::pipe().unwrap();
        let (from_err, to_err) = io::pipe().unwrap();
        self.command.stdout(to_out).stderr(to_err);
        let mut recorded = vec![err.clone()];
        if !self.prints_a_secret {
            recorded.push(out.clone());
        }
        let mut command = tokio::process::Command::from(self.command);
        let child = command.kill_on_drop(true).spawn().unwrap();
        // It has the only ends to write to, so that reading ends with the program.
        drop(command);
        Running {
            child,
            is_daemon: self.is_daemon,
            readers: Mutex::new(vec![out.fill(from_out), err.fill(from_err)]),
            recording: Recording::of(recorded),
            out,
            err,
        }
    }
}

/// The program at work.
#[derive(Debug)]
pub(crate) struct Running {
    child: Child,
    is_daemon: bool,
    readers: Mutex<Vec<JoinHandle<()>>>,
    #[expect(dead_code, reason = "it is dropped last")]
    recording: Recording,
    out: Stream,
    err: Stream,
}

impl Running {
    /// What it has printed so far.
    pub(crate) fn printed(&self) -> String {
        self.read(&self.out)
    }

    /// What it has logged so far, at every level.
    pub(crate) fn logged(&self) -> String {
        self.read(&self.err)
    }

    fn read(&self, stream: &Stream) -> String {
        let is_reaped = self.child.id().is_none();
        if is_reaped {
            self.read_to_the_end();
        }
        String::from_utf8_lossy(&stream.contents()).into_owned()
    }

    fn read_to_the_end(&self) {
        for reader in self.readers.lock().unwrap().drain(..) {
            reader.join().unwrap();
        }
    }

    /// The first line that it prints which is `wanted`; nothing if it ends without.
    pub(crate) async fn prints(&mut self, wanted: impl Fn(&str) -> bool) -> Option<String> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let has_ended = self.child.try_wait().unwrap().is_some();
            let printed = self.printed();
            let mut lines = printed.split_inclusive('\n').filter(|line| line.ends_with('\n'));
            if let Some(line) = lines.find(|line| wanted(line)) {
                return Some(line.trim_end().to_owned());
            }
            if has_ended {
                return None;
            }
            assert!(
                Instant::now() < deadline,
                "no such line: {printed}{}",
                self.logged()
            );
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// Where it reads from, if it was started so.
    pub(crate) fn stdin(&mut self) -> ChildStdin {
        self.child.stdin.take().unwrap()
    }

    /// Waits for its end. Returns what a person sees.
    pub(crate) async fn ended(mut self) -> Output {
        let status = self.child.wait().await.unwrap();
        self.read_to_the_end();
        let output = Output {
            status,
            stdout: self.out.contents(),
            stderr: self.err.contents(),
        };
        usual(output, self.is_daemon)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.child.start_kill());
        self.read_to_the_end();
    }
}

impl Deref for Running {
    type Target = Child;

    fn deref(&self) -> &Child {
        &self.child
    }
}

impl DerefMut for Running {
    fn deref_mut(&mut self) -> &mut Child {
        &mut self.child
    }
}

/// What a program has written so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stream(Arc<Mutex<Vec<u8>>>);

impl Stream {
    pub(crate) fn contents(&self) -> Vec<u8> {
        self.0.lock().unwrap().clone()
    }

    fn fill(&self, mut from: PipeReader) -> JoinHandle<()> {
        let stream = self.clone();
        thread::spawn(move || {
            let mut part = [0; 8192];
            while let Ok(count @ 1..) = from.read(&mut part) {
                stream.0.lock().unwrap().extend(&part[..count]);
            }
        })
    }
}

/// Takes a program's whole log out of what it wrote, and leaves what it logs unasked.
fn usual(output: Output, is_daemon: bool) -> Output {
    let levels: &[&[u8]] = if is_daemon {
        &[b"TRACE ", b"DEBUG "]
    } else {
        &[b"TRACE ", b"DEBUG ", b" INFO "]
    };
    let is_usual = |line: &&[u8]| !levels.iter().any(|level| line.starts_with(level));
    let lines = output.stderr.split_inclusive(|byte| *byte == b'\n');
    let stderr = lines.filter(is_usual).collect::<Vec<_>>().concat();
    Output { stderr, ..output }
}
