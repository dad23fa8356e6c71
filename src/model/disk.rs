//! What is the matter with a disk, wherever it is met.

use std::io::{Error, ErrorKind};

/// What Linux answers where a disk does not do what it is asked.
const EIO: i32 = 5;

/// What is the matter with a disk. It means the same for everybody who meets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiskTrouble {
    /// It has no room left, or not for us.
    Full,
    /// It takes nothing at all.
    ReadOnly,
    /// It does not do what it is asked.
    Failing,
}

impl DiskTrouble {
    /// What an error says about a disk, if it does.
    pub fn of(error: &Error) -> Option<Self> {
        match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => Some(Self::Full),
            ErrorKind::ReadOnlyFilesystem => Some(Self::ReadOnly),
            _ => (error.raw_os_error() == Some(EIO)).then_some(Self::Failing),
        }
    }

    /// Whether it may be over without anybody changing the configuration.
    pub fn passes(self) -> bool {
        match self {
            Self::Full | Self::Failing => true,
            Self::ReadOnly => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_says_what_is_the_matter_with_a_disk() {
        for (number, trouble) in [
            (28, Some(DiskTrouble::Full)),
            (122, Some(DiskTrouble::Full)),
            (27, Some(DiskTrouble::Full)),
            (30, Some(DiskTrouble::ReadOnly)),
            (5, Some(DiskTrouble::Failing)),
            (13, None),
            (2, None),
        ] {
            let error = Error::from_raw_os_error(number);
            assert_eq!(DiskTrouble::of(&error), trouble, "{error}");
        }
    }
}
