//! What a link by title turns out to lead to.

/// Content, and where it is.
pub(super) struct Found {
    pub(super) space_key: String,
    pub(super) id: String,
    /// Its path below the wiki's address.
    pub(super) webui: String,
}

impl Found {
    /// From the first three columns.
    pub(super) fn from_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            space_key: row.get(0)?,
            id: row.get(1)?,
            webui: row.get(2)?,
        })
    }

    /// Whether an address by title means it. Blog posts of one title differ by their day, which both addresses have after
    /// the space; the address of a file has one if a blog post holds it.
    pub(super) fn is_meant_by(&self, kind: &str, written: &str) -> bool {
        match (day_of(written), self.day()) {
            (Some(wanted), Some(day)) => wanted == day,
            (wanted, day) if kind == "attachment" => wanted == day,
            _ => true,
        }
    }

    /// The day of a blog post.
    fn day(&self) -> Option<&str> {
        let (_, path) = self.webui.split_once("/blog/")?;
        path.get(.."2026/05/01".len())
    }

    /// Its address by id, which survives renames; for a file, the file's. Keeps the fragment of the address it replaces.
    pub(super) fn url(&self, wiki_url: &str, kind: &str, written: &str) -> String {
        let fragment = written.find('#').map_or("", |start| &written[start..]);
        let Self { space_key, id, webui } = self;
        match (kind, written.split_once("?preview=/")) {
            ("attachment", Some((_, file))) => format!("{wiki_url}/download/attachments/{id}/{file}"),
            // Behind the id is the title, which may change and hold anything.
            ("blogpost", _) => {
                let folder = webui
                    .find(&format!("/{id}"))
                    .map_or("/pages", |end| &webui[..end]);
                format!("{wiki_url}{folder}/{id}{fragment}")
            }
            _ => format!("{wiki_url}/spaces/{space_key}/pages/{id}{fragment}"),
        }
    }
}

/// The day in `…/display/KEY/2026/05/01/Title`, and nothing in `…/display/KEY/Title`.
fn day_of(written: &str) -> Option<&str> {
    let (_, path) = written.split_once("/display/")?;
    let (_, path) = path.split(['?', '#']).next()?.split_once('/')?;
    let (day, _) = path.rsplit_once('/')?;
    (!day.is_empty()).then_some(day)
}

#[cfg(test)]
mod tests {
    use super::Found;

    #[test]
    fn the_day_in_an_address_tells_which_blog_post_is_meant() {
        let page = "/spaces/ENG/pages/7/News";
        let post = "/spaces/ENG/blog/2026/05/01/7/News";
        for (webui, kind, written, is_meant) in [
            (page, "page", "w/display/ENG/News", true),
            (post, "blogpost", "w/display/ENG/2026/05/01/News#a/b", true),
            (post, "blogpost", "w/display/ENG/2026/05/02/News", false),
            (post, "blogpost", "w/display/ENG/News", true),
            (page, "attachment", "w/display/ENG/News?preview=/a.png", true),
            (post, "attachment", "w/display/ENG/News?preview=/a.png", false),
            (
                post,
                "attachment",
                "w/display/ENG/2026/05/01/News?preview=/a.png",
                true,
            ),
            (
                page,
                "attachment",
                "w/display/ENG/2026/05/01/News?preview=/a.png",
                false,
            ),
        ] {
            let found = Found {
                space_key: "ENG".to_owned(),
                id: "7".to_owned(),
                webui: webui.to_owned(),
            };
            assert_eq!(
                found.is_meant_by(kind, written),
                is_meant,
                "{kind} {written} {webui}"
            );
        }
    }
}
