//! What programs say of their requests, where telemetry is compiled out.

#[path = "extension.rs"]
mod extension;
#[path = "hosts.rs"]
mod hosts;

pub use self::{
    extension::{NoPropagation, SpanName, UrlTemplate},
    hosts::Hosts,
};
