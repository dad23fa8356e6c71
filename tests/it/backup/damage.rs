//! A flipped byte, a missing file, a file cut off: each is named, and nothing is restored from it.

use std::fs;
use std::path::{Path, PathBuf};

use millpond::backup::{self, Error};
use rand::RngExt as _;

use crate::export::support::files;

use super::support::{Backups, hour};

/// Flips in each file. Where they are is another matter each time.
const FLIPS: usize = 4;

fn problems(backup: &Path) -> Vec<String> {
    match backup::verify(backup, &mut |_| {}) {
        Err(Error::Damaged { problems, .. }) => problems,
        other => panic!("{other:?}"),
    }
}

/// Verifies and restores what was damaged by `damage`, and mends it again.
fn is_refused(
    backups: &Backups,
    backup: &Path,
    file: &Path,
    damage: impl FnOnce(Vec<u8>) -> Option<Vec<u8>>,
) {
    let whole = fs::read(file).unwrap();
    match damage(whole.clone()) {
        Some(damaged) => fs::write(file, damaged).unwrap(),
        None => fs::remove_file(file).unwrap(),
    }
    let name = file.file_name().unwrap().to_str().unwrap();
    let problems = problems(backup);
    assert!(
        problems.iter().any(|problem| problem.contains(name)),
        "{name}: {problems:?}"
    );
    let to = backups.beside("restored");
    let refused = backup::restore(backup, &to, &mut |_| {});
    assert!(
        matches!(refused, Err(Error::Damaged { .. })),
        "{name}: {refused:?}"
    );
    assert!(!to.exists(), "something was written of a damaged {name}");
    fs::write(file, whole).unwrap();
}

#[tokio::test]
async fn whatever_is_wrong_with_a_backup_is_named_and_nothing_is_restored() {
    let backups = Backups::of_a_small_mirror().await;
    for (hours, compress) in [(0, false), (1, true)] {
        let mut options = backups.options(hour(hours));
        options.compress = compress;
        let backup = backup::take(&options, &mut |_| {}).unwrap().path;
        let own = files(&backup).into_keys().map(|name| backup.join(name));
        let pool = files(&backups.dir().join("attachments"));
        let shared = pool
            .into_keys()
            .map(|name| backups.dir().join("attachments").join(name));
        let all: Vec<PathBuf> = own.chain(shared).collect();
        assert_eq!(all.len(), 6);
        for file in &all {
            let length = fs::read(file).unwrap().len();
            for _ in 0..FLIPS {
                let (at, bit) = (
                    rand::rng().random_range(0..length),
                    rand::rng().random_range(0..8),
                );
                is_refused(&backups, &backup, file, |mut bytes| {
                    bytes[at] ^= 1 << bit;
                    Some(bytes)
                });
            }
            is_refused(&backups, &backup, file, |bytes| {
                Some(bytes[..bytes.len() - 1].to_vec())
            });
            is_refused(&backups, &backup, file, |_| Some(Vec::new()));
            is_refused(&backups, &backup, file, |_| None);
        }
        backup::verify(&backup, &mut |_| {}).unwrap();
    }
}
