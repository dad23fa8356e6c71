//! The store, from the outside: what is written, what readers find, what survives.

mod support;

mod guards;
mod invariants;
mod reads;
mod searches;
mod writes;
