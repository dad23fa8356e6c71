//! Whether the place that a link names is in the page that it leads to.

use std::collections::HashMap;

use crate::export::Outline;
use crate::model::{ContentId, Domain};
use crate::store::{Error, LinkView, Lookup, PageRef, Reader};

/// Pages whose places are kept at hand.
const KEPT: usize = 1_000;

/// The headings and places of pages.
pub(super) struct Ends<'a> {
    reader: &'a Reader,
    known: HashMap<(Domain, ContentId), Option<Outline>>,
}

impl<'a> Ends<'a> {
    pub(super) fn of(reader: &'a Reader) -> Self {
        Self {
            reader,
            known: HashMap::new(),
        }
    }

    /// Notes of the links that have no other problem whether their place is missing.
    pub(super) fn look(&mut self, links: &mut [LinkView]) -> Result<(), Error> {
        for link in links.iter_mut().filter(|link| link.problem.is_none()) {
            let page = match link.kind.as_str() {
                "place" => Some(&link.from.id),
                "page" | "blogpost" => link.id.as_ref(),
                _ => None,
            };
            let (Some(page), Some(anchor)) = (page, &link.anchor) else {
                continue;
            };
            let outline = self.outline(&link.from.site, page)?;
            if outline.is_some_and(|outline| outline.fragment(anchor).is_none()) {
                link.problem = Some("no such place".to_owned());
            }
        }
        Ok(())
    }

    fn outline(&mut self, site: &Domain, page: &ContentId) -> Result<Option<&Outline>, Error> {
        let key = (site.clone(), page.clone());
        if !self.known.contains_key(&key) {
            if self.known.len() >= KEPT {
                self.known.clear();
            }
            let page = PageRef::Id {
                site: Some(site.clone()),
                id: page.clone(),
            };
            let outline = match self.reader.page(&page)? {
                Lookup::Found(page) => Some(Outline::of(&page.title, &page.markdown)),
                _ => None,
            };
            self.known.insert(key.clone(), outline);
        }
        Ok(self.known.get(&key).and_then(Option::as_ref))
    }
}
