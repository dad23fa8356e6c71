//! The invented company on a simulated site: its pages as they stand, and then one event after the other.

use std::collections::HashMap;

use chrono::TimeDelta;

use crate::{Account, Atlassian, Page, Site};

use super::{DemoComment, DemoEvent, DemoPage, DemoSpace, comments, events, files, people, spaces};

/// Acme Inland, at work on its site.
pub struct Company {
    site: Site,
    people: Vec<Account>,
    pages: HashMap<(&'static str, String), Page>,
    ahead: Box<dyn Iterator<Item = DemoEvent> + Send>,
}

impl Company {
    /// Moves the company into the site at `domain`. The first of its people may read everything.
    pub fn open(atlassian: &Atlassian, domain: &str) -> Self {
        let site = atlassian.site(domain);
        let people: Vec<_> = people().into_iter().map(|name| atlassian.account(name)).collect();
        for person in &people {
            site.member(person);
        }
        let mut company = Self {
            site,
            people,
            pages: HashMap::new(),
            ahead: Box::new(events()),
        };
        let now = atlassian.clock().now();
        for space in spaces() {
            company.fill(&space, now);
        }
        for file in files() {
            if let Some(page) = company.page(file.space, file.title) {
                company.site.attach(page, file.name, file.media_type, file.bytes);
            }
        }
        for comment in comments() {
            company.say(&comment);
        }
        company
    }

    /// Whoever installs the app.
    ///
    /// # Panics
    ///
    /// Never: the company has people.
    pub fn administrator(&self) -> &Account {
        &self.people[0]
    }

    /// How many pages it has written.
    pub fn page_count(&self) -> usize {
        self.pages.len()
    }

    /// Lets the next thing happen, and says what it was.
    pub fn carry_on(&mut self) -> String {
        match self.ahead.next() {
            Some(event) => self.happen(event),
            None => String::from("nothing happens any more"),
        }
    }

    fn fill(&mut self, space: &DemoSpace, now: chrono::DateTime<chrono::Utc>) {
        self.site.space(space.key).named(space.name).kind(space.kind);
        for (place, page) in (0..).zip(&space.pages) {
            let written =
                now - TimeDelta::days(page.days_ago.into()) - TimeDelta::minutes(i64::from(place % 540));
            let created = self.create(space.key, page).created_at(written).position(place);
            if place == 0 {
                self.site.space(space.key).homepage(&created);
            }
        }
    }

    fn create(&mut self, space: &'static str, page: &DemoPage) -> Page {
        let author = &self.people[page.author];
        let created = self
            .site
            .space(space)
            .page(&page.title)
            .by(author)
            .body(self.signed(&page.body));
        let created = match page.parent.as_ref().and_then(|parent| self.page(space, parent)) {
            Some(parent) => created.under(parent),
            None => created,
        };
        let created = created.labelled(&page.labels);
        self.pages.insert((space, page.title.clone()), created.clone());
        created
    }

    fn say(&self, comment: &DemoComment) {
        let Some(page) = self.page(comment.space, comment.title) else {
            return;
        };
        let author = &self.people[comment.author];
        let said = match comment.on {
            Some(words) => self.site.comment_on(author, page, words, comment.body),
            None => self.site.comment(author, page, comment.body),
        };
        for (author, body) in comment.answers {
            self.site.reply(&self.people[*author], &said, body);
        }
        if comment.is_resolved {
            self.site.resolve(&said);
        }
    }

    fn page(&self, space: &'static str, title: &str) -> Option<&Page> {
        self.pages.get(&(space, title.to_owned()))
    }

    /// The body with account ids where it names people.
    fn signed(&self, body: &str) -> String {
        let people = self.people.iter().enumerate();
        people.fold(body.to_owned(), |body, (number, person)| {
            body.replace(&format!("{{{{user:{number}}}}}"), person.id())
        })
    }

    fn happen(&mut self, event: DemoEvent) -> String {
        match event {
            DemoEvent::Edit {
                space,
                title,
                body,
                author,
            } => {
                let (person, body) = (&self.people[author], self.signed(&body));
                if let Some(page) = self.page(space, &title) {
                    self.site.edit_as(person, page, body);
                }
                format!("{} edited “{title}” in {space}", person.name())
            }
            DemoEvent::Create { space, page } => {
                self.create(space, &page);
                format!(
                    "{} wrote “{}” in {space}",
                    self.people[page.author].name(),
                    page.title
                )
            }
            DemoEvent::Rename {
                space,
                title,
                new_title,
            } => {
                if let Some(page) = self.pages.remove(&(space, title.clone())) {
                    self.site.rename(&page, &new_title);
                    self.pages.insert((space, new_title.clone()), page);
                }
                format!("“{title}” in {space} is now called “{new_title}”")
            }
            DemoEvent::Move {
                space,
                title,
                new_parent,
            } => {
                if let (Some(page), Some(parent)) = (self.page(space, &title), self.page(space, &new_parent))
                {
                    self.site.move_under(page, parent);
                }
                format!("“{title}” in {space} moved under “{new_parent}”")
            }
            DemoEvent::Trash { space, title } => {
                if let Some(page) = self.page(space, &title) {
                    self.site.trash(page);
                }
                format!("“{title}” in {space} went to the trash")
            }
            DemoEvent::Restore { space, title } => {
                if let Some(page) = self.page(space, &title) {
                    self.site.restore(page);
                }
                format!("“{title}” in {space} came back from the trash")
            }
        }
    }
}

impl std::fmt::Debug for Company {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Company")
            .field("pages", &self.pages.len())
            .finish_non_exhaustive()
    }
}
