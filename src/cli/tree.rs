//! `millpond tree`: what hangs under what.

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
}

pub(super) fn run(session: &mut Session, args: &Args) -> anyhow::Result<()> {
    let nodes = session.reader()?.tree(args.space.as_ref())?;
    if let (Some(space), true) = (&args.space, nodes.is_empty()) {
        return Err(Failure::NotMirrored {
            what: format!("page in a space `{space}`"),
        }
        .into());
    }
    let mut before = None;
    for node in &nodes {
        if session.out.is_json() {
            session.out.json(node)?;
            continue;
        }
        let space = (&node.site, &node.space_key);
        if before.replace(space) != Some(space) {
            session.out.line(heading(node).bold())?;
        }
        session.out.line(readable(node))?;
    }
    Ok(())
}

fn heading(node: &TreeNode) -> String {
    let space = node
        .space_key
        .as_ref()
        .map_or("(unknown space)", SpaceKey::as_str);
    format!("{space} on {}", node.site)
}

fn readable(node: &TreeNode) -> String {
    /// Deeper trees exist; a terminal shows no more of them.
    const DEEPEST: usize = 30;
    let indent = "  ".repeat(node.depth.min(DEEPEST) + 1);
    format!("{indent}{} {}", printable(&node.title), node.id.dimmed())
}
