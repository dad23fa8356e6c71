//! What the daemon offers to others than its sites: who may ask it.

use std::fs;

use super::check::Check;
use super::{Control, Error, file};

/// Where the groups of this machine are listed.
const GROUPS: &str = "/etc/group";

impl Check<'_> {
    pub(super) fn control(&self, given: file::Control) -> Result<Control, Error> {
        let accepted = "the name or number of a group of this machine";
        let group = given
            .group
            .map(|group| self.parsed("control.group", &group, accepted, group_number));
        Ok(Control {
            group: group.transpose()?,
        })
    }
}

fn group_number(given: &str) -> Result<u32, String> {
    if let Ok(number) = given.parse() {
        return Ok(number);
    }
    let groups = fs::read_to_string(GROUPS).map_err(|error| format!("{GROUPS} cannot be read: {error}"))?;
    number_of(given, &groups).ok_or_else(|| format!("{GROUPS} has no such group"))
}

/// The number of a group, by lines such as `millpond:x:990:ada`.
fn number_of(name: &str, groups: &str) -> Option<u32> {
    let mut lines = groups.lines().map(|line| line.split(':'));
    let found = lines.find_map(|mut fields| fields.next().filter(|found| *found == name).and(fields.nth(1)));
    found?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::number_of;

    #[test]
    fn a_group_is_found_by_its_whole_name() {
        let groups = "root:x:0:\n# a comment\nmillponders:x:7:\nmillpond:x:990:ada,ben\nbroken\n";
        assert_eq!(number_of("millpond", groups), Some(990));
        assert_eq!(number_of("root", groups), Some(0));
        assert_eq!(number_of("mill", groups), None);
        assert_eq!(number_of("broken", groups), None);
    }
}
