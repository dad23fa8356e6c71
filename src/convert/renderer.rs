//! What stands between html2md's walk and the handlers.
//!
//! The walk calls handlers with a node and a printer only. So every factory holds a way back to the one
//! [`Renderer`] of its thread, which keeps what is being written. Registering a hundred handlers costs more than
//! rendering a short page, hence one renderer per thread.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::{Rc, Weak};

use html2md::{Handle, StructuredPrinter, TagHandler, TagHandlerFactory};

use super::flow::Flow;
use super::handlers;
use super::links::{Link, Place};
use super::pen::Pen;
use super::words::Words;
use super::{PageContext, Rendered, Warning};

/// Writes one element, with everything inside.
pub(super) type ElementWriter = fn(&mut Pen<'_>, &Handle);

/// Renders the tree that `read` builds.
pub(super) fn render(read: impl FnOnce(&mut Vec<Warning>) -> Handle, context: &PageContext<'_>) -> Rendered {
    thread_local! {
        static RENDERER: Rc<Renderer> = Renderer::new();
    }
    RENDERER.with(|renderer| {
        let mut warnings = Vec::new();
        let root = read(&mut warnings);
        renderer.sheet.replace(Sheet {
            place: Place::new(context),
            warnings,
            ..Sheet::default()
        });
        let mut printer = StructuredPrinter::default();
        html2md::walk(&root, &mut printer, &renderer.factories);
        let sheet = renderer.sheet.take();
        Rendered {
            markdown: printer.data,
            text: sheet.words.finish(),
            links: sheet.links,
            warnings: sheet.warnings,
        }
    })
}

/// The handlers of a thread and the sheet they write on.
pub(super) struct Renderer {
    pub(super) factories: HashMap<String, Box<dyn TagHandlerFactory>>,
    pub(super) sheet: RefCell<Sheet>,
}

/// A page being written.
#[derive(Default)]
pub(super) struct Sheet {
    pub(super) place: Place,
    pub(super) flow: Flow,
    pub(super) words: Words,
    pub(super) links: Vec<Link>,
    pub(super) warnings: Vec<Warning>,
    pub(super) list_depth: usize,
    /// How many flows are open inside each other.
    pub(super) flow_depth: usize,
}

impl Renderer {
    fn new() -> Rc<Self> {
        Rc::new_cyclic(|renderer| Self {
            factories: factories(renderer),
            sheet: RefCell::default(),
        })
    }
}

fn factories(renderer: &Weak<Renderer>) -> HashMap<String, Box<dyn TagHandlerFactory>> {
    let mut factories: HashMap<String, Box<dyn TagHandlerFactory>> = HashMap::new();
    for (names, write) in handlers::ELEMENTS {
        for name in *names {
            let renderer = Weak::clone(renderer);
            let factory = move || Call {
                renderer: Weak::clone(&renderer),
                write: *write,
            };
            factories.insert((*name).to_owned(), Box::new(factory));
        }
    }
    factories
}

/// One element about to be handled.
struct Call {
    renderer: Weak<Renderer>,
    write: ElementWriter,
}

impl TagHandler for Call {
    fn handle(&mut self, tag: &Handle, printer: &mut StructuredPrinter) {
        if let Some(renderer) = self.renderer.upgrade() {
            (self.write)(&mut Pen::new(&renderer, printer), tag);
        }
    }

    fn after_handle(&mut self, _printer: &mut StructuredPrinter) {}

    fn skip_descendants(&self) -> bool {
        true
    }
}
