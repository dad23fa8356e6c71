//! The invented company whose wiki `millpond demo` mirrors: its people, its pages, and what happens next.
//!
//! Plain values only: whoever starts a simulated site decides how they get into it. Acme Inland moves freight on
//! rivers and keeps locks. Pages people would linger on are written by hand (`content/`); the series every wiki
//! has (a page per service, a runbook per alert, weekly notes) are composed from tables of facts, so that a search
//! finds different things on different pages.
//!
//! Bodies are storage format. Where an account id belongs they say `{{user:N}}`, N being an index into [`people`].

mod beside;
mod company;
mod decisions;
mod duisburg;
mod handovers;
mod help;
mod incidents;
mod life;
mod locks;
mod markup;
mod meetings;
mod releases;
mod runbooks;
mod services;
mod written;

#[cfg(test)]
mod tests;

pub use beside::{DemoComment, DemoFile, comments, files};
pub use company::Company;

/// A space and everything in it when the demo starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoSpace {
    /// The key, unique on the site.
    pub key: &'static str,
    /// The name people see.
    pub name: &'static str,
    /// Confluence's word for the type of space: `global`, `personal` or `collaboration`.
    pub kind: &'static str,
    /// Every page after its parent.
    pub pages: Vec<DemoPage>,
}

/// A page as its last author left it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoPage {
    /// Unique in the space, whatever the case.
    pub title: String,
    /// The title of the parent, in the same space; `None` at the top.
    pub parent: Option<String>,
    /// Who wrote it: an index into [`people`].
    pub author: usize,
    /// Labels without prefix.
    pub labels: Vec<&'static str>,
    /// How many days before the start of the demo it was last changed.
    pub days_ago: u32,
    /// Storage format, with `{{user:N}}` for account ids.
    pub body: String,
}

/// A change to the site, by someone who works at Acme Inland.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DemoEvent {
    /// A new version of a page.
    Edit {
        /// The key of the space.
        space: &'static str,
        /// The page's title at that moment.
        title: String,
        /// The whole new body.
        body: String,
        /// Who edited: an index into [`people`].
        author: usize,
    },
    /// A page that was not there before.
    Create {
        /// The key of the space.
        space: &'static str,
        /// The page; `days_ago` is 0.
        page: DemoPage,
    },
    /// A new title, same body.
    Rename {
        /// The key of the space.
        space: &'static str,
        /// The title until now.
        title: String,
        /// The title from now on.
        new_title: String,
    },
    /// A new parent in the same space.
    Move {
        /// The key of the space.
        space: &'static str,
        /// The page that moves.
        title: String,
        /// The title of the page it moves under.
        new_parent: String,
    },
    /// A page without children goes to the trash.
    Trash {
        /// The key of the space.
        space: &'static str,
        /// The page's title.
        title: String,
    },
    /// A page comes back from the trash, to where it was.
    Restore {
        /// The key of the space.
        space: &'static str,
        /// The page's title.
        title: String,
    },
}

/// The one link of the demo that leads nowhere, as (space key, lower-case title): every wiki has some.
pub const BROKEN_LINK: (&str, &str) = ("OPS", "winch manual (paper copy)");

/// Everyone at Acme Inland who writes pages.
pub fn people() -> Vec<&'static str> {
    vec![
        "Zoë Lindqvist",
        "Łukasz Wiśniewski",
        "佐藤 美咲",
        "Amara Okonkwo",
        "Jürgen Brandt",
        "Inês Carvalho",
        "Ravi Subramanian",
        "Maeve O’Sullivan",
        "Tariq Haddad",
        "Chloé Fontaine",
        "Nguyễn Thị Hoa",
        "Bjørn Aas",
    ]
}

/// The whole site as it stands when the demo starts.
pub fn spaces() -> Vec<DemoSpace> {
    vec![
        DemoSpace {
            key: "ENG",
            name: "Engineering",
            kind: "global",
            pages: engineering(),
        },
        DemoSpace {
            key: "OPS",
            name: "Lock Operations",
            kind: "global",
            pages: operations(),
        },
        DemoSpace {
            key: "PROD",
            name: "Product",
            kind: "collaboration",
            pages: product(),
        },
        DemoSpace {
            key: "PEOPLE",
            name: "People & Culture",
            kind: "collaboration",
            pages: staff(),
        },
        DemoSpace {
            key: "KB",
            name: "Help Centre",
            kind: "global",
            pages: help_centre(),
        },
        DemoSpace {
            key: "DUI",
            name: "Niederlassung Duisburg",
            kind: "global",
            pages: branch(),
        },
        DemoSpace {
            key: "~misaki",
            name: "佐藤 美咲",
            kind: "personal",
            pages: written::pages(include_str!("../../content/misaki.xhtml")),
        },
    ]
}

/// What happens on the site from then on: endless, and the same in every demo.
///
/// Each event is valid once all those before it have happened.
pub fn events() -> impl Iterator<Item = DemoEvent> {
    (0..).flat_map(life::cycle)
}

fn engineering() -> Vec<DemoPage> {
    let mut pages = written::pages(include_str!("../../content/engineering.xhtml"));
    pages.extend(written::pages(include_str!("../../content/on-call.xhtml")));
    pages.extend(services::pages());
    pages.extend(runbooks::pages());
    pages.extend(decisions::pages());
    pages.extend(incidents::pages());
    pages.extend(releases::pages());
    pages.extend(handovers::pages());
    pages
}

fn operations() -> Vec<DemoPage> {
    let mut pages = written::pages(include_str!("../../content/operations.xhtml"));
    pages.extend(locks::pages());
    pages
}

fn product() -> Vec<DemoPage> {
    let mut pages = written::pages(include_str!("../../content/product.xhtml"));
    pages.extend(meetings::pages());
    pages
}

fn staff() -> Vec<DemoPage> {
    written::pages(include_str!("../../content/people.xhtml"))
}

fn help_centre() -> Vec<DemoPage> {
    let mut pages = written::pages(include_str!("../../content/help.xhtml"));
    pages.extend(help::pages());
    pages
}

fn branch() -> Vec<DemoPage> {
    let mut pages = written::pages(include_str!("../../content/duisburg.xhtml"));
    pages.extend(duisburg::pages());
    pages
}
