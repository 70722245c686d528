//! Receives OTLP: two listeners, one intake.

mod answer;
mod body;
mod grpc;
mod http;
mod inflate;
mod intake;

pub(crate) use self::{grpc::router as grpc, http::router as http, intake::Intake};
