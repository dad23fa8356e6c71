//! A stateful simulation of Confluence Cloud and Atlassian's OAuth server, over HTTP.

pub mod demo;
