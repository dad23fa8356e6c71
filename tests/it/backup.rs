//! Backups: that they are whole, that they restore, and that nothing half done passes for one.

mod beside;
mod daemon;
mod damage;
mod killed;
mod secrets;
mod support;
mod taking;
mod waiting;
