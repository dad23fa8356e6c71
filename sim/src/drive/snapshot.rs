//! What a visitor sees, apart from any API.

use crate::state::{self, Content, Kind};

use super::{Account, Site};

/// A page as a visitor sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageSnapshot {
    /// Its id, in the API's decimal digits.
    pub id: String,
    /// Its title.
    pub title: String,
    /// The key of its space.
    pub space_key: String,
    /// The id of what it hangs under.
    pub parent: Option<String>,
    /// The number of its version.
    pub version: u32,
    /// `current` or `archived`.
    pub status: String,
    /// The names of its labels, in order.
    pub labels: Vec<String>,
    /// What it says, in storage format.
    pub body: String,
}

impl Site {
    /// The pages that the account sees by way of an app, current and archived, by id.
    pub fn visible_pages(&self, account: &Account) -> Vec<PageSnapshot> {
        self.visible(account, Kind::Page)
    }

    /// The blog posts that the account sees by way of an app, by id.
    pub fn visible_blog_posts(&self, account: &Account) -> Vec<PageSnapshot> {
        self.visible(account, Kind::BlogPost)
    }

    /// The folders, whiteboards, databases and smart links that the account sees by way of an app, by id. Their kind
    /// stands for what they say.
    pub fn visible_stubs(&self, account: &Account) -> Vec<PageSnapshot> {
        let kinds = [Kind::Folder, Kind::Whiteboard, Kind::Database, Kind::Embed];
        let of = |kind: Kind| {
            let seen = self.visible(account, kind).into_iter();
            seen.map(move |stub| PageSnapshot {
                body: kind.word().to_owned(),
                ..stub
            })
        };
        let mut stubs: Vec<_> = kinds.into_iter().flat_map(of).collect();
        stubs.sort_by(|a, b| a.id.cmp(&b.id));
        stubs
    }

    fn visible(&self, account: &Account, kind: Kind) -> Vec<PageSnapshot> {
        self.look(|site| {
            let key = |content: &Content| {
                let space = site.spaces.get(&content.space)?;
                let is_open = !space.hidden_from.contains(&account.id) && !space.blocks_apps;
                is_open.then(|| space.key.clone())
            };
            let mut seen: Vec<(&Content, String)> = site
                .contents()
                .filter(|content| content.kind == kind && content.status.is_alive())
                .filter(|content| !content.hidden_from.contains(&account.id))
                .filter_map(|content| Some((content, key(content)?)))
                .collect();
            seen.sort_by_key(|(content, _)| content.id);
            seen.into_iter()
                .map(|(content, key)| snapshot(site, content, key))
                .collect()
        })
    }
}

fn snapshot(site: &state::Site, content: &Content, space_key: String) -> PageSnapshot {
    let names = content.labels.iter().filter_map(|id| site.labels.get(id));
    let mut labels: Vec<String> = names.map(|label| label.name.clone()).collect();
    labels.sort();
    PageSnapshot {
        id: content.id.to_string(),
        title: content.title().to_owned(),
        space_key,
        parent: content.parent.map(|id| id.to_string()),
        version: content.version.number,
        status: content.status.word().to_owned(),
        labels,
        body: content.version.body.text(),
    }
}
