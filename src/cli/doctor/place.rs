//! Is there a place for the mirror: the state folder, its permissions, its disk.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use bytesize::ByteSize;

use crate::app;
use crate::cli::report;
use crate::config::Config;

use super::{Diagnosis, told};

/// With less left, a first copy of most sites fills the disk.
const ROOM_TO_GROW: ByteSize = ByteSize::gib(1);
/// With less left, not even the next run is sure to end.
const ROOM_TO_LIVE: ByteSize = ByteSize::mib(64);

pub(super) fn examine(config: &Config) -> Vec<Diagnosis> {
    let folder = &config.state_dir;
    let Ok(metadata) = fs::metadata(folder) else {
        let fix = "`millpond connect` makes it; if it cannot, name another in `state_dir`";
        return vec![Diagnosis::warn(
            "state folder",
            format!("{} is not there", folder.display()),
            fix,
        )];
    };
    let mode = metadata.permissions().mode() & 0o7777;
    let mut diagnoses = vec![writable(folder, mode), disk(folder)];
    let credentials = config.credentials_dir();
    if credentials.exists() {
        diagnoses.push(kept(config, &credentials));
    }
    diagnoses
}

fn writable(folder: &Path, mode: u32) -> Diagnosis {
    let shown = folder.display();
    if let Err(error) = tempfile::tempfile_in(folder) {
        let fix = format!("run as the account that owns {shown}, or set another `state_dir`");
        return Diagnosis::fail("state folder", format!("cannot write into {shown}: {error}"), fix);
    }
    if mode & 0o002 != 0 {
        let found = format!("anybody may change {shown} (mode {mode:03o})");
        return Diagnosis::warn("state folder", found, format!("chmod o-w {shown}"));
    }
    Diagnosis::ok("state folder", format!("{shown} (mode {mode:03o})"))
}

fn disk(folder: &Path) -> Diagnosis {
    let left = match rustix::fs::statvfs(folder) {
        Ok(disk) => ByteSize::b(disk.f_bavail.saturating_mul(disk.f_frsize)),
        Err(error) => {
            let fix = "look at the disk: it does not say how much room it has";
            return Diagnosis::warn("disk", error.to_string(), fix);
        }
    };
    let (found, fix) = (
        format!("{left} left"),
        "make room, or move `state_dir` to another disk",
    );
    match left {
        left if left < ROOM_TO_LIVE => Diagnosis::fail("disk", found, fix),
        left if left < ROOM_TO_GROW => Diagnosis::warn("disk", found, fix),
        _ => Diagnosis::ok("disk", found),
    }
}

fn kept(config: &Config, credentials: &Path) -> Diagnosis {
    let all_read = || -> Result<(), app::Error> {
        for entry in app::stored_credentials(config)?.list()? {
            entry?;
        }
        Ok(())
    };
    match all_read() {
        Ok(()) => {
            let locked = if config.app.token_key.is_some() {
                " and encrypted"
            } else {
                ""
            };
            Diagnosis::ok(
                "stored consents",
                format!("{} is private{locked}", credentials.display()),
            )
        }
        Err(error) => Diagnosis::fail("stored consents", told(&error), remedy(&error)),
    }
}

fn remedy(error: &app::Error) -> String {
    let known = match error {
        app::Error::Auth(error) => report::remedy(error, None),
        app::Error::Config(_) => Some("name the file with their key in `app.token_key_file`".to_owned()),
        _ => None,
    };
    known.unwrap_or_else(|| "run as the account that owns the folder".to_owned())
}
