//! `millpond tree`: what hangs under what, and how much.

use std::collections::BTreeMap;

use owo_colors::OwoColorize as _;

use crate::model::SpaceKey;
use crate::store::TreeNode;

use super::Session;
use super::output::printable;
use super::report::Failure;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Only the space with this key
    #[arg(value_parser = |key: &str| Ok::<_, String>(SpaceKey::new(key)))]
    space: Option<SpaceKey>,
    /// Only so many levels: 1 shows what stands at the top
    #[arg(long, value_name = "LEVELS")]
    depth: Option<usize>,
}

pub(super) fn run(session: &mut Session, args: &Args) -> anyhow::Result<()> {
    let nodes = session.reader()?.tree(args.space.as_ref())?;
    if let (Some(space), true) = (&args.space, nodes.is_empty()) {
        return Err(Failure::NotMirrored {
            what: format!("page in a space `{space}`"),
        }
        .into());
    }
    let is_shown = |node: &&TreeNode| args.depth.is_none_or(|depth| node.depth < depth);
    if session.out.is_json() {
        for node in nodes.iter().filter(is_shown) {
            session.out.json(node)?;
        }
        return Ok(());
    }
    for space in nodes.chunk_by(|a, b| (&a.site, &a.space_key) == (&b.site, &b.space_key)) {
        session.out.line(heading(space).bold())?;
        for node in space.iter().filter(is_shown) {
            session.out.line(readable(node))?;
        }
    }
    Ok(())
}

/// The space, and how much of which kind it holds.
fn heading(nodes: &[TreeNode]) -> String {
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for node in nodes {
        *kinds.entry(&node.kind).or_default() += 1;
    }
    let kinds = kinds.into_iter().map(|(kind, count)| match count {
        1 => format!("1 {kind}"),
        count => format!("{count} {kind}s"),
    });
    let space = nodes.first().and_then(|node| node.space_key.as_ref());
    let site = nodes.first().map_or("", |node| node.site.as_str());
    format!(
        "{} on {site}: {}",
        space.map_or("(unknown space)", SpaceKey::as_str),
        kinds.collect::<Vec<_>>().join(", ")
    )
}

fn readable(node: &TreeNode) -> String {
    /// Deeper trees exist; a terminal shows no more of them.
    const DEEPEST: usize = 30;
    let indent = "  ".repeat(node.depth.min(DEEPEST) + 1);
    let kind = match node.kind.as_str() {
        "page" => String::new(),
        kind => format!(" {kind}"),
    };
    let below = match node.below {
        0 => String::new(),
        below => format!(" ({below})"),
    };
    let target = node
        .embed_url
        .as_deref()
        .map(|url| format!(" → {}", printable(url)));
    let about = format!("{kind} {}{below}{}", node.id, target.unwrap_or_default());
    format!("{indent}{}{}", printable(&node.title), about.dimmed())
}
