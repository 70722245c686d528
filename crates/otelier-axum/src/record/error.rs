//! Why a request is an error.

use axum::http::StatusCode;
use opentelemetry::StringValue;
use otelier_core::{Outcome, edge::grpc::Code};

/// Of a body that failed on its way.
pub(super) const BODY_ERROR: &str = "body_error";
/// Of a service that answers with an error instead of a response.
pub(super) const SERVICE_ERROR: &str = "service_error";

/// The `error.type` of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ErrorType {
    Status(StatusCode),
    Cancelled,
    Panic,
    Body,
    Service,
    /// What a call of gRPC ended with, which nobody else records.
    Grpc(Code),
}

impl ErrorType {
    /// A status of 5xx is the error whatever happens after it.
    pub(super) fn of(
        status: Option<StatusCode>,
        grpc: Option<Code>,
        outcome: &Outcome,
    ) -> Option<Self> {
        match (status, outcome) {
            (Some(status), _) if status.is_server_error() => Some(Self::Status(status)),
            (_, Outcome::Done) => {
                let code = grpc.filter(|code| code.is_server_error());
                code.map(Self::Grpc)
            }
            (_, Outcome::Panicked) => Some(Self::Panic),
            (Some(_), Outcome::Failed(_)) => Some(Self::Body),
            (None, Outcome::Failed(_)) => Some(Self::Service),
            // An outcome that nobody knows yet is an ending that nobody saw.
            _ => Some(Self::Cancelled),
        }
    }

    /// A status code lends its own text to nobody, so it is written anew.
    pub(super) fn text(self) -> StringValue {
        match self {
            Self::Status(status) => match status.as_u16() {
                500 => "500".into(),
                502 => "502".into(),
                503 => "503".into(),
                504 => "504".into(),
                _ => status.as_str().to_owned().into(),
            },
            Self::Cancelled => "cancelled".into(),
            Self::Panic => "panic".into(),
            Self::Body => BODY_ERROR.into(),
            Self::Service => SERVICE_ERROR.into(),
            Self::Grpc(code) => code.name().into(),
        }
    }

    /// A small number, the same for all status codes of HTTP.
    pub(super) fn place(self) -> u8 {
        match self {
            Self::Status(_) => 1,
            Self::Cancelled => 2,
            Self::Panic => 3,
            Self::Body => 4,
            Self::Service => 5,
            Self::Grpc(code) => 6 + code.number(),
        }
    }
}
