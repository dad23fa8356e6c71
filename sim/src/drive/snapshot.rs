//! What a visitor sees, apart from any API.

use std::collections::BTreeSet;

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

/// A comment or an attachment as a visitor sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnnexSnapshot {
    /// Its id, as the API writes it.
    pub id: String,
    /// `footer`, `inline` or `attachment`.
    pub kind: &'static str,
    /// The id of what it hangs on.
    pub page: String,
    /// The id of the comment that it answers.
    pub parent: Option<String>,
    /// The number of its version.
    pub version: u32,
    /// The name of a file, or where a comment on words of the page stands.
    pub state: Option<String>,
    /// What a comment says, in storage format, or what is in a file.
    pub bytes: Vec<u8>,
}

impl Site {
    /// The living comments and attachments of what the account sees by way of an app, by id.
    pub fn visible_annexes(&self, account: &Account) -> Vec<AnnexSnapshot> {
        let pages = self.visible_pages(account).into_iter();
        let posts = self.visible_blog_posts(account).into_iter();
        let seen: BTreeSet<String> = pages.chain(posts).map(|content| content.id).collect();
        let mut annexes: Vec<_> = self.look(|site| {
            let comments = site.comments.values().filter(|comment| comment.status.is_alive());
            let files = site.attachments.values().filter(|file| file.status.is_alive());
            comments.map(of_comment).chain(files.map(of_file)).collect()
        });
        annexes.retain(|annex| seen.contains(&annex.page));
        annexes.sort_by(|a, b| a.id.cmp(&b.id));
        annexes
    }

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

fn of_comment(comment: &state::Comment) -> AnnexSnapshot {
    let is_inline = comment.kind != state::CommentKind::Footer;
    let state = if comment.is_resolved { "resolved" } else { "open" };
    AnnexSnapshot {
        id: comment.id.to_string(),
        kind: if is_inline { "inline" } else { "footer" },
        page: comment.content.to_string(),
        parent: comment.parent.map(|id| id.to_string()),
        version: comment.number,
        state: is_inline.then(|| state.to_owned()),
        bytes: comment.body.text().into_bytes(),
    }
}

fn of_file(file: &state::Attachment) -> AnnexSnapshot {
    AnnexSnapshot {
        id: format!("att{}", file.id),
        kind: "attachment",
        page: file.content.to_string(),
        parent: None,
        version: u32::try_from(file.number()).unwrap_or(u32::MAX),
        state: Some(file.title.clone()),
        bytes: file.bytes().to_vec(),
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
