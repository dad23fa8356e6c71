//! Which scopes what needs. All granular: version 2 of the API knows no others.

/// Something that a grant must allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Need {
    /// Staying connected, and knowing whose grant it is.
    SignIn,
    /// Spaces.
    Spaces,
    /// Pages and blog posts, with their versions, labels and properties.
    Pages,
    /// Attachments and their files.
    Attachments,
    /// Comments.
    Comments,
    /// The labels of a site.
    Labels,
    /// The names of authors.
    Users,
    /// Folders.
    Folders,
    /// Whiteboards.
    Whiteboards,
    /// Databases.
    Databases,
    /// Smart links.
    Embeds,
    /// Children and descendants.
    Tree,
    /// Ancestors, and probing what an id is.
    Ancestors,
    /// Search by query, and restrictions.
    Details,
}

/// The one table. Each row's scopes are all needed.
const TABLE: [(Need, &[&str]); 14] = [
    (Need::SignIn, &["offline_access", "read:me"]),
    (Need::Spaces, &["read:space:confluence"]),
    (Need::Pages, &["read:page:confluence"]),
    (Need::Attachments, &["read:attachment:confluence"]),
    (Need::Comments, &["read:comment:confluence"]),
    (Need::Labels, &["read:label:confluence"]),
    (Need::Users, &["read:user:confluence"]),
    (Need::Folders, &["read:folder:confluence"]),
    (Need::Whiteboards, &["read:whiteboard:confluence"]),
    (Need::Databases, &["read:database:confluence"]),
    (Need::Embeds, &["read:embed:confluence"]),
    (Need::Tree, &["read:hierarchical-content:confluence"]),
    (Need::Ancestors, &["read:content.metadata:confluence"]),
    (Need::Details, &["read:content-details:confluence"]),
];

/// What opens the search of version 1, by which content is found where the granular scopes are missing.
const SEARCH: &str = "search:confluence";

/// What opens the names of authors in version 1.
const NAMES: &str = "read:confluence-user";

/// The classic scopes for an app that can have no others: the search, and the names of authors.
pub const CLASSIC: [&str; 4] = ["offline_access", "read:me", SEARCH, NAMES];

/// What nothing can be mirrored without.
pub const ESSENTIAL: [Need; 3] = [Need::SignIn, Need::Spaces, Need::Pages];

impl Need {
    /// Everything that a mirror of all kinds of content needs.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|(need, _)| *need)
    }

    /// The scopes that it takes.
    pub fn scopes(self) -> &'static [&'static str] {
        TABLE
            .iter()
            .find(|(need, _)| *need == self)
            .map_or(&[], |(_, scopes)| scopes)
    }
}

/// The scopes to ask for, each once: those of `needs` and the essential ones.
pub fn wanted(needs: impl IntoIterator<Item = Need>) -> Vec<String> {
    let mut scopes: Vec<String> = Vec::new();
    for scope in ESSENTIAL.into_iter().chain(needs).flat_map(Need::scopes) {
        if !scopes.iter().any(|known| known == scope) {
            scopes.push((*scope).to_owned());
        }
    }
    scopes
}

/// Those of `wanted` that are not among `granted`.
pub fn missing(granted: &[String], wanted: &[String]) -> Vec<String> {
    wanted
        .iter()
        .filter(|scope| !granted.contains(scope))
        .cloned()
        .collect()
}

/// Those of `granted` that older guides name. They open version 1 of the API only.
pub fn classic(granted: &[String]) -> Vec<String> {
    // Granular scopes end with the product's name, which classic ones have in other places.
    let is_classic =
        |scope: &&String| scope.contains("confluence-") || scope.starts_with("readonly:") || *scope == SEARCH;
    granted.iter().filter(is_classic).cloned().collect()
}

/// Whether a grant opens the search and not the listings.
pub fn only_search(granted: &[String]) -> bool {
    let listings = wanted([]);
    let lacks = |scope: &String| scope.starts_with("read:") && scope != "read:me" && !granted.contains(scope);
    granted.iter().any(|scope| scope == SEARCH) && listings.iter().any(lacks)
}

/// What a grant lacks for `need`. What the search finds lacks nothing in a grant that opens no more than the search.
pub fn lacking(granted: &[String], need: Need) -> Vec<String> {
    if !only_search(granted) {
        return missing(granted, &wanted([need]));
    }
    let is_found = match need {
        Need::Spaces | Need::Pages => true,
        Need::Users => granted.iter().any(|scope| scope == NAMES),
        _ => false,
    };
    let scopes = if is_found { &[] } else { need.scopes() };
    let wanted: Vec<_> = scopes.iter().map(|scope| (*scope).to_owned()).collect();
    missing(granted, &wanted)
}

/// What a person does about missing scopes, as one sentence.
pub fn remedy(missing: &[String]) -> &'static str {
    let lacks_only = |scope: &str| missing.iter().all(|missing| missing == scope);
    if lacks_only("offline_access") {
        "connect again, and let the app keep its access when it asks"
    } else if lacks_only("read:me") {
        "add it in the Developer Console (your app > Permissions > User identity API), then connect again"
    } else {
        "add them in the Developer Console (your app > Permissions > Confluence API > Granular scopes; \
         read:me is under User identity API), then connect again"
    }
}

#[cfg(test)]
mod tests {
    use super::{CLASSIC, Need, SEARCH, classic, lacking, missing, only_search, remedy, wanted};

    #[test]
    fn the_full_set_is_read_only_and_has_each_scope_once() {
        let scopes = wanted(Need::all());
        assert_eq!(scopes.len(), 15);
        assert!(
            scopes
                .iter()
                .all(|scope| scope == "offline_access" || scope.starts_with("read:"))
        );
        let unique: std::collections::BTreeSet<_> = scopes.iter().collect();
        assert_eq!(unique.len(), scopes.len());
    }

    #[test]
    fn the_essential_scopes_are_always_asked_for() {
        let scopes = wanted([Need::Users, Need::Users]);
        assert_eq!(
            scopes,
            [
                "offline_access",
                "read:me",
                "read:space:confluence",
                "read:page:confluence",
                "read:user:confluence"
            ]
        );
    }

    #[test]
    fn classic_scopes_do_not_stand_in_for_granular_ones() {
        let granted = ["read:confluence-content.all", "offline_access", "read:me"].map(str::to_owned);
        let lacks = missing(&granted, &wanted([]));
        assert_eq!(lacks, ["read:space:confluence", "read:page:confluence"]);
        assert!(remedy(&lacks).contains("Granular scopes"));
        assert_eq!(classic(&granted), ["read:confluence-content.all"]);
        assert_eq!(classic(&wanted(Need::all())), Vec::<String>::new());
        assert!(!only_search(&granted));
        assert!(only_search(&CLASSIC.map(str::to_owned)));
        let both = [wanted([]), CLASSIC.map(str::to_owned).to_vec()].concat();
        assert!(!only_search(&both));
        let (found, bare) = (CLASSIC.map(str::to_owned), ["read:me", SEARCH].map(str::to_owned));
        assert_eq!(lacking(&found, Need::Pages), Vec::<String>::new());
        assert_eq!(lacking(&found, Need::Comments), ["read:comment:confluence"]);
        assert_eq!(lacking(&bare, Need::Users), ["read:user:confluence"]);
    }
}
