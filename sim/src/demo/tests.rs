mod wiki;

use std::collections::{BTreeMap, BTreeSet};

use quick_xml::Reader;
use quick_xml::escape::{resolve_html5_entity, unescape_with};
use quick_xml::events::{BytesStart, Event};

use self::wiki::Wiki;

use super::{BROKEN_LINK, DemoEvent, DemoFile, DemoPage, DemoSpace, comments, events, files, people, spaces};

/// Everything an author can put on a page and the demo must therefore show.
const MACROS: &str = "\
    anchor children code contentbylabel details detailssummary drawio excerpt excerpt-include expand include \
    info jira mathblock mathinline mermaid-cloud mermaid-macro note panel recently-updated status tip toc \
    view-file warning widget slipway-tide-table";

const ELEMENTS: &str = "\
    ac:adf-fallback ac:caption ac:emoticon ac:image ac:inline-comment-marker ac:layout ac:link-body \
    ac:placeholder ac:plain-text-link-body ac:task-list blockquote del h4 hr kbd ri:attachment ri:page ri:url \
    ri:user sub sup table time u";

/// Constructs that one start tag tells.
const TAGS: &[&str] = &[
    "rowspan=\"",
    "colspan=\"",
    "<ol start=\"1\">",
    "<ol start=\"4\">",
    "ac:anchor=\"",
    "ac:emoji-id=\"1f",
    "]]]]><![CDATA[>",
    "<ac:parameter ac:name=\"jqlQuery\">",
    "&nbsp;",
    "&rarr;",
    "data-card-appearance",
    "ac:href",
];

#[test]
fn there_are_several_spaces_and_enough_pages() {
    let spaces = spaces();
    let sizes: BTreeMap<_, _> = spaces
        .iter()
        .map(|space| (space.key, space.pages.len()))
        .collect();
    println!("{sizes:?}, {} in all", sizes.values().sum::<usize>());

    assert!(spaces.len() >= 5);
    assert!(sizes.values().sum::<usize>() >= 220, "{sizes:?}");
    assert_eq!(spaces.len(), sizes.len(), "keys are unique");
    assert!(
        spaces
            .iter()
            .all(|space| ["global", "personal", "collaboration"].contains(&space.kind))
    );
}

#[test]
fn titles_are_unique_in_their_space_whatever_the_case() {
    for space in spaces() {
        let mut seen = BTreeSet::new();
        for page in &space.pages {
            assert!(
                seen.insert(page.title.to_lowercase()),
                "{}: {} occurs twice",
                space.key,
                page.title
            );
            assert!(
                !page.title.is_empty() && page.title.chars().count() <= 255,
                "{}",
                page.title
            );
        }
    }
}

#[test]
fn a_parent_comes_before_its_children() {
    for space in spaces() {
        let mut seen = BTreeSet::new();
        for page in &space.pages {
            if let Some(parent) = &page.parent {
                assert!(
                    seen.contains(parent),
                    "{}: {} is under the unknown {parent}",
                    space.key,
                    page.title
                );
            }
            seen.insert(page.title.clone());
        }
    }
}

#[test]
fn every_author_and_mentioned_person_exists() {
    for page in all_pages() {
        assert!(page.author < people().len(), "{}", page.title);
        for rest in page.body.split("{{user:").skip(1) {
            let index: usize = rest.split_once("}}").unwrap().0.parse().unwrap();
            assert!(index < people().len(), "{} mentions {index}", page.title);
        }
    }
}

#[test]
fn every_body_is_well_formed_and_says_something() {
    for page in all_pages() {
        let words = tags(&page.body).unwrap_or_else(|error| panic!("{}: {error}", page.title));
        assert!(
            !words.is_empty() && page.body.len() > 40,
            "{} is empty",
            page.title
        );
    }
}

#[test]
fn every_page_link_but_one_has_a_target() {
    let titles = titles(&spaces());
    let mut dead = BTreeSet::new();
    for space in spaces() {
        for page in &space.pages {
            dead.extend(
                targets(space.key, &page.body)
                    .into_iter()
                    .filter(|target| !titles.contains(target)),
            );
        }
    }

    assert_eq!(
        dead,
        BTreeSet::from([(BROKEN_LINK.0.to_owned(), BROKEN_LINK.1.to_owned())])
    );
}

#[test]
fn every_file_and_comment_has_its_page_and_every_file_that_a_page_names_is_there() {
    let titles = titles(&spaces());
    let has = |space: &str, title: &str| titles.contains(&(space.to_owned(), title.to_lowercase()));
    for file in files() {
        assert!(has(file.space, file.title), "{}", file.title);
    }
    for comment in comments() {
        assert!(has(comment.space, comment.title), "{}", comment.title);
        let page = all_pages()
            .into_iter()
            .find(|page| page.title == comment.title)
            .unwrap();
        assert!(
            comment.on.is_none_or(|words| page.body.contains(words)),
            "{}",
            comment.title
        );
    }
    for page in all_pages() {
        for name in page
            .body
            .split("ri:filename=\"")
            .skip(1)
            .map(|rest| rest.split('"').next().unwrap())
        {
            let is_there = |file: &DemoFile| file.title == page.title && file.name == name;
            assert!(files().iter().any(is_there), "{name} on {}", page.title);
        }
    }
}

