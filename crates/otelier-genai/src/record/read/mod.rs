//! What requests and answers say of themselves, read as they pass by.

mod api;
mod choices;
mod document;
mod fields;
mod frames;
mod request;
mod scan;

pub(super) use self::{
    api::{Api, Target},
    frames::{Framing, Reader},
    request::read_request,
};
