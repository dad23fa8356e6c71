//! Prints how much the renderer keeps and how fast it is, over the documents that are at hand, each with its goal:
//! `cargo run --release --example convert_figures`. With `--failures` it shows the examples that changed their
//! meaning, with `--inexact` those that came back otherwise; with `--mutations 1000` it renders so many damaged pages
//! in place of a million.
#![expect(clippy::print_stdout, reason = "printing is what it is for")]

use std::fs;
use std::panic;
use std::path::Path;
use std::time::{Duration, Instant};

use millpond::convert::{PageContext, render, render_html};
use millpond::model::Body;

#[path = "../tests/measure/mod.rs"]
mod measure;

use measure::mutation::{self, Random};
use measure::{codes, commonmark, corpus, lost, pairs, reading, sameness, source};

const CONTEXT: PageContext<'static> = PageContext {
    wiki_url: "https://acme.atlassian.net/wiki",
    space_key: "DOCS",
    page_id: "4242",
};

fn main() -> anyhow::Result<()> {
    let Some(folder) = corpus::folder() else {
        println!("There is no corpus beside this checkout.");
        return Ok(());
    };
    kept(&folder)?;
    round_trips();
    agreement(&folder)?;
    throughput(&folder)?;
    mutations(&folder)
}

/// How many damaged pages are rendered.
const MUTATIONS: u64 = 1_000_000;

/// Renders damaged pages, three of four as storage format, the fourth as HTML.
fn mutations(folder: &Path) -> anyhow::Result<()> {
    let count = std::env::args()
        .skip_while(|argument| argument != "--mutations")
        .nth(1)
        .map_or(Ok(MUTATIONS), |count| count.parse())?;
    let read = |path| fs::read_to_string(path);
    let pages = corpus::storage(folder)
        .into_iter()
        .map(read)
        .collect::<Result<Vec<_>, _>>()?;
    let mut random = Random::new(count);
    let (mut bytes, mut panics, mut slowest) = (0_u64, 0, Duration::ZERO);
    for turn in 0..count {
        let page = &pages[random.below(pages.len())];
        let input = mutation::mutated(page, &pages[random.below(pages.len())], &mut random);
        bytes += u64::try_from(input.len())?;
        let started = Instant::now();
        let rendering = panic::catch_unwind(|| match turn % 4 {
            3 => render_html(&input, &CONTEXT),
            _ => render(&Body::Storage(input.clone()), &CONTEXT),
        });
        slowest = slowest.max(started.elapsed());
        if rendering.is_err() {
            panics += 1;
            println!("  panics: {input:?}");
        }
    }
    println!(
        "mutated inputs: {count} ({bytes} bytes), {panics} panics, slowest {slowest:.1?} (goal: {MUTATIONS}, none, 1 s)"
    );
    Ok(())
}

fn markdown(body: &str) -> String {
    render(&Body::Storage(body.to_owned()), &CONTEXT).markdown
}

fn kept(folder: &Path) -> anyhow::Result<()> {
    let (mut words, mut words_lost) = (0, 0);
    for path in corpus::storage(folder) {
        let body = fs::read_to_string(&path)?;
        let wanted = source::read(&body).words;
        let found = reading::read(&reading::html(&markdown(&body))).words;
        words += wanted.len();
        words_lost += lost(&wanted, &found).len();
    }
    println!("words lost: {words_lost} of {words} (goal: 0)");
    for (form, codes) in [
        ("storage format", codes::in_storage(folder, &CONTEXT)),
        ("ADF", codes::in_adf(folder, &CONTEXT)),
        ("views", codes::in_views(folder, &CONTEXT)),
    ] {
        let (count, exact) = (codes.count, codes.count - codes.changed.len());
        println!("code bodies exact, {form}: {exact} of {count} (goal: all)");
        codes.changed.iter().for_each(|code| println!("  {code}"));
    }
    Ok(())
}

/// Addresses that begin at the root stay so.
const NOWHERE: PageContext<'static> = PageContext {
    wiki_url: "",
    space_key: "DOCS",
    page_id: "4242",
};

