//! Where a reader begins: all spaces, the tree of each, and all pages of a large one by title.

use std::fmt::Write as _;

use crate::export::Error;
use crate::export::links::Atlas;
use crate::export::places::{Places, of_register, relative};
use crate::store::{ExportSite, SpaceView, Whereabouts};

use super::frame::Frame;
use super::{escaped, link, named};

/// The most that one tree shows; deeper levels of a larger one are listed on their pages.
const MOST_IN_TREE: usize = 1_000;
/// The most on one page of a register.
const MOST_IN_REGISTER: usize = 500;

/// A site, where its things are, and those of its spaces that have something.
pub(in crate::export) type Holdings<'a> = (&'a ExportSite, &'a Places, Vec<&'a SpaceView>);

/// The page that a reader opens first.
pub(in crate::export) fn of_everything(sites: &[Holdings<'_>]) -> String {
    const PATH: &str = "index.html";
    let mut main = "<h1>All spaces</h1>\n".to_owned();
    for (site, places, spaces) in sites {
        let name = if site.name.is_empty() {
            site.domain.as_str()
        } else {
            &site.name
        };
        let _ = writeln!(
            main,
            "<section>\n<h2>{} <small>{}</small></h2>\n<ul class=\"spaces\">",
            escaped(name),
            escaped(site.domain.as_str())
        );
        for space in spaces {
            let index = format!("{}/index.html", places.of_space(&space.id));
            let name = if space.name.is_empty() {
                space.key.as_str()
            } else {
                &space.name
            };
            let _ = writeln!(
                main,
                "<li>{} <small>{}</small></li>",
                link(&relative(PATH, &index), name),
                escaped(space.key.as_str())
            );
        }
        main.push_str("</ul>\n</section>\n");
    }
    let frame = Frame {
        path: PATH,
        title: "All spaces",
        way: "",
    };
    frame.around(&main)
}

/// The pages that show what a space holds, each with its path.
pub(in crate::export) fn of_space(
    atlas: &Atlas<'_>,
    space: &SpaceView,
    tell: &mut dyn FnMut(String, String) -> Result<(), Error>,
) -> Result<(), Error> {
    let folder = atlas.places.of_space(&space.id);
    let path = format!("{folder}/index.html");
    let tree = Tree::of(atlas, space)?;
    let mut main = format!("<h1>{}</h1>\n", escaped(name(space)));
    let _ = writeln!(
        main,
        "<p class=\"about\">{} on {}</p>",
        escaped(space.key.as_str()),
        escaped(space.site.as_str())
    );
    if tree.is_cut {
        let register = relative(&path, &of_register(&folder, 1));
        let _ = writeln!(
            main,
            "<p>This space has more pages than fit here: {}.</p>",
            link(&register, "all pages by title")
        );
    }
    tree.write(atlas, &path, &mut main);
    let way = link(&relative(&path, "index.html"), "All spaces");
    let title = name(space);
    let is_cut = tree.is_cut;
    let frame = Frame {
        path: &path,
        title,
        way: &way,
    };
    tell(path.clone(), frame.around(&main))?;
    if is_cut {
        register(atlas, space, &folder, tell)
    } else {
        Ok(())
    }
}

fn name(space: &SpaceView) -> &str {
    if space.name.is_empty() {
        space.key.as_str()
    } else {
        &space.name
    }
}

/// All pages of a space by title, on as many pages as they need.
fn register(
    atlas: &Atlas<'_>,
    space: &SpaceView,
    folder: &str,
    tell: &mut dyn FnMut(String, String) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut after = None;
    let mut number = 1;
    let mut pages = atlas.by_title(&space.id, None, MOST_IN_REGISTER)?;
    while !pages.is_empty() {
        if let Some(last) = pages.last() {
            after = Some((last.title.clone(), last.id.clone()));
        }
        let next = atlas.by_title(&space.id, after.as_ref(), MOST_IN_REGISTER)?;
        let path = of_register(folder, number);
        let mut main = format!(
            "<h1>{}, all pages</h1>\n<ul class=\"below\">\n",
            escaped(name(space))
        );
        for page in &pages {
            let _ = writeln!(main, "<li>{}</li>", named(atlas, page, &path));
        }
        main.push_str("</ul>\n<p>");
        if number > 1 {
            main.push_str(&link(
                &relative(&path, &of_register(folder, number - 1)),
                "Before",
            ));
        }
        if !next.is_empty() {
            let _ = write!(
                main,
                " {}",
                link(&relative(&path, &of_register(folder, number + 1)), "Next")
            );
        }
        main.push_str("</p>\n");
        let index = format!("{folder}/index.html");
        let way =
            link(&relative(&path, "index.html"), "All spaces") + &link(&relative(&path, &index), name(space));
        let frame = Frame {
            path: &path,
            title: &format!("{}, all pages", name(space)),
            way: &way,
        };
        tell(path.clone(), frame.around(&main))?;
        number += 1;
        pages = next;
    }
    Ok(())
}

/// The upper part of a space's tree, as much as a page can show.
struct Tree {
    nodes: Vec<Node>,
    /// Whether there is more.
    is_cut: bool,
}

struct Node {
    page: Whereabouts,
    below: Vec<usize>,
}

impl Tree {
    /// Level by level, so that what is left out is what is deepest.
    fn of(atlas: &Atlas<'_>, space: &SpaceView) -> Result<Self, Error> {
        let mut tree = Self {
            nodes: Vec::new(),
            is_cut: false,
        };
        tree.hang(atlas.below(&space.id, None, MOST_IN_TREE + 1)?, None);
        let mut next = 0;
        while next < tree.nodes.len() {
            let room = MOST_IN_TREE.saturating_sub(tree.nodes.len());
            let below = atlas.below(&space.id, Some(&tree.nodes[next].page.id), room + 1)?;
            tree.hang(below, Some(next));
            next += 1;
        }
        Ok(tree)
    }

    fn hang(&mut self, below: Vec<Whereabouts>, parent: Option<usize>) {
        for page in below {
            if self.nodes.len() >= MOST_IN_TREE {
                self.is_cut = true;
                return;
            }
            let at = self.nodes.len();
            self.nodes.push(Node {
                page,
                below: Vec::new(),
            });
            if let Some(parent) = parent {
                self.nodes[parent].below.push(at);
            }
        }
    }

    fn tops(&self) -> Vec<usize> {
        let mut is_top = vec![true; self.nodes.len()];
        for below in self.nodes.iter().flat_map(|node| &node.below) {
            is_top[*below] = false;
        }
        (0..self.nodes.len()).filter(|at| is_top[*at]).collect()
    }

    /// Writes the lists within lists. The two upper levels are open.
    fn write(&self, atlas: &Atlas<'_>, path: &str, out: &mut String) {
        out.push_str("<ul class=\"tree\">\n");
        // Not by recursion: a tree may be deeper than the stack.
        let mut open: Vec<(std::vec::IntoIter<usize>, usize)> = vec![(self.tops().into_iter(), 0)];
        while let Some((siblings, depth)) = open.last_mut() {
            let depth = *depth;
            let Some(at) = siblings.next() else {
                open.pop();
                out.push_str(if open.is_empty() {
                    "</ul>\n"
                } else {
                    "</ul></details></li>\n"
                });
                continue;
            };
            let node = &self.nodes[at];
            let named = named(atlas, &node.page, path);
            if node.below.is_empty() {
                let _ = writeln!(out, "<li>{named}</li>");
            } else {
                let is_open = if depth == 0 { " open" } else { "" };
                let _ = writeln!(out, "<li><details{is_open}><summary>{named}</summary>\n<ul>");
                open.push((node.below.clone().into_iter(), depth + 1));
            }
        }
    }
}
