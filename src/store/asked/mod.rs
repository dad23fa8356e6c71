//! What others ask of the store: each method is one transaction on the writer's thread, by the SQL of its topic.

mod annexes;
mod content;
mod run;
mod site;
mod sweep;
