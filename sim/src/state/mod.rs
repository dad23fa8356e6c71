//! What exists in the simulation, and the rules by which it changes.

mod content;
mod extras;
mod shelf;
mod site;
mod space;
mod tree;
mod world;

pub(crate) use content::{Body, Content, Generator, Kind, Readers, Status, Version};
pub(crate) use extras::{Attachment, Comment, CommentKind, Label};
pub(crate) use shelf::{Order, Place, Shelf, merge};
pub(crate) use site::Site;
pub(crate) use space::Space;
pub(crate) use world::{AccountId, World};
