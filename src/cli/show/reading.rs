//! A page on a terminal.

use owo_colors::OwoColorize as _;

use crate::cli::markdown;
use crate::cli::output::{Screen, printable};
use crate::cli::when;
use crate::model::SpaceKey;
use crate::store::PageView;

/// The page below its name, its place, and what should be known before reading.
pub(super) fn text(page: &PageView, screen: Screen) -> String {
    let mut lines = vec![printable(&page.title).bold().to_string()];
    let facts = [place(page), version(page), page.url.clone()];
    lines.extend(facts.map(|fact| printable(&fact).dimmed().to_string()));
    let warnings = warnings(page).into_iter();
    lines.extend(warnings.map(|warning| printable(&warning).yellow().to_string()));
    lines.push(String::new());
    lines.extend(markdown::lines(&page.markdown, screen));
    lines.join("\n") + "\n"
}

/// The space and what the page hangs under.
fn place(page: &PageView) -> String {
    let space = page.space_key.as_ref().map_or("?", SpaceKey::as_str);
    let above = page.ancestors.iter().map(|ancestor| ancestor.title.as_str());
    std::iter::once(space)
        .chain(above)
        .collect::<Vec<_>>()
        .join(" / ")
}

fn version(page: &PageView) -> String {
    let editor = page.editor.as_deref().unwrap_or("a deleted account");
    let labels = page.labels.iter().map(|label| format!(", #{label}"));
    format!(
        "version {} by {editor}, {}{}",
        page.version,
        when::minute(page.modified_at),
        labels.collect::<String>()
    )
}

/// What whoever reads the page should know first.
pub(super) fn warnings(page: &PageView) -> Vec<String> {
    let mut warnings = Vec::new();
    if let Some(gone) = &page.gone {
        warnings.push(format!(
            "gone from the site since {}: {}. This is what the mirror had last",
            when::day(gone.at),
            gone.reason
        ));
    } else if page.status == "archived" {
        warnings.push("archived on the site".to_owned());
    }
    if let Some(version) = page.body_version.filter(|version| *version != page.version) {
        warnings.push(format!(
            "the site withheld the text of version {}: this is version {version}",
            page.version
        ));
    }
    warnings
}
