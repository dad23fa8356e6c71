//! The store, from the outside: what is written, what readers find, what survives.

pub(crate) mod support;

mod beside_readers;
mod forgetting;
mod guards;
mod history;
mod invariants;
mod links;
mod people;
mod reads;
mod searches;
mod writes;
