//! `millpond man`: the manual pages, made from the same words as the help.

use std::fs;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::CommandFactory as _;
use clap_mangen::Man;

use super::{Arguments, Session};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Where to write the pages, one for each command [default: print the first]
    dir: Option<PathBuf>,
}

pub(super) fn run(session: &mut Session, args: &Args) -> anyhow::Result<()> {
    let command = Arguments::command();
    let Some(folder) = &args.dir else {
        let mut page = Vec::new();
        Man::new(command).render(&mut page)?;
        return Ok(session.out.raw(&page)?);
    };
    let doing = || format!("could not write the manual pages to {}", folder.display());
    fs::create_dir_all(folder).with_context(doing)?;
    clap_mangen::generate_to(command, folder).with_context(doing)
}