#[test]
fn every_construct_occurs_somewhere() {
    let mut found = BTreeSet::new();
    let mut text = String::new();
    for page in all_pages() {
        for tag in tags(&page.body).unwrap() {
            if let Some(name) = tag
                .attributes
                .get("ac:name")
                .filter(|_| tag.name == "ac:structured-macro")
            {
                found.insert(name.clone());
            }
            found.insert(tag.name);
        }
        text += &page.body;
    }
    let names = MACROS.split_whitespace().chain(ELEMENTS.split_whitespace());
    let missing: Vec<_> = names.filter(|name| !found.contains(*name)).collect();
    let unseen: Vec<_> = TAGS.iter().filter(|tag| !text.contains(**tag)).collect();

    assert!(
        missing.is_empty() && unseen.is_empty(),
        "missing: {missing:?} {unseen:?}"
    );
}

#[test]
fn titles_are_as_awkward_as_in_life() {
    let titles: String = all_pages().into_iter().map(|page| page.title).collect();

    for awkward in ['/', ':', '"', '&', '?', '+', '#', 'ß', 'é', '船', '🚢'] {
        assert!(titles.contains(awkward), "no title has {awkward}");
    }
}

#[test]
fn bodies_are_all_different() {
    let pages = all_pages();
    let distinct: BTreeSet<_> = pages.iter().map(|page| &page.body).collect();

    assert_eq!(distinct.len(), pages.len());
}

#[test]
fn the_demo_is_the_same_every_time() {
    assert_eq!(spaces(), spaces());
    assert!(events().take(200).eq(events().take(200)));
}

#[test]
fn every_kind_of_event_happens() {
    let kinds: BTreeSet<_> = events().take(40).map(|event| kind(&event)).collect();

    assert_eq!(
        kinds,
        BTreeSet::from(["create", "edit", "move", "rename", "restore", "trash"])
    );
}

#[test]
fn every_event_is_valid_when_its_turn_comes() {
    let mut wiki = Wiki::new(spaces());
    for (nth, event) in events().take(500).enumerate() {
        wiki.replay(&event)
            .unwrap_or_else(|error| panic!("event {nth}, {event:?}: {error}"));
    }
    assert!(
        wiki.living.len() < all_pages().len() + 40,
        "the site grows without end"
    );
}

fn kind(event: &DemoEvent) -> &'static str {
    match event {
        DemoEvent::Edit { .. } => "edit",
        DemoEvent::Create { .. } => "create",
        DemoEvent::Rename { .. } => "rename",
        DemoEvent::Move { .. } => "move",
        DemoEvent::Trash { .. } => "trash",
        DemoEvent::Restore { .. } => "restore",
    }
}

fn all_pages() -> Vec<DemoPage> {
    spaces().into_iter().flat_map(|space| space.pages).collect()
}

fn titles(spaces: &[DemoSpace]) -> BTreeSet<(String, String)> {
    let pages = spaces
        .iter()
        .flat_map(|space| space.pages.iter().map(|page| (space.key, &page.title)));
    pages
        .map(|(key, title)| (key.to_owned(), title.to_lowercase()))
        .collect()
}

/// The pages a body links to, as (space key, lower-case title).
fn targets(space: &str, body: &str) -> Vec<(String, String)> {
    let pages = tags(body)
        .unwrap()
        .into_iter()
        .filter(|tag| tag.name == "ri:page");
    pages
        .map(|tag| {
            let key = tag.attributes.get("ri:space-key").map_or(space, String::as_str);
            (key.to_owned(), tag.attributes["ri:content-title"].to_lowercase())
        })
        .collect()
}

struct Tag {
    name: String,
    attributes: BTreeMap<String, String>,
}

/// The start tags of a body, or why it is not well-formed.
fn tags(body: &str) -> Result<Vec<Tag>, String> {
    let wrapped = format!("<page>{body}</page>");
    let mut reader = Reader::from_str(&wrapped);
    let (mut tags, mut depth) = (Vec::new(), 0_usize);
    loop {
        match reader
            .read_event()
            .map_err(|error| format!("{error} at byte {}", reader.error_position()))?
        {
            Event::Start(start) => {
                depth += 1;
                tags.push(tag(&start)?);
            }
            Event::Empty(start) => tags.push(tag(&start)?),
            Event::End(_) => depth -= 1,
            Event::GeneralRef(entity) if !entity.is_char_ref() => {
                resolve_html5_entity(&entity).ok_or_else(|| format!("unknown entity {entity:?}"))?;
            }
            Event::Eof if depth == 0 => return Ok(tags),
            Event::Eof => return Err(format!("{depth} elements are not closed")),
            _ => {}
        }
    }
}

fn tag(start: &BytesStart<'_>) -> Result<Tag, String> {
    let mut attributes = BTreeMap::new();
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|error| error.to_string())?;
        let value =
            unescape_with(&attribute.value, resolve_html5_entity).map_err(|error| error.to_string())?;
        attributes.insert(attribute.key.as_ref().to_owned(), value.into_owned());
    }
    Ok(Tag {
        name: start.name().as_ref().to_owned(),
        attributes,
    })
}
