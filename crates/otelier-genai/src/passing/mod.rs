//! Calls to models that pass by as requests of HTTP.

mod body;
mod config;
mod future;
mod layer;
mod service;

pub use self::{
    body::ReadBody, config::Config, future::ResponseFuture, layer::GenAiLayer, service::GenAi,
};
