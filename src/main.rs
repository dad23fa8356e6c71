//! Parses the command line, runs the command, returns its exit code.

use std::process::ExitCode;

use millpond::cli;
use millpond::config::Environment;

fn main() -> ExitCode {
    cli::main(std::env::args_os(), Environment::of_process())
}
