//! What the environment says about how things are named.

use crate::{ContentCapture, exemplars::Exemplars};

/// What the environment says about the attributes of instrumentations.
///
/// See the example of [`Providers`](crate::Providers).
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Conventions {
    /// Adds the old HTTP attribute names beside the stable ones
    /// (`OTEL_SEMCONV_STABILITY_OPT_IN=http/dup`).
    pub old_http_names: bool,
    /// Adds the old names of database metrics beside the present ones
    /// (`OTEL_SEMCONV_STABILITY_OPT_IN=database/dup`).
    pub old_database_names: bool,
    /// Adds the old names of remote procedure calls beside the stable ones
    /// (`OTEL_SEMCONV_STABILITY_OPT_IN=rpc/dup`).
    pub old_rpc_names: bool,
    /// Adds the metrics of calls to language models as they were named before the
    /// conventions had a version of their own
    /// (`OTEL_SEMCONV_STABILITY_OPT_IN=gen_ai/dup`).
    pub old_gen_ai_names: bool,
    /// Records what was asked of language models, and what they answered
    /// (`OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT`).
    pub gen_ai_content: ContentCapture,
    /// Replaces the known request methods
    /// (`OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS`).
    pub known_methods: Option<Vec<String>>,
    /// Replaces the paths whose requests leave no span
    /// (`OTELIER_HTTP_EXCLUDED_URLS`); a `*` at the end stands for any rest.
    pub excluded_paths: Option<Vec<String>>,
    /// Names the only paths whose requests leave a span
    /// (`OTELIER_HTTP_INCLUDED_URLS`); what is excluded leaves none all the same.
    pub included_paths: Option<Vec<String>>,
    /// Has a line logged for each request that is over
    /// (`OTELIER_ACCESS_LOG`).
    pub access_log: bool,
    /// What the names of a service's own attributes start with: `lettuce`
    /// makes `lettuce.job.id`. The namespace of the service, or its name.
    pub namespace: Option<String>,
    /// Where [durations](crate::edge::Durations) keep the traces that they were
    /// measured in, if they do (`OTEL_METRICS_EXEMPLAR_FILTER`).
    pub exemplars: Option<Exemplars>,
}
