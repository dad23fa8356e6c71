//! What to do with one path: decided from what is there, what we know of it, and what belongs there.

use super::folder::Found;

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Act {
    /// Write it.
    Write,
    /// It is right already.
    Keep,
    /// It goes.
    Remove,
    /// Somebody else's: it stays.
    Leave,
}

/// The digest of nothing.
const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// Decides. `ours` are the digests of what was written there, `wanted` of what belongs there, if anything does.
pub(super) fn act(found: &Found, ours: &[&str], wanted: Option<&str>, overwrite: bool) -> Act {
    let is_ours = match found {
        Found::Nothing => return wanted.map_or(Act::Keep, |_| Act::Write),
        Found::Other => return Act::Leave,
        Found::File(digest) if wanted == Some(digest) => return Act::Keep,
        Found::Empty if wanted == Some(EMPTY) => return Act::Keep,
        Found::File(digest) => ours.contains(&digest.as_str()),
        // After a power cut, a file can have its name and not its content.
        Found::Empty => !ours.is_empty(),
    };
    match wanted {
        Some(_) if is_ours || overwrite => Act::Write,
        None if is_ours => Act::Remove,
        _ => Act::Leave,
    }
}

#[cfg(test)]
mod tests {
    use super::{Act, EMPTY, Found, act};

    #[test]
    fn only_what_is_ours_is_touched() {
        let file = |digest: &str| Found::File(digest.to_owned());
        for (found, ours, wanted, expected) in [
            (Found::Nothing, &[][..], Some("new"), Act::Write),
            (Found::Nothing, &["old"], Some("old"), Act::Write),
            (Found::Nothing, &["old"], None, Act::Keep),
            (file("old"), &["old"], Some("new"), Act::Write),
            (file("old"), &["older", "old"], Some("new"), Act::Write),
            (file("new"), &["old"], Some("new"), Act::Keep),
            (file("new"), &[], Some("new"), Act::Keep),
            (file("theirs"), &["old"], Some("new"), Act::Leave),
            (file("theirs"), &[], Some("new"), Act::Leave),
            (file("old"), &["old"], None, Act::Remove),
            (file("theirs"), &["old"], None, Act::Leave),
            (Found::Empty, &["old"], Some("new"), Act::Write),
            (Found::Empty, &[], Some("new"), Act::Leave),
            (Found::Empty, &[], Some(EMPTY), Act::Keep),
            (Found::Empty, &["old"], None, Act::Remove),
            (Found::Other, &["old"], Some("new"), Act::Leave),
            (Found::Other, &["old"], None, Act::Leave),
        ] {
            assert_eq!(
                act(&found, ours, wanted, false),
                expected,
                "{found:?} {ours:?} {wanted:?}"
            );
        }
    }

    #[test]
    fn overwriting_is_for_files_that_belong_there() {
        let theirs = Found::File("theirs".to_owned());
        assert_eq!(act(&theirs, &[], Some("new"), true), Act::Write);
        assert_eq!(act(&theirs, &["old"], None, true), Act::Leave);
        assert_eq!(act(&Found::Other, &[], Some("new"), true), Act::Leave);
    }
}