/// `CommonMark`'s examples, to Markdown and back.
fn round_trips() {
    let Some(examples) = commonmark::examples() else {
        println!("CommonMark: not installed, see tests/commonmark/package.json");
        return;
    };
    let from_html = |html: &str| render_html(html, &NOWHERE).markdown;
    let from_storage = |html: &str| render(&Body::Storage(commonmark::as_storage(html)), &NOWHERE).markdown;
    for (form, goal, convert) in [
        (
            "HTML",
            "570 exact, 645 of the same meaning",
            &from_html as &dyn Fn(&str) -> String,
        ),
        ("storage format", "645 of the same meaning", &from_storage),
    ] {
        compare(form, goal, &examples, convert);
    }
}

/// `--failures` shows the examples whose meaning changes, `--inexact` those whose tree does.
fn compare(form: &str, goal: &str, examples: &[String], convert: &dyn Fn(&str) -> String) {
    let is_wanted = |option| std::env::args().any(|argument| argument == option);
    let (mut exact, mut same) = (0, 0);
    for (index, html) in examples.iter().enumerate() {
        let markdown = convert(html);
        let returned = reading::plain_html(&markdown);
        let is_exact = sameness::tree(html) == sameness::tree(&returned);
        let is_same = sameness::meaning(html) == sameness::meaning(&returned);
        exact += usize::from(is_exact);
        same += usize::from(is_same);
        if (is_wanted("--inexact") && !is_exact) || (is_wanted("--failures") && !is_same) {
            println!(
                "=== {}\n{html}--- Markdown\n{markdown}--- HTML\n{returned}",
                index + 1
            );
        }
    }
    println!(
        "CommonMark as {form}: {exact} exact, {same} of the same meaning, of {} (goal: {goal})",
        examples.len()
    );
}

/// Pages that are at hand in both forms.
fn agreement(folder: &Path) -> anyhow::Result<()> {
    let paths = corpus::files(folder, &|path| path.ends_with("page.adf"));
    let mut equal = 0;
    for path in &paths {
        let storage = markdown(&fs::read_to_string(path.with_file_name("page.xhtml"))?);
        let adf = render(&Body::Adf(fs::read_to_string(path)?), &CONTEXT).markdown;
        match pairs::difference(&storage, &adf) {
            None => equal += 1,
            Some(difference) => println!("  {}: {difference}", path.display()),
        }
    }
    println!(
        "storage and ADF equal up to link targets: {equal} of {} (goal: 95 %)",
        paths.len()
    );
    Ok(())
}

/// How often all pages are rendered. CPU time counts what others do to the caches: the best round had the least of it.
const ROUNDS: u32 = 40;

/// Real pages, one after the other, by the CPU time of this thread.
fn throughput(folder: &Path) -> anyhow::Result<()> {
    let pages: Vec<Body> = corpus::storage(folder)
        .into_iter()
        .map(|path| fs::read_to_string(path).map(Body::Storage))
        .collect::<Result<_, _>>()?;
    let bytes: usize = pages.iter().map(|page| page.as_str().len()).sum();
    let mut best = f64::INFINITY;
    for _ in 0..ROUNDS {
        let before = cpu_seconds()?;
        let size: usize = pages
            .iter()
            .map(|page| render(page, &CONTEXT).markdown.len())
            .sum();
        best = best.min(cpu_seconds()? - before);
        std::hint::black_box(size);
    }
    let megabytes = f64::from(u32::try_from(bytes)?) / 1e6;
    println!(
        "throughput: {:.1} MB/s of CPU time, the best of {ROUNDS} rounds ({megabytes:.1} MB in {:.0} ms; goal: 30 MB/s)",
        megabytes / best,
        best * 1e3
    );
    Ok(())
}

/// What this thread has used of the processor, by Linux's count.
fn cpu_seconds() -> anyhow::Result<f64> {
    let nanoseconds = fs::read_to_string("/proc/thread-self/schedstat")?;
    let nanoseconds: f64 = nanoseconds.split(' ').next().unwrap_or_default().parse()?;
    Ok(nanoseconds / 1e9)
}
