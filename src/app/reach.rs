//! What is configured, against what a consent allows.

use crate::auth::scopes::{self, Need};
use crate::config::{Config, ContentWord};

/// What a grant must allow for everything that is configured.
pub fn needs(config: &Config) -> impl Iterator<Item = Need> {
    wishes(config).flat_map(|(_, needs)| needs).copied()
}

/// What is configured and out of reach of a grant with these scopes, in the words of the configuration, and what it
/// lacks.
pub fn lacking(config: &Config, granted: &[String]) -> Vec<(&'static str, Vec<String>)> {
    let lacks = |(word, needs): (&'static str, &[Need])| {
        let missing: Vec<_> = needs
            .iter()
            .flat_map(|need| scopes::lacking(granted, *need))
            .collect();
        (!missing.is_empty()).then_some((word, missing))
    };
    wishes(config).filter_map(lacks).collect()
}

/// Everything that is configured, with what it needs.
fn wishes(config: &Config) -> impl Iterator<Item = (&'static str, &'static [Need])> {
    let content = config.sync.content.iter();
    let content = content.map(|word| (word.as_str(), needs_of(*word)));
    let restrictions = [Need::Details].as_slice();
    let restrictions = config.sync.restrictions.then_some(("restrictions", restrictions));
    content.chain(restrictions)
}

fn needs_of(word: ContentWord) -> &'static [Need] {
    match word {
        ContentWord::Pages | ContentWord::Blogposts => &[Need::Pages],
        ContentWord::Comments => &[Need::Comments],
        ContentWord::Attachments => &[Need::Attachments],
        ContentWord::Labels => &[Need::Labels],
        ContentWord::Folders => &[
            Need::Folders,
            Need::Whiteboards,
            Need::Databases,
            Need::Embeds,
            // They are found by searching.
            Need::Details,
        ],
        ContentWord::Users => &[Need::Users],
    }
}
