//! What the daemon offers to others than its sites: who may ask it, and who may watch it.

use std::fs;
use std::net::SocketAddr;

use toml::Spanned;

use super::check::{ADDRESS, Check, SIZE};
use super::{Control, Error, Metrics, OnAlert, file, value};

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

    pub(super) fn metrics(&self, given: file::Metrics) -> Result<Metrics, Error> {
        let accepted = "an address of this machine alone, with its port, such as \"127.0.0.1:9464\"; or any, with \
                        `metrics.anywhere = true`";
        let anywhere = given.anywhere.is_some_and(Spanned::into_inner);
        let parse = |text: &str| listener(text, anywhere);
        let listen = given
            .listen
            .map(|given| self.parsed("metrics.listen", &given, accepted, parse));
        Ok(Metrics {
            listen: listen.transpose()?,
        })
    }
}

impl Check<'_> {
    pub(super) fn on_alert(&self, given: file::OnAlert) -> Result<OnAlert, Error> {
        let webhook = given
            .webhook
            .map(|given| self.parsed("on_alert.webhook", &given, ADDRESS, value::url));
        Ok(OnAlert {
            command: given.command,
            webhook: webhook.transpose()?,
            missed_runs: self.number("on_alert.missed_runs", given.missed_runs, 8, 1..=10_000)?,
            disk_free: self.text("on_alert.disk_free", given.disk_free, "512MiB", SIZE, value::size)?,
        })
    }
}

fn listener(given: &str, anywhere: bool) -> Result<SocketAddr, String> {
    let address: SocketAddr = given
        .parse()
        .map_err(|_| "it is no address with a port".to_owned())?;
    if address.ip().is_loopback() || anywhere {
        Ok(address)
    } else {
        Err("other machines could read it there, and it asks nobody who they are".to_owned())
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
    use super::{listener, number_of};

    #[test]
    fn only_this_machine_may_watch_unless_told_otherwise() {
        for (given, anywhere, is_taken) in [
            ("127.0.0.1:9464", false, true),
            ("[::1]:9464", false, true),
            ("0.0.0.0:9464", false, false),
            ("192.0.2.1:9464", false, false),
            ("0.0.0.0:9464", true, true),
            ("localhost", true, false),
            ("9464", false, false),
        ] {
            assert_eq!(listener(given, anywhere).is_ok(), is_taken, "{given}");
        }
    }

    #[test]
    fn a_group_is_found_by_its_whole_name() {
        let groups = "root:x:0:\n# a comment\nmillponders:x:7:\nmillpond:x:990:ada,ben\nbroken\n";
        assert_eq!(number_of("millpond", groups), Some(990));
        assert_eq!(number_of("root", groups), Some(0));
        assert_eq!(number_of("mill", groups), None);
        assert_eq!(number_of("broken", groups), None);
    }
}
