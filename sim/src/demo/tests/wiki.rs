//! Keeps track of the site while events happen to it.

use std::collections::BTreeMap;

use super::super::{BROKEN_LINK, DemoEvent, DemoSpace, people};
use super::targets;

/// The pages of the site by space and lower-case title, as a person would keep track of them.
pub(super) struct Wiki {
    pub(super) living: BTreeMap<(String, String), Option<String>>,
    trashed: BTreeMap<(String, String), Option<String>>,
}

impl Wiki {
    pub(super) fn new(spaces: Vec<DemoSpace>) -> Self {
        let pages = spaces
            .into_iter()
            .flat_map(|space| space.pages.into_iter().map(move |page| (space.key, page)));
        let living = pages
            .map(|(key, page)| (place(key, &page.title), page.parent))
            .collect();
        Self {
            living,
            trashed: BTreeMap::new(),
        }
    }

    /// Lets an event happen, or says why it cannot.
    pub(super) fn replay(&mut self, event: &DemoEvent) -> Result<(), &'static str> {
        match event {
            DemoEvent::Edit {
                space,
                title,
                body,
                author,
            } => {
                self.present(space, title)?;
                self.links_hold(space, body, *author)
            }
            DemoEvent::Create { space, page } => {
                self.present(space, page.parent.as_deref().unwrap_or_default())?;
                self.absent(space, &page.title)?;
                self.living.insert(place(space, &page.title), page.parent.clone());
                self.links_hold(space, &page.body, page.author)
            }
            DemoEvent::Rename {
                space,
                title,
                new_title,
            } => {
                self.absent(space, new_title)?;
                let parent = self.living.remove(&place(space, title)).ok_or("no such page")?;
                self.living.insert(place(space, new_title), parent);
                Ok(())
            }
            DemoEvent::Move {
                space,
                title,
                new_parent,
            } => {
                self.present(space, new_parent)?;
                let parent = self.living.get_mut(&place(space, title)).ok_or("no such page")?;
                let before = parent.replace(new_parent.clone());
                if before.as_ref() == Some(new_parent) {
                    Err("it is there already")
                } else {
                    Ok(())
                }
            }
            DemoEvent::Trash { space, title } => self.trash(space, title),
            DemoEvent::Restore { space, title } => {
                self.absent(space, title)?;
                let parent = self
                    .trashed
                    .remove(&place(space, title))
                    .ok_or("not in the trash")?;
                self.living.insert(place(space, title), parent);
                Ok(())
            }
        }
    }

    fn trash(&mut self, space: &str, title: &str) -> Result<(), &'static str> {
        let is_parent = self
            .living
            .iter()
            .any(|((key, _), parent)| key == space && parent.as_deref() == Some(title));
        let parent = self.living.remove(&place(space, title)).ok_or("no such page")?;
        self.trashed.insert(place(space, title), parent);
        if is_parent { Err("has children") } else { Ok(()) }
    }

    fn present(&self, space: &str, title: &str) -> Result<(), &'static str> {
        if self.living.contains_key(&place(space, title)) {
            Ok(())
        } else {
            Err("no such page")
        }
    }

    fn absent(&self, space: &str, title: &str) -> Result<(), &'static str> {
        if self.living.contains_key(&place(space, title)) {
            Err("the title is taken")
        } else {
            Ok(())
        }
    }

    fn links_hold(&self, space: &str, body: &str, author: usize) -> Result<(), &'static str> {
        let is_known =
            |target: &(String, String)| self.living.contains_key(target) || target.1 == BROKEN_LINK.1;
        let is_sound = targets(space, body).iter().all(is_known) && author < people().len();
        if is_sound {
            Ok(())
        } else {
            Err("a link or the author is unknown")
        }
    }
}

fn place(space: &str, title: &str) -> (String, String) {
    (space.to_owned(), title.to_lowercase())
}
